"""What all pictures share: colours, new axes, and nothing that depends on the science."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import sqrt
from typing import TYPE_CHECKING

from ase.data import chemical_symbols
from ase.data.colors import jmol_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"substrate": "#24527a", "film": "#e07b39", "cell": "#24313a"}
"""Of the two crystals of an interface or a match, and of outlines."""

CM_PER_INCH = 2.54

SMALLEST_TEXT = 6.5
"""Of pictures that are made narrower, in points."""

SERIES = ("#24527a", "#d9631e", "#6fb7c9", "#5b1a4f", "#d9b52e")
"""Of several patterns or curves in one picture, in this order. With the matrices of G. M. Machado,
M. M. Oliveira and L. A. F. Fernandes (IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009),
doi:10.1109/TVCG.2009.113) for missing red or green cones, any two differ by 16 at least in CIELAB,
and the first four by 12 in lightness."""

DASHES = ("-", "--", "-.", ":", (0, (1, 3)))
"""Line styles of several curves over each other, in the order of their colours."""

NARROW = 5.6
"""Width in inches at which a figure for a column of a journal is laid out, to be made smaller."""

_in_column: ContextVar[bool] = ContextVar("in_column", default=False)

OWN = {
    "Li": "#4f9d69",
    "N": "#a9ccff",
    "O": "#b3392f",
    "Na": "#e8c547",
    "Mg": "#7fa650",
    "Al": "#8fa6b8",
    "P": "#dcc4ee",
    "K": "#7b3fa6",
    "V": "#3f6f9f",
    "Te": "#a6843b",
}
"""Colours of elements that Jmol's make hard to tell apart in these crystals: Li, Na and K are all
violet there, P and O both red to a colour-blind reader, N, P and V all blue, Mg a glaring green."""


DARKER = 0.72
"""Of the colour of polyhedra with four ligands or fewer."""


def element_colour(number: int) -> str:
    """Colour of an element in every picture and on the page, as ``#rrggbb``.

    Parameters
    ----------
    number
        Atomic number.
    """
    parts = (f"{round(255 * float(part)):02x}" for part in jmol_colors[number])
    return OWN.get(chemical_symbols[number], "#" + "".join(parts))


def polyhedron_colour(number: int, ligands: int) -> str:
    """Colour of a polyhedron as ``#rrggbb``: that of its centre, darker with four ligands or fewer.

    Parameters
    ----------
    number
        Atomic number of the centre.
    ligands
        Number of ligands.
    """
    colour, depth = element_colour(number), DARKER if ligands <= 4 else 1.0
    parts = (round(depth * int(colour[k : k + 2], 16)) for k in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def plain_text(name: str) -> str:
    """Name as matplotlib shows it unchanged: no formula between dollar signs, none left out.

    Parameters
    ----------
    name
        Of a file or a crystal.
    """
    return (" " if name.startswith("_") else "") + name.replace("$", r"\$")


def axes_or_new(ax: "Axes | None", size: tuple[float, float] = (6.0, 4.5)) -> "Axes":
    """Return the axes that were given, or those of a new figure.

    Parameters
    ----------
    ax
        Axes, or None.
    size
        Width and height of a new figure in inches.
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(figsize=size, layout="constrained")[1]
    return axes


@contextmanager
def for_column(narrow: bool) -> Iterator[None]:
    """Lay figures out for the column of a journal, if wanted.

    Parameters
    ----------
    narrow
        Whether the figures are made so narrow.
    """
    token = _in_column.set(narrow)
    try:
        yield
    finally:
        _in_column.reset(token)


def new_figure(size: tuple[float, float]) -> "Figure":
    """Return a figure, less wide than planned if it is for the column of a journal.

    Parameters
    ----------
    size
        Width and height in inches elsewhere.
    """
    from matplotlib.figure import Figure

    width, height = size
    if _in_column.get() and width > NARROW:
        width, height = NARROW, height * sqrt(NARROW / width)
    return Figure(figsize=(width, height), layout="constrained")


def side_by_side(size: tuple[float, float], count: int) -> tuple["Figure", list["Axes"]]:
    """Return a figure with axes side by side, or one below the other for the column of a journal.

    Parameters
    ----------
    size
        Width and height in inches of all side by side.
    count
        Number of axes.
    """
    from matplotlib.figure import Figure

    if not _in_column.get():
        figure = Figure(figsize=size, layout="constrained")
        return figure, list(figure.subplots(1, count, squeeze=False)[0])
    height = count * size[1] * min(1.0, count * NARROW / size[0])
    figure = Figure(figsize=(NARROW, height), layout="constrained")
    return figure, list(figure.subplots(count, 1, squeeze=False)[:, 0])


def columns_of(usual: int) -> int:
    """Return the number of columns of a legend, half of it for the column of a journal.

    Parameters
    ----------
    usual
        Number elsewhere.
    """
    return max(1, usual // 2) if _in_column.get() else usual


def legend_below(ax: "Axes", columns: int = 2) -> None:
    """Put the legend below the axes, over the width of the figure if that arranges its axes.

    Parameters
    ----------
    ax
        Axes with labelled curves.
    columns
        Number of columns of the legend.
    """
    entries, columns = ax.get_legend_handles_labels(), columns_of(columns)
    if ax.figure.get_layout_engine() is not None:
        ax.figure.legend(
            *entries,
            loc="outside lower center",
            ncols=columns,
            columnspacing=1.0,
            frameon=False,
            fontsize=7,
        )
    else:
        ax.legend(
            *entries, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns,
            columnspacing=1.0, frameon=False, fontsize=7,
        )  # fmt: skip
