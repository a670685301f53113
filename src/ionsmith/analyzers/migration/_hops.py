"""Hops between sites where ions rest, through sites where they do not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Step(NamedTuple):
    """A way between two sites: the second is in ``cell``; points between are fractional, (n, 3)."""

    first: int
    second: int
    cell: NDArray[np.int64]
    height: float
    points: Floats
    top: int = 0

    def reverse(self) -> "Step":
        """The same way from the second site, in its cell, to the first."""
        points = (self.points - self.cell)[::-1]
        top = len(points) - 1 - self.top
        return Step(self.second, self.first, -self.cell, self.height, points, top)


def steps_between(
    resting: NDArray[np.bool_], energy: Floats, places: Floats, steps: Sequence[Step]
) -> list[Step]:
    """Lowest ways between resting sites that lead through others only.

    Parameters
    ----------
    resting
        Whether ions rest on each site, shape (n,).
    energy
        Of each site, shape (n,).
    places
        Fractional coordinates of each, shape (n, 3).
    steps
        Ways through one window each.
    """
    known: dict[tuple[int, ...], Step] = {}

    def add(step: Step) -> None:
        if step.first == step.second and not step.cell.any():
            return
        for way in (step, step.reverse()):
            key = (way.first, way.second, *way.cell.tolist())
            if key not in known or way.height < known[key].height - 1e-9:
                known[key] = way

    for step in steps:
        add(step)
    others = np.flatnonzero(~resting)
    for middle in others[np.argsort(-energy[others], kind="stable")].tolist():
        onward = [way for way in known.values() if way.first == middle != way.second]
        for key in [key for key in known if middle in key[:2]]:
            del known[key]
        for n, one in enumerate(onward):
            for two in onward[n + 1 :]:
                add(_joined(one.reverse(), places[middle], two))
    # Of a way and its reverse one is kept.
    zero = (0, 0, 0)
    return [w for k, w in known.items() if k[0] < k[1] or (k[0] == k[1] and k[2:] > zero)]


def _joined(one: Step, place: Floats, two: Step) -> Step:
    """Two ways one after the other, through the site between them."""
    points = np.concatenate([one.points, (place + one.cell)[None], two.points + one.cell])
    top = one.top if one.height >= two.height else len(one.points) + 1 + two.top
    height = max(one.height, two.height)
    return Step(one.first, two.second, one.cell + two.cell, height, points, top)
