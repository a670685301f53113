"""What the coincidence search works on: meshes as numbers, their supercells, its limits."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.surfaces.coincidence._orbits import (
    NO_SYMMETRY,
    Groups,
    Key,
    groups_of,
    runs,
    tables_of,
)
from ionsmith.surfaces.plane_mesh import PlaneMeshes

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SLACK = 1e-9
"""Relative rounding that a limit forgives, so that an exact multiple of it is inside."""

_HELD = 50_000  # cells that are reduced at a time
_SWAPPED = [2, 3, 0, 1, 6, 5, 4, 7, 8, 9]  # rows, lengths, metric of a mesh


class TooManyCells(InvalidInput):
    """More pairs of cells would be compared than a search may take."""


class Window(NamedTuple):
    """Smallest and largest principal stretch that takes the film to the substrate."""

    low: float
    high: float


class Meshes(NamedTuple):
    """Two-dimensional lattices of both sides, those of the substrate first.

    Parameters
    ----------
    substrates
        How many are of the substrate.
    metrics
        a·a, a·b and b·b of each mesh in Å², shape (3, m).
    areas
        Area of each mesh in Å², shape (m,).
    largest
        Largest number of meshes in a supercell, shape (m,).
    keys, groups
        The sets of operations, first those of the substrate's meshes, then the film's.
    number
        Number of the set of each mesh, shape (m,).
    """

    substrates: int
    metrics: Floats
    areas: Floats
    largest: Integers
    keys: tuple[Key, ...]
    groups: Groups
    number: Integers

    @classmethod
    def pack(
        cls,
        substrates: PlaneMeshes,
        films: PlaneMeshes,
        max_area: float,
        *,
        reverse: bool,
        symmetric: bool,
    ) -> Self:
        """Take what the search needs from plane meshes."""
        areas = np.concatenate([substrates.areas, films.areas])
        largest = np.floor(max_area / areas * (1 + SLACK)).astype(np.int64)
        if symmetric:
            (below, first), (above, second) = substrates.actions, films.actions
            number = np.concatenate([first, second + len(below)])
            keys = (
                *((action, False) for action in below),
                *((action, reverse) for action in above),
            )
        else:
            number, keys = (np.arange(len(areas)) >= len(substrates)) * 1, (NO_SYMMETRY,) * 2
        metrics = np.concatenate([substrates.metrics, films.metrics], axis=1)
        return cls(len(substrates), metrics, areas, largest, keys, groups_of(keys), number)


class Cells(NamedTuple):
    """Supercells of meshes, one of each set of equivalents, those of the substrate first.

    Parameters
    ----------
    substrates
        How many are of the substrate.
    mesh
        Number of the mesh, shape (n,).
    forms
        What is known of the Hermite normal forms (:class:`Orbits`), shape (6, n).
    fixing, first
        The operations that leave each cell of the substrate as it is (:class:`Orbits`), shape
        (5, k), and where those of a cell begin.
    rows
        Lagrange-reduced rows in the mesh vectors, at an acute angle, shape (2, 2, n).
    metric
        Squared length of the shorter edge, scalar product, and squared length of the other one in
        Å², shape (3, n).
    """

    substrates: int
    mesh: Integers
    forms: NDArray[np.int32]
    fixing: Integers
    first: Integers
    rows: Floats
    metric: Floats

    @classmethod
    def of(cls, meshes: Meshes, least: int) -> Self:
        """List the supercells; those of the substrate have at least this level, of the film 1."""
        split, number = meshes.substrates, meshes.number
        tops = np.zeros(len(meshes.keys), dtype=np.int64)
        np.maximum.at(tops, number, meshes.largest)
        levels = [least] * int(number[split]) + [1] * len(tops)
        tables = tables_of(meshes.keys, tops.tolist(), tuple(levels[: len(tops)]))
        begin = tables.begin.take(number, axis=1)
        counts, fixed = tables.ends.take(begin[2] + meshes.largest, axis=1)
        forms = tables.forms.take(runs(begin[0], counts), axis=1)
        fixing = tables.fixing.take(runs(begin[1, :split], fixed[:split]), axis=1)
        mesh = np.arange(len(counts)).repeat(counts)
        rows, metric = _reduce(forms[:3], meshes.metrics.take(mesh, axis=1))
        first = forms[4].cumsum() - forms[4]
        return cls(int(counts[:split].sum()), mesh, forms, fixing, first, rows, metric)


def _reduce(forms: NDArray[np.integer[Any]], lattice: Floats) -> tuple[Floats, Floats]:
    """Lagrange reduction of all cells to an acute angle: rows, squared lengths and product."""
    if forms.shape[1] > _HELD:
        parts = [slice(at, at + _HELD) for at in range(0, forms.shape[1], _HELD)]
        found = [_reduce(forms[:, part], lattice[:, part]) for part in parts]
        rows, metric = (np.concatenate(one, axis=-1) for one in zip(*found, strict=True))
        return rows, metric
    a, b, d = forms.astype(float)
    g, h, k = lattice
    length, overlap = a * a * g + 2 * a * b * h + b * b * k, a * d * h + b * d * k
    result = state = np.array([a, b, np.zeros_like(a), d, length, overlap, length, g, h, k])
    active = np.arange(len(a))
    while True:
        _, _, r, s, length, overlap, other, g, h, k = state
        state[2:4] -= np.rint(overlap / length) * state[:2]
        x, y = state[0:4:2], state[1:4:2]
        state[5:7] = x * r * g + (x * s + y * r) * h + y * s * k
        if state is not result:
            result[:7, active] = state[:7]
        again = (other < length * (1 - SLACK)).nonzero()[0]
        if not len(again):
            break
        active, state = active[again], state.take(again, axis=1)[_SWAPPED]
    sign = np.where(result[5] < 0, -1.0, 1.0)
    result[2:4] *= sign
    result[5] *= sign
    return result[:4].reshape(2, 2, -1), result[4:7]


def product(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Products of 2×2 matrices, the elements along the first two axes."""
    return np.asarray(one[:, :1] * other[0] + one[:, 1:] * other[1])


