"""Pictures of migration: energy along the ways, and lowest energies seen along a cell vector."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.analyzers.migration._records import Point, Profile
from ionsmith.plotting import SERIES, axes_or_new, element_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Floats = NDArray[np.float64]

TOP = 2.0
"""Energy in eV above the lowest site at which the colours of a projection end."""


def plot_profiles(profiles: Sequence[Profile], ion: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the energy along the lowest way in each direction."""
    ax = axes_or_new(ax)
    curves: dict[bytes, list[str]] = {}
    for profile in profiles:
        curves.setdefault(profile.positions.tobytes(), []).append(profile.way)
    for ways, colour, style in zip(curves.values(), SERIES, ("-", "--", ":"), strict=False):
        profile = next(p for p in profiles if p.way == ways[0])
        label = f"along {', '.join(ways)}"
        ax.plot(profile.distances, profile.energies, style, color=colour, label=label)
    ax.set_xlabel("distance along the way (Å)")
    ax.set_ylabel(f"energy of {ion} (eV)")
    if profiles:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False, fontsize=8)
    else:
        ax.text(0.5, 0.5, "no way through the crystal", ha="center", transform=ax.transAxes)
    return ax


def plot_projection(
    energies: Floats,
    cell: Floats,
    framework: Sequence[tuple[str, Point]],
    profiles: Sequence[Profile],
    axis: int,
    ax: "Axes",
) -> None:
    """Draw the lowest energy along a cell vector, over the plane of the other two."""
    across = [k for k in range(3) if k != axis]
    lowest = energies.min(axis=axis)
    lowest = np.pad(lowest, [(0, 1), (0, 1)], mode="wrap")
    one, two = cell[across]
    # The first vector to the right; the second in the plane that the eye sees.
    length = float(np.linalg.norm(one))
    along = float(two @ one / length)
    up = float(np.sqrt(two @ two - along**2))
    u, v = np.meshgrid(*(np.linspace(0, 1, n) for n in lowest.shape), indexing="ij")
    levels = np.linspace(0, TOP, 21)
    drawn = ax.contourf(
        u * length + v * along,
        v * up,
        np.minimum(lowest, 2 * TOP),
        levels=levels,
        cmap="viridis_r",
        extend="max",
    )
    named: set[str] = set()
    for element, position in framework:
        a, b = position[across[0]] % 1, position[across[1]] % 1
        colour = element_colour(atomic_numbers[element])
        label = None if element in named else element
        named.add(element)
        place = a * length + b * along, b * up
        ax.plot(*place, "o", color=colour, ms=4, mec="#555555", mew=0.3, label=label)
    for number, profile in enumerate(profiles):
        points = profile.positions[:, across] % 1.0
        points[1:][(np.abs(np.diff(points, axis=0)) > 0.5).any(axis=1)] = np.nan  # next cell
        ax.plot(points[:, 0] * length + points[:, 1] * along, points[:, 1] * up, "w-", lw=0.8,
                label=None if number else "lowest ways")  # fmt: skip
    ax.figure.colorbar(drawn, ax=ax, shrink=0.8, label="lowest energy (eV)")
    ax.set_xlim(min(0.0, along), length + max(0.0, along))
    ax.set_ylim(0.0, up)
    ax.set_aspect("equal", adjustable="box")
    names = "abc"
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=8, facecolor="#9aa5ad",
              handlelength=1.2, columnspacing=1.0)  # fmt: skip
    ax.set_xlabel(f"{names[across[0]]} (Å), seen along {names[axis]}")
    ax.set_ylabel(f"{names[across[1]]} (Å)")
