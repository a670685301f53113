"""Picture of an interface, seen from the side as a micrograph shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface._slab import Slab, Vector
from ionsmith.pictures.structures import Drawing, plot_structure
from ionsmith.plotting import COLOURS, axes_or_new, new_figure, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = "#22313f"
FRINGES = (COLOURS["substrate"], COLOURS["film"])
UPRIGHT = 0.05
"""Sine of the angle up to which an axis lies in the plane of contact or planes are edge-on."""

Floats = NDArray[np.float64]


def draw_interface(
    atoms: Atoms,
    slabs: Sequence[Slab],
    zone_axis: Vector | None,
    directions: tuple[str, str] | None,
) -> "Figure":
    """Draw an interface as a figure that is as high as its cell requires."""
    height = float(np.clip(1.5 + 0.17 * np.ptp(atoms.positions[:, 2]), 4, 24))
    figure = new_figure((8, height))
    plot_interface(atoms, slabs, zone_axis, directions, figure.subplots(), 36.0)
    return figure


def plot_interface(
    atoms: Atoms,
    slabs: Sequence[Slab],
    zone_axis: Vector | None,
    directions: tuple[str, str] | None,
    ax: "Axes | None",
    width: float,
) -> "Axes":
    """Draw an interface from the side, nearer atoms in front.

    Lattice planes of the orientation relationship are blue in the substrate, orange in the film.
    """
    ax = axes_or_new(ax, (7, 7))
    along, known = _view(atoms, zone_axis)
    across = np.cross((0.0, 0.0, 1.0), along)
    view = np.array([across, (0.0, 0.0, 1.0), along])
    plot_structure(atoms, ax, Drawing(fill=width, layers=False), axes=view)
    left, right = ax.get_xlim()
    centre = (left + right) / 2
    ends = []
    lines = False
    for number, slab in enumerate(slabs):
        z = atoms.positions[atoms.arrays["side"] == number, 2]
        ends.append((float(z.min()), float(z.max())))
        if slab.parallel_vector is not None:
            g = view @ np.array(slab.parallel_vector)
            lines |= _fringes(ax, g, ends[-1], (centre, width), number)
        ax.annotate(
            plain_text(f"{slab.crystal}\n{slab.plane}"),
            (1.01, np.mean(ends[-1])),
            xycoords=("axes fraction", "data"),
            color=FRINGES[number],
            va="center",
        )
    contact = (ends[0][1] + ends[1][0]) / 2
    ax.axhline(contact, color=EDGE, linewidth=1.0, linestyle=(0, (4, 3)), zorder=4)
    ax.annotate("contact", (1.01, contact), xycoords=("axes fraction", "data"), va="center")
    seen = " ∥ ".join(directions) if known and directions else "the first cell vector"
    words = f"seen along {seen}" + (", lines: parallel planes" if lines else "")
    ax.set_title(words, loc="left", fontsize=10)
    return ax


def _view(atoms: Atoms, zone_axis: Vector | None) -> tuple[Floats, bool]:
    """Direction of view, in the plane of contact, and whether it is the zone axis."""
    if zone_axis is not None and abs(zone_axis[2]) < UPRIGHT:
        axis = np.array([*zone_axis[:2], 0.0])
        return axis / np.linalg.norm(axis), True
    first = atoms.cell.array[0]
    return np.asarray(first / np.linalg.norm(first)), False


def _fringes(
    ax: "Axes",
    g: Floats,
    heights: tuple[float, float],
    window: tuple[float, float],
    side: int,
) -> bool:
    """Draw lattice planes that are seen edge-on and cross the interface, if they do."""
    if abs(g[2]) > UPRIGHT * np.linalg.norm(g) or abs(g[0]) < UPRIGHT * np.linalg.norm(g):
        return False
    centre, width = window
    z = np.array(heights)
    ends = [g[0] * (centre + sign * width / 2) + g[1] * z for sign in (-1, 1)]
    for order in range(int(np.floor(np.min(ends))), int(np.ceil(np.max(ends))) + 1):
        ax.plot((order - g[1] * z) / g[0], z, color=FRINGES[side], linewidth=1.1, zorder=4)
    return True
