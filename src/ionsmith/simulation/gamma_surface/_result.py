"""Result of a γ-surface."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NEAR_LABEL = 0.8
"""Distance in Å below which the labels of two marks would overlap."""


@dataclass(frozen=True)
class Minimum:
    """A minimum of a γ-surface, or a glide with a name that is none; equivalent ones are counted.

    Parameters
    ----------
    shift
        Shift in fractions of the in-plane vectors.
    energy
        Energy there in J/m².
    opening
        Change of the spacing across the plane in Å.
    name
        What it is: a glide of closure, or the unshifted crystal; None without a name.
    vector
        The shift as a part of a lattice vector; None if it is none, or no shift.
    multiplicity
        Number of equivalent minima in the cell.
    slides_to
        Number of the minimum, from 0, into which the shift descends; None if it is a minimum.
    """

    shift: tuple[float, float]
    energy: float
    opening: float
    name: str | None
    vector: str | None
    multiplicity: int
    slides_to: int | None


@dataclass(frozen=True)
class Saddle:
    """The lowest pass between two minima or two images of one.

    Parameters
    ----------
    shift
        Shift in fractions of the in-plane vectors.
    energy
        Energy there in J/m².
    opening
        Change of the spacing across the plane in Å.
    between
        Numbers of the two minima, from 0.
    """

    shift: tuple[float, float]
    energy: float
    opening: float
    between: tuple[int, int]


@dataclass(frozen=True)
class GammaSurface(Result):
    """Energy of shifting the crystal above a plane along it.

    Parameters
    ----------
    structure
        Name of the structure.
    plane
        The plane.
    potential
        The potential: name, model, package, version, hash of the weights, source.
    relax
        What was relaxed at each shift.
    reference
        What the energies are counted from.
    n_atoms
        Number of atoms in the cell.
    vectors
        In-plane vectors in Å, the first along x; shape (2, 2).
    area
        Area of the cell in the plane, in Å².
    energies
        Energies in J/m² at shifts i/n1, j/n2 of the in-plane vectors; shape (n1, n2).
    openings
        Change of the spacing across the plane in Å; shape (n1, n2).
    n_computed
        Number of shifts that are not equivalent by symmetry.
    minima
        The minima, the lowest first, then the glides of closure that are no minima.
    saddles
        The lowest pass between each two minima that are neighbours, the lowest first.
    path
        The path of the lowest passes from no shift to the lowest other minimum: shifts in fractions
        and interpolated energy in J/m², shape (m, 3).
    notes
        What a user should know.
    """

    figure_size: ClassVar[tuple[float, float]] = (6.4, 5.0)

    structure: str
    plane: str
    potential: dict[str, str | None]
    relax: str
    reference: str
    n_atoms: int
    vectors: NDArray[np.float64]
    area: float
    energies: NDArray[np.float64]
    openings: NDArray[np.float64]
    n_computed: int
    minima: tuple[Minimum, ...]
    saddles: tuple[Saddle, ...]
    path: NDArray[np.float64]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the minima, the passes between them, and the notes."""
        first, second = self.energies.shape
        title = (
            f"{self.structure}, {self.plane}: γ-surface by {self.potential['model']}, "
            f"{first}×{second} shifts ({self.n_computed} computed), relaxed: {self.relax}; "
            f"J/m² against {self.reference}"
        )
        minima = [
            (
                number,
                item.name,
                item.vector,
                _pair(item.shift),
                round(item.energy, 3) + 0.0,
                round(item.opening, 2) + 0.0,
                item.multiplicity,
                "yes" if item.slides_to is None else f"no, slides to {self._word(item.slides_to)}",
            )
            for number, item in enumerate(self.minima)
        ]
        passes = [
            (
                " – ".join(self._word(number) for number in item.between),
                _pair(item.shift),
                round(item.energy, 3) + 0.0,
                round(item.opening, 2) + 0.0,
            )
            for item in self.saddles
        ]
        return [
            Table(
                title,
                ("", "name", "vector", "shift", "energy", "opening (Å)", "equivalent", "stable"),
                minima,
            ),
            Table("Lowest passes", ("between", "shift", "energy", "opening (Å)"), passes),
            *notes_table(self.notes),
        ]

    def _word(self, number: int) -> str:
        """Name, vector or number of a minimum."""
        item = self.minima[number]
        return item.name or item.vector or f"no. {number}"

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the surface with its minima, passes and the lowest path.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from matplotlib.patheffects import withStroke
        from matplotlib.ticker import MaxNLocator

        from ionsmith.plotting import axes_or_new, legend_below
        from ionsmith.simulation.gamma_surface._stationary import interpolate

        ax = axes_or_new(ax, self.figure_size)
        span = self._span()
        first, second = (np.linspace(low, high, 161) for low, high in span)
        grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
        places = grid @ self.vectors
        values = interpolate(self.energies, grid)
        drawn = ax.contourf(places[..., 0], places[..., 1], values, levels=24, cmap="viridis")
        bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.7, label="J/m²")
        bar.locator = MaxNLocator(6)
        bar.update_ticks()
        if len(self.path):
            line = self.path[:, :2] @ self.vectors
            ax.plot(line[:, 0], line[:, 1], color="black", linewidth=1.5, label="lowest path")
        stable = [item.shift for item in self.minima if item.slides_to is None]
        others = [item.shift for item in self.minima if item.slides_to is not None]
        for label, shifts, style, face in (
            ("minimum", stable, "o", "#d9631e"),
            ("glide, no minimum", others, "o", "none"),
            ("pass", [item.shift for item in self.saddles], "x", "#d9631e"),
        ):
            if shifts:
                x, y = (np.array(shifts) @ self.vectors).T
                ax.plot(
                    *(x, y, style), color="#d9631e", markerfacecolor=face, label=label,
                    linestyle="", markersize=5,
                    path_effects=[withStroke(linewidth=2.5, foreground="white")],
                )  # fmt: skip
        taken: list[NDArray[np.float64]] = []
        for number, item in enumerate(self.minima):
            place = np.array(item.shift) @ self.vectors
            # Beside the mark, on the side where no other mark is near.
            near = [other for other in taken if np.abs(other - place).max() < NEAR_LABEL]
            below = any(other[1] >= place[1] for other in near)
            taken.append(place)
            ax.annotate(
                self._word(number).removeprefix("no. "),
                tuple(place),
                xytext=(4, -4 if below else 4),
                va="top" if below else "bottom",
                textcoords="offset points",
                fontsize=8,
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )
        ax.set_aspect("equal")
        ax.set_xlabel("along the first vector (Å)")
        ax.set_ylabel("across it (Å)")
        ax.set_title(
            f"{self.plane}, {self.potential['model']}\nagainst {self.reference}", fontsize=8
        )
        legend_below(ax)
        return ax

    def _span(self) -> list[tuple[float, float]]:
        """Fractions that are drawn: one cell, and the path if it leaves that."""
        ends = [np.zeros((1, 2)), np.ones((1, 2)), self.path[:, :2]]
        both = np.vstack(ends)
        return list(zip(both.min(axis=0).tolist(), both.max(axis=0).tolist(), strict=True))


def _pair(shift: tuple[float, float]) -> str:
    """Two fractions as text."""
    return " ".join(f"{part:.3f}" for part in shift)
