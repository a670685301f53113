"""Rotations as matrices that act on Cartesian column vectors."""

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.crystal_lattice import CrystalLattice


def cartesian_group(crystal: CrystalLattice) -> NDArray[np.float64]:
    """Point group of a crystal as orthogonal matrices in its Cartesian frame, shape (n, 3, 3).

    They act on column vectors, in the order of :attr:`Symmetry.point_group`. A cell that is only
    nearly as symmetric as its atoms gives the nearest orthogonal matrices.
    """
    columns = crystal.lattice.cell.T
    matrices = columns @ crystal.symmetry.point_group @ np.linalg.inv(columns)
    return np.array([nearest_rotation(matrix) for matrix in matrices])


def nearest_rotation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthogonal factor of the polar decomposition of a (3, 3) matrix."""
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right, dtype=float)


def by_determinant(
    group: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split orthogonal matrices into rotations and improper ones."""
    proper = np.linalg.det(group) > 0
    return group[proper], group[~proper]


def bunge_angles(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Euler angles φ1, Φ, φ2 in degrees of a rotation about z, x and z; φ2 = 0 for Φ = 0 or 180.

    Parameters
    ----------
    rotation
        Takes vectors of the crystal to those of the sample, shape (3, 3).

    Returns
    -------
    tuple of float
        φ1 and φ2 from 0 to 360, Φ from 0 to 180.
    """
    across = np.hypot(rotation[0, 2], rotation[1, 2])
    if across < 1e-9:
        first = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0])) % 360
        return float(first), 0.0 if rotation[2, 2] > 0 else 180.0, 0.0
    first = np.degrees(np.arctan2(rotation[0, 2], -rotation[1, 2])) % 360
    tilt = np.degrees(np.arctan2(across, rotation[2, 2]))
    second = np.degrees(np.arctan2(rotation[2, 0], rotation[2, 1])) % 360
    return float(first), float(tilt), float(second)
