"""Space groups: symmetry operations, equivalent planes and directions, systematic absences.

An operation ``x' = W x + w`` turns the plane ``h`` (a row) into ``h W`` and the direction ``u``
into ``W u``. A reflection is systematically absent where an operation maps ``h`` onto itself and
its translation shifts the phase: ``h W = h`` and ``h·w`` is no integer. Lattice centrings, glide
planes and screw axes are the three cases; extinctions by special positions are not included.

The space group of a structure is found by moyo, which gives the operations that spglib gives (the
tests compare them on every crystal of the library) in half of the time on average. spglib names the
space group of given operations, and gemmi holds the tables. Absences are worked out here: gemmi's
translations are in units of 1/24, which supercells and arbitrary origins do not fit.

References: International Tables for Crystallography, vol. A, ch. 2.1.3.13 (2016),
doi:10.1107/97809553602060000114; K. Shinohara, A. Togo and I. Tanaka, "moyo" (2023),
https://github.com/spglib/moyo; A. Togo, K. Shinohara and I. Tanaka, "Spglib" (2018),
arXiv:1808.01590.
"""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.moyo import found_by_moyo
from ionsmith.lattice.operations import describe_operation, mean_power
from ionsmith.lattice.translations import repeating_cell

SYMPREC = 0.01
"""Distance in Å within which two atoms are symmetry-equivalent, enough for published digits."""

REDUCED_FROM = 400
"""Number of atoms from which a structure is reduced to the cell that it repeats."""

MOST_DISTINCT = 2_000
"""Largest number of atoms in a cell that repeats no smaller one, whose space group is found within
seconds."""

