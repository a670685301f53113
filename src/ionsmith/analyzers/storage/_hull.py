"""Stable alloys and their voltages from energies.

The convex hull is computed with pymatgen (S. P. Ong et al., Chem. Mater. 20, 1798 (2008),
doi:10.1021/cm702327g). Between two successive stable phases the electrode is a mixture of both and
its voltage against the guest metal is constant: with energies E per host atom and the energy of the
metal per atom,

    V = -(E2 - E1 - (x2 - x1) E_metal) / ((x2 - x1) e)

(M. K. Aydinol et al., Phys. Rev. B 56, 1354 (1997), doi:10.1103/PhysRevB.56.1354). Entropy,
pressure and strain energy are neglected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ionsmith.analyzers.storage._material import PhaseLike, only_system, read_materials
from ionsmith.analyzers.storage._phase_energies import PhaseEnergies
from ionsmith.analyzers.storage._plot import plot_voltage
from ionsmith.analyzers.storage._records import HullPhase, VoltageStep
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ON_HULL = 1e-6
"""Energy above the hull in eV/atom below which a phase counts as stable."""


@dataclass(frozen=True)
class Hull(Result):
    """Stable phases of a system, and the voltages between them.

    Parameters
    ----------
    system
        Guest and host, such as ``"Li-Si"``.
    guest_energy
        Energy of the guest metal in eV/atom.
    phases
        Phases with an energy, by rising x.
    steps
        Voltage plateaus, by rising x.
    average_voltage
        Mean voltage in V from the host to the richest stable phase; None if no alloy is stable.
    method
        Method of all energies, None if not stated.
    """

    system: str
    guest_energy: float
    phases: tuple[HullPhase, ...]
    steps: tuple[VoltageStep, ...]
    average_voltage: float | None
    method: str | None = None

    def tables(self) -> list[Table]:
        """Return the hull, then the voltages."""
        guest = self.system.partition("-")[0]
        method = f"by {self.method}" if self.method else "(method not stated)"
        hull = Table(
            f"{self.system}: convex hull, energies in eV/atom {method}",
            ("phase", "x", "energy", "formation energy", "above hull", "stable"),
            [
                (
                    phase.phase,
                    round(phase.x, 4),
                    round(phase.energy, 4) + 0.0,
                    round(phase.formation_energy, 4) + 0.0,
                    round(phase.above_hull, 4) + 0.0,
                    "yes" if phase.stable else "no",
                )
                for phase in self.phases
            ],
        )
        if self.average_voltage is None:
            return [hull]
        voltages = Table(
            f"Voltage against {guest}, {self.average_voltage:.4f} V on average",
            ("from", "to", "x", "V"),
            [
                (
                    step.start,
                    step.end,
                    f"{step.x_start:.4g} to {step.x_end:.4g}",
                    round(step.voltage, 4),
                )
                for step in self.steps
            ],
        )
        return [hull, voltages]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the voltage against the guest content.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_voltage(self.system, self.steps, ax)


def convex_hull(phases: Sequence[PhaseLike], energies: PhaseEnergies | Mapping[str, float]) -> Hull:
    """Find the stable phases of a system, and the voltages between them.

    Parameters
    ----------
    phases
        Phases of one system, including the host.
    energies
        Result of :func:`read_energies` or :func:`calculate_energies`, or energies in eV/atom by
        name of the phase; ``"li"`` or ``"na"`` is the guest metal. Phases without an energy are
        left out.

    Raises
    ------
    InvalidInput
        For phases of several systems, an energy of a phase that is not listed, or a missing energy
        of the host or the guest metal.

    Examples
    --------
    >>> from ionsmith.analyzers.storage import convex_hull
    >>> hull = convex_hull(["sn", "lisn"], {"li": 0.0, "sn": 0.0, "lisn": -0.36})
    >>> round(hull.average_voltage, 2)
    0.72
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    if not isinstance(energies, PhaseEnergies):
        energies = PhaseEnergies(dict(energies), None)
    per_atom, method = energies.per_atom, energies.method
    materials = read_materials(phases)
    guest, host = only_system(materials)
    metal_name = guest.lower()
    names = [material.name for material in materials]
    unknown = sorted(set(per_atom) - {*names, metal_name})
    if unknown:
        raise InvalidInput(
            f"{unknown[0]} has an energy but is not one of the phases: {', '.join(names)}"
        )
    known = sorted((m for m in materials if m.name in per_atom), key=lambda m: m.x)
    if metal_name not in per_atom or not known or known[0].guest is not None:
        missing = f"{guest} metal ({metal_name})" if metal_name not in per_atom else host
        raise InvalidInput(
            f"no energy is given for {missing}; the hull needs the energies of the host, the guest "
            "metal and the alloys"
        )
    guest_energy = per_atom[metal_name]
    entries = [
        PDEntry(Composition({host: 1, guest: m.x}), per_atom[m.name] * (1 + m.x), name=m.name)
        for m in known
    ]
    metal = PDEntry(Composition({guest: 1}), guest_energy, name=guest)
    diagram = PhaseDiagram([*entries, metal])
    listed = tuple(
        HullPhase(
            phase=entry.name,
            x=material.x,
            energy=per_atom[entry.name],
            formation_energy=float(diagram.get_form_energy_per_atom(entry)),
            above_hull=(above := float(diagram.get_e_above_hull(entry) or 0.0)),
            stable=above < ON_HULL,
        )
        for material, entry in zip(known, entries, strict=True)
    )
    # Of two polymorphs with the same energy the first is taken.
    on_hull = list({phase.x: phase for phase in reversed(listed) if phase.stable}.values())[::-1]
    steps = tuple(
        VoltageStep(start.phase, end.phase, start.x, end.x, _voltage(start, end, guest_energy))
        for start, end in pairwise(on_hull)
    )
    average = _voltage(on_hull[0], on_hull[-1], guest_energy) if steps else None
    return Hull(f"{guest}-{host}", guest_energy, listed, steps, average, method)


def _voltage(start: HullPhase, end: HullPhase, guest_energy: float) -> float:
    """Voltage in V between two phases."""
    first, last = (phase.energy * (1 + phase.x) for phase in (start, end))
    taken = end.x - start.x
    return -(last - first - taken * guest_energy) / taken
