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
from ionsmith.lattice.lattice_points import lattice_points
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.zone import Zone

MAX_REFLECTIONS = 50_000_000
"""Largest number of reflections of which one of each pair is listed: some 6 GB of memory."""

_SLACK = 1e-9  # of the limit of 1/d²
_DIGITS = 36  # binary ones, of the largest 1/d, that tell spacings apart
_FEWEST_DIGITS = 26


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
    symmetry = scatterers.symmetry
    metric = scatterers.lattice.reciprocal_metric
    if symmetry is not None:
        group = symmetry.laue_group
        metric = np.mean(group @ metric @ group.transpose(0, 2, 1), axis=0)
    hkl, square = _half_sphere(scatterers, metric, 1 / d_min)
    if symmetry is None:
        # As families: fewest negative indices, then the first one positive.
        hkl = np.where(np.sign(hkl) @ (12, 10, 9) < 0, -hkl.T, hkl.T).T
    else:
        hkl, _ = symmetry.families(hkl)
    hkl, shells, counts = _sorted(hkl, np.sqrt(square) * d_min, scatterers.name)
    first = hkl[shells]
    square = np.einsum("mi,mi->m", first @ metric, first)
    d = np.repeat(1 / np.sqrt(square), np.diff(shells, append=len(hkl)))
    inside = slice(np.count_nonzero(d**-2 < d_max**-2 - _SLACK * d_min**-2), None)
    return Families(hkl[inside], 2 * counts[inside], d[inside])


def _half_sphere(
    scatterers: Scatterers, metric: NDArray[np.float64], reach: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One of each Friedel pair of reciprocal lattice points in a sphere, and 1/d² of each.

    In a reduced basis that holds the centrings, the indices are bounded one after the other: the
    first, the second in a plane, the third on a line of the sphere.
    """
    from ase.geometry.minkowski_reduction import minkowski_reduce

    lattice, symmetry = scatterers.lattice, scatterers.symmetry
    rows, divisor = (np.eye(3), 1) if symmetry is None else primitive_lattice(symmetry)
    to_cell = divisor * np.linalg.inv(rows).T
    volume = lattice.volume * abs(np.linalg.det(rows)) / divisor**3
    if 2 / 3 * np.pi * volume * reach**3 > MAX_REFLECTIONS:
        raise InvalidInput(
            f"{scatterers.name} has more than {MAX_REFLECTIONS:.0e} reflections down to "
            f"{1 / reach:.3g} Å; choose a larger smallest spacing or a longer wavelength"
        )
    to_cell = minkowski_reduce(to_cell @ lattice.reciprocal)[1] @ to_cell
    gram = to_cell @ metric @ to_cell.T
    plane = gram[:2, :2] - np.outer(gram[:2, 2], gram[:2, 2]) / gram[2, 2]
    line = plane[0, 0] - plane[0, 1] ** 2 / plane[1, 1]
    limit = reach**2 * (1 + _SLACK)  # a reflection exactly at a limit belongs to the range
    h = np.arange(int(np.sqrt(limit / line)) + 1)
    row, k, across = _chords(plane[0, 1] * h, plane[1, 1], limit - line * h**2)
    h = h[row]
    half = (h > 0) | (k >= 0)
    h, k, across = h[half], k[half], across[half]
    row, last, left = _chords(gram[:2, 2] @ (h, k), gram[2, 2], across)
    hkl = np.stack([h[row], k[row], last]).T
    away = slice(np.count_nonzero((row == 0) & (last <= 0)), None)  # from the origin
    hkl, square = hkl[away], limit - left[away]
    if not np.array_equal(to_cell, np.eye(3)):
        hkl = np.rint(hkl @ to_cell).astype(np.int64)
    return hkl, square


def _chords(
    tilt: NDArray[np.float64], square: float, room: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Integers n with square·n² + 2·tilt·n + tilt²/square ≤ room: row, n, and the room left."""
    middle, half = -tilt / square, np.sqrt(np.maximum(room, 0) / square)
    first = np.ceil(middle - half).astype(np.int64)
    counts = np.maximum(np.floor(middle + half).astype(np.int64) - first + 1, 0)
    row = np.repeat(np.arange(len(counts)), counts)
    n = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return row, n, room[row] - square * (n - middle[row]) ** 2


def _sorted(
    hkl: NDArray[np.int64], radius: NDArray[np.float64], name: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Different indices by rising radius (1 at most) and by how they are usually written.

    Returns them, the first of each radius, and how often each was there. All is in one integer,
    which sorts faster than several columns and without moving them.
    """
    bounds = np.array([abs(index).max(initial=0) for index in hkl.T])
    sizes = 2 * bounds + 1
    bits = int(4 * sizes.prod(dtype=object)).bit_length()
    digits = min(_DIGITS, 61 - bits)
    if digits < _FEWEST_DIGITS:
        raise InvalidInput(
            f"{name}: the cell is too oblique to list its reflections; give a reduced cell"
        )
    key = np.full(len(hkl), 3)
    for index in hkl.T:
        key -= index < 0
    for index, size, bound in zip(hkl.T, sizes, bounds, strict=True):
        key *= size
        key += index + bound
    rank = (1 << bits) - 1
    # Equal radii differ in the last digit: rounded, the order does not depend on it.
    key = (np.rint(radius * (1 << digits)).astype(np.int64) << bits) + (rank - key)
    key.sort()
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    key, counts = key[starts], np.diff(starts, append=len(key))
    shells = np.flatnonzero(np.diff(key >> bits, prepend=-1))
    key = rank - (key & rank)
    found = np.empty((3, len(key)), dtype=np.int64)
    for axis in (2, 1, 0):
        key, found[axis] = np.divmod(key, sizes[axis])
        found[axis] -= bounds[axis]
    return found.T, shells, counts


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
