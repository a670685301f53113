"""Stability of phases and voltages of hosts as a result."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ionsmith.analyzers.storage import VoltageStep
from ionsmith.plotting import SERIES, axes_or_new, plain_text
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class MixtureShare:
    """A phase in a mixture.

    Parameters
    ----------
    phase
        name of the phase
    fraction
        share of the atoms of the mixture
    """

    phase: str
    fraction: float


@dataclass(frozen=True)
class PhaseEnergy:
    """Energy of one phase beside those of the others.

    Parameters
    ----------
    phase
        name of the phase
    formula
        its formula
    energy
        energy in eV/atom
    formation_energy
        energy of formation from the elements in eV/atom; null if one of them is not among the
        phases
    above_hull
        energy above the most stable mixture in eV/atom
    stable
        whether it lies on the hull
    decomposition
        that mixture; empty for a stable phase
    """

    phase: str
    formula: str
    energy: float
    formation_energy: float | None
    above_hull: float
    stable: bool
    decomposition: tuple[MixtureShare, ...]


@dataclass(frozen=True)
class ElectrodeVoltage:
    """Voltage of one framework against the metal of the ion.

    Parameters
    ----------
    framework
        what all phases of the electrode have in common
    ion
        the ion
    steps
        plateaus by rising x, the ions in one framework
    average_voltage
        mean voltage in V from the first to the last phase on the hull of the framework
    capacity
        capacity between these two in mAh per gram of the last one
    unstable
        phases that lie above the hull of the framework
    """

    framework: str
    ion: str
    steps: tuple[VoltageStep, ...]
    average_voltage: float
    capacity: float
    unstable: tuple[str, ...]


@dataclass(frozen=True)
class PhaseStability(Result):
    """Stability of phases, and the voltages of the frameworks among them.

    Parameters
    ----------
    phases
        the phases in the order given
    electrodes
        frameworks with at least two amounts of the ion; none without an ion
    method
        method of all energies; null if not stated
    notes
        what is missing or assumed
    """

    document: ClassVar = ("phases", "electrodes", "method", "notes")

    phases: tuple[PhaseEnergy, ...]
    electrodes: tuple[ElectrodeVoltage, ...]
    method: str | None
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases, the voltages of each framework, and the notes."""
        by = f"by {self.method}" if self.method else "(method not stated)"
        rows = [
            [
                p.phase,
                p.formula,
                round(p.energy, 4) + 0.0,
                None if p.formation_energy is None else round(p.formation_energy, 4) + 0.0,
                round(p.above_hull, 4) + 0.0,
                "stable" if p.stable else " + ".join(share.phase for share in p.decomposition),
            ]
            for p in self.phases
        ]
        headers = ["phase", "formula", "energy", "of formation", "above hull", "becomes"]
        tables = [Table(f"Stability, energies in eV/atom {by}", headers, rows)]
        for electrode in self.electrodes:
            title = (
                f"{electrode.ion} in {electrode.framework}: {electrode.average_voltage:.3f} V "
                f"against {electrode.ion} on average, {electrode.capacity:.1f} mAh/g"
            )
            plateaus = [
                [s.start, s.end, f"{s.x_start:.4g} to {s.x_end:.4g}", round(s.voltage, 3)]
                for s in electrode.steps
            ]
            tables.append(Table(title, ["from", "to", "x", "V"], plateaus))
        return [*tables, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the voltages of the frameworks; without any, the energies above the hull.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        ax = axes_or_new(ax)
        for number, electrode in enumerate(self.electrodes):
            edges = [x for step in electrode.steps for x in (step.x_start, step.x_end)]
            levels = [step.voltage for step in electrode.steps for _ in range(2)]
            ax.plot(edges, levels, color=SERIES[number % len(SERIES)], label=electrode.framework)
            ax.set_xlabel(f"{electrode.ion} in the framework")
            ax.set_ylabel(f"voltage against {electrode.ion} (V)")
        if self.electrodes:
            ax.legend(frameon=False)
            ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        else:
            heights = [1000 * p.above_hull for p in self.phases]
            bars = ax.barh([plain_text(p.phase) for p in self.phases], heights, color=SERIES[0])
            words = ["stable" if p.stable else f"{1000 * p.above_hull:.3g}" for p in self.phases]
            ax.bar_label(bars, words, padding=2, fontsize=8)
            ax.margins(x=0.15)
            ax.invert_yaxis()
            ax.set_xlabel("energy above the hull (meV/atom)")
        ax.spines[["top", "right"]].set_visible(False)
        return ax
