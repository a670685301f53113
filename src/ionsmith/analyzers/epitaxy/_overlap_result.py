"""What an overlap of sites is reported as: distances, their histogram and how far they reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.results import Result, Table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Distances:
    """Distances of sites from their partners.

    Parameters
    ----------
    count
        Number of sites.
    mean, median, rms, largest
        Of the distances in Å.
    within_half, within_one
        Part of the sites with a partner within 0.5 and 1 Å.
    rms_along
        Root mean squares in Å of the components along the three axes of :class:`Overlap`.
    random_origin
        Mean distance in Å for a random origin; None for partners that are one's own.
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
        How many were drawn.
    seed
        What they were drawn with.
    mean, spread, lowest
        Mean, standard deviation and smallest of these distances in Å.
    as_good
        Part of the orientations with a mean distance no larger than that of the relationship.
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
        In Å.
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
    start, end
        In Å; the start belongs to it, the end does not.
    to_film, to_substrate
        Number of sites of the substrate, and of the film, with the nearest site at such a distance.
    """

    start: float
    end: float
    to_film: int
    to_substrate: int


@dataclass(frozen=True, eq=False)
class Overlap(Result):
    """How the sites of two crystals lie in each other at the best origin.

    Parameters
    ----------
    substrate, film
        The crystals.
    element, film_element
        The element looked at on each side.
    radius
        Of the ball in Å.
    rotation
        From the Cartesian frame of the film to that of the substrate, shape (3, 3).
    centre
        Fractional coordinates in the substrate's cell of the centre of the ball, one of its sites.
    film_point
        Fractional coordinates in the film's cell of the point that lies there.
    shift
        Origin of the film's cell in the Cartesian frame of the substrate, in Å, for these two.
    density, film_density
        Sites in a cubic Ångström.
    to_film
        From the sites of the substrate in the ball to the nearest ones of the film.
    to_substrate
        From the sites of the film in the ball to the nearest ones of the substrate.
    one_to_one
        From the sites of the sparser side in the ball to sites of the other one, each to another,
        with the smallest sum of distances.
    sparser
        Which side that is, ``"substrate"`` or ``"film"``.
    random_orientations
        What random orientations give, None if none were drawn.
    reach
        Mean distances in smaller and larger balls.
    histogram
        Of both directions, in bins of 0.25 Å.
    axes
        Unit vectors as rows in the Cartesian frame of the substrate, shape (3, 3): along the
        parallel direction (the zone axis), in the parallel plane at right angles to it, along the
        normal of that plane; without such a pair, x, y and z.
    axis_names
        What they are called.
    sites, partners
        Sites of the substrate in the ball and the nearest ones of the film, along these axes from
        the centre in Å, shape (n, 3) each.
    film_sites, film_partners
        The same of the sites of the film, shape (m, 3) each.
    notes
        What else there is to know, one line each.
    """

    substrate: str
    film: str
    element: str
    film_element: str
    radius: float
    rotation: Floats
    centre: tuple[float, ...]
    film_point: tuple[float, ...]
    shift: tuple[float, ...]
    density: float
    film_density: float
    to_film: Distances
    to_substrate: Distances
    one_to_one: Distances
    sparser: str
    random_orientations: RandomOrientations | None
    reach: tuple[Reach, ...]
    histogram: tuple[Bin, ...]
    axes: Floats
    axis_names: tuple[str, str, str]
    sites: Floats
    partners: Floats
    film_sites: Floats
    film_partners: Floats
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the distances, the histogram, how far they reach, and what else there is."""
        here, there = f"{self.element} of {self.substrate}", f"{self.film_element} of {self.film}"
        own = (here, there) if self.sparser == "substrate" else (there, here)
        rows = []
        for name, one in (
            (f"{here} to the nearest {there}", self.to_film),
            (f"{there} to the nearest {here}", self.to_substrate),
            (f"{own[0]}, each to a {own[1]} of its own", self.one_to_one),
        ):
            numbers = (one.mean, one.median, one.rms, one.largest, one.random_origin)
            rounded = [None if value is None else round(value, 3) for value in numbers]
            shares = (one.within_half, one.within_one)
            rows.append((name, one.count, *rounded[:4], *(f"{s:.0%}" for s in shares), rounded[4]))
        tables = [
            Table(
                f"Distances in Å in a ball of {self.radius:g} Å, at the origin with the smallest "
                f"mean of the first row",
                ("from", "sites", "mean", "median", "rms", "largest", "within 0.5", "within 1",
                 "mean at a random origin"),
                rows,
            ),
            Table(
                "Histogram of the first two rows",
                ("from (Å)", "to (Å)", here, there),
                [(b.start, b.end, b.to_film, b.to_substrate) for b in self.histogram],
            ),
            Table(
                "The first row in balls of other sizes, at the same origin",
                ("radius (Å)", "sites", "mean (Å)"),
                [(r.radius, r.count, round(r.mean, 3)) for r in self.reach],
            ),
        ]  # fmt: skip
        facts: list[tuple[str, str]] = [
            ("centre", f"{_triple(self.centre)} of {self.substrate} on "
             f"{_triple(self.film_point)} of {self.film}"),
            ("densities (Å⁻³)", f"{self.density:.5f} and {self.film_density:.5f}"),
            ("rms along " + ", ".join(self.axis_names), "first row: "
             + ", ".join(f"{value:.3f}" for value in self.to_film.rms_along) + " Å"),
        ]  # fmt: skip
        if self.random_orientations is not None:
            drawn = self.random_orientations
            facts.append(
                (
                    f"{drawn.count} random orientations",
                    f"smallest mean {drawn.mean:.3f} ± {drawn.spread:.3f} Å, the lowest "
                    f"{drawn.lowest:.3f} Å; {drawn.as_good:.0%} are as good",
                )
            )
        facts += [("note", note) for note in self.notes]
        tables.append(Table("", ("", ""), facts))
        return tables


def _triple(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:.4f}" for value in values) + ")"
