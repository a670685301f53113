"""A picture of a zone-axis pattern, or of a substrate's and a film's on each other.

The area of a spot grows with the square root of its intensity, so that weak ones are seen beside
strong ones.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.spots import SpotPattern, SpotPatterns, triple
from ionsmith.errors import NoMatch
from ionsmith.lattice.miller import Plane, Triple
from ionsmith.pictures.saving import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#24527a", "#d9631e")
MARK = "#24313a"
LABELS = 6
"""How many spots of each crystal are named, those of the largest spacings."""

_LARGEST, _SMALLEST = 150.0, 3.0  # areas of spots in square points
_PALE = "#a7b9ca"
_NAME_WIDTH = 0.09  # of half the picture


def plot_spots(
    patterns: SpotPatterns,
    ax: "Axes | None" = None,
    *,
    labels: int = LABELS,
    named: Sequence[Sequence[Plane]] = (),
) -> "Axes":
    """Draw one pattern, or two on each other.

    Parameters
    ----------
    patterns
        What is drawn.
    ax
        Axes to draw into; a new figure by default.
    labels
        How many spots of each crystal are named, those of the largest spacings.
    named
        For each crystal, spots that are named besides.

    Returns
    -------
    matplotlib.axes.Axes
        Spots of the first crystal filled, of the second as rings, crosses for what the space group
        forbids; dashed circles around coinciding spots, solid ones with m:n along the parallel
        planes.

    Raises
    ------
    NoMatch
        If a spot that is to be named is not in its pattern.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Circle

    if ax is None:
        _, ax = plt.subplots(figsize=(8, 8.6), layout="constrained")
    reach = 1.08 / patterns.conditions.d_min
    radii = [np.linalg.norm(pattern.positions, axis=1).max() for pattern in patterns.patterns]
    reach = min(reach, 1.12 * max(radii))
    for number, pattern in enumerate(patterns.patterns):
        _draw(ax, pattern, COLOURS[number], filled=number == 0)
        asked = list(named[number]) if number < len(named) else []
        chosen = labelled(pattern, labels, asked, _NAME_WIDTH * reach)
        _name(ax, pattern, chosen, COLOURS[number], above=number == 0)
    for sense in (1, -1):
        for pair in patterns.coincidences:
            centre = sense * np.array(pair.position)
            ax.add_patch(
                Circle(
                    tuple(centre),
                    0.5 * pair.distance + 0.022 * reach,
                    fill=False,
                    edgecolor=MARK,
                    linewidth=1.4 if pair.along_planes else 0.8,
                    linestyle="-" if pair.along_planes else (0, (3, 2)),
                    zorder=4,
                )
            )
            if pair.along_planes:
                ax.annotate(
                    f"{pair.m}:{pair.n}",
                    xy=tuple(centre),
                    xytext=(0, -10 - 130 * pair.distance / reach),
                    textcoords="offset points",
                    ha="center",
                    va="top",
                    color=MARK,
                    fontweight="bold",
                    fontsize="medium",
                    zorder=6,
                )
    ax.plot(0, 0, marker="o", markersize=9, color=MARK, zorder=5)
    _scale_bar(ax, reach)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.text(0, 1, _conditions(patterns), transform=ax.transAxes, va="top", color=MARK)
    ax.legend(
        handles=_legend(patterns),
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=2,
        frameon=False,
        fontsize="medium",
    )
    return ax


