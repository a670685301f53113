"""A picture of a powder pattern: sticks at the lines, the strong ones with their indices."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ionsmith.analyzers.powder import PowderPattern
from ionsmith.errors import IonsmithError
from ionsmith.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, ACCENT = "#24313a", "#24527a"
PICTURE_SUFFIXES = (".png", ".svg")
LABELS = 12
"""How many lines are named, the strongest that have room."""

_ROOM = 0.025  # of the range of angles, for a name


def plot_powder(pattern: PowderPattern, ax: "Axes | None" = None) -> "Axes":
    """Draw the lines of a crystal.

    Parameters
    ----------
    pattern
        The lines.
    ax
        Axes to draw into; a new figure by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    low, high = pattern.setup.two_theta
    ax.vlines(pattern.two_theta, 0, pattern.intensity, color=ACCENT, linewidth=1.2)
    named: list[float] = []
    for line in np.argsort(-pattern.intensity, kind="stable"):
        place = float(pattern.two_theta[line])
        if len(named) == LABELS:
            break
        if any(abs(place - other) < _ROOM * (high - low) for other in named):
            continue
        named.append(place)
        ax.annotate(
            hkl_text(pattern.hkl[line].tolist()),
            (place, float(pattern.intensity[line])),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=90,
            fontsize="small",
            color=INK,
        )
    ax.set_xlim(low, high)
    ax.set_ylim(0, 120)
    ax.set_xlabel("2θ (°)")
    ax.set_ylabel("intensity (% of the strongest line)")
    waves = ", ".join(f"{value:.5g}" for value in pattern.setup.beam.wavelengths)
    ax.set_title(
        f"{pattern.name}, {pattern.setup.beam.radiation} of {waves} Å",
        loc="left",
        fontsize="medium",
    )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def save_powder(path: str, pattern: PowderPattern) -> None:
    """Write the picture as PNG or SVG, the same bytes each time.

    Raises
    ------
    IonsmithError
        For another suffix.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    check_picture(path)
    figure = Figure(figsize=(9, 4), layout="constrained")
    plot_powder(pattern, figure.subplots())
    stamp = {"Date": None} if path.lower().endswith(".svg") else {}
    with mpl.rc_context({"svg.hashsalt": "ionsmith"}):
        write_whole(Path(path), lambda target: figure.savefig(target, dpi=150, metadata=stamp))


def check_picture(path: str) -> None:
    """Refuse a picture of another format than PNG and SVG."""
    if Path(path).suffix.lower() not in PICTURE_SUFFIXES:
        raise IonsmithError(f"{path}: a picture ends in .png or .svg")


def hkl_text(hkl: list[int]) -> str:
    """Indices with a bar over negative ones, set apart where one has two digits."""
    parts = [f"{abs(index)}" + ("\u0305" if index < 0 else "") for index in hkl]
    return (" " if any(abs(index) > 9 for index in hkl) else "").join(parts)
