"""Pictures of powder patterns: sticks, profiles, and profiles on a measured pattern."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder import Mixture, Overlay, PowderPattern, Shape, profile_of
from ionsmith.crystals.files import check_target, write_text
from ionsmith.errors import InvalidInput
from ionsmith.pictures.saving import PICTURE_SUFFIXES, write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#24313a"
COLOURS = ("#24527a", "#d9631e", "#3f8f5f", "#8a4f9e", "#b08d1a")
DATA_SUFFIXES = (".xy", ".csv")
LABELS = 12
"""How many lines are named, the strongest that have room."""

STEP = 0.01
"""Of a profile, in degrees 2θ."""

_ROOM = 0.025  # of the range of angles, for a name

Floats = NDArray[np.float64]


def plot_sticks(mixture: Mixture, ax: "Axes | None" = None) -> "Axes":
    """Draw the lines of crystals as sticks, the strong ones with their indices.

    Parameters
    ----------
    mixture
        The lines.
    ax
        Axes to draw into; a new figure by default.
    """
    ax = _axes(mixture, ax)
    for number, (pattern, factor) in enumerate(zip(mixture.patterns, mixture.factors, strict=True)):
        ax.vlines(
            pattern.two_theta,
            0,
            factor * pattern.intensity,
            color=COLOURS[number % len(COLOURS)],
            linewidth=1.2,
            label=pattern.name,
        )
    _name_lines(mixture, ax)
    ax.set_ylim(0, 120)
    ax.set_ylabel("intensity (% of the strongest line)")
    if len(mixture.patterns) > 1:
        ax.legend(frameon=False, loc="upper right")
    return ax


def plot_profile(mixture: Mixture, shape: Shape, ax: "Axes | None" = None) -> "Axes":
    """Draw the profile of a mixture, ticks at the lines of each crystal below.

    Parameters
    ----------
    mixture, shape
        The lines, and what widens and shifts them.
    ax
        Axes to draw into; a new figure by default.
    """
    ax = _axes(mixture, ax)
    grid, total = profile_data(mixture, shape)
    ax.plot(grid, total, color=INK, linewidth=1.0)
    _ticks(mixture, shape, ax, 0.0, 100.0)
    ax.set_ylim(-5 - 5 * len(mixture.patterns), 108)
    ax.set_ylabel("intensity (% of the highest point)")
    ax.legend(frameon=False, loc="upper right")
    return ax


def plot_overlay(mixture: Mixture, shape: Shape, ax: "Axes | None" = None) -> "Axes":
    """Draw a computed pattern on the measured one, and the difference below.

    Parameters
    ----------
    mixture, shape
        The lines with their overlay, and what widens and shifts them.
    ax
        Axes to draw into; a new figure by default.

    Raises
    ------
    InvalidInput
        If the mixture was not laid on a measured pattern.
    """
    found = mixture.overlay
    if found is None:
        raise InvalidInput("there is no measured pattern to draw")
    ax = _axes(mixture, ax)
    grid, counts = found.measured.two_theta, found.measured.counts
    top = float(counts.max())
    ax.plot(grid, counts, ".", markersize=2.5, color="0.55", label="measured")
    ax.plot(grid, found.computed, color=INK, linewidth=0.9, label="computed")
    ax.plot(grid, found.background, color="0.4", linewidth=0.8, linestyle=":", label="background")
    _ticks(mixture, shape, ax, 0.0, top)
    base = -(0.05 + 0.05 * len(mixture.patterns)) * top
    low = float(found.difference.max())
    ax.plot(grid, found.difference + base - low, color="0.3", linewidth=0.7, label="difference")
    ax.set_ylabel("counts")
    ax.set_title(_overlay_title(mixture, found), loc="left", fontsize="medium")
    ax.legend(frameon=False, loc="upper right")
    return ax


def profile_data(mixture: Mixture, shape: Shape) -> tuple[Floats, Floats]:
    """Angles in degrees and profile in per cent of its highest point, background included."""
    low, high = mixture.patterns[0].setup.two_theta
    grid = np.linspace(low, high, round((high - low) / STEP) + 1)
    total = np.sum(profile_of(mixture, grid, shape), axis=0)
    return grid, 100 * total / total.max() + shape.background


def save_powder(path: str, mixture: Mixture, shape: Shape, *, sticks: bool = False) -> None:
    """Write a picture (PNG, SVG) or the data of the profile (xy, csv), the same bytes each time.

    Parameters
    ----------
    path
        Its suffix says the format.
    mixture
        The lines; with an overlay, the picture is that.
    shape
        What widens and shifts them.
    sticks
        Draw sticks instead of the profile, where there is no overlay.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    if Path(path).suffix.lower() in DATA_SUFFIXES:
        _save_data(path, mixture, shape)
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    ax = figure.subplots()
    if mixture.overlay is not None:
        plot_overlay(mixture, shape, ax)
    elif sticks:
        plot_sticks(mixture, ax)
    else:
        plot_profile(mixture, shape, ax)
    write_picture(path, figure)


