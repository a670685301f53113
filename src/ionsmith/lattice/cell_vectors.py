"""Other cells of the same lattice: primitive cells, and the cells of slabs and matches.

A cell is given by three lattice vectors [uvw] as rows, in the axes of the crystal's own cell:
integers, or fractions where they contain a centring translation.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.lattice_points import half_index_grid
from ionsmith.lattice.symmetry import Symmetry

_WHOLE = 1e-6
_GRID = 6 << 15  # parts of a cell edge, of which halves and thirds are whole numbers
_FEW_COPIES = 20_000  # positions times centrings up to which all copies are looked up at once
_MANY_POINTS = 1000  # whose distances from each other are too many
_NO_COPIES = "the structure does not have the centring translations of its lattice"

ON_FACE = 1e-3
"""Fractional distance from a face of the cell at which an atom lies on it."""


@lru_cache(maxsize=64)
def primitive_lattice(symmetry: Symmetry) -> tuple[NDArray[np.int64], int]:
    """Rows that span the lattice with its centrings, as integers and their common denominator."""
    copies = len(symmetry.centrings)
    if copies == 1:
        return np.eye(3, dtype=np.int64), 1
    # As many times any translation as there are of them is one of the cell.
    parts = np.unique(np.rint(symmetry.centrings * copies).astype(np.int64))
    denominator = copies // gcd(copies, *parts.tolist())
    steps = np.rint(symmetry.centrings * denominator).astype(np.int64)
    return _echelon(np.concatenate([denominator * np.eye(3, dtype=np.int64), steps])), denominator


def primitive_vectors(symmetry: Symmetry, cell: ArrayLike) -> NDArray[np.float64]:
    """Shortest vectors that span the lattice, including centring translations.

    Parameters
    ----------
    symmetry
        The space group, in the axes of the cell.
    cell
        Cell vectors as rows in Å, shape (3, 3).

    Returns
    -------
    ndarray
        Right-handed rows [uvw] in the axes of the cell, shape (3, 3).
    """
    from ase.geometry.minkowski_reduction import minkowski_reduce

    rows, denominator = primitive_lattice(symmetry)
    _, change = minkowski_reduce(rows / denominator @ np.asarray(cell, dtype=float))
    vectors = change @ rows / denominator
    if np.linalg.det(vectors) < 0:
        vectors = -vectors
    return np.asarray(np.round(vectors, 12) + 0.0)


def translations_inside(symmetry: Symmetry, vectors: ArrayLike) -> NDArray[np.float64]:
    """Lattice translations of a crystal inside another cell of its lattice.

    Parameters
    ----------
    symmetry
        The space group, in the axes of the crystal's own cell.
    vectors
        The other cell, rows [uvw] in these axes, shape (3, 3).

    Returns
    -------
    ndarray
        One translation [uvw] for each primitive cell in the other cell, all different modulo the
        vectors of that cell, shape (n, 3); the zero vector is the first.

    Raises
    ------
    InvalidStructure
        If the vectors are not three independent lattice vectors.
    """
    rows, denominator = primitive_lattice(symmetry)
    primitive = rows / denominator
    exact = np.asarray(vectors, dtype=float) @ np.linalg.inv(primitive)
    multiples = np.round(exact).astype(np.int64)
    if abs(exact - multiples).max() > _WHOLE:
        worst = np.asarray(vectors)[abs(exact - multiples).max(axis=1).argmax()]
        shown = ",".join(str(Fraction(float(u)).limit_denominator(48)) for u in worst)
        raise InvalidStructure(f"[{shown}] is not a lattice vector of the crystal")
    if round(abs(np.linalg.det(multiples))) == 0:
        raise InvalidStructure("a cell needs three linearly independent lattice vectors")
    counts = abs(_echelon(multiples).diagonal()).tolist()
    return np.asarray(np.array(list(np.ndindex(*counts))) @ primitive)


def recut(
    positions: ArrayLike, symmetry: Symmetry, vectors: ArrayLike, members: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Positions in another cell of a crystal.

    Parameters
    ----------
    positions
        Fractional coordinates in the crystal's own cell, shape (n, 3).
    symmetry, vectors
        As for :func:`translations_inside`.
    members
        One position of each set that centring translations generate, indices of shape (m,).

    Returns
    -------
    fractional
        Coordinates in the other cell, in [0, 1), position by position; shape (m t, 3).
    member
        Index of the position that each is a copy of, shape (m t,).
    """
    shifts = translations_inside(symmetry, vectors)
    own = np.asarray(positions, dtype=float)[members]
    moved = (own[:, None] + shifts[None]).reshape(-1, 3)
    fractional = moved @ np.linalg.inv(np.asarray(vectors, dtype=float))
    fractional -= np.floor(fractional)
    fractional[fractional > 1 - 1e-9] = 0.0
    return fractional, np.repeat(members, len(shifts))


