"""Minima, passes and the lowest path on a periodic surface that was interpolated from a grid."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]

FINE = 10
"""Interpolated points between two shifts of the grid, in each direction."""

NEIGHBOURS = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j])


def interpolate(values: Floats, shifts: Floats) -> Floats:
    """Periodic cubic spline of values on a grid at shifts in fractions, shape (..., 2)."""
    places = (shifts * values.shape).reshape(-1, 2).T
    found = map_coordinates(values, places, order=3, mode="grid-wrap")
    return np.asarray(found).reshape(np.shape(shifts)[:-1])


@dataclass(frozen=True)
class Pass:
    """The lowest point between two basins.

    Parameters
    ----------
    shift
        Where it is, in fractions.
    energy
        Interpolated energy.
    ends
        Indices of the two minima.
    chain
        Steepest descents on both sides, joined, from the first minimum to an image of the other;
        shape (m, 2).
    """

    shift: Floats
    energy: float
    ends: tuple[int, int]
    chain: Floats


@dataclass(frozen=True)
class Landscape:
    """Minima and passes of a periodic surface.

    Parameters
    ----------
    values
        The surface on its grid, shape (n1, n2).
    minima
        Their shifts in fractions, shape (m, 2).
    basins
        Index of the minimum to which each point of the finer grid descends.
    passes
        The lowest pass between each two neighbouring minima or images of them.
    """

    values: Floats
    minima: Floats
    basins: NDArray[np.int64]
    passes: tuple[Pass, ...]

    def basin(self, shift: Floats) -> int:
        """Index of the minimum to which a shift descends."""
        first, second = np.rint(shift * self.basins.shape).astype(int) % self.basins.shape
        return int(self.basins[first, second])

    def depth(self, members: list[int]) -> float:
        """Largest height of the lowest pass of some minima above them."""
        depths = []
        for index in members:
            tops = [item.energy for item in self.passes if index in item.ends]
            bottom = float(interpolate(self.values, self.minima[index]))
            depths.append(min(tops, default=np.inf) - bottom)
        return max(depths)

    def settled(self, belongs: dict[int, int]) -> dict[int, int]:
        """For each minimum the one of some to which it leads over the lowest passes."""
        found = dict(belongs)
        passes = sorted(self.passes, key=lambda item: item.energy)
        while True:
            for item in passes:
                first, second = item.ends
                if (first in found) != (second in found):
                    known, other = (first, second) if first in found else (second, first)
                    found[other] = found[known]
                    break
            else:
                return found

    def lowest_path(self, start: int, ends: set[int]) -> list[tuple[Pass, bool]]:
        """Passes from one minimum to the nearest of others whose highest one is lowest.

        Each comes with whether it is crossed from its first end to its second. Of paths with the
        same highest pass, the one with the fewest passes.
        """
        order = count()  # of equal paths the one that was found first
        queue: list[tuple[float, int, int, int, list[tuple[Pass, bool]]]]
        queue = [(-np.inf, 0, next(order), start, [])]
        seen: set[int] = set()
        while queue:
            height, number, _, here, way = heapq.heappop(queue)
            if here in ends:
                return way
            if here in seen:
                continue
            seen.add(here)
            for item in self.passes:
                for forward, (first, second) in ((True, item.ends), (False, item.ends[::-1])):
                    if first == here and second not in seen:
                        top = max(height, round(item.energy, 9))
                        further = [*way, (item, forward)]
                        heapq.heappush(queue, (top, number + 1, next(order), second, further))
        return []


def landscape(values: Floats, vectors: Floats) -> Landscape:
    """Find minima and passes.

    Each point of a finer grid descends to the neighbour in the steepest direction until it is in a
    minimum; where two basins touch, the lowest of the higher points is the pass.
    """
    shape = np.array(values.shape) * FINE
    grid = index_grid([0, 0], shape - 1).reshape(*shape, 2)
    fine = interpolate(values, grid / shape)
    fine = np.round(fine, 9)  # equal by symmetry is equal
    around = np.array([np.roll(fine, tuple(-step), axis=(0, 1)) for step in NEIGHBOURS])
    lengths = np.linalg.norm(NEIGHBOURS / shape @ vectors, axis=1)
    slopes = (fine - around) / lengths[:, None, None]
    best = slopes.argmax(axis=0)
    down = slopes.max(axis=0) > 0
    target = np.where(down[..., None], grid + NEIGHBOURS[best], grid)
    image = target // shape
    flat = (target % shape) @ (shape[1], 1)
    flat, image = flat.reshape(-1), image.reshape(-1, 2)
    first_flat = flat.copy()
    while True:  # pointer jumping
        further = image + image[flat]
        moved = flat[flat]
        if np.array_equal(moved, flat):
            break
        flat, image = moved, further
    bottoms, label = np.unique(flat, return_inverse=True)
    places = np.column_stack(np.divmod(bottoms, shape[1])) / shape
    found: dict[tuple[int, ...], tuple[float, int, NDArray[np.int64]]] = {}
    values_flat = fine.reshape(-1)
    for step in NEIGHBOURS[:4]:
        other = grid + step
        wrap = (other // shape).reshape(-1, 2)
        partner = ((other % shape) @ (shape[1], 1)).reshape(-1)
        between = image[partner] + wrap - image
        differs = (label[partner] != label) | (between != 0).any(axis=1)
        for point in np.flatnonzero(differs).tolist():
            mate = int(partner[point])
            key = (int(label[point]), int(label[mate]), *between[point].tolist())
            back = (key[1], key[0], -key[2], -key[3])
            height = max(values_flat[point], values_flat[mate])
            name = min(key, back)
            if name not in found or height < found[name][0]:
                found[name] = (float(height), point, np.array([mate, *wrap[point]]))
    passes = []
    for _, (height, point, (mate, *wrap)) in sorted(found.items()):
        one, end_one = _descent(point, first_flat, shape)
        two, end_two = _descent(mate, first_flat, shape)
        two = two + wrap
        saddle = one[0] if values_flat[point] >= values_flat[mate] else two[0]
        chain = np.vstack([one[::-1], two])
        passes.append(Pass(saddle, height, (int(label[end_one]), int(label[end_two])), chain))
    refined = np.array([_refined(values, place) for place in places])
    return Landscape(values, refined, label.reshape(shape), tuple(passes))


def _descent(point: int, target: NDArray[np.int64], shape: NDArray[np.int64]) -> tuple[Floats, int]:
    """Shifts in fractions from a point of the fine grid down to its minimum, and that point."""
    rows = [np.array(divmod(point, int(shape[1])))]
    while target[point] != point:
        point = int(target[point])
        place = np.array(divmod(point, int(shape[1])))
        step = place - rows[-1] % shape
        rows.append(rows[-1] + (step + 1) % shape - 1)
    return np.array(rows) / shape, point


def _refined(values: Floats, place: Floats) -> Floats:
    """Minimum of the spline near a point of the fine grid."""
    step = 1 / (FINE * np.array(values.shape))
    offsets = index_grid([-10, -10], [10, 10]) / 10
    trials = place + offsets * step
    energies = np.round(interpolate(values, trials), 10)
    lengths = np.abs(offsets).sum(axis=1)
    return np.asarray(trials[np.lexsort((lengths, energies))[0]])


def walk(way: list[tuple[Pass, bool]]) -> Iterator[Floats]:
    """Shifts along a path, without jumps between images."""
    last = np.zeros(2)
    for item, forward in way:
        chain = item.chain if forward else item.chain[::-1]
        chain = chain + np.rint(last - chain[0])
        yield from chain
        last = chain[-1]
