"""Picture of a crack in β''-alumina, seen along its front."""

from typing import TYPE_CHECKING

import numpy as np
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from numpy.typing import NDArray

from ionsmith.builders.beta_alumina.crack import Crack
from ionsmith.pictures.saving import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = "#22313f"
METAL = "#e8a33d"
"""Colour of the Na metal, to tell it from the Na ions of the crystal."""

MARGIN = 2.0
LARGEST = 12.0
"""Margin and largest size of the picture: in Å, and in inches."""

_POINTS_PER_INCH = 72


def plot_crack(crack: Crack, ax: "Axes | None" = None) -> "Axes":
    """Draw a crack along its front, the numbers of blocks and planes beside it.

    Parameters
    ----------
    crack
        The crack.
    ax
        Axes to draw into; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Across: the axis that the crack runs along, in Å. Upwards: the normal of the conduction
        planes.
    """
    from matplotlib.figure import Figure

    atoms = crack.atoms
    cell = atoms.cell.array
    normal = np.cross(cell[0], cell[1])
    normal /= np.linalg.norm(normal)
    number = 0 if crack.axis == "a" else 1
    along = np.linalg.pinv(cell[:2])[:, number]
    length = 1 / float(np.linalg.norm(along))
    period = float(cell[2] @ normal)
    x = atoms.positions @ along % 1.0 * length
    z = atoms.positions @ normal % period
    # The cell begins within the first block: it is drawn whole.
    block = atoms.arrays["spinel_block"]
    z = np.where((block == 1) & (z > period / 2), z - period, z)
    if ax is None:
        ax = Figure(figsize=_size(length, period), layout="constrained").subplots()
    ax.set_xlim(-MARGIN, length + MARGIN)
    ax.set_ylim(z.min() - MARGIN, z.max() + MARGIN)
    ax.set_aspect("equal")
    scale = _POINTS_PER_INCH * ax.bbox.height / ax.figure.dpi / np.diff(ax.get_ylim())[0]
    metal = atoms.arrays["sodium_metal"] == 1
    _planes(crack, ax, z)
    names = sorted(set(atoms.numbers[~metal].tolist()), reverse=True)
    depth = atoms.positions @ np.cross(normal, along)
    kinds = [(chemical_symbols[n], (atoms.numbers == n) & ~metal, jmol_colors[n], n) for n in names]
    kinds.append(("Na metal", metal, METAL, 11))
    for name, mine, colour, element in kinds:
        mine = np.flatnonzero(mine)
        if len(mine) == 0:
            continue
        mine = mine[np.argsort(depth[mine], kind="stable")]
        ax.scatter(
            x[mine],
            z[mine],
            s=(scale * covalent_radii[element]) ** 2,
            color=[colour],
            edgecolors=EDGE,
            linewidths=0.3,
            label=name,
            rasterized=True,
        )
    ax.set_xlabel(f"along {crack.axis}, normal to the crack front (Å)")
    ax.set_ylabel("normal to the conduction planes (Å)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, handletextpad=0.2)
    return ax


def _size(length: float, period: float) -> tuple[float, float]:
    """Of the picture, in inches: a tenth of an inch for an Å, if that is not too large."""
    width, height = length + 2 * MARGIN + 12, period + 2 * MARGIN + 8
    scale = min(0.15, LARGEST / max(width, height))
    return max(5.0, width * scale), max(3.5, height * scale)


def _planes(crack: Crack, ax: "Axes", z: NDArray[np.float64]) -> None:
    """Write the numbers of blocks and planes at the right edge."""
    for array, name in (("spinel_block", "block"), ("conduction_plane", "plane")):
        numbers = crack.atoms.arrays[array]
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


def save_crack(path: str, crack: Crack) -> None:
    """Write the picture as PNG or SVG, the same bytes each time.

    Parameters
    ----------
    path
        Where it goes; the suffix says the format.
    crack
        The crack.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    write_picture(path, plot_crack(crack).figure)  # type: ignore[arg-type]
