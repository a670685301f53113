"""Which reflections the Ewald sphere meets along a zone, and the Laue zones they are in."""

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.electron_beam import Conditions
from ionsmith.geometry.beam_frame import Zone
from ionsmith.geometry.cell_vectors import primitive_lattice
from ionsmith.geometry.crystal_lattice import CrystalLattice
from ionsmith.geometry.lattice_points import lattice_points
from ionsmith.geometry.miller import Direction

_EDGE = 1 + 1e-9  # a spot exactly at a limit belongs to the pattern


def reflections_in_reach(
    crystal: CrystalLattice, zone: Zone, frame: NDArray[np.float64], conditions: Conditions
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find all points of the reciprocal lattice near the Ewald sphere, but 0 0 0.

    Parameters
    ----------
    crystal
        Its centring counts, glide planes and screw axes do not.
    zone
        Direction of the beam.
    frame
        Axes x, y, z of the picture as rows in the crystal's Cartesian frame, shape (3, 3).
    conditions
        Beam and range.

    Returns
    -------
    hkl
        Indices, shape (n, 3), in no particular order.
    vectors
        g in the axes of the picture in Å⁻¹, shape (n, 3).
    excitation_error
        In Å⁻¹, shape (n,).
    """
    rows, denominator = primitive_lattice(crystal.symmetry)
    lattice = np.round(np.linalg.inv(rows / denominator).T).astype(np.int64)
    reach, tolerance = 1 / conditions.d_min, conditions.max_excitation_error
    low = -min(tolerance, reach)
    high = min(float(conditions.sphere_height(reach)) + tolerance, reach)
    if conditions.max_laue_zone is not None and zone.axis is not None and zone.deviation == 0:
        # Half a layer to spare: rounding must not cost a whole layer.
        layer = (conditions.max_laue_zone + 0.5) / crystal.period(Direction(zone.axis))
        low, high = max(low, -layer), min(high, layer)
    basis = crystal.lattice.normals(lattice) @ frame.T
    hkl = lattice_points(basis, (-reach, -reach, low), (reach, reach, high)) @ lattice
    vectors = crystal.lattice.normals(hkl) @ frame.T
    inside = (np.linalg.norm(vectors, axis=1) <= reach * _EDGE) & hkl.any(axis=1)
    if conditions.max_laue_zone is not None and zone.axis is not None:
        inside &= abs(layers(crystal, zone.axis, hkl)) <= conditions.max_laue_zone
    hkl, vectors = hkl[inside], vectors[inside]
    radius = np.minimum(np.hypot(vectors[:, 0], vectors[:, 1]), reach)
    error = vectors[:, 2] - conditions.sphere_height(radius)
    near = abs(error) <= tolerance * _EDGE
    return hkl[near], vectors[near], error[near]


def layers(
    crystal: CrystalLattice, axis: tuple[int, int, int], hkl: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Layer of the reciprocal lattice along a zone axis that each reflection is in, shape (n,)."""
    direction = Direction(axis)
    return np.asarray(hkl @ direction.indices // crystal.symmetry.repeats(direction))
