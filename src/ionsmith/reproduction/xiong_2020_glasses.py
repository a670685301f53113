"""Glasses of NaFePO4 that were quenched beforehand, and what is counted in all of them.

One glass of a thousand atoms says little: with another seed the shares of FeO4, FeO5 and FeO6
differ by some per cent. The structures in ``glasses.npz`` were quenched from maricite by
``scripts/quench_glasses.py``, which makes them again (a few minutes each), at two rates with five
seeds each; everything else is counted in them anew. Means come with the standard deviation of the
glasses of a rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import neighbour_list

KEPT = "glasses.npz"

GRID = 2**16
"""Steps of a cell edge that positions are kept in, 0.0004 Å."""

LONGEST = 3.6
"""In Å, as far as n(r) is computed."""


@dataclass(frozen=True)
class Glass:
    """A glass that was quenched beforehand.

    Parameters
    ----------
    rate
        Rate of the quench in K/ps.
    seed
        Its seed.
    atoms
        The structure.
    """

    rate: float
    seed: int
    atoms: Atoms


@dataclass(frozen=True)
class Spread:
    """Mean over glasses.

    Parameters
    ----------
    mean
        Their mean.
    deviation
        Their standard deviation, with n - 1.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Mean and standard deviation of the values of at least two glasses."""
        return cls(float(np.mean(values)), float(np.std(values, ddof=1)))

    def shown(self, digits: int = 1) -> str:
        """Return it as in 44.2 ± 1.3."""
        return f"{self.mean:.{digits}f} ± {self.deviation:.{digits}f}"


def pack(glasses: Sequence[Glass]) -> dict[str, NDArray[np.generic]]:
    """Arrays of :data:`KEPT` for glasses of the same atoms in the same cell."""
    first = glasses[0].atoms
    places = np.array([one.atoms.get_scaled_positions() for one in glasses])
    return {
        "cell": first.cell.array,
        "numbers": first.numbers.astype(np.uint8),
        "rate": np.array([one.rate for one in glasses]),
        "seed": np.array([one.seed for one in glasses]),
        "places": (np.rint(places * GRID).astype(np.int64) % GRID).astype(np.uint16),
    }


@cache
def kept() -> tuple[Glass, ...]:
    """Read the glasses."""
    with files(__package__).joinpath(KEPT).open("rb") as file, np.load(file) as data:
        numbers, cell = data["numbers"].astype(int), data["cell"]
        return tuple(
            Glass(
                float(rate),
                int(seed),
                Atoms(numbers, scaled_positions=places / GRID, cell=cell, pbc=True),
            )
            for rate, seed, places in zip(data["rate"], data["seed"], data["places"], strict=True)
        )


def by_rate(glasses: Sequence[Glass]) -> dict[float, list[Glass]]:
    """Sort glasses by their rate, the slowest first."""
    rates = sorted({one.rate for one in glasses})
    return {rate: [one for one in glasses if one.rate == rate] for rate in rates}


def spread(glasses: Sequence[Glass], measure: Callable[[Atoms], float]) -> Spread:
    """Mean and standard deviation of what is measured in each glass."""
    return Spread.of([measure(one.atoms) for one in glasses])


def shares(glasses: Sequence[Glass], centre: int, cutoff: float) -> dict[int, Spread]:
    """Share in per cent of the atoms of an element with each number of O, by that number.

    Parameters
    ----------
    glasses
        At least two of them.
    centre
        Atomic number of the element.
    cutoff
        In Å.
    """
    counted = [
        np.bincount((_distances(one.atoms, centre) <= cutoff).sum(axis=1)) for one in glasses
    ]
    longest = max(map(len, counted))
    rows = np.array([np.pad(one, (0, longest - len(one))) / one.sum() for one in counted])
    return {
        number: Spread.of((100 * rows[:, number]).tolist())
        for number in np.flatnonzero(rows.any(axis=0)).tolist()
    }


def running(
    glasses: Sequence[Glass], centre: int, r: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean number n(r) of O around an element up to each distance, and its standard deviation.

    Parameters
    ----------
    glasses
        At least two of them.
    centre
        Atomic number of the element.
    r
        Distances in Å up to :data:`LONGEST`.
    """
    numbers = np.array(
        [
            (_distances(one.atoms, centre)[..., None] <= r).sum(axis=1).mean(axis=0)
            for one in glasses
        ]
    )
    return numbers.mean(axis=0), numbers.std(axis=0, ddof=1)


def _distances(atoms: Atoms, centre: int) -> NDArray[np.float64]:
    """Distances in Å of each atom of an element to the O within reach, filled up with infinity."""
    found = neighbour_list(atoms, LONGEST)
    wanted = (atoms.numbers[found.first] == centre) & (atoms.numbers[found.second] == 8)
    first, lengths = found.first[wanted], found.distances[wanted]
    sites = np.flatnonzero(atoms.numbers == centre)
    order = np.argsort(first, kind="stable")
    number = np.bincount(first, minlength=len(atoms))[sites]
    filled = np.full((len(sites), max(int(number.max(initial=0)), 1)), np.inf)
    filled[np.arange(filled.shape[1]) < number[:, None]] = lengths[order]
    return filled
