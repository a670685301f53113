"""What all pictures share: colours, new axes, and nothing that depends on the science."""

from typing import TYPE_CHECKING

from ase.data import chemical_symbols
from ase.data.colors import jmol_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"substrate": "#24527a", "film": "#e07b39", "cell": "#24313a"}
"""Of the two crystals of an interface or a match, and of outlines."""

CM_PER_INCH = 2.54

SMALLEST_TEXT = 6.5
"""Of pictures that are made narrower, in points."""

SERIES = ("#24527a", "#d9631e", "#3f8f5f", "#8a4f9e", "#b08d1a")
"""Of several patterns or curves in one picture, in this order."""

OWN = {
    "Li": "#4f9d69",
    "O": "#b3392f",
    "Na": "#e8c547",
    "Mg": "#7fa650",
    "Al": "#8fa6b8",
    "P": "#b99ad6",
    "K": "#7b3fa6",
    "V": "#3f6f9f",
    "Te": "#a6843b",
}
"""Colours of elements that Jmol's make hard to tell apart in these crystals: Li, Na and K are all
violet there, P and O both red to a colour-blind reader, Mg a glaring green."""


def element_colour(number: int) -> str:
    """Colour of an element in every picture and on the page, as ``#rrggbb``.

    Parameters
    ----------
    number
        Atomic number.
    """
    parts = (f"{round(255 * float(part)):02x}" for part in jmol_colors[number])
    return OWN.get(chemical_symbols[number], "#" + "".join(parts))


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


def legend_below(ax: "Axes", columns: int = 2) -> None:
    """Put the legend below the axes, over the width of the figure if that arranges its axes.

    Parameters
    ----------
    ax
        Axes with labelled curves.
    columns
        Number of columns of the legend.
    """
    entries = ax.get_legend_handles_labels()
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
