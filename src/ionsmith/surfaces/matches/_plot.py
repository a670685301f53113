"""Picture of a match: both strained lattices, the common cell, the strains, and the front."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import direction_text
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import parse_plane
from ionsmith.plotting import COLOURS, axes_or_new, columns_of, legend_below, plain_text
from ionsmith.surfaces.matches._match import Match
from ionsmith.surfaces.plane_mesh import plane_mesh

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 2000  # matches in the inset


def plot_match(
    matches: Sequence[Match],
    number: int,
    crystals: tuple[CrystalLattice, CrystalLattice],
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw lattice points of both strained planes, common cell, principal strains, and front."""
    from matplotlib.patches import Polygon

    ax = axes_or_new(ax, (8.0, 6.0))
    match, (substrate, film) = matches[number - 1], crystals
    sides = in_plane(match, substrate, film)
    cell = sides["substrate"][1]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) @ cell
    margin = 0.45 * np.ptp(corners, axis=0).max()
    low, high = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    for name, (mesh, _, _), filled, size, plane in (
        ("substrate", sides["substrate"], True, 16, match.substrate_plane),
        ("film", sides["film"], False, 60, match.film_plane),
    ):
        points = _points(mesh, low, high)
        crystal = substrate if name == "substrate" else film
        ax.scatter(
            points[:, 0],
            points[:, 1],
            s=size,
            facecolors=COLOURS[name] if filled else "none",
            edgecolors=COLOURS[name],
            linewidths=1.1,
            label=plain_text(f"{crystal.name} {plane} ({name})"),
            zorder=3,
        )
    ax.add_patch(
        Polygon(corners, closed=True, fill=True, alpha=0.12, color=COLOURS["cell"], zorder=1)
    )
    ax.add_patch(Polygon(corners, closed=True, fill=False, edgecolor=COLOURS["cell"], zorder=2))
    width, height = high - low
    reach = 0.1 * min(width, height)
    for name, level in (("substrate", 0.8), ("film", 0.35)):
        centre = (high[0] + 1.8 * reach, low[1] + level * height)
        _cross(ax, sides[name][2], centre, reach, COLOURS[name])
    ax.set_xlim(low[0], high[0] + 3.6 * reach)
    ax.set_ylim(low[1], high[1])
    ax.set_aspect("equal")
    along = direction_text(match.substrate_vectors[0])
    ax.set_xlabel(f"along {along} of {plain_text(substrate.name)} (Å)")
    ax.set_ylabel("across (Å)")
    turned = "\nfilm turned over" if match.reversed else ""
    ax.set_title(
        f"{plain_text(film.name)} {match.film_area:.1f} Å² on {plain_text(substrate.name)} "
        f"{match.substrate_area:.1f} Å²\nvon Mises strain {100 * match.von_mises:.2f} %{turned}",
        loc="left",
        fontsize="medium",
    )
    legend_below(ax)
    ax.spines[["top", "right"]].set_visible(False)
    _front(ax, matches, match)
    return ax


def _front(ax: "Axes", matches: Sequence[Match], drawn: Match) -> None:
    """Draw area and strain energy of the matches beside them, with the Pareto front."""
    if columns_of(2) == 2:
        inset = ax.inset_axes((1.08, 0.55, 0.3, 0.4))
    else:  # below, in a column of a journal
        figure = ax.get_figure(root=True)
        assert figure is not None
        grid = figure.add_gridspec(2, 1, height_ratios=(3, 2))
        ax.set_subplotspec(grid[0])
        inset = figure.add_subplot(grid[1])
        figure.set_figheight(1.5 * figure.get_figheight())
    shown = matches[:_SHOWN]
    points = np.array([(m.substrate_area, 1000 * m.strain_energy) for m in shown])
    front = points[[m.pareto for m in shown]]
    front = front[np.lexsort(front.T[::-1])]
    inset.plot(*points.T, ".", color="0.7", markersize=3)
    inset.plot(*front.T, "o-", color=COLOURS["cell"], markersize=4, label="Pareto front")
    inset.plot(drawn.substrate_area, 1000 * drawn.strain_energy, "*", color="black", markersize=9,
               label="this match")  # fmt: skip
    inset.set_xlabel("area (Å²)", fontsize="small")
    inset.set_ylabel("strain energy (meV/Å³)", fontsize="small")
    inset.tick_params(labelsize="small")
    inset.legend(fontsize="x-small", loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    inset.spines[["top", "right"]].set_visible(False)


def in_plane(
    match: Match, substrate: CrystalLattice, film: CrystalLattice
) -> dict[str, tuple[NDArray[np.float64], ...]]:
    """Strained mesh vectors, strained cell vectors and strain of both sides in the plane.

    By ``"substrate"`` and ``"film"``, of shape (2, 2) each, in Å; the first axis is along the first
    cell vector.
    """
    rotation = np.array(match.rotation)
    strained = []
    for crystal, plane, vectors, strain, turn in (
        (substrate, match.substrate_plane, match.substrate_vectors, match.substrate_strain,
         np.eye(3)),
        (film, match.film_plane, match.film_vectors, match.film_strain, rotation),
    ):  # fmt: skip
        deform = (np.eye(3) + np.array(strain)) @ turn.T
        mesh = crystal.lattice.vectors(plane_mesh(crystal, parse_plane(plane)).vectors) @ deform
        cell = crystal.lattice.vectors(vectors) @ deform
        strained.append((mesh, cell, turn @ np.array(strain) @ turn.T))
    normal = substrate.lattice.normals(parse_plane(match.substrate_plane).indices)
    along = strained[0][1][0] / np.linalg.norm(strained[0][1][0])
    across = np.cross(normal, along) / np.linalg.norm(normal)
    frame = np.array([along, across])
    return {
        name: (mesh @ frame.T, cell @ frame.T, frame @ strain @ frame.T)
        for name, (mesh, cell, strain) in zip(("substrate", "film"), strained, strict=True)
    }


def _points(
    mesh: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points of a lattice inside a rectangle."""
    corners = np.array([low, high, (low[0], high[1]), (high[0], low[1])]) @ np.linalg.inv(mesh)
    grid = index_grid(np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))) @ mesh
    return np.asarray(grid[((grid >= low) & (grid <= high)).all(axis=1)])


def _cross(
    ax: "Axes", strain: NDArray[np.float64], centre: tuple[float, float], reach: float, colour: str
) -> None:
    """Draw double arrows along the principal axes, and write the strains."""
    values, axes = np.linalg.eigh(strain)
    for value, axis in zip(values, axes.T, strict=True):
        for sign in (-1, 1):
            near, far = (np.array(centre) + sign * f * reach * axis for f in (0.25, 1.0))
            tail, tip = (near, far) if value >= 0 else (far, near)
            style = {"arrowstyle": "->" if abs(value) > 1e-9 else "-", "color": colour}
            ax.annotate("", xy=tuple(tip), xytext=tuple(tail), arrowprops=style)
    words = "\n".join(f"{100 * value + 0.0:+.2f} %" for value in values[::-1])
    ax.annotate(
        words,
        xy=(centre[0], centre[1] - 1.25 * reach),
        ha="center",
        va="top",
        color=colour,
        fontsize="small",
    )
