"""What :mod:`ionsmith.simulation.melt_quench` returns."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.results import Result, Table, plain

FORGOTTEN = 2.5
"""Root mean square way in Å of the atoms of every element in a melt: a distance from O to O."""


@dataclass(frozen=True)
class Trace:
    """The course of the dynamics, one number a piece of at most half a picosecond.

    Parameters
    ----------
    time
        At the end of the piece, in ps.
    target
        Temperature of the thermostat, mean over the piece, in K.
    temperature
        Mean over the piece, in K.
    energy
        Mean potential energy over the piece, in eV an atom.
    """

    time: tuple[float, ...]
    target: tuple[float, ...]
    temperature: tuple[float, ...]
    energy: tuple[float, ...]


@dataclass(frozen=True)
class MeltQuench(Result):
    """A glass that was molten and quenched.

    Parameters
    ----------
    atoms
        The relaxed glass.
    origin
        What was molten.
    potential
        By what, with version or weights.
    melt_temperature, final_temperature
        Of the thermostat, in K.
    melt_time, quench_time, hold_time
        In ps.
    rate
        Of cooling, in K/ps.
    timestep
        In fs.
    mean_melt_temperature
        Over the second half of the melt, in K.
    mean_final_temperature
        While it was held at the end, in K; None where it was not.
    melt_displacement
        Root mean square way of the atoms of each element in the melt, in Å.
    density
        Of the glass in g/cm³.
    pressure
        Of the relaxed glass in GPa; None where the potential gives no stress. It is the force that
        the density costs.
    energy_per_atom
        Of the relaxed glass in eV.
    largest_force
        On an atom of it, in eV/Å.
    converged
        Whether its relaxation ended below its limit.
    reference_energy_per_atom
        Of the start, relaxed in the same way, in eV; None for random places.
    coordination
        Atoms of each element by their number of bonds, by the criterion ``gap``.
    reference_coordination
        The same of the start; None for random places.
    trace
        Course of temperature and energy.
    seed
        What it was drawn with.
    """

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
        """Whether the atoms of every element went :data:`FORGOTTEN` or farther in the melt."""
        return min(self.melt_displacement.values()) >= FORGOTTEN

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the structure."""
        fields = super().to_dict() | {"melted": self.melted}
        del fields["atoms"]
        first: dict[str, Any] = {
            "n_atoms": len(self.atoms),
            "formula": self.atoms.get_chemical_formula(),
            "cellpar": plain(self.atoms.cell.cellpar()),
        }
        return first | fields

    def tables(self) -> list[Table]:
        """Return the course and what came of it, then how many neighbours atoms have."""
        ways = ", ".join(f"{el} {way:.1f}" for el, way in self.melt_displacement.items())
        if not self.melted:
            ways += "; too little to forget the start: melt longer or hotter"
        kept, start = self.mean_final_temperature, self.reference_energy_per_atom
        force = f"{self.largest_force:.3f}" + ("" if self.converged else ", not converged")
        facts = [
            ("from", self.origin),
            ("potential", self.potential),
            ("dynamics", f"NVT, velocity rescaling (Bussi 2007), steps of {self.timestep:g} fs"),
            (
                "melt",
                f"{self.melt_time:g} ps at {self.melt_temperature:g} K (mean of its second half "
                f"{self.mean_melt_temperature:.0f} K)",
            ),
            ("way in the melt (Å, rms)", ways),
            (
                "quench",
                f"{self.rate:g} K/ps for {self.quench_time:g} ps; this is {1e12 * self.rate:.0e} "
                "K/s, crucibles cool by 1 to 1000 K/s",
            ),
            (
                "hold",
                f"{self.hold_time:g} ps at {self.final_temperature:g} K"
                + ("" if kept is None else f" (mean {kept:.0f} K)"),
            ),
            ("density (g/cm³)", f"{self.density:.3f}"),
            ("pressure (GPa)", "–" if self.pressure is None else f"{self.pressure + 0.0:.2f}"),
            ("energy (eV an atom)", f"{self.energy_per_atom:.4f}"),
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
    if not counts:
        return "–"
    return f"{sum(n * atoms for n, atoms in counts.items()) / sum(counts.values()):.2f}"


def _listed(counts: dict[int, int]) -> str:
    return ", ".join(f"{number}: {atoms}" for number, atoms in counts.items())
