r"""Sums of phases over many atoms by the non-uniform fast Fourier transform.

.. math:: S(\mathbf h) = \sum_j w_j e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

Atoms are spread on a fine grid by a narrow kernel, which is transformed and divided by the
transform of the kernel: A. H. Barnett, J. Magland and L. af Klinteberg, SIAM J. Sci. Comput. 41,
C479 (2019), doi:10.1137/18M120885X (FINUFFT). The time grows with the atoms plus the reflections,
not with their product. The root mean square error is :data:`ACCURACY` of the root mean square sum.

Indices that fill a box are transformed in blocks, which bound the memory: a block far from the
origin is one at the origin whose atoms have a phase more. Indices on a surface, such as those near
an Ewald sphere, are taken as points in space, in axes along which the set is thinnest.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Complex = NDArray[np.complex128]

ACCURACY = 1e-8
"""Error of the sums relative to their root mean square."""

BLOCK = 256
"""Largest number of indices along an axis that are transformed at once: 270 MB of sums."""

SPARSE = 30
"""Points of the box for one index, from which the indices count as a surface."""

_OPTIONS = {"eps": ACCURACY, "isign": 1, "upsampfac": 1.25, "nthreads": 1}


def transformed_sums(
    positions: Floats, weights: Floats, bounds: Integers, h: Integers
) -> Iterator[Complex]:
    """Sum weight times phase over the atoms of one kind after the other.

    Parameters
    ----------
    positions
        Fractional coordinates of atoms sorted by kind, shape (n, 3).
    weights
        Weight of each atom, shape (n,).
    bounds
        Where the atoms of each kind start, and their number, shape (kinds + 1,).
    h
        Integer indices, shape (m, 3).

    Yields
    ------
    ndarray
        Sums of one kind, shape (m,).
    """
    mate = h[:, 0] < 0  # weights are real: the sum of -h is the conjugate
    h = np.where(mate[:, None], -h, h)
    filled = np.prod(np.ptp(h, axis=0) + 1.0) <= SPARSE * len(h)
    sums = _in_blocks(h) if filled else _on_surface(h)
    for first, last in pairwise(bounds.tolist()):
        total = sums(positions[first:last], weights[first:last])
        np.conjugate(total, out=total, where=mate)
        yield total


def _in_blocks(h: Integers) -> Callable[[Floats, Floats], Complex]:
    """Sums at indices that fill a box."""
    import finufft

    low, extent = h.min(axis=0), np.ptp(h, axis=0) + 1
    counts = -(-extent // BLOCK)
    sizes = -(-extent // counts)
    block, place = np.zeros(len(h), dtype=np.int64), np.zeros(len(h), dtype=np.int64)
    for index, first, size, count in zip(h.T, low, sizes, counts, strict=True):
        which, where = np.divmod(index - first, size)
        block, place = block * count + which, place * size + where
    order = np.argsort(block, kind="stable")
    place = place[order]
    starts = np.searchsorted(block[order], np.arange(np.prod(counts) + 1))

    def sums(positions: Floats, weights: Floats) -> Complex:
        turns = 2 * np.pi * np.ascontiguousarray(((positions + 0.5) % 1.0 - 0.5).T)
        total = np.empty(len(order), dtype=complex)
        for corner, first, last in zip(np.ndindex(*counts), starts[:-1], starts[1:], strict=True):
            if first < last:
                middle = low + corner * sizes + sizes // 2
                strengths = weights * np.exp(2j * np.pi * (positions @ middle))
                grid = finufft.nufft3d1(*turns, strengths, tuple(sizes), **_OPTIONS)
                total[order[first:last]] = grid.reshape(-1)[place[first:last]]
        return total

    return sums


def _on_surface(h: Integers) -> Callable[[Floats, Floats], Complex]:
    """Sums at indices that fill no box."""
    import finufft

    middle = h.mean(axis=0)
    axes = np.linalg.svd(np.cov(h.T))[2]
    points = 2 * np.pi * np.ascontiguousarray(((h - middle) @ axes.T).T)

    def sums(positions: Floats, weights: Floats) -> Complex:
        strengths = weights * np.exp(2j * np.pi * (positions @ middle))
        turned = np.ascontiguousarray((positions @ axes.T).T)
        return np.asarray(finufft.nufft3d3(*turned, strengths, *points, **_OPTIONS))

    return sums