def one_of_each(
    positions: ArrayLike,
    kinds: ArrayLike,
    symmetry: Symmetry,
    cell: ArrayLike,
) -> NDArray[np.int64]:
    """Find one position of each set that the centring translations generate.

    Parameters
    ----------
    positions
        Fractional coordinates, shape (n, 3).
    kinds
        Kind of each position: only positions of one kind are copies; shape (n,).
    symmetry
        The space group.
    cell
        Cell vectors as rows in Å, shape (3, 3).

    Returns
    -------
    ndarray
        The first position of each set, sorted, shape (n / centrings,).

    Raises
    ------
    InvalidStructure
        If a translation does not map a position onto another one.
    """
    positions, kinds = np.asarray(positions, dtype=float), np.asarray(kinds)
    cell, copies = np.asarray(cell, dtype=float), len(symmetry.centrings)
    if copies == 1:
        return np.arange(len(kinds))
    if len(kinds) * copies > _FEW_COPIES:
        sets = _sets(positions, kinds, symmetry, cell)
        return np.array([members[0] for members, _ in sets], dtype=np.int64)
    copy, off = _copies(positions, symmetry, cell)
    if (off > 2 * symmetry.symprec).any() or (kinds[copy] != kinds).any():
        raise InvalidStructure(_NO_COPIES)
    return np.flatnonzero(copy.min(axis=0) == np.arange(len(kinds)))


def centring_noise(atoms: Atoms, symmetry: Symmetry) -> float:
    """Largest distance of atoms from the centring copies of other atoms.

    Parameters
    ----------
    atoms
        An ordered structure, periodic in three dimensions.
    symmetry
        Its space group, in the axes of its cell.

    Returns
    -------
    float
        The largest distance in Å; 0 for a primitive cell.
    """
    if len(symmetry.centrings) == 1:
        return 0.0
    sets = _sets(atoms.get_scaled_positions(wrap=False), atoms.numbers, symmetry, atoms.cell.array)
    return max(spread for _, spread in sets)


