"""Picture of an interface, seen from the side as a micrograph shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from numpy.typing import NDArray

from ionsmith.builders.interface._slab import Slab, Vector
from ionsmith.plotting import axes_or_new, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = "#22313f"
FRINGES = ("#1f4e79", "#c8511b")
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
    from matplotlib.figure import Figure

    height = float(np.clip(1.5 + 0.17 * np.ptp(atoms.positions[:, 2]), 4, 24))
    figure = Figure(figsize=(8, height), layout="constrained")
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
    places, numbers, depth = _images(atoms, along, across, width)
    # One repeat along the view: what lies behind looks the same.
    order = np.argsort(depth, kind="stable")
    ax.scatter(
        places[order, 0],
        places[order, 1],
        s=110 * covalent_radii[numbers[order]] ** 2,
        c=jmol_colors[numbers[order]],
        edgecolors=EDGE,
        linewidths=0.4,
    )
    ends = []
    for number, slab in enumerate(slabs):
        z = atoms.positions[atoms.arrays["side"] == number, 2]
        ends.append((float(z.min()), float(z.max())))
        if slab.parallel_vector is not None:
            _fringes(ax, np.array(slab.parallel_vector), along, across, ends[-1], width, number)
        ax.annotate(
            plain_text(f"{slab.crystal}\n{slab.plane}"),
            (1.01, np.mean(ends[-1])),
            xycoords=("axes fraction", "data"),
            color=FRINGES[number],
            va="center",
        )
    ax.set_xlim(-width / 2, width / 2)
    ax.set_ylim(ends[0][0] - 1.5, ends[1][1] + 1.5)
    ax.set_aspect("equal")
    seen = " || ".join(directions) if known and directions else "the first cell vector"
    ax.set_xlabel(f"across, seen along {seen} (Å)")
    ax.set_ylabel("height (Å)")
    ax.spines[["top", "right"]].set_visible(False)
    _legend(ax, numbers)
    return ax


def _view(atoms: Atoms, zone_axis: Vector | None) -> tuple[Floats, bool]:
    """Direction of view, in the plane of contact, and whether it is the zone axis."""
    if zone_axis is not None and abs(zone_axis[2]) < UPRIGHT:
        axis = np.array([*zone_axis[:2], 0.0])
        return axis / np.linalg.norm(axis), True
    first = atoms.cell.array[0]
    return np.asarray(first / np.linalg.norm(first)), False


def _images(
    atoms: Atoms, along: Floats, across: Floats, width: float
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Atoms in the width of the picture, and in one period of the cell along the view."""
    cell = atoms.cell.array
    span = int(np.ceil(2 * width / min(np.linalg.norm(cell[:2], axis=1)))) + 1
    grid = np.array([(i, j) for i in range(-span, span + 1) for j in range(-span, span + 1)])
    moves = grid @ cell[:2]
    points = (atoms.positions[None] + moves[:, None]).reshape(-1, 3)
    flat, depth = points @ across, points @ along
    sideways = cell[:2] @ across
    area = abs(float(np.linalg.det(cell[:2, :2])))
    thick = area / max(float(np.ptp(sideways)), float(abs(sideways).max()))
    inside = (abs(flat) < width / 2) & (abs(depth) < max(thick, 6.0) / 2)
    numbers = np.tile(atoms.numbers, len(grid))[inside]
    places = np.stack([flat[inside], points[inside, 2]], axis=1)
    return places, numbers, depth[inside]


def _fringes(
    ax: "Axes",
    vector: Floats,
    along: Floats,
    across: Floats,
    heights: tuple[float, float],
    width: float,
    side: int,
) -> None:
    """Draw lattice planes that are seen edge-on and cross the interface."""
    if abs(vector @ along) > UPRIGHT * np.linalg.norm(vector):
        return
    g = np.array([vector @ across, vector[2]])
    if abs(g[0]) < UPRIGHT * np.linalg.norm(g):
        return
    z = np.array(heights)
    reach = abs(g[0]) * width / 2 + abs(g[1]) * abs(z).max()
    for order in range(-int(reach) - 1, int(reach) + 2):
        ax.plot((order - g[1] * z) / g[0], z, color=FRINGES[side], linewidth=1.1, alpha=0.8)


def _legend(ax: "Axes", numbers: NDArray[np.int64]) -> None:
    """Name the elements above the picture."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="o", color="none", markerfacecolor=tuple(jmol_colors[number]),
               markeredgecolor=EDGE, markersize=9, label=chemical_symbols[number])
        for number in np.unique(numbers)
    ]  # fmt: skip
    ax.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(handles),
        frameon=False,
        handletextpad=0.1,
    )
