"""Minima of a periodic field, the lowest passes between them, and percolation.

A point of the grid belongs to the minimum that it runs down to, from each point to the lowest of
its 26 neighbours. Two minima are joined where their basins touch; the pass between them is the
lowest of these places. No path between two minima stays below the highest pass of the best way
through this small graph, so that it holds all percolation thresholds of the field.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HALF = [step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
"""One of each pair of opposite steps to the 26 neighbours."""


@dataclass(frozen=True, eq=False)
class Network:
    """Basins of a field, and the passes between them.

    Parameters
    ----------
    values
        The field, shape (n1, n2, n3).
    down, down_cell
        Flat index of the lowest neighbour of each point (its own in a minimum), shape (n,), and the
        cell that it is in, shape (n, 3).
    minima
        Flat indices of the minima, shape (m,).
    first, second, cells
        Basins that each pass joins, indices into ``minima``, and the cell of the second, shapes
        (p,), (p,) and (p, 3).
    left, right
        Flat indices of the points on both sides of each pass, shape (p,), those of ``left`` in the
        cell where the first basin has its minimum plus ``left_cells``, shape (p, 3).
    left_cells, right_cells
        Cells of these points against the first minimum, shape (p, 3).
    heights
        Value of the field at each minimum, shape (m,).
    passes
        Value of the field at each pass, shape (p,), in rising order.
    """

    values: Floats
    down: Integers
    down_cell: NDArray[np.int16]
    minima: Integers
    first: Integers
    second: Integers
    cells: Integers
    left: Integers
    right: Integers
    left_cells: Integers
    right_cells: Integers
    heights: Floats
    passes: Floats


def find_network(values: Floats, ceiling: float) -> Network:
    """Find the minima of a periodic field and the passes between them below a ceiling.

    Parameters
    ----------
    values
        The field on a grid over one cell, shape (n1, n2, n3).
    ceiling
        Points above this value belong to no basin.
    """
    shape, size = values.shape, values.size
    flat = values.ravel()
    # Equal values, as in a symmetric crystal, are told apart by their place in the order.
    rank = np.empty(size, dtype=np.int64)
    rank[np.argsort(flat, kind="stable")] = np.arange(size)
    grid = rank.reshape(shape)
    index = np.arange(size, dtype=np.int64).reshape(shape)
    best, down = grid.copy(), index.copy()
    down_cell = np.zeros((*shape, 3), dtype=np.int16)
    for step in [*HALF, *(tuple(-s for s in step) for step in HALF)]:
        near = _rolled(grid, step)
        lower = near < best
        best[lower] = near[lower]
        down[lower] = _rolled(index, step)[lower]
        down_cell[lower] = _crossing(shape, step)[lower]
    below, below_cell = down.reshape(-1), down_cell.reshape(-1, 3)
    root, root_cell = below.copy(), below_cell.astype(np.int32)
    while True:
        further = root[root]
        if (further == root).all():
            break
        root_cell = root_cell + root_cell[root]
        root = further
    inside = flat <= ceiling
    minima = np.unique(root[inside])
    basin = np.full(size, -1, dtype=np.int64)
    basin[minima] = np.arange(len(minima))
    basin = np.where(inside, basin[root], -1)
    columns: list[list[NDArray[np.int64]]] = []
    for step in HALF:
        near = _rolled(index, step).ravel()
        wrap = _crossing(shape, step).reshape(-1, 3).astype(np.int64)
        # From the minimum of this point's basin to that of the neighbour's.
        cell = root_cell[near] + wrap - root_cell
        touch = (basin >= 0) & (basin[near] >= 0)
        touch &= (basin != basin[near]) | cell.any(axis=1)
        here = np.flatnonzero(touch)
        there = near[here]
        columns.append(
            [
                basin[here],
                basin[there],
                cell[here].astype(np.int64),
                here,
                there,
                -root_cell[here].astype(np.int64),
                wrap[here] - root_cell[here],
                np.maximum(rank[here], rank[there]),
            ]
        )
    first, second, cells, left, right, left_cells, right_cells, height = (
        np.concatenate(parts) for parts in zip(*columns, strict=True)
    )
    order = np.argsort(height, kind="stable")
    order = order[first_of_each(first[order], second[order], cells[order])]
    sides = np.maximum(flat[left[order]], flat[right[order]])
    return Network(
        values,
        below,
        below_cell,
        minima,
        first[order],
        second[order],
        cells[order],
        left[order],
        right[order],
        left_cells[order],
        right_cells[order],
        flat[minima],
        sides,
    )


def _rolled(grid: NDArray[np.int64], step: Sequence[int]) -> NDArray[np.int64]:
    """The value one step further at each point."""
    return np.roll(grid, [-s for s in step], axis=(0, 1, 2))


def _crossing(shape: tuple[int, ...], step: Sequence[int]) -> NDArray[np.int16]:
    """The cell that a step from each point leads into, shape (n1, n2, n3, 3)."""
    cells = np.zeros((*shape, 3), dtype=np.int16)
    for axis, (n, s) in enumerate(zip(shape, step, strict=True)):
        along = ((np.arange(n) + s) // n).astype(np.int16)
        cells[..., axis] = along.reshape([-1 if k == axis else 1 for k in range(3)])
    return cells


def first_of_each(first: Integers, second: Integers, cells: Integers) -> Integers:
    """Rows with which each pass occurs first, whichever basin is named first."""
    swap = (first > second) | ((first == second) & _negative(cells))
    one, two = np.where(swap, second, first), np.where(swap, first, second)
    signed = np.where(swap[:, None], -cells, cells)
    rows = np.column_stack([one, two, signed])
    return np.sort(np.unique(rows, axis=0, return_index=True)[1])


def _negative(cells: Integers) -> NDArray[np.bool_]:
    """Whether the first component that is not 0 is negative."""
    x, y, z = cells.T
    return np.asarray((x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0)))))


def refined(network: Network) -> Network:
    """Take minima and passes of a smooth field between the points of its grid.

    The field around the highest point of a pass, or a minimum, is a quadratic function of its 27
    values; its stationary point is taken if it is of the right kind and not beyond the neighbours.

    Parameters
    ----------
    network
        The network.
    """
    flat = network.values.ravel()
    heights = _stationary(network.values, network.minima, 0)
    higher = flat[network.left] >= flat[network.right]
    passes = _stationary(network.values, np.where(higher, network.left, network.right), 1)
    passes = np.maximum(passes, np.maximum(heights[network.first], heights[network.second]))
    order = np.argsort(passes, kind="stable")
    rows = {
        name: getattr(network, name)[order]
        for name in ("first", "second", "cells", "left", "right", "left_cells", "right_cells")
    }
    return replace(network, heights=heights, passes=passes[order], **rows)


def _stationary(values: Floats, points: Integers, downward: int) -> Floats:
    """Value at the stationary point nearby that falls along so many directions."""
    shape = values.shape
    steps = np.array(list(product((-1, 0, 1), repeat=3)))
    where = np.array(np.unravel_index(points, shape)).T
    around = [values[tuple(((where + step) % shape).T)] for step in steps]
    cube = np.array(around).T.reshape(-1, 3, 3, 3)
    centre = cube[:, 1, 1, 1]
    gradient, hessian = np.zeros((len(points), 3)), np.zeros((len(points), 3, 3))
    for i in range(3):
        line = np.moveaxis(cube, i + 1, 1)[:, :, 1, 1]
        gradient[:, i] = (line[:, 2] - line[:, 0]) / 2
        hessian[:, i, i] = line[:, 2] + line[:, 0] - 2 * centre
        for j in range(i):
            face = np.moveaxis(cube, (i + 1, j + 1), (1, 2))[:, :, :, 1]
            mixed = (face[:, 2, 2] + face[:, 0, 0] - face[:, 2, 0] - face[:, 0, 2]) / 4
            hessian[:, i, j] = hessian[:, j, i] = mixed
    right = (np.linalg.eigvalsh(hessian) < 0).sum(axis=1) == downward
    hessian[~right] = np.eye(3)
    move = -np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    right &= (np.abs(move) <= 1).all(axis=1)
    return np.where(right, centre + (gradient * move).sum(axis=1) / 2, centre)


def descent(network: Network, point: int) -> tuple[Integers, Integers]:
    """Points from one of them down to its minimum, and their cells against the first.

    Parameters
    ----------
    network
        The network.
    point
        Flat index.
    """
    points, cells = [point], [np.zeros(3, dtype=np.int64)]
    while (below := int(network.down[points[-1]])) != points[-1]:
        cells.append(cells[-1] + network.down_cell[points[-1]])
        points.append(below)
    return np.array(points), np.array(cells)
