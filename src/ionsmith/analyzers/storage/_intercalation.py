"""Capacity, energy and volume change of hosts that keep their framework, such as LiFePO4 and LiC6.

A phase AxH has x ions A in the framework H, and a reference Ay H has fewer of them. Between the two
(x - y) z electrons flow, z being the charge of the ion. Capacities of cathodes are quoted per gram
of the phase with the ions (LiFePO4, 170 mAh/g), those of anodes per gram of the host without
(graphite, 372 mAh/g): both are given. With the energies E per framework and that of the metal, the
mean voltage against it is

    V = -(E2 - E1 - (x - y) E_metal) / ((x - y) z e)

(M. K. Aydinol et al., Phys. Rev. B 56, 1354 (1997), doi:10.1103/PhysRevB.56.1354).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.storage._phase_energies import LoadedPotential, energy_per_atom
from ionsmith.analyzers.storage._records import CM3_PER_MOL, MAH_PER_MOL
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.alloy_systems import GUESTS, HOSTS
from ionsmith.crystals.files import CrystalLike, as_list, name_of, read_crystal
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.crystals.library import LIBRARY_PREFIX, answers
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator

IONS = {"Li": 1, "Na": 1, "K": 1, "Ag": 1, "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3}
"""Charge of the ions that hosts take up."""

ALKALI = ("Li", "Na", "K")
"""The ion of a phase whose reference is not given."""

SAME = 1e-3
"""Relative difference of amounts of one framework that rounding explains."""

ROUNDED = 5e-3
"""Relative difference between a formula and the occupancies that rounding explains."""


@dataclass(frozen=True)
class IntercalatedPhase:
    """Storage between a reference and one phase.

    Parameters
    ----------
    phase
        Name of the phase.
    formula
        Its formula.
    x
        Ions per framework.
    capacity_host_mAh_g
        Capacity in mAh per gram of the reference.
    capacity_product_mAh_g
        Capacity in mAh per gram of the phase.
    capacity_product_mAh_cm3
        Capacity in mAh per cm³ of the phase; None if only its formula is known.
    volume_change_percent
        Change of the volume from the reference to the phase, 100 (V/V0 - 1); None if only the
        formula of one of the two is known.
    voltage
        Mean voltage in V against the metal; None without energies.
    energy_Wh_kg
        Energy in Wh per kg of the phase; None without a voltage.
    energy_Wh_l
        Energy in Wh per litre of the phase; None without a voltage or volume.
    """

    phase: str
    formula: str
    x: float
    capacity_host_mAh_g: float
    capacity_product_mAh_g: float
    capacity_product_mAh_cm3: float | None
    volume_change_percent: float | None
    voltage: float | None
    energy_Wh_kg: float | None
    energy_Wh_l: float | None


@dataclass(frozen=True)
class Intercalation(Result):
    """Capacity, energy and volume change of hosts that take up ions.

    Parameters
    ----------
    ion
        The ion.
    framework
        What the reference and the phases have in common.
    reference
        Name of the reference.
    x_reference
        Ions per framework in the reference.
    phases
        The phases in the order given.
    notes
        Remarks, one line each.
    """

    ion: str
    framework: str
    reference: str
    x_reference: float
    phases: tuple[IntercalatedPhase, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases and the notes."""
        headers = [
            *("phase", "x", "mAh/g host", "mAh/g product", "mAh/cm³ product"),
            *("volume change (%)", "V", "Wh/kg", "Wh/l"),
        ]
        rows = [
            [
                p.phase,
                round(p.x, 4),
                round(p.capacity_host_mAh_g, 1),
                round(p.capacity_product_mAh_g, 1),
                _rounded(p.capacity_product_mAh_cm3),
                _rounded(p.volume_change_percent, 2),
                _rounded(p.voltage, 3),
                _rounded(p.energy_Wh_kg),
                _rounded(p.energy_Wh_l),
            ]
            for p in self.phases
        ]
        base = f"{self.reference} (x = {self.x_reference:.4g})"
        title = f"{self.ion} in {self.framework}, from {base}"
        return [Table(title, headers, rows), *notes_table(self.notes)]


@dataclass(frozen=True)
class _Host:
    """A crystal, or a formula alone: amounts of its elements, and the volume that holds them."""

    name: str
    amounts: dict[str, float]
    volume: float | None
    structure: Crystal | Atoms | None

    @property
    def mass(self) -> float:
        """Mass in u of the amounts."""
        return float(sum(n * atomic_masses[atomic_numbers[e]] for e, n in self.amounts.items()))

    def per(self, framework: dict[str, float], ion: str) -> "_Host | None":
        """The same with the amounts of one framework; None if that of the host is another one."""
        rest = {e: n for e, n in self.amounts.items() if e != ion}
        if set(rest) != set(framework):
            return None
        factors = [framework[element] / rest[element] for element in rest]
        if max(factors) > min(factors) * (1 + SAME):
            return None
        amounts = {e: n * factors[0] for e, n in self.amounts.items()}
        volume = None if self.volume is None else self.volume * factors[0]
        return _Host(self.name, amounts, volume, self.structure)


