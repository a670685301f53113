"""Na metal in the void of a crack.

The metal is the bcc crystal of the library (a = 4.2906 Å, R. W. G. Wyckoff, Crystal Structures,
2nd edition, 1, 16 (1963)) with its densest plane, (110), or (100) parallel to the conduction
planes. It is rotated about their normal and strained within them so that a whole number of its
cells fits the periodic cell with the least strain; along the normal it is strained so that the
atomic volume is conserved. It is then cut to the void: an atom is kept if no wall atom is nearer
than the shortest distance of the two elements in both crystals
(:class:`ionsmith.builders.interface.ClosestApproach`). Of all shifts of the metal, the one that
keeps most atoms is taken. There are never more atoms than bulk Na has in the volume opened; those
nearest to the walls, relative to their limit, are omitted first. Room left between the layers of
the metal is filled with single atoms, no nearer to one another than to Na of the walls.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray
from scipy.constants import elementary_charge
from scipy.spatial import cKDTree

from ionsmith.bonding.checks import check_count
from ionsmith.bonding.distances import images_within
from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.builders.beta_alumina.crack._opening import sides_at
from ionsmith.builders.beta_alumina.crack._path import BlockCut
from ionsmith.builders.beta_alumina.crack._result import SodiumFilling
from ionsmith.builders.choices import SodiumPlane
from ionsmith.builders.interface import ClosestApproach
from ionsmith.crystals import load
from ionsmith.crystals.charges import formal_charges
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import CrackNotPossible
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import LAYERS_PER_BLOCK, members

METAL = "sodium_metal"
"""Array that marks the atoms of the filling."""

SODIUM = 11
TURNS = 360
"""Number of rotations of the metal that are tried, half a degree apart."""

SHIFTS = (3, 3, 8)
"""Number of shifts of the metal that are tried along its two in-plane vectors and its normal."""

_UAH = 3.6e-3  # Coulomb in a µAh
_CM2 = 1e-16  # cm² in an Å²

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrackVoid:
    """The void of a crack, in the frame of the cracked crystal.

    Parameters
    ----------
    cuts
        The slots of each block.
    lift, vacuum
        Displacements in Å of the upper side, and of the next period in addition.
    bottoms, tops
        Heights in Å of the lowest O layer of each block, the first of the next period included,
        and of the highest of each block, before they were moved; shapes (n + 1,) and (n,).
    along, normal
        Reciprocal vector in 1/Å whose product with a position is the fraction along the axis, and
        the unit normal, shape (3,).
    volume
        Volume opened, in Å³.
    """

    cuts: list[BlockCut]
    lift: float
    vacuum: float
    bottoms: Floats
    tops: Floats
    along: Floats
    normal: Floats
    volume: float

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Whether points lie between the O layers of the walls, without the vacuum; shape (m,)."""
        height = points @ self.normal
        inside = np.zeros(len(points), bool)
        for opened, floor, roof in self._openings(points):
            inside |= opened & (height > floor) & (height < roof)
        return inside

    def reaches(self, points: Floats, heights: Floats) -> NDArray[np.bool_]:
        """Whether there may be void at some heights above or below points; shape (k,)."""
        reached = np.zeros(len(heights), bool)
        for opened, floor, roof in self._openings(points):
            for low, high in np.unique(np.stack([floor, roof], 1)[opened], axis=0).tolist():
                reached |= (heights > low - 1e-6) & (heights < high + 1e-6)
        return reached

    def _openings(self, points: Floats) -> Iterator[tuple[NDArray[np.bool_], Floats, Floats]]:
        """Void above each block: where points have it, and its lowest and highest place in Å."""
        sides = sides_at(self.cuts, points @ self.along, self.lift, self.vacuum)
        roof = self.bottoms[-1] + sides.lift[:, -1]
        moved, closed = sides.lift[:, -1], np.full(len(points), len(self.tops))
        last = len(self.tops) - (1 if self.vacuum else 0)
        for block in range(len(self.tops) - 1, -1, -1):
            floor = self.tops[block] + sides.lift[:, block]
            opened = (closed > block + 1) | (moved - sides.lift[:, block] > 1e-9)
            here = sides.solid[:, block]
            if block < last:
                yield here & opened, floor, roof
            roof = np.where(here, self.bottoms[block] + sides.lift[:, block], roof)
            moved = np.where(here, sides.lift[:, block], moved)
            closed = np.where(here, block, closed)

    def heights(self) -> tuple[float, float]:
        """Smallest and largest height that the void may have, in Å."""
        return float(self.tops[0]), float(self.bottoms[-1] + self.lift)


