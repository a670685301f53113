"""Measured spots, and the reflections that they may be."""

from dataclasses import dataclass

from ionsmith.results import Result, Table, notes_table


@dataclass(frozen=True)
class MeasuredSpot:
    """A measured spot.

    Parameters
    ----------
    d
        Spacing in Å.
    azimuth
        Angle in degrees, counter-clockwise from any axis in the picture.
    """

    d: float
    azimuth: float


@dataclass(frozen=True)
class IndexedSpot:
    """A reflection that a measured spot may be.

    Parameters
    ----------
    label
        The reflection as text.
    indices
        Indices h, k, l.
    d
        Spacing of the reflection in Å.
    d_deviation
        (d_measured - d) / d.
    angle
        Angle from the first spot, counter-clockwise, -180 to 180 degrees.
    angle_deviation
        Measured angle minus ``angle`` in degrees.
    """

    label: str
    indices: tuple[int, int, int]
    d: float
    d_deviation: float
    angle: float
    angle_deviation: float


@dataclass(frozen=True)
class SpotSolution:
    """One way to index the spots.

    Parameters
    ----------
    crystal
        Name of the crystal.
    zone
        Zone axis, which points to the source, as text.
    zone_indices
        Indices u, v, w of the zone axis.
    spots
        Reflections in the order of the measured spots.
    misfit
        Root mean square of the deviations in units of the tolerances.
    probability
        Probability among all solutions of all crystals that were tried.
    """

    crystal: str
    zone: str
    zone_indices: tuple[int, int, int]
    spots: tuple[IndexedSpot, ...]
    misfit: float
    probability: float


@dataclass(frozen=True)
class SpotIndexing(Result):
    """All ways to index measured spots, the likeliest first.

    Parameters
    ----------
    measured
        The measured spots.
    d_tolerance
        Largest relative error of a spacing.
    angle_tolerance
        Largest error of an angle in degrees.
    tried
        Number of crystals that were tried.
    count
        Number of solutions, of which the likeliest are listed.
    solutions
        The likeliest solutions.
    notes
        Remarks, one line each.
    """

    measured: tuple[MeasuredSpot, ...]
    d_tolerance: float
    angle_tolerance: float
    tried: int
    count: int
    solutions: tuple[SpotSolution, ...]
    notes: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """Return one row a solution."""
        title = f"{self.count} solutions in {self.tried} crystals, the likeliest first"
        headers = ("crystal", "zone", "spots", "d (Å)", "angles (°)", "misfit", "probability")
        rows = [
            (
                solution.crystal,
                solution.zone,
                " ".join(spot.label for spot in solution.spots),
                " ".join(f"{spot.d:.3f}" for spot in solution.spots),
                " ".join(f"{spot.angle:.2f}" for spot in solution.spots[1:]),
                round(solution.misfit, 3),
                float(f"{solution.probability:.3g}"),
            )
            for solution in self.solutions
        ]
        return [Table(title, headers, rows), *notes_table(self.notes)]
