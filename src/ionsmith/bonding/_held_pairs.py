"""Pairs of atoms that are bonds at one or several margins of a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import NeighbourList, join


@dataclass(frozen=True)
class HeldPairs(NeighbourList):
    """Pairs that are bonds at one or several margins.

    Parameters
    ----------
    first, second, shifts, distances
        As of :class:`ionsmith.bonding.neighbours.NeighbourList`.
    held
        Whether each pair is a bond at each margin, shape (n, margins).
    """

    held: NDArray[np.bool_]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Select pairs, or reorder them."""
        rows = np.flatnonzero(which) if which.dtype == bool else which
        return replace(super().take(rows), held=self.held.take(rows, axis=0))

    @classmethod
    def of(cls, pairs: NeighbourList, held: NDArray[np.bool_]) -> Self:
        """Pairs that are a bond at any margin."""
        every = cls(pairs.first, pairs.second, pairs.shifts, pairs.distances, held)
        return every.take(np.flatnonzero(held.any(axis=1)))

    @classmethod
    def joined(cls, parts: Sequence["HeldPairs"], margins: int) -> Self:
        """Concatenate lists of pairs."""
        held = [np.zeros((0, margins), dtype=bool), *(part.held for part in parts)]
        pairs = join(parts)
        return cls(pairs.first, pairs.second, pairs.shifts, pairs.distances, np.concatenate(held))


def upward(pairs: HeldPairs) -> HeldPairs:
    """Pairs turned so that ``first`` is the smaller index, or the shift of a self-image up."""
    x, y, z = pairs.shifts.T
    down = (x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0))))
    turn = (pairs.first > pairs.second) | ((pairs.first == pairs.second) & down)
    return replace(
        pairs,
        first=np.where(turn, pairs.second, pairs.first),
        second=np.where(turn, pairs.first, pairs.second),
        shifts=np.where(turn[:, None], -pairs.shifts, pairs.shifts),
    )


def once(pairs: HeldPairs) -> HeldPairs:
    """Pairs without repetition, at all margins of any."""
    if len(pairs) == 0:
        return pairs
    pairs = pairs.sorted()
    new = (np.diff(pairs.first) != 0) | (np.diff(pairs.second) != 0)
    heads = np.flatnonzero(np.append(True, new | np.diff(pairs.shifts, axis=0).any(axis=1)))
    return replace(pairs.take(heads), held=np.logical_or.reduceat(pairs.held, heads))
