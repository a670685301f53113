"""What all pictures share: colours, new axes, and nothing that depends on the science."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"substrate": "#24527a", "film": "#e07b39", "cell": "#24313a"}
"""Of the two crystals of an interface or a match, and of outlines."""

SERIES = ("#24527a", "#d9631e", "#3f8f5f", "#8a4f9e", "#b08d1a")
"""Of several patterns or curves in one picture, in this order."""


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
