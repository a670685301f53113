"""A phase as storage sees it: guest, host, their ratio, and the volume."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.storage._records import CM3_PER_MOL
from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import (
    GUESTS,
    HOSTS,
    guest_content,
    load_alloy,
    system_of,
)
from ionsmith.crystals.files import CrystalLike, as_list, in_memory, name_of, read_structure
from ionsmith.crystals.library import LIBRARY_PREFIX
from ionsmith.errors import InvalidInput


@dataclass(frozen=True)
class Material:
    """An alloy of Li or Na, or a host.

    Parameters
    ----------
    name, formula
        Name in the library, or path of the file, and formula.
    guest
        ``"Li"``, ``"Na"``, or None for a pure host.
    host
        ``"Si"``, ``"Ge"``, ``"Sn"`` or ``"Sb"``.
    x
        Guest atoms per host atom.
    volume
        Volume per host atom in Å³.
    data_class
        Whether the crystal was measured or relaxed; ``"file"`` for a structure of the user.
    structure
        The crystal.
    """

    name: str
    formula: str
    guest: str | None
    host: str
    x: float
    volume: float
    data_class: str
    structure: Crystal | Atoms = field(repr=False)

    @property
    def host_mass(self) -> float:
        """Mass of one mole of host atoms in g."""
        return float(atomic_masses[atomic_numbers[self.host]])

    @property
    def mass(self) -> float:
        """Mass in g of the phase per mole of host atoms."""
        guest = 0.0 if self.guest is None else float(atomic_masses[atomic_numbers[self.guest]])
        return self.host_mass + self.x * guest

    @property
    def density(self) -> float:
        """Density in g/cm³."""
        return self.mass / (self.volume * float(CM3_PER_MOL))


PhaseLike: TypeAlias = CrystalLike | Material
"""Any crystal, or the formula of an alloy in the library such as ``"Li15Si4"``."""


def read_material(source: PhaseLike) -> Material:
    """Read a phase: a crystal of any kind, or an alloy or host of the library by its formula.

    Raises
    ------
    InvalidInput
        For an unknown phase, or a crystal that is no alloy of Li or Na with one of the hosts.
    UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    """
    if isinstance(source, Material):
        return source
    if isinstance(source, Crystal):
        return crystal_material(source)
    if isinstance(source, str) and source != "-" and not _is_path(source):
        return crystal_material(load_alloy(source))
    atoms = read_structure(source)
    path = in_memory(source)
    name = path if isinstance(path, str) and path != "-" else name_of(source)
    counts = Counter(atoms.get_chemical_symbols())
    hosts = [element for element in counts if element in HOSTS]
    guests = [element for element in counts if element in GUESTS]
    if len(hosts) != 1 or len(guests) > 1 or len(counts) != len(hosts) + len(guests):
        raise InvalidInput(
            f"{name}: {atoms.get_chemical_formula()} is no alloy of {' or '.join(GUESTS)} "
            f"with one of {', '.join(HOSTS)}"
        )
    (host,) = hosts
    number = counts[host]
    return Material(
        name=name,
        formula=atoms.get_chemical_formula("metal", empirical=True),
        guest=guests[0] if guests else None,
        host=host,
        x=sum(counts[guest] for guest in guests) / number,
        volume=float(atoms.get_volume()) / number,
        data_class="file",
        structure=atoms,
    )


def read_materials(sources: Iterable[PhaseLike] | PhaseLike) -> list[Material]:
    """Read several phases, or a single one, each once.

    Raises
    ------
    InvalidInput
        As :func:`read_material`.
    """
    materials = [read_material(source) for source in as_list(sources)]
    return list({material.name: material for material in materials}.values())


def crystal_material(crystal: Crystal) -> Material:
    """Describe an alloy or host of the library; a crystal without a host is refused."""
    guest, host = system_of(crystal)
    return Material(
        name=crystal.name,
        formula=crystal.formula,
        guest=guest,
        host=host,
        x=float(guest_content(crystal)),
        volume=crystal.volume / crystal.composition()[host],
        data_class=crystal.data_class,
        structure=crystal,
    )


def only_system(materials: Sequence[Material]) -> tuple[str, str]:
    """Guest and host of all phases; phases of several systems are refused."""
    guests = {material.guest for material in materials} - {None}
    hosts = {material.host for material in materials}
    if len(guests) != 1 or len(hosts) != 1:
        raise InvalidInput(
            "energies belong to phases of a single system such as Li-Si, not to "
            + ", ".join(sorted(material.formula for material in materials))
        )
    (guest,) = guests
    (host,) = hosts
    assert guest is not None
    return guest, host


def _is_path(source: str) -> bool:
    """Whether a text is a path and not a name or formula of the library."""
    return not source.startswith(LIBRARY_PREFIX) and (
        "/" in source or bool(Path(source).suffix) or Path(source).is_file()
    )
