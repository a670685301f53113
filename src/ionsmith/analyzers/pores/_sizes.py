"""Pore-size distribution: the largest sphere that contains each point of the empty space.

The definition is that of Gelb and Gubbins (1999), doi:10.1021/la9808418. A sphere may be centred
anywhere as long as it does not overlap an atom. Points form a Sobol sequence; the centres are the
same points, moved away from the surrounding atoms to a local maximum of the distance.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.distances import Clearance, images_within, sample_points
from ionsmith.bonding.elements import van_der_waals

Floats = NDArray[np.float64]

POINTS = 2**14
BIN = 0.5
"""Width in Å of the bins of diameters."""

_STILL = 2e-3  # Å
_MOST_STEPS = 200
_BOX = 0.2  # Å; of centres in a box of this size one is kept
_CHUNK = 256


@dataclass(frozen=True)
class SizeBin:
    """Pores of one size.

    Parameters
    ----------
    start
        Smallest diameter in Å.
    end
        Largest diameter in Å.
    fraction
        Fraction of the volume of the cell.
    """

    start: float
    end: float
    fraction: float


def pore_diameters(atoms: Atoms, probe: float) -> tuple[Floats, int]:
    """Diameters of the largest spheres around points of the empty space, and number of points."""
    cell = np.asarray(atoms.cell.array)
    points = sample_points(cell, POINTS)
    radii = van_der_waals(atoms)
    reach = float(radii.max()) + max(10.0, probe)
    while True:
        clearance = Clearance(atoms, reach)
        own = clearance.at(points)
        if np.isfinite(own).all():
            break
        reach *= 2
    points, size = points[own > 0], own[own > 0]
    centres, radius = _widest(clearance, points, size)
    order = np.argsort(-radius, kind="stable")
    order = order[radius[order] >= probe]
    if len(order) == 0:
        return np.zeros(0), POINTS
    _cover(cell, points, size, centres[order], radius[order])
    return 2 * size[size >= probe], POINTS


def _widest(clearance: Clearance, points: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Move points away from their nearest atoms to the widest places nearby."""
    centres, radius = points.copy(), size.copy()
    step = np.full(len(points), 0.5)
    _, away = clearance.nearest(centres)
    for _ in range(_MOST_STEPS):
        moving = np.flatnonzero(step > _STILL)
        if len(moving) == 0:
            break
        unit = away[moving] / np.maximum(np.linalg.norm(away[moving], axis=1), 1e-9)[:, None]
        trial = centres[moving] + step[moving, None] * unit
        room, ways = clearance.nearest(trial)
        # Beyond the reach the distance is unknown: such a step is not taken.
        better = (room > radius[moving]) & np.isfinite(room)
        step[moving[~better]] /= 2
        moved = moving[better]
        centres[moved], radius[moved], away[moved] = trial[better], room[better], ways[better]
    # Keep the centre with the largest distance in each small box.
    order = np.argsort(-radius, kind="stable")
    boxes = np.floor(centres[order] / _BOX).astype(np.int64)
    _, first = np.unique(boxes, axis=0, return_index=True)
    chosen = order[np.sort(first)]
    return centres[chosen], radius[chosen]


def _cover(cell: Floats, points: Floats, size: Floats, centres: Floats, radius: Floats) -> None:
    """Raise the size of every point to that of the largest sphere around it, in place."""
    from scipy.spatial import cKDTree

    images, owner = images_within(points, cell, float(radius[0]))
    tree = cKDTree(images)
    inside = (centres @ np.linalg.inv(cell) % 1.0) @ cell
    for start in range(0, len(centres), _CHUNK):
        part = slice(start, start + _CHUNK)
        if radius[start] <= size.min():
            return
        covered = tree.query_ball_point(inside[part], radius[part])
        number = np.array([len(images) for images in covered])
        covered_points = owner[np.concatenate([np.asarray(i, dtype=np.int64) for i in covered])]
        np.maximum.at(size, covered_points, np.repeat(radius[part], number))


def size_bins(diameters: Floats, points: int) -> tuple[SizeBin, ...]:
    """Histogram of pore diameters from the smallest to the largest."""
    if len(diameters) == 0:
        return ()
    number = np.floor(np.round(diameters / BIN, 9)).astype(np.int64)
    low = int(number.min())
    counts = np.bincount(number - low)
    return tuple(
        SizeBin((low + k) * BIN, (low + k + 1) * BIN, float(count / points))
        for k, count in enumerate(counts)
    )
