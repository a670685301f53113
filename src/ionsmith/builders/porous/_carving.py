"""Shapes of pores, and carving them out of a crystal to a given porosity.

Each shape is a periodic function of space, lowest where a pore begins to grow; a pore is where it
is below a level, and the porosity rises with the level. Of the bicontinuous shapes, the levelled
wave is the Gaussian random field of Cahn (1965), doi:10.1063/1.1695731, a sum of plane waves of one
length, as Soyarslan et al. (2018), doi:10.1016/j.actamat.2018.01.005, use it for nanoporous metals:
waves of equal amplitude and random phase, all periodic in the cell. The gyroid is the first term of
the Fourier series of Schoen's surface (von Schnering and Nesper 1991, doi:10.1007/BF01313411).

Atoms are removed in the order of the value of the shape, those of equal value (a shell) together,
then atoms that keep less than half of their bonds: an Si with a single bond would need three H that
do not find room. The porosity counts all atoms removed.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.connectivity import BondedSupercell, Partners, dimensions, pieces_of
from ionsmith.bonding.distances import PeriodicSites
from ionsmith.errors import InvalidInput, PoresNotPossible
from ionsmith.lattice.lattice_points import half_index_grid, index_grid

Floats = NDArray[np.float64]

SAME_SHELL = 1e-4
"""Difference of values of a shape below which atoms belong to one shell."""

TOLERANCE = 0.01
"""Largest difference from the requested porosity, unless one shell is larger."""

_SHAPES = ("particles", "wires", "slabs")

_CHUNK = 100_000  # points at a time
_MOST_WAVES = 200
_FEWEST_WAVES = 6
_SHELL = 0.15  # relative spread of the wavelengths of a levelled wave
_TRIALS = 500
_OFF_SYMMETRY = np.array([0.618, 1.414, 2.236])
# rad; on the symmetry elements of the crystal, a gyroid would have large shells of atoms and miss
# the porosity by as much


class PoreShape(ABC):
    """A periodic function of space that is lowest at the centres of the pores."""

    @abstractmethod
    def at(self, points: Floats) -> Floats:
        """Values at Cartesian points in Å, shape (n,)."""

    def radius(self, level: float) -> float | None:
        """Radius in Å of the pores below a level; None if they have no single radius."""
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
        """Return the level, which is the radius."""
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
        """Return the level, which is the radius."""
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
        values = np.empty(len(points))
        for start in range(0, len(points), _CHUNK):
            part = points[start : start + _CHUNK]
            values[start : start + _CHUNK] = np.cos(part @ self.waves.T + self.phases).sum(axis=1)
        return np.asarray(values * np.sqrt(2 / len(self.phases)))


def lattice_of_pores(cell: Floats, pores: tuple[int, int, int], centre: Floats) -> Floats:
    """Centres of pores on a lattice that fits the cell."""
    steps = index_grid(0, np.array(pores) - 1) / pores
    return np.asarray(centre + steps @ cell)


def scattered_pores(cell: Floats, count: int, seed: int) -> Floats:
    """Random centres that keep apart: each the farthest of many draws from the previous ones.

    Best-candidate sampling (Mitchell 1991, doi:10.1145/127719.122736).
    """
    generator = np.random.default_rng(seed)
    centres = generator.random((1, 3)) @ cell
    for _ in range(count - 1):
        drawn = generator.random((_TRIALS, 3)) @ cell
        distances, _ = PeriodicSites(cell, centres).nearest(drawn)
        centres = np.vstack([centres, drawn[distances.argmax()]])
    return centres


def levelled_wave(cell: Floats, wavelength: float, seed: int) -> LevelledWave:
    """Random levelled wave of a wavelength in Å."""
    reciprocal = np.linalg.inv(cell).T
    heights = np.linalg.norm(cell, axis=1)
    reach = np.ceil(heights * (1 + _SHELL) / wavelength).astype(int)
    if np.prod(2.0 * reach + 1) > 3e6:
        raise InvalidInput(
            f"`wavelength` is {wavelength:g} Å, too short for a cell of {heights.max():.0f} Å"
        )
    # A wave and its reverse are equal: keep one of them.
    orders = half_index_grid(reach)
    length = np.linalg.norm(orders @ reciprocal, axis=1) * wavelength
    fitting = np.flatnonzero(abs(length - 1) <= _SHELL)
    if len(fitting) < _FEWEST_WAVES:
        raise InvalidInput(
            f"only {len(fitting)} waves of about {wavelength:g} Å fit the cell of "
            f"{' × '.join(f'{height:.0f}' for height in heights)} Å, too few for a random pattern: "
            "use a larger `supercell` or a shorter `wavelength`"
        )
    generator = np.random.default_rng(seed)
    if len(fitting) > _MOST_WAVES:
        fitting = np.sort(generator.choice(fitting, _MOST_WAVES, replace=False))
    phases = generator.uniform(0, 2 * np.pi, len(fitting))
    return LevelledWave(2 * np.pi * orders[fitting] @ reciprocal, phases)


@dataclass(frozen=True, eq=False)
class Carving:
    """The solid part of a carved crystal.

    Parameters
    ----------
    kept
        Whether each atom is kept, shape (n,).
    level
        Value of the shape at the edge of the pores.
    trimmed
        Number of atoms outside the shape removed because they kept less than half of their bonds.
    pieces_removed
        Sizes of the detached pieces that were removed, falling.
    """

    kept: NDArray[np.bool_]
    level: float
    trimmed: int
    pieces_removed: tuple[int, ...]


def carve(
    host: BondedSupercell, shape: PoreShape, porosity: float, *, remove_pieces: bool
) -> Carving:
    """Carve pores out of a crystal."""
    n = len(host.atoms)
    values = np.round(shape.at(host.atoms.positions) / SAME_SHELL).astype(np.int64)
    shells, count = np.unique(values, return_counts=True)

    def kept_after(number: int) -> NDArray[np.bool_]:
        """Atoms left after a number of shells."""
        if number == 0:
            return np.ones(n, dtype=bool)
        kept = values > shells[number - 1]
        return _trimmed(host.bonds, kept)

    def solid(number: int) -> tuple[NDArray[np.bool_], tuple[int, ...]]:
        """Atoms left after a number of shells, and sizes of the removed pieces."""
        kept = kept_after(number)
        if not remove_pieces or not kept.any():
            return kept, ()
        first, second, _ = host.contacts.edges(kept)
        pieces = pieces_of(kept, first, second)
        return pieces.label == 0, tuple(int(size) for size in pieces.sizes[1:])

    # Fewer atoms stay with every shell: bisect.
    target = porosity * n
    low, high = 0, len(shells)
    while high - low > 1:
        middle = (low + high) // 2
        if n - solid(middle)[0].sum() >= target:
            high = middle
        else:
            low = middle
    gone = {number: int(n - solid(number)[0].sum()) for number in (low, high)}
    best = min((low, high), key=lambda number: abs(gone[number] - target))
    off = abs(gone[best] - target)
    if gone[low] > 0 and gone[high] < n:
        reach = f"{100 * gone[low] / n:.2f} and {100 * gone[high] / n:.2f} %"
    else:
        reach = f"{100 * (gone[low] or gone[high]) / n:.2f} %"
    if gone[best] in (0, n) or off > max(TOLERANCE * n, count[high - 1]):
        raise PoresNotPossible(
            f"a porosity of {100 * porosity:g} % cannot be reached: with one shell of atoms less "
            f"or more it is {reach}; use a larger `supercell` or another `kind`"
        )
    kept, removed = solid(best)
    level = SAME_SHELL * float(shells[best - 1] + (shells[best] if best < len(shells) else 0)) / 2
    trimmed = int((values > shells[best - 1]).sum() - kept.sum()) - sum(removed)
    _check_whole(host.contacts, kept)
    return Carving(kept, level, trimmed, removed)


def _trimmed(bonds: Partners, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Remove atoms with less than half of their bonds until there are none."""
    kept = kept.copy()
    partner = bonds.partner
    real = partner >= 0
    least = (real.sum(axis=1) + 1) // 2
    number = (real & kept[partner]).sum(axis=1)
    while True:
        loose = np.flatnonzero(kept & (number < least))
        if len(loose) == 0:
            return kept
        kept[loose] = False
        lost = partner[loose]
        np.subtract.at(number, lost[lost >= 0], 1)


def _check_whole(contacts: Partners, kept: NDArray[np.bool_]) -> None:
    """Refuse a solid in pieces, or one that is not connected in all three directions."""
    first, second, images = contacts.edges(kept)
    pieces = pieces_of(kept, first, second)
    if len(pieces) > 1:
        single = int((pieces.sizes == 1).sum())
        sizes = [int(size) for size in pieces.sizes[1:]]
        shown = ", ".join(map(str, sizes[:5])) + (", …" if len(sizes) > 5 else "")
        raise PoresNotPossible(
            f"the pores cut the crystal into {len(pieces)} pieces: the largest of "
            f"{pieces.sizes[0]} atoms, {len(sizes)} of {shown} atoms"
            + (f" ({single} single atom{'s' * (single > 1)})" if single else "")
            + "; use a lower porosity or a larger supercell, or set `remove_pieces`"
        )
    connected = dimensions(int(kept.argmax()), len(kept), first, second, images)
    if connected < 3:
        raise PoresNotPossible(
            f"the pores cut the crystal into separate {_SHAPES[connected]}, connected along "
            f"{connected} of 3 directions: use a lower porosity or a larger supercell"
        )
