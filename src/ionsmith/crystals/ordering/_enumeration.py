"""All arrangements of a small cell that symmetry tells apart, with their degeneracies.

All disordered sites are coloured jointly and reduced by the space group of the parent crystal.
The reduction is that of `bsym <https://bsym.readthedocs.io>`_: B. J. Morgan, J. Open Source
Softw. 2, 370 (2017), doi:10.21105/joss.00370.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.ordering._cell import DisorderedCell

ENUMERATION_LIMIT = 1_000_000
"""Arrangements, before symmetry and close contacts reduce them, up to which all are enumerated.

The 735,471 of Mg and Al on the cation sites of one cell of spinel take 4 s and 150 MB on one core.
"""


def count_arrangements(cell: DisorderedCell) -> int:
    """Number of arrangements before symmetry and close contacts: a product of multinomials."""
    total = 1
    for pool in cell.target.pools:
        total *= math.factorial(sum(f.count for f in pool.fillings))
        for filling in pool.fillings:
            total //= math.factorial(filling.count)
    return total


def enumerate_arrangements(
    cell: DisorderedCell, progress: Callable[[int, int], None] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find all arrangements without close contacts that are distinct by symmetry.

    Parameters
    ----------
    cell
        The disordered positions and their fillings.
    progress
        Called now and then with the number of arrangements seen and their largest number.

    Returns
    -------
    arrangements, degeneracies
        Index of the filling of each position, shape (n, positions), and how many arrangements
        each one stands for, shape (n,).
    """
    if len(cell) == 0:
        return np.zeros((1, 0), dtype=np.int64), np.ones(1, dtype=np.int64)
    from bsym import ConfigurationSpace, SymmetryGroup

    class SitePermutations(SymmetryGroup):  # type: ignore[misc]  # bsym has no types
        """Group given by index mappings alone: bsym's own are made from matrices, n² a piece."""

        unique_index_mappings = np.unique(np.concatenate(list(cell.permutations())), axis=0)

    space = ConfigurationSpace(list(range(len(cell))), SitePermutations())
    each = _arrangements(cell) if progress is None else _watched(cell, progress)
    # Counted within its pool, as bsym takes no code above 127.
    first = np.array([kinds[0] for kinds in cell.fillings_of_pool])[cell.pool].repeat(
        len(cell.cells)
    )
    configurations = space.enumerate_configurations(
        tuple(code - start for code, start in zip(codes, first.tolist(), strict=True))
        for codes in each
    )
    vectors = np.array([c.vector for c in configurations], dtype=np.int64).reshape(-1, len(cell))
    vectors += first
    return vectors, np.array([c.count for c in configurations], dtype=np.int64)


def _watched(
    cell: DisorderedCell, progress: Callable[[int, int], None]
) -> Iterator[tuple[int, ...]]:
    """Arrangements, with progress reported."""
    total = count_arrangements(cell)
    for number, arrangement in enumerate(_arrangements(cell)):
        if number % 1000 == 0:
            progress(number, total)
        yield arrangement
    progress(total, total)


def _arrangements(cell: DisorderedCell) -> Iterator[tuple[int, ...]]:
    """Every arrangement without close contacts, in lexicographic order."""
    cells = len(cell.cells)
    left = [filling.count for filling in cell.fillings]
    choices = [
        [k for k in cell.fillings_of_pool[pool] if cell.allowed[k, basis]]
        for basis, pool in enumerate(cell.pool)
        for _ in range(cells)
    ]
    kinds = range(len(cell.fillings))
    earlier: list[list[tuple[int, list[list[bool]]]]] = [[] for _ in choices]
    for one, other, gap in zip(*(part.tolist() for part in cell.contacts), strict=True):
        if other < one:
            close = [[cell.too_close(a, b, gap) for b in kinds] for a in kinds]
            earlier[one].append((other, close))
    last = len(choices) - 1
    codes = [0] * len(choices)
    open_choices = [iter(choices[0])]
    # Depth first, without recursion: a cell may have more positions than Python has stack.
    while open_choices:
        place = len(open_choices) - 1
        near = earlier[place]
        for code in open_choices[-1]:
            if left[code] and not (near and any(t[code][codes[other]] for other, t in near)):
                codes[place] = code
                if place == last:
                    yield tuple(codes)
                    continue
                left[code] -= 1
                open_choices.append(iter(choices[place + 1]))
                break
        else:
            open_choices.pop()
            if open_choices:
                left[codes[place - 1]] += 1
