"""Enumeration of lattice points and of Miller indices.

:func:`index_grid` lists the integer triples (or pairs) in a range, :func:`half_index_grid` one of
each pair ±(hkl), :func:`coprime_indices` those without common factor, and :func:`lattice_points`
all lattice points in a Cartesian box.

For the last, the box is stretched to a cube and the basis reduced (Minkowski) in the stretched
space. Points of the cube then have coefficients within bounds that follow from the inverse of the
reduced basis, so that none is missed, and the candidates are few more than the points, however thin
the box and however oblique the basis.

Reference: P. Q. Nguyen and D. Stehlé, ACM Trans. Algorithms 5, 46 (2009),
doi:10.1145/1597036.1597050 (the reduction).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput

MAX_CANDIDATES = 10_000_000
"""Number of coefficient triples that are tried at most, unless more are asked for."""

_BLOCK = 2_000_000  # triples that are tried at once: some 200 MB

_THINNEST = 1e-3  # of the longest side: a box of no thickness cannot be stretched to a cube
_EDGE = 1e-9  # relative; points on the faces belong to the box
_MOST_STEPS = 1000  # of a reduction, where rounding errors would turn it in circles
_ALL_THREE = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]])


def index_grid(low: ArrayLike, high: ArrayLike) -> NDArray[np.int64]:
    """All integer vectors between two bounds, both included.

    Parameters
    ----------
    low, high
        Smallest and largest integer along each axis, shape (d,); a single number stands for three
        axes. Real bounds are rounded inwards.

    Returns
    -------
    ndarray
        Shape (n, d), the last axis varying fastest.

    Examples
    --------
    >>> from ionsmith.lattice.lattice_points import index_grid
    >>> index_grid([0, -1], [1, 0]).tolist()
    [[0, -1], [0, 0], [1, -1], [1, 0]]
    """
    first, last = np.broadcast_arrays(np.ceil(low), np.floor(high))
    if first.ndim == 0:
        first, last = np.full(3, first), np.full(3, last)
    counts = np.maximum(last - first + 1, 0).astype(np.int64)
    return np.asarray(np.indices(counts).reshape(len(counts), -1).T + first, dtype=np.int64)


def half_index_grid(bounds: ArrayLike) -> NDArray[np.int64]:
    """Indices hkl up to given bounds, one of each pair ±(hkl), without 0 0 0.

    Parameters
    ----------
    bounds
        Largest absolute value of each index, shape (d,) or a single number for three indices.

    Returns
    -------
    ndarray
        Those whose first index other than zero is positive, shape (n, d).
    """
    grid = index_grid(-np.asarray(bounds), bounds)
    return grid[len(grid) // 2 + 1 :]


@lru_cache(maxsize=16)
def coprime_indices(largest: int) -> NDArray[np.int64]:
    """All indices hkl without common factor, in lexicographic order, shape (n, 3).

    Parameters
    ----------
    largest
        Largest absolute value of an index.
    """
    grid = index_grid(-largest, largest)
    coprime = np.asarray(grid[np.gcd.reduce(grid, axis=1) == 1])
    coprime.flags.writeable = False
    return coprime


def lattice_points(
    basis: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    length: float = np.inf,
    most: float = MAX_CANDIDATES,
) -> NDArray[np.int64]:
    """Find the points of a lattice in a box whose edges are along the Cartesian axes.

    Parameters
    ----------
    basis
        Three independent lattice vectors as rows, shape (3, 3).
    low, high
        Opposite corners of the box, shape (3,) each; its faces belong to it.
    length
        Largest distance from the origin.
    most
        Largest number of coefficient triples that are tried.

    Returns
    -------
    ndarray
        Coefficients of the basis, shape (n, 3), in no particular order.

    Raises
    ------
    InvalidInput
        If there are too many points for the memory.
    """
    rows = np.asarray(basis, dtype=float)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    centre, half = (low + high) / 2, (high - low) / 2
    half = np.maximum(half, _THINNEST * half.max()) * (1 + _EDGE)
    change = reduction(rows / half)
    turned, inverse = change @ rows, np.linalg.inv(change @ (rows / half))
    middle, reach = (centre / half) @ inverse, np.abs(inverse).sum(axis=0)
    first, last = middle - reach - _EDGE, middle + reach + _EDGE
    counts = np.floor(last) - np.ceil(first) + 1.0
    if np.prod(counts) > most:
        raise InvalidInput(
            f"more than {most:.0e} lattice points would be tried; take a larger "
            "smallest spacing or a smaller region"
        )
    slack = _EDGE * half.max()
    step = max(int(_BLOCK // max(counts[1] * counts[2], 1)), 1)
    found = []
    for start in np.arange(np.ceil(first[0]), np.floor(last[0]) + 1, step):
        ends = [min(start + step - 1, last[0]), *last[1:]]
        tried = index_grid([start, *first[1:]], ends).astype(float)
        points = tried @ turned
        inside = ((points >= low - slack) & (points <= high + slack)).all(axis=1)
        if np.isfinite(length):
            inside &= np.einsum("ij,ij->i", points, points) <= (length + slack) ** 2
        found.append((tried[inside] @ change).astype(np.int64))  # whole numbers stay exact
    return np.concatenate(found) if found else np.zeros((0, 3), dtype=np.int64)


def reduction(basis: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the change to a basis of shortest vectors (Minkowski reduced) of the same lattice.

    Parameters
    ----------
    basis
        Three independent lattice vectors as rows, shape (3, 3).

    Returns
    -------
    ndarray
        Integers of determinant 1 or -1, shape (3, 3), by which the basis is multiplied from the
        left.
    """
    change = np.eye(3, dtype=np.int64)
    for _ in range(_MOST_STEPS):
        rows = change @ basis
        products = rows @ rows.T
        square = products.diagonal()
        steps = np.rint(products / square)
        np.fill_diagonal(steps, 0.0)
        saved = steps * (2 * products - steps * square)
        i, j = divmod(int(saved.argmax()), 3)
        if saved[i, j] > _EDGE * square[i]:
            change[i] -= int(steps[i, j]) * change[j]
            continue
        # In pairs they are as short as can be: left is a sum of all three.
        sums = ((_ALL_THREE @ rows) ** 2).sum(axis=1)
        longest = int(square.argmax())
        if not sums.min() < square[longest] * (1 - _EDGE):
            break
        change[longest] = _ALL_THREE[sums.argmin()] @ change
    return change
