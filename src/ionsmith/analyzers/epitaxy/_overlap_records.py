"""Parts of an overlap of sites: distances, their histogram, random orientations."""

from dataclasses import dataclass

BIN = 0.25
"""Width of the bins of the histograms in Å."""


@dataclass(frozen=True)
class Distances:
    """Distances of sites from their partners.

    Parameters
    ----------
    count
        Number of sites.
    mean
        Mean distance in Å.
    median
        Median distance in Å.
    rms
        Root mean square of the distances in Å.
    largest
        Largest distance in Å.
    within_half
        Fraction of the sites with a partner within 0.5 Å.
    within_one
        Fraction of the sites with a partner within 1 Å.
    rms_along
        Root mean squares in Å of the components along the three axes.
    random_origin
        Mean distance in Å for a random origin; None for the one-to-one assignment.
    """

    count: int
    mean: float
    median: float
    rms: float
    largest: float
    within_half: float
    within_one: float
    rms_along: tuple[float, float, float]
    random_origin: float | None


@dataclass(frozen=True)
class RandomOrientations:
    """Smallest mean distances for orientations of the film drawn at random.

    Parameters
    ----------
    count
        Number of random orientations.
    seed
        Seed of the random numbers.
    mean
        Mean of these distances in Å.
    spread
        Standard deviation of these distances in Å.
    lowest
        Smallest of these distances in Å.
    as_good
        Fraction of the orientations with a mean distance no larger than that of the relationship.
    """

    count: int
    seed: int
    mean: float
    spread: float
    lowest: float
    as_good: float


@dataclass(frozen=True)
class Reach:
    """Mean distance in a ball of another radius, at the same origin.

    Parameters
    ----------
    radius
        Radius in Å.
    count
        Number of sites of the substrate.
    mean
        Mean distance from the nearest site of the film in Å.
    """

    radius: float
    count: int
    mean: float


@dataclass(frozen=True)
class Bin:
    """A bin of the histograms.

    Parameters
    ----------
    start
        Smallest distance in Å, included.
    end
        Largest distance in Å, excluded.
    to_film
        Number of substrate sites at this distance from the nearest film site.
    to_substrate
        Number of film sites at this distance from the nearest substrate site.
    """

    start: float
    end: float
    to_film: int
    to_substrate: int
