"""Pictures of porous structures: the model along its third axis, and the pore sizes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii

from ionsmith.analyzers.pores._sizes import SizeBin
from ionsmith.analyzers.pores._zeo import Channels
from ionsmith.plotting import axes_or_new, element_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR = "#24527a"
_POINTS_PER_INCH = 72


def plot_model(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw the atoms of one cell, seen along its third axis from above.

    Parameters
    ----------
    atoms
        The structure.
    ax
        Axes to draw into; a new figure by default.
    """
    from matplotlib.patches import Polygon

    ax = axes_or_new(ax)
    cell = atoms.cell.array
    normal = cell[2] / np.linalg.norm(cell[2])
    right = cell[0] - cell[0] @ normal * normal
    right /= np.linalg.norm(right)
    frame = np.array([right, np.cross(normal, right), normal])
    shown = atoms.copy()
    shown.wrap(eps=1e-3)
    x, y, height = frame @ shown.positions.T
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) @ cell @ frame[:2].T
    ax.add_patch(Polygon(corners, closed=True, fill=False, edgecolor="#24313a", linewidth=0.8))
    ax.set_aspect("equal")
    margin = 1.5
    ax.set_xlim(min(corners[:, 0].min(), x.min()) - margin, corners[:, 0].max() + margin)
    ax.set_ylim(min(corners[:, 1].min(), y.min()) - margin, corners[:, 1].max() + margin)
    # Points on paper per Å, without the margins of the figure.
    inches = ax.bbox.width / ax.figure.dpi
    scale = 0.7 * _POINTS_PER_INCH * inches / np.diff(ax.get_xlim())[0]
    for number in np.unique(shown.numbers)[::-1]:
        mine = np.flatnonzero(shown.numbers == number)
        mine = mine[np.argsort(height[mine], kind="stable")]
        ax.scatter(
            x[mine],
            y[mine],
            s=(1.3 * scale * covalent_radii[number]) ** 2,
            color=element_colour(number),
            edgecolors="#24313a",
            linewidths=0.4,
            label=chemical_symbols[number],
            rasterized=True,
        )
    ax.set_xlabel("Å")
    ax.set_ylabel("Å")
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        frameon=False,
        handletextpad=0.2,
        markerscale=6 / (1.3 * scale * covalent_radii[shown.numbers].max()),
    )
    return ax


def plot_sizes(sizes: Sequence[SizeBin], channels: Channels, ax: "Axes | None") -> "Axes":
    """Draw the distribution of pore diameters, with the largest spheres that fit and pass."""
    ax = axes_or_new(ax)
    starts = [size.start for size in sizes]
    widths = [size.end - size.start for size in sizes]
    ax.bar(starts, [100 * size.fraction for size in sizes], widths, align="edge", color=_BAR)
    for value, style, text in (
        (channels.included_sphere, "-", "largest sphere that fits"),
        (channels.free_sphere, ":", "largest sphere that passes"),
    ):
        ax.axvline(value, color="#e07b39", linestyle=style, label=f"{text}, {value:.1f} Å")
    ax.set_xlabel("pore diameter (Å)")
    ax.set_ylabel("% of the cell")
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