def save_spots(
    path: str,
    patterns: SpotPatterns,
    *,
    labels: int = LABELS,
    named: Sequence[Sequence[Plane]] = (),
) -> None:
    """Write the picture as PNG or SVG, the same bytes each time.

    Parameters
    ----------
    path
        Where it goes.
    patterns, labels, named
        As for :func:`plot_spots`.

    Raises
    ------
    InvalidInput
        For another suffix.
    NoMatch
        If a spot that is to be named is not in its pattern.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 8.6), layout="constrained")
    plot_spots(patterns, figure.subplots(), labels=labels, named=named)
    write_picture(path, figure)


def spot_label(indices: Triple) -> str:
    """Indices with bars above the negative ones, in the mathematics of matplotlib."""
    separator = r"\," if max(map(abs, indices)) < 10 else r"\;"
    parts = [rf"\bar{{{-i}}}" if i < 0 else str(i) for i in indices]
    return "$" + separator.join(parts) + "$"


def _area(intensity: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(_LARGEST * np.sqrt(intensity / 100), _SMALLEST)


def _draw(ax: "Axes", pattern: SpotPattern, colour: str, *, filled: bool) -> None:
    allowed = ~pattern.forbidden
    zero = allowed if pattern.laue_zone is None else allowed & (pattern.laue_zone == 0)
    area = _area(pattern.intensity)
    for spots, alpha in ((zero, 1.0), (allowed & ~zero, 0.4)):
        ax.scatter(
            pattern.positions[spots, 0],
            pattern.positions[spots, 1],
            s=area[spots],
            facecolors=colour if filled else "none",
            edgecolors=colour,
            linewidths=0.0 if filled else 1.3,
            alpha=alpha,
            zorder=3,
        )
    ax.scatter(
        pattern.positions[pattern.forbidden, 0],
        pattern.positions[pattern.forbidden, 1],
        s=16,
        marker="x",
        c=colour,
        linewidths=0.7,
        zorder=2,
    )


def _name(
    ax: "Axes", pattern: SpotPattern, chosen: NDArray[np.int64], colour: str, *, above: bool
) -> None:
    """Write the indices above or below spots."""
    from matplotlib.patheffects import withStroke

    for spot in chosen:
        radius = np.sqrt(_area(pattern.intensity[spot]) / np.pi)
        ax.annotate(
            spot_label(triple(pattern.hkl[spot])),
            xy=tuple(pattern.positions[spot]),
            xytext=(0, (2 + radius) * (1 if above else -1)),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            color=colour,
            fontsize="small",
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
            zorder=5,
        )


def labelled(
    pattern: SpotPattern, labels: int, asked: Sequence[Plane] = (), room: float = 0.0
) -> NDArray[np.int64]:
    """Choose the spots that are named.

    Parameters
    ----------
    pattern
        The pattern.
    labels
        How many of the allowed spots with the largest spacings, of a Friedel pair the one that
        reads more easily.
    asked
        Spots that are named in any case.
    room
        Width of a name in Å⁻¹; spots whose names would overlap are passed over.

    Returns
    -------
    ndarray
        Numbers of the spots, shape (n,).

    Raises
    ------
    NoMatch
        If a spot that is asked for is not in the pattern.
    """
    chosen: list[int] = []
    for plane in asked:
        found = np.flatnonzero((pattern.hkl == plane.indices).all(axis=1))
        if len(found) == 0:
            raise NoMatch(
                f"{plane} is no spot of {pattern.crystal.name} along {pattern.zone.label} within "
                "the limits; it must lie in the zone and be strong enough"
            )
        chosen.append(int(found[0]))
    wanted = len(chosen) + labels
    for spot in np.flatnonzero(~pattern.forbidden & pattern.independent):
        if len(chosen) == wanted:
            break
        apart = abs(pattern.positions[chosen] - pattern.positions[spot])
        if spot not in chosen and not ((apart[:, 0] < room) & (apart[:, 1] < room / 2)).any():
            chosen.append(int(spot))
    return np.array(chosen, dtype=np.int64)


def _scale_bar(ax: "Axes", reach: float) -> None:
    length = max(step for step in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if step <= 0.5 * reach)
    x, y = 0.95 * reach, -0.97 * reach
    ax.plot([x - length, x], [y, y], color=MARK, linewidth=3, solid_capstyle="butt", zorder=6)
    ax.annotate(
        f"{length:g} Å⁻¹",
        xy=(x - length / 2, y),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        color=MARK,
    )


def _conditions(patterns: SpotPatterns) -> str:
    conditions = patterns.conditions
    thick = "" if conditions.thickness is None else f", {conditions.thickness:g} Å thick"
    return (
        f"{conditions.energy:g} keV{thick},\nexcitation error up to "
        f"{conditions.max_excitation_error:g} Å⁻¹"
    )


def _legend(patterns: SpotPatterns) -> list[Any]:
    from matplotlib.lines import Line2D

    def entry(label: str, marker: str, colour: str, filled: bool, line: str = "") -> Any:
        return Line2D(
            [], [], linestyle=line, marker=marker, color=colour, label=label, markersize=8,
            markerfacecolor=colour if filled else "none",
        )  # fmt: skip

    found = [
        entry(f"{pattern.crystal.name}, {pattern.zone.label}", "o", colour, number == 0)
        for number, (pattern, colour) in enumerate(zip(patterns.patterns, COLOURS, strict=False))
    ]
    if any(pattern.forbidden.any() for pattern in patterns.patterns):
        found.append(entry("forbidden by the space group", "x", MARK, False))
    if any((pattern.laue_zone is not None and pattern.laue_zone.any())
           for pattern in patterns.patterns):  # fmt: skip
        found.append(entry("paler: higher Laue zones", "o", _PALE, True))
    if not all(pair.along_planes for pair in patterns.coincidences):
        found.append(
            Line2D([], [], linestyle=(0, (3, 2)), color=MARK, linewidth=0.8, label="coinciding")
        )
    found += [
        entry(
            f"{pair.m}:{pair.n}, {pair.substrate} and {pair.film}, {100 * pair.mismatch:.1f} %",
            "o", MARK, False,
        )
        for pair in patterns.coincidences
        if pair.along_planes
    ]  # fmt: skip
    return found
