"""What the coincidence search works on: meshes as numbers, their supercells, its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.surfaces.plane_mesh import PlaneMesh

SLACK = 1e-9
"""Relative rounding that a limit forgives, so that an exact multiple of it is inside."""


class TooManyCells(InvalidInput):
    """More pairs of cells would be compared than a search may take."""


@dataclass(frozen=True, eq=False)
class Meshes:
    """Several two-dimensional lattices, and how large their supercells may be.

    Parameters
    ----------
    metrics
        a·a, a·b and b·b of each mesh in Å², shape (m, 3).
    operations
        Symmetry operations on the rows a, b, filled up with the identity, shape (m, p, 2, 2).
    improper
        Which of them change the hand of the crystal, shape (m, p).
    counts
        How many of them there are, shape (m,).
    largest
        Largest number of meshes in a supercell, shape (m,).
    """

    metrics: NDArray[np.float64]
    operations: NDArray[np.int64]
    improper: NDArray[np.bool_]
    counts: NDArray[np.int64]
    largest: NDArray[np.int64]

    @property
    def areas(self) -> NDArray[np.float64]:
        """Area of each mesh in Å², shape (m,)."""
        return np.asarray(
            np.sqrt(self.metrics[:, 0] * self.metrics[:, 2] - self.metrics[:, 1] ** 2)
        )

    @classmethod
    def pack(
        cls, meshes: Sequence[PlaneMesh], max_area: float, *, turning: bool, symmetric: bool = True
    ) -> Self:
        """Take what the search needs from plane meshes."""
        if symmetric:
            operations = np.concatenate([mesh.operations for mesh in meshes])
            flags = np.concatenate([mesh.improper for mesh in meshes])
            which = np.repeat(np.arange(len(meshes)), [len(mesh.members) for mesh in meshes])
            if not turning:
                kept = ~np.concatenate([mesh.turning for mesh in meshes])
                operations, flags, which = operations[kept], flags[kept], which[kept]
        else:
            operations = np.tile(np.eye(2, dtype=np.int64), (len(meshes), 1, 1))
            flags, which = np.zeros(len(meshes), dtype=bool), np.arange(len(meshes))
        counts = np.bincount(which, minlength=len(meshes))
        column = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        filled = np.tile(np.eye(2, dtype=np.int64), (len(meshes), int(counts.max()), 1, 1))
        improper = np.zeros(filled.shape[:2], dtype=bool)
        filled[which, column], improper[which, column] = operations, flags
        basis = np.array([mesh.basis for mesh in meshes])
        metrics = (basis @ basis.transpose(0, 2, 1)).reshape(-1, 4)[:, [0, 1, 3]]
        areas = np.sqrt(metrics[:, 0] * metrics[:, 2] - metrics[:, 1] ** 2)
        largest = np.floor(max_area / areas * (1 + SLACK)).astype(np.int64)
        return cls(metrics, filled, improper, counts, largest)


class Cells(NamedTuple):
    """All supercells of several meshes, by mesh, number of meshes, and length of the shorter edge.

    Parameters
    ----------
    first
        Where the cells of a mesh with a number of meshes begin, shape (m, n + 2).
    hermite
        a, b, d of the Hermite normal form, the rows (a, b) and (0, d), shape (c, 3).
    reduced
        Lagrange-reduced rows in the mesh vectors, at an acute angle, shape (c, 4).
    metric
        Squared lengths and scalar product of these in Å², shape (c, 3).
    level
        2 for the cell by which its symmetry equivalents are named, 1 if it is so for proper
        operations only, else 0; shape (c,).
    """

    first: NDArray[np.int64]
    hermite: NDArray[np.int64]
    reduced: NDArray[np.int64]
    metric: NDArray[np.float64]
    level: NDArray[np.int64]

    def of_level(self, least: int) -> "Cells":
        """Those whose level is at least this."""
        kept = self.level >= least
        before = np.append(0, np.cumsum(kept))
        return Cells(
            before[self.first],
            self.hermite[kept],
            self.reduced[kept],
            self.metric[kept],
            self.level[kept],
        )


class Window(NamedTuple):
    """Smallest and largest principal stretch that takes the film to the substrate."""

    low: float
    high: float


def set_upright(
    substrates: Sequence[PlaneMesh],
    films: Sequence[PlaneMesh],
    mesh_pair: NDArray[np.int64],
    substrate_cells: NDArray[np.int64],
    film_cells: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Replace each reversed match that symmetry makes an upright one by that."""
    m, n = substrate_cells.copy(), film_cells.copy()
    first, have_first = _operations(substrates, turning=False)
    second, have_second = _operations(films, turning=True)
    s, f = mesh_pair.T
    turned = _left_handed(n)
    # The film is turned by an operation of its own; a mirror needs one of the substrate too.
    for hand in (0, 1):
        which = turned & have_first[s, hand] & have_second[f, hand]
        m[which] = m[which] @ first[s[which], hand]
        n[which] = n[which] @ second[f[which], hand]
        turned &= ~which
    left = _left_handed(m)
    m[left, 1] *= -1
    n[left, 1] *= -1
    return m, n


def _left_handed(cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(cells[:, 0, 0] * cells[:, 1, 1] < cells[:, 0, 1] * cells[:, 1, 0])


def _operations(
    meshes: Sequence[PlaneMesh], *, turning: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """One proper and one improper operation of each mesh, (m, 2, 2, 2), and whether it has them."""
    number = np.repeat(np.arange(len(meshes)), [len(mesh.members) for mesh in meshes])
    kept = np.concatenate([mesh.turning for mesh in meshes]) == turning
    kind = (2 * number + np.concatenate([mesh.improper for mesh in meshes]))[kept]
    kind, where = np.unique(kind, return_index=True)
    found, have = np.zeros((2 * len(meshes), 2, 2), dtype=np.int64), np.zeros(2 * len(meshes), bool)
    found[kind] = np.concatenate([mesh.operations for mesh in meshes])[kept][where]
    have[kind] = True
    return found.reshape(-1, 2, 2, 2), have.reshape(-1, 2)
