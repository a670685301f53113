"""Shapes of pores: a number at every point, lowest where a pore begins to grow.

Each shape is a periodic function of space. A pore is where it is below a level; with the level the
porosity grows. Of the bicontinuous shapes, the levelled wave is the Gaussian random field of Cahn
(1965), doi:10.1063/1.1695731, a sum of plane waves of one length, as Soyarslan et al. (2018),
doi:10.1016/j.actamat.2018.01.005, use it for nanoporous metals: waves of equal amplitude and random
phase, all periodic in the cell. The gyroid is the first term of its Fourier series (Schoen's
surface; von Schnering and Nesper 1991, doi:10.1007/BF01313411).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.distances import PeriodicSites
from ionsmith.errors import InvalidInput
from ionsmith.lattice.lattice_points import half_index_grid, index_grid

Floats = NDArray[np.float64]

_CHUNK = 100_000  # points at a time
_MOST_WAVES = 200
_FEWEST_WAVES = 6
_SHELL = 0.15  # wavelengths in a levelled wave differ by so much from the one asked for
_TRIALS = 500
_OFF_SYMMETRY = np.array([0.618, 1.414, 2.236])
# rad; a gyroid whose symmetry elements are those of the crystal has large shells of atoms, and
# misses a porosity by as much


class PoreShape(ABC):
    """A periodic function of space that is lowest in the middle of the pores."""

    @abstractmethod
    def at(self, points: Floats) -> Floats:
        """Values at Cartesian points in Å, shape (n,)."""

    def radius(self, level: float) -> float | None:
        """Radius in Å of the pores below a level; None where they have no one radius."""
        return None


@dataclass(frozen=True, eq=False)
class Columns(PoreShape):
    """Circular columns along the third cell vector.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3); the third along z.
    centres
        A point on each axis, Cartesian, in Å, shape (k, 3).
    """

    cell: Floats
    centres: Floats

    @cached_property
    def _axes(self) -> PeriodicSites:
        flat = self.cell.copy()
        flat[:, 2] = 0.0
        flat[2] = (0.0, 0.0, np.linalg.norm(flat, axis=1).sum())
        return PeriodicSites(flat, self.centres * (1, 1, 0))

    def at(self, points: Floats) -> Floats:
        """Distance in Å from the nearest axis."""
        return self._axes.nearest(points * (1, 1, 0))[0]

    def radius(self, level: float) -> float:
        """Return the level: it is the radius."""
        return level


@dataclass(frozen=True, eq=False)
class Spheres(PoreShape):
    """Spheres, which may overlap.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3).
    centres
        Cartesian, in Å, shape (k, 3).
    """

    cell: Floats
    centres: Floats

    @cached_property
    def _sites(self) -> PeriodicSites:
        return PeriodicSites(self.cell, self.centres)

    def at(self, points: Floats) -> Floats:
        """Distance in Å from the nearest centre."""
        return self._sites.nearest(points)[0]

    def radius(self, level: float) -> float:
        """Return the level: it is the radius."""
        return level


@dataclass(frozen=True, eq=False)
class Gyroid(PoreShape):
    """One side of a gyroid.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3).
    periods
        Periods of the gyroid along each of them.
    """

    cell: Floats
    periods: tuple[int, int, int]

    def at(self, points: Floats) -> Floats:
        """Sum of three products of sine and cosine, from -1.5 to 1.5."""
        turns = 2 * np.pi * np.array(self.periods)
        angles = points @ np.linalg.inv(self.cell) * turns + _OFF_SYMMETRY
        x, y, z = angles.T
        return np.asarray(np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x))


@dataclass(frozen=True, eq=False)
class LevelledWave(PoreShape):
    """A sum of plane waves of nearly one length, periodic in the cell.

    Parameters
    ----------
    waves
        Wave vectors in rad/Å, shape (k, 3).
    phases
        In rad, shape (k,).
    """

    waves: Floats
    phases: Floats

    def at(self, points: Floats) -> Floats:
        """Sum of the waves; its variance over space is 1."""
        found = np.empty(len(points))
        for start in range(0, len(points), _CHUNK):
            part = points[start : start + _CHUNK]
            found[start : start + _CHUNK] = np.cos(part @ self.waves.T + self.phases).sum(axis=1)
        return np.asarray(found * np.sqrt(2 / len(self.phases)))


def lattice_of_pores(cell: Floats, pores: tuple[int, int, int], centre: Floats) -> Floats:
    """Centres of pores on a lattice that fits the cell."""
    steps = index_grid(0, np.array(pores) - 1) / pores
    return np.asarray(centre + steps @ cell)


def scattered_pores(cell: Floats, count: int, seed: int) -> Floats:
    """Centres drawn at random, each the farthest of many draws from those before it.

    Best-candidate sampling (Mitchell 1991, doi:10.1145/127719.122736): pores of one size that keep
    apart, without a lattice.
    """
    generator = np.random.default_rng(seed)
    centres = generator.random((1, 3)) @ cell
    for _ in range(count - 1):
        drawn = generator.random((_TRIALS, 3)) @ cell
        distances, _ = PeriodicSites(cell, centres).nearest(drawn)
        centres = np.vstack([centres, drawn[distances.argmax()]])
    return centres


def levelled_wave(cell: Floats, wavelength: float, seed: int) -> LevelledWave:
    """Draw a levelled wave of a wavelength."""
    reciprocal = np.linalg.inv(cell).T
    heights = np.linalg.norm(cell, axis=1)
    reach = np.ceil(heights * (1 + _SHELL) / wavelength).astype(int)
    if np.prod(2.0 * reach + 1) > 3e6:
        raise InvalidInput(
            f"a wavelength of {wavelength:g} Å is too short for a cell of {heights.max():.0f} Å; "
            "take a longer one"
        )
    # Of a wave and its reverse, which are the same, one is enough.
    orders = half_index_grid(reach)
    length = np.linalg.norm(orders @ reciprocal, axis=1) * wavelength
    fitting = np.flatnonzero(abs(length - 1) <= _SHELL)
    if len(fitting) < _FEWEST_WAVES:
        raise InvalidInput(
            f"only {len(fitting)} waves of about {wavelength:g} Å fit the cell of "
            f"{' × '.join(f'{height:.0f}' for height in heights)} Å: too few for a random pattern; "
            "take a larger supercell or a shorter wavelength"
        )
    generator = np.random.default_rng(seed)
    if len(fitting) > _MOST_WAVES:
        fitting = np.sort(generator.choice(fitting, _MOST_WAVES, replace=False))
    phases = generator.uniform(0, 2 * np.pi, len(fitting))
    return LevelledWave(2 * np.pi * orders[fitting] @ reciprocal, phases)
