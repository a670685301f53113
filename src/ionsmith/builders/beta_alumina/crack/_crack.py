"""Cracks in β''-alumina: along conduction planes, through spinel blocks, filled with Na metal.

Geng et al. (2023), doi:10.1039/d3ee00237c, saw delamination cracks along the conduction planes of
cycled Na β''-alumina, with kinks to other conduction planes where spinel blocks are fractured
perpendicular to the planes, and with Na metal inside. Two rigid models are made of them:

- an **opened** crack goes through the whole cell: all that lies above it is moved along the normal,
  and the cell grows by as much. Nothing is taken out of a plane that is delaminated. Where the
  crack steps to another plane, that movement would let the faces of the fractured blocks slide on
  each other, without room between them, and in a periodic cell no sideways movement opens the step
  that leads up and the one that leads back. So a slot is cut out of the blocks at each step.
- a **carved** crack ends within the cell, in two blunt tips. No rigid movement opens it, for beyond
  the tips the crystal is whole. Whole spinel blocks are taken out between two conduction planes
  over its length, so that both walls are what delamination leaves, a block and part of its
  conduction plane, and never the inside of a block; its width is a whole number of blocks.

Blocks are cut by whole columns of basal cells, see :mod:`ionsmith.builders.beta_alumina.crack`.

A wall has what the options leave there of the Na and the bridging O of its conduction plane: all,
none, or half of it (``"split"``: the Na nearer to it, every second bridge). So the two walls of a
carved crack together keep one plane with ``"split"``, as those of an opened one do, and what is
taken out is whole formula units.

What stress a deposit of Na can bring about is a row of ``ionsmith reproduce p1``.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders.beta_alumina._glide import Stack, whole_blocks
from ionsmith.builders.beta_alumina.crack._opening import Opening, balance, opening, sides_at
from ionsmith.builders.beta_alumina.crack._path import (
    BlockCut,
    CrackPath,
    Kink,
    block_cuts,
    column_share,
    crack_path,
)
from ionsmith.builders.beta_alumina.crack._result import (
    Crack,
    Faces,
    Fracture,
    SodiumPlane,
    Stretch,
    Wall,
)
from ionsmith.builders.beta_alumina.crack._sodium_filling import (
    CrackVoid,
    crack_void,
    fill_with_sodium,
)
from ionsmith.crystals import load
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.errors import CrackNotPossible
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.layers.spinel_blocks import FrameworkBonds, framework_bonds

WIDTH = 10.0
"""Width in Å of an opened crack by default."""

METAL = "sodium_metal"
"""Array that tells the atoms of the filling."""

NARROWEST, WIDEST = 0.1, 1000.0
"""Least width in Å of a crack, and largest of a crack or a vacuum, 100 nm: beyond, the unit is
likely another."""

ALUMINIUM = 13

Axis = Literal["a", "b"]
Unit = Literal["fraction", "angstrom"]

Floats = NDArray[np.float64]


def open_crack(
    atoms: Atoms,
    plane: int,
    *,
    width: float | None = None,
    kinks: Sequence[Kink] = (),
    extent: tuple[float, float] | None = None,
    blocks: int | None = None,
    axis: Axis = "a",
    unit: Unit = "fraction",
    step_width: float | None = None,
    sodium: Wall = "split",
    bridging_oxygen: Wall = "split",
    faces: Faces = "stoichiometric",
    neutral: bool = False,
    vacuum: float = 0.0,
    fill: bool = False,
    sodium_plane: SodiumPlane = "110",
) -> Crack:
    """Crack β''-alumina, or β-alumina, along a conduction plane.

    Parameters
    ----------
    atoms
        The crystal; it is not changed.
    plane
        Conduction plane that the crack runs in, or begins in, from 1 at the bottom.
    width
        How far the walls of an opened crack are moved apart, in Å; :data:`WIDTH` by default.
    kinks
        Places along the axis, in order, and the plane that the crack goes on in from there. A
        crack through the whole cell has to come back to the plane it began in.
    extent
        The two tips of a carved crack, places along the axis. Without them the crack goes through
        the whole cell and is opened.
    blocks
        Spinel blocks that a carved crack takes out above the plane; 1 by default.
    axis
        In-plane cell vector that the crack runs along; its front is parallel to the other one.
    unit
        Of places: fractions of the axis, or Å normal to the crack front.
    step_width
        Width in Å of the slot that is cut out of spinel blocks at a kink, rounded to whole columns
        of basal cells; as wide as the crack by default.
    sodium, bridging_oxygen
        Which wall keeps what of the conduction plane: ``"split"``, ``"lower"``, ``"upper"``, or
        ``"out"`` for neither.
    faces
        Faces of fractured blocks: ``"stoichiometric"``, cut straight, whole cells taken out; or
        ``"whole-polyhedra"``, where every cation that stays keeps its O of the block, which leaves
        O in excess.
    neutral
        Take out Na of the walls, or the least bonded O beside the crack and one Na where that is
        one charge too much, until the formal charge is what it was.
    vacuum
        Opens the last conduction plane, at the boundary of the cell, by this much in Å as well, so
        that the crystals below and above the crack are free slabs. It is not filled.
    fill
        Fill the crack with bcc Na, see :mod:`ionsmith.builders.beta_alumina.crack`.
    sodium_plane
        Lattice plane of Na that lies parallel to the conduction planes.

    Returns
    -------
    Crack

    Raises
    ------
    NotBetaAlumina
        If the structure has no conduction planes.
    CrackNotPossible
        For a plane that is not there, a place or a width out of range, a crack that
        does not come back, blocks of which nothing would be left, or no room for Na.
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
    anatomy = find_anatomy(atoms, mirror_planes=True)
    stack = whole_blocks(atoms, anatomy)
    along = np.asarray(np.linalg.pinv(stack.cell[:2])[:, 0 if axis == "a" else 1], float)
    length = 1 / float(np.linalg.norm(along))
    area = float(np.linalg.norm(np.cross(*stack.cell[:2])))
    repeat = anatomy.period / anatomy.n_planes
    lift, taken = _how_wide(width, extent, blocks, vacuum)
    opened = lift + taken * repeat
    step = opened if step_width is None else step_width
    if kinks and not 0 < step < length:
        raise CrackNotPossible(
            f"a step {step:g} Å wide along the {length:.2f} Å of axis {axis}: give a width of the "
            "step above 0 that is less, or take a wider crystal"
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
            f"plane {anatomy.n_planes} is at the boundary of the cell, where the vacuum goes: take "
            "a lower plane or no vacuum"
        )

    bonds = framework_bonds(atoms)
    cuts, places = block_cuts(atoms, anatomy, stack, bonds, path, along)
    found = opening(
        atoms, anatomy, places, cuts, bonds, lift=lift, vacuum=vacuum, sodium=sodium,
        bridging_oxygen=bridging_oxygen, faces=faces,
    )  # fmt: skip
    before = composition(atoms)
    charge = formal_charge(before)
    more = _balance(atoms, found, bonds, charge) if neutral else np.zeros(0, dtype=int)
    found.kept[more] = False
    model = _assemble(atoms, anatomy, stack, found, lift + vacuum)
    left = composition(model)
    column = column_share(anatomy, along)
    fractures = _fractures(cuts, column, length)
    share, walls = _walls(cuts, path, lift)
    volume = lift * area + sum(one.columns for one in fractures) * column * area * repeat
    void = crack_void(anatomy, cuts, along, lift, vacuum, volume)
    first, lost, second = _coordination(atoms, found, bonds, model)
    filling = None
    if METAL not in model.arrays:  # a second crack leaves the first one filled
        model.set_array(METAL, np.zeros(len(model)), int)
    if fill:
        metal, filling = fill_with_sodium(atoms, model, void, sodium_plane)
        model = _joined(model, metal)
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
        "sodium_plane": sodium_plane,
    }
    method = {
        "phase": "cracks along conduction planes",
        "citation": "Geng et al., Energy Environ. Sci. 16 (2023)",
        "doi": "10.1039/d3ee00237c",
    }
    sources = [method, load("na").source()] if fill else [method]
    provenance.record(model, "build crack", parameters, sources)
    front = area / length
    return Crack(
        atoms=model,
        kind="opened" if extent is None else "carved",
        stretches=_stretches(path, void, length),
        fractures=fractures,
        axis=axis,
        front=front,
        length=share * length,
        width=opened,
        volume=volume,
        delaminated_area=walls * area,
        fractured_area=2 * len(fractures) * repeat * front,
        removed=_removed(before, left),
        balanced=composition(atoms[more]) if len(more) else {},
        composition=composition(model),
        charge_before=charge,
        charge_after=formal_charge(left),
        coordination_before=first,
        coordination_after=second,
        undercoordinated=lost,
        filling=filling,
    )


