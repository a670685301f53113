"""Pictures of structures: atoms, bonds, coordination polyhedra and cell, along any direction.

Growth is upwards: c* points up unless the view is along it, and then b*. The conduction planes of a
β''-alumina, and the two sides of an interface, are named at the right where they are seen edge-on.
A position that is mixed or partly empty is divided like a cake; bonds are drawn from positions that
are occupied to a half at least.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput
from ionsmith.pictures._drawing import Colours, Drawing, Labels
from ionsmith.pictures._picture import LARGEST_BONDED, Picture
from ionsmith.pictures._polygons import part_colours
from ionsmith.pictures._projection import positions_of
from ionsmith.plotting import CM_PER_INCH, SMALLEST_TEXT, axes_or_new, columns_of, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Colours", "Drawing", "Labels", "draw_structures", "plot_structure"]

MOST_IN_ROW = 4
"""Number of pictures in a row."""

INCH, LARGEST = 0.27, 11.0
"""Inches for each Å, and the largest width or height of one picture in inches."""


@checked
def draw_structures(
    structures: Mapping[str, CrystalLike],
    drawing: Drawing | None = None,
    *,
    changed: Mapping[str, NDArray[np.int64]] | None = None,
    width: float | None = None,
) -> "Figure":
    """Draw structures side by side, up to four in a row, on one scale.

    Parameters
    ----------
    structures
        The structures by their titles.
    drawing
        How they are drawn.
    changed
        By title, the indices of atoms that get a ring.
    width
        Width of the figure in cm; by default as the structures need.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or an option does not fit a structure.
    """
    from matplotlib.figure import Figure

    if not structures:
        raise InvalidInput("no structure to draw")
    drawing, changed = drawing or Drawing(), changed or {}
    atoms, mixed = zip(*map(positions_of, structures.values()), strict=True)
    here = {symbol for one in atoms for symbol in one.symbols}
    here |= {symbol for sites in mixed for site in sites or () for symbol in site}
    for symbol in drawing.polyhedra or ():
        if symbol not in here:
            raise InvalidInput(f"`polyhedra`: no structure has {symbol}")
    named = part_colours(atoms) if drawing.colours == "part" else [{} for _ in atoms]
    pictures = [
        Picture(structure, drawing, changed=changed.get(title), named=parts)
        for (title, structure), parts in zip(structures.items(), named, strict=True)
    ]
    if drawing.colours == "part" and not any(named):
        raise InvalidInput(
            "`colours` part: no structure has parts; shells, embedded particles and grains have, "
            "by the array `part`"
        )
    legend = {label: made for picture in pictures for label, made in picture.legend().items()}
    across = max(np.ptp(picture.x_limits) for picture in pictures)
    height = max(np.ptp(picture.y_limits) for picture in pictures)
    down = -(-len(pictures) // MOST_IN_ROW)
    along = -(-len(pictures) // down)
    scale = min(INCH, LARGEST / max(along * across, down * height))
    side = 0.9 if any(picture.names for picture in pictures) else 0.2
    natural = max(2.4, along * (across * scale + side))
    inches = natural if width is None else width / CM_PER_INCH
    text = min(10.0, max(SMALLEST_TEXT, 10 * inches / natural))
    columns = _columns(list(legend), 72 * inches / text)
    rows = -(-len(legend) // columns)
    drawn = (inches / along - 0.1 * side * text) / across
    titles = 0.025 * text * (down - 1)
    size = (inches, max(1.2, down * drawn * height) + titles + (0.025 * rows + 0.04) * text)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(down, along, squeeze=False).ravel()
    for ax in axes[len(pictures) :]:
        ax.set_axis_off()
    for ax, title, picture in zip(axes, structures, pictures, strict=False):
        picture.plot(ax, text)
        if len(picture.atoms) > LARGEST_BONDED:
            title = f"{title} (more than {LARGEST_BONDED:,} atoms: no bonds)"
        if title:
            ax.set_title(plain_text(title), loc="left", fontsize=text)
        for set_limits, (low, high), span in (
            (ax.set_xlim, picture.x_limits, across),
            (ax.set_ylim, picture.y_limits, height),
        ):
            extra = (span - (high - low)) / 2
            set_limits(low - extra, high + extra)
    figure.legend(
        handles=list(legend.values()),
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.0,
        fontsize=text,
    )
    return figure


def _columns(labels: list[str], width: float) -> int:
    """Largest number of columns of a legend that fit into a width, which is in heights of text."""
    lengths = np.array([len(label) for label in labels])
    for columns in range(len(labels), 1, -1):
        longest = [part.max() for part in np.array_split(lengths, columns)]  # as a legend does
        if sum(3.8 + 0.64 * length for length in longest) <= width:
            return columns
    return 1


@checked
def plot_structure(
    structure: CrystalLike,
    ax: "Axes | None" = None,
    drawing: Drawing | None = None,
    *,
    axes: NDArray[np.float64] | None = None,
    named: Mapping[str, tuple[NDArray[np.bool_], str]] | None = None,
) -> "Axes":
    """Draw one structure into axes.

    Parameters
    ----------
    structure
        Any structure.
    ax
        Axes to draw into; a new figure by default.
    drawing
        How it is drawn.
    axes
        Unit vectors to the right, upwards and towards the viewer, shape (3, 3), instead of zone,
        up and tilt; the atoms are not brought into the cell then.
    named
        Atoms with a name and a colour of their own: masks of shape (n,) and colours by name.

    Returns
    -------
    matplotlib.axes.Axes
        One Å is one unit; the legend is below.

    Raises
    ------
    InvalidInput
        If an option does not fit the structure.
    """
    picture = Picture(structure, drawing or Drawing(), axes=axes, named=named)
    ax = axes_or_new(ax, (5, 5))
    picture.plot(ax)
    ax.set_xlim(*picture.x_limits)
    ax.set_ylim(*picture.y_limits)
    handles = list(picture.legend().values())
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=min(columns_of(6), len(handles)),
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.0,
    )
    return ax
