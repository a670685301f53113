"""Formal charges of the atoms of a structure, from the first source that has them."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import gcd

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.crystals.charges._guess import (
    all_states,
    guess_oxidation_states,
    guess_with,
    is_nonmetal,
    neutral_choice,
)
from ionsmith.crystals.charges._like_bonds import bonded_charges
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.formula import same_composition
from ionsmith.crystals.library import load, names
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import UnknownPhase

DEFECT = 0.1
"""Share of the anions' charge up to which an excess is that of dopants and vacancies."""

NEUTRAL = 0.01
"""Sum of charges in e up to which a structure counts as neutral."""


def formal_charges(
    atoms: Atoms, crystal: Crystal | None = None
) -> tuple[NDArray[np.float64] | None, str]:
    """Find the formal charge of every atom, and its source.

    Parameters
    ----------
    atoms
        A structure; one from the library knows the sites of its atoms, one from a file its
        oxidation states if the file has them.
    crystal
        The crystal that it was made from; by default the one in its provenance.

    Returns
    -------
    charges
        In e, shape (n,), means where valences are mixed; None if any is unknown.
    source
        Where they come from, in words.
    """
    charges, source = known_charges(atoms, crystal)
    return (None, "not known") if np.isnan(charges).any() else (charges, source)


def known_charges(atoms: Atoms, crystal: Crystal | None = None) -> tuple[NDArray[np.float64], str]:
    """Find the formal charges as far as they are known: NaN in metals, as beside an oxide.

    The two crystals of an interface (array ``side``) and the parts of a composite model (``part``)
    are treated separately: V may be V3+ in one and V5+ in the other.

    Parameters
    ----------
    atoms, crystal
        As for :func:`formal_charges`.
    """
    split = next((name for name in ("side", "part") if name in atoms.arrays), None)
    if split is None:
        return _charges_of_one(atoms, crystal)
    charges = np.zeros(len(atoms))
    sources = []
    for side in np.unique(atoms.arrays[split]):
        own = atoms.arrays[split] == side
        charges[own], source = _charges_of_one(atoms[own], crystal)
        sources.append(source)
    return charges, "; ".join(dict.fromkeys(sources))


def _charges_of_one(atoms: Atoms, crystal: Crystal | None) -> tuple[NDArray[np.float64], str]:
    """Formal charges of one crystal, from the first source that has them."""
    stated = _stated(atoms, crystal)
    for charges, source in stated:
        if abs(charges.sum()) < NEUTRAL:
            return charges, source
    numbers, counts = np.unique(atoms.numbers, return_counts=True)
    amounts = {chemical_symbols[z]: int(n) for z, n in zip(numbers, counts, strict=True)}
    # Of another composition than published, one metal has another charge.
    for charges, source in stated:
        states = _balanced(amounts, [charges[atoms.numbers == z] for z in numbers])
        if states is not None:
            return _by_element(atoms, states), f"{source}, made neutral: {_listed(states)}"
    mixed = any(len(np.unique(stated[0][0][atoms.numbers == z])) > 1 for z in numbers if stated)
    states, source = (None, "") if mixed else _published(amounts)
    if states is None and not mixed:
        bonded = _by_like_bonds(atoms, amounts)
        if bonded is not None:
            return bonded
        states, source = _guessed(amounts)
    if states is not None:
        return _by_element(atoms, states), f"{source}: {_listed(states)}"
    excess = formal_charge(amounts)
    if not stated and excess is not None and abs(excess) < DEFECT * 2 * amounts.get("O", 0):
        states = {symbol: float(FORMAL_CHARGES[symbol]) for symbol in amounts}
        stated = [(_by_element(atoms, states), f"the usual ones: {_listed(states)}")]
    if not stated:
        return np.full(len(atoms), np.nan), "not known"
    charges, source = stated[0]
    return charges, f"{source}; they add up to {charges.sum():+.3g}"


def _stated(atoms: Atoms, crystal: Crystal | None) -> list[tuple[NDArray[np.float64], str]]:
    """Charges of the atoms themselves: of their file, or of the published sites they are on."""
    stated = []
    if OXIDATION_STATES in atoms.arrays:
        own = np.array(atoms.arrays[OXIDATION_STATES], dtype=float)
        if np.isfinite(own).all() and (own.any() or len(np.unique(atoms.numbers)) == 1):
            stated.append((own, "oxidation states of the structure"))
    if "site_label" in atoms.arrays:
        for candidate in [crystal] if crystal is not None else _sources(atoms):
            charges = _by_site(atoms, candidate)
            if charges is not None:
                stated.append((charges, f"published sites of {candidate.name}"))
    return stated


def _by_element(atoms: Atoms, states: Mapping[str, float]) -> NDArray[np.float64]:
    """Charge of every atom from that of its element."""
    by_number = np.zeros(len(chemical_symbols))
    by_number[[atomic_numbers[symbol] for symbol in states]] = list(states.values())
    return np.asarray(by_number[atoms.numbers])


def _listed(states: Mapping[str, float]) -> str:
    """Charges by element, as text."""
    return " ".join(f"{symbol}{charge:+.3g}" for symbol, charge in states.items())


