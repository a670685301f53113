"""Voronoi cells of periodic seeds, and the units of a crystal in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface._closest_approach import ClosestApproach, kinds
from ionsmith.builders.particles._units import CrystalUnits, crystal_units
from ionsmith.crystals.charges import formal_charges
from ionsmith.crystals.files import CrystalLike, name_of, read_structure
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.surfaces.frameworks import groups_of

CHUNK = 50_000
"""Units that are tried at once."""

EDGE = 1e-6
"""In Å: what a columnar crystal may be off at the end of its period."""

SAME = 0.05
"""In Å: images of an atom that are closer are one."""

OFF_GRID = 0.0113
"""In Å: keeps atoms at round coordinates away from the edges of boxes of this size."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Phase:
    """A crystal with its units, the kinds of its atoms and their charges."""

    name: str
    atoms: Atoms
    units: CrystalUnits
    kind: Integers
    charges: Floats | None
    approach: ClosestApproach

    @classmethod
    def of(cls, source: CrystalLike, groups: Sequence[str] | None) -> "Phase":
        atoms = read_structure(source)
        if not atoms.pbc.all():
            raise InvalidStructure(
                f"{name_of(source)} is not periodic along all axes: grains need a crystal"
            )
        molecules = groups_of(atoms, groups)
        units = crystal_units(atoms, groups)
        charges, _ = formal_charges(atoms)
        if charges is None and len(set(atoms.numbers.tolist())) == 1:
            charges = np.zeros(len(atoms))
        approach = ClosestApproach([(atoms, molecules)])
        return cls(name_of(source), atoms, units, kinds(atoms, molecules), charges, approach)

    @property
    def radius(self) -> float:
        """Largest distance in Å of an atom from the mean of its unit."""
        units = self.units
        places = self.atoms.positions[units.member] + units.shift @ self.atoms.cell.array
        return float(np.linalg.norm(places - units.centres[units.unit], axis=1).max())

    @property
    def density(self) -> float:
        """Atoms per Å³."""
        return len(self.atoms) / float(self.atoms.get_volume())


@dataclass(frozen=True, eq=False)
class VoronoiCell:
    """Voronoi cell around a seed: corners, and planes as normals and distances, from the seed."""

    corners: Floats
    normals: Floats
    distances: Floats
    volume: float
    height: float | None

    def depth(self, points: Floats) -> Floats:
        """Distance of points from the nearest plane in Å, positive inside."""
        return np.asarray((self.distances - points @ self.normals.T).min(axis=1))


@dataclass(frozen=True, eq=False)
class Filling:
    """Atoms of one grain: in the crystal, in Å, and the units of each, with the units' depths."""

    member: Integers
    positions: Floats
    units: Integers
    name: Integers
    depth: Floats


def voronoi_cells(seeds: Floats, edges: Floats, *, columns: bool) -> list[VoronoiCell]:
    """Voronoi cells of periodic seeds; a point of a cell is nearest to an image next to the box."""
    from scipy.spatial import ConvexHull, Voronoi

    axes = 2 if columns else 3
    images = index_grid(-np.ones(axes), np.ones(axes))
    images = images[np.lexsort((*images.T, abs(images).sum(axis=1)))]  # the box itself first
    points = (seeds[None, :, :axes] + images[:, None] * edges[:axes]).reshape(-1, axes)
    voronoi = Voronoi(points)
    first, second = voronoi.ridge_points.T
    cells = []
    for number in range(len(seeds)):
        others = np.concatenate([second[first == number], first[second == number]])
        away = points[np.sort(others)] - points[number]
        lengths = np.linalg.norm(away, axis=1)
        region = voronoi.regions[voronoi.point_region[number]]
        corners = voronoi.vertices[region] - points[number]
        volume = float(ConvexHull(corners).volume)
        normals = away / lengths[:, None]
        if columns:
            corners = np.array([[*c, z] for c in corners for z in (0.0, edges[2])])
            normals = np.column_stack([normals, np.zeros(len(normals))])
            volume *= float(edges[2])
        height = float(edges[2]) if columns else None
        cells.append(VoronoiCell(corners, normals, lengths / 2, volume, height))
    return cells


def filled_cell(phase: Phase, matrix: Floats, seed: Floats, cell: VoronoiCell) -> Filling:
    """Units of a crystal whose means lie in a Voronoi cell."""
    units = phase.units
    found = list(_inside(phase, matrix, cell))
    number = np.concatenate([part[0] for part in found])
    step = np.concatenate([part[1] for part in found])
    depth = np.concatenate([part[2] for part in found])
    size = np.diff(units.start)[number]
    row = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    row += np.repeat(units.start[number], size)
    owner = np.repeat(np.arange(len(number)), size)
    member, where = units.member[row], step[owner] + units.shift[row]
    places = (phase.atoms.positions[member] + where @ phase.atoms.cell.array) @ matrix.T
    owners = np.column_stack([owner, np.full(len(owner), -1)])
    if units.shared.any():
        # A ligand of two groups of a chain counts once, at the end of a period too.
        home = places.copy()
        if cell.height is not None:
            home[:, 2] %= cell.height
        key = np.column_stack([member, np.floor((home + OFF_GRID) / SAME)])
        _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
        last = np.zeros(len(first), dtype=np.int64)
        last[inverse.ravel()] = np.arange(len(key))
        order = np.argsort(first)
        first, last = first[order], last[order]
        owners = np.column_stack([owner[first], np.where(last > first, owner[last], -1)])
        member, places = member[first], places[first]
    return Filling(member, places + seed, owners, number, depth)


def _inside(
    phase: Phase, matrix: Floats, cell: VoronoiCell
) -> Iterator[tuple[Integers, Integers, Floats]]:
    """Units inside a Voronoi cell, part by part: numbers, crystal cells and depths."""
    vectors, centres = phase.atoms.cell.array, phase.units.centres
    corners = cell.corners @ matrix @ np.linalg.inv(vectors)
    low, high = np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0))
    plane = index_grid(low[1:], high[1:])
    thick = max(1, CHUNK // (len(plane) * len(centres)))
    for start in np.arange(low[0], high[0] + 1, thick):
        end = min(start + thick - 1, high[0])
        steps = index_grid([start, *low[1:]], [end, *high[1:]])
        points = ((steps @ vectors)[:, None] + centres).reshape(-1, 3) @ matrix.T
        depth = cell.depth(points)
        inside = depth >= 0
        if cell.height is not None:
            z = points[:, 2]
            inside &= (z >= -EDGE) & (z < cell.height - EDGE)
        chosen = np.flatnonzero(inside)
        step, number = np.divmod(chosen, len(centres))
        yield number, steps[step], depth[chosen]