def in_form(rows: NDArray[Any], forms: NDArray[Any]) -> Floats:
    """V with V H = M for rows M and Hermite normal forms H, exact where it is whole."""
    a, b, d = forms
    first = rows[:, 0] / a
    return np.array([first, (rows[:, 1] - b * first) / d]).swapaxes(0, 1)


def determinant(matrix: NDArray[Any]) -> NDArray[Any]:
    """Determinants of 2×2 matrices, the elements along the first two axes."""
    (p, q), (r, s) = matrix
    return np.asarray(p * s - q * r)


def set_upright(
    meshes: Meshes, mesh_pair: Integers, substrate_cells: Integers, film_cells: Integers
) -> None:
    """Replace each reversed match that symmetry makes an upright one by that, in place.

    Numbers of the meshes, shape (2, n), and cells, shape (2, 2, n).
    """
    which = (determinant(film_cells) < 0).nonzero()[0]
    first = meshes.number[mesh_pair[0, which]]
    second = meshes.number[mesh_pair[1, which] + meshes.substrates]
    # The film is turned by an operation of its own; a mirror needs one of the substrate too.
    able = meshes.groups.turns[first] & meshes.groups.turns[second]
    hand = np.where(able[:, 0], 0, 1)
    able = able.any(axis=1).nonzero()[0]
    hand, which = hand[able], which[able]
    right = 1 - 2 * hand
    for cells, group in ((substrate_cells, first[able]), (film_cells, second[able])):
        turning = meshes.groups.turning[group, hand].transpose(1, 2, 0)
        moved = product(cells.take(which, axis=2), turning)
        moved[1] *= right
        cells[:, :, which] = moved
