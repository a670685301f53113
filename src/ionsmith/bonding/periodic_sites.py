"""Points that repeat with a lattice: the nearest one, and those in a ball."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput
from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]

_EDGE = 1e-6  # Å; sites on the surface of a ball are inside
_DIGITS = 6  # of the coordinates that sites are sorted by


class PeriodicSites:
    """Points in a cell, and all that lattice translations make of them.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3); short ones make it quick.
    positions
        Cartesian coordinates of the points of one cell in Å, shape (n, 3), n > 0.
    """

    def __init__(self, cell: ArrayLike, positions: ArrayLike) -> None:
        self.cell: Floats = np.asarray(cell, dtype=float)
        self._inverse: Floats = np.asarray(np.linalg.inv(self.cell), dtype=float)
        fractional = np.asarray(positions, dtype=float).reshape(-1, 3) @ self._inverse
        self.positions: Floats = (fractional - np.floor(fractional)) @ self.cell

    @property
    def density(self) -> float:
        """Points in a cubic Ångström."""
        return float(len(self.positions) / abs(np.linalg.det(self.cell)))

    def nearest(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Find the nearest site of each point.

        Parameters
        ----------
        points
            Cartesian coordinates, shape (m, 3).

        Returns
        -------
        distances
            In Å, shape (m,).
        partners
            Cartesian coordinates of the nearest site, shape (m, 3).
        """
        points = np.asarray(points, dtype=float)
        whole = np.floor(points @ self._inverse) @ self.cell
        distances, number = self._tree.query(points - whole)
        return np.asarray(distances), np.asarray(self._tree.data[number] + whole)

    def inside(self, centre: ArrayLike, radius: float, most: int) -> Floats:
        """All sites in a ball, by distance from its centre and then by coordinates.

        Parameters
        ----------
        centre
            Cartesian coordinates, shape (3,).
        radius
            In Å.
        most
            How many sites there may be.

        Returns
        -------
        ndarray
            Cartesian coordinates, shape (k, 3).

        Raises
        ------
        InvalidInput
            If there are too many.
        """
        expected = self.density * 4 / 3 * np.pi * radius**3
        if expected > most:
            raise InvalidInput(
                f"a ball of {radius:g} Å holds some {expected:.0f} sites, more than {most}; "
                "take a smaller radius"
            )
        centre = np.asarray(centre, dtype=float)
        whole = np.floor(centre @ self._inverse) @ self.cell
        images = self._images(radius)
        offsets = images - (centre - whole)
        distances = np.linalg.norm(offsets, axis=1)
        kept = distances <= radius + _EDGE
        offsets, distances = offsets[kept], distances[kept]
        keys = np.round(np.column_stack([distances, offsets]), _DIGITS) + 0.0
        return np.asarray(centre + offsets[np.lexsort(keys.T[::-1])])

    @cached_property
    def _tree(self) -> "cKDTree":  # type: ignore[name-defined]  # noqa: F821
        from scipy.spatial import cKDTree

        # No point is further from a lattice point than half of the three edges together.
        return cKDTree(self._images(np.linalg.norm(self.cell, axis=1).sum() / 2))

    def _images(self, reach: float) -> Floats:
        """Sites that are within a distance of any point of the cell, and more."""
        heights = 1 / np.linalg.norm(self._inverse, axis=0)
        counts = np.ceil(reach / heights)
        shifts = index_grid(-counts, counts) @ self.cell
        return np.asarray((shifts[:, None] + self.positions).reshape(-1, 3))
