"""Families of reflections down to a spacing, and reflections near the Ewald sphere.

Reflections are the points of the reciprocal lattice that the centrings allow, found in a reduced
primitive basis, so that none is missed in an oblique cell. If the symmetry is known, one reflection
stands for its family: all that the point group and Friedel's law make equal. 1/d² is the mean over
the family, so that a cell that misses its symmetry in the last digits gives the symmetric value.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering._beam import Conditions
from ionsmith.analyzers.scattering._scatterers import ScattererLike, Scatterers
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import index_grid, lattice_points
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.symmetry import readability
from ionsmith.lattice.zone import Zone

MAX_REFLECTIONS = 50_000_000
"""Largest number of reflections of which one of each pair is listed: some 6 GB of memory."""

_SKEWED = 3.0  # product of the edges over the volume, from which a cell counts as oblique
_CENTRINGS = 4  # as many as a conventional cell has
_MANY = 1e6  # points, from which memory counts more than the time of a reduction


@dataclass(frozen=True, eq=False)
class Families:
    """Families of reflections.

    Parameters
    ----------
    hkl
        Representative of each: fewest negative indices, then largest h, k, l; shape (n, 3).
    multiplicity
        Number of members, Friedel mates included, shape (n,).
    d
        Spacings in Å, shape (n,).
    """

    hkl: NDArray[np.int64]
    multiplicity: NDArray[np.int64]
    d: NDArray[np.float64]

    def take(self, which: NDArray[np.bool_]) -> Self:
        """Return some of the families, in the same order."""
        return type(self)(self.hkl[which], self.multiplicity[which], self.d[which])


def reflection_families(crystal: ScattererLike, d_min: float, d_max: float = np.inf) -> Families:
    """Find all families of reflections in a range of spacings, by falling spacing.

    Families that glide planes and screw axes extinguish are included.

    Parameters
    ----------
    crystal
        Any crystal.
    d_min, d_max
        Range of spacings in Å.

    Raises
    ------
    InvalidInput
        If there are too many reflections.
    """
    scatterers = Scatterers.of(crystal)
    lattice, symmetry = scatterers.lattice, scatterers.symmetry
    reach = 1 / d_min
    hkl = _candidates(scatterers, reach)
    metric = lattice.reciprocal_metric
    if symmetry is not None:
        group = symmetry.laue_group
        metric = np.mean(group @ metric @ group.transpose(0, 2, 1), axis=0)
    square = np.einsum("mi,mi->m", hkl @ metric, hkl)
    slack = 1e-9 * reach**2  # a reflection exactly at a limit belongs to the range
    inside = (square <= reach**2 + slack) & (square > 0) & (square >= d_max**-2 - slack)
    hkl, square = hkl[inside], square[inside]
    if symmetry is None:
        base = 2 * int(abs(hkl).max(initial=1)) + 1
        swap = readability(-hkl, base) > readability(hkl, base)
        hkl = np.where(swap[:, None], -hkl, hkl)
        multiplicity = np.full(len(hkl), 2)
    else:
        hkl, multiplicity = symmetry.families(hkl)
    base = 2 * int(abs(hkl).max(initial=1)) + 1
    name = readability(hkl, base)
    # Equal spacings differ in the last digit: rounded, the order does not depend on it.
    order = np.lexsort((-name, np.round(square, 9)))
    order = order[np.diff(name[order], prepend=-1) != 0]  # ranks are not negative
    return Families(hkl[order], multiplicity[order], 1 / np.sqrt(square[order]))


def _candidates(scatterers: Scatterers, reach: float) -> NDArray[np.int64]:
    """Points of the reciprocal lattice in a box around half of a sphere.

    Half of the sphere holds one reflection of each Friedel pair, and both of those on its rim.
    """
    lattice, symmetry = scatterers.lattice, scatterers.symmetry
    centrings = np.zeros((1, 3)) if symmetry is None else symmetry.centrings
    lengths = np.linalg.norm(lattice.cell, axis=1)
    if 2 / 3 * np.pi * lattice.volume / len(centrings) * reach**3 > MAX_REFLECTIONS:
        raise InvalidInput(
            f"{scatterers.name} has more than {MAX_REFLECTIONS:.0e} reflections down to "
            f"{1 / reach:.3g} Å; choose a larger smallest spacing or a longer wavelength"
        )
    upright = lengths.prod() < _SKEWED * lattice.volume and len(centrings) <= _CENTRINGS
    if upright and 4 * np.prod(reach * lengths) < _MANY:
        bounds = reach * lengths * (1 + 1e-9)
        hkl = index_grid([-bounds[0], -bounds[1], 0], bounds)
        return hkl if symmetry is None else hkl[symmetry.centring_allows(hkl)]
    # A reduced basis of the lattice with its centrings tries few points too many.
    rows, divisor = (np.eye(3), 1) if symmetry is None else primitive_lattice(symmetry)
    to_cell = divisor * np.linalg.inv(rows).T
    basis = to_cell @ lattice.reciprocal
    corners = (-reach, -reach, 0), (reach, reach, reach)
    points = lattice_points(basis, *corners, length=reach, most=10 * MAX_REFLECTIONS)
    return points if (to_cell == np.eye(3)).all() else np.rint(points @ to_cell).astype(np.int64)


_EDGE = 1 + 1e-9  # a spot exactly at a limit belongs to the pattern


def reflections_in_reach(
    crystal: CrystalLattice, zone: Zone, frame: NDArray[np.float64], conditions: Conditions
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find all points of the reciprocal lattice near the Ewald sphere except the origin.

    Parameters
    ----------
    crystal
        Cell and space group; of the latter only the centring matters.
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
        Reciprocal lattice vectors g in the axes of the picture in Å⁻¹, shape (n, 3).
    excitation_error
        Excitation errors in Å⁻¹, shape (n,).
    """
    rows, denominator = primitive_lattice(crystal.symmetry)
    lattice = np.round(np.linalg.inv(rows / denominator).T).astype(np.int64)
    reach, tolerance = 1 / conditions.d_min, conditions.max_excitation_error
    low = -min(tolerance, reach)
    high = min(float(conditions.sphere_height(reach)) + tolerance, reach)
    if conditions.max_laue_zone is not None and zone.axis is not None and zone.deviation == 0:
        # Half a layer of margin, so that rounding cannot lose a layer.
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
    """Laue zone of each reflection along a zone axis, shape (n,)."""
    direction = Direction(axis)
    return np.asarray(hkl @ direction.indices // crystal.symmetry.repeats(direction))
