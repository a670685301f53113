"""Distances of all pairs of atoms in compiled loops (numba)."""

# mypy: disable-error-code="no-untyped-def, untyped-decorator, misc"
# numba finds the types of compiled functions itself.

import numpy as np
from numba import njit

BLOCK = 1024
"""Distances that are computed before they are sorted into the histogram."""


@njit(cache=True, error_model="numpy")
def add_pairs(first, second, same, inverse, table):
    """Add the pairs of two kinds of atoms, coordinates of shape (3, n) each, to a histogram.

    The table has the number of pairs and the sum of their distances in each bin.
    """
    n = second.shape[1]
    xs, ys, zs = second[0], second[1], second[2]
    lengths = np.empty(BLOCK, np.float32)
    for i in range(first.shape[1]):
        x, y, z = first[0, i], first[1, i], first[2, i]
        for low in range(i + 1 if same else 0, n, BLOCK):
            count = min(BLOCK, n - low)
            for j in range(count):
                a = xs[low + j] - x
                b = ys[low + j] - y
                c = zs[low + j] - z
                lengths[j] = np.sqrt(a * a + b * b + c * c)
            for j in range(count):
                length = lengths[j]
                place = int(length * inverse)
                table[place, 0] += 1.0
                table[place, 1] += length
