"""The framework that ions move through: its positions, what is on them, charges and radii."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import FORMAL_CHARGES, known_charges, usual_charges
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike, name_of
from ionsmith.crystals.sites import FULL
from ionsmith.errors import InvalidInput, InvalidStructure
from ionsmith.lattice.symmetry import symmetry_of

Floats = NDArray[np.float64]
Species = tuple[tuple[str, float, float], ...]
"""Element, charge in e and occupancy of all that is on a position."""

SPLIT = 1.3
"""Distance in Å below which partly filled positions exclude each other."""

RARE = 0.5
"""Occupancy of a position, with those that exclude it, below which it counts as empty."""


@dataclass(frozen=True, eq=False)
class Framework:
    """What stays in place, and where the mobile ions were.

    Parameters
    ----------
    name
        Name of the structure.
    cell
        Cell vectors as rows in Å, shape (3, 3).
    positions
        Fractional coordinates of the positions of the framework, shape (n, 3).
    species
        What is on each.
    ions
        Fractional coordinates of the positions of mobile ions, shape (m, 3).
    filled
        Occupancy of each, shape (m,).
    charge
        Charge of the mobile ion in e.
    source
        Where the charges come from.
    rotations, translations
        Operations of the space group, shapes (k, 3, 3) and (k, 3).
    notes
        What was assumed.
    """

    name: str
    cell: Floats
    positions: Floats
    species: Sequence[Species]
    ions: Floats
    filled: Floats
    charge: int
    source: str
    rotations: NDArray[np.int64]
    translations: Floats
    notes: tuple[str, ...]


class _Contents(NamedTuple):
    """All positions of a cell, mobile ions included."""

    cell: Floats
    places: Floats
    species: Sequence[Species]
    operations: tuple[NDArray[np.int64], Floats]
    source: str


def read_framework(structure: CrystalLike, ion: str) -> Framework:
    """Take the mobile ions out of a crystal, which may be disordered."""
    if ion not in atomic_numbers or ion == "X":
        raise InvalidInput(f"`ion` is {ion!r}, no element; give a symbol such as Na")
    phase = read_phase(structure)
    name = name_of(structure) if isinstance(phase, Atoms) else phase.name
    held = _of_atoms(phase) if isinstance(phase, Atoms) else _of_crystal(phase)
    charges = [q for each in held.species for element, q, _ in each if element == ion]
    if not charges and ion not in FORMAL_CHARGES:
        raise InvalidInput(
            f"{name} holds no {ion}, whose charge could be one of several; expected one of "
            f"{', '.join(FORMAL_CHARGES)}, or a structure with {ion}"
        )
    charge = round(float(np.mean(charges))) if charges else FORMAL_CHARGES[ion]
    staying: list[Species] = [tuple(s for s in each if s[0] != ion) for each in held.species]
    filled = np.array([sum(s[2] for s in each if s[0] == ion) for each in held.species])
    total = np.array([sum(s[2] for s in each) for each in staying])
    if not total.any():
        raise InvalidInput(f"{name} holds nothing but {ion}; no framework is left")
    kept = (total > 0) & _frequent(held.cell, held.places, total)
    lost = _amounts([staying[k] for k in np.flatnonzero((total > 0) & ~kept)])
    notes = []
    if lost:
        notes.append(
            f"positions of the framework filled by less than {RARE:g} are taken as empty: "
            + ", ".join(f"{amount:.2g} {element} per cell" for element, amount in lost.items())
        )
    if any(len(staying[k]) > 1 or total[k] < FULL for k in np.flatnonzero(kept)):
        notes.append("the framework is disordered: energies are weighted by its occupancies")
    return Framework(
        name=name,
        cell=held.cell,
        positions=held.places[kept],
        species=[staying[k] for k in np.flatnonzero(kept)],
        ions=held.places[filled > 0],
        filled=filled[filled > 0],
        charge=charge,
        source=held.source,
        rotations=held.operations[0],
        translations=held.operations[1],
        notes=tuple(notes),
    )


def _amounts(species: Sequence[Species]) -> dict[str, float]:
    """Atoms of each element on some positions."""
    amounts: dict[str, float] = {}
    for each in species:
        for element, _, occupancy in each:
            amounts[element] = amounts.get(element, 0.0) + occupancy
    return dict(sorted(amounts.items()))


def _of_crystal(crystal: Crystal) -> _Contents:
    """Positions of a published crystal."""
    expanded = crystal.expand()
    known = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    source = f"published sites of {crystal.name}"
    missing = sorted({e for site in crystal.sites for e in site.occupancy} - set(known))
    if missing:
        usual = usual_charges(crystal.composition())
        if usual is None:
            raise InvalidInput(f"{crystal.name}: {_UNKNOWN.format(', '.join(missing))}")
        known = {**usual, **known}
        source = "usual charges"
    kinds: list[Species] = [
        tuple((e, float(site.oxidation.get(e, known[e])), w) for e, w in site.occupancy.items())
        for site in crystal.sites
    ]
    species = [kinds[k] for k in expanded.site_index]
    return _Contents(crystal.cell, expanded.positions, species, crystal.operations(), source)


def _of_atoms(atoms: Atoms) -> _Contents:
    """Positions of ordered atoms."""
    if not all(atoms.pbc):
        raise InvalidStructure("migration needs a structure that is periodic in three dimensions")
    charges, source = known_charges(atoms)
    if np.isnan(charges).any():
        unknown = sorted({atoms.symbols[k] for k in np.flatnonzero(np.isnan(charges))})
        raise InvalidInput(_UNKNOWN.format(", ".join(unknown)))
    symbols = atoms.get_chemical_symbols()
    species: list[Species] = [((e, float(q), 1.0),) for e, q in zip(symbols, charges, strict=True)]
    symmetry = symmetry_of(atoms)
    operations = (symmetry.rotations, symmetry.translations)
    places = atoms.get_scaled_positions()
    return _Contents(np.asarray(atoms.cell.array), places, species, operations, source)


_UNKNOWN = (
    "the charges of {} are not known, and bond-valence energies are of ions; give a CIF with "
    "oxidation states, or atoms with the array 'oxi_states'"
)


def _frequent(cell: Floats, places: Floats, total: Floats) -> NDArray[np.bool_]:
    """Positions that are filled, alone or with the partly filled ones around them."""
    together = total.copy()
    for k in np.flatnonzero((total > 0) & (total < RARE)).tolist():
        apart = places - places[k]
        apart -= np.round(apart)
        together[k] = total[np.linalg.norm(apart @ cell, axis=1) < SPLIT].sum()
    return together >= RARE
