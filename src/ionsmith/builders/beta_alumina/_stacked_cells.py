"""Upright supercells of layered crystals whose stacking vector leans."""

from typing import Literal

import numpy as np
from ase import Atoms
from ase.build import make_supercell
from numpy.typing import NDArray

from ionsmith.errors import ClosureNotPossible

CellKind = Literal["sheared", "hexagonal", "orthogonal"]
MAX_REPEATS = 36
"""A lean by Shockley partials is upright after six repeats in a single basal cell, and after six
times n at most in a supercell of n of them."""


def upright_supercell(
    atoms: Atoms, basal: NDArray[np.float64], kind: CellKind
) -> tuple[Atoms, int]:
    """Repeat a layered crystal until its third vector is normal to the basal plane."""
    if kind == "sheared":
        return atoms, 1
    in_plane = atoms.cell.array[:2]
    normal = np.cross(*in_plane)
    normal /= np.linalg.norm(normal)
    third = atoms.cell.array[2]
    lean = (third - (third @ normal) * normal) @ np.linalg.pinv(in_plane)
    for repeat in range(1, MAX_REPEATS + 1):
        back = np.rint(repeat * lean)
        if np.abs(repeat * lean - back).max() < 1e-4:
            break
    else:
        raise ClosureNotPossible(
            f"no {kind} supercell with up to {MAX_REPEATS} repeats along the stack; keep the "
            "sheared cell, or close planes by routes 1, 2 and 3 in turn"
        )
    count = np.rint(in_plane @ np.linalg.pinv(basal)).astype(int)
    flat = _hexagonal(count) if kind == "hexagonal" else _orthogonal(count)
    matrix = np.zeros((3, 3), int)
    matrix[:2, :2] = flat
    matrix[2] = [-int(back[0]), -int(back[1]), repeat]
    if np.array_equal(matrix, np.eye(3)):
        return atoms, 1
    supercell = make_supercell(atoms, matrix, wrap=True)
    return supercell, round(abs(np.linalg.det(matrix)))


def _in_cell_vectors(count: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest multiples of basal directions (rows) that are lattice vectors of the cell."""
    inverse = np.linalg.inv(count)
    rows = []
    for direction in wanted:
        multiple = 1
        while np.abs((turns := multiple * direction @ inverse) - np.rint(turns)).max() > 1e-6:
            multiple += 1
        rows.append(np.rint(turns).astype(int))
    return np.array(rows)


def _metric(count: NDArray[np.int64]) -> NDArray[np.float64]:
    vectors = count @ np.array([[1.0, 0.0], [-0.5, np.sqrt(3) / 2]])
    return np.asarray(vectors @ vectors.T)


def _hexagonal(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """In-plane matrix of the smallest hexagonal supercell; the identity where it is one."""
    metric = _metric(count)
    if np.isclose(metric[0, 0], metric[1, 1]) and np.isclose(metric[0, 1], -metric[0, 0] / 2):
        return np.eye(2, dtype=int)
    rows = _in_cell_vectors(count, np.eye(2, dtype=int))
    lengths = np.sqrt(np.diag(_metric(rows @ count)))
    multiple = int(np.lcm(*np.rint(lengths).astype(int)))
    return np.asarray(rows * (multiple // np.rint(lengths).astype(int))[:, None])


def _orthogonal(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """In-plane matrix of the smallest rectangular supercell; the identity where it is one."""
    if np.isclose(_metric(count)[0, 1], 0):
        return np.eye(2, dtype=int)
    rows = [
        _in_cell_vectors(count, np.array(pair))
        for pair in ([[1, 0], [1, 2]], [[0, 1], [-2, -1]], [[-1, -1], [1, -1]])
    ]
    return min(rows, key=lambda pair: abs(round(np.linalg.det(pair))))
