"""What is predicted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.plotting import side_by_side
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reasons:
    """What speaks for a relationship, as numbers.

    Parameters
    ----------
    substrate_spacing, film_spacing
        Distance in Å of the lattice planes that are parallel.
    substrate_density, film_density
        The same over that of the densest planes of the crystal, at most 1.
    substrate_row, film_row
        Period in Å of the rows that are parallel.
    row_ratio
        m substrate periods for n film periods, the ratio that counts most.
    row_misfit
        (m s - n f) / (m s) of it.
    across_ratio
        The same for the distances of parallel rows in the plane.
    across_misfit
        (m s - n f) / (m s) of these.
    shared_rotations
        Rotations of the Laue groups that both crystals share in this orientation.
    coincidence
        Overlap of the reciprocal lattices, relative to the largest of all candidates.
    """

    substrate_spacing: float
    film_spacing: float
    substrate_density: float
    film_density: float
    substrate_row: float
    film_row: float
    row_ratio: tuple[int, int]
    row_misfit: float
    across_ratio: tuple[int, int]
    across_misfit: float
    shared_rotations: int
    coincidence: float


@dataclass(frozen=True)
class FittingCell:
    """A cell in which the film fits on the substrate along the parallel planes.

    Parameters
    ----------
    area
        Area in Å².
    substrate_meshes, film_meshes
        Number of primitive meshes of the plane of each.
    max_strain
        Largest strain of the film, on an unstrained substrate.
    """

    area: float
    substrate_meshes: int
    film_meshes: int
    max_strain: float


@dataclass(frozen=True)
class PredictedRelationship:
    """One predicted orientation relationship.

    Parameters
    ----------
    planes, directions
        What is parallel, the substrate's first.
    rotation
        From the Cartesian frame of the film to that of the substrate.
    variants
        Number of equivalent orientations of the film.
    score
        Logarithm of the odds of its best candidate over the best of all, at most 0.
    confidence
        Probability of this relationship.
    reasons
        The numbers behind it.
    cells
        Cells that fit along the parallel planes, at most three; None if they were not searched.
    command
        Command that builds the interface.
    """

    planes: str
    directions: str
    rotation: tuple[tuple[float, ...], ...]
    variants: int
    score: float
    confidence: float
    reasons: Reasons
    cells: tuple[FittingCell, ...] | None
    command: str


@dataclass(frozen=True)
class ComparedRelationship:
    """A given relationship among those predicted.

    Parameters
    ----------
    planes, directions
        As given.
    rank
        Its place among the predicted ones; None if it is not among the first :data:`RANKED`.
    confidence
        Probability of it.
    score
        Logarithm of the odds of its best candidate over the best of all; None without candidate.
    reasons
        What speaks for its best candidate.
    """

    planes: str | None
    directions: str | None
    rank: int | None
    confidence: float
    score: float | None
    reasons: Reasons | None


RANKED = 100
"""Number of relationships among which a given one is looked for."""


@dataclass(frozen=True)
class PredictedOrientations(Result):
    """Orientation relationships of two crystals by falling probability.

    Parameters
    ----------
    substrate, film
        Names of the crystals.
    substrate_space_group, film_space_group
        Their space groups.
    surface
        Plane of the substrate that the film grows on, if it was given.
    candidates
        Number of candidates.
    verdict
        Whether a relationship stands out, in words.
    stands_out
        Whether one does.
    orientations
        The relationships.
    compared
        A given relationship among them, or None.
    notes
        Remarks.
    relationships
        The predicted ones as objects, in the same order.
    compared_relationship
        The given one as an object, or None.
    quaternions, scores
        Of all candidates: shapes (n, 4), scalar last, and (n,), at most 0.
    """

    substrate: str
    film: str
    substrate_space_group: str
    film_space_group: str
    surface: str | None
    candidates: int
    verdict: str
    stands_out: bool
    orientations: tuple[PredictedRelationship, ...]
    compared: ComparedRelationship | None
    notes: tuple[str, ...]
    relationships: tuple[OrientationRelationship, ...] = field(repr=False, compare=False)
    compared_relationship: OrientationRelationship | None = field(repr=False, compare=False)
    quaternions: Floats = field(repr=False, compare=False)
    scores: Floats = field(repr=False, compare=False)

    document: ClassVar[tuple[str, ...]] = (
        *("substrate", "film", "substrate_space_group", "film_space_group", "surface"),
        *("candidates", "verdict", "stands_out", "orientations", "compared", "notes"),
    )
    figure_size = (12.0, 6.0)

    def tables(self) -> list[Table]:
        """Return the relationships, the cells that fit, the commands and the notes."""
        face = f", grown on {self.surface}" if self.surface else ""
        title = (
            f"{self.film} (film) on {self.substrate} (substrate){face}: orientation "
            f"relationships by falling probability, of {self.candidates:,} candidates\n"
            f"{self.verdict}"
        )
        headers = (
            "",
            "planes",
            "directions",
            "probability",
            "spacings (Å)",
            "row misfit",
            "misfit across",
            "coincidence",
            "shared rotations",
            "variants",
        )
        rows: list[tuple[object, ...]] = [
            (
                number,
                one.planes,
                one.directions,
                round(one.confidence, 3),
                *_reasons(one.reasons),
                one.variants,
            )
            for number, one in enumerate(self.orientations, 1)
        ]
        tables = [Table(title, headers, rows)]
        if (given := self.compared) is not None:
            place = f"not among the first {RANKED}" if given.rank is None else f"rank {given.rank}"
            values = ("",) * 5 if given.reasons is None else _reasons(given.reasons)
            tables.append(
                Table(
                    f"The given relationship: {place}",
                    headers[1:-1],
                    [
                        (
                            given.planes or "",
                            given.directions or "",
                            float(f"{given.confidence:.2g}"),
                            *values,
                        )
                    ],
                )
            )
        cells = [
            (number, round(cell.area, 1), f"{cell.substrate_meshes} : {cell.film_meshes}", share)
            for number, one in enumerate(self.orientations, 1)
            for cell in one.cells or ()
            for share in (f"{100 * cell.max_strain:.2f} %",)
        ]
        if cells:
            tables.append(
                Table(
                    "Cells that fit along the parallel planes, on an unstrained substrate",
                    ("", "area (Å²)", "meshes", "largest strain"),
                    cells,
                )
            )
        commands = [(number, one.command) for number, one in enumerate(self.orientations, 1)]
        tables.append(Table("What builds the interface", ("", "command"), commands))
        return [*tables, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw a stereogram of both crystals in the given relationship, else the first.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.analyzers.orientation_relationships._picture import stereogram

        return stereogram(self.compared_relationship or self.relationships[0], ax)

    def draw(self) -> "Figure":
        """Draw the stereogram, and the score of all candidates over their rotations."""
        from ionsmith.analyzers.orientation_relationships._picture import score_map

        figure, (left, right) = side_by_side(self.figure_size, 2)
        self.plot(left)
        given = None
        if self.compared is not None and self.compared_relationship is not None:
            rank = "no rank" if self.compared.rank is None else f"rank {self.compared.rank}"
            given = (self.compared_relationship, self.compared.score, f"given, {rank}")
        scores = [one.score for one in self.orientations]
        predicted = list(zip(self.relationships, scores, strict=True))
        score_map(self.quaternions, self.scores, predicted, given, right)
        return figure


def _reasons(reasons: Reasons) -> tuple[object, ...]:
    """The reasons as cells of a table."""
    row, across = (
        f"{m}:{n} {100 * misfit:+.1f} %"
        for (m, n), misfit in (
            (reasons.row_ratio, reasons.row_misfit),
            (reasons.across_ratio, reasons.across_misfit),
        )
    )
    return (
        f"{reasons.substrate_spacing:.2f} : {reasons.film_spacing:.2f}",
        row,
        across,
        round(reasons.coincidence, 2),
        reasons.shared_rotations,
    )
