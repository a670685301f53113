"""Picture of an overlap of sites: the map along two axes, and the histogram."""

from typing import TYPE_CHECKING

import numpy as np

from ionsmith.analyzers.epitaxy import BIN, Overlap
from ionsmith.pictures.matches import COLOURS
from ionsmith.pictures.saving import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

VIEWS = {"zone": (1, 2, 0), "normal": (0, 1, 2)}
"""Axes of the overlap that lie to the right, upwards and towards the eye in each view."""


def plot_map(overlap: Overlap, view: str, ax: "Axes") -> "ScalarMappable":
    """Draw the sites of both crystals in the ball, each with the way to its partner.

    Parameters
    ----------
    overlap
        The overlap.
    view
        ``"zone"``, along the zone axis, or ``"normal"``, along the normal of the parallel plane.
    ax
        Axes to draw into.

    Returns
    -------
    matplotlib.cm.ScalarMappable
        The colours of the arrows, which are those of the distances in three dimensions: an arrow
        that looks short may be long along the line of sight.
    """
    right, up, eye = VIEWS[view]
    flat = [right, up]
    sites, partners = overlap.sites[:, flat], overlap.partners[:, flat]
    distances = np.linalg.norm(overlap.partners - overlap.sites, axis=1)
    film = np.unique(np.round(np.vstack([overlap.film_sites, overlap.partners]), 6), axis=0)
    arrows = ax.quiver(
        *sites.T,
        *(partners - sites).T,
        distances,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.006,
        cmap="viridis_r",
        clim=(0.0, max(distances.max(), BIN)),
        zorder=2,
    )
    ax.scatter(
        film[:, right],
        film[:, up],
        s=60,
        facecolors="none",
        edgecolors=COLOURS["film"],
        linewidths=1.2,
        label=f"{overlap.film_element} of {overlap.film} (film)",
        zorder=3,
    )
    ax.scatter(
        sites[:, 0],
        sites[:, 1],
        s=14,
        color=COLOURS["substrate"],
        label=f"{overlap.element} of {overlap.substrate} (substrate)",
        zorder=4,
    )
    ax.set_aspect("equal")
    reach = 1.05 * max(abs(overlap.sites).max(), abs(film).max())
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_xlabel(f"{overlap.axis_names[right]} (Å)")
    ax.set_ylabel(f"{overlap.axis_names[up]} (Å)")
    ax.set_title(f"along {overlap.axis_names[eye]}", loc="left", fontsize="medium")
    return arrows


def plot_histogram(overlap: Overlap, ax: "Axes") -> "Axes":
    """Draw the distances of both directions, and the mean for a random origin."""
    starts = np.array([one.start for one in overlap.histogram])
    for name, offset, counts, numbers, text in (
        ("substrate", 0.0, [one.to_film for one in overlap.histogram], overlap.to_film,
         f"{overlap.element} of {overlap.substrate} to {overlap.film_element} of {overlap.film}"),
        ("film", 0.5, [one.to_substrate for one in overlap.histogram], overlap.to_substrate,
         f"{overlap.film_element} of {overlap.film} to {overlap.element} of {overlap.substrate}"),
    ):  # fmt: skip
        ax.bar(
            starts + offset * BIN,
            counts,
            width=BIN / 2,
            align="edge",
            color=COLOURS[name],
            alpha=0.6,
            label=f"{text}: mean {numbers.mean:.2f} Å",
        )
        ax.axvline(numbers.mean, color=COLOURS[name])
        assert numbers.random_origin is not None
        ax.axvline(numbers.random_origin, color=COLOURS[name], linestyle=":")
    ax.set_xlabel("distance from the nearest site (Å), dotted: mean for a random origin")
    ax.set_ylabel("sites")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False)
    return ax


def draw_overlap(overlap: Overlap, figure: "Figure") -> None:
    """Draw both maps and the histogram into a figure."""
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 2))
    maps = [figure.add_subplot(grid[0, column]) for column in range(2)]
    arrows = [plot_map(overlap, view, ax) for view, ax in zip(VIEWS, maps, strict=True)]
    figure.colorbar(arrows[0], ax=maps, label="distance (Å)", shrink=0.8)
    handles, labels = maps[0].get_legend_handles_labels()
    maps[0].legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0, 1.08), ncols=2, frameon=False
    )
    ax = plot_histogram(overlap, figure.add_subplot(grid[1, :]))
    for one in (*maps, ax):
        one.spines[["top", "right"]].set_visible(False)


def save_overlap(path: str, overlap: Overlap) -> None:
    """Write the picture of an overlap as PNG or SVG, the same bytes each time.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 9), layout="constrained")
    draw_overlap(overlap, figure)
    write_picture(path, figure)
