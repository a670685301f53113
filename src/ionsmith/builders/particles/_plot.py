"""Pictures of finite and composite models."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from ionsmith.plotting import SERIES, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SLICE = 8.0
"""Thickness in Å of the slice of a composite model that is drawn."""


def plot_model(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw atoms along z in the colours of their elements, the upper ones in front."""
    return _drawn(atoms, jmol_colors[atoms.numbers], ax)


def plot_slice(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw a slice across the middle of the first part along z, each part in its colour."""
    part = atoms.arrays["part"]
    names = list(dict.fromkeys(part.tolist()))
    heights = atoms.positions[:, 2]
    middle = float(np.median(heights[part == names[0]]))
    near = abs(heights - middle) <= SLICE / 2
    colours = np.array([to_rgb(SERIES[1 - names.index(name)]) for name in part[near].tolist()])
    bright = 0.75 + 0.25 * jmol_colors[atoms.numbers[near]].mean(axis=1, keepdims=True)
    axes = _drawn(atoms[near], colours * bright, ax)
    axes.set_title(f"{' in '.join(names)}, slice of {SLICE:g} Å", fontsize=10)
    return axes


def _drawn(atoms: Atoms, colours: NDArray[np.float64], ax: "Axes | None") -> "Axes":
    """Draw atoms as discs, paler the deeper they lie."""
    ax = axes_or_new(ax, (6.0, 6.0))
    order = np.argsort(atoms.positions[:, 2], kind="stable")
    places, numbers = atoms.positions[order], atoms.numbers[order]
    depth = (places[:, 2] - places[0, 2]) / max(float(np.ptp(places[:, 2])), 1e-9)
    fade = 0.55 * (1 - depth[:, None])
    ax.set_aspect("equal")
    low, high = places[:, :2].min(axis=0) - 2, places[:, :2].max(axis=0) + 2
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    figure = ax.get_figure(root=True)
    inches = 6.0 if figure is None else float(min(figure.get_size_inches()))
    width = 72 * 0.85 * inches / float((high - low).max())
    ax.scatter(
        places[:, 0],
        places[:, 1],
        s=(1.3 * covalent_radii[numbers] * width) ** 2,
        c=np.clip(colours[order] * (1 - fade) + fade, 0, 1),
        edgecolors="0.2",
        linewidths=min(0.4, 0.05 * width),
    )
    ax.set_xlabel("x (Å)")
    ax.set_ylabel("y (Å)")
    return ax
