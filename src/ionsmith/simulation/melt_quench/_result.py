"""Result of melting and quenching."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ase import Atoms

from ionsmith.plotting import axes_or_new, new_figure, plain_text
from ionsmith.results import Result, Table
from ionsmith.simulation.melt_quench._plot import plot_energy, plot_temperature

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MELTED = 2.5
"""Root mean square displacement in Å of the atoms of every element in a melt: an O–O distance."""


@dataclass(frozen=True)
class Trace:
    """Course of the dynamics, one number for each piece of at most half a picosecond.

    Parameters
    ----------
    time
        time at the end of the piece, in ps
    target
        mean temperature of the thermostat, in K
    temperature
        mean temperature, in K
    energy
        mean potential energy, in eV/atom
    """

    time: tuple[float, ...]
    target: tuple[float, ...]
    temperature: tuple[float, ...]
    energy: tuple[float, ...]


@dataclass(frozen=True)
class MeltQuench(Result):
    """A glass made by melting and quenching.

    Parameters
    ----------
    atoms
        the relaxed glass
    origin
        what was melted
    potential
        the potential, with version or weights
    melt_temperature, final_temperature
        temperature of the thermostat, in K
    melt_time, quench_time, hold_time
        duration, in ps
    rate
        cooling rate, in K/ps
    timestep
        time step, in fs
    mean_melt_temperature
        mean temperature over the second half of the melt, in K
    mean_final_temperature
        mean temperature of the hold at the end, in K; null without a hold
    melt_displacement
        root mean square displacement in the melt by element, in Å
    density
        density of the glass, in g/cm³
    pressure
        pressure of the relaxed glass at its density, in GPa; null if the potential gives no stress
    energy_per_atom
        energy of the relaxed glass, in eV/atom
    largest_force
        largest force on an atom of the glass, in eV/Å
    converged
        whether the relaxation of the glass converged
    reference_energy_per_atom
        energy of the start after the same relaxation, in eV/atom; null for random positions
    coordination
        number of atoms by element and number of bonds, with the criterion ``gap``
    reference_coordination
        likewise for the start; null for random positions
    trace
        course of temperature and energy
    seed
        seed of the random numbers
    """

    document: ClassVar = (
        "n_atoms",
        "formula",
        "cellpar",
        "origin",
        "potential",
        "melt_temperature",
        "melt_time",
        "rate",
        "quench_time",
        "final_temperature",
        "hold_time",
        "timestep",
        "mean_melt_temperature",
        "mean_final_temperature",
        "melt_displacement",
        "density",
        "pressure",
        "energy_per_atom",
        "largest_force",
        "converged",
        "reference_energy_per_atom",
        "coordination",
        "reference_coordination",
        "trace",
        "seed",
        "melted",
    )

    atoms: Atoms
    origin: str
    potential: str
    melt_temperature: float
    melt_time: float
    rate: float
    quench_time: float
    final_temperature: float
    hold_time: float
    timestep: float
    mean_melt_temperature: float
    mean_final_temperature: float | None
    melt_displacement: dict[str, float]
    density: float
    pressure: float | None
    energy_per_atom: float
    largest_force: float
    converged: bool
    reference_energy_per_atom: float | None
    coordination: dict[str, dict[int, int]]
    reference_coordination: dict[str, dict[int, int]] | None
    trace: Trace
    seed: int

    @property
    def melted(self) -> bool:
        """Whether the atoms of every element moved by at least 2.5 Å (rms) in the melt."""
        return min(self.melt_displacement.values()) >= MELTED

    @property
    def n_atoms(self) -> int:
        """Number of atoms."""
        return len(self.atoms)

    @property
    def formula(self) -> str:
        """Chemical formula."""
        return str(self.atoms.get_chemical_formula())

    @property
    def cellpar(self) -> tuple[float, float, float, float, float, float]:
        """Cell lengths in Å and angles in degrees."""
        a, b, c, alpha, beta, gamma = self.atoms.cell.cellpar().tolist()
        return a, b, c, alpha, beta, gamma

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the potential energy against time.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_energy(
            axes_or_new(ax),
            self.trace.time,
            self.trace.energy,
            self.energy_per_atom,
            self.reference_energy_per_atom,
        )

    def draw(self, **options: Any) -> "Figure":
        """Draw temperature and potential energy against time."""
        figure = new_figure((6.4, 5.6))
        above, below = figure.subplots(2, 1, sharex=True)
        trace = self.trace
        plot_temperature(above, trace.time, trace.temperature, trace.target)
        above.set_title(plain_text(f"{self.origin}, {self.rate:g} K/ps"), loc="left")
        self.plot(below, **options)
        return figure

    def tables(self) -> list[Table]:
        """Return the course and the properties of the glass, then the coordination."""
        displacements = ", ".join(f"{s} {d:.1f}" for s, d in self.melt_displacement.items())
        if not self.melted:
            displacements += "; too little for a melt: melt longer or at a higher temperature"
        hold, start = self.mean_final_temperature, self.reference_energy_per_atom
        force = f"{self.largest_force:.3f}" + ("" if self.converged else ", not converged")
        facts = [
            ("from", self.origin),
            ("potential", self.potential),
            ("dynamics", f"NVT, velocity rescaling (Bussi 2007), time step {self.timestep:g} fs"),
            (
                "melt",
                f"{self.melt_time:g} ps at {self.melt_temperature:g} K (mean of its second half "
                f"{self.mean_melt_temperature:.0f} K)",
            ),
            ("displacements in the melt (Å, rms)", displacements),
            (
                "quench",
                f"{self.rate:g} K/ps for {self.quench_time:g} ps; this is {1e12 * self.rate:.0e} "
                "K/s, while crucibles cool at 1 to 1000 K/s",
            ),
            (
                "hold",
                f"{self.hold_time:g} ps at {self.final_temperature:g} K"
                + ("" if hold is None else f" (mean {hold:.0f} K)"),
            ),
            ("density (g/cm³)", f"{self.density:.3f}"),
            ("pressure (GPa)", "–" if self.pressure is None else f"{self.pressure + 0.0:.2f}"),
            ("energy (eV/atom)", f"{self.energy_per_atom:.4f}"),
            ("above the start", "–" if start is None else f"{self.energy_per_atom - start:.4f}"),
            ("largest force (eV/Å)", force),
        ]
        rows = []
        for element, counts in self.coordination.items():
            before = (self.reference_coordination or {}).get(element)
            rows.append([element, _mean(before), _mean(counts), _listed(counts)])
        title = f"Glass of {len(self.atoms)} atoms, {self.atoms.get_chemical_formula()}"
        headers = ["element", "start: mean", "glass: mean", "atoms by number of bonds"]
        return [Table(title, ["", ""], facts), Table("Bonds (criterion: gap)", headers, rows)]


def _mean(counts: dict[int, int] | None) -> str:
    """Mean number of bonds."""
    if not counts:
        return "–"
    return f"{sum(n * atoms for n, atoms in counts.items()) / sum(counts.values()):.2f}"


def _listed(counts: dict[int, int]) -> str:
    """Numbers of atoms by number of bonds."""
    return ", ".join(f"{number}: {atoms}" for number, atoms in counts.items())
