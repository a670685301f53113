"""Pictures of powder patterns: sticks, profiles, stacks, and profiles over a measured pattern."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._overlay import Overlay
from ionsmith.analyzers.powder._setup import Setup
from ionsmith.plotting import COLOURS, SERIES, axes_or_new, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = COLOURS["cell"]
SIZE = (9.0, 4.5)
"""Width and height of a figure in inches."""

LABELS = 12
"""Largest number of lines with indices: the strongest that have room."""

OFFSET = 112.0
"""Distance of the profiles of a stack, in per cent of the highest point of each."""

_ROOM = 0.025  # of the range of angles, for the indices of a line

Floats = NDArray[np.float64]


class Lines(Protocol):
    """What is drawn of a powder pattern."""

    @property
    def crystal(self) -> str: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def two_theta(self) -> Floats: ...
    @property
    def intensity(self) -> Floats: ...
    def shown(self, line: int) -> Sequence[int | Fraction]: ...


def plot_sticks(
    patterns: Sequence[Lines], factors: Sequence[float], name: str, ax: "Axes | None"
) -> "Axes":
    """Draw lines as sticks, the strong ones with their indices."""
    ax = _axes(patterns, name, ax)
    for number, (pattern, factor) in enumerate(zip(patterns, factors, strict=True)):
        ax.vlines(
            pattern.two_theta,
            0,
            factor * pattern.intensity,
            color=SERIES[number % len(SERIES)],
            linewidth=1.2,
            label=plain_text(pattern.crystal),
        )
    _name_lines(patterns, factors, ax)
    ax.set_ylim(0, 120)
    ax.set_ylabel("% of the strongest line")
    if len(patterns) > 1:
        ax.legend(frameon=False, loc="upper right")
    return ax


def plot_profile(
    patterns: Sequence[Lines],
    name: str,
    profile: tuple[Floats, Floats],
    zero: float,
    ax: "Axes | None",
) -> "Axes":
    """Draw a profile, with ticks at the lines of each crystal below."""
    ax = _axes(patterns, name, ax)
    ax.plot(*profile, color=INK, linewidth=1.0)
    _ticks(patterns, zero, ax, 100.0)
    ax.set_ylim(-5 - 5 * len(patterns), 108)
    ax.set_ylabel("% of the highest point")
    ax.legend(frameon=False, loc="upper right")
    return ax


def plot_overlay(patterns: Sequence[Lines], overlay: Overlay, ax: "Axes | None") -> "Axes":
    """Draw a computed pattern over the measured one, and the difference below."""
    ax = _axes(patterns, "", ax)
    grid, counts = overlay.measured.two_theta, overlay.measured.counts
    top = float(counts.max())
    ax.plot(grid, counts, ".", markersize=2.5, color="0.55", label="measured")
    ax.plot(grid, overlay.computed, color=INK, linewidth=0.9, label="computed")
    ax.plot(grid, overlay.background, color="0.4", linewidth=0.8, linestyle=":", label="background")
    _ticks(patterns, overlay.shape.zero, ax, top)
    shift = -(0.05 + 0.05 * len(patterns)) * top - float(overlay.difference.max())
    ax.plot(grid, overlay.difference + shift, color="0.3", linewidth=0.7, label="difference")
    ax.set_ylabel("counts")
    names = " + ".join(
        f"{weight:.3g} {crystal}" if len(overlay.weights) > 1 else crystal
        for crystal, weight in zip(overlay.crystals, overlay.weights, strict=True)
    )
    title = f"{names} on {Path(overlay.file).name}, R_wp {100 * overlay.r_wp:.1f} %"
    ax.set_title(plain_text(title), loc="left", fontsize="medium")
    ax.legend(frameon=False, loc="upper right")
    return ax


def plot_stack(
    patterns: Sequence[Lines], columns: Mapping[str, Floats], ax: "Axes | None"
) -> "Axes":
    """Draw profiles one above the other, and below them the differences from the first."""
    ax = _axes(patterns, "", ax)
    grid, *curves = columns.values()
    drawn = [
        (curve, OFFSET * number, number, pattern.crystal)
        for number, (pattern, curve) in enumerate(zip(patterns, curves, strict=True))
    ]
    lowest = 0.0
    for number, curve in enumerate(curves[1:], start=1):
        difference = curve - curves[0]
        lowest -= float(difference.max()) + 8
        name = f"{patterns[number].crystal} \u2212 {patterns[0].crystal}"
        drawn.append((difference, lowest, number, name))
        lowest += float(difference.min())
    for curve, base, number, name in drawn:
        colour = SERIES[number % len(SERIES)]
        ax.axhline(base, color="0.8", linewidth=0.6, zorder=0)
        ax.plot(grid, curve + base, color=colour, linewidth=1.0 if name in columns else 0.7)
        ax.annotate(
            plain_text(name),
            (1.0, base),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            color=INK,
            annotation_clip=False,
        )
    ax.set_ylim(lowest - 8, OFFSET * len(patterns))
    ax.set_yticks([])
    ax.set_ylabel("% of each maximum")
    return ax


def hkl_text(hkl: Sequence[int | Fraction]) -> str:
    """Indices with bars over negative ones, separated if one has two digits."""
    parts = [f"{abs(index)}" + ("\u0305" if index < 0 else "") for index in hkl]
    wide = any(index > 9 or index < -9 or index.denominator > 1 for index in hkl)
    return (" " if wide else "").join(parts)


def _axes(patterns: Sequence[Lines], name: str, ax: "Axes | None") -> "Axes":
    """Axes with the range and title of a pattern."""
    ax = axes_or_new(ax, SIZE)
    setup = patterns[0].setup
    ax.set_xlim(*setup.two_theta)
    ax.set_xlabel("2θ (°)")
    waves = ", ".join(f"{value:.5g}" for value in setup.beam.wavelengths)
    words = [plain_text(name)] if name else []
    title = ", ".join([*words, f"{setup.beam.radiation} of {waves} Å"])
    ax.set_title(title, loc="left", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _name_lines(patterns: Sequence[Lines], factors: Sequence[float], ax: "Axes") -> None:
    """Write indices above the strongest lines that have room."""
    low, high = patterns[0].setup.two_theta
    lines = [
        (float(factor * pattern.intensity[line]), float(pattern.two_theta[line]), pattern, line)
        for pattern, factor in zip(patterns, factors, strict=True)
        for line in range(len(pattern.two_theta))
    ]
    named: list[float] = []
    for height, place, pattern, line in sorted(lines, key=lambda entry: (-entry[0], entry[1])):
        if len(named) == LABELS:
            break
        if any(abs(place - other) < _ROOM * (high - low) for other in named):
            continue
        named.append(place)
        ax.annotate(
            hkl_text(pattern.shown(line)),
            (place, height),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=90,
            fontsize="small",
            color=INK,
        )


def _ticks(patterns: Sequence[Lines], zero: float, ax: "Axes", top: float) -> None:
    """Draw ticks at the lines of each crystal below a profile of some height."""
    for number, pattern in enumerate(patterns):
        strong = pattern.intensity >= 0.5
        ax.plot(
            pattern.two_theta[strong] + zero,
            np.full(strong.sum(), -(0.04 + 0.05 * number) * top),
            linestyle="none",
            marker="|",
            markersize=7,
            color=SERIES[number % len(SERIES)],
            label=plain_text(pattern.crystal),
        )
