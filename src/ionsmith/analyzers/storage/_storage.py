"""What alloy anodes store and how they swell: capacities, volumes and expansion of their phases.

A phase AxM (A is Li or Na; M is Si, Ge, Sn or Sb) stores x electrons for each host atom M. Its
capacity is given per gram and per volume, of the host before and of the product after the uptake;
only the last two are what a cell has to carry. With V the volume per host atom in the phase and V0
that in the reference, the expansion is 100 (V/V0 - 1) % and the volume ratio is V/V0. The two are
often mistaken for each other: a ratio of 3.7 is an expansion of 270 %.

Li and Na that a phase holds are counted from the empty element on, and capacities are those of the
full reaction; what a cell yields is less.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.constants import Avogadro, elementary_charge

from ionsmith.analyzers.storage._hull import Hull
from ionsmith.analyzers.storage._materials import CM3_PER_MOL, Material, crystal_material
from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import corrected, load_alloy
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table, notes_table

MAH_PER_MOL = elementary_charge * Avogadro / 3.6
"""Charge of one mole of electrons in mAh (scipy's CODATA constants)."""

_CELL = {"dft": "relaxed", "file": "file"}
"""What the listing says of a cell, by ``data_class``; all others are measured."""


@dataclass(frozen=True)
class StoredPhase:
    """What one phase stores, and how large it is.

    Parameters
    ----------
    phase, formula
        Name and formula.
    x
        Guest atoms for each host atom.
    capacity_host_mAh_g, capacity_product_mAh_g
        Per gram of the host before, and of the phase after the uptake.
    capacity_host_mAh_cm3, capacity_product_mAh_cm3
        Per volume of the reference before, and of the phase after the uptake.
    volume_per_host
        In Å³.
    expansion_percent
        100 (V/V0 - 1).
    volume_ratio
        V/V0.
    density
        In g/cm³.
    reference
        Phase that V0 is of.
    data_class
        Whether the crystal was measured or relaxed.
    """

    phase: str
    formula: str
    x: float
    capacity_host_mAh_g: float
    capacity_product_mAh_g: float
    capacity_host_mAh_cm3: float
    capacity_product_mAh_cm3: float
    volume_per_host: float
    expansion_percent: float
    volume_ratio: float
    density: float
    reference: str
    data_class: str


@dataclass(frozen=True)
class Storage(Result):
    """What phases store, and how they swell.

    Parameters
    ----------
    phases
        In the order asked for; those of a path by rising x.
    hull
        Stable phases and voltages, where energies are given.
    notes
        What a user must know.
    """

    phases: tuple[StoredPhase, ...]
    hull: Hull | None
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases, the hull, the notes."""
        headers = (
            "phase",
            "x",
            "mAh/g host",
            "mAh/g product",
            "mAh/cm³ host",
            "mAh/cm³ product",
            "Å³ per host",
            "expansion (%)",
            "V/V0",
            "V0 of",
            "g/cm³",
            "cell",
        )
        rows = [
            (
                one.phase,
                round(one.x, 4),
                round(one.capacity_host_mAh_g, 1),
                round(one.capacity_product_mAh_g, 1),
                round(one.capacity_host_mAh_cm3),
                round(one.capacity_product_mAh_cm3),
                round(one.volume_per_host, 3),
                round(one.expansion_percent, 1),
                round(one.volume_ratio, 3),
                one.reference,
                round(one.density, 3),
                _CELL.get(one.data_class, "measured"),
            )
            for one in self.phases
        ]
        found = [Table("", headers, rows)]
        if self.hull is not None:
            found += self.hull.tables()
        return found + notes_table(self.notes)


def choose_references(
    materials: Iterable[Material], chosen: Iterable[Material] = ()
) -> dict[str, Material]:
    """Find the element that expansion is counted from, for each host."""
    hosts = list(dict.fromkeys(material.host for material in materials))
    found: dict[str, Material] = {}
    for reference in chosen:
        if reference.guest is not None:
            raise InvalidInput(
                f"reference {reference.name}: an element without {reference.guest} was expected, "
                "such as sn or sn-alpha"
            )
        if reference.host not in hosts:
            raise InvalidInput(
                f"reference {reference.name}: no phase here has the host {reference.host}"
            )
        if reference.host in found:
            raise InvalidInput(
                f"{found[reference.host].name} and {reference.name} cannot both be the reference "
                f"of {reference.host}"
            )
        found[reference.host] = reference
    return {host: found.get(host) or crystal_material(load_alloy(host)) for host in hosts}


def stored(material: Material, reference: Material) -> StoredPhase:
    """Capacities, volume and expansion of one phase."""
    charge = material.x * MAH_PER_MOL
    ratio = material.volume / reference.volume
    return StoredPhase(
        phase=material.name,
        formula=material.formula,
        x=material.x,
        capacity_host_mAh_g=charge / material.host_mass,
        capacity_product_mAh_g=charge / material.mass,
        capacity_host_mAh_cm3=charge / (reference.volume * CM3_PER_MOL),
        capacity_product_mAh_cm3=charge / (material.volume * CM3_PER_MOL),
        volume_per_host=material.volume,
        expansion_percent=100 * (ratio - 1),
        volume_ratio=ratio,
        density=material.density,
        reference=reference.name,
        data_class=material.data_class,
    )


def storage(
    materials: Sequence[Material],
    references: Iterable[Material] = (),
    hull: Hull | None = None,
    notes: Iterable[str] = (),
) -> Storage:
    """Work out what phases store and how they swell.

    Parameters
    ----------
    materials
        The phases, in the order of the result.
    references
        Elements that expansion is counted from, as :func:`choose_references` takes them.
    hull
        Of the same phases, to go with the result.
    notes
        What else to say with it.

    Raises
    ------
    InvalidInput
        For references that do not fit, as :func:`choose_references` says.

    Examples
    --------
    >>> from ionsmith.analyzers.storage import crystal_material
    >>> from ionsmith.analyzers.storage import storage
    >>> from ionsmith.crystals import load
    >>> (phase,) = storage([crystal_material(load("na3sb"))]).phases
    >>> f"{phase.capacity_host_mAh_g:.0f} mAh/g, {phase.expansion_percent:.0f} %"
    '660 mAh/g, 293 %'
    """
    chosen = choose_references(materials, references)
    said = [
        line
        for material in materials
        if isinstance(material.structure, Crystal)
        for line in corrected(material.structure)
    ]
    kinds = {material.data_class for material in materials}
    if "dft" in kinds and len(kinds) > 1:
        relaxed = ", ".join(m.name for m in materials if m.data_class == "dft")
        said.append(
            f"the cells of {relaxed} are relaxed, the others measured: relaxed volumes are good to "
            "some 4 %, so small steps from one kind to the other mean nothing"
        )
    if hull is not None:
        left_out = {m.name for m in materials} - {phase.phase for phase in hull.phases}
        said += [f"{name} has no energy and is left out of the hull" for name in sorted(left_out)]
    return Storage(
        phases=tuple(stored(material, chosen[material.host]) for material in materials),
        hull=hull,
        notes=tuple(dict.fromkeys([*said, *notes])),
    )
