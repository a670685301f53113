"""Geometry of windows: the sphere that passes, the ions around it, and symmetry."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.distances import Clearance, images_within

Floats = NDArray[np.float64]

FRAME = 1.15
"""Ions count as corners of a window up to this multiple of the shortest distance from its centre,
and if the way to them is within 45° of the plane of the window."""

SAME = 0.6
"""Distance in Å below which a point is the image of another under an operation."""

_WIDE = np.linspace(-0.6, 0.6, 25)  # Å, across the window
_DEEP = np.linspace(-0.5, 0.5, 21)  # Å, along the way through it


class Walls(NamedTuple):
    """The spheres of the framework, and the ions of opposite charge, Cartesian in Å, (m, 3)."""

    clearance: Clearance
    opposite: Floats


class Opening(NamedTuple):
    """Radius in Å of the largest sphere that passes, number of corners, and their area in Å²."""

    radius: float
    corners: int
    area: float | None


def opening(walls: Walls, centre: Floats, way: Floats) -> Opening:
    """Measure the window at a point.

    Parameters
    ----------
    walls
        The framework.
    centre
        Cartesian in Å, shape (3,).
    way
        Vector through the window, shape (3,).
    """
    through = way / np.linalg.norm(way)
    across = np.linalg.svd(through[None])[2][1:]
    middle, radius = centre, 0.0
    for scale in (1.0, 0.1):
        wide, deep = scale * _WIDE, scale * _DEEP
        sheet = (wide[:, None, None] * across[0] + wide[:, None] * across[1]).reshape(-1, 3)
        points = middle + deep[:, None, None] * through + sheet
        room = walls.clearance.at(points.reshape(-1, 3)).reshape(len(deep), -1)
        room = np.minimum(room, walls.clearance.reach)
        narrow = int(room.max(axis=1).argmin())
        middle, radius = points[narrow, int(room[narrow].argmax())], float(room[narrow].max())
    cell = walls.clearance.cell
    away, _ = images_within(walls.opposite - middle, cell, 6.0)
    away = away[np.linalg.norm(away, axis=1) < 6.0]
    if len(away) == 0:
        return Opening(radius, 0, None)
    distance = np.linalg.norm(away, axis=1)
    level = np.abs(away @ through) < distance * np.sqrt(0.5)
    if not level.any():
        return Opening(radius, 0, None)
    corners = away[level & (distance <= FRAME * distance[level].min())] @ across.T
    return Opening(radius, len(corners), _area(corners))


def _area(corners: Floats) -> float | None:
    """Area of the convex polygon of points in a plane; None for less than three."""
    from scipy.spatial import ConvexHull, QhullError

    if len(corners) < 3:
        return None
    try:
        return float(ConvexHull(corners).volume)
    except QhullError:  # on one line
        return None


def same_by_symmetry(
    points: Floats, rotations: NDArray[np.int64], translations: Floats, cell: Floats
) -> NDArray[np.int64]:
    """Number of the class of equivalent points that each is in, in order of appearance.

    Parameters
    ----------
    points
        Fractional coordinates, shape (n, 3).
    rotations, translations
        Operations, shapes (k, 3, 3) and (k, 3).
    cell
        Cell vectors as rows in Å, shape (3, 3).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    places, owner = images_within(points @ cell, cell, 2 * SAME)
    tree = cKDTree(places)
    rows, columns = [], []
    for rotation, translation in zip(rotations, translations, strict=True):
        moved = (points @ rotation.T + translation) % 1.0
        distance, near = tree.query(moved @ cell)
        close = np.asarray(distance) < SAME
        rows.append(np.flatnonzero(close))
        columns.append(owner[np.asarray(near)[close]])
    first, second = np.concatenate(rows), np.concatenate(columns)
    size = (len(points), len(points))
    graph = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=size)
    labels = connected_components(graph, directed=False)[1]
    _, start, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(start), dtype=np.int64)
    order[np.argsort(start)] = np.arange(len(start))
    return np.asarray(order[inverse])


def multiplicity(
    point: Floats, rotations: NDArray[np.int64], translations: Floats, cell: Floats
) -> int:
    """Number of equivalent points in the cell, fractional coordinates, shape (3,)."""
    images = rotations @ point + translations
    number = 0
    while len(images):
        apart = images - images[0]
        images = images[np.linalg.norm((apart - np.round(apart)) @ cell, axis=1) > SAME]
        number += 1
    return number
