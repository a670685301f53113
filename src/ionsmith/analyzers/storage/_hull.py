"""Stable alloys and their voltages from energies.

The convex hull is pymatgen's (S. P. Ong et al., Chem. Mater. 20, 1798 (2008),
doi:10.1021/cm702327g). Between two stable phases that follow each other, the electrode is a mixture
of both and its voltage against the guest metal is constant: with energies E per host atom and the
energy of the metal per atom,

    V = -(E2 - E1 - (x2 - x1) E_metal) / ((x2 - x1) e),

as M. K. Aydinol et al., Phys. Rev. B 56, 1354 (1997), doi:10.1103/PhysRevB.56.1354, write it.
Entropy, pressure, and the strain of growing phases are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ionsmith.analyzers.storage._materials import Material, only_system
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

ON_HULL = 1e-6
"""Distance in eV per atom below which a phase lies on the hull."""


@dataclass(frozen=True)
class HullPhase:
    """One phase against the hull.

    Parameters
    ----------
    phase
        Name.
    x
        Guest atoms for each host atom.
    energy
        As given, in eV per atom.
    formation_energy
        From host and guest metal, in eV per atom.
    above_hull
        Distance from the hull in eV per atom.
    stable
        Whether it lies on the hull.
    """

    phase: str
    x: float
    energy: float
    formation_energy: float
    above_hull: float
    stable: bool


@dataclass(frozen=True)
class VoltageStep:
    """One plateau of the voltage.

    Parameters
    ----------
    start, end
        Stable phases that the electrode is a mixture of.
    x_start, x_end
        Guest atoms for each host atom.
    voltage
        Against the guest metal, in V.
    """

    start: str
    end: str
    x_start: float
    x_end: float
    voltage: float


@dataclass(frozen=True)
class Hull(Result):
    """Stable phases of a system, and the voltage on the way through them.

    Parameters
    ----------
    system
        Such as ``"Li-Si"``.
    guest_energy
        Of the guest metal, in eV per atom.
    phases
        By rising x.
    steps
        By rising x.
    average_voltage
        From the element to the richest stable phase, in V; None if no alloy is stable.
    method
        What all energies are by, None where it is not stated.
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
        said = f"by {self.method}" if self.method else "(method not stated)"
        hull = Table(
            f"{self.system}: convex hull, energies in eV per atom {said}",
            ("phase", "x", "energy", "formation energy", "above hull", "stable"),
            [
                (
                    one.phase,
                    round(one.x, 4),
                    round(one.energy, 4) + 0.0,
                    round(one.formation_energy, 4) + 0.0,
                    round(one.above_hull, 4) + 0.0,
                    "yes" if one.stable else "no",
                )
                for one in self.phases
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


def convex_hull(
    materials: Sequence[Material], energies: Mapping[str, float], method: str | None = None
) -> Hull:
    """Find the stable phases of a system, and the voltages between them.

    Parameters
    ----------
    materials
        Phases of one system, the element among them.
    energies
        Name of a phase to its energy in eV per atom; ``"li"`` or ``"na"`` is the guest metal.
        Phases without an energy are left out.
    method
        What they are by.

    Returns
    -------
    Hull

    Raises
    ------
    InvalidInput
        For phases of several systems, an energy of a phase that is not among them, or none of the
        element or of the guest metal.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    guest, host = only_system(materials)
    metal_name = guest.lower()
    names = [material.name for material in materials]
    strange = sorted(set(energies) - {*names, metal_name})
    if strange:
        raise InvalidInput(
            f"an energy is given for {strange[0]}, which is none of the phases here: "
            f"{', '.join(names)}"
        )
    known = sorted((m for m in materials if m.name in energies), key=lambda m: m.x)
    if metal_name not in energies or not known or known[0].guest is not None:
        missing = (
            f"{guest} metal ({metal_name})" if metal_name not in energies else f"{host} itself"
        )
        raise InvalidInput(
            f"no energy is given for {missing}; the hull needs those of the element, of the guest "
            "metal and of alloys"
        )
    guest_energy = energies[metal_name]
    entries = [
        PDEntry(Composition({host: 1, guest: m.x}), energies[m.name] * (1 + m.x), name=m.name)
        for m in known
    ]
    metal = PDEntry(Composition({guest: 1}), guest_energy, name=guest)
    diagram = PhaseDiagram([*entries, metal])
    phases = tuple(
        HullPhase(
            phase=entry.name,
            x=material.x,
            energy=energies[entry.name],
            formation_energy=float(diagram.get_form_energy_per_atom(entry)),
            above_hull=float(diagram.get_e_above_hull(entry)),
            stable=bool(diagram.get_e_above_hull(entry) < ON_HULL),
        )
        for material, entry in zip(known, entries, strict=True)
    )
    # Of two forms with one energy the first stands for both.
    on_hull = list({phase.x: phase for phase in reversed(phases) if phase.stable}.values())[::-1]
    steps = tuple(
        VoltageStep(start.phase, end.phase, start.x, end.x, _voltage(start, end, guest_energy))
        for start, end in pairwise(on_hull)
    )
    average = _voltage(on_hull[0], on_hull[-1], guest_energy) if steps else None
    return Hull(f"{guest}-{host}", guest_energy, phases, steps, average, method)


def _voltage(start: HullPhase, end: HullPhase, guest_energy: float) -> float:
    first, last = (phase.energy * (1 + phase.x) for phase in (start, end))
    taken = end.x - start.x
    return -(last - first - taken * guest_energy) / taken
