"""One side of an interface: a crystal in the cell of a match."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.cut_crystal import CutCrystal


@dataclass(frozen=True, eq=False, kw_only=True)
class Side(CutCrystal):
    """A crystal in the cell of a match; the substrate has its face of interest above.

    Parameters
    ----------
    strain
        Strain tensor in the Cartesian frame of the crystal, shape (3, 3).
    principal
        Principal strains in the plane.
    meshes
        Number of primitive meshes in the cell.
    """

    strain: NDArray[np.float64]
    principal: tuple[float, float]
    meshes: int

    def reciprocal(self, plane: Plane) -> tuple[float, float, float]:
        """Reciprocal vector of the lattice planes along a plane, in Å⁻¹, in the interface."""
        lattice = self.lattice.lattice
        normal = lattice.normals(plane.indices)
        normal = normal / np.linalg.norm(normal) / self.lattice.lattice_spacing(plane)
        x, y, z = (float(part) for part in np.linalg.inv(self.deformation).T @ normal)
        return x, y, z
