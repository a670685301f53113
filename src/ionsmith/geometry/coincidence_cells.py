"""What the coincidence search works on: meshes as numbers, their supercells, its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.geometry.plane_mesh import PlaneMesh

SLACK = 1e-9
"""Relative rounding that a limit forgives, so that an exact multiple of it is inside."""


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
        """Take what the search needs from plane meshes.

        Parameters
        ----------
        meshes
            The meshes.
        max_area
            Largest area of a supercell in Å².
        turning
            Whether operations count that exchange the two sides of the plane.
        symmetric
            Whether any operations count; otherwise only the identity does.
        """
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


class Window(NamedTuple):
    """Smallest and largest principal stretch that takes the film to the substrate."""

    low: float
    high: float


class ZslLimits(NamedTuple):
    """Tolerances of Zur and McGill's search, with the defaults and the meaning of pymatgen.

    Parameters
    ----------
    max_area
        Cells must be smaller than this, in Å².
    area_ratio
        On the ratio of the areas.
    length
        On the ratio of the lengths of the reduced vectors.
    angle
        On the ratio of the angles between them.
    """

    max_area: float = 400.0
    area_ratio: float = 0.09
    length: float = 0.03
    angle: float = 0.01
