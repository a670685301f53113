"""Other cells of the same lattice: primitive cells, and the cells of slabs and matches.

A cell is given by three lattice vectors [uvw] as rows, in the axes of the crystal's own cell:
integers, or fractions where they contain a centring translation.
"""

from fractions import Fraction
from functools import lru_cache
from math import lcm

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.symmetry import Symmetry

_WHOLE = 1e-6

ON_FACE = 1e-3
"""Fractional distance from a face of the cell at which an atom lies on it."""


@lru_cache(maxsize=64)
def primitive_lattice(symmetry: Symmetry) -> tuple[NDArray[np.int64], int]:
    """Rows that span the lattice with its centrings, as integers and their common denominator."""
    if len(symmetry.centrings) == 1:
        return np.eye(3, dtype=np.int64), 1
    denominator = lcm(*map(_denominator, set(symmetry.centrings.ravel().tolist())))
    steps = np.rint(symmetry.centrings * denominator).astype(np.int64)
    return np.array(_echelon([*(denominator * np.eye(3, dtype=int)).tolist(), *steps.tolist()])), (
        denominator
    )


@lru_cache(maxsize=1024)
def _denominator(part: float) -> int:
    """Denominator of a component of a centring translation."""
    return Fraction(part).limit_denominator(48).denominator


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
    steps = _echelon([[int(value) for value in row] for row in multiples])
    counts = [abs(steps[i][i]) for i in range(3)]
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
    everyone = np.arange(len(positions))
    if len(symmetry.centrings) == 1:
        return everyone
    copy, off = _copies(positions, symmetry, np.asarray(cell, dtype=float))
    # The tolerance is for one operation; the product of two may be off by twice that.
    if (off > 2 * symmetry.symprec).any() or (kinds[copy] != kinds).any():
        raise InvalidStructure(
            "the structure does not have the centring translations of its lattice"
        )
    return np.flatnonzero(copy.min(axis=0) == everyone)


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
    _, off = _copies(atoms.get_scaled_positions(wrap=False), symmetry, atoms.cell.array)
    return float(off.max())


def _copies(
    positions: NDArray[np.float64], symmetry: Symmetry, cell: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Position that each centring maps each one onto, and their distance in Å, shape (t, n)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(positions % 1.0 % 1.0, boxsize=np.ones(3))
    moved = (positions + symmetry.centrings[:, None]) % 1.0 % 1.0
    # Nearest in fractions is nearest in Å where copies are nearly exact, as they must be.
    _, copy = tree.query(moved)
    delta = moved - positions[copy]
    return np.asarray(copy), np.linalg.norm((delta - np.round(delta)) @ cell, axis=2)


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


def plane_vectors(h: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two lattice vectors that span a lattice plane.

    Parameters
    ----------
    h
        Indices of the plane without common factor, in the axes of a primitive cell, shape (3,).

    Returns
    -------
    ndarray
        Rows of integers c with ``c @ h = 0``, shape (2, 3).
    """
    a, b, c = (int(value) for value in h)
    first, x, y = _bezout(a, b)
    if first == 0:
        return np.array([[1, 0, 0], [0, 1, 0]])
    return np.array([[b // first, -a // first, 0], [-x * c, -y * c, first]])


def _bezout(first: int, second: int) -> tuple[int, int, int]:
    """Greatest common divisor d and x, y with ``x first + y second = d``."""
    a, b = (first, 1, 0), (second, 0, 1)
    while b[0]:
        factor = a[0] // b[0]
        a, b = b, (a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2])
    return a if a[0] >= 0 else (-a[0], -a[1], -a[2])


def _echelon(rows: list[list[int]]) -> list[list[int]]:
    """Hermite normal form (upper triangular, up to signs) of rows that span the same lattice."""
    found = []
    for column in range(3):
        while True:
            filled = sorted((row for row in rows if row[column]), key=lambda row: abs(row[column]))
            if len(filled) == 1:
                break
            pivot = filled[0]
            for row in filled[1:]:
                factor = row[column] // pivot[column]
                row[:] = [x - factor * y for x, y in zip(row, pivot, strict=True)]
        found.append(filled[0])
        rows = [row for row in rows if row is not filled[0]]
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
