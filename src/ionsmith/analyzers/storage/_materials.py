"""What storage needs to know of a phase: guest, host, their ratio, and the volume."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from scipy.constants import Avogadro

from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import (
    GUESTS,
    HOSTS,
    guest_content,
    load_alloy,
    system_of,
)
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.library import LIBRARY_PREFIX
from ionsmith.errors import InvalidInput

CM3_PER_MOL = Avogadro * 1e-24
"""Volume of one mole of Å³ in cm³."""


@dataclass(frozen=True)
class Material:
    """A phase as far as storage is concerned.

    Parameters
    ----------
    name, formula
        Name in the library, or path of the file, and formula.
    guest
        ``"Li"``, ``"Na"``, or None in an element.
    host
        ``"Si"``, ``"Ge"``, ``"Sn"`` or ``"Sb"``.
    x
        Guest atoms for each host atom.
    volume
        Volume per host atom in Å³.
    data_class
        Whether the crystal was measured or relaxed; ``"file"`` for a structure from a file.
    structure
        What it was read from.
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
        """Mass in g of as much of the phase as holds one mole of host atoms."""
        guest = 0.0 if self.guest is None else float(atomic_masses[atomic_numbers[self.guest]])
        return self.host_mass + self.x * guest

    @property
    def density(self) -> float:
        """In g/cm³."""
        return self.mass / (self.volume * float(CM3_PER_MOL))


def read_material(source: str) -> Material:
    """Read a phase: an alloy or host of the library by name or formula, or a structure file.

    Parameters
    ----------
    source
        ``li15si4``, ``lib:li15si4``, ``Li15Si4``, ``-``, or the path of a file (with a suffix or a
        folder in it).

    Raises
    ------
    InvalidInput
        For an unknown phase, an unreadable file, or what is no alloy of Li or Na with one of the
        hosts.
    """
    if source != "-" and (source.startswith(LIBRARY_PREFIX) or not _is_path(source)):
        return crystal_material(load_alloy(source))
    structure = read_phase(source)
    assert isinstance(structure, Atoms)
    counts = Counter(structure.get_chemical_symbols())
    hosts = [element for element in counts if element in HOSTS]
    guests = [element for element in counts if element in GUESTS]
    if len(hosts) != 1 or len(guests) > 1 or len(counts) != len(hosts) + len(guests):
        raise InvalidInput(
            f"{source}: {structure.get_chemical_formula()} is no alloy of {' or '.join(GUESTS)} "
            f"with one of {', '.join(HOSTS)}"
        )
    (host,) = hosts
    number = counts[host]
    return Material(
        name="standard input" if source == "-" else source,
        formula=structure.get_chemical_formula("metal", empirical=True),
        guest=guests[0] if guests else None,
        host=host,
        x=sum(counts[guest] for guest in guests) / number,
        volume=float(structure.get_volume()) / number,
        data_class="file",
        structure=structure,
    )


def crystal_material(crystal: Crystal) -> Material:
    """Take an alloy or host of the library.

    Raises
    ------
    InvalidInput
        For a crystal without a host, such as Li.
    """
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
    """Guest and host that all phases have."""
    guests = {material.guest for material in materials} - {None}
    hosts = {material.host for material in materials}
    if len(guests) != 1 or len(hosts) != 1:
        raise InvalidInput(
            "energies go with the phases of one system, such as --path Li-Si; here are "
            + ", ".join(sorted(material.formula for material in materials))
        )
    (guest,) = guests
    (host,) = hosts
    assert guest is not None
    return guest, host


def _is_path(source: str) -> bool:
    return "/" in source or bool(Path(source).suffix) or Path(source).is_file()
