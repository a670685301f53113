"""Picture of a zone-axis pattern, or of a substrate's and a film's over each other.

The area of a spot grows with the square root of its intensity, so that weak spots are seen beside
strong ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Conditions
from ionsmith.errors import NoMatch
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.zone import Zone
from ionsmith.plotting import COLOURS, SERIES, axes_or_new, columns_of, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARK = COLOURS["cell"]
SIZE = (8.0, 8.6)
"""Width and height of a figure in inches."""

LABELS = 6
"""Number of spots of each crystal with indices, those with the largest spacings."""

_LARGEST, _SMALLEST = 150.0, 3.0  # areas of spots in square points
_CLEAR = 5.0  # intensity in per cent of the spots of a slab that are named
_PALE = "#a7b9ca"
_NAME_WIDTH = 0.16  # of half the picture
_STRONG = 15.0  # intensity in per cent of the spots that names do not cover
_COVERED = 2.0  # further spots are named before one whose name covers a strong spot


@dataclass(frozen=True)
class Coincidence:
    """A spot of the substrate and one of the film at nearly the same place.

    Parameters
    ----------
    substrate, film
        The spots as text.
    substrate_indices, film_indices
        Indices of the spots.
    m, n
        m planes of the substrate match n of the film: the spots are the n-th and the m-th of their
        rows, or a higher order of these.
    order
        That order: 1, or the first one in which both reflections are allowed.
    d_substrate, d_film
        Spacings of the spots in Å.
    mismatch
        (m d_sub - n d_film) / (m d_sub), with the spacings of the planes.
    angle
        Angle between the two reciprocal vectors in degrees.
    distance
        Distance of the two spots in the picture in Å⁻¹.
    position
        Midpoint of the two spots in the picture in Å⁻¹.
    along_planes
        Whether the spots lie on the normal of the relationship's parallel planes, which m and n
        then count.
    """

    substrate: str
    film: str
    substrate_indices: tuple[int, int, int]
    film_indices: tuple[int, int, int]
    m: int
    n: int
    order: int
    d_substrate: float
    d_film: float
    mismatch: float
    angle: float
    distance: float
    position: tuple[float, float]
    along_planes: bool


class Pattern(Protocol):
    """What is drawn of a pattern."""

    @property
    def crystal(self) -> str: ...
    @property
    def conditions(self) -> Conditions: ...
    @property
    def zone(self) -> Zone: ...
    @property
    def hkl(self) -> NDArray[np.int64]: ...
    @property
    def slab_thickness(self) -> float | None: ...
    def shown(self, hkl: Sequence[int]) -> Sequence[int | Fraction]: ...
    def spot_text(self, spot: int) -> str: ...
    @property
    def positions(self) -> NDArray[np.float64]: ...
    @property
    def intensity(self) -> NDArray[np.float64]: ...
    @property
    def forbidden(self) -> NDArray[np.bool_]: ...
    @property
    def independent(self) -> NDArray[np.bool_]: ...
    @property
    def laue_zone(self) -> NDArray[np.int64] | None: ...


def plot_spots(
    patterns: Sequence[Pattern],
    coincidences: Sequence[Coincidence],
    ax: "Axes | None",
    labels: int,
    named: Sequence[Sequence[Plane]],
) -> "Axes":
    """Draw one pattern, or two over each other."""
    ax = axes_or_new(ax, SIZE)
    radii = [np.linalg.norm(pattern.positions, axis=1).max() for pattern in patterns]
    reach = min(1.08 / patterns[0].conditions.d_min, 1.12 * max(radii))
    strong = [one.positions[one.intensity > _STRONG] for one in patterns]
    avoid = np.concatenate([np.zeros((9, 2)), *strong])  # the direct beam first of all
    taken = np.full((1, 2), np.inf)
    for number, pattern in enumerate(patterns):
        _draw(ax, pattern, SERIES[number], filled=number == 0)
        asked = list(named[number]) if number < len(named) else []
        room = _NAME_WIDTH * reach
        chosen = labelled(pattern, labels, asked, room, avoid)
        # A name of the second crystal that would cover one of the first is at the opposite spot.
        names = pattern.positions[chosen] + [0, (0.25 - 0.5 * number) * room]
        apart = abs(names[:, None] - taken)
        covered = ((apart[..., 0] < room) & (apart[..., 1] < 0.4 * room)).any(axis=1)
        senses = np.where(covered & (np.arange(len(chosen)) >= len(asked)), -1, 1)
        taken = np.concatenate([taken, names])
        _name(ax, pattern, chosen, senses, SERIES[number], above=number == 0)
    for sense in (1, -1):
        for pair in coincidences:
            _circle(ax, pair, sense * np.array(pair.position), reach)
    ax.plot(0, 0, marker="o", markersize=9, color=MARK, zorder=5)
    _scale_bar(ax, reach)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_axis_off()
    words = _words(patterns[0].conditions)
    if (thickness := patterns[0].slab_thickness) is not None:
        words += "\n" + slab_words(thickness)
    ax.set_title(words, loc="left", fontsize="medium", color=MARK)
    handles, columns = _legend(patterns, coincidences), columns_of(2)
    if ax.figure.get_layout_engine() is not None:
        ax.figure.legend(handles=handles, loc="outside lower left", ncols=columns, frameon=False)
    else:
        ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=columns,
                  frameon=False)  # fmt: skip
    return ax


def _circle(ax: "Axes", pair: Coincidence, centre: NDArray[np.float64], reach: float) -> None:
    """Draw a circle around coinciding spots, with m:n along the parallel planes."""
    from matplotlib.patches import Circle

    place = (float(centre[0]), float(centre[1]))
    ax.add_patch(
        Circle(
            place,
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
            xy=place,
            xytext=(0, -10 - 130 * pair.distance / reach),
            textcoords="offset points",
            ha="center",
            va="top",
            color=MARK,
            fontweight="bold",
            fontsize="medium",
            zorder=6,
        )


def spot_label(indices: Sequence[int | Fraction]) -> str:
    """Indices with bars above negative ones, as mathematical text of matplotlib."""
    narrow = all(-10 < index < 10 and index.denominator == 1 for index in indices)
    separator = r"\," if narrow else r"\;"
    parts = [rf"\bar{{{-i}}}" if i < 0 else str(i) for i in indices]
    return "$" + separator.join(parts) + "$"


def _area(intensity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of spots in square points."""
    return np.maximum(_LARGEST * np.sqrt(intensity / 100), _SMALLEST)


