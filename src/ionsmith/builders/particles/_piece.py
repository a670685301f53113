"""A finite piece of a crystal, or one that is periodic along one direction, cut between units."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import NeighbourList
from ionsmith.builders.particles._units import CrystalUnits, Floats, Integers
from ionsmith.lattice.lattice_points import index_grid

ON_SURFACE = 1e-6
"""In Å; units whose mean is on the surface of a shape belong to it."""

Depth = Callable[[Floats], Floats]
"""Distance in Å of points from a surface, negative inside, shape (n,), from points (n, 3)."""

Triple = tuple[int, int, int]

OPEN: Triple = (0, 0, 0)
"""Periods of a piece that ends in all directions."""


def wrapped(cell: Integers, periods: Triple) -> Integers:
    """Cells, brought into the first period along periodic axes, shape (n, 3)."""
    return np.stack([own % n if n else own for own, n in zip(cell.T, periods, strict=True)], axis=1)


@dataclass(frozen=True, eq=False)
class Laid:
    """Units of a crystal in space, k of them.

    Parameters
    ----------
    units
        The units of the crystal.
    number, cell
        Index of each unit and its cell, shapes (k,) and (k, 3).
    depth
        Distance of its mean from the surface in Å, negative inside, shape (k,).
    periods
        Number of cells along each vector along which the piece is periodic, else 0.
    """

    units: CrystalUnits
    number: Integers
    cell: Integers
    depth: Floats
    periods: Triple = OPEN

    @property
    def centres(self) -> Floats:
        """Mean position of each unit in Å, shape (k, 3)."""
        return np.asarray(
            self.units.centres[self.number] + self.cell @ self.units.crystal.cell.array
        )

    @property
    def length(self) -> float:
        """Length in Å of the period of the piece along z, else 0."""
        return self.periods[2] * float(self.units.crystal.cell.array[2, 2])

    def take(self, kept: NDArray[np.bool_]) -> "Laid":
        """Keep some of the units."""
        return replace(self, number=self.number[kept], cell=self.cell[kept], depth=self.depth[kept])

    def rows(self, kept: NDArray[np.bool_]) -> tuple[Integers, Integers]:
        """Each atom of the units that are kept: row in the list of units, and place here."""
        start, place = self.units.start, np.flatnonzero(kept)
        size = np.diff(start)[self.number[place]]
        row = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return row + np.repeat(start[self.number[place]], size), np.repeat(place, size)

    def piece(self, kept: NDArray[np.bool_]) -> "Piece":
        """Atoms of the units that are kept, shape (k,)."""
        row, place = self.rows(kept)
        cell = self.cell[place] + self.units.shift[row]
        return Piece.of(self.units.crystal, self.units.member[row], cell, self.periods)


@dataclass(frozen=True, eq=False)
class Piece:
    """Atoms of a crystal by their cells, n of them, sorted.

    Parameters
    ----------
    crystal
        One cell of the crystal.
    member, cell
        Index of each atom in the crystal and its cell, shapes (n,) and (n, 3).
    periods
        Number of cells along each vector along which the piece is periodic, else 0.
    """

    crystal: Atoms
    member: Integers
    cell: Integers
    periods: Triple = OPEN

    @classmethod
    def of(cls, crystal: Atoms, member: Integers, cell: Integers, periods: Triple) -> "Piece":
        """Sort the atoms, and leave out those that are there twice."""
        piece = cls(crystal, member, wrapped(cell, periods), periods)
        first = np.unique(piece._keys(piece.member, piece.cell), return_index=True)[1]
        return replace(piece, member=piece.member[first], cell=piece.cell[first])

    def __len__(self) -> int:
        """Return the number of atoms."""
        return len(self.member)

    @property
    def positions(self) -> Floats:
        """Positions in Å, shape (n, 3)."""
        return np.asarray(self.crystal.positions[self.member] + self.cell @ self.crystal.cell.array)

    def atoms(self) -> Atoms:
        """The atoms with their arrays, not yet in a cell."""
        atoms = self.crystal[self.member]
        atoms.positions = self.positions
        atoms.set_cell(None)
        atoms.pbc = False
        atoms.info = {}
        return atoms

    def take(self, kept: NDArray[np.bool_]) -> "Piece":
        """Keep some of the atoms."""
        return replace(self, member=self.member[kept], cell=self.cell[kept])

    def lost(self, pairs: NeighbourList) -> "Lost":
        """Find which of some pairs of the crystal, sorted by ``first``, the piece has lost."""
        start = np.searchsorted(pairs.first, np.arange(len(self.crystal) + 1))
        size = np.diff(start)[self.member]
        host = np.repeat(np.arange(len(self)), size)
        row = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        row += np.repeat(start[self.member], size)
        cell, other = self.cell[host] + pairs.shifts[row], pairs.second[row]
        cell = wrapped(cell, self.periods)
        gone = ~np.isin(self._keys(other, cell), self._sorted)
        host, row, cell, other = host[gone], row[gone], cell[gone], other[gone]
        places = self.crystal.positions
        vector = places[other] + pairs.shifts[row] @ self.crystal.cell.array
        return Lost(host, other, cell, vector - places[pairs.first[row]])

    @cached_property
    def _sorted(self) -> Integers:
        """Keys of the own atoms."""
        return self._keys(self.member, self.cell)

    def _keys(self, member: Integers, cell: Integers) -> Integers:
        """One number for each atom of the infinite crystal."""
        packed = np.zeros(len(member), np.int64)
        for axis in range(3):
            packed = (packed << 13) + cell[:, axis] + (1 << 12)
        return (packed << 21) + member


@dataclass(frozen=True, eq=False)
class Lost:
    """Neighbours that atoms of a piece have lost, k of them.

    Parameters
    ----------
    host
        Index of the atom in the piece, shape (k,).
    member, cell
        The neighbour in the crystal, shapes (k,) and (k, 3).
    vector
        From the former to the latter in Å, shape (k, 3).
    """

    host: Integers
    member: Integers
    cell: Integers
    vector: Floats

    def take(self, kept: NDArray[np.bool_] | Integers) -> "Lost":
        """Keep some of them."""
        return Lost(self.host[kept], self.member[kept], self.cell[kept], self.vector[kept])


def lay(
    units: CrystalUnits,
    depth: Depth,
    centre: Floats,
    reach: float,
    *,
    margin: float = 0.0,
    period: int = 0,
) -> Laid:
    """Lay the units of a crystal out in a shape.

    Parameters
    ----------
    units
        The units.
    depth
        Distance from the surface of the shape, of points relative to its centre.
    centre
        Centre of the shape in the crystal, in Å, shape (3,).
    reach
        Radius in Å of a sphere (a cylinder, where the piece is periodic) around the shape.
    margin
        In Å; units up to this distance outside the shape are included.
    period
        Number of cells along the third vector, along which the piece is periodic, else 0.
    """
    cell = units.crystal.cell.array
    inverse = np.linalg.inv(cell)
    middle = centre @ inverse
    across = (reach + margin) * np.linalg.norm(inverse, axis=0)
    low, high = np.floor(middle - across) - 1, np.ceil(middle + across)
    if period:  # along z
        low[2], high[2] = 0, period - 1
    rest = index_grid(low[1:], high[1:]).astype(np.int64)
    numbers, cells, depths = [], [], []
    for first in range(int(low[0]), int(high[0]) + 1):
        own = np.column_stack([np.full(len(rest), first), rest])
        places = (own @ cell)[:, None] + units.centres - centre
        far = depth(places.reshape(-1, 3)).reshape(len(own), -1)
        which, number = np.nonzero(far <= margin + ON_SURFACE)
        numbers.append(number)
        cells.append(own[which])
        depths.append(far[which, number])
    return Laid(
        units,
        np.concatenate(numbers),
        np.concatenate(cells),
        np.concatenate(depths),
        (0, 0, period),
    )
