"""The cracks of Geng et al. 2023: what models of them show.

The paper saw cracks in micrographs. A model that is built with a crack predicts none; what it can
show is that such a crack is possible without tearing anything else, and what it costs in bonds. The
rows say so.
"""

from collections.abc import Iterator

import numpy as np
from ase import Atoms

from ionsmith.builders.beta_alumina.crack import Crack, open_crack
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.layers.spinel_blocks import components, framework_bonds
from ionsmith.reproduction.rows import Paper, Row

SUPERCELL = (6, 2, 1)
"""Cells of the crystal that is cracked: 34 Å along the crack, 11 Å along its front."""

WIDTH, WIDE = 10.0, 50.0
"""Widths in Å of the cracks."""

PLANE, STEPS = 1, ((0.25, 2), (0.75, 1))
"""Conduction plane of the cracks, and where a stepped one goes to plane 2 and back."""

NM2 = 100.0  # Å² in a nm²


def crack_rows(paper: Paper, crystal: Atoms) -> Iterator[Row]:
    """Compute the rows about cracks.

    Parameters
    ----------
    paper
        What makes rows.
    crystal
        The crystal as it grows, one cell.

    Yields
    ------
    Row
        One by one.
    """
    on = paper.on("beta2-alumina", "beta-alumina builder", "crack builder")
    atoms = crystal.repeat(SUPERCELL)
    stepped = open_crack(atoms, PLANE, width=WIDTH, kinks=STEPS, vacuum=WIDTH, fill=True)
    plane, within = _parallel_cuts(crystal)
    across = _across(stepped)
    least = min(plane, within, across)
    yield on.words(
        "delamination cracks along conduction planes",
        "along planes",
        "along planes" if plane == least else "elsewhere",
        why=f"where the fewest Al–O and Mg–O bonds are cut: {plane:.1f} a nm² along a conduction "
        f"plane, {within:.1f} or more between two O layers of a block, {across:.1f} across a block "
        "perpendicular to the planes; bonds are counted, no energy is",
    )
    yield on.number(
        "strength along conduction planes as a part of that in other directions: bonds cut",
        0.1,
        plane / min(within, across),
        within=0.05,
        why="bonds are counted, and a bond is not a strength: the paper takes a tenth as typical, "
        f"here {plane / across:.2f} of those across a block and {plane / within:.2f} of those "
        "between two of its O layers; ionsmith analyze continuum gives energies of such cuts",
    )
    pieces, blocks = _pieces(stepped), int(stepped.atoms.arrays["spinel_block"].max())
    lower = sorted({stretch.plane for stretch in stepped.stretches})
    yield on.words(
        "kinks: cracks that step to another conduction plane",
        "present",
        "present" if pieces == 2 and len(lower) > 1 else "absent",
        match="built",
        why=f"opened by {WIDTH:g} Å in planes {lower[0]} and {lower[-1]} by "
        f"turns, a slab of {blocks} blocks falls into {pieces} pieces that no bond joins",
    )
    short = sum(count for number, count in stepped.coordination_after.items() if number in (2, 5))
    yield on.words(
        "fracture of spinel blocks perpendicular to the planes",
        "present",
        "present" if stepped.fractures and short else "absent",
        match="built",
        why=f"a step has to cut the block between, {across / plane:.1f} "
        "times the bonds that delamination cuts on the same area; it leaves "
        f"{short} Al with two or five O, which no Al of the crystal has",
    )
    wide = open_crack(atoms, PLANE, width=WIDE, fill=True)
    narrow, full = stepped.filling, wide.filling
    assert narrow is not None
    assert full is not None
    yield on.words(
        "cracks filled with Na metal",
        "present",
        "present" if narrow.n_atoms and full.share > 0.9 else "absent",
        match="built",
        why=f"bcc Na with no atom nearer to the walls than in the crystals "
        f"fills {narrow.share:.0%} of the volume of the stepped crack of {WIDTH:g} Å and "
        f"{full.share:.0%} of a straight one of {WIDE:g} Å at the density of the metal; the Na "
        "ions of the walls take part of the rest",
    )


def _parallel_cuts(crystal: Atoms) -> tuple[float, float]:
    """Fewest bonds that a cut parallel to the conduction planes breaks, in a nm².

    The first is for cuts within a plane, the second for cuts within a block.
    """
    anatomy, bonds = find_anatomy(crystal), framework_bonds(crystal)
    vector = (
        crystal.positions[bonds.oxygen]
        + bonds.shift @ crystal.cell.array
        - crystal.positions[bonds.cation]
    )
    start = anatomy.height[bonds.cation]
    ends = np.sort([start, start + vector @ anatomy.normal], axis=0)
    area = float(np.linalg.norm(np.cross(*crystal.cell.array[:2]))) / NM2
    block, layer = anatomy.spinel_block == 2, anatomy.oxygen_layer
    low, high = (anatomy.height[block & (layer == one)].mean() for one in (1, 4))
    within = np.linspace(low, high, 201)
    plane = np.linspace(high, high + float(anatomy.oxygen_gap[1]), 201)
    return tuple(  # type: ignore[return-value]
        min(int(np.count_nonzero((ends[0] < z) & (ends[1] > z))) for z in heights.tolist()) / area
        for heights in (plane, within)
    )


def _across(crack: Crack) -> float:
    """Bonds that a face of a fractured block cuts, in a nm²."""
    faces = 2 * len(crack.fractures)
    cut = 2 * sum(one.bonds_cut for one in crack.fractures)
    return cut / faces / (crack.fractured_area / faces / NM2)


def _pieces(crack: Crack) -> int:
    """Pieces of the framework that no bond joins, single O apart."""
    crystal = crack.atoms[crack.atoms.arrays["sodium_metal"] == 0]
    label, _ = components(len(crystal), framework_bonds(crystal))
    sizes = np.bincount(label[crystal.arrays["spinel_block"] > 0])
    return int(np.count_nonzero(sizes > 1))
