"""Pictures of finite and composite models."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms

from ionsmith.pictures.structures import Drawing, plot_structure
from ionsmith.plotting import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SLICE = 8.0
"""Thickness in Å of the slice of a composite model that is drawn."""


def plot_model(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw atoms along z, the upper ones in front."""
    return plot_structure(atoms, axes_or_new(ax, (6.0, 6.0)), Drawing(), axes=np.eye(3))


def plot_slice(atoms: Atoms, ax: "Axes | None" = None) -> "Axes":
    """Draw a slice across the middle of the first part along z, each part in its colour."""
    names = np.unique(atoms.arrays["part"]).tolist()
    drawing = Drawing(polyhedra=(), colours="part", thickness=SLICE)
    axes = plot_structure(atoms, axes_or_new(ax, (6.0, 6.0)), drawing, axes=np.eye(3))
    axes.set_title(f"{' in '.join(names)}, slice of {SLICE:g} Å", fontsize=10)
    return axes
