"""Percolation of a network of basins, and the lowest ways through it.

A set of basins percolates if it leads from a point to a periodic image of that point. The lattice
vectors to such images span a line, a plane or space: their rank is the dimension. It is that of the
crystal, whichever cell describes it.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.migration._network import PASSES, Network, first_of_each

Floats = NDArray[np.float64]


class _Clusters:
    """Union of basins, with the cell of each against the first of its cluster."""

    def __init__(self, heights: Floats) -> None:
        self.parent = list(range(len(heights)))
        self.cell = [np.zeros(3, dtype=np.int64)] * len(heights)
        self.lowest = heights.tolist()
        self.bottom = list(range(len(heights)))
        self.loops: list[list[NDArray[np.int64]]] = [[] for _ in heights]

    def root(self, k: int) -> tuple[int, NDArray[np.int64]]:
        """The first basin of the cluster of k, and the cell of k against it."""
        way = []
        while self.parent[k] != k:
            way.append(k)
            k = self.parent[k]
        cell = np.zeros(3, dtype=np.int64)
        for step in reversed(way):
            cell = cell + self.cell[step]
            self.parent[step], self.cell[step] = k, cell
        return k, cell

    def join(self, i: int, j: int, cells: NDArray[np.int64]) -> tuple[int, bool]:
        """Join two basins, the second in a cell; the root, and whether there are new loops."""
        (one, from_one), (two, from_two) = self.root(i), self.root(j)
        between = from_one + cells - from_two
        if one == two:
            return one, self._add(one, [between])
        self.parent[two], self.cell[two] = one, between
        if self.lowest[two] < self.lowest[one]:
            self.lowest[one], self.bottom[one] = self.lowest[two], self.bottom[two]
        return one, self._add(one, self.loops[two])

    def _add(self, root: int, loops: Sequence[NDArray[np.int64]]) -> bool:
        """Add lattice vectors that are independent of the known ones."""
        before = len(self.loops[root])
        for loop in loops:
            if loop.any():
                known = [*self.loops[root], loop]
                if np.linalg.matrix_rank(np.array(known)) == len(known):
                    self.loops[root] = known
        return len(self.loops[root]) > before


@dataclass(frozen=True, eq=False)
class Threshold:
    """The pass at which a set of basins first percolates.

    Parameters
    ----------
    height
        Value of the field at the pass.
    lowest
        Lowest value of the field among the basins of the set.
    bottom
        Index of that minimum.
    """

    height: float
    lowest: float
    bottom: int


@dataclass(frozen=True, eq=False)
class Percolation:
    """The lowest values at which a field percolates; missing where it does not below its ceiling.

    Parameters
    ----------
    dimensions
        By number of dimensions, 1 to 3.
    axes
        By cell vector, 0 to 2: a set of basins that leads to its image in another cell along it.
    """

    dimensions: dict[int, Threshold] = field(default_factory=dict)
    axes: dict[int, Threshold] = field(default_factory=dict)


def percolation(network: Network) -> Percolation:
    """Fill the network up from below, and note where it percolates.

    Parameters
    ----------
    network
        Its passes in rising order.
    """
    found = Percolation()
    clusters = _Clusters(network.heights)
    for row, height in enumerate(network.passes.tolist()):
        root, more = clusters.join(network.first[row], network.second[row], network.cells[row])
        if not more:
            continue
        loops = np.array(clusters.loops[root])
        here = Threshold(height, clusters.lowest[root], clusters.bottom[root])
        for dimension in range(1, len(loops) + 1):
            found.dimensions.setdefault(dimension, here)
        for axis in np.flatnonzero(loops.any(axis=0)).tolist():
            found.axes.setdefault(axis, here)
        if 3 in found.dimensions:
            break
    return found


def without_false(network: Network) -> Network:
    """Leave out passes that are no saddles and whose basins lower passes join.

    Parameters
    ----------
    network
        The network.
    """
    clusters = _Clusters(network.heights)
    kept = network.saddle.copy()
    for row, (i, j) in enumerate(zip(network.first, network.second, strict=True)):
        new = clusters.root(i)[0] != clusters.root(j)[0]
        kept[row] |= clusters.join(i, j, network.cells[row])[1] or new
    return replace(network, **{name: getattr(network, name)[kept] for name in PASSES})


def lowest_way(network: Network, threshold: Threshold, axis: int, lengths: Floats) -> list[int]:
    """Passes of the shortest way along a cell vector on which none is above the threshold.

    Parameters
    ----------
    network
        The network.
    threshold
        That of the axis.
    axis
        The cell vector, 0 to 2.
    lengths
        Length of each pass in Å, shape (p,).

    Returns
    -------
    list of int
        Index of each pass in order from the lowest minimum of the set to its image; ``~index`` for
        one that is crossed from its second basin to its first.
    """
    rows = np.flatnonzero(network.passes <= threshold.height)
    steps: dict[int, list[tuple[int, int, tuple[int, ...], float]]] = {}
    for row in rows.tolist():
        i, j = int(network.first[row]), int(network.second[row])
        cells, length = network.cells[row], float(lengths[row])
        steps.setdefault(i, []).append((row, j, tuple(cells.tolist()), length))
        steps.setdefault(j, []).append((~row, i, tuple((-cells).tolist()), length))
    start = (threshold.bottom, (0, 0, 0))
    done: dict[tuple[int, tuple[int, ...]], tuple[tuple[int, tuple[int, ...]], int] | None] = {}
    heap: list[tuple[float, int, tuple[int, tuple[int, ...]], object]] = [(0.0, 0, start, None)]
    count = 0
    while heap:
        length, _, place, before = heapq.heappop(heap)
        if place in done:
            continue
        done[place] = before  # type: ignore[assignment]
        basin, cell = place
        if basin == threshold.bottom and cell[axis]:
            way = []
            while (step := done[place]) is not None:
                place, row = step
                way.append(row)
            return way[::-1]
        for row, other, move, more in steps.get(basin, ()):
            there = (other, tuple(a + b for a, b in zip(cell, move, strict=True)))
            if there not in done and max(map(abs, there[1])) <= _FAR:
                count += 1
                heapq.heappush(heap, (length + more, count, there, (place, row)))
    return []


_FAR = 4  # cells; the way to the image of a basin leads through neighbouring ones


def without_shallow(network: Network, depth: float) -> Network:
    """Join minima that are less deep than a limit with the deeper one behind their lowest pass.

    Percolation does not change by more than the limit.

    Parameters
    ----------
    network
        The network.
    depth
        Smallest height of the lowest pass above a minimum that is kept.
    """
    joined = _Clusters(network.heights)
    for row, height in enumerate(network.passes):
        i, j = network.first[row], network.second[row]
        one, two = joined.root(i)[0], joined.root(j)[0]
        if one != two and height - max(joined.lowest[one], joined.lowest[two]) < depth:
            joined.join(i, j, network.cells[row])
    places = [joined.root(k) for k in range(len(network.minima))]
    root = np.array([place[0] for place in places], dtype=np.int64)
    shift = np.array([place[1] for place in places], dtype=np.int64).reshape(-1, 3)
    # The root of a cluster need not be its lowest minimum.
    lowest = np.array([joined.bottom[k] for k in root], dtype=np.int64)
    cell = shift - shift[lowest]
    kept, first_second = np.unique(lowest, return_inverse=True)
    first, second = first_second[network.first], first_second[network.second]
    cells = network.cells + cell[network.first] - cell[network.second]
    rows = np.flatnonzero((first != second) | cells.any(axis=1))
    rows = rows[first_of_each(first[rows], second[rows], cells[rows])]
    start = cell[network.first[rows]]
    return replace(
        network,
        minima=network.minima[kept],
        first=first[rows],
        second=second[rows],
        cells=cells[rows],
        left=network.left[rows],
        right=network.right[rows],
        left_cells=network.left_cells[rows] + start,
        right_cells=network.right_cells[rows] + start,
        heights=network.heights[kept],
        passes=network.passes[rows],
        saddle=network.saddle[rows],
        sites=network.sites[kept],
        tops=network.tops[rows] + start,
    )