def check_powder_target(path: str, *, force: bool) -> None:
    """Refuse a file of another format than a picture or columns, or one that exists.

    Raises
    ------
    InvalidInput
        If no format has the suffix.
    OutputExists, UnreadableFile
        As :func:`ionsmith.crystals.files.check_target` does.
    """
    if Path(path).suffix.lower() not in (*PICTURE_SUFFIXES, *DATA_SUFFIXES):
        raise InvalidInput(
            f"{path}: a picture ends in .png or .svg, a profile in columns in .xy or .csv"
        )
    check_target(path, force=force)


def hkl_text(hkl: list[int]) -> str:
    """Indices with a bar over negative ones, set apart where one has two digits."""
    parts = [f"{abs(index)}" + ("\u0305" if index < 0 else "") for index in hkl]
    return (" " if any(abs(index) > 9 for index in hkl) else "").join(parts)


def _axes(mixture: Mixture, ax: "Axes | None") -> "Axes":
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
    setup = mixture.patterns[0].setup
    ax.set_xlim(*setup.two_theta)
    ax.set_xlabel("2θ (°)")
    waves = ", ".join(f"{value:.5g}" for value in setup.beam.wavelengths)
    ax.set_title(
        f"{mixture.name}, {setup.beam.radiation} of {waves} Å", loc="left", fontsize="medium"
    )
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _name_lines(mixture: Mixture, ax: "Axes") -> None:
    low, high = mixture.patterns[0].setup.two_theta
    lines = [
        (float(factor * pattern.intensity[line]), float(pattern.two_theta[line]), pattern, line)
        for pattern, factor in zip(mixture.patterns, mixture.factors, strict=True)
        for line in range(len(pattern))
    ]
    named: list[float] = []
    for height, place, pattern, line in sorted(lines, key=lambda entry: (-entry[0], entry[1])):
        if len(named) == LABELS:
            break
        if any(abs(place - other) < _ROOM * (high - low) for other in named):
            continue
        named.append(place)
        _name(ax, pattern, line, place, height)


def _name(ax: "Axes", pattern: PowderPattern, line: int, place: float, height: float) -> None:
    ax.annotate(
        hkl_text(pattern.hkl[line].tolist()),
        (place, height),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        rotation=90,
        fontsize="small",
        color=INK,
    )


def _ticks(mixture: Mixture, shape: Shape, ax: "Axes", zero: float, top: float) -> None:
    for number, pattern in enumerate(mixture.patterns):
        level = zero - (0.04 + 0.05 * number) * top
        strong = pattern.intensity >= 0.5
        ax.plot(
            pattern.two_theta[strong] + shape.zero,
            np.full(strong.sum(), level),
            linestyle="none",
            marker="|",
            markersize=7,
            color=COLOURS[number % len(COLOURS)],
            label=pattern.name,
        )


def _overlay_title(mixture: Mixture, found: Overlay) -> str:
    names = " + ".join(
        f"{weight:.3g} {pattern.name}" if len(found.weights) > 1 else pattern.name
        for pattern, weight in zip(mixture.patterns, found.weights, strict=True)
    )
    return f"{names} on {Path(found.measured.name).name}, R_wp {100 * found.r_wp:.1f} %"


def _save_data(path: str, mixture: Mixture, shape: Shape) -> None:
    if mixture.overlay is None:
        columns = np.stack(profile_data(mixture, shape), axis=1)
        names = ["two_theta", "intensity"]
    else:
        found = mixture.overlay
        columns = np.stack(
            [
                found.measured.two_theta,
                found.measured.counts,
                found.computed,
                found.background,
                found.difference,
            ],
            axis=1,
        )
        names = ["two_theta", "measured", "computed", "background", "difference"]
    csv = path.lower().endswith(".csv")
    separator = "," if csv else " "
    rows = [separator.join(f"{value:.6g}" for value in row) for row in columns.tolist()]
    header = ("" if csv else "# ") + separator.join(names)
    write_text(path, "\n".join([header, *rows]) + "\n", force=True)
