"""Result of closure energies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Became = Literal["open", "closed", "neither", "unknown"]
"""What planes are after relaxing; unknown where there is no relaxed crystal."""


@dataclass(frozen=True)
class ClosureState:
    """Relaxed planes with one number of ions left in them.

    Parameters
    ----------
    structure
        Name of the structure.
    potential
        Name of the potential.
    sodium_left
        Mobile ions left in the planes together.
    sodium_per_cell
        Likewise per plane and basal cell.
    state
        Whether the planes are open or closed.
    bridging_oxygen
        Whether the bridging O of the planes are kept or gone.
    energy
        Energy of the whole relaxed crystal in eV; None if the relaxation failed.
    closing_energy
        Energy of closed planes less that of open ones with the same atoms, in J/m² per plane; None
        for open planes, and where either did not converge.
    formation_energy
        Energy against the full open crystal and the reservoirs, in J/m² per plane; None where the
        potential has no reservoir for what left, or a relaxation did not converge.
    converged
        Whether the relaxation converged.
    became
        What the planes are after relaxing: with their bridging O kept, closed ones open again.
    """

    structure: str
    potential: str
    sodium_left: int
    sodium_per_cell: float
    state: Literal["open", "closed"]
    bridging_oxygen: Literal["kept", "gone"]
    energy: float | None
    closing_energy: float | None
    formation_energy: float | None
    converged: bool
    became: Became


@dataclass(frozen=True)
class Crossing:
    """Na content up to which closed planes are stable, by linear interpolation.

    Parameters
    ----------
    structure, potential
        Names.
    same_atoms
        Content per plane and basal cell up to which closed planes lie below open ones with the same
        atoms; None if nowhere.
    with_reservoirs
        Content up to which they lie below open planes that keep their bridging O, which in the
        closed planes have left to their reservoir; None if nowhere or unknown.
    """

    structure: str
    potential: str
    same_atoms: float | None
    with_reservoirs: float | None


@dataclass(frozen=True)
class ClosureEnergies(Result):
    """Energies of closing conduction planes, by the Na left in them.

    Parameters
    ----------
    planes
        Numbers of the planes.
    glide
        Glide of the closed planes.
    cell
        How the cell was relaxed.
    bridging_oxygen
        Whether the closed planes keep their bridging O.
    reservoirs
        Reservoirs of what leaves.
    potentials
        The potentials: name, model, package, version, hash of the weights, source.
    states
        The relaxed crystals.
    crossings
        Na content up to which closed planes are stable, for each structure and potential.
    notes
        What a user should know.
    """

    figure_size: ClassVar[tuple[float, float]] = (6.4, 4.4)

    planes: tuple[int, ...]
    glide: str
    cell: str
    bridging_oxygen: Literal["kept", "gone"]
    reservoirs: str
    potentials: tuple[dict[str, str | None], ...]
    states: tuple[ClosureState, ...]
    crossings: tuple[Crossing, ...]
    notes: tuple[str, ...]

    @property
    def unfinished(self) -> int:
        """Number of relaxations that did not converge."""
        return sum(not state.converged for state in self.states)

    def differences(self, structure: str) -> dict[int, float]:
        """Largest difference of the closing energies by two potentials, in J/m², by the ions left.

        Parameters
        ----------
        structure
            Name of a structure.
        """
        found: dict[int, list[float]] = {}
        for state in self.states:
            if state.structure == structure and state.closing_energy is not None:
                found.setdefault(state.sodium_left, []).append(state.closing_energy)
        return {n: max(e) - min(e) for n, e in found.items() if len(e) > 1}

    def tables(self) -> list[Table]:
        """Return one row per structure and Na content, the contents of stability, and the notes."""
        names = [str(potential["name"]) for potential in self.potentials]
        several = len(names) > 1
        headers = ["structure", "Na left", "per cell"]
        for name in names:
            headers += [f"closing, {name}", "open", "closed"]
        rows = []
        for structure in dict.fromkeys(state.structure for state in self.states):
            spread = self.differences(structure)
            mine = [state for state in self.states if state.structure == structure]
            for left in sorted({state.sodium_left for state in mine}):
                here = [state for state in mine if state.sodium_left == left]
                row: list[object] = [structure, left, round(here[0].sodium_per_cell, 2)]
                for name in names:
                    own = [state for state in here if state.potential == name]
                    (closed,) = (state for state in own if state.state == "closed")
                    row += [
                        _rounded(closed.closing_energy),
                        _rounded(own[0].formation_energy),
                        _rounded(closed.formation_energy),
                    ]
                rows.append([*row, _rounded(spread.get(left))] if several else row)
        if several:
            headers.append("± closing")
        title = (
            f"Closing of planes {', '.join(map(str, self.planes))} by the {self.glide} glide, "
            f"bridging O {self.bridging_oxygen}, cell relaxed: {self.cell}; J/m² per plane, open "
            f"and closed against the full open crystal and {self.reservoirs}"
        )
        stable = [
            (c.structure, c.potential, _rounded(c.same_atoms), _rounded(c.with_reservoirs))
            for c in self.crossings
        ]
        return [
            Table(title, headers, rows),
            Table(
                "Na per plane and basal cell up to which closed planes are stable",
                ("structure", "potential", "against the same atoms", "against intact open planes"),
                stable,
            ),
            *notes_table(self.notes),
        ]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the closing energy over the Na left, for each structure and potential.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.plotting import SERIES, axes_or_new, legend_below

        ax = axes_or_new(ax, self.figure_size)
        structures = list(dict.fromkeys(state.structure for state in self.states))
        names = [str(potential["name"]) for potential in self.potentials]
        for number, structure in enumerate(structures):
            band: dict[float, list[float]] = {}
            for index, name in enumerate(names):
                points = [
                    (s.sodium_per_cell, s.closing_energy)
                    for s in self.states
                    if (s.structure, s.potential) == (structure, name)
                    and s.closing_energy is not None
                ]
                for content, energy in points:
                    band.setdefault(content, []).append(energy)
                if points:
                    ax.plot(
                        *zip(*points, strict=True),
                        "os^D"[index % 4] + "-",
                        color=SERIES[number % len(SERIES)],
                        markersize=5,
                        fillstyle="full" if index == 0 else "none",
                        label=f"{structure}, {name}",
                    )
            if len(names) > 1 and band:
                contents = sorted(band)
                ax.fill_between(
                    contents,
                    [min(band[x]) for x in contents],
                    [max(band[x]) for x in contents],
                    color=SERIES[number % len(SERIES)],
                    label=None if number else "between the potentials",
                    alpha=0.15,
                    linewidth=0,
                )
        ax.axhline(0, color="0.5", linewidth=0.8)
        ax.set_xlabel("ions left per plane and basal cell")
        ax.set_ylabel("energy of closing (J/m²)")
        legend_below(ax)
        return ax


def _rounded(value: float | None) -> float | None:
    """Value with two decimals, without a negative zero."""
    return None if value is None else round(value, 2) + 0.0
