"""Result of an overlap of sites: distances, their histogram, and their dependence on the ball."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.epitaxy._overlap_records import Bin, Distances, RandomOrientations, Reach
from ionsmith.analyzers.epitaxy._plot import MapView, plot_histogram, plot_map
from ionsmith.choices import checked
from ionsmith.plotting import axes_or_new, columns_of, new_figure
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlap(Result):
    """Distances between the sites of two crystals at the best relative origin.

    Parameters
    ----------
    substrate, film
        Name of the crystal.
    element, film_element
        Element of the substrate, and of the film.
    radius
        Radius of the ball in Å.
    rotation
        Rotation matrix from the Cartesian frame of the film to that of the substrate.
    centre
        Fractional coordinates in the substrate of the centre of the ball, one of its sites.
    film_point
        Fractional coordinates in the film of the point at the centre.
    shift
        Corresponding origin of the film in the Cartesian frame of the substrate, in Å.
    density, film_density
        Sites per Å³.
    to_film
        Distances from the sites of the substrate in the ball to the nearest ones of the film.
    to_substrate
        Distances from the sites of the film in the ball to the nearest ones of the substrate.
    one_to_one
        Distances of the sites of the sparser side in the ball if each has a partner of its own,
        with the smallest sum.
    sparser
        Side with the lower density of sites.
    random_orientations
        Comparison with random orientations, None if there were none.
    reach
        Mean distances in smaller and larger balls.
    histogram
        Histogram in both directions, in bins of 0.25 Å.
    axes
        Unit vectors in the Cartesian frame of the substrate, as rows: along the parallel direction
        (the zone axis), perpendicular to it in the parallel plane, and normal to that plane; x, y
        and z for a relationship without parallel planes.
    axis_names
        Names of these axes.
    sites, partners
        Sites of the substrate in the ball or the nearest ones of the film, along these axes from
        the centre in Å, shape (n, 3).
    film_sites, film_partners
        Sites of the film in the ball or the nearest ones of the substrate, shape (m, 3).
    notes
        Remarks, one line each.
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
    sparser: Literal["substrate", "film"]
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
        """Return the distances, the histogram, the dependence on the ball, and remarks."""
        here, there = self._names
        own = (here, there) if self.sparser == "substrate" else (there, here)
        rows = []
        for name, distances in (
            (f"{here} to the nearest {there}", self.to_film),
            (f"{there} to the nearest {here}", self.to_substrate),
            (f"{own[0]}, each to a {own[1]} of its own", self.one_to_one),
        ):
            random = distances.random_origin
            rows.append(
                (
                    name,
                    distances.count,
                    round(distances.mean, 3),
                    round(distances.median, 3),
                    round(distances.rms, 3),
                    round(distances.largest, 3),
                    f"{distances.within_half:.0%}",
                    f"{distances.within_one:.0%}",
                    None if random is None else round(random, 3),
                )
            )
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
        return [*tables, Table("", ("", ""), facts), *notes_table(self.notes)]

    @checked
    def plot(self, ax: "Axes | None" = None, *, view: MapView = "zone") -> "Axes":
        """Draw the sites of both crystals in the ball, each with an arrow to its partner.

        The colour of an arrow is the distance in three dimensions: an arrow that looks short may be
        long along the line of sight.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        view
            ``"zone"``, along the zone axis (the default), or ``"normal"``, along the normal of the
            parallel plane.

        Raises
        ------
        InvalidChoice
            For another view.
        """
        ax = axes_or_new(ax, (6.0, 6.0))
        ax.figure.colorbar(self._map(ax, view), ax=ax, label="distance (Å)", shrink=0.8)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.08), frameon=False)
        return ax

    def draw(self, **_: Any) -> "Figure":
        """Draw the maps along the zone axis and the plane normal, and the histogram."""
        columns = columns_of(2)
        figure = new_figure((10, 9) if columns == 2 else (5.6, 13))
        grid = figure.add_gridspec(4 - columns, columns, height_ratios=[3] * (3 - columns) + [2])
        maps = [figure.add_subplot(grid[n // columns, n % columns]) for n in range(2)]
        arrows = self._map(maps[0], "zone")
        self._map(maps[1], "normal")
        figure.colorbar(arrows, ax=maps, label="distance (Å)", shrink=0.8)
        maps[0].legend(loc="lower left", bbox_to_anchor=(0, 1.08), ncols=columns, frameon=False)
        below = figure.add_subplot(grid[-1, :])
        names = self._names
        plot_histogram(
            below,
            self.histogram,
            [
                (f"{names[0]} to {names[1]}", self.to_film),
                (f"{names[1]} to {names[0]}", self.to_substrate),
            ],
        )
        for ax in (*maps, below):
            ax.spines[["top", "right"]].set_visible(False)
        return figure

    def _map(self, ax: "Axes", view: MapView) -> "ScalarMappable":
        """Draw one map; return the colours of the arrows."""
        film: Floats = np.unique(np.round(np.vstack([self.film_sites, self.partners]), 6), axis=0)
        return plot_map(ax, view, self.axis_names, self._names, (self.sites, self.partners, film))

    @property
    def _names(self) -> tuple[str, str]:
        """Element and crystal of both sides."""
        return f"{self.element} of {self.substrate}", f"{self.film_element} of {self.film}"


def _triple(values: Sequence[float]) -> str:
    """Fractional coordinates as text."""
    return "(" + ", ".join(f"{value:.4f}" for value in values) + ")"