def _how_wide(
    width: float | None, extent: tuple[float, float] | None, blocks: int | None, vacuum: float
) -> tuple[float, int]:
    """Movement of the upper side in Å, and blocks that are taken out: one of them is 0."""
    if not 0 <= vacuum <= WIDEST:
        raise CrackNotPossible(f"a vacuum of {vacuum:g} Å: 0 to {WIDEST:g} was expected")
    if extent is not None:
        if width is not None:
            raise CrackNotPossible(
                "a crack with two tips is as wide as the spinel blocks that are taken out: give "
                "their number, not a width"
            )
        if blocks is not None and blocks < 1:
            raise CrackNotPossible(f"{blocks} spinel blocks: at least 1 has to be taken out")
        return 0.0, blocks or 1
    if blocks is not None:
        raise CrackNotPossible(
            "blocks are taken out of a crack with two tips: give its extent, or a width alone"
        )
    width = WIDTH if width is None else width
    if not NARROWEST <= width <= WIDEST:
        raise CrackNotPossible(
            f"a crack {width:g} Å wide: {NARROWEST:g} to {WIDEST:g} Å was expected"
        )
    return width, 0


def _balance(
    atoms: Atoms, found: Opening, bonds: FrameworkBonds, charge: int | None
) -> NDArray[np.int64]:
    left = formal_charge(composition(atoms[found.kept]))
    if left is None or charge is None:
        raise CrackNotPossible("an element has no formal charge of its own that could be kept")
    return balance(atoms, found, bonds, left - charge)


