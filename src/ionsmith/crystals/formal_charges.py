"""Formal charges of the atoms of a structure, for the charge and the dipole of a model."""

from collections.abc import Mapping

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.crystals.library import load
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
    guess = _guess(atoms)
    if guess is None:
        return None, "not known"
    charges = np.array([guess[symbol] for symbol in atoms.get_chemical_symbols()])
    said = " ".join(f"{symbol}{charge:+.3g}" for symbol, charge in guess.items())
    return charges, f"most common ones that make the formula neutral (pymatgen): {said}"


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


def _guess(atoms: Atoms) -> Mapping[str, float] | None:
    """Charges by pymatgen; None where it finds none, as for an alloy or an element."""
    from pymatgen.core import Composition

    guesses = Composition(atoms.get_chemical_formula()).oxi_state_guesses(max_sites=-1)
    if not guesses or not any(guesses[0].values()):
        return None
    return dict(sorted(guesses[0].items()))