def intercalates(phase: CrystalLike) -> bool:
    """Whether a phase is something else than an alloy of Li or Na, or one of their hosts.

    Parameters
    ----------
    phase
        Any crystal, or a formula.
    """
    if isinstance(phase, str) and phase != "-" and not _is_known(phase):
        try:
            amounts = parse_formula(phase)
        except ValueError:
            return False
        return not set(amounts) <= {*GUESTS, *HOSTS}
    return not set(_read(phase).amounts) <= {*GUESTS, *HOSTS}


def intercalation(
    phases: Sequence[CrystalLike] | CrystalLike,
    reference: CrystalLike | None = None,
    *,
    voltage: float | None = None,
    potential: "Calculator | LoadedPotential | None" = None,
    progress: Callable[[int, int], None] | None = None,
) -> Intercalation:
    """Give capacity, energy and volume change of hosts that take up ions.

    Parameters
    ----------
    phases
        Phases with the ion in one framework: any crystals, or formulae such as ``"LiC6"``, of which
        no volume is known.
    reference
        The phase with less of the ion, a crystal or a formula; by default the framework without
        it, of which only the formula is known.
    voltage
        Mean voltage in V against the metal, for the energy of the cell with it.
    potential
        ASE calculator, or what :func:`ionsmith.potentials.load_potential` returns; it gives the
        voltage from the energies of the crystals as they are.
    progress
        Called with the number of energies computed and their total.

    Returns
    -------
    Intercalation

    Raises
    ------
    InvalidInput
        If the phases and the reference are not one framework with more and less of one ion, or
        energies are asked for of a formula or a disordered crystal.
    UnknownPhase, UnreadableFile
        If a crystal cannot be read.
    ExternalProgramFailed
        If the potential fails.

    Examples
    --------
    >>> from ionsmith.analyzers.storage import intercalation
    >>> (phase,) = intercalation("lifepo4", "fepo4").phases
    >>> f"{phase.capacity_product_mAh_g:.0f} mAh/g, {phase.volume_change_percent:+.1f} %"
    '170 mAh/g, +7.0 %'
    >>> (phase,) = intercalation("LiC6", "graphite").phases
    >>> f"{phase.capacity_host_mAh_g:.0f} mAh/g"
    '372 mAh/g'
    """
    hosts = [_read(phase) for phase in as_list(phases)]
    if not hosts:
        raise InvalidInput("`phases` is empty: name a phase such as lifepo4")
    if voltage is not None and not 0 < voltage < 10:
        raise InvalidInput(f"`voltage` is {voltage:g} V; a number from 0 to 10 was expected")
    given = None if reference is None else _read(reference)
    ion = _ion_of(hosts[0], given)
    framework = {e: n for e, n in hosts[0].amounts.items() if e != ion}
    title = write_formula(framework)
    base = (given or _Host(title, dict(framework), None, None)).per(framework, ion)
    if base is None:
        raise InvalidInput(f"`reference`: {reference} is not {title} with more or less {ion}")
    taken = [host.per(framework, ion) for host in hosts]
    y = base.amounts.get(ion, 0.0)
    for host, unit in zip(hosts, taken, strict=True):
        if unit is None:
            raise InvalidInput(f"{host.name} is not {title} with {ion}: give one framework at once")
        if unit.amounts.get(ion, 0.0) <= y * (1 + SAME):
            raise InvalidInput(
                f"{host.name} has no more {ion} than the reference {base.name}: expected a phase "
                "that took some up"
            )
    units = [unit for unit in taken if unit is not None]
    voltages: Sequence[float | None] = [voltage] * len(units)
    if potential is not None:
        voltages = _voltages(base, units, ion, y, potential, progress)
    return Intercalation(
        ion=ion,
        framework=title,
        reference=base.name,
        x_reference=y,
        phases=tuple(_stored(unit, base, ion, v) for unit, v in zip(units, voltages, strict=True)),
        notes=tuple(_notes(base, units, computed=potential is not None)),
    )


def _is_known(text: str) -> bool:
    """Whether a text names a crystal of the library or a file, and is no formula alone."""
    path = Path(text)
    named = "/" in text or path.suffix[1:2].isalpha() or path.is_file()
    return named or text == "-" or text.startswith(LIBRARY_PREFIX) or answers(text)


