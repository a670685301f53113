"""Fate of each atom in a crack: removed, moved with the upper side, or left in place."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.beta_alumina._stack import Stack
from ionsmith.builders.beta_alumina.crack._path import BlockCut
from ionsmith.builders.choices import Faces, Wall
from ionsmith.errors import CrackNotPossible
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import OXYGEN, FrameworkBonds, members

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sides:
    """Blocks at given places along the axis, the first one of the next period included.

    Parameters
    ----------
    solid
        Whether each block is present, shape (m, n + 1).
    lift
        Displacement of the block along the normal in Å, shape (m, n + 1).
    """

    solid: Bools
    lift: Floats


def sides_at(cuts: list[BlockCut], places: Floats, lift: float, vacuum: float) -> Sides:
    """Blocks that are present at fractions of the axis, and how far they are lifted."""
    whole = np.ones((len(places), 1), bool)
    solid = np.hstack([*(cut.solid(places)[:, None] for cut in cuts), whole])
    raised = np.hstack([*(cut.raised(places)[:, None] for cut in cuts), whole])
    moved = float(lift) * raised
    moved[:, -1] += vacuum
    return Sides(solid, moved)


def side_of(
    cuts: list[BlockCut], places: Floats, block: NDArray[np.int64], lift: float, vacuum: float
) -> tuple[Bools, Floats]:
    """Whether one block, from 0, is present at each place, and how far it is lifted; shape (n,)."""
    solid, moved = np.ones(len(places), bool), np.full(len(places), float(lift))
    *blocks, whole = members(block, len(cuts))
    for cut, mine in zip(cuts, blocks, strict=True):
        solid[mine] = cut.solid(places[mine])
        moved[mine] *= cut.raised(places[mine])
    moved[whole] += vacuum
    return solid, moved


@dataclass(frozen=True)
class Opening:
    """Fate of each atom.

    Parameters
    ----------
    kept
        Whether the atom is kept, shape (n,).
    lift
        Displacement along the normal in Å, shape (n,).
    wall
        Whether it is an atom of a conduction plane kept at a wall, shape (n,).
    """

    kept: Bools
    lift: Floats
    wall: Bools


def opening(
    atoms: Atoms,
    anatomy: Anatomy,
    places: Floats,
    cuts: list[BlockCut],
    bonds: FrameworkBonds,
    *,
    lift: float,
    vacuum: float,
    sodium: Wall,
    bridging_oxygen: Wall,
    faces: Faces,
) -> Opening:
    """Divide the atoms between the two sides of a crack."""
    block, plane = anatomy.spinel_block, anatomy.conduction_plane
    each = np.arange(len(atoms))
    framework = block > 0
    solid, moved = side_of(cuts, places, np.maximum(block - 1, 0), lift, vacuum)
    kept = solid & framework
    moved[~framework] = 0.0
    if faces == "whole-polyhedra":
        inside = (block[bonds.cation] == block[bonds.oxygen]) & framework[bonds.oxygen]
        bound = inside & kept[bonds.cation] & ~kept[bonds.oxygen]
        moved[bonds.oxygen[bound]] = moved[bonds.cation[bound]]
        kept[bonds.oxygen[bound]] = True

    floor, under = side_of(cuts, places, np.maximum(plane - 1, 0), lift, vacuum)
    roof, over = side_of(cuts, places, plane, lift, vacuum)
    floor &= ~framework
    roof &= ~framework
    # A bridging O belongs to the walls in which its cations are left.
    bound = kept[bonds.cation] & anatomy.bridging[bonds.oxygen]
    up = anatomy.looks_up[bonds.cation]
    for side, mine in ((floor, bound & up), (roof, bound & ~up)):
        side[anatomy.bridging] = False
        side[bonds.oxygen[mine]] = True
    under[bonds.oxygen[bound & up]] = moved[bonds.cation[bound & up]]
    # Cations above the last plane belong to the first block of the next period.
    inner = bound & ~up & (plane[bonds.oxygen] < anatomy.n_planes)
    over[bonds.oxygen[inner]] = moved[bonds.cation[inner]]
    # A bridging O at the wall of an earlier crack has one side only, and stays with it.
    sided = anatomy.bridging[bonds.oxygen]
    lone = ~np.isin(each, bonds.oxygen[sided & up]) | ~np.isin(each, bonds.oxygen[sided & ~up])
    lone &= anatomy.bridging & (floor | roof)
    under[lone] = over[lone] = np.where(floor, under, over)[lone]
    floor |= lone
    roof |= lone
    apart = over - under > 1e-9
    lower = np.zeros(len(atoms), bool)
    parted = (floor & roof & apart) | (floor ^ roof)
    wanted = np.zeros(len(atoms), bool)
    for mine, wall in (
        (anatomy.bridging, bridging_oxygen),
        (~framework & (atoms.numbers != OXYGEN), sodium),
    ):
        concerned = parted & mine
        wanted[concerned] = wall != "out"
        if wall == "split":
            # Per plane and pair of walls, so that each wall keeps half.
            group = 4 * plane + 2 * floor + roof
            for number in np.unique(group[concerned]):
                members = np.flatnonzero(concerned & (group == number))
                lower[_nearer_half(anatomy, atoms, members)] = True
        else:
            lower[concerned] = wall == "lower"
    wall_atoms = parted & wanted & ((lower & floor) | (~lower & roof))
    through = floor & roof & ~apart
    kept |= wall_atoms | through
    moved[through] = under[through]
    moved[wall_atoms] = np.where(lower, under, over)[wall_atoms]
    return Opening(kept, moved, wall_atoms)


def _nearer_half(anatomy: Anatomy, atoms: Atoms, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lower half of the atoms of a plane; every second one if all have one height."""
    basis = np.linalg.pinv(anatomy.basal_axes)
    cell = np.floor(atoms.positions[members] @ basis + 1e-6).astype(int)
    height = np.round(anatomy.height[members] - anatomy.height[members].mean(), 2)
    order = np.lexsort((cell[:, 1], cell[:, 0], cell.sum(axis=1) % 2, height))
    return np.asarray(members[order[: (len(members) + 1) // 2]])


def balance(atoms: Atoms, opened: Opening, bonds: FrameworkBonds, excess: int) -> NDArray[np.int64]:
    """Choose atoms beside a crack whose removal compensates an excess charge."""
    whole = opened.kept[bonds.cation] & opened.kept[bonds.oxygen]
    whole &= abs(opened.lift[bonds.cation] - opened.lift[bonds.oxygen]) < 1e-6
    before = np.bincount(bonds.oxygen, minlength=len(atoms))
    after = np.bincount(bonds.oxygen[whole], minlength=len(atoms))
    loose = np.flatnonzero(opened.kept & (atoms.numbers == OXYGEN) & (after < before))
    loose = loose[np.lexsort((loose, -before[loose], after[loose]))]
    oxygen = -(excess // 2) if excess < 0 else 0
    excess += 2 * oxygen
    mobile = np.flatnonzero(opened.wall & (atoms.numbers != OXYGEN))
    if oxygen > len(loose) or excess > len(mobile):
        raise CrackNotPossible(
            f"{oxygen} O and {excess} mobile ions would have to be removed to conserve the charge, "
            f"but only {len(loose)} and {len(mobile)} are found beside the crack"
        )
    picked = mobile[np.linspace(0, len(mobile), excess, endpoint=False).astype(int)]
    return np.concatenate([loose[:oxygen], picked])


def assemble(atoms: Atoms, anatomy: Anatomy, stack: Stack, opened: Opening, growth: float) -> Atoms:
    """Structure of the kept atoms in the opened cell."""
    model: Atoms = atoms.copy()
    cell = stack.cell.copy()
    cell[2] += growth * anatomy.normal
    model.set_cell(cell)
    model.positions = stack.positions + opened.lift[:, None] * anatomy.normal
    model.set_array("spinel_block", anatomy.spinel_block, int)
    model.set_array("conduction_plane", anatomy.conduction_plane, int)
    kept: Atoms = model[opened.kept]
    return kept