def crack_void(
    anatomy: Anatomy, cuts: list[BlockCut], along: Floats, lift: float, vacuum: float, volume: float
) -> CrackVoid:
    """Void of a crack, from the layers of the crystal."""
    block, layer, height = anatomy.spinel_block, anatomy.oxygen_layer, anatomy.height
    blocks = members(block, anatomy.n_planes)[1:]
    bottoms, tops = (
        [height[atoms[layer[atoms] == level]].mean() for atoms in blocks]
        for level in (1, LAYERS_PER_BLOCK)
    )
    bottoms.append(bottoms[0] + anatomy.period)
    return CrackVoid(
        cuts, lift, vacuum, np.array(bottoms), np.array(tops), along, anatomy.normal, volume
    )


def fill_with_sodium(
    crystal: Atoms, walls: Atoms, void: CrackVoid, plane: SodiumPlane
) -> tuple[Atoms, SodiumFilling]:
    """Fill the void of a crack with bcc Na."""
    metal = load("na").to_atoms()
    full = int(void.volume / (metal.get_volume() / len(metal)))
    check_count(len(walls) + full, "a crack filled with Na")
    net, stack, layers, turn, strain = _strained(metal, walls.cell.array[:2], void.normal, plane)
    approach = ClosestApproach((phase, molecular_groups(phase)) for phase in (crystal, metal))
    elements = np.unique(walls.numbers).tolist()
    limits = {number: approach(SODIUM, number) for number in elements}
    low, high = void.heights()
    count = int((high - low) / stack) + 2
    sites = _sites(net, walls.cell.array[:2])
    trees = {n: _tree(walls, walls.numbers == n, max(limits.values())) for n in elements}
    best: tuple[int, float, Floats, Floats] | None = None
    candidates = []
    for shift in (index_grid(0, np.array(SHIFTS) - 1) / SHIFTS).tolist():
        levels = low + (np.arange(count) + shift[2]) * stack
        moved = shift[0] * net[0] + shift[1] * net[1]
        nets = [sites + moved, sites + moved + layers]
        reached = np.flatnonzero(void.reaches(np.concatenate(nets), levels)).tolist()
        points = np.concatenate(
            [sites[:0], *(nets[i % 2] + levels[i] * void.normal for i in reached)]
        )
        points = points[void.holds(points)]
        if len(points) == 0:
            continue
        room = _room(points, trees, limits, walls.cell.array)
        points, room = points[room >= 1], room[room >= 1]
        candidates.append(points)
        number = min(len(points), full)
        score = float(np.sort(room)[::-1][:number].min()) if number else 0.0
        if best is None or (number, round(score, 6)) > best[:2]:
            best = number, round(score, 6), points, room
    if best is None or best[0] == 0:
        raise CrackNotPossible("no Na atom fits into the crack: increase `width`")
    number, _, points, room = best
    order = np.argsort(-np.round(room, 6), kind="stable")[:number]
    points = points[np.sort(order)]
    apart = approach(SODIUM, SODIUM)
    points = _filled_up(points, np.concatenate(candidates), full, apart, walls.cell.array)
    nearest = {
        chemical_symbols[n]: float(_distances(points, trees[n], walls.cell.array).min())
        for n in elements
    }
    area = float(np.linalg.norm(np.cross(*walls.cell.array[:2])))
    report = SodiumFilling(
        n_atoms=len(points),
        crystalline=number,
        full=full,
        share=len(points) / full if full else 1.0,
        plane=plane,
        turn=turn,
        strain=strain,
        normal_strain=float(1 / ((1 + strain[0]) * (1 + strain[1])) - 1),
        nearest=nearest,
        limit={chemical_symbols[n]: limits[n] for n in elements},
        areal_capacity=len(points) * elementary_charge / _UAH / (area * _CM2),
    )
    filling = Atoms(
        numbers=np.full(len(points), SODIUM), positions=points, cell=walls.cell, pbc=walls.pbc
    )
    return filling, report


