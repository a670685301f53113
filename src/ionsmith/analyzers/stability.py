"""Stability of phases of any elements, and the voltages of hosts among them.

A phase is stable if no mixture of the others with its composition has a lower energy; else its
energy above that mixture is its distance to the convex hull (S. P. Ong et al., Chem. Mater. 20,
1798 (2008), doi:10.1021/cm702327g). Phases that differ by the amount of one ion alone share a
framework; between two successive ones on the hull of that framework the voltage against the metal
is

    V = -(E2 - E1 - (x2 - x1) E_metal) / ((x2 - x1) z e)

(M. K. Aydinol et al., Phys. Rev. B 56, 1354 (1997), doi:10.1103/PhysRevB.56.1354). Both are
pymatgen's (``PhaseDiagram``, ``InsertionElectrode``). Only the phases that are given compete;
entropy, pressure and strain energy are neglected.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from ionsmith import provenance
from ionsmith.analyzers.storage import VoltageStep
from ionsmith.crystals import load
from ionsmith.crystals.files import CrystalLike, as_list, name_of, read_structure
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.library import answers
from ionsmith.errors import ExternalProgramFailed, InvalidInput
from ionsmith.plotting import axes_or_new
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pymatgen.entries.computed_entries import ComputedEntry

ON_HULL = 1e-6
"""Energy above the hull in eV/atom below which a phase counts as stable."""

ABSENT = 1000.0
"""Energy in eV/atom of an element that no phase is, so that no mixture takes it."""


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
        for electrode in self.electrodes:
            edges = [x for step in electrode.steps for x in (step.x_start, step.x_end)]
            levels = [step.voltage for step in electrode.steps for _ in range(2)]
            ax.plot(edges, levels, label=electrode.framework)
            ax.set_xlabel(f"{electrode.ion} in the framework")
            ax.set_ylabel(f"voltage against {electrode.ion} (V)")
        if self.electrodes:
            ax.legend(frameon=False)
            ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        else:
            ax.barh([p.phase for p in self.phases], [1000 * p.above_hull for p in self.phases])
            ax.invert_yaxis()
            ax.set_xlabel("energy above the hull (meV/atom)")
        ax.spines[["top", "right"]].set_visible(False)
        return ax


def phase_stability(
    structures: Sequence[CrystalLike],
    *,
    ion: str | None = None,
    potential: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> PhaseStability:
    """Compare the energies of phases of any elements.

    Parameters
    ----------
    structures
        Ordered crystals, each with an energy: results of a relaxation, folders in which a code has
        run, ``ase.Atoms`` with a calculator. With a potential, any ordered crystals.
    ion
        Element of which the phases of a framework hold more or less, for the voltages.
    potential
        An ASE calculator, or what :func:`ionsmith.potentials.load_potential` returns: it gives the
        energies of the structures as they are, and of the metal of the ion.
    progress
        Called with the number of energies computed and their total.

    Returns
    -------
    PhaseStability

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    InvalidInput
        For fewer than two structures, one without an energy, energies of different methods, an ion
        that no framework holds in two amounts or whose metal has no energy.
    ExternalProgramFailed
        If the potential fails.

    Examples
    --------
    >>> from ase import Atoms
    >>> from ase.build import bulk
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.analyzers.stability import phase_stability
    >>> crystals = [bulk("Cu"), bulk("Au"), bulk("CuAu", "rocksalt", a=5.2)]
    >>> [phase.stable for phase in phase_stability(crystals, potential=EMT()).phases]
    [True, True, False]
    """
    given = as_list(structures)
    if len(given) < 2:
        raise InvalidInput("stability compares phases: give at least two structures")
    if ion is not None and ion not in atomic_numbers:
        raise InvalidInput(f"`ion` is {ion!r}; an element was expected, such as Na")
    names = _distinct([name_of(structure) for structure in given])
    models = [read_structure(structure) for structure in given]
    metal_added = (
        ion is not None
        and potential is not None
        and not any(set(model.symbols) == {ion} for model in models)
        and answers(ion)
    )
    if metal_added and ion is not None:
        metal = load(ion)
        names, models = [*names, metal.name], [*models, metal.to_atoms()]
    energies, method = _energies(names, models, potential, progress)
    notes = [f"energies of the structures as they are, by {method}"] if potential else []
    phases, missing = _phases(names, models, energies)
    if missing:
        notes.append(
            f"no phase is pure {', '.join(missing)}: only mixtures of the phases given compete, "
            "and there are no energies of formation of what contains it"
        )
    electrodes = () if ion is None else _electrodes(ion, names, models, energies)
    return PhaseStability(phases, electrodes, method, tuple(notes))


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of which later equal ones have a number."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


def _energies(
    names: Sequence[str],
    models: Sequence[Atoms],
    potential: Any,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[float], str | None]:
    """Energy of each structure in eV, and the method of all."""
    energies: list[float] = []
    methods: dict[str | None, str] = {}
    for done, (name, atoms) in enumerate(zip(names, models, strict=True)):
        if progress is not None:
            progress(done, len(models))
        model = atoms
        if potential is not None:
            model = atoms.copy()
            model.calc = getattr(potential, "calculator", potential)
        elif atoms.calc is None:
            raise InvalidInput(
                f"{name} has no energy: relax it or give `potential` (or the folder of a finished "
                "calculation)"
            )
        try:
            energy = float(model.get_potential_energy())
        except Exception as error:  # an external calculator may raise anything
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(f"no energy of {name}: {reason}") from error
        if not np.isfinite(energy):
            raise ExternalProgramFailed(f"the energy of {name} is {energy}")
        energies.append(energy)
        own = getattr(potential, "method", type(potential).__name__)
        methods.setdefault(own if potential else provenance.energy_method(atoms, energy), name)
    if len(methods) > 1:
        (first, here), (second, there) = list(methods.items())[:2]
        raise InvalidInput(
            f"{here} has an energy by {first or 'an unnamed method'}, {there} by "
            f"{second or 'an unnamed method'}; energies of different methods have different zeros, "
            "use those of one method"
        )
    return energies, next(iter(methods))


def _phases(
    names: Sequence[str], models: Sequence[Atoms], energies: Sequence[float]
) -> tuple[tuple[PhaseEnergy, ...], list[str]]:
    """Place of each phase against the hull, and the elements that none of them is."""
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    entries = [
        PDEntry(Composition(Counter(model.symbols)), energy, name=name)
        for name, model, energy in zip(names, models, energies, strict=True)
    ]
    elements = sorted({symbol for model in models for symbol in model.symbols})
    pure = {str(e.elements[0]) for e in entries if len(e.elements) == 1}
    missing = [element for element in elements if element not in pure]
    high = [PDEntry(Composition({element: 1}), ABSENT, name=element) for element in missing]
    diagram = PhaseDiagram([*entries, *high])
    phases = []
    mixture: Any
    for name, model, entry in zip(names, models, entries, strict=True):
        mixture, above = diagram.get_decomp_and_e_above_hull(entry, allow_negative=True)
        stable = float(above or 0.0) < ON_HULL
        shares = sorted((e.name, float(x)) for e, x in (mixture or {}).items())
        formation = None
        if not set(missing) & set(model.symbols):
            formation = float(diagram.get_form_energy_per_atom(entry))
        phases.append(
            PhaseEnergy(
                phase=name,
                formula=model.get_chemical_formula("metal", empirical=True),
                energy=entry.energy / len(model),
                formation_energy=formation,
                above_hull=max(float(above or 0.0), 0.0),
                stable=stable,
                decomposition=() if stable else tuple(MixtureShare(*share) for share in shares),
            )
        )
    return tuple(phases), missing


def _electrodes(
    ion: str, names: Sequence[str], models: Sequence[Atoms], energies: Sequence[float]
) -> tuple[ElectrodeVoltage, ...]:
    """Voltages of each framework that holds the ion in several amounts."""
    from pymatgen.apps.battery.insertion_battery import InsertionElectrode
    from pymatgen.core import Composition
    from pymatgen.entries.computed_entries import ComputedEntry

    metals, frameworks = [], dict[str, list[ComputedEntry]]()
    for name, model, energy in zip(names, models, energies, strict=True):
        counts = Counter(model.symbols)
        entry = ComputedEntry(
            Composition(counts), energy, data={"volume": model.get_volume()}, entry_id=name
        )
        rest = {element: n for element, n in counts.items() if element != ion}
        if rest:
            unit = np.gcd.reduce(list(rest.values()))
            formula = write_formula({element: n / unit for element, n in rest.items()})
            frameworks.setdefault(formula, []).append(entry)
        else:
            metals.append(entry)
    if not metals:
        raise InvalidInput(f"no energy of {ion} metal: add its structure")
    metal = min(metals, key=lambda entry: entry.energy_per_atom)
    electrodes = []
    for framework, entries in frameworks.items():
        contents = {round(e.composition.get_atomic_fraction(ion), 9) for e in entries}
        if len(contents) < 2:
            continue
        try:
            electrode: Any = InsertionElectrode.from_entries(entries, metal)
        except IndexError:  # of pymatgen: one phase lies below all lines between the others
            continue
        steps = tuple(
            VoltageStep(
                start=str(pair.entry_charge.entry_id),
                end=str(pair.entry_discharge.entry_id),
                x_start=_content(pair.entry_charge, ion),
                x_end=_content(pair.entry_discharge, ion),
                voltage=float(pair.voltage),
            )
            for pair in electrode.voltage_pairs
        )
        taken = steps[-1].x_end - steps[0].x_start
        charge = sum(pair.mAh for pair in electrode.voltage_pairs)
        electrodes.append(
            ElectrodeVoltage(
                framework=framework,
                ion=ion,
                steps=steps,
                average_voltage=sum(s.voltage * (s.x_end - s.x_start) for s in steps) / taken,
                capacity=float(charge / electrode.voltage_pairs[-1].mass_discharge),
                unstable=tuple(str(entry.entry_id) for entry in electrode.unstable_entries),
            )
        )
    if not electrodes:
        raise InvalidInput(
            f"no two phases differ by their {ion} alone; expected such as FePO4 and NaFePO4"
        )
    return tuple(electrodes)


def _content(entry: "ComputedEntry", ion: str) -> float:
    """Ions in one framework of an entry."""
    rest = entry.composition - {ion: entry.composition[ion]}
    return float(entry.composition[ion] / rest.get_reduced_composition_and_factor()[1])
