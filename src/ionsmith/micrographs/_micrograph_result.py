"""What the transform of an image shows, as a result."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ionsmith.micrographs._transform import Floats, Transform
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = 500
"""Points along each side of a picture."""

LABELS = 8
"""Number of spots of each crystal with indices in a picture."""


@dataclass(frozen=True)
class ImagedSpot:
    """A spot of a transform.

    Parameters
    ----------
    region
        Number of the region, from 1.
    position
        Components x and y of g in Å⁻¹.
    error
        Half the 95 % interval of either component in Å⁻¹, from noise alone.
    d, d_error
        Spacing and half its 95 % interval in Å.
    azimuth
        Angle from the x axis, counter-clockwise, in degrees.
    signal
        Power over that of the noise, or the intensity of a list.
    crystal
        Name of the crystal that the spot belongs to; None if to none.
    reflection, indices
        The reflection as text and as indices h, k, l.
    d_deviation
        (d - d_crystal) / d_crystal.
    probability
        Probability that the spot belongs to this crystal, or to none.
    """

    region: int
    position: tuple[float, float]
    error: float
    d: float
    d_error: float
    azimuth: float
    signal: float
    crystal: str | None
    reflection: str | None
    indices: tuple[int, int, int] | None
    d_deviation: float | None
    probability: float


@dataclass(frozen=True)
class ImagedCrystal:
    """A crystal that an image shows.

    Parameters
    ----------
    crystal
        Name of the crystal.
    zone, zone_indices
        Zone axis, which points to the source, as text and as indices.
    probability
        Probability of this zone and orientation in the image.
    spots
        Number of spots that were fitted.
    rotation_error
        Half the 95 % interval of the rotation about the beam in degrees.
    strain
        Principal strains in the plane of the image, the larger first, against the crystal.
    strain_error
        Half the 95 % interval of these.
    strain_direction
        Angle in degrees of the first principal strain from the x axis; None if both may be equal.
    """

    crystal: str
    zone: str
    zone_indices: tuple[int, int, int]
    probability: float
    spots: int
    rotation_error: float
    strain: tuple[float, float]
    strain_error: float
    strain_direction: float | None


@dataclass(frozen=True)
class ImagedRelationship:
    """A possible orientation relationship.

    Parameters
    ----------
    parallel_directions
        Directions along the beam, the substrate's first.
    parallel_planes
        Simple planes on edge that are parallel within the error or nearly, the substrate's first.
    angle
        Measured angle between these planes in degrees, from the substrate's to the film's,
        counter-clockwise.
    error
        Half the 95 % interval of the angle.
    rotation
        Measured rotation from the Cartesian frame of the film to that of the substrate.
    probability
        Probability among all relationships of these crystals.
    known
        Preset of ``ionsmith build interface`` with this relationship, if there is one.
    command
        Command that builds the interface of the likeliest relationship; None for others.
    """

    parallel_directions: tuple[str, str]
    parallel_planes: tuple[str, str]
    angle: float
    error: float
    rotation: tuple[tuple[float, ...], ...]
    probability: float
    known: str | None
    command: str | None


@dataclass(frozen=True, eq=False)
class MicrographIndexing(Result):
    """Crystals, zones and orientation relationship of an image.

    Parameters
    ----------
    image
        Name of the image.
    crystals
        The crystals that were found.
    relationships
        Orientation relationships of two crystals, the likeliest first.
    spots
        All spots, by region and falling strength.
    transforms
        Transforms of the regions.
    notes
        Remarks, one line each.
    """

    image: str
    crystals: tuple[ImagedCrystal, ...]
    relationships: tuple[ImagedRelationship, ...]
    spots: tuple[ImagedSpot, ...]
    transforms: tuple[Transform, ...]
    notes: tuple[str, ...] = ()

    document = ("image", "crystals", "relationships", "spots", "notes")
    figure_size = (6.0, 6.0)

    def tables(self) -> list[Table]:
        """Return the crystals, their relationships, and the spots."""
        crystals = Table(
            f"Crystals in {self.image}",
            (
                "crystal",
                "zone",
                "probability",
                "spots",
                "strains (%)",
                "±, 95 %",
                "first along (°)",
            ),
            [
                (
                    one.crystal,
                    one.zone,
                    round(one.probability, 3),
                    one.spots,
                    " ".join(f"{round(100 * value, 2) + 0.0:+.2f}" for value in one.strain),
                    round(100 * one.strain_error, 2),
                    None if one.strain_direction is None else round(one.strain_direction),
                )
                for one in self.crystals
            ],
        )
        tables = [crystals]
        if self.relationships:
            rows = [
                (
                    "||".join(one.parallel_planes),
                    "||".join(one.parallel_directions),
                    round(one.angle, 2) + 0.0,
                    round(one.error, 2),
                    round(one.probability, 3),
                )
                for one in self.relationships
            ]
            headers = ("planes", "directions, along the beam", "between the planes (°)",
                       "±, 95 % (°)", "probability")  # fmt: skip
            tables.append(Table("Orientation relationship, the likeliest first", headers, rows))
            tables.append(Table("", ("", ""), [("build it", self.relationships[0].command)]))
        spots = [
            (
                spot.region,
                round(spot.d, 3),
                round(spot.d_error, 3),
                round(spot.azimuth, 2),
                round(spot.signal),
                spot.crystal or "",
                spot.reflection or "",
                None if spot.d_deviation is None else round(100 * spot.d_deviation, 2) + 0.0,
                round(spot.probability, 2),
            )
            for spot in self.spots
        ]
        titles = ("region", "d (Å)", "±, 95 % (Å)", "azimuth (°)", "signal", "crystal",
                     "spot", "off (%)", "probability")  # fmt: skip
        return [*tables, *notes_table(self.notes), Table("Spots", titles, spots)]

    def plot(self, ax: "Axes | None" = None, *, labels: int = LABELS) -> "Axes":
        """Draw the transform with rings around the spots of each crystal.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        labels
            Number of spots of each crystal that get their indices, the strongest.
        """
        from matplotlib.patheffects import withStroke

        from ionsmith.plotting import SERIES, axes_or_new, legend_below, plain_text

        ax = axes_or_new(ax, self.figure_size)
        reach = 1.12 * max(float(np.hypot(*spot.position)) for spot in self.spots)
        drawn = [_resampled(one, reach) for one in self.transforms if one.power is not None]
        if drawn:
            ax.imshow(
                np.mean(drawn, axis=0).T,
                extent=(-reach, reach, -reach, reach),
                origin="lower",
                cmap="Greys",
                vmin=0,
            )
        neither = np.array([spot.position for spot in self.spots if spot.crystal is None])
        if len(neither):
            places = np.concatenate([neither, -neither])
            ax.scatter(
                places[:, 0], places[:, 1], s=20, color=SERIES[2], marker="x", label="not indexed"
            )
        taken: list[tuple[float, float]] = []
        for number, one in enumerate(self.crystals):
            mine = [spot for spot in self.spots if spot.crystal == one.crystal]
            places = np.array([spot.position for spot in mine]).reshape(-1, 2)
            places = np.concatenate([places, -places])
            ax.scatter(
                places[:, 0],
                places[:, 1],
                s=60,
                facecolors="none",
                edgecolors=SERIES[number],
                marker="os"[number],
                label=plain_text(f"{one.crystal}, {one.zone}"),
            )
            chosen = 0
            for spot in sorted(mine, key=lambda spot: -spot.signal):
                near = np.abs(np.array([*taken, (np.inf, 0.0)]) - spot.position) / reach
                if chosen == labels or ((near[:, 0] < 0.2) & (near[:, 1] < 0.08)).any():
                    continue
                chosen += 1
                taken.append(spot.position)
                ax.annotate(
                    str(spot.reflection).strip("()").replace(",", " ").replace("-", "\u2212"),
                    spot.position,
                    xytext=(0, 7),
                    textcoords="offset points",
                    ha="center",
                    color=SERIES[number],
                    fontsize="small",
                    path_effects=[withStroke(linewidth=2.5, foreground="white")],
                )
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_aspect("equal")
        ax.set_xlabel("g along x (Å⁻¹)")
        ax.set_ylabel("g along y (Å⁻¹)")
        legend_below(ax)
        return ax


def _resampled(transform: Transform, reach: float) -> Floats:
    """Logarithm of the power of a transform on a square grid."""
    from scipy.ndimage import map_coordinates

    power = np.asarray(transform.power)
    at = np.linspace(-reach, reach, GRID) / transform.reach
    index = (1 + np.stack(np.meshgrid(at, at, indexing="ij"))) * (len(power) - 1) / 2
    return np.asarray(map_coordinates(np.log(np.maximum(power, 0.3)), index, order=1))
