"""Picture of a crack, seen along its front."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.choices import CrackAxis
from ionsmith.pictures.structures import Drawing, plot_structure
from ionsmith.plotting import axes_or_new, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METAL = "#8c5a14"
"""Colour of Na metal, different from that of the Na ions of the crystal."""

MARGIN = 2.0
"""Margin around the cell in Å."""

LARGEST = 12.0
"""Largest width or height of the picture in inches."""


def draw_crack(atoms: Atoms, axis: CrackAxis) -> "Figure":
    """Draw a crack as a figure that is large enough for its cell."""
    frame = _Frame(atoms, axis)
    figure = new_figure(_size(frame.length, frame.period))
    plot_crack(atoms, axis, figure.subplots())
    return figure


def plot_crack(atoms: Atoms, axis: CrackAxis, ax: "Axes | None" = None) -> "Axes":
    """Draw a crack: the axis along which it runs to the right, the normal of the planes upwards."""
    frame = _Frame(atoms, axis)
    ax = axes_or_new(ax, _size(frame.length, frame.period))
    metal = atoms.arrays["sodium_metal"] == 1
    plot_structure(
        frame.atoms,
        ax,
        Drawing(fill=frame.length, fade=0, layers=False),
        axes=frame.axes,
        named={"Na metal": (metal, METAL)},
    )
    _label_planes(atoms, ax, frame.atoms.positions @ frame.axes[1])
    ax.set_title(f"{axis}, normal to the crack front, to the right", loc="left", fontsize=10)
    return ax


class _Frame:
    """Axes of the picture, length and period in Å, and the atoms with the first block whole."""

    def __init__(self, atoms: Atoms, axis: CrackAxis) -> None:
        cell = atoms.cell.array
        normal = np.cross(cell[0], cell[1])
        normal /= np.linalg.norm(normal)
        along = np.linalg.pinv(cell[:2])[:, 0 if axis == "a" else 1]
        self.length = 1 / float(np.linalg.norm(along))
        self.period = float(cell[2] @ normal)
        right = along * self.length
        self.axes = np.array([right, normal, np.cross(right, normal)])
        self.atoms = atoms.copy()
        z = atoms.positions @ normal
        # The cell begins within the first block, which is drawn whole.
        block = atoms.arrays["spinel_block"]
        first = (block == 1) & (z % self.period > self.period / 2)
        self.atoms.positions -= (np.floor(z / self.period) + first)[:, None] * cell[2]


def _size(length: float, period: float) -> tuple[float, float]:
    """Size of the picture in inches: 0.15 inch for each Å unless that is too large."""
    width, height = length + 2 * MARGIN + 12, period + 2 * MARGIN + 8
    scale = min(0.15, LARGEST / max(width, height))
    return max(5.0, width * scale), max(3.5, height * scale)


def _label_planes(atoms: Atoms, ax: "Axes", z: NDArray[np.float64]) -> None:
    """Write the numbers of blocks and planes at the right edge."""
    for array, name in (("spinel_block", "block"), ("conduction_plane", "plane")):
        numbers = atoms.arrays[array]
        for number in range(1, int(numbers.max()) + 1):
            mine = numbers == number
            if mine.any():
                ax.annotate(
                    f"{name} {number}",
                    (1.01, float(np.median(z[mine]))),
                    xycoords=("axes fraction", "data"),
                    va="center",
                    weight="bold" if name == "block" else "normal",
                )
