"""The best origin of one set of sites on another one, found globally.

The mean distance of the sites of a ball from the nearest of the other sites is, for all origins at
once, the correlation of two functions: the distance from the nearest site, which is periodic, and
the points of the ball. On a grid over the primitive cell it costs one Fourier transform; the
positions of the points enter as phases and need not lie on the grid. Shifting all points by s
changes no distance by more than s. The lowest points of the grid that could have the optimum in
their reach are therefore refined, each to its local minimum: with the partners of all points held,
the best shift is the geometric median of the vectors to them (Weiszfeld's iteration), and it can
only get better if the partners are then chosen anew.

References
----------
E. Weiszfeld, F. Plastria, Ann. Oper. Res. 167, 7 (2009), doi:10.1007/s10479-008-0352-z
(translation of the paper of 1937); P. J. Besl, N. D. McKay, IEEE Trans. Pattern Anal. 14, 239
(1992), doi:10.1109/34.121791 (partners and shift in turn).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import IonsmithError
from ionsmith.geometry.periodic_sites import PeriodicSites

Floats = NDArray[np.float64]

STEP = 0.25
"""Largest distance in Å between neighbouring points of the grid of origins."""

MAX_GRID = 20_000_000
"""Most points of that grid: some 500 MB of memory."""

_STARTS = 64  # of the refinement, the lowest minima of the grid
_POLISHED = 6  # of these, the lowest ones
_ROUNDS = 60
_SOFT = 1e-9  # Å; keeps the weights of coincident sites finite
_DIGITS = 6  # origins whose distances agree to so many are equally good


class Origin(NamedTuple):
    """An origin and what it is worth.

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
        """Lay the grid over the cell of the sites.

        Raises
        ------
        IonsmithError
            If the cell is too large.
        """
        lengths = np.linalg.norm(sites.cell, axis=1)
        # An odd number of points has no highest frequency without a partner.
        counts = (np.ceil(lengths / step / 2).astype(np.int64) * 2 + 1).tolist()
        if np.prod(counts, dtype=float) > MAX_GRID:
            raise IonsmithError(
                f"a cell of {abs(np.linalg.det(sites.cell)):.0f} Å³ has too many origins to try; "
                "give the crystal in its own cell and not in a supercell"
            )
        axes = [np.arange(count) / count for count in counts]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        distances, _ = sites.nearest(grid @ sites.cell)
        return cls(sites, step, distances.reshape(counts))

    @property
    def random(self) -> float:
        """Mean distance in Å for a random origin: the mean over the cell."""
        return float(self.field.mean())

    def means(self, points: Floats) -> Floats:
        """Mean distance for every origin of the grid.

        Parameters
        ----------
        points
            Cartesian coordinates from the centre of the ball, shape (n, 3).

        Returns
        -------
        ndarray
            In Å, the shape of the grid.
        """
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
        spectrum = np.fft.rfftn(self.field) * total / len(points)
        return np.asarray(np.fft.irfftn(spectrum, s=counts, axes=(0, 1, 2)))

    def best(self, points: Floats, *, polish: bool = True) -> Origin:
        """Find the origin with the smallest mean distance.

        Parameters
        ----------
        points
            As for :meth:`means`.
        polish
            Whether to take the last thousandths of an Å too (by default), at some cost.

        Returns
        -------
        Origin
            Of several equally good ones the one with the smallest fractional coordinates.
        """
        means = self.means(points)
        candidates = np.argwhere(_is_minimum(means))
        values = means[tuple(candidates.T)]
        order = np.lexsort((*candidates.T[::-1], np.round(values, _DIGITS)))
        reach = np.linalg.norm(self.sites.cell / np.array(means.shape)[:, None], axis=1).sum() / 2
        order = order[values[order] <= values.min() + reach][:_STARTS]
        starts = candidates[order] / means.shape @ self.sites.cell
        found = [self._refined(points, start) for start in starts]
        found.sort(key=lambda origin: round(origin.mean, _DIGITS))
        if polish:
            found = [self._polished(points, origin) for origin in found[:_POLISHED]]
        fractional = np.array([origin.point for origin in found]) @ np.linalg.inv(self.sites.cell)
        fractional = np.round(fractional - np.floor(fractional), _DIGITS) % 1.0
        levels = np.round([origin.mean for origin in found], _DIGITS)
        return found[int(np.lexsort((*fractional.T[::-1], levels))[0])]

    def _refined(self, points: Floats, start: Floats) -> Origin:
        """Local minimum of the mean distance."""
        shift, value = start, np.inf
        for _ in range(_ROUNDS):
            distances, partners = self.sites.nearest(points + shift)
            if not distances.mean() < value - 1e-10:
                break
            value, kept = float(distances.mean()), shift
            wanted = partners - points  # the shifts that take each point to its partner
            for _ in range(_ROUNDS):
                weights = 1 / np.maximum(np.linalg.norm(wanted - shift, axis=1), _SOFT)
                moved = weights @ wanted / weights.sum()
                done = np.linalg.norm(moved - shift) < _SOFT
                shift = moved
                if done:
                    break
        return Origin(value, kept)

    def _polished(self, points: Floats, origin: Origin) -> Origin:
        """Go on downhill where points lie halfway between two partners."""
        from scipy.optimize import minimize

        found = minimize(
            lambda shift: self.sites.nearest(points + shift)[0].mean(),
            origin.point,
            method="Nelder-Mead",
            options={
                "initial_simplex": origin.point + 0.05 * np.vstack([np.zeros(3), np.eye(3)]),
                "xatol": 1e-7,
                "fatol": 1e-9,
            },
        )
        return Origin(float(found.fun), found.x) if found.fun < origin.mean - 1e-9 else origin


def _is_minimum(means: Floats) -> NDArray[np.bool_]:
    """Whether each point of a periodic grid is as low as its neighbours."""
    from scipy.ndimage import minimum_filter

    return np.asarray(means <= minimum_filter(means, size=3, mode="wrap"))
