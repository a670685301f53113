"""Models of cracks in β''-alumina: along conduction planes, through spinel blocks, filled with Na.

Geng et al. (2023), doi:10.1039/d3ee00237c, observed delamination cracks along the conduction planes
of cycled Na β''-alumina, with kinks to other conduction planes where spinel blocks are fractured
perpendicular to the planes, and with Na metal inside. Two rigid models represent them:

- An **opened** crack runs through the whole cell: everything above it is moved along the normal,
  and the cell grows by the same amount. Delamination removes no atoms. Where the crack steps to
  another plane, the fracture faces would slide along each other without any room between them, and
  in a periodic cell no sideways displacement opens both the step up and the step back. A slot is
  therefore cut out of the blocks at each step.
- A **carved** crack ends within the cell, in two blunt tips. Beyond the tips the crystal is intact,
  so no rigid displacement opens it. Whole spinel blocks are removed between two conduction planes:
  both walls are then what delamination leaves, a block with a part of its conduction plane, and
  the width is a whole number of blocks.

Blocks are cut by whole columns of basal cells (``_path.py``).

A wall keeps all, none or half (``"split"``: the nearer Na, every second bridging O) of the Na and
bridging O of its conduction plane. With ``"split"``, the two walls of a crack keep one plane
together, and the atoms removed from a carved crack are whole formula units.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders.beta_alumina._stack import whole_blocks
from ionsmith.builders.beta_alumina.crack._opening import (
    Opening,
    assemble,
    balance,
    opening,
    sides_at,
)
from ionsmith.builders.beta_alumina.crack._path import (
    BlockCut,
    CrackPath,
    Kink,
    block_cuts,
    check_places,
    column_share,
    crack_path,
)
from ionsmith.builders.beta_alumina.crack._result import Crack, Fracture, Stretch
from ionsmith.builders.beta_alumina.crack._sodium_filling import (
    METAL,
    CrackVoid,
    crack_void,
    fill_with_sodium,
    joined,
)
from ionsmith.builders.choices import CrackAxis, Faces, PlaceUnit, SodiumPlane, Wall
from ionsmith.choices import checked
from ionsmith.crystals import load
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import CrackNotPossible
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.layers.spinel_blocks import FrameworkBonds, framework_bonds

WIDTH = 10.0
"""Default width in Å of an opened crack."""

NARROWEST, WIDEST = 0.1, 1000.0
"""Smallest width in Å of a crack, and largest of a crack or a vacuum: 100 nm."""

ALUMINIUM = 13

METHOD = {
    "phase": "cracks along conduction planes",
    "citation": "Geng et al., Energy Environ. Sci. 16 (2023)",
    "doi": "10.1039/d3ee00237c",
}

Floats = NDArray[np.float64]


@checked
def open_crack(
    structure: CrystalLike,
    plane: int,
    *,
    width: float | None = None,
    kinks: Sequence[Kink] = (),
    extent: tuple[float, float] | None = None,
    blocks: int | None = None,
    axis: CrackAxis = "a",
    unit: PlaceUnit = "fraction",
    step_width: float | None = None,
    sodium: Wall = "split",
    bridging_oxygen: Wall = "split",
    faces: Faces = "stoichiometric",
    neutral: bool = False,
    vacuum: float = 0.0,
    fill: bool = False,
    sodium_plane: SodiumPlane | None = None,
) -> Crack:
    """Crack β''-alumina, or β-alumina, along a conduction plane.

    Parameters
    ----------
    structure
        The crystal; it is not changed.
    plane
        Conduction plane in which the crack runs, or begins, from 1 at the bottom.
    width
        Distance in Å by which the walls of an opened crack are moved apart, 10 Å by default.
    kinks
        Steps to other conduction planes, in order along the axis: place and number of the plane.
        A crack through the whole cell must return to the plane in which it begins.
    extent
        Places of the two tips of a carved crack. Without them the crack runs through the whole
        cell and is opened.
    blocks
        Number of spinel blocks that a carved crack removes above the plane, 1 by default.
    axis
        In-plane cell vector along which the crack runs; its front is parallel to the other one.
    unit
        Unit of places: fractions of the axis, or Å normal to the crack front.
    step_width
        Width in Å of the slot cut out of spinel blocks at a kink, rounded to whole columns of
        basal cells; by default as wide as the crack.
    sodium, bridging_oxygen
        Wall that keeps the Na and the bridging O of the conduction plane: ``"split"`` (half
        each), ``"lower"``, ``"upper"``, or ``"out"`` (neither).
    faces
        Faces of fractured blocks: ``"stoichiometric"`` removes whole cells by a straight cut; with
        ``"whole-polyhedra"`` each remaining cation keeps its O of the block, which leaves an excess
        of O.
    neutral
        Conserve the formal charge: remove Na from the walls, or the least bonded O beside the
        crack, with one Na if that is one charge too much.
    vacuum
        Width in Å by which the last conduction plane, at the cell boundary, is opened too, so that
        the crystals below and above the crack are free slabs. It is not filled.
    fill
        Fill the crack with bcc Na.
    sodium_plane
        Lattice plane of the Na parallel to the conduction planes, by default (110).

    Returns
    -------
    Crack

    Raises
    ------
    InvalidChoice
        For an unknown axis, unit, wall, kind of faces or plane of Na.
    NotBetaAlumina
        If the structure has no conduction planes.
    CrackNotPossible
        If a plane, place or width is out of range, the crack does not return, nothing would be left
        of a block, or Na finds no room.
    AtomsTooClose
        If atoms come too close.

    Examples
    --------
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> from ionsmith.builders.beta_alumina.crack import open_crack
    >>> crack = open_crack(build_beta_alumina().atoms, 2, width=8, fill=True)
    >>> crack.kind, round(crack.stretches[0].wall_distance, 2), crack.charge_after
    ('opened', 12.66, 0)
    >>> crack.coordination_before, crack.coordination_after
    ({4: 10, 6: 21}, {3: 1, 4: 9, 6: 21})
    """
    plane, kinks = check_places(plane, kinks, extent, step_width)
    atoms = read_structure(structure)
    anatomy = find_anatomy(atoms, mirror_planes=True)
    stack = whole_blocks(atoms, anatomy)
    along = np.asarray(np.linalg.pinv(stack.cell[:2])[:, 0 if axis == "a" else 1], float)
    length = 1 / float(np.linalg.norm(along))
    area = float(np.linalg.norm(np.cross(*stack.cell[:2])))
    repeat = anatomy.period / anatomy.n_planes
    lift, taken = _width_and_blocks(width, extent, blocks, vacuum)
    gap = lift + taken * repeat
    if sodium_plane is not None and not fill:
        raise CrackNotPossible("`sodium_plane` is that of the filling: set `fill`, or leave it out")
    step = gap if step_width is None else step_width
    if kinks and not 0 < step < length:
        raise CrackNotPossible(
            f"`step_width` is {step:g} Å, but axis {axis} has {length:.2f} Å: choose a width above "
            "0 that fits, or a wider crystal"
        )
    scale = length if unit == "angstrom" else 1.0
    path = crack_path(
        anatomy.n_planes,
        plane,
        [(place / scale, target) for place, target in kinks],
        None if extent is None else (extent[0] / scale, extent[1] / scale),
        taken,
        step / length / 2,
    )
    if vacuum and max(path.planes) + taken == anatomy.n_planes:
        raise CrackNotPossible(
            f"plane {anatomy.n_planes} lies at the cell boundary, where `vacuum` is opened: use a "
            "lower plane or no vacuum"
        )
    bonds = framework_bonds(atoms)
    cuts, places = block_cuts(atoms, anatomy, stack, bonds, path, along)
    opened = opening(
        atoms, anatomy, places, cuts, bonds, lift=lift, vacuum=vacuum, sodium=sodium,
        bridging_oxygen=bridging_oxygen, faces=faces,
    )  # fmt: skip
    before = composition(atoms)
    charge = formal_charge(before)
    balanced = _balance(atoms, opened, bonds, charge) if neutral else np.zeros(0, dtype=int)
    opened.kept[balanced] = False
    model = assemble(atoms, anatomy, stack, opened, lift + vacuum)
    after = composition(model)
    column = column_share(anatomy, along)
    fractures = _fractures(cuts, column, length)
    share, walls = _walls(cuts, path, lift)
    volume = lift * area + sum(fracture.columns for fracture in fractures) * column * area * repeat
    void = crack_void(anatomy, cuts, along, lift, vacuum, volume)
    coordination_before, undercoordinated, coordination_after = _coordination(
        atoms, opened, bonds, model
    )
    filling = None
    if METAL not in model.arrays:  # a second crack keeps the filling of the first
        model.set_array(METAL, np.zeros(len(model)), int)
    if fill:
        metal, filling = fill_with_sodium(atoms, model, void, sodium_plane or "110")
        model = joined(model, metal)
    model.wrap(eps=1e-7)
    check_contacts(model)
    parameters = {
        "plane": plane,
        "width": lift if extent is None else None,
        "kinks": [list(kink) for kink in kinks],
        "extent": None if extent is None else list(extent),
        "blocks": taken or None,
        "axis": axis,
        "unit": unit,
        "step_width": step if kinks else None,
        "sodium": sodium,
        "bridging_oxygen": bridging_oxygen,
        "faces": faces,
        "neutral": neutral,
        "vacuum": vacuum,
        "fill": fill,
        "sodium_plane": sodium_plane or "110",
    }
    sources = [METHOD, load("na").source()] if fill else [METHOD]
    provenance.record(model, "build crack", parameters, sources)
    return Crack(
        atoms=model,
        kind="opened" if extent is None else "carved",
        stretches=_stretches(path, void, length),
        fractures=fractures,
        axis=axis,
        front=area / length,
        length=share * length,
        width=gap,
        volume=volume,
        delaminated_area=walls * area,
        fractured_area=2 * len(fractures) * repeat * (area / length),
        removed=_removed(before, after),
        balanced=composition(atoms[balanced]) if len(balanced) else {},
        composition=composition(model),
        charge_before=charge,
        charge_after=formal_charge(after),
        coordination_before=coordination_before,
        coordination_after=coordination_after,
        undercoordinated=undercoordinated,
        filling=filling,
    )


def _width_and_blocks(
    width: float | None, extent: tuple[float, float] | None, blocks: int | None, vacuum: float
) -> tuple[float, int]:
    """Displacement of the upper side in Å and number of removed blocks: one of them is 0."""
    if not 0 <= vacuum <= WIDEST:
        raise CrackNotPossible(f"`vacuum` is {vacuum:g} Å; 0 to {WIDEST:g} Å was expected")
    if extent is not None:
        if width is not None:
            raise CrackNotPossible(
                "a crack between two tips is as wide as the removed spinel blocks: set `blocks`, "
                "not `width`"
            )
        if blocks is not None and blocks < 1:
            raise CrackNotPossible(f"`blocks` is {blocks}; at least 1 must be removed")
        return 0.0, blocks or 1
    if blocks is not None:
        raise CrackNotPossible(
            "blocks are removed only from a crack between two tips: set `extent`, or `width` alone"
        )
    width = WIDTH if width is None else width
    if not NARROWEST <= width <= WIDEST:
        raise CrackNotPossible(
            f"`width` is {width:g} Å; {NARROWEST:g} to {WIDEST:g} Å was expected"
        )
    return width, 0


def _balance(
    atoms: Atoms, opened: Opening, bonds: FrameworkBonds, charge: int | None
) -> NDArray[np.int64]:
    """Atoms to remove so that the formal charge stays the same."""
    after = formal_charge(composition(atoms[opened.kept]))
    if after is None or charge is None:
        raise CrackNotPossible(
            "`neutral` cannot be used: an element of the structure has no unique formal charge"
        )
    return balance(atoms, opened, bonds, after - charge)


def _walls(cuts: list[BlockCut], path: CrackPath, lift: float) -> tuple[float, float]:
    """Cracked part of the axis, and area of walls along conduction planes over that of the cell."""
    marks = np.concatenate([np.concatenate([c.starts, c.starts + c.lengths]) for c in cuts])
    marks = np.unique(np.append(np.mod(marks, 1.0), np.mod(path.edges, 1.0)))
    middles = (marks + np.append(marks[1:], marks[0] + 1)) / 2
    sizes = np.append(marks[1:], marks[0] + 1) - marks
    sides = sides_at(cuts, middles % 1.0, lift, 0.0)
    voids = np.zeros(len(marks), int)
    for here, (solid, moved) in enumerate(zip(sides.solid, sides.lift, strict=True)):
        blocks = np.flatnonzero(solid)
        voids[here] = np.count_nonzero((np.diff(blocks) > 1) | (np.diff(moved[blocks]) > 0))
    return float(sizes[voids > 0].sum()), float(2 * (sizes * voids).sum())


def _stretches(path: CrackPath, void: CrackVoid, length: float) -> tuple[Stretch, ...]:
    """Parts of the crack between its kinks."""
    return tuple(
        Stretch(
            plane=plane,
            upper_plane=plane + path.blocks,
            start=start * length,
            end=end * length,
            wall_distance=float(
                void.bottoms[plane + path.blocks] + void.lift - void.tops[plane - 1]
            ),
        )
        for plane, start, end in zip(path.planes, path.edges, path.edges[1:], strict=False)
    )


def _fractures(cuts: list[BlockCut], column: float, length: float) -> tuple[Fracture, ...]:
    """Slots of all blocks."""
    return tuple(
        Fracture(
            block=number,
            start=start * length,
            end=(start + size) * length,
            columns=round(size / column),
            bonds_cut=cut.bonds_cut,
        )
        for number, cut in enumerate(cuts, start=1)
        for start, size in zip(cut.starts.tolist(), cut.lengths.tolist(), strict=True)
    )


def _removed(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Difference of two compositions."""
    return dict(Counter(before) - Counter(after))


def _coordination(
    atoms: Atoms, opened: Opening, bonds: FrameworkBonds, model: Atoms
) -> tuple[dict[int, int], dict[str, int], dict[int, int]]:
    """Coordination of Al before, atoms with fewer bonds than before, coordination of Al after."""
    cracked = framework_bonds(model)
    n, n_kept = len(atoms), len(model)
    before = np.bincount(bonds.cation, minlength=n) + np.bincount(bonds.oxygen, minlength=n)
    after = np.bincount(cracked.cation, minlength=n_kept)
    after += np.bincount(cracked.oxygen, minlength=n_kept)
    undercoordinated = [
        chemical_symbols[z] for z in model.numbers[after < before[opened.kept]].tolist()
    ]
    return (
        _by_number(before[atoms.numbers == ALUMINIUM]),
        dict(sorted(Counter(undercoordinated).items())),
        _by_number(after[model.numbers == ALUMINIUM]),
    )


def _by_number(coordination: NDArray[np.int64]) -> dict[int, int]:
    """Number of atoms by their coordination number."""
    values, counts = np.unique(coordination, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
