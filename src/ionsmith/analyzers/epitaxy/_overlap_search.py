"""Global search for the best origin of one set of sites on another.

The mean distance from the sites of a ball to the nearest of the other sites, as a function of the
origin, is the correlation of two functions: the distance from the nearest site, which is periodic,
and the points of the ball. On a grid over the primitive cell it takes one Fourier transform; the
positions of the points enter as phases and need not lie on the grid. The lowest grid points and the
lowest minima are then refined: for fixed partners the best shift is the geometric median of the
vectors to them (Weiszfeld's iteration), and choosing the partners again can only improve it.

References
----------
E. Weiszfeld, F. Plastria, Ann. Oper. Res. 167, 7 (2009), doi:10.1007/s10479-008-0352-z
(translation of the paper of 1937); P. J. Besl, N. D. McKay, IEEE Trans. Pattern Anal. 14, 239
(1992), doi:10.1109/34.121791 (partners and shift in turn).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.distances import PeriodicSites
from ionsmith.errors import InvalidInput
from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]

STEP = 0.25
"""Largest distance in Å between neighbouring points of the grid of origins."""

MAX_GRID = 20_000_000
"""Largest number of points of that grid: some 500 MB of memory."""

_MINIMA = 32  # of the grid from which the refinement starts, the lowest ones
_BUDGET = 20_000  # as many of its lowest points do so too as there are distances in this number
_ROUNDS, _STEPS = 40, 5  # of choosing partners, and of the median in each
_SAME = 1e-6  # Å
_EDGE = 1e-9  # Å; a point with less room looks for its partner again
_SOFT = 1e-9  # Å; keeps the weights of coincident sites finite
_DIGITS = 6  # origins whose distances agree to so many are equally good


class Origin(NamedTuple):
    """An origin and its mean distance.

    Parameters
    ----------
    mean
        Mean distance in Å.
    point
        The point of the periodic sites on which the centre of the ball lies, Cartesian in Å.
    """

    mean: float
    point: Floats


@dataclass(frozen=True, eq=False)
class OriginSearch:
    """The search for the origin at which points lie nearest to periodic sites.

    Parameters
    ----------
    sites
        The periodic sites.
    step
        Largest distance in Å between neighbouring points of the grid.
    field
        Distance of each point of the grid from the nearest site.
    """

    sites: PeriodicSites
    step: float
    field: Floats

    @classmethod
    def on(cls, sites: PeriodicSites, step: float = STEP) -> "OriginSearch":
        """Lay the grid over the cell of the sites."""
        lengths = np.linalg.norm(sites.cell, axis=1)
        # An odd number of points has no highest frequency without a partner.
        counts = (np.ceil(lengths / step / 2).astype(np.int64) * 2 + 1).tolist()
        if np.prod(counts, dtype=float) > MAX_GRID:
            raise InvalidInput(
                f"a cell of {abs(np.linalg.det(sites.cell)):.0f} Å³ has too many possible origins; "
                "use the unit cell of the crystal instead of a supercell"
            )
        grid = index_grid(0, np.array(counts) - 1) / counts
        distances, _ = sites.nearest(grid @ sites.cell)
        return cls(sites, step, distances.reshape(counts))

    @property
    def random(self) -> float:
        """Mean distance in Å for a random origin: the mean over the cell."""
        return float(self.field.mean())

    def means(self, points: Floats) -> Floats:
        """Mean distance for every origin of the grid."""
        counts = self.field.shape
        fractional = points @ np.linalg.inv(self.sites.cell)
        orders = [np.fft.fftfreq(count, 1 / count) for count in counts[:2]]
        orders.append(np.fft.rfftfreq(counts[2], 1 / counts[2]))
        waves = [
            np.exp(2j * np.pi * np.outer(fractional[:, axis], order))
            for axis, order in enumerate(orders)
        ]
        total = np.zeros((len(orders[0]), len(orders[1]), len(orders[2])), dtype=complex)
        for number in range(len(orders[0])):  # one slab at a time bounds the memory
            total[number] = (waves[0][:, number, None] * waves[1]).T @ waves[2]
        spectrum = self._spectrum * total / len(points)
        return np.asarray(np.fft.irfftn(spectrum, s=counts, axes=(0, 1, 2)))

    @cached_property
    def _spectrum(self) -> NDArray[np.complex128]:
        return np.asarray(np.fft.rfftn(self.field))

    def best(self, points: Floats, *, quick: bool = False) -> Origin:
        """Find the origin with the smallest mean distance."""
        means = self.means(points).ravel()
        most = max(_MINIMA, _BUDGET // len(points)) // (4 if quick else 1)
        rounded = np.round(means, _DIGITS)
        minima = np.flatnonzero(_is_minimum(means.reshape(self.field.shape)))
        chosen = np.union1d(_lowest(rounded, most), minima[_lowest(rounded[minima], _MINIMA)])
        starts = np.unravel_index(chosen, self.field.shape)
        grid = np.column_stack(starts) / self.field.shape
        values, origins = self._refined(points, grid @ self.sites.cell)
        fractional = origins @ np.linalg.inv(self.sites.cell)
        fractional = np.round(fractional - np.floor(fractional), _DIGITS) % 1.0
        first = np.lexsort((*fractional.T[::-1], np.round(values, _DIGITS)))[0]
        return Origin(float(values[first]), origins[first])

    def _refined(self, points: Floats, shifts: Floats) -> tuple[Floats, Floats]:
        """Local minima of the mean distance from several starts, and where they are."""
        count = len(points)
        values, best = np.full(len(shifts), np.inf), shifts.copy()
        active = np.arange(len(shifts))
        partners = np.zeros((len(shifts), count, 3))
        room = np.full((len(shifts), count), -1.0)  # how far a point may move with its partner
        for _ in range(_ROUNDS):
            start, point = np.nonzero(room < _EDGE)
            lead, found = self.sites.nearest_two(points[point] + shifts[active[start]])
            partners[start, point], room[start, point] = found, lead / 2
            wanted = partners - points
            means = _away(wanted, shifts[active]).mean(axis=1)
            better = means < values[active] - 1e-8
            active, wanted = active[better], wanted[better]
            partners, room = partners[better], room[better]
            if len(active) == 0:
                break
            values[active], best[active] = means[better], shifts[active]
            for _ in range(_STEPS):
                weights = 1 / np.maximum(_away(wanted, shifts[active]), _SOFT)
                weights /= weights.sum(axis=1)[:, None]
                shifts[active] = (weights[:, :, None] * wanted).sum(axis=1)
            room -= np.linalg.norm(shifts[active] - best[active], axis=1)[:, None]
        return values, best


def distinct_balls(balls: Sequence[Floats], sites: PeriodicSites) -> list[int]:
    """Places of the balls that are not the same as an earlier one.

    An inverted ball is the same too if the sites have a centre of inversion.

    Parameters
    ----------
    balls
        Points about the centre of each ball.
    sites
        The sites that they are laid on.
    """
    signs = (1, -1) if _is_centrosymmetric(sites) else (1,)
    kept: list[int] = []
    lengths = [np.sort(np.linalg.norm(ball, axis=1)) for ball in balls]
    for place, ball in enumerate(balls):
        for other in kept:
            if len(ball) != len(balls[other]) or not np.allclose(
                lengths[place], lengths[other], rtol=0, atol=_SAME
            ):
                continue
            if any(_same_points(sign * ball, balls[other]) for sign in signs):
                break
        else:
            kept.append(place)
    return kept


def _same_points(points: Floats, others: Floats) -> bool:
    """Whether two sets of equally many points are the same."""
    from scipy.spatial import cKDTree

    away, which = cKDTree(others).query(points)
    return bool(np.all(away < _SAME)) and len(np.unique(which)) == len(others)


def _is_centrosymmetric(sites: PeriodicSites) -> bool:
    """Whether periodic sites have a centre of inversion."""
    first = sites.positions[0]
    return any(
        bool((sites.nearest(first + other - sites.positions)[0] < _SAME).all())
        for other in sites.positions
    )


def _away(places: Floats, shifts: Floats) -> Floats:
    """Distances of the places of each start from its shift."""
    x, y, z = np.moveaxis(places - shifts[:, None], 2, 0)
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def _lowest(values: Floats, count: int) -> NDArray[np.int64]:
    """Where the lowest values are, the first of equal ones."""
    if count < len(values):
        below = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
        return below[np.argsort(values[below], kind="stable")[:count]]
    return np.arange(len(values))


def _is_minimum(means: Floats) -> NDArray[np.bool_]:
    """Whether each point of a periodic grid is as low as its neighbours."""
    from scipy.ndimage import minimum_filter

    return np.asarray(means <= minimum_filter(means, size=3, mode="wrap"))
