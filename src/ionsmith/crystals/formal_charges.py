"""Formal charges of the atoms of a structure, for the charge and the dipole of a model.

They are asked of, in this order: the published sites that the atoms sit on; a crystal of the
library with the same composition, where each element has one charge; the composition alone
(:mod:`ionsmith.crystals.oxidation_states`).
"""

from math import gcd

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.crystals.formula import same_composition
from ionsmith.crystals.library import load, names
from ionsmith.crystals.oxidation_states import guess_oxidation_states
from ionsmith.crystals.records import Crystal
from ionsmith.errors import UnknownPhase


def formal_charges(
    atoms: Atoms, crystal: Crystal | None = None
) -> tuple[NDArray[np.float64] | None, str]:
    """Find the formal charge of every atom.

    Parameters
    ----------
    atoms
        A structure; one that came out of the library knows the sites of its atoms.
    crystal
        The crystal that it was made from; by default the one of its provenance.

    Returns
    -------
    charges
        In e, shape (n,); None where they cannot be told.
    origin
        Where they come from, in words.
    """
    sources = [crystal] if crystal is not None else _sources(atoms)
    if "site_label" in atoms.arrays:
        for candidate in sources:
            found = _by_site(atoms, candidate)
            if found is not None:
                return found, f"published sites of {candidate.name}"
    numbers, counts = np.unique(atoms.numbers, return_counts=True)
    amounts = {chemical_symbols[z]: int(n) for z, n in zip(numbers, counts, strict=True)}
    states, origin = _by_composition(amounts)
    if states is None:
        return None, "not known"
    by_number = np.zeros(len(chemical_symbols))
    by_number[numbers] = [states[chemical_symbols[z]] for z in numbers]
    said = " ".join(f"{symbol}{charge:+.3g}" for symbol, charge in states.items())
    return by_number[atoms.numbers], f"{origin}: {said}"


def _sources(atoms: Atoms) -> list[Crystal]:
    crystals = []
    for source in provenance.of(atoms).get("sources", []):
        try:
            crystals.append(load(str(source.get("phase", ""))))
        except UnknownPhase:  # a method, not a crystal
            continue
    return crystals


def _by_site(atoms: Atoms, crystal: Crystal) -> NDArray[np.float64] | None:
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


def _by_composition(amounts: dict[str, int]) -> tuple[dict[str, float] | None, str]:
    total = sum(amounts.values())
    for name in names():
        crystal = load(name)
        if not crystal.has_coordinates or set(crystal.composition()) != set(amounts):
            continue
        published = crystal.composition()
        share = total / sum(published.values())
        # In a large cell one vacancy is less than what rounded occupancies are off.
        near = all(abs(published[e] * share - amounts[e]) < 0.5 for e in amounts)
        states = _one_charge_each(crystal)
        if states is not None and near and same_composition(published, amounts):
            return states, f"published ones of {name}, which has the same composition"
    divisor = gcd(*amounts.values())
    guess = guess_oxidation_states({e: n // divisor for e, n in amounts.items()})
    return guess, "most common ones in the ICSD that make the formula neutral (pymatgen's table)"


def _one_charge_each(crystal: Crystal) -> dict[str, float] | None:
    """Charges by element; None where one is not known, or an element has several."""
    pairs = {
        (element, site.oxidation.get(element))
        for site in crystal.sites
        for element in site.occupancy
    }
    states = {element: charge for element, charge in sorted(pairs) if charge is not None}
    return states if len(states) == len(pairs) else None
