"""Picture of a pair distribution: g(r), and the histogram of the bond angles."""

from typing import TYPE_CHECKING

from ionsmith.analyzers.pair_distribution import PairDistribution
from ionsmith.pictures.saving import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_g(found: PairDistribution, ax: "Axes") -> "Axes":
    """Draw g(r) of all pairs, and of each two elements where there are several."""
    for one in found.pairs:
        style = {"color": "black", "linewidth": 1.6} if one.pair == "all" else {"linewidth": 1.0}
        ax.plot(found.r, one.g, label="all pairs" if one.pair == "all" else one.pair, **style)
    ax.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
    for peak in found.pairs[0].peaks[:2]:
        ax.axvline(peak, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        ax.annotate(
            f"{peak:.2f}", (peak, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom"
        )
    ax.set_xlabel("r (Å)")
    ax.set_ylabel("g(r)")
    ax.set_xlim(0, found.r[-1])
    ax.set_ylim(bottom=0)
    if len(found.pairs) > 1:
        ax.legend(frameon=False)
    return ax


def plot_angles(found: PairDistribution, ax: "Axes") -> "Axes":
    """Draw the histogram of the bond angles."""
    counts = found.angle_counts
    share = 100 * counts / max(int(counts.sum()), 1)
    ax.stairs(share, found.angle_edges, fill=True, color="tab:blue", alpha=0.6)
    if found.angle is not None and found.cutoff is not None:
        text = (
            f"{found.angle:.1f} ± {found.angle_spread:.1f}°\nneighbours within {found.cutoff:.2f} Å"
        )
        ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top")
    ax.set_xlabel("bond angle (°)")
    ax.set_ylabel("share of angles (%)")
    ax.set_xlim(0, 180)
    return ax


def draw_pair_distribution(found: PairDistribution, figure: "Figure") -> None:
    """Draw g(r) above the bond angles."""
    above, below = figure.subplots(2, 1)
    for ax in (plot_g(found, above), plot_angles(found, below)):
        ax.spines[["top", "right"]].set_visible(False)


def save_pair_distribution(path: str, found: PairDistribution) -> None:
    """Write the picture of a pair distribution as PNG or SVG, the same bytes each time.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 7), layout="constrained")
    draw_pair_distribution(found, figure)
    write_picture(path, figure)
