"""What the coincidence search works on: meshes as numbers, their supercells, its limits."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.surfaces.coincidence._orbits import NO_SYMMETRY, Group, Key, group_of, orbits
from ionsmith.surfaces.plane_mesh import PlaneMesh

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SLACK = 1e-9
"""Relative rounding that a limit forgives, so that an exact multiple of it is inside."""

_SWAPPED = np.array([2, 3, 0, 1, 6, 5, 4, 7, 8, 9])[:, None]  # rows, lengths, metric of a mesh


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
    keys, number
        The sets of operations that occur, and the number of that of each mesh, shape (m,).
    """

    substrates: int
    metrics: Floats
    areas: Floats
    largest: Integers
    keys: list[Key]
    number: Integers

    @classmethod
    def pack(
        cls,
        substrates: Sequence[PlaneMesh],
        films: Sequence[PlaneMesh],
        max_area: float,
        *,
        reverse: bool,
        symmetric: bool,
    ) -> Self:
        """Take what the search needs from plane meshes."""
        basis = np.array([mesh.basis for mesh in (*substrates, *films)])
        metrics = (basis @ basis.transpose(0, 2, 1)).reshape(-1, 4).T[[0, 1, 3]]
        areas = np.sqrt(metrics[0] * metrics[2] - metrics[1] ** 2)
        largest = np.floor(max_area / areas * (1 + SLACK)).astype(np.int64)
        known: dict[Key, int] = {}
        number = [
            known.setdefault(
                Key(
                    mesh.operations.tobytes(),
                    mesh.improper.tobytes(),
                    mesh.turning.tobytes(),
                    turned,
                )
                if symmetric
                else NO_SYMMETRY,
                len(known),
            )
            for side, turned in ((substrates, False), (films, reverse))
            for mesh in side
        ]
        return cls(len(substrates), metrics, areas, largest, list(known), np.array(number))

    @property
    def groups(self) -> list[Group]:
        """The sets of operations."""
        return [group_of(key) for key in self.keys]


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
    rows
        Lagrange-reduced rows in the mesh vectors, at an acute angle, shape (2, 2, n).
    metric
        Squared length of the shorter edge, scalar product, and squared length of the other one in
        Å², shape (3, n).
    """

    substrates: int
    mesh: Integers
    forms: Integers
    rows: Floats
    metric: Floats

    @classmethod
    def of(cls, meshes: Meshes, least: int) -> Self:
        """List the supercells; those of the substrate have at least this level, of the film 1."""
        split, largest = meshes.substrates, meshes.largest.tolist()
        wanted = [
            (group, 1 if mesh >= split else least)
            for mesh, group in enumerate(meshes.number.tolist())
        ]
        tops = dict.fromkeys(wanted, 0)
        for key, count in zip(wanted, largest, strict=True):
            tops[key] = max(tops[key], count)
        tables = {key: orbits(meshes.keys[key[0]], top, key[1]) for key, top in tops.items()}
        counts = [tables[key].ends[count] for key, count in zip(wanted, largest, strict=True)]
        parts = [tables[key].forms[:, :end] for key, end in zip(wanted, counts, strict=True)]
        forms = np.concatenate(parts, axis=1)
        mesh = np.arange(len(counts)).repeat(counts)
        rows, metric = _reduce(forms[:3], meshes.metrics[:, mesh])
        return cls(sum(counts[:split]), mesh, forms, rows, metric)


def _reduce(forms: Integers, lattice: Floats) -> tuple[Floats, Floats]:
    """Lagrange reduction of all cells to an acute angle: rows, squared lengths and product."""
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
        again = np.flatnonzero(other < length * (1 - SLACK))
        if not len(again):
            break
        active, state = active[again], state[_SWAPPED, again]
    obtuse = np.flatnonzero(result[5] < 0)
    result[2:4, obtuse] *= -1
    result[5, obtuse] *= -1
    return result[:4].reshape(2, 2, -1), result[4:7]


def product(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Products of 2×2 matrices, the elements along the first two axes."""
    return np.asarray(one[:, :1] * other[0] + one[:, 1:] * other[1])


def in_form(rows: NDArray[Any], forms: NDArray[Any]) -> Floats:
    """V with V H = M for rows M and Hermite normal forms H, exact where it is whole."""
    a, b, d = forms
    first = rows[:, 0] / a
    return np.stack([first, (rows[:, 1] - b * first) / d], axis=1)


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
    reversed_ = np.flatnonzero(determinant(film_cells) < 0)
    groups = meshes.groups
    turning = np.array([group.turning for group in groups])
    turns = np.array([group.turns for group in groups])
    first, second = meshes.number[mesh_pair[:, reversed_]]
    # The film is turned by an operation of its own; a mirror needs one of the substrate too.
    able = turns[first] & turns[second]
    hand = 1 - able[:, 0]
    which = np.flatnonzero(able.any(axis=1))
    first, second, hand, which = first[which], second[which], hand[which], reversed_[which]
    for cells, group in ((substrate_cells, first), (film_cells, second)):
        cells[:, :, which] = product(cells[:, :, which], np.moveaxis(turning[group, hand], 0, -1))
    mirrored = which[hand == 1]
    substrate_cells[1, :, mirrored] *= -1
    film_cells[1, :, mirrored] *= -1
