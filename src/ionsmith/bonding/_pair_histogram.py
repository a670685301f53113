"""Histogram of all interatomic distances in compiled loops (numba), without a list of pairs.

The cell is cut into boxes of half the longest distance; each pair of boxes is visited once, so that
the time grows with the number of atoms, and nothing but the histogram is kept. Sums run in a fixed
order.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator, misc"
# numba finds the types of compiled functions itself.

import numpy as np
from ase import Atoms
from numba import njit
from numpy.typing import NDArray


def histogram(
    atoms: Atoms, kind: NDArray[np.int64], stop: float, width: float, *, shared: bool
) -> NDArray[np.float64]:
    """Number of neighbours by distance and by the kinds of both atoms.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    kind
        Kind of each atom, from 0, shape (n,).
    stop
        Longest distance in Å; that of the last bin.
    width
        Width of a bin in Å.
    shared
        Whether a distance is shared by the two multiples of the width beside it, by how near they
        are, so that sums over the distances are kept; by default it is in the bin above one.

    Returns
    -------
    ndarray
        Both directions of each pair, shape (kinds, kinds, bins).
    """
    cell = np.asarray(atoms.cell.array, dtype=float)
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    boxes = np.maximum(heights // (stop / 2), 1).astype(np.int64)
    reach = np.ceil(stop * boxes / heights * (1 + 1e-12)).astype(np.int64)
    fraction = (atoms.positions @ np.linalg.inv(cell)) % 1 % 1
    box = np.minimum((fraction * boxes).astype(np.int64), boxes - 1)
    number = np.ravel_multi_index(tuple(box.T), tuple(boxes))
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], np.arange(boxes.prod() + 1))
    sizes = int(kind.max(initial=0)) + 1
    counts = np.zeros((sizes, sizes, round(stop / width) + 1))
    _count(fraction[order] @ cell, kind[order], first, boxes, reach, cell, stop, width, shared,
           counts)  # fmt: skip
    counts = counts + counts.transpose(1, 0, 2)
    return np.asarray(counts if shared else counts[..., :-1])


@njit(cache=True, error_model="numpy")
def _count(points, kind, first, boxes, reach, cell, stop, width, shared, counts):
    """Add each pair once."""
    a, b, c = boxes
    for home in range(a * b * c):
        i, j, k = home // (b * c), home // c % b, home % c
        for di in range(-reach[0], reach[0] + 1):
            for dj in range(-reach[1], reach[1] + 1):
                for dk in range(-reach[2], reach[2] + 1):
                    if (di, dj, dk) < (0, 0, 0):
                        continue
                    ti, tj, tk = (i + di) // a, (j + dj) // b, (k + dk) // c
                    other = ((i + di - ti * a) * b + j + dj - tj * b) * c + k + dk - tk * c
                    move = ti * cell[0] + tj * cell[1] + tk * cell[2]
                    same = di == 0 and dj == 0 and dk == 0
                    for p in range(first[home], first[home + 1]):
                        x = points[p, 0] - move[0]
                        y = points[p, 1] - move[1]
                        z = points[p, 2] - move[2]
                        start = p + 1 if same else first[other]
                        for q in range(start, first[other + 1]):
                            square = (
                                (points[q, 0] - x) ** 2
                                + (points[q, 1] - y) ** 2
                                + (points[q, 2] - z) ** 2
                            )
                            if square >= stop * stop:
                                continue
                            place = np.sqrt(square) / width
                            low = min(int(place), counts.shape[2] - 2)
                            if shared:
                                counts[kind[p], kind[q], low] += 1 - (place - low)
                                counts[kind[p], kind[q], low + 1] += place - low
                            else:
                                counts[kind[p], kind[q], low] += 1
