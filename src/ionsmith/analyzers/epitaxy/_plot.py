"""Picture of an overlap of sites: maps along two axes, and the histogram."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.epitaxy._overlap_records import BIN, Bin, Distances
from ionsmith.plotting import COLOURS, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

MapView = Literal["zone", "normal"]

VIEWS: dict[MapView, tuple[int, int, int]] = {"zone": (1, 2, 0), "normal": (0, 1, 2)}
"""Axes of the overlap that point to the right, upwards and towards the viewer."""


def plot_map(
    ax: "Axes",
    view: MapView,
    axis_names: tuple[str, str, str],
    names: tuple[str, str],
    positions: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> "ScalarMappable":
    """Draw sites of the substrate, arrows to their partners, and sites of the film."""
    right, up, viewer = VIEWS[view]
    sites, partners, film = positions
    flat = sites[:, [right, up]]
    distances = np.linalg.norm(partners - sites, axis=1)
    arrows = ax.quiver(
        *flat.T,
        *(partners[:, [right, up]] - flat).T,
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
        label=plain_text(f"{names[1]} (film)"),
        zorder=3,
    )
    ax.scatter(
        flat[:, 0],
        flat[:, 1],
        s=14,
        color=COLOURS["substrate"],
        label=plain_text(f"{names[0]} (substrate)"),
        zorder=4,
    )
    ax.set_aspect("equal")
    reach = 1.05 * max(abs(sites).max(), abs(film).max())
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_xlabel(f"{axis_names[right]} (Å)")
    ax.set_ylabel(f"{axis_names[up]} (Å)")
    ax.set_title(f"along {axis_names[viewer]}", loc="left", fontsize="medium")
    return arrows


def plot_histogram(
    ax: "Axes", histogram: Sequence[Bin], directions: Sequence[tuple[str, Distances]]
) -> None:
    """Draw the distances in both directions, and the mean for a random origin."""
    starts = np.array([row.start for row in histogram])
    counts = [row.to_film for row in histogram], [row.to_substrate for row in histogram]
    for side, (text, distances) in enumerate(directions):
        colour = COLOURS[("substrate", "film")[side]]
        ax.bar(
            starts + side * BIN / 2,
            counts[side],
            width=BIN / 2,
            align="edge",
            color=colour,
            alpha=0.6,
            label=f"{text}: mean {distances.mean:.2f} Å",
        )
        ax.axvline(distances.mean, color=colour)
        assert distances.random_origin is not None
        ax.axvline(distances.random_origin, color=colour, linestyle=":")
    ax.set_xlabel("distance from the nearest site (Å), dotted: mean for a random origin")
    ax.set_ylabel("sites")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False)