# Operations that fix h have phases that are multiples of 1/2, 1/3, 1/4 or 1/6: half of the smallest
# is far above the error of operations found in a structure.
_PHASE_TOLERANCE = 1 / 12
_ORDERS = 576  # a centring of a supercell times a screw axis
_BLOCK = 50_000  # reflections times operations at a time, so that they stay in the cache


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The operations of a space group modulo lattice translations, in the axes of one cell.

    Parameters
    ----------
    rotations
        Matrices W, integers of shape (n, 3, 3).
    translations
        Vectors w in fractions of the cell, shape (n, 3).
    number
        Space group number, 1 to 230.
    symbol
        Short Hermann–Mauguin symbol.
    symprec
        Distance in Å within which the operations hold.
    smallest
        Of a large supercell, the atoms of the smallest cell that it repeats, and the vectors of
        that as rows in these axes.
    """

    rotations: NDArray[np.int64]
    translations: NDArray[np.float64]
    number: int
    symbol: str
    symprec: float = SYMPREC
    smallest: tuple[Atoms, NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotations", np.asarray(self.rotations, dtype=np.int64))
        object.__setattr__(self, "translations", np.asarray(self.translations, dtype=float))

    def __repr__(self) -> str:
        """Return the space group and the number of operations in one line."""
        return f"Symmetry({self.symbol}, no. {self.number}, {len(self.rotations)} operations)"

    @cached_property
    def point_group(self) -> NDArray[np.int64]:
        """Distinct matrices W, shape (m, 3, 3), in a stable order."""
        return np.asarray(self.rotations[self._distinct])

    @cached_property
    def _distinct(self) -> NDArray[np.int64]:
        """Index of one operation for each matrix W."""
        # One number for each matrix sorts as its elements do, and far faster.
        base = 2 * int(abs(self.rotations).max()) + 1
        keys = self.rotations.reshape(-1, 9) @ base ** np.arange(8, -1, -1)
        return np.asarray(np.unique(keys, return_index=True)[1])

    @cached_property
    def ideal_order(self) -> int:
        """Order of the crystal's point group; in a supercell fewer operations may be left."""
        import gemmi

        return len(gemmi.find_spacegroup_by_number(self.number).operations().sym_ops)

    @cached_property
    def laue_group(self) -> NDArray[np.int64]:
        """The point group with the inversion added, shape (m, 3, 3)."""
        return np.unique(np.concatenate([self.point_group, -self.point_group]), axis=0)

    @cached_property
    def improper(self) -> NDArray[np.bool_]:
        """Which matrices of the point group change the hand, shape (m,)."""
        return np.asarray(np.linalg.det(self.point_group) < 0)

    @cached_property
    def is_chiral(self) -> bool:
        """Whether a crystal differs from its mirror image: no operation changes the hand."""
        return not self.improper.any()

    @cached_property
    def is_centrosymmetric(self) -> bool:
        """Whether the point group holds the inversion."""
        return bool((self.point_group == -np.eye(3, dtype=np.int64)).all(axis=(1, 2)).any())

    @cached_property
    def centrings(self) -> NDArray[np.float64]:
        """Pure translations inside the cell, the zero vector included, shape (m, 3)."""
        pure = (self.rotations == np.eye(3, dtype=np.int64)).all(axis=(1, 2))
        return np.asarray(self.translations[pure])

    @cached_property
    def _whole_centrings(self) -> NDArray[np.int64]:
        """The centrings in as many parts of the cell as there are of them: whole numbers."""
        return np.rint(self.centrings * len(self.centrings)).astype(np.int64)

    def repeats(self, direction: Direction) -> int:
        """Number of lattice periods in the shortest integer vector along a direction.

        It is 2 along [1,1,1] of a body-centred cell, where the lattice repeats after ½[1,1,1].
        """
        whole = len(self.centrings)
        axis, steps = np.array(direction.reduced().indices), self._whole_centrings % whole
        for count in range(whole, 1, -1):
            # The translations along an axis are a group among all.
            shortest, rest = divmod(whole, count)
            if not rest and (steps == axis * shortest % whole).all(axis=1).any():
                return count
        return 1

    def lattice_order(self, plane: Plane) -> int:
        """Lowest order of reflection from a plane that the centring allows.

        The spacing of the lattice planes is d of the first order divided by it: 3 for (0,0,1) of a
        rhombohedral lattice in hexagonal axes.
        """
        copies = len(self.centrings)
        phases = np.unique(self._whole_centrings @ plane.reduced().indices % copies)
        return copies // gcd(copies, *phases.tolist())

    def allowed_order(self, plane: ArrayLike) -> int:
        """First order of a reflection that is not systematically absent: 4 for 001 of anatase."""
        orders = np.arange(1, _ORDERS + 1)
        return int(orders[~self.absent(orders[:, None] * np.asarray(plane, dtype=np.int64))][0])

    def equivalent_planes(self, plane: ArrayLike, *, friedel: bool = True) -> NDArray[np.int64]:
        """All planes equivalent to one, shape (m, 3), sorted.

        Parameters
        ----------
        plane
            Indices, shape (3,).
        friedel
            Whether (hkl) and (-h-k-l) count as equivalent in any case (true by default), as they
            do in diffraction without anomalous scattering.
        """
        group = self.laue_group if friedel else self.point_group
        return np.unique(np.asarray(plane, dtype=np.int64) @ group, axis=0)

    def equivalent_directions(self, direction: ArrayLike) -> NDArray[np.int64]:
        """All directions equivalent to one, shape (m, 3), sorted."""
        return np.unique(self.point_group @ np.asarray(direction, dtype=np.int64), axis=0)

    def families(self, planes: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find a representative of the family of each plane, Friedel mates included.

        Parameters
        ----------
        planes
            Indices, shape (n, 3).

        Returns
        -------
        representatives
            The member with the fewest negative indices, then the largest h, k, l; shape (n, 3).
        multiplicities
            Number of planes in each family, shape (n,).
        """
        h = np.asarray(planes, dtype=np.int64)
        base = 2 * 3 * int(abs(h).max(initial=1)) * int(abs(self.laue_group).max()) + 1
        own = readability(h, base)
        best, representative, fixing = own.copy(), h.copy(), np.zeros(len(h), dtype=np.int64)
        for operation in self.laue_group:
            image = h @ operation
            rank = readability(image, base)
            fixing += rank == own
            better = rank > best
            best[better], representative[better] = rank[better], image[better]
        return representative, len(self.laue_group) // fixing

    def centring_allows(self, planes: ArrayLike) -> NDArray[np.bool_]:
        """Whether reflections are points of the reciprocal lattice of the centred cell.

        Parameters
        ----------
        planes
            Indices, shape (n, 3).

        Returns
        -------
        ndarray
            Booleans of shape (n,).
        """
        h = np.asarray(planes, dtype=float)
        left = np.arange(len(h))
        # In a supercell a few of its many translations exclude nearly all planes.
        for some in (self.centrings[:: len(self.centrings) // 16 + 1], self.centrings):
            step = max(_BLOCK // len(some), 1)
            kept = [
                ~_shifts(h[left[start : start + step]] @ some.T).any(axis=1)
                for start in range(0, len(left), step)
            ]
            left = left[np.concatenate([np.zeros(0, bool), *kept])]
        allowed = np.zeros(len(h), dtype=bool)
        allowed[left] = True
        return allowed

    def absent(self, planes: ArrayLike) -> NDArray[np.bool_]:
        """Whether each reflection is systematically absent: indices (n, 3), booleans (n,)."""
        found = ~self.centring_allows(planes)
        left = np.flatnonzero(~found)
        found[left] = self.extinguished(np.asarray(planes)[left])
        return found

    def extinguished(self, planes: ArrayLike) -> NDArray[np.bool_]:
        """Whether glide planes or screw axes extinguish reflections that every centring allows.

        Parameters
        ----------
        planes
            Indices, shape (n, 3).

        Returns
        -------
        ndarray
            Booleans of shape (n,).
        """
        # Where the centrings allow a reflection, one operation stands for all with its matrix.
        # Products of such floats are exact, and many times faster.
        h = np.asarray(planes, dtype=float).T
        found = np.zeros(h.shape[1], dtype=bool)
        translations = self.translations[self._distinct]
        images = self.point_group.transpose(2, 0, 1).reshape(-1, 3).astype(float)
        step = max(_BLOCK // len(translations), 1)
        for start in range(0, len(found), step):
            part = h[:, start : start + step]
            fixed = ((images @ part).reshape(3, -1, part.shape[1]) == part[:, None]).all(axis=0)
            found[start : start + step] = (fixed & _shifts(translations @ part)).any(axis=0)
        return found

    def absence_reason(self, plane: ArrayLike) -> str | None:
        """Symmetry element that forbids a reflection, in words; None if it is allowed.

        A centring comes before a glide plane, and that before a screw axis; of equals, the simplest
        translation. Screw axes are named for right-handed axes.
        """
        h = np.asarray(plane, dtype=np.int64)
        vectors = self._simplest_centrings
        if (guilty := _shifts(vectors @ h)).any():
            identity = np.eye(3, dtype=np.int64)
            found = vectors[guilty.argmax()]
            return describe_operation(identity, found, self.repeats, len(vectors))[1]
        if not self.absent(h[None])[0]:
            return None
        fixed = np.flatnonzero((h @ self.point_group == h).all(axis=1))
        reasons = []
        for rotation in self.point_group[fixed]:
            same = (self.rotations == rotation).all(axis=(1, 2))
            own = self.translations[same]
            own = own[_shifts(own @ h)]
            # Of the many glides of a supercell, those along the fewest axes.
            along = own @ mean_power(rotation).T
            moved = (abs(along) > 1 / 96).sum(axis=1)
            simplest = moved == moved.min(initial=3)
            _, first = np.unique(np.round(along[simplest], 4), axis=0, return_index=True)
            reasons += [
                describe_operation(rotation, one, self.repeats) for one in own[simplest][first]
            ]
        return min(reasons)[1] if reasons else None

    @cached_property
    def _simplest_centrings(self) -> NDArray[np.float64]:
        """The centrings, in the order of :func:`describe_operation`: the simplest first."""
        copies = len(self.centrings)
        parts = self._whole_centrings
        denominators = np.lcm.reduce(copies // np.gcd(parts, copies), axis=1)
        size = abs(parts)
        order = np.lexsort((*parts.T[::-1], *size.T[::-1], denominators, (parts != 0).sum(axis=1)))
        return np.asarray(self.centrings[order])


def symmetry_of(atoms: Atoms, symprec: float = SYMPREC) -> Symmetry:
    """Find the space group of a structure, in the axes of its own cell.

    Parameters
    ----------
    atoms
        An ordered structure, periodic in three dimensions. Of a supercell with less symmetry than
        its crystal, only the operations that fit the cell are returned.
    symprec
        Largest distance in Å between atoms that count as equivalent.

    Raises
    ------
    InvalidStructure
        If the structure is not periodic in three dimensions, or no symmetry is found.
    """
    if not all(atoms.pbc):
        raise InvalidStructure("a structure that is not periodic in 3D has no space group")
    smaller = repeating_cell(atoms, symprec) if len(atoms) > REDUCED_FROM else None
    if smaller is not None:
        return _in_supercell(symmetry_of(smaller[0], symprec), smaller)
    if len(atoms) > MOST_DISTINCT:
        raise InvalidStructure(
            f"a cell of {len(atoms):,} atoms that does not repeat a smaller one; space groups are "
            f"determined of up to {MOST_DISTINCT:,} such atoms: use the unit cell of the crystal"
        )
    from moyopy import SpaceGroupType

    found = found_by_moyo(atoms, symprec)
    symbol = SpaceGroupType(found.number).hm_short.replace(" ", "")
    operations = found.operations
    rotations = np.array(operations.rotations, dtype=np.int64)
    return Symmetry(rotations, np.array(operations.translations), found.number, symbol, symprec)


def _in_supercell(symmetry: Symmetry, smallest: tuple[Atoms, NDArray[np.float64]]) -> Symmetry:
    """Operations that fit a larger cell, in which the vectors of the smaller are fractions."""
    rows = smallest[1]
    back = np.linalg.inv(rows.T)
    turned = rows.T @ symmetry.rotations @ back
    fitting = (abs(turned - np.round(turned)) < 1e-6).all(axis=(1, 2))
    turned = np.round(turned[fitting]).astype(np.int64)
    moved = symmetry.translations[fitting] @ rows
    # The lattice translations in the cell: all sums of the three rows, each of them once.
    size = np.ceil(abs(back).sum(axis=1)).astype(int) + 1
    points = (np.indices(2 * size + 1).reshape(3, -1).T - size) @ rows
    inside = points[((points > -1e-6) & (points < 1 - 1e-6)).all(axis=1)]
    rotations = np.repeat(turned, len(inside), axis=0)
    translations = (moved[:, None] + inside).reshape(-1, 3) % 1.0
    return Symmetry(
        rotations, translations, symmetry.number, symmetry.symbol, symmetry.symprec, smallest
    )


def readability(indices: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """Rank of indices by how they are usually written: larger for fewer negative indices.

    Among equals, a larger first index ranks higher, then a larger second and third one.

    Parameters
    ----------
    indices
        Planes or directions, shape (..., 3).
    base
        More than twice the largest index, so that different indices have different ranks.
    """
    h, k, last = indices[..., 0], indices[..., 1], indices[..., 2]
    positive = 3 - (h < 0).astype(np.int64) - (k < 0) - (last < 0)
    return np.asarray(((positive * base + h) * base + k) * base + last)


def _shifts(phases: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(abs(phases - np.round(phases)) > _PHASE_TOLERANCE)
