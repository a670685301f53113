"""All points of a lattice in a box, without a fixed range of indices.

The box is stretched to a cube and the basis reduced (Minkowski) in the stretched space. Points of
the cube then have coefficients within bounds that follow from the inverse of the reduced basis, so
that none is missed, and the candidates are few more than the points, however thin the box and
however oblique the basis.

Reference: P. Q. Nguyen and D. Stehlé, ACM Trans. Algorithms 5, 46 (2009),
doi:10.1145/1597036.1597050 (the reduction).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput

MAX_CANDIDATES = 10_000_000
"""Most sets of coefficients that are tried: some 500 MB of memory."""

_THINNEST = 1e-3  # of the longest side: a box of no thickness cannot be stretched to a cube
_EDGE = 1e-9  # relative; points on the faces belong to the box


def lattice_points(basis: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.int64]:
    """Find the points of a lattice in a box whose edges are along the Cartesian axes.

    Parameters
    ----------
    basis
        Three independent lattice vectors as rows, shape (3, 3).
    low, high
        Opposite corners of the box, shape (3,) each; its faces belong to it.

    Returns
    -------
    ndarray
        Coefficients of the basis, shape (n, 3), in no particular order.

    Raises
    ------
    InvalidInput
        If there are too many points for the memory.
    """
    from ase.geometry.minkowski_reduction import minkowski_reduce

    rows = np.asarray(basis, dtype=float)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    centre, half = (low + high) / 2, (high - low) / 2
    half = np.maximum(half, _THINNEST * half.max()) * (1 + _EDGE)
    reduced, change = minkowski_reduce(rows / half)
    inverse = np.linalg.inv(reduced)
    middle, reach = (centre / half) @ inverse, np.abs(inverse).sum(axis=0)
    first = np.ceil(middle - reach - _EDGE).astype(np.int64)
    last = np.floor(middle + reach + _EDGE).astype(np.int64)
    if np.prod(last - first + 1.0) > MAX_CANDIDATES:
        raise InvalidInput(
            f"more than {MAX_CANDIDATES:.0e} lattice points would be tried; take a larger "
            "smallest spacing or a smaller region"
        )
    spans = [np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]
    tried = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3) @ change
    slack = _EDGE * half.max()
    points = tried @ rows
    inside = ((points >= low - slack) & (points <= high + slack)).all(axis=1)
    return np.asarray(tried[inside], dtype=np.int64)
