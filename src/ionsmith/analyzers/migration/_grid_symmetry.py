"""Symmetry of a grid over a cell, which leaves a part of the work to be done.

The operations of the space group are used if each of them takes the framework onto itself and
points of the grid to points of the grid. Centring translations and one operation for each rotation
are applied one after the other, which together are all operations.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.analyzers.migration._framework import Framework

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EXACT = 1e-4
"""Distance in Å within which operations take the framework onto itself."""


class GridSymmetry:
    """What the operations of a framework make equal on a grid; nothing where they do not fit it.

    Parameters
    ----------
    framework
        The framework.
    shape
        Points along each cell vector, the first at the origin.
    """

    def __init__(self, framework: Framework, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.chosen: Integers = np.arange(len(framework.positions))
        """One position of the framework for each class of equivalent ones."""
        self.share: Floats = np.ones(len(self.chosen))
        """Part of the field of each of these that sums to that of its class."""
        self._chain: list[tuple[Integers, Integers]] = []
        turns, moves = framework.rotations, framework.translations
        scale, steps = turns * np.array(shape)[:, None] / np.array(shape), moves * shape
        whole = all(abs(each - np.round(each)).max() < 1e-6 for each in (scale, steps))
        first = _first_of_class(framework) if whole and len(turns) > 1 else None
        if first is None:
            return
        self.chosen = np.flatnonzero(first == self.chosen)
        self.share = np.bincount(first)[self.chosen] / len(turns)
        centring = np.flatnonzero((turns == np.eye(3)).all(axis=(1, 2)))
        once = np.unique(turns.reshape(-1, 9), axis=0, return_index=True)[1]
        self._chain = [
            (np.rint(scale[rows]).astype(np.int64), np.rint(steps[rows]).astype(np.int64))
            for rows in (centring, once)
        ]

    def summed(self, part: Floats) -> Floats:
        """Sum of a field over all operations, shape (n1, n2, n3)."""
        for scale, steps in self._chain:
            flat = part.ravel()
            part = np.zeros(self.shape)
            for points in self._points(scale, steps):
                part += flat[points]
        return part

    def spread(self, values: Callable[[Integers], Floats]) -> Floats:
        """Values of an invariant field, computed at one of each class of points of the grid.

        Parameters
        ----------
        values
            Takes flat indices of points.
        """
        own = first = np.arange(np.prod(self.shape)).reshape(self.shape)
        for scale, steps in self._chain:
            flat, first = first.ravel(), first.copy()
            for points in self._points(scale, steps):
                np.minimum(first, flat[points], out=first)
        chosen = np.flatnonzero(first == own)
        field = np.empty(first.size)
        field[chosen] = values(chosen)
        return field[first]

    def _points(self, scale: Integers, steps: Integers) -> Iterator[Integers]:
        """Flat index of the point that each operation takes each point to."""
        axes = np.ogrid[tuple(map(slice, self.shape))]
        for turn, step in zip(scale.tolist(), steps.tolist(), strict=True):
            i, j, k = (
                sum((n * axis for n, axis in zip(row, axes, strict=True) if n), start=move) % points
                for row, move, points in zip(turn, step, self.shape, strict=True)
            )
            yield (i * self.shape[1] + j) * self.shape[2] + k


def _first_of_class(framework: Framework) -> Integers | None:
    """The first equivalent position of each; None if an operation does not keep the framework."""
    places = framework.positions % 1.0 % 1.0
    kinds = list(dict.fromkeys(framework.species))
    kind = np.array([kinds.index(each) for each in framework.species])
    tree = cKDTree(places, boxsize=np.ones(3))
    first = np.arange(len(places))
    for turn, move in zip(framework.rotations, framework.translations, strict=True):
        moved = places @ turn.T + move
        image = np.asarray(tree.query(moved % 1.0 % 1.0)[1])
        apart = moved - places[image]
        apart -= np.round(apart)
        far = np.linalg.norm(apart @ framework.cell, axis=1) > EXACT
        if far.any() or (kind[image] != kind).any():
            return None
        np.minimum(first, image, out=first)
    return first
