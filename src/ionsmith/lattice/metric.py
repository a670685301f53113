"""The metric of a lattice: spacings, lengths and angles of planes and directions.

With the cell vectors as the rows of a matrix ``A``, the metric tensor is ``G = A Aᵀ`` and that of
the reciprocal lattice ``G* = G⁻¹`` (no factor 2π). A direction ``u`` has the length
``sqrt(u G uᵀ)``; a plane ``h`` has the normal ``h G*`` (in direct axes) and the spacing
``1 / sqrt(h G* hᵀ)``. Both hold for any lattice, and neither depends on how the cell lies in space.

Reference: International Tables for Crystallography, vol. B, ch. 1.1 (2006),
doi:10.1107/97809553602060000549.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from ase.cell import Cell
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidIndices, InvalidStructure
from ionsmith.lattice.miller import Direction, Plane

HEXAGONAL_TOLERANCE = 0.005
"""Tolerance for hexagonal axes: of a and b (relative) and of the cosines of the angles."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """A lattice and its metric.

    All methods take integer (or real) indices of shape (..., 3) and broadcast over the leading
    axes. The indices ``0 0 0`` give an infinite spacing and an undefined angle.

    Parameters
    ----------
    cell
        Cell vectors a, b, c as rows, shape (3, 3), in Å, of either handedness.

    Raises
    ------
    InvalidStructure
        If the cell contains numbers that are not finite, or has no volume.
    """

    cell: NDArray[np.float64]

    def __post_init__(self) -> None:
        cell = np.array(self.cell, dtype=float)
        if cell.shape != (3, 3) or not np.isfinite(cell).all():
            raise InvalidStructure("a lattice needs three finite cell vectors")
        lengths = np.linalg.norm(cell, axis=1)
        if abs(np.linalg.det(cell)) <= 1e-6 * lengths.prod():
            raise InvalidStructure("the cell vectors are zero or lie in one plane: no volume")
        cell.flags.writeable = False
        object.__setattr__(self, "cell", cell)

    def __repr__(self) -> str:
        """Return lengths and angles in one line."""
        a, b, c, alpha, beta, gamma = self.cellpar
        return f"Lattice({a:.4f} {b:.4f} {c:.4f} Å, {alpha:.2f} {beta:.2f} {gamma:.2f}°)"

    @classmethod
    def from_cellpar(cls, cellpar: ArrayLike) -> Self:
        """Lattice from a, b, c (Å), α, β, γ (degrees); a along x, b in the xy plane."""
        parameters = np.asarray(cellpar, dtype=float)
        try:
            return cls(Cell.fromcellpar(parameters).array)
        except AssertionError as error:
            raise InvalidStructure(f"no cell has the parameters {parameters.tolist()}") from error

    @cached_property
    def cellpar(self) -> tuple[float, ...]:
        """a, b, c in Å and α, β, γ in degrees."""
        return tuple(round(float(value), 10) for value in Cell(self.cell).cellpar())

    @cached_property
    def volume(self) -> float:
        """Cell volume in Å³."""
        return float(abs(np.linalg.det(self.cell)))

    @cached_property
    def metric(self) -> NDArray[np.float64]:
        """Metric tensor G in Å², shape (3, 3)."""
        return np.asarray(self.cell @ self.cell.T, dtype=float)

    @cached_property
    def reciprocal_metric(self) -> NDArray[np.float64]:
        """Metric tensor G* of the reciprocal lattice in Å⁻², shape (3, 3)."""
        return np.asarray(np.linalg.inv(self.metric), dtype=float)

    @cached_property
    def reciprocal(self) -> NDArray[np.float64]:
        """Reciprocal cell vectors a*, b*, c* as rows in Å⁻¹ (a·a* = 1), shape (3, 3)."""
        return np.asarray(np.linalg.inv(self.cell).T, dtype=float)

    @cached_property
    def is_hexagonal(self) -> bool:
        """Whether the axes are hexagonal: a = b, α = β = 90°, γ = 120°, within half a percent."""
        a, b, _, alpha, beta, gamma = self.cellpar
        cosines = np.cos(np.radians([alpha, beta, gamma])) - (0, 0, -0.5)
        return bool(
            abs(a - b) <= HEXAGONAL_TOLERANCE * a and (abs(cosines) <= HEXAGONAL_TOLERANCE).all()
        )

    def check(self, indices: Plane | Direction) -> None:
        """Check that four indices are used on hexagonal axes only.

        Raises
        ------
        InvalidIndices
            If the indices were written with four numbers and the axes are not hexagonal.
        """
        if indices.four_index and not self.is_hexagonal:
            a, b, c, alpha, beta, gamma = self.cellpar
            raise InvalidIndices(
                f"{indices}: four indices need hexagonal axes, this cell is {a:.3f}, {b:.3f}, "
                f"{c:.3f} Å, {alpha:.2f}, {beta:.2f}, {gamma:.2f}°; give three indices"
            )

    def normals(self, planes: ArrayLike) -> NDArray[np.float64]:
        """Cartesian reciprocal vectors h a* + k b* + l c* in Å⁻¹, shape (..., 3)."""
        return np.asarray(planes, dtype=float) @ self.reciprocal

    def vectors(self, directions: ArrayLike) -> NDArray[np.float64]:
        """Cartesian vectors u a + v b + w c in Å, shape (..., 3)."""
        return np.asarray(directions, dtype=float) @ self.cell

    def d_spacing(self, planes: ArrayLike) -> NDArray[np.float64]:
        """Spacing d(hkl) in Å, shape (...).

        It is the formal spacing of the given indices: d(202) is half of d(101), whether or not
        the lattice is centred.
        """
        h = np.asarray(planes, dtype=float)
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.sqrt(np.einsum("...i,ij,...j", h, self.reciprocal_metric, h)))

    def length(self, directions: ArrayLike) -> NDArray[np.float64]:
        """Length of u a + v b + w c in Å, shape (...)."""
        u = np.asarray(directions, dtype=float)
        return np.asarray(np.sqrt(np.einsum("...i,ij,...j", u, self.metric, u)))

    def plane_angle(self, first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
        """Angle between the normals of two planes, 0 to 180 degrees."""
        return angle(self.normals(first), self.normals(second))

    def direction_angle(self, first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
        """Angle between two directions, 0 to 180 degrees."""
        return angle(self.vectors(first), self.vectors(second))

    def inclination(self, planes: ArrayLike, directions: ArrayLike) -> NDArray[np.float64]:
        """Angle between a direction and a plane, −90 to 90 degrees.

        It is zero where the zone law holds, and 90 along the plane normal.
        """
        return 90.0 - angle(self.normals(planes), self.vectors(directions))


def angle(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Angle between Cartesian vectors of shape (..., 3), 0 to 180 degrees.

    It is worked out by the two-argument arc tangent, which is accurate near 0 and 180, where the
    arc cosine loses half of the digits.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, np.sum(a * b, axis=-1))))
