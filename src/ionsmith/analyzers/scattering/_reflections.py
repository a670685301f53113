"""Families of reflections down to a spacing, and reflections near the Ewald sphere.

Reflections are the points of the reciprocal lattice that the centrings allow, found in a reduced
primitive basis, so that none is missed in an oblique cell. If the symmetry is known, one reflection
stands for its family: all that the point group and Friedel's law make equal. 1/d² is the mean over
the family, so that a cell that misses its symmetry in the last digits gives the symmetric value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering._beam import Conditions
from ionsmith.analyzers.scattering._scatterers import ScattererLike, Scatterers
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import lattice_points, reduction
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.zone import Zone

MAX_REFLECTIONS = 50_000_000
"""Largest number of reflections of which one of each pair is listed: some 6 GB of memory."""

_SLACK = 1e-9  # of the limit of 1/d²
_DIGITS = 36  # binary ones, of the largest 1/d, that tell spacings apart
_FEWEST_DIGITS = 26
_PART = 200_000  # reflections that are made at a time, which stay in the cache


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
    bounds = (np.sqrt(np.diag(np.linalg.inv(metric))) / d_min * (1 + _SLACK)).astype(np.int64)
    names = _Names(bounds, scatterers.name)
    keys = []
    for hkl, square in _half_sphere(scatterers, metric, 1 / d_min):
        if symmetry is None:
            # As families: fewest negative indices, then the first one positive.
            hkl = np.where(np.sign(hkl) @ (12, 10, 9) < 0, -hkl.T, hkl.T).T
        else:
            hkl, _ = symmetry.families(hkl)
        keys.append(names.keys(hkl, np.sqrt(square) * d_min))
    key = np.concatenate(keys)
    del keys
    key.sort()
    multiplicity = np.full(len(key), 2)
    if symmetry is not None:  # several members of a family
        starts = changes(key)
        multiplicity = 2 * np.diff(starts, append=len(key))
        key = key[starts]
    hkl = names.indices(key)
    shells = changes(key >> names.bits)
    square = inverse_square(hkl, metric)[shells]
    inside = square >= d_max**-2 - _SLACK * d_min**-2
    shells, square = shells[inside], square[inside]
    start = shells[0] if len(shells) else len(key)
    d = np.repeat(1 / np.sqrt(square), np.diff(shells, append=len(key)))
    return Families(hkl[start:], multiplicity[start:], d)


def inverse_square(hkl: NDArray[np.int64], metric: NDArray[np.float64]) -> NDArray[np.float64]:
    """1/d² of reflections with a reciprocal metric, in parts that stay in the cache."""
    square = np.empty(len(hkl))
    for start in range(0, len(hkl), _PART):
        part = slice(start, start + _PART)
        h = hkl[part].T.astype(float)
        np.einsum("im,im->m", metric @ h, h, out=square[part])
    return square


def changes(values: NDArray[Any], same: float = 0.0) -> NDArray[np.int64]:
    """Places where a value differs from the one before, by more than a share of it."""
    places = [np.arange(min(len(values), 1))]
    for start in range(1, len(values), _PART):
        own = values[start : start + _PART]
        before = values[start - 1 : start - 1 + len(own)]
        places.append(start + np.flatnonzero(abs(own - before) > same * own))
    return np.concatenate(places)


def _half_sphere(
    scatterers: Scatterers, metric: NDArray[np.float64], reach: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """One of each Friedel pair of lattice points in a reciprocal sphere, and 1/d², in parts.

    In a reduced basis that holds the centrings, the indices are bounded one after the other: the
    first, the second in a plane, the third on a line of the sphere.
    """
    lattice, symmetry = scatterers.lattice, scatterers.symmetry
    rows, divisor = (np.eye(3), 1) if symmetry is None else primitive_lattice(symmetry)
    to_cell = divisor * np.linalg.inv(rows).T
    volume = lattice.volume * abs(np.linalg.det(rows)) / divisor**3
    if 2 / 3 * np.pi * volume * reach**3 > MAX_REFLECTIONS:
        raise InvalidInput(
            f"{scatterers.name} has more than {MAX_REFLECTIONS:.0e} reflections down to "
            f"{1 / reach:.3g} Å; choose a larger smallest spacing or a longer wavelength"
        )
    to_cell = np.rint(reduction(to_cell @ lattice.reciprocal) @ to_cell)
    gram = to_cell @ metric @ to_cell.T
    plane = gram[:2, :2] - np.outer(gram[:2, 2], gram[:2, 2]) / gram[2, 2]
    line = plane[0, 0] - plane[0, 1] ** 2 / plane[1, 1]
    limit = reach**2 * (1 + _SLACK)  # a reflection exactly at a limit belongs to the range
    first = np.arange(int(np.sqrt(limit / line)) + 1)
    row, k, across = _chords(plane[0, 1] * first, plane[1, 1], limit - line * first**2)
    h = first[row]
    half = (h > 0) | (k >= 0)
    h, k, across = h[half], k[half], across[half]
    step = max(int(_PART / (2 * np.sqrt(limit / gram[2, 2]) + 1)), 1)
    for start in range(0, len(h), step):
        part = slice(start, start + step)
        row, last, left = _chords(gram[:2, 2] @ (h[part], k[part]), gram[2, 2], across[part])
        hkl = np.stack([h[part][row], k[part][row], last])
        if start == 0:  # half of the line through the origin
            away = np.count_nonzero((row == 0) & (last <= 0))
            hkl, left = hkl[:, away:], left[away:]
        if not np.array_equal(to_cell, np.eye(3)):
            hkl = (to_cell.T @ hkl).astype(np.int64)
        yield hkl.T, limit - left


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


class _Names:
    """Integers that stand for reflections, in the order in which they are listed.

    A reflection comes before those with a larger 1/d and, at the same one, before those that are
    less readable. One integer each sorts faster than several columns and without moving them.
    """

    def __init__(self, bounds: NDArray[np.int64], name: str) -> None:
        self.bounds, self.sizes = bounds, 2 * bounds + 1
        self.bits = int(4 * self.sizes.prod(dtype=object)).bit_length()
        self.digits = min(_DIGITS, 61 - self.bits)
        if self.digits < _FEWEST_DIGITS:
            raise InvalidInput(
                f"{name}: the cell is too oblique to list its reflections; give a reduced cell"
            )

    def keys(self, hkl: NDArray[np.int64], radius: NDArray[np.float64]) -> NDArray[np.int64]:
        """Integers of reflections with some 1/d, the largest of which is 1."""
        place = np.full(len(hkl), 3)
        for index in hkl.T:
            place -= index < 0
        for index, size, bound in zip(hkl.T, self.sizes, self.bounds, strict=True):
            place *= size
            place += index + bound
        # Equal radii differ in the last digit: rounded, the order does not depend on it.
        shell = np.rint(radius * (1 << self.digits)).astype(np.int64)
        return np.asarray(((shell + 1) << self.bits) - 1 - place)

    def indices(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Reflections of some integers, shape (n, 3)."""
        found = np.empty((3, len(keys)), dtype=np.int64)
        for start in range(0, len(keys), _PART):
            part = slice(start, start + _PART)
            place = ~keys[part] & ((1 << self.bits) - 1)
            for axis in (2, 1, 0):
                place, whole = place // self.sizes[axis], place  # much quicker than divmod
                found[axis, part] = whole - place * self.sizes[axis] - self.bounds[axis]
        return found.T


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
