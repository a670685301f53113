"""An arrangement without close contacts, where random swaps do not find one.

In garnets and argyrodites nearly every Li excludes several positions, and the published numbers of
atoms fit in few ways only. Whether they fit is an integer program, which HiGHS solves (by scipy;
Q. Huangfu and J. A. J. Hall, Math. Program. Comput. 10, 119 (2018), doi:10.1007/s12532-017-0130-5).
"""

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.ordering._cell import DisorderedCell

TIME_LIMIT = 120.0
"""Seconds after which the search for an arrangement is given up."""


def feasible_arrangement(
    cell: DisorderedCell, rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """Find an arrangement in which no two atoms are too close.

    Parameters
    ----------
    cell
        The disordered positions and their fillings.
    rng
        Source of the random preferences by which one of many arrangements is taken.

    Returns
    -------
    ndarray or None
        Index of the filling of each position, shape (positions,); None if there is none, or none
        was found in :data:`TIME_LIMIT`.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, vstack

    n, kinds = len(cell), len(cell.fillings)
    basis = np.arange(n) // len(cell.cells)
    codes = np.repeat(np.arange(kinds), n)  # filling by filling, position by position
    rows = np.tile(np.arange(n), kinds)
    columns = np.arange(n * kinds)
    ones = np.ones(n * kinds)
    one_each = coo_array((ones, (rows, columns)), shape=(n, n * kinds))
    counted = coo_array((ones, (codes, columns)), shape=(kinds, n * kinds))
    counts = np.array([filling.count for filling in cell.fillings])
    first, second, distances = cell.contacts
    pairs = [
        (a * n + one, b * n + other)
        for one, other, gap in zip(first.tolist(), second.tolist(), distances.tolist(), strict=True)
        if one < other
        for a in range(kinds)
        for b in range(kinds)
        if cell.too_close(a, b, gap)
    ]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    number = np.repeat(np.arange(len(ends)), 2)
    close = coo_array(
        (np.ones(2 * len(ends)), (number, ends.ravel())), shape=(len(ends), n * kinds)
    )
    matrix = vstack([one_each, counted, close])
    low = np.concatenate([np.ones(n), counts, np.zeros(len(ends))])
    high = np.concatenate([np.ones(n), counts, np.ones(len(ends))])
    found = milp(
        rng.random(n * kinds),
        constraints=LinearConstraint(matrix, low, high),
        integrality=ones.astype(np.int64),
        bounds=Bounds(0.0, cell.allowed[:, basis].astype(float).ravel()),
        options={"mip_rel_gap": 0.5, "time_limit": TIME_LIMIT},
    )
    if found.x is None:
        return None
    return np.asarray(found.x.reshape(kinds, n).argmax(axis=0), dtype=np.int64)
