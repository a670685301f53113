"""Convex hull of phases and voltages of frameworks, by pymatgen."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from ionsmith import provenance
from ionsmith.analyzers.stability._result import (
    ElectrodeVoltage,
    MixtureShare,
    PhaseEnergy,
    PhaseStability,
)
from ionsmith.analyzers.storage import VoltageStep
from ionsmith.crystals import load
from ionsmith.crystals.files import CrystalLike, as_list, names_of, read_structure
from ionsmith.crystals.library import answers
from ionsmith.errors import InvalidInput
from ionsmith.potentials import Potential, PotentialLike, load_potential

if TYPE_CHECKING:
    from pymatgen.entries.computed_entries import ComputedEntry

ON_HULL = 1e-6
"""Energy above the hull in eV/atom below which a phase counts as stable."""

ABSENT = 1000.0
"""Energy in eV/atom of an element that no phase is, so that no mixture takes it."""


def phase_stability(
    structures: Sequence[CrystalLike],
    *,
    ion: str | None = None,
    potential: PotentialLike | None = None,
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
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`; it
        gives the energies of the structures as they are, and of the metal of the ion.
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
    names = names_of(given)
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
    loaded = None if potential is None else load_potential(potential)
    energies, method = _energies(names, models, loaded, progress)
    notes = [] if loaded is None else [f"energies of the structures as they are, by {method}"]
    phases, missing = _phases(names, models, energies)
    if missing:
        notes.append(
            f"no phase is pure {', '.join(missing)}: only mixtures of the phases given compete, "
            "and there are no energies of formation of what contains it"
        )
    electrodes = () if ion is None else _electrodes(ion, names, models, energies)
    return PhaseStability(phases, electrodes, method, tuple(notes))


def _energies(
    names: Sequence[str],
    models: Sequence[Atoms],
    potential: Potential | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[float], str | None]:
    """Energy of each structure in eV, and the method of all."""
    energies: list[float] = []
    methods: dict[str | None, str] = {}
    for done, (name, atoms) in enumerate(zip(names, models, strict=True)):
        if progress is not None:
            progress(done, len(models))
        if potential is not None:
            energies.append(potential.energy(atoms))
            methods[potential.method] = name
            continue
        try:
            energy = float(atoms.get_potential_energy())
        except RuntimeError:  # no calculator, or one that holds other properties only
            raise InvalidInput(
                f"{name} has no energy: relax it or give `potential` (or the folder of a finished "
                "calculation)"
            ) from None
        if not np.isfinite(energy):
            raise InvalidInput(f"the energy of {name} is {energy}")
        energies.append(energy)
        methods.setdefault(provenance.energy_method(atoms, energy), name)
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
                formula=entry.composition.reduced_formula,
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
        rest = Composition({element: n for element, n in counts.items() if element != ion})
        if rest:
            frameworks.setdefault(rest.reduced_formula, []).append(entry)
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
