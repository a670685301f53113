r"""Sums of phases over many atoms by the non-uniform fast Fourier transform.

.. math:: S(\mathbf h) = \sum_j w_j e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

Atoms are spread on a fine grid by a narrow kernel, and the transform of the grid is divided by that
of the kernel: A. H. Barnett, J. Magland and L. af Klinteberg, SIAM J. Sci. Comput. 41, C479 (2019),
doi:10.1137/18M120885X. FINUFFT spreads; SciPy, which takes less time for it, transforms. The time
grows with the atoms plus the reflections, not with their product. The root mean square error is
:data:`ACCURACY` of the root mean square sum.

Indices that fill a box are transformed in blocks, which bound the memory: a block far from the
origin is one at the origin whose atoms have a phase more. Indices on a surface, such as those near
an Ewald sphere, are taken as points in space, in axes along which the set is thinnest.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Complex = NDArray[np.complex128]

ACCURACY = 1e-7
"""Error of the sums relative to their root mean square."""

BLOCK = 30_000_000
"""Largest number of indices that are transformed at once: 0.8 GB of sums on a finer grid."""

SPARSE = 30
"""Points of the box for one index, from which the indices count as a surface."""

_FINER = 1.2  # points of the grid for one index
_SMALLEST = 32  # points along an axis of the grid, twice the widest kernel
_SAMPLES = 8  # of the kernel between two points
_CACHED = 20_000  # indices of which all stays in the cache

_OPTIONS = {
    "eps": ACCURACY,
    "isign": 1,
    "upsampfac": _FINER,
    "nthreads": 1,
    "spread_max_sp_size": 5000,  # a part of the grid at a time
}


PartialSums: TypeAlias = tuple[slice | Integers, Complex]
"""Which of the indices, and the sums at these."""

_Sums: TypeAlias = Callable[[Floats, Floats], Iterator[PartialSums]]


def transformed_sums(
    positions: Floats, weights: Floats, bounds: Integers, h: Integers
) -> Iterator[Iterator[PartialSums]]:
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
    iterator
        Sums of one kind, in parts that stay in the cache.
    """
    ends = [(part.min(axis=1), part.max(axis=1)) for _, part in _in_half_space(h)]
    low, high = np.min([end[0] for end in ends], axis=0), np.max([end[1] for end in ends], axis=0)
    filled = np.prod(high - low + 1.0) <= SPARSE * len(h)
    sums = _in_blocks(h, low, high) if filled else _on_surface(h)
    for first, last in pairwise(bounds.tolist()):
        yield sums(positions[first:last], weights[first:last])


def _in_half_space(h: Integers) -> Iterator[tuple[slice, Integers]]:
    """Parts of the indices that stay in the cache, shape (3, n), with h of 0 or more."""
    for start in range(0, len(h), _CACHED):
        part = slice(start, start + _CACHED)
        yield part, h[part].T * np.where(h[part, 0] < 0, -1, 1)


def _in_blocks(h: Integers, low: Integers, high: Integers) -> _Sums:
    """Sums at indices that fill a box."""
    import finufft
    from scipy import fft

    extent = high - low + 1
    counts = np.ones(3, dtype=np.int64)
    while np.prod(sizes := -(-extent // counts)) > BLOCK:
        counts[np.argmax(sizes)] += 1
    shape = tuple(fft.next_fast_len(max(int(np.ceil(_FINER * size)), _SMALLEST)) for size in sizes)
    tables = []
    for count, size, fine in zip(counts, sizes, shape, strict=True):
        which, where = np.divmod(np.arange(count * size), size)
        where -= size // 2
        tables.append((count, which, fine, where % fine, 1 / _transform(fine, where)))
    block, place = np.zeros(len(h), dtype=np.int16), np.zeros(len(h), dtype=np.int64)
    sharpening = np.ones(len(h))
    for part, indices in _in_half_space(h):
        for index, (count, which, fine, where, sharp) in zip(
            indices - low[:, None], tables, strict=True
        ):
            block[part] = block[part] * count + which[index]
            place[part] = place[part] * fine + where[index]
            sharpening[part] *= sharp[index]
    corners = list(np.ndindex(*counts))
    order = np.argsort(block, kind="stable") if len(corners) > 1 else None
    starts = np.searchsorted(block if order is None else block[order], range(len(corners) + 1))
    del block
    mate = h[:, 0] < 0  # weights are real: the sum of -h is the conjugate
    plan = finufft.Plan(1, shape, spreadinterponly=1, **_OPTIONS)
    grid = np.empty(shape, dtype=complex)

    def sums(positions: Floats, weights: Floats) -> Iterator[PartialSums]:
        plan.setpts(*(2 * np.pi * np.ascontiguousarray((positions % 1.0 - 0.5).T)))
        for corner, (start, end) in zip(corners, pairwise(starts.tolist()), strict=True):
            if start == end:
                continue
            middle = low + corner * sizes + sizes // 2
            plan.execute(weights * np.exp(2j * np.pi * (positions @ middle)), grid)
            found = fft.ifftn(grid, norm="forward", overwrite_x=True).reshape(-1)
            for first in range(start, end, _CACHED):
                part = slice(first, min(first + _CACHED, end))
                some = part if order is None else order[part]
                total = found.take(place[some], mode="clip")  # quicker than raising
                total *= sharpening[some]
                np.conjugate(total, out=total, where=mate[some])
                yield some, total

    return sums


@lru_cache(maxsize=1)
def _kernel() -> tuple[Floats, Floats]:
    """Distances from an atom, in points of the grid, and what is spread there along an axis."""
    import finufft

    plan = finufft.Plan(1, (_SMALLEST,) * 3, spreadinterponly=1, **_OPTIONS)
    parts = np.arange(_SAMPLES) / _SAMPLES
    spread = []
    for part in parts:
        turn = np.array([2 * np.pi * part / _SMALLEST])
        plan.setpts(turn, np.zeros(1), np.zeros(1))
        grid = plan.execute(np.ones(1, dtype=complex)).real
        spread.append(grid[:, _SMALLEST // 2, _SMALLEST // 2])
    values = np.array(spread) / spread[0].max() ** (2 / 3) / _SAMPLES
    return np.arange(_SMALLEST) - _SMALLEST // 2 - parts[:, None], values


def _transform(size: int, index: Integers) -> Floats:
    """Transform of the kernel at some indices of an axis of so many points."""
    distance, values = _kernel()
    turns = index / size * distance.reshape(-1, 1)
    return np.asarray(values.reshape(-1) @ np.cos(2 * np.pi * turns))


def _on_surface(h: Integers) -> _Sums:
    """Sums at indices that fill no box."""
    import finufft

    middle = h.mean(axis=0)
    axes = np.linalg.svd(np.cov(h.T))[2]
    points = 2 * np.pi * np.ascontiguousarray(((h - middle) @ axes.T).T)

    def sums(positions: Floats, weights: Floats) -> Iterator[PartialSums]:
        strengths = weights * np.exp(2j * np.pi * (positions @ middle))
        turned = np.ascontiguousarray((positions @ axes.T).T)
        yield slice(None), np.asarray(finufft.nufft3d3(*turned, strengths, *points, **_OPTIONS))

    return sums