def _balanced(
    amounts: Mapping[str, int], published: Sequence[NDArray[np.float64]]
) -> dict[str, float] | None:
    """Charges by element that are published but for one metal, which makes the formula neutral."""
    if any(len(np.unique(own)) > 1 or own[0] != round(own[0]) for own in published):
        return None  # an element that has several already, or a mean of several
    given = {e: {int(own[0]): 1.0} for e, own in zip(amounts, published, strict=True)}
    balanced = []
    for element in sorted(amounts):
        states = all_states(element)
        if len(states) > 1 and not is_nonmetal(element):
            most = max(states.values()) or 1.0
            share = {state: occurrence / most for state, occurrence in states.items()}
            balanced.append(neutral_choice(amounts, given | {element: share}, element))
    neutral = [candidate for candidate in balanced if candidate is not None]
    return max(neutral, key=lambda candidate: candidate[0])[1] if neutral else None


def _sources(atoms: Atoms) -> list[Crystal]:
    """Crystals in the provenance of a structure."""
    crystals = []
    for source in provenance.of(atoms).get("sources", []):
        try:
            crystals.append(load(str(source.get("phase", ""))))
        except UnknownPhase:  # a method, not a crystal
            continue
    return crystals


def _by_site(atoms: Atoms, crystal: Crystal) -> NDArray[np.float64] | None:
    """Charges of the published sites; None if any is unknown."""
    known = {
        (site.label, element): charge
        for site in crystal.sites
        for element, charge in site.oxidation.items()
    }
    labels, site = np.unique(atoms.arrays["site_label"], return_inverse=True)
    kinds, kind = np.unique(site * len(chemical_symbols) + atoms.numbers, return_inverse=True)
    keys = [divmod(key, len(chemical_symbols)) for key in kinds.tolist()]
    charges = [known.get((str(labels[s]), chemical_symbols[number])) for s, number in keys]
    return None if None in charges else np.array(charges, dtype=float)[kind]


def _published(amounts: dict[str, int]) -> tuple[dict[str, float] | None, str]:
    """Charges by element from a crystal of the library with the same composition."""
    total = sum(amounts.values())
    for name, published, states in _library_charges():
        if set(published) != set(amounts):
            continue
        share = total / sum(published.values())
        # In a large cell one vacancy changes the fractions less than rounded occupancies do.
        near = all(abs(published[e] * share - amounts[e]) < 0.5 for e in amounts)
        if near and same_composition(published, amounts):
            return states, f"published ones of {name}, which has the same composition"
    return None, ""


@cache
def _library_charges() -> list[tuple[str, dict[str, float], dict[str, float]]]:
    """Name, composition and charges of all crystals of which each element has one charge."""
    crystals = [crystal for crystal in map(load, names()) if crystal.has_coordinates]
    found = [(each.name, each.composition(), _one_charge_each(each)) for each in crystals]
    return [(name, amounts, states) for name, amounts, states in found if states is not None]


def _by_like_bonds(atoms: Atoms, amounts: dict[str, int]) -> tuple[NDArray[np.float64], str] | None:
    """Charges of atoms that are bonded to their like, and of the other elements."""
    for known, words in bonded_charges(atoms):
        own = {e: atoms.numbers == atomic_numbers[e] for e in amounts}
        totals = {
            e: float(known[at].sum()) for e, at in own.items() if np.isfinite(known[at]).all()
        }
        if any(abs(total - round(total)) > NEUTRAL for total in totals.values()):
            continue
        others = guess_with(amounts, {e: round(total) for e, total in totals.items()})
        if others is not None:
            charges = np.where(np.isnan(known), _by_element(atoms, others), known)
            return charges, f"{words}, with the most common ones: {_listed(others)}"
    return None


def _guessed(amounts: dict[str, int]) -> tuple[dict[str, float] | None, str]:
    """Charges by element from common oxidation states."""
    divisor = gcd(*amounts.values())
    guess = guess_oxidation_states({e: n // divisor for e, n in amounts.items()})
    return guess, "most common ones in the ICSD that make the formula neutral (pymatgen's table)"


def _one_charge_each(crystal: Crystal) -> dict[str, float] | None:
    """Charges by element; None if one is unknown, or an element has several."""
    pairs = {
        (element, site.oxidation.get(element))
        for site in crystal.sites
        for element in site.occupancy
    }
    states = {element: charge for element, charge in sorted(pairs) if charge is not None}
    return states if len(states) == len(pairs) else None


FORMAL_CHARGES = {
    "H": 1, "Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Ag": 1, "Tl": 1,
    "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3, "O": -2,
}  # fmt: skip
"""Charges in e of elements that have only one, as far as the builders meet them."""


def composition(atoms: Atoms) -> dict[str, int]:
    """Count the atoms of each element, alphabetically."""
    numbers, counts = np.unique(atoms.numbers, return_counts=True)
    symbols = [chemical_symbols[number] for number in numbers.tolist()]
    return dict(sorted(zip(symbols, counts.tolist(), strict=True)))


def formal_charge(counts: dict[str, int]) -> int | None:
    """Sum of the formal charges in e; None if an element may have several."""
    if not set(counts) <= set(FORMAL_CHARGES):
        return None
    return sum(FORMAL_CHARGES[element] * count for element, count in counts.items())
