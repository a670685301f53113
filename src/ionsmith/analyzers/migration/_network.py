"""Minima of a periodic field, the lowest passes between them, and percolation.

A point of the grid belongs to the minimum that it runs down to, from each point to the lowest of
its 26 neighbours. Two minima are joined where their basins touch; the pass between them is the
lowest of these places. No path between two minima stays below the highest pass of the best way
through this small graph, so that it holds all percolation thresholds of the field.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

STEPS = 50
"""Newton's steps to a stationary point."""

LONGEST = 0.1
"""Longest of them in Å."""

SETTLED = 1e-3
"""Length of a step in Å from which a stationary point is found."""

FARTHEST = 3.0
"""How far it may be from the point of the grid, in grid spacings."""

HALF = [step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
"""One of each pair of opposite steps to the 26 neighbours."""

_STEPS = [(0, 0, 0), *HALF, *(tuple(-s for s in step) for step in HALF)]

_CELLS = 1024  # more than a way down crosses

PASSES = (
    *("first", "second", "cells", "left", "right", "left_cells", "right_cells"),
    *("passes", "tops", "saddle"),
)
"""Fields of a network that have one row per pass."""


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
    sites
        Fractional coordinates of each minimum, shape (m, 3).
    tops
        Those of each pass, in the cell where its first basin has its minimum, shape (p, 3).
    saddle
        Whether each pass is known to be a saddle of a smooth field, shape (p,).
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
    sites: Floats
    tops: Floats
    saddle: NDArray[np.bool_]


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
    grid = np.pad(rank.reshape(shape), 1, mode="wrap")
    best = rank.reshape(shape).copy()
    steepest = np.zeros(shape, dtype=np.int8)
    for number, step in enumerate(_STEPS[1:], start=1):
        near = _beside(grid, step)
        steepest[near < best] = number
        np.minimum(best, near, out=best)
    steps = np.array(_STEPS)[steepest.ravel()]
    below, below_cell = _one_step(np.arange(size), steps, shape)
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
    # One number for basin and cell; a step out of the cell changes the latter by one.
    code = np.pad(_coded(basin, *root_cell.T).reshape(shape), 1, mode="wrap")
    ends = np.ix_(*(np.r_[-1, np.zeros(n, dtype=np.int64), 1] for n in shape))
    code += _coded(0, *ends) - _coded(0, 0, 0, 0)
    own = _beside(code, (0, 0, 0))
    columns: list[list[NDArray[np.int64]]] = []
    for step in HALF:
        near = _beside(code, step)
        here = np.flatnonzero((near != own) & (own >= 0) & (near >= 0))
        there, wrap = _one_step(here, np.array(step), shape)
        # From the minimum of this point's basin to that of the neighbour's.
        cell = root_cell[there] + wrap - root_cell[here]
        columns.append(
            [
                basin[here],
                basin[there],
                cell.astype(np.int64),
                here,
                there,
                -root_cell[here].astype(np.int64),
                wrap.astype(np.int64) - root_cell[here],
                np.maximum(rank[here], rank[there]),
            ]
        )
    first, second, cells, left, right, left_cells, right_cells, height = (
        np.concatenate(parts) for parts in zip(*columns, strict=True)
    )
    order = np.argsort(height, kind="stable")
    order = order[first_of_each(first[order], second[order], cells[order])]
    first, second, cells, left, right, left_cells, right_cells = (
        column[order] for column in (first, second, cells, left, right, left_cells, right_cells)
    )
    higher = (flat[left] >= flat[right])[:, None]
    tops = points_of(np.where(higher[:, 0], left, right), shape)
    return Network(
        values,
        below,
        below_cell,
        minima,
        first,
        second,
        cells,
        left,
        right,
        left_cells,
        right_cells,
        flat[minima],
        np.maximum(flat[left], flat[right]),
        points_of(minima, shape),
        tops + np.where(higher, left_cells, right_cells),
        np.zeros(len(order), dtype=bool),
    )


def _coded(basin: Any, *cell: Any) -> Any:
    """A number for a basin and a cell, negative if the basin is."""
    code = basin
    for along in cell:
        code = code * _CELLS + along + _CELLS // 2
    return code


def points_of(flat: Integers, shape: tuple[int, ...]) -> Floats:
    """Fractional coordinates of points of a grid, from their flat indices."""
    return np.asarray(np.array(np.unravel_index(flat, shape)).T / shape)


def _beside(padded: Integers, step: Sequence[int]) -> Integers:
    """The value one step further at each point of a grid that is padded by one."""
    n1, n2, n3 = padded.shape
    x, y, z = (1 + s for s in step)
    return padded[x : n1 - 2 + x, y : n2 - 2 + y, z : n3 - 2 + z]


def _one_step(
    points: Integers, steps: Integers, shape: tuple[int, ...]
) -> tuple[Integers, NDArray[np.int16]]:
    """Points one step further, and the cells that they are in, shape (n, 3)."""
    moved = np.array(np.unravel_index(points, shape)).T + steps
    cells = np.floor_divide(moved, shape)
    moved -= cells * shape
    return np.ravel_multi_index(tuple(moved.T), shape), cells.astype(np.int16)


def first_of_each(first: Integers, second: Integers, cells: Integers) -> Integers:
    """Rows with which each pass occurs first, whichever basin is named first."""
    swap = (first > second) | ((first == second) & _negative(cells))
    one, two = np.where(swap, second, first), np.where(swap, first, second)
    signed = np.where(swap[:, None], -cells, cells)
    key = np.zeros(len(one), dtype=np.int64)
    for column in (one, two, *signed.T):
        low = column.min(initial=0)
        key = key * (column.max(initial=0) - low + 1) + column - low
    return np.sort(np.unique(key, return_index=True)[1])


def _negative(cells: Integers) -> NDArray[np.bool_]:
    """Whether the first component that is not 0 is negative."""
    x, y, z = cells.T
    return np.asarray((x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0)))))