def _filled_up(points: Floats, places: Floats, full: int, limit: float, cell: Floats) -> Floats:
    """Add atoms at places that are far enough from the metal and from one another, in order."""
    inverse = np.linalg.inv(cell)
    while len(points) < full:
        metal = cKDTree(images_within(points, cell, limit)[0])
        places = places[metal.query((places @ inverse % 1.0) @ cell)[0] >= limit]
        if len(places) == 0:
            break
        # All at once that precede every other place within the limit.
        images, owner = images_within(places, cell, limit)
        inside = (places @ inverse % 1.0) @ cell
        near = cKDTree(inside).sparse_distance_matrix(cKDTree(images), limit, output_type="ndarray")
        first = np.ones(len(places), bool)
        first[near["i"][owner[near["j"]] < near["i"]]] = False
        points = np.concatenate([points, places[first][: full - len(points)]])
    return points


def _strained(
    metal: Atoms, in_plane: Floats, normal: Floats, plane: SodiumPlane
) -> tuple[Floats, float, Floats, float, tuple[float, float]]:
    """Rotate and strain the metal to fit the cell.

    Returns the two vectors of its net in Å, shape (2, 3), the distance of its layers, the shift of
    every second one, its rotation in degrees, and its principal strains.
    """
    a = float(metal.cell.cellpar()[0])
    half = a / np.sqrt(2)
    flat = np.array([[a / 2, half], [a / 2, -half]]) if plane == "110" else a * np.eye(2)
    spacing = half if plane == "110" else a / 2
    first = in_plane[0] / np.linalg.norm(in_plane[0])
    frame = np.array([first, np.cross(normal, first)])
    cell = in_plane @ frame.T
    best: tuple[float, float, Floats, tuple[float, float]] | None = None
    for angle in (np.arange(TURNS) * 180 / TURNS).tolist():
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        turned = flat @ np.array([[c, s], [-s, c]])
        count = np.rint(cell @ np.linalg.inv(turned))
        if abs(np.linalg.det(count)) < 0.5:
            continue
        net = np.linalg.solve(count, cell)
        stretch = np.linalg.svd(np.linalg.solve(turned, net), compute_uv=False) - 1
        worst = round(float(abs(stretch).max()), 9)
        if best is None or worst < best[0]:
            best = worst, angle, net, (float(stretch[0]), float(stretch[1]))
    if best is None:
        raise CrackNotPossible("the crystal is too narrow for one cell of Na metal")
    _, angle, net, strain = best
    vectors = net @ frame
    # Every second layer of (110) and of (100) lies above the centres of the net.
    return (
        vectors,
        spacing / ((1 + strain[0]) * (1 + strain[1])),
        np.asarray((vectors[0] + vectors[1]) / 2),
        angle,
        strain,
    )


def _sites(net: Floats, in_plane: Floats) -> Floats:
    """Points of a net in one cell, shape (m, 3)."""
    count = np.rint(in_plane @ np.linalg.pinv(net)).astype(int)
    corners = np.array([[0, 0], count[0], count[1], count[0] + count[1]])
    grid = index_grid(corners.min(0), corners.max(0))
    turns = grid @ np.linalg.inv(count)
    inside = ((turns > -1e-9) & (turns < 1 - 1e-9)).all(axis=1)
    return np.asarray(grid[inside] @ net)


def _tree(walls: Atoms, which: NDArray[np.bool_], reach: float) -> cKDTree:
    """Tree of some wall atoms with their images."""
    return cKDTree(images_within(walls.positions[which], walls.cell.array, reach)[0])


def _distances(points: Floats, tree: cKDTree, cell: Floats) -> Floats:
    """Distance in Å of points from the nearest atom of a tree."""
    inside = (points @ np.linalg.inv(cell) % 1.0) @ cell
    return np.asarray(tree.query(inside)[0])


def _room(
    points: Floats, trees: dict[int, cKDTree], limits: dict[int, float], cell: Floats
) -> Floats:
    """Smallest ratio of the distance to a wall atom and its limit, shape (m,)."""
    return np.asarray(
        np.min([_distances(points, tree, cell) / limits[n] for n, tree in trees.items()], axis=0)
    )


def joined(model: Atoms, metal: Atoms) -> Atoms:
    """Add the metal, whose charge is zero, with new identifiers if the atoms have such.

    Parameters
    ----------
    model
        The cracked crystal; the charges of its ions go with the atoms where they are known.
    metal
        What :func:`fill_with_sodium` found.
    """
    count = len(model)
    both: Atoms = model + metal
    both.info = model.info
    both.arrays[METAL][count:] = 1
    if "atom_id" in model.arrays:
        both.arrays["atom_id"][count:] = model.arrays["atom_id"].max() + 1 + np.arange(len(metal))
    charges, _ = formal_charges(model)
    if charges is not None:
        both.arrays[OXIDATION_STATES] = np.append(charges, np.zeros(len(metal)))
    return both
