"""Atoms whose moment and U follow from their formal charge."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.charges import composition, known_charges, like_bonds, recharge
from ionsmith.crystals.mixed_valence import whole_charges
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.exporters._electrons._spin_states import may_be_magnetic, surroundings

ANIONS = {"H", "N", "O", "F", "S", "Cl", "Se", "Br", "I"}
"""A structure without one of these has no gap for certain."""


def ionic_charges(atoms: Atoms, charge: int = 0) -> tuple[NDArray[np.float64], str]:
    """Find the formal charges, but for 3d metals that are no ions.

    Phosphides and carbides of 3d metals conduct, and their moments are not those of ions: 0.4 Bohr
    magnetons per Fe in FeP (from memory) against 5 of Fe3+. Only charges that the structure itself
    has are kept there. In a charged cell the 3d metals are oxidised or reduced, if that balances
    the charge: Fe3+ in LiFePO4 with +1 e.

    Parameters
    ----------
    atoms
        The structure; the sides of an interface (array ``side``) are treated separately.
    charge
        Charge of the cell in e.

    Returns
    -------
    charges
        In e, shape (n,); NaN where unknown.
    source
        Where they come from.
    """
    charges, source = known_charges(atoms)
    names = np.array(atoms.get_chemical_symbols())
    sides = atoms.arrays.get("side", np.zeros(len(atoms)))
    metal = (atoms.numbers >= 21) & (atoms.numbers <= 29)
    for side in np.unique(sides):
        own = sides == side
        if not ANIONS & set(names[own].tolist()) and OXIDATION_STATES not in atoms.arrays:
            charges[own & metal] = np.nan
    change = charge - charges.sum()
    if not charge or not abs(change) > 0.01:
        return charges, source
    amounts = composition(atoms)
    each = {symbol: charges[names == symbol] for symbol in amounts}
    if any(np.ptp(own) > 1e-6 for own in each.values()):
        return charges, source
    states = {symbol: float(own[0]) for symbol, own in each.items()}
    moved = recharge(amounts, states, change)
    if moved is None:
        return charges, source
    new = " ".join(f"{s}{q:+.3g}" for s, q in moved.items() if abs(q - states[s]) > 1e-9)
    return np.array([moved[s] for s in names]), f"{source}; {new} in the charged cell"


@dataclass(frozen=True)
class Ions:
    """Atoms whose moment follows from their charge.

    Parameters
    ----------
    charges
        Formal charges in e as they are known, means where valences are mixed, shape (n,); NaN
        where unknown.
    whole
        The same with whole charges on single atoms, shape (n,).
    needed
        Whether the moment of an atom follows from its charge, shape (n,).
    sites
        Indices of those of known charge.
    surroundings
        Neighbours of these, such as ``O6``.
    origin
        Where the charges come from.
    notes
        How mixed valences are distributed, one line per element.
    """

    charges: NDArray[np.float64]
    whole: NDArray[np.float64]
    needed: NDArray[np.bool_]
    sites: NDArray[np.int64]
    surroundings: list[str]
    origin: str
    notes: tuple[str, ...]


def find_ions(
    atoms: Atoms,
    moments: Mapping[str, float],
    oxidation_states: Mapping[str, float],
    charge: int = 0,
) -> Ions:
    """Find the atoms whose moment follows from their charge.

    Parameters
    ----------
    atoms
        The structure.
    moments, oxidation_states, charge
        As for :func:`initial_moments`.
    """
    symbols = np.array(atoms.get_chemical_symbols())
    needed = np.array([may_be_magnetic(symbol) and symbol not in moments for symbol in symbols])
    needed &= (symbols != "O") | (like_bonds(atoms, "O") > 0)
    charges, origin = np.full(len(atoms), np.nan), ""
    whole, mixed = charges, tuple[str, ...]()
    if needed.any():
        charges, origin = _charges(atoms, oxidation_states, set(symbols[needed].tolist()), charge)
        whole, mixed = whole_charges(atoms, charges)
    sites = np.flatnonzero(needed & np.isfinite(whole))
    around = surroundings(atoms, sites) if len(sites) else []
    notes = tuple(note for note in mixed if any(f" {s}" in note for s in symbols[sites]))
    return Ions(charges, whole, needed, sites, around, origin, notes)


def _charges(
    atoms: Atoms, oxidation_states: Mapping[str, float], needed: set[str], charge: int
) -> tuple[NDArray[np.float64], str]:
    """Formal charges with those given by element put in, and where they come from."""
    symbols = np.array(atoms.get_chemical_symbols())
    if needed <= set(oxidation_states):
        charges, origin = np.full(len(atoms), np.nan), "as given"
    else:
        charges, origin = ionic_charges(atoms, charge)
        origin += "".join(f", {symbol} as given" for symbol in oxidation_states)
    for symbol, state in oxidation_states.items():
        charges[symbols == symbol] = state
    return charges, origin