Field = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""Value, gradient, shape (n, 3), and second derivatives, shape (n, 3, 3), at points in space."""


def refined(network: Network, field: Field, cell: Floats) -> Network:
    """Take minima and passes of a smooth field between the points of its grid.

    From the grid point of a minimum, or the higher one of a pass, Newton's steps along the
    principal curvatures go down, and up along the lowest one for a pass. Where that leads away,
    the point of the grid is kept.

    Parameters
    ----------
    network
        The network.
    field
        The field at Cartesian points.
    cell
        Cell vectors as rows in Å, shape (3, 3).
    """
    flat = network.values.ravel()
    reach = FARTHEST * max(np.linalg.norm(cell, axis=1) / network.values.shape)
    sites, heights, settled = _stationary(
        network.sites, flat[network.minima], field, cell, 0, reach
    )
    tops, passes, found = _stationary(network.tops, network.passes, field, cell, 1, reach)
    # A point of the grid that is no minimum may lie above the pass beside it.
    lowest = np.where(settled, np.inf, heights)
    for side in (network.first, network.second):
        np.minimum.at(lowest, side, passes)
    heights = np.where(settled, heights, lowest)
    passes = np.maximum(passes, np.maximum(heights[network.first], heights[network.second]))
    passes = passes.round(6)  # equal by symmetry is equal
    network = replace(network, sites=sites, heights=heights, tops=tops, passes=passes, saddle=found)
    order = np.lexsort((~found, passes))
    return replace(network, **{name: getattr(network, name)[order] for name in PASSES})


def _stationary(
    places: Floats, values: Floats, field: Field, cell: Floats, falling: int, reach: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Stationary points nearby from which the field falls along so many directions.

    Those that are not found keep their place and value. Of several that lead to one saddle, all
    have its height, and one counts as found.
    """
    start = places @ cell
    points, best = start.copy(), values.copy()
    found = np.zeros(len(points), dtype=bool)
    active = np.arange(len(points))
    for _ in range(STEPS):
        if len(active) == 0:
            break
        value, gradient, hessian = field(points[active])
        curvature, axes = np.linalg.eigh(hessian)
        move = -np.einsum("nij,ni->nj", axes, gradient) / np.maximum(np.abs(curvature), 1e-3)
        move[:, :falling] *= -1
        length = np.linalg.norm(move, axis=1)
        there = ((curvature < 0).sum(axis=1) == falling) & (length < SETTLED)
        found[active[there]], best[active[there]] = True, value[there]
        move *= np.minimum(1.0, LONGEST / np.maximum(length, 1e-12))[:, None]
        points[active] += np.einsum("nij,nj->ni", axes, move)
        near = np.linalg.norm(points[active] - start[active], axis=1) < reach
        active = active[~there & near]
    kept = found.copy() if falling else found
    # Of those that lead to one point only the nearest is it.
    away = np.linalg.norm(points - start, axis=1)
    rows = np.flatnonzero(found)
    rows = rows[np.argsort(away[rows], kind="stable")]
    fractions = points[rows] @ np.linalg.inv(cell)
    size = 10 * SETTLED / np.linalg.norm(cell, axis=1).max()
    tree = cKDTree((fractions - np.floor(fractions)) % 1.0, boxsize=np.ones(3))
    found[rows[[later for _, later in tree.query_pairs(size)]]] = False
    points[~kept], best[~kept] = start[~kept], values[~kept]
    return points @ np.linalg.inv(cell), best, found


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