def _copies(
    positions: NDArray[np.float64], symmetry: Symmetry, cell: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Position that each centring maps each one onto, and their distance in Å, shape (t, n)."""
    exact = _exact_copies(positions, symmetry.centrings)
    if exact is not None:
        return exact, np.zeros(exact.shape)
    from scipy.spatial import cKDTree

    tree = cKDTree(positions % 1.0 % 1.0, boxsize=np.ones(3))
    moved = (positions + symmetry.centrings[:, None]) % 1.0 % 1.0
    # Nearest in fractions is nearest in Å where copies are nearly exact, as they must be.
    _, copy = tree.query(moved)
    delta = moved - positions[copy]
    return np.asarray(copy), np.linalg.norm((delta - np.round(delta)) @ cell, axis=2)


def _exact_copies(
    positions: NDArray[np.float64], steps: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """Position that each translation maps each one onto, if all meet to the last digits."""
    moved = positions + steps[:, None]
    parts = [np.rint(x * _GRID).astype(np.int64) % _GRID for x in (positions, moved)]
    own, codes = (part @ (_GRID**2, _GRID, 1) for part in parts)
    order = own.argsort()
    copy = order[np.minimum(np.searchsorted(own[order], codes), len(order) - 1)]
    if (own[copy] != codes).any():
        return None
    gaps = moved - positions[copy]
    return copy if (abs(gaps - np.rint(gaps)) < 1e-8).all() else None  # of an edge


def _sets(
    positions: NDArray[np.float64],
    kinds: NDArray[Any],
    symmetry: Symmetry,
    cell: NDArray[np.float64],
) -> Iterator[tuple[NDArray[np.int64], float]]:
    """Positions that centrings make copies of each other, and their largest distance in Å."""
    from scipy.spatial import cKDTree

    rows = primitive_vectors(symmetry, cell)
    basis, copies = rows @ cell, len(symmetry.centrings)
    # In the primitive cell all copies are in one place. The tolerance is for one operation; the
    # product of two may be off by twice that.
    own = positions @ np.linalg.inv(rows) % 1.0 % 1.0
    tree, reach = cKDTree(own, boxsize=np.ones(3)), 2 * symmetry.symprec
    radius = reach * float(np.linalg.norm(np.linalg.inv(basis)))
    free = np.ones(len(own), dtype=bool)
    for number in range(len(own)):
        if not free[number]:
            continue
        near = np.array(sorted(tree.query_ball_point(own[number], radius)))
        near = near[kinds[near] == kinds[number]]
        away = own[near] - own[number]
        away = (away - np.round(away)) @ basis
        kept = np.linalg.norm(away, axis=1) <= reach
        same, places = near[kept], away[kept]
        spread = _largest_distance(places)
        if len(same) != copies or not free[same].all() or spread > reach:
            raise InvalidStructure(_NO_COPIES)
        free[same] = False
        yield same, spread


def _largest_distance(points: NDArray[np.float64]) -> float:
    """Largest distance between any two of the points; of very many, within one per cent."""
    from scipy.spatial.distance import pdist

    if len(points) > _MANY_POINTS:  # those that are the last along some direction
        along = points @ half_index_grid(3).T
        points = points[np.unique([along.argmin(axis=0), along.argmax(axis=0)])]
    return float(pdist(points).max(initial=0.0))


def in_cell(
    atoms: Atoms,
    symmetry: Symmetry,
    vectors: ArrayLike,
    members: NDArray[np.int64] | None = None,
) -> Atoms:
    """Set up a structure in another cell of its lattice, in the same Cartesian frame.

    Parameters
    ----------
    atoms
        An ordered structure, periodic in three dimensions.
    symmetry
        Its space group, in the axes of its cell.
    vectors
        The other cell, rows [uvw] in these axes, shape (3, 3).
    members
        One atom of each set that the centring translations generate, if known; see
        :func:`one_of_each`.

    Returns
    -------
    Atoms
        Atoms keep their arrays and ``info``; the copies of an atom follow each other.

    Raises
    ------
    InvalidStructure
        If the vectors are not lattice vectors.
    """
    own = atoms.get_scaled_positions(wrap=False)
    if members is None:
        members = one_of_each(own, atoms.numbers, symmetry, atoms.cell.array)
    fractional, member = recut(own, symmetry, vectors, members)
    model = atoms[member]
    model.set_cell(np.asarray(vectors, dtype=float) @ atoms.cell.array)
    model.set_scaled_positions(fractional)
    return model


def plane_step(h: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lattice vector from one lattice plane to the next.

    Parameters
    ----------
    h
        Indices of the plane without common factor, in the axes of a primitive cell, shape (3,).

    Returns
    -------
    ndarray
        Integers c of shape (3,) with ``c @ h = 1``.
    """
    first, x, y = _bezout(int(h[0]), int(h[1]))
    _, s, t = _bezout(first, int(h[2]))
    return np.array([x * s, y * s, t])


def plane_vectors(planes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two lattice vectors that span each of several lattice planes.

    Parameters
    ----------
    planes
        Indices of each plane without common factor, in the axes of a primitive cell, shape (n, 3).

    Returns
    -------
    ndarray
        Rows of integers c with ``c @ h = 0``, shape (n, 2, 3).
    """
    spanning = []
    for a, b, c in planes.tolist():
        first, x, y = _bezout(a, b)
        if first == 0:
            spanning += [1, 0, 0, 0, 1, 0]
        else:
            spanning += [b // first, -a // first, 0, -x * c, -y * c, first]
    return np.array(spanning, dtype=np.int64).reshape(-1, 2, 3)


def _bezout(first: int, second: int) -> tuple[int, int, int]:
    """Greatest common divisor d and x, y with ``x first + y second = d``."""
    a, b = (first, 1, 0), (second, 0, 1)
    while b[0]:
        factor = a[0] // b[0]
        a, b = b, (a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2])
    return a if a[0] >= 0 else (-a[0], -a[1], -a[2])


def _echelon(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hermite normal form (upper triangular, up to signs) of rows that span the same lattice."""
    rows, found = rows.copy(), np.zeros((3, 3), dtype=np.int64)
    for column in range(3):
        while True:
            filled = np.flatnonzero(rows[:, column])
            first = filled[abs(rows[filled, column]).argmin()]
            if len(filled) == 1:
                break
            others = filled[filled != first]
            factors = rows[others, column] // rows[first, column]
            rows[others] -= factors[:, None] * rows[first]
        found[column] = rows[first]
        rows = np.delete(rows, first, axis=0)
    return found


def wrapped(atoms: Atoms) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Lattice translations that bring atoms into the cell, and the lower faces they lie on.

    An atom within :data:`ON_FACE` of a face belongs to the lower one, however it was rounded.

    Parameters
    ----------
    atoms
        The structure; atoms stay where they are along axes that are not periodic.

    Returns
    -------
    ndarray, ndarray
        Integers and flags of shape (n, 3).
    """
    shifts = np.zeros((len(atoms), 3), np.int64)
    on_face = np.zeros((len(atoms), 3), bool)
    periodic = np.flatnonzero(atoms.pbc)
    fractional = np.linalg.solve(atoms.cell.complete().array.T, atoms.positions.T).T
    shifts[:, periodic] = -np.floor(fractional[:, periodic] + ON_FACE).astype(np.int64)
    on_face[:, periodic] = np.abs(fractional + shifts)[:, periodic] <= ON_FACE
    return shifts, on_face