def _read(source: CrystalLike) -> _Host:
    """Read a crystal, or a formula of which the library has none."""
    if isinstance(source, str) and not _is_known(source):
        try:
            return _Host(source, parse_formula(source), None, None)
        except ValueError:
            load(source)  # names similar crystals
    if isinstance(source, str) and answers(source):
        source = load(source)
    structure = read_crystal(source)
    if isinstance(structure, Crystal):
        units = structure.formula_units
        amounts = {element: n / units for element, n in structure.composition().items()}
        formula = parse_formula(structure.formula)
        rounded = all(abs(formula.get(e, 0.0) / n - 1) < ROUNDED for e, n in amounts.items())
        return _Host(
            structure.name, formula if rounded else amounts, structure.volume / units, structure
        )
    counts = structure.symbols.formula.reduce()
    amounts = {element: float(n) for element, n in counts[0].count().items()}
    name = source if isinstance(source, str) else name_of(source)
    return _Host(name, amounts, float(structure.get_volume()) / counts[1], structure)


def _ion_of(phase: _Host, reference: _Host | None) -> str:
    """The element of which a phase has more than its reference."""
    if reference is None:
        found = [ion for ion in ALKALI if ion in phase.amounts]
        if len(found) != 1 or len(phase.amounts) == 1:
            raise InvalidInput(
                f"{phase.name} has {' and '.join(found) or 'none'} of {', '.join(ALKALI)} that it "
                "could give back; name the phase with less of its ion as `reference`"
            )
        return found[0]
    for ion in IONS:
        framework = {e: n for e, n in phase.amounts.items() if e != ion}
        unit = reference.per(framework, ion) if framework else None
        if unit is not None:
            before, after = unit.amounts.get(ion, 0.0), phase.amounts.get(ion, 0.0)
            if abs(before - after) > SAME * max(before, after):
                return ion
    raise InvalidInput(
        f"{phase.name} and the `reference` {reference.name} do not differ by the amount of one ion "
        f"({', '.join(IONS)}); expected one framework, as LiFePO4 and FePO4"
    )


def _stored(unit: _Host, base: _Host, ion: str, voltage: float | None) -> IntercalatedPhase:
    """Storage between the reference and a phase, both with the amounts of one framework."""
    x, y = unit.amounts[ion], base.amounts.get(ion, 0.0)
    charge = (x - y) * IONS[ion] * MAH_PER_MOL
    per_volume = None if unit.volume is None else charge / (unit.volume * CM3_PER_MOL)
    change = None
    if unit.volume is not None and base.volume is not None:
        change = 100 * (unit.volume / base.volume - 1)
    product = charge / unit.mass
    return IntercalatedPhase(
        phase=unit.name,
        formula=write_formula(unit.amounts),
        x=x,
        capacity_host_mAh_g=charge / base.mass,
        capacity_product_mAh_g=product,
        capacity_product_mAh_cm3=per_volume,
        volume_change_percent=change,
        voltage=voltage,
        energy_Wh_kg=None if voltage is None else product * voltage,
        energy_Wh_l=None if voltage is None or per_volume is None else per_volume * voltage,
    )


def _voltages(
    base: _Host,
    units: Sequence[_Host],
    ion: str,
    y: float,
    potential: "Calculator | LoadedPotential",
    progress: Callable[[int, int], None] | None,
) -> list[float | None]:
    """Mean voltages in V from the energies of the crystals."""
    if not answers(ion):
        raise InvalidInput(f"the library has no {ion} metal to compute its energy: give `voltage`")
    calculator: Any = getattr(potential, "calculator", potential)
    energies = []
    metal = _read(ion)
    for done, unit in enumerate([metal, base, *units]):
        if progress is not None:
            progress(done, len(units) + 2)
        energy = None
        if unit.structure is not None:
            energy = energy_per_atom(unit.name, unit.structure, calculator)
        if energy is None:
            raise InvalidInput(
                f"{unit.name} is {'disordered' if unit.structure else 'only a formula'}: an energy "
                "needs an ordered crystal; give one (`ionsmith build ordered`) or `voltage`"
            )
        energies.append(energy * sum(unit.amounts.values()))
    alone, before, *after = energies
    alone /= metal.amounts[ion]
    taken = [unit.amounts[ion] - y for unit in units]
    return [-(e - before - n * alone) / n / IONS[ion] for e, n in zip(after, taken, strict=True)]


def _notes(base: _Host, units: Sequence[_Host], *, computed: bool) -> list[str]:
    """What a user should know of the numbers."""
    notes = []
    bare = [host.name for host in (base, *units) if host.volume is None]
    if bare:
        notes.append(
            f"of {', '.join(dict.fromkeys(bare))} only the formula is known: its crystal (a name "
            "of the library or a file) would give the volume"
        )
    if base.volume is not None and any(unit.volume is not None for unit in units):
        notes.append(
            "the volume change compares two crystals; whether one turns into the other without "
            "rebuilding its framework is not examined"
        )
    return [*notes, *(["the energies are those of the crystals as they are"] if computed else [])]


def _rounded(value: float | None, digits: int | None = None) -> float | None:
    """A number with so many digits, if there is one."""
    return None if value is None else round(value, digits)
