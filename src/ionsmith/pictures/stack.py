"""Pictures of spinel blocks and conduction planes: coordination polyhedra seen along [100]."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.layers.spinel_blocks import basal_vectors, framework_bonds
from ionsmith.plotting import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "octahedron": "#8fa6b8",
    "tetrahedron": "#4f7f9e",
    "facing": "#e07b39",
    "mobile": "#e8c547",
    "oxygen": "#b3392f",
}
EDGE = "#24313a"

WIDTH = 17.0
"""Width of the picture in Å."""

LEGEND = {
    "octahedron": ("s", "octahedra"),
    "tetrahedron": ("D", "tetrahedra"),
    "facing": ("^", "AlO4 at a conduction plane"),
    "mobile": ("o", "Na"),
    "oxygen": (".", "O"),
}


def draw_stacks(structures: Mapping[str, CrystalLike]) -> "Figure":
    """Draw several β''-alumina structures side by side, on one scale.

    Parameters
    ----------
    structures
        The structures by their titles.

    Raises
    ------
    NotBetaAlumina
        If a structure has no conduction planes.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(4.6 * len(structures), 8.2), layout="constrained")
    axes = figure.subplots(1, len(structures), squeeze=False)[0]
    for ax, (title, structure) in zip(axes, structures.items(), strict=True):
        plot_stack(structure, ax)
        ax.set_title(title, loc="left")
        ax.label_outer()
    limits = np.array([ax.get_ylim() for ax in axes])
    for ax in axes:
        ax.set_ylim(limits[:, 0].min(), limits[:, 1].max())
    handles = [
        Line2D([], [], marker=marker, color="none", markerfacecolor=COLOURS[key],
               markeredgecolor=EDGE, markersize=11, label=label)
        for key, (marker, label) in LEGEND.items()
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def plot_stack(structure: CrystalLike, ax: "Axes | None" = None) -> "Axes":
    """Draw a β''-alumina structure along its basal a axis, the stacking upwards.

    Parameters
    ----------
    structure
        A structure with spinel blocks and conduction planes.
    ax
        Axes to draw into; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Octahedra are grey, tetrahedra blue or, at a conduction plane, orange; Na is yellow, O red.
        The distance of the octahedral cation rows is given at each plane.

    Raises
    ------
    NotBetaAlumina
        If the structure has no conduction planes.
    """
    from matplotlib.collections import PolyCollection

    atoms = read_structure(structure)
    anatomy = find_anatomy(atoms)
    ax = axes_or_new(ax, (4, 7))
    across = np.cross(anatomy.normal, anatomy.basal_axes[0])
    across /= np.linalg.norm(across)
    stack = basal_vectors(anatomy.miller) @ atoms.cell.array
    whole = atoms.positions + anatomy.wrap[:, None] * stack[2]
    flat = np.column_stack([whole @ across, anatomy.height])

    polygons, colours = _polyhedra(atoms, anatomy, across, flat)
    shifts = _sideways(stack[:2] @ across, flat)
    left = flat[:, 0].mean() - WIDTH / 2
    for shift in shifts:
        moved = [polygon + np.array([shift, 0]) for polygon in polygons]
        ax.add_collection(
            PolyCollection(moved, facecolors=colours, edgecolors=EDGE, linewidths=0.4)
        )
        for which, colour, size in (
            (atoms.numbers == 8, COLOURS["oxygen"], 5),
            ((anatomy.conduction_plane > 0) & ~anatomy.bridging, COLOURS["mobile"], 80),
        ):
            x, y = (flat[which] + np.array([shift, 0])).T
            ax.scatter(x, y, s=size, c=colour, edgecolors=EDGE, linewidths=0.3, zorder=3)
    _mark_planes(ax, anatomy, left + WIDTH)
    ax.set_xlim(left, left + WIDTH)
    ax.set_ylim(anatomy.height.min() - 2.4, anatomy.height.max() + 0.8)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_ylabel("height along c (Å)")
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax


def _polyhedra(
    atoms: Atoms, anatomy: Anatomy, across: NDArray[np.float64], flat: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Outlines of the coordination polyhedra, from the back to the front, and their colours."""
    bonds = framework_bonds(atoms)
    vectors = (
        atoms.positions[bonds.oxygen]
        + bonds.shift @ atoms.cell.array
        - atoms.positions[bonds.cation]
    )
    corners = np.column_stack([vectors @ across, vectors @ anatomy.normal])
    corners += flat[bonds.cation]
    number = np.bincount(bonds.cation, minlength=len(atoms))
    depth = atoms.positions @ anatomy.basal_axes[0]
    polygons, colours = [], []
    for cation in sorted(np.flatnonzero(number >= 3), key=lambda i: (number[i] < 5, depth[i], i)):
        points = corners[bonds.cation == cation]
        polygons.append(points[ConvexHull(points, qhull_options="QJ").vertices])
        kind = "octahedron" if number[cation] >= 5 else "tetrahedron"
        colours.append(COLOURS["facing" if anatomy.facing[cation] else kind])
    return polygons, colours


def _sideways(periods: NDArray[np.float64], flat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiples of the lateral period that fill the width of the picture."""
    period = float(np.abs(periods)[np.abs(periods) > 1e-6].min())
    reach = int(np.ceil((WIDTH + np.ptp(flat[:, 0])) / period))
    return np.asarray(period * np.arange(-reach, reach + 1))


def _mark_planes(ax: "Axes", anatomy: Anatomy, edge: float) -> None:
    """Write state and row spacing at each plane."""
    for plane in range(1, anatomy.n_planes + 1):
        top = anatomy.height[(anatomy.spinel_block == plane) & (anatomy.oxygen_layer == 4)].mean()
        middle = top + anatomy.oxygen_gap[plane - 1] / 2
        closed = bool(anatomy.closed[plane - 1])
        ax.annotate(
            f"{'closed' if closed else 'open'}\n{anatomy.row_spacing[plane - 1]:.2f} Å",
            (edge, middle),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=COLOURS["facing"] if closed else EDGE,
            fontsize=9,
            annotation_clip=False,
        )
