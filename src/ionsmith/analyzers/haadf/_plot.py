"""Pictures of HAADF images: image with scale bar, profile, conduction planes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ionsmith.analyzers.haadf._profile import Line, Profile
from ionsmith.analyzers.imaging import SimulatedImage, show_image
from ionsmith.plotting import COLOURS, NARROW, axes_or_new, columns_of, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OPEN, CLOSED = COLOURS["substrate"], COLOURS["film"]
"""Colours of open and closed conduction planes."""


def draw_haadf(image: SimulatedImage | None, profile: Profile, title: str) -> "Figure":
    """Draw the image with its line, and the profile beside it (below it, for a line across)."""
    line = profile.line
    if image is None:
        figure = new_figure((8, 4))
        plot_profile(profile, figure.subplots())
        return figure
    aspect = image.width / image.height
    if abs(line.along[1]) > 0.999:
        tall = 7.0
        wide = float(np.clip(tall * aspect, 2.5, 9))
        figure = new_figure((wide + 3.2, tall))
        left = figure.subplots()
        room = 0.9 * figure.get_figwidth() / NARROW if columns_of(2) == 2 else 1.5
        right = left.inset_axes((1 + room / wide, 0, 3 / wide, 1))  # as high as the image
        plot_image(image, line, title, left)
        plot_profile(profile, right, upright=True)
        right.set_ylim(-line.start[1], image.height - line.start[1])
        if line.along[1] < 0:
            right.set_ylim(line.start[1], line.start[1] - image.height)
    else:
        wide = 8.0
        tall = float(np.clip(wide / aspect, 1.5, 9))
        figure = new_figure((wide, tall + 3))
        top, bottom = figure.subplots(2, 1, height_ratios=[tall, 2.6])
        plot_image(image, line, title, top)
        plot_profile(profile, bottom)
    return figure


def plot_image(image: SimulatedImage, line: Line, title: str, ax: "Axes | None") -> "Axes":
    """Draw the image in grey with a scale bar, and the line of the profile."""
    ax = axes_or_new(ax, (6.4, 4.8))
    show_image(image, title, ax)
    if line.width < 0.99 * image.width:
        x, y = np.array([line.start, line.end]).T
        ax.plot(x, y, color=CLOSED, linewidth=1.0, scalex=False, scaley=False)
    return ax


def plot_profile(profile: Profile, ax: "Axes | None", *, upright: bool = False) -> "Axes":
    """Draw the profile, upwards if wanted, with the distances across the conduction planes."""
    ax = axes_or_new(ax, (6.4, 4.8))

    def place(along: Any, across: Any) -> tuple[Any, Any]:
        return (across, along) if upright else (along, across)

    scale = 100 * profile.intensity
    ax.plot(*place(profile.position, scale), color=COLOURS["cell"], linewidth=1.2)
    top = float(scale.max())
    for plane in profile.planes:
        colour = CLOSED if plane.closed else OPEN
        ends = np.array([plane.lower, plane.upper])
        level = np.full(2, 1.06 * top)
        ax.plot(*place(ends, level), color=colour, linewidth=2.5, solid_capstyle="butt")
        ax.annotate(
            f"{'closed' if plane.closed else 'open'}\n{plane.row_spacing:.2f} Å",
            place(ends.mean(), level[0]),
            (6, 0) if upright else (0, 4),
            textcoords="offset points",
            ha="left" if upright else "center",
            va="center" if upright else "bottom",
            color=colour,
            fontsize=9,
        )
    room = (1.7 if upright else 1.45) if profile.planes else 1.08
    along, across = ("set_ylim", "set_xlim") if upright else ("set_xlim", "set_ylim")
    getattr(ax, along)(profile.position[0], profile.position[-1])
    getattr(ax, across)(min(0.0, float(scale.min())), room * top)
    x_label, y_label = place("along the line (Å)", "on the detector (%)")
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
