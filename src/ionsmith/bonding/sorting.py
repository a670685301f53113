"""Orders of pairs of atoms, found in linear time.

A sparse matrix is transposed by counting: its entries come out sorted by column, those of a column
in their former order. The few neighbours of each atom are then sorted among themselves.
"""

import numpy as np
from numpy.typing import NDArray

FEW = 2000
"""Number of entries below which a sort of all is faster."""


def pair_order(
    first: NDArray[np.int64], second: NDArray[np.int64], shifts: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Indices that sort pairs by ``first``, then ``second``, then shift.

    Parameters
    ----------
    first, second, shifts
        As in :class:`ionsmith.bonding.neighbours.NeighbourList`, in any order.

    Returns
    -------
    ndarray
        Indices that sort the pairs, shape (n,); equal ones stay in order.
    """
    if len(first) == 0:
        return np.zeros(0, np.int64)
    columns = [second, *shifts.T]
    lowest = [int(column.min()) for column in columns]
    spans = [int(column.max()) - low + 1 for column, low in zip(columns, lowest, strict=True)]
    if np.prod([float(span) for span in spans]) >= 2.0**62:
        return np.lexsort((*columns[::-1], first))
    key = np.zeros(len(first), np.int64)
    for column, low, span in zip(columns, lowest, spans, strict=True):
        key *= span
        key += column
        key -= low
    return order_within(first, key)


def order_within(rows: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices that sort entries by row, and those of a row by key.

    Parameters
    ----------
    rows
        Row of each entry, from 0, shape (n,).
    keys
        Integers from 0 to below 2⁶³, shape (n,).

    Returns
    -------
    ndarray
        Indices that sort the entries, shape (n,); equal ones stay in order.
    """
    if len(rows) < FEW:
        return np.lexsort((keys, rows))
    from scipy.sparse import csr_array  # slow to import

    by_row, starts = _by_row(rows)
    table = csr_array((by_row, keys.take(by_row), starts), (len(starts) - 1, int(keys.max()) + 1))
    table.sort_indices()
    order, sorted_keys = table.data.astype(np.int64), table.indices
    # The sort of a long row is not stable: equal keys are put in order after it.
    turned = sorted_keys[1:] == sorted_keys[:-1]
    turned &= order[1:] < order[:-1]
    inner = starts[1:-1]
    turned[inner[(inner > 0) & (inner < len(rows))] - 1] = False
    return order[np.lexsort((order, sorted_keys, rows.take(order)))] if turned.any() else order


def row_order(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices that sort entries by row, those of a row in their order.

    Parameters
    ----------
    rows
        Row of each entry, from 0, shape (n,).
    """
    if len(rows) < FEW:
        return np.argsort(rows, kind="stable")
    return _by_row(rows)[0].astype(np.int64)


def _by_row(rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Order of entries by row, and where each of the rows begins and the last one ends."""
    from scipy.sparse import csr_array

    n, present = len(rows), np.zeros(int(rows.max()) + 1, dtype=bool)
    if len(present) > 2 * n:  # most rows are empty: number the others
        present[rows] = True
        homes = np.flatnonzero(present)
        number = np.empty(len(present), np.int64)
        number[homes] = np.arange(len(homes))
        rows, present = number.take(rows), homes
    table = csr_array((np.zeros(n, np.int8), rows, np.arange(n + 1)), (n, len(present)))
    turned = table.tocsc()
    return turned.indices, turned.indptr
