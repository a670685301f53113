"""Sites that are too close to each other to be occupied at the same time."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OVERLAP = 0.5
"""Distance in Å below which two atoms cannot both be there."""

FEW = 1_000_000
"""Pairs that are compared one by one, without a tree."""


def overlapping(
    positions: Floats, rotations: Integers, translations: Floats, cell: Floats
) -> Integers:
    """Pairs of different sites with copies within :data:`OVERLAP`, shape (m, 2), sorted.

    Parameters
    ----------
    positions
        Fractional coordinates of the sites, shape (n, 3).
    rotations, translations
        Operations of the space group.
    cell
        Cell vectors in Å as rows.
    """
    alone = len(rotations) == 1
    own = positions % 1.0
    images = own if alone else (own @ rotations.transpose(0, 2, 1) + translations[:, None])
    images = images.reshape(-1, 3) % 1.0
    heights = abs(np.linalg.det(cell)) / np.linalg.norm(
        np.cross(cell[[1, 2, 0]], cell[[2, 0, 1]]), axis=1
    )
    images, index = _padded(images, np.arange(len(images)) % len(own), OVERLAP / heights)
    places = images @ cell
    near = _crowded(places)
    if not near.any():
        return np.empty((0, 2), dtype=np.int64)
    places, index = places[near], index[near]
    if len(own) * len(places) < FEW:
        gaps = np.linalg.norm((own @ cell)[:, None] - places, axis=2)
        first, second = np.nonzero(gaps < OVERLAP)
        return _sorted_pairs(first, index[second])
    from scipy.spatial import cKDTree  # slow to import

    if alone:
        pairs = index[cKDTree(places).query_pairs(OVERLAP, output_type="ndarray")]
        return _sorted_pairs(*pairs.T)
    found = cKDTree(own @ cell).sparse_distance_matrix(
        cKDTree(places), OVERLAP, output_type="ndarray"
    )
    return _sorted_pairs(found["i"], index[found["j"]])


def _sorted_pairs(first: Integers, second: Integers) -> Integers:
    """Each pair of different numbers once, the smaller one first."""
    pairs = np.stack([np.minimum(first, second), np.maximum(first, second)], axis=1)
    return np.unique(pairs[first != second], axis=0)


def _padded(places: Floats, index: Integers, margin: Floats) -> tuple[Floats, Integers]:
    """Positions of a cell and of a margin around it, with the index of each."""
    for axis, width in enumerate(margin):
        copies = [places]
        numbers = [index]
        for shift in (-1, 1):
            moved = places[:, axis] + shift
            here = (moved > -width) & (moved < 1 + width)
            copy = places[here]
            copy[:, axis] = moved[here]
            copies.append(copy)
            numbers.append(index[here])
        places, index = np.concatenate(copies), np.concatenate(numbers)
    return places, index


def _crowded(places: Floats) -> NDArray[np.bool_]:
    """Mask of points that may have another one within :data:`OVERLAP`.

    Two such points are in the same box, of twice the distance, of one of eight shifted grids.
    """
    steps = np.floor((places - places.min(axis=0)) / OVERLAP).astype(np.int64)
    counts = steps.max(axis=0) // 2 + 2
    strides = (counts[1] * counts[2], counts[2], 1)
    keys = [
        [((steps[:, axis] + shift) >> 1) * strides[axis] for shift in (0, 1)] for axis in range(3)
    ]
    crowded = np.zeros(len(places), dtype=bool)
    for x, y, z in product(*keys):
        box = x + y + z
        ordered = np.sort(box)
        shared = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(shared):
            crowded |= np.isin(box, shared)
    return crowded