def _assemble(atoms: Atoms, anatomy: Anatomy, stack: Stack, found: Opening, growth: float) -> Atoms:
    model = atoms.copy()
    cell = stack.cell.copy()
    cell[2] += growth * anatomy.normal
    model.set_cell(cell)
    model.positions = stack.positions + found.lift[:, None] * anatomy.normal
    model.set_array("spinel_block", anatomy.spinel_block, int)
    model.set_array("conduction_plane", anatomy.conduction_plane, int)
    return model[found.kept]


def _joined(model: Atoms, metal: Atoms) -> Atoms:
    """Add the metal, with numbers of its own where atoms are numbered."""
    joined = model + metal
    joined.info = model.info
    joined.arrays[METAL][len(model) :] = 1
    if "atom_id" in model.arrays:
        fresh = model.arrays["atom_id"].max() + 1 + np.arange(len(metal))
        joined.arrays["atom_id"][len(model) :] = fresh
    return joined


def _walls(cuts: list[BlockCut], path: CrackPath, lift: float) -> tuple[float, float]:
    """Part of the axis that is cracked, and walls along conduction planes over that of the cell."""
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


def _removed(before: dict[str, int], left: dict[str, int]) -> dict[str, int]:
    gone = {element: count - left.get(element, 0) for element, count in before.items()}
    return {element: count for element, count in gone.items() if count}


def _coordination(
    atoms: Atoms, found: Opening, bonds: FrameworkBonds, model: Atoms
) -> tuple[dict[int, int], dict[str, int], dict[int, int]]:
    """Al by its number of O before, atoms with fewer bonds than before, Al after."""
    cracked = framework_bonds(model)
    n, left = len(atoms), len(model)
    before = np.bincount(bonds.cation, minlength=n) + np.bincount(bonds.oxygen, minlength=n)
    after = np.bincount(cracked.cation, minlength=left)
    after += np.bincount(cracked.oxygen, minlength=left)
    short = model.numbers[after < before[found.kept]]
    symbols, counts = np.unique([chemical_symbols[z] for z in short.tolist()], return_counts=True)
    return (
        _numbers(before[atoms.numbers == ALUMINIUM]),
        dict(zip(symbols.tolist(), counts.tolist(), strict=True)),
        _numbers(after[model.numbers == ALUMINIUM]),
    )


def _numbers(coordination: NDArray[np.int64]) -> dict[int, int]:
    values, counts = np.unique(coordination, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