def _draw(ax: "Axes", pattern: Pattern, colour: str, *, filled: bool) -> None:
    """Draw the spots of one crystal."""
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
    ax: "Axes",
    pattern: Pattern,
    chosen: NDArray[np.int64],
    senses: NDArray[np.int64],
    colour: str,
    *,
    above: bool,
) -> None:
    """Write indices above or below spots, or their opposites."""
    from matplotlib.patheffects import withStroke

    for spot, sense in zip(chosen, senses, strict=True):
        radius = np.sqrt(_area(pattern.intensity[spot]) / np.pi)
        ax.annotate(
            spot_label(pattern.shown(sense * pattern.hkl[spot]))
            if pattern.slab_thickness is None
            else pattern.spot_text(int(spot)),
            xy=tuple(sense * pattern.positions[spot]),
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
    pattern: Pattern,
    labels: int,
    asked: Sequence[Plane] = (),
    room: float = 0.0,
    avoid: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Choose the spots that get indices: those asked for, and others whose names have room.

    The first ones are preferred, and those whose names, above them, cover few of some places.
    """
    chosen: list[int] = []
    for plane in asked:
        spots = np.flatnonzero((pattern.hkl == plane.indices).all(axis=1))
        if len(spots) == 0:
            raise NoMatch(
                f"{plane} is not a spot of {pattern.crystal} along {pattern.zone.label} within the "
                "limits; it must lie in the zone and be strong enough"
            )
        chosen.append(int(spots[0]))
    wanted = len(chosen) + labels
    clear = pattern.intensity >= (0 if pattern.slab_thickness is None else _CLEAR)
    candidates = np.flatnonzero(~pattern.forbidden & pattern.independent & clear)
    if avoid is not None:
        off = (avoid - pattern.positions[candidates, None]) / room
        covers = (abs(off[..., 0]) < 0.7) & (off[..., 1] > 0.05) & (off[..., 1] < 0.5)
        rank = covers.sum(axis=1) + np.arange(len(candidates)) / _COVERED
        candidates = candidates[np.argsort(rank, kind="stable")]
    for spot in candidates:
        if len(chosen) == wanted:
            break
        apart = abs(pattern.positions[chosen] - pattern.positions[spot])
        if spot not in chosen and not ((apart[:, 0] < room) & (apart[:, 1] < room / 2)).any():
            chosen.append(int(spot))
    return np.array(chosen, dtype=np.int64)


def _scale_bar(ax: "Axes", reach: float) -> None:
    """Draw a scale bar at the lower right."""
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


def slab_words(thickness: float) -> str:
    """What the pattern of a slab shows."""
    wide = f"{1 / thickness:.2g} Å⁻¹ wide along its normal"
    return f"slab of {thickness:.3g} Å: spots are maxima, {wide}"


def _words(conditions: Conditions) -> str:
    """Beam, thickness and excitation error in words."""
    thick = "" if conditions.thickness is None else f", {conditions.thickness:g} Å thick"
    return (
        f"{conditions.energy:g} keV{thick}, excitation error up to "
        f"{conditions.max_excitation_error:g} Å⁻¹"
    )


def _legend(patterns: Sequence[Pattern], coincidences: Sequence[Coincidence]) -> list[Any]:
    """Entries of the legend."""
    from matplotlib.lines import Line2D

    def entry(
        label: str, marker: str, colour: str, filled: bool, line: Literal["", "-"] = ""
    ) -> Any:
        return Line2D(
            [], [], linestyle=line, marker=marker, color=colour, label=label, markersize=8,
            markerfacecolor=colour if filled else "none",
        )  # fmt: skip

    entries = [
        entry(f"{plain_text(pattern.crystal)}, {pattern.zone.label}", "o", colour, number == 0)
        for number, (pattern, colour) in enumerate(zip(patterns, SERIES, strict=False))
    ]
    if any(pattern.forbidden.any() for pattern in patterns):
        entries.append(entry("forbidden by the space group", "x", MARK, False))
    if any((pattern.laue_zone is not None and pattern.laue_zone.any())
           for pattern in patterns):  # fmt: skip
        entries.append(entry("paler: higher Laue zones", "o", _PALE, True))
    if not all(pair.along_planes for pair in coincidences):
        entries.append(
            Line2D([], [], linestyle=(0, (3, 2)), color=MARK, linewidth=0.8, label="coinciding")
        )
    entries += [
        entry(
            f"{pair.m}:{pair.n}, {pair.substrate} and {pair.film}, {100 * pair.mismatch:.1f} %",
            "o", MARK, False,
        )
        for pair in coincidences
        if pair.along_planes
    ]  # fmt: skip
    return entries
