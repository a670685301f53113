"""A picture of a finite or composite model."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.colors import jmol_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_model(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw atoms along z, the upper ones in front; of a wire or a particle the half below."""
    from ionsmith.plotting import axes_or_new

    ax = axes_or_new(ax, (6.0, 6.0))
    order = np.argsort(atoms.positions[:, 2], kind="stable")
    places, numbers = atoms.positions[order], atoms.numbers[order]
    depth = (places[:, 2] - places[0, 2]) / max(float(np.ptp(places[:, 2])), 1e-9)
    fade = 0.55 * (1 - depth[:, None])
    colours = jmol_colors[numbers] * (1 - fade) + fade
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
        c=np.clip(colours, 0, 1),
        edgecolors="0.2",
        linewidths=min(0.4, 0.05 * width),
    )
    ax.set_xlabel("x (Å)")
    ax.set_ylabel("y (Å)")
    return ax
