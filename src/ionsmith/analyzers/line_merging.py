"""Taking lines together that no diffractometer parts.

Positions are grouped by the gaps between them, not by rounding: a run of lines whose gaps are all
within the tolerance is cut at its widest gap until no part is wider than the tolerance. No line
then moves by more than that, and lines that differ by the last digits of a cell stay together.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def merged(positions: Floats, tolerance: float) -> NDArray[np.int64]:
    """Group sorted positions.

    Parameters
    ----------
    positions
        Rising, shape (n,).
    tolerance
        Largest width of a group.

    Returns
    -------
    ndarray
        Where groups start, and n at the end, shape (groups + 1,).
    """
    gaps = np.diff(positions)
    cut = gaps > tolerance
    while True:
        starts = np.concatenate([[0], np.flatnonzero(cut) + 1, [len(positions)]])
        width = positions[starts[1:] - 1] - positions[starts[:-1]]
        wide = width > tolerance
        if not wide.any():
            return starts
        sizes = np.diff(starts)
        inside = np.flatnonzero(np.repeat(wide, sizes)[:-1] & ~cut)  # gaps within wide groups
        group = np.repeat(np.arange(len(sizes)), sizes)[inside]
        widest_first = inside[np.lexsort((inside, -gaps[inside], group))]
        _, first = np.unique(np.sort(group), return_index=True)
        cut[widest_first[first]] = True
