"""Picture of a crack, seen along its front."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from numpy.typing import NDArray

from ionsmith.builders.choices import CrackAxis
from ionsmith.plotting import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = "#22313f"
METAL = "#e8a33d"
"""Colour of Na metal, different from that of the Na ions of the crystal."""

MARGIN = 2.0
"""Margin around the cell in Å."""

LARGEST = 12.0
"""Largest width or height of the picture in inches."""

_POINTS_PER_INCH = 72


def draw_crack(atoms: Atoms, axis: CrackAxis) -> "Figure":
    """Draw a crack as a figure that is large enough for its cell."""
    from matplotlib.figure import Figure

    frame = _Frame(atoms, axis)
    figure = Figure(figsize=_size(frame.length, frame.period), layout="constrained")
    plot_crack(atoms, axis, figure.subplots())
    return figure


def plot_crack(atoms: Atoms, axis: CrackAxis, ax: "Axes | None" = None) -> "Axes":
    """Draw a crack: the axis along which it runs to the right, the normal of the planes upwards."""
    frame = _Frame(atoms, axis)
    x, z = frame.across, frame.height
    ax = axes_or_new(ax, _size(frame.length, frame.period))
    ax.set_xlim(-MARGIN, frame.length + MARGIN)
    ax.set_ylim(z.min() - MARGIN, z.max() + MARGIN)
    ax.set_aspect("equal")
    scale = _POINTS_PER_INCH * ax.bbox.height / ax.figure.dpi / np.diff(ax.get_ylim())[0]
    metal = atoms.arrays["sodium_metal"] == 1
    _label_planes(atoms, ax, z)
    names = sorted(set(atoms.numbers[~metal].tolist()), reverse=True)
    depth = frame.depth
    kinds = [(chemical_symbols[n], (atoms.numbers == n) & ~metal, jmol_colors[n], n) for n in names]
    kinds.append(("Na metal", metal, METAL, 11))
    for name, mine, colour, element in kinds:
        chosen = np.flatnonzero(mine)
        if len(chosen) == 0:
            continue
        chosen = chosen[np.argsort(depth[chosen], kind="stable")]
        ax.scatter(
            x[chosen],
            z[chosen],
            s=(scale * covalent_radii[element]) ** 2,
            color=[colour],
            edgecolors=EDGE,
            linewidths=0.3,
            label=name,
            rasterized=True,
        )
    ax.set_xlabel(f"along {axis}, normal to the crack front (Å)")
    ax.set_ylabel("normal to the conduction planes (Å)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, handletextpad=0.2)
    return ax


class _Frame:
    """Atoms as seen along the crack front, in Å: ``across``, ``height`` and ``depth``."""

    def __init__(self, atoms: Atoms, axis: CrackAxis) -> None:
        cell = atoms.cell.array
        normal = np.cross(cell[0], cell[1])
        normal /= np.linalg.norm(normal)
        along = np.linalg.pinv(cell[:2])[:, 0 if axis == "a" else 1]
        self.length = 1 / float(np.linalg.norm(along))
        self.period = float(cell[2] @ normal)
        self.across = atoms.positions @ along % 1.0 * self.length
        self.depth = atoms.positions @ np.cross(normal, along)
        z = atoms.positions @ normal % self.period
        # The cell begins within the first block, which is drawn whole.
        block = atoms.arrays["spinel_block"]
        self.height = np.where((block == 1) & (z > self.period / 2), z - self.period, z)


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
