"""Formal charges of atoms: one answer, with its source.

The sources of :func:`formal_charges`, in this order:

1. the oxidation states that the structure carries, as from its file;
2. the published sites that the atoms are on, if the structure came from the library;
3. a crystal of the library with the same composition, if each of its elements has one charge;
4. the most common oxidation states that make the composition neutral
   (:func:`guess_oxidation_states`);
5. the usual charges of elements that have only one, where the composition cannot be neutral.

The first two hold for their own composition. Where they are not neutral, as with another Na content
of Na3V2(PO4)3, they are kept but for one metal, whose mean charge follows. Where nothing makes the
structure neutral, they are taken as they are, and the source says what they add up to.

The states of an element and how often the ICSD has them are those of pymatgen (the table behind
``Composition.oxi_state_guesses``; Ong et al. 2013, doi:10.1016/j.commatsci.2012.10.028), and so is
the ranking: the sum over the atoms of how often their state occurs. The conditions on the states
are ours, because charges that add up to zero on paper may not be those of any atom:

* Only non-metals are negative. The anions of metals and metalloids, as in Li12Si7 or NaSn, are
  bonded among themselves, and the formula does not tell how such bonds count (IUPAC
  recommendations, Karen 2016, doi:10.1515/pac-2015-1204, on bonds between like atoms); clathrates
  and most of the alloys of Li and Na are not salts at all.
* Every element has one state. Only if that cannot be neutral, one metal has an average between two
  of its states, mixed valence, as in Fe3O4, Pb3O4 or Na3.2V2(PO4)3 (Robin and Day 1968,
  doi:10.1016/S0065-2792(08)60179-X). An average for a non-metal, as in LiC6, is refused.

Several 3d metals share their charge by their redox couples (:mod:`ionsmith.crystals.redox`).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from math import gcd, prod

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.elements import NONMETAL
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.formula import same_composition
from ionsmith.crystals.library import load, names
from ionsmith.crystals.redox import share_charges
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

    The two crystals of an interface (array ``side``) are treated separately: V may be V3+ in one
    and V5+ in the other.

    Parameters
    ----------
    atoms, crystal
        As for :func:`formal_charges`.
    """
    if "side" not in atoms.arrays:
        return _charges_of_one(atoms, crystal)
    charges = np.zeros(len(atoms))
    sources = []
    for side in np.unique(atoms.arrays["side"]):
        own = atoms.arrays["side"] == side
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
    states, source = (None, "") if mixed else _by_composition(amounts)
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
        own = np.asarray(atoms.arrays[OXIDATION_STATES], dtype=float)
        if np.isfinite(own).all():
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
        states = _states(element)
        if len(states) > 1 and not _is_nonmetal(element):
            most = max(states.values()) or 1.0
            share = {state: occurrence / most for state, occurrence in states.items()}
            balanced.append(_neutral(amounts, given | {element: share}, element))
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


def _by_composition(amounts: dict[str, int]) -> tuple[dict[str, float] | None, str]:
    """Charges by element, from the library or from common oxidation states."""
    total = sum(amounts.values())
    for name in names():
        crystal = load(name)
        if not crystal.has_coordinates or set(crystal.composition()) != set(amounts):
            continue
        published = crystal.composition()
        share = total / sum(published.values())
        # In a large cell one vacancy changes the fractions less than rounded occupancies do.
        near = all(abs(published[e] * share - amounts[e]) < 0.5 for e in amounts)
        states = _one_charge_each(crystal)
        if states is not None and near and same_composition(published, amounts):
            return states, f"published ones of {name}, which has the same composition"
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


ROUNDING = (0.002, 0.01, 0.03)
"""Share of the anions' charge by which rounded occupancies may miss neutrality, the first of these
that is possible."""

MOST_CHOICES = 100_000
"""Choices of one charge for each element that are compared."""

_States = dict[int, float]


def guess_oxidation_states(amounts: Mapping[str, int]) -> dict[str, float] | None:
    """Find the most common oxidation states that make a composition neutral.

    Parameters
    ----------
    amounts
        Whole number of atoms by element.

    Returns
    -------
    dict or None
        State in e by element, sorted; an average for a metal of mixed valence. None for an
        element, an alloy or a Zintl phase, and if no states fit.

    Examples
    --------
    >>> from ionsmith.crystals.charges import guess_oxidation_states
    >>> guess_oxidation_states({"Na": 3, "V": 2, "P": 3, "O": 12})
    {'Na': 1.0, 'O': -2.0, 'P': 5.0, 'V': 3.0}
    >>> guess_oxidation_states({"Fe": 3, "O": 4})["Fe"].__round__(3)
    2.667
    >>> guess_oxidation_states({"Na": 8, "Si": 46}) is None
    True
    """
    elements = sorted(amounts)
    states = {element: _states(element) for element in elements}
    if not all(states.values()):
        return None
    single = _neutral(amounts, states, None)
    if single is not None:
        return share_charges(amounts, single[1])
    mixed = [
        _neutral(amounts, states, e) for e in elements if len(states[e]) > 1 and not _is_nonmetal(e)
    ]
    neutral = [candidate for candidate in mixed if candidate is not None]
    if not neutral:
        return None
    return share_charges(amounts, max(neutral, key=lambda candidate: candidate[0])[1])


def usual_charges(amounts: Mapping[str, float]) -> dict[str, float] | None:
    """Find the usual charges of a published composition, whose occupancies are rounded.

    Parameters
    ----------
    amounts
        Number of atoms by element, which need not be whole.

    Returns
    -------
    dict or None
        Charge in e by element: of the choices near neutral (:data:`ROUNDING`), the most common
        one, shared among 3d metals by :func:`ionsmith.crystals.redox.share_charges`; a mean for
        one metal if there is none. None if an element has no usual charge, as in alloys.
    """
    states = {element: _states(element) for element in sorted(amounts)}
    number = prod(len(known) for known in states.values())
    if not 0 < number <= MOST_CHOICES:
        return None
    best: tuple[tuple[int, float], dict[str, float]] | None = None
    for chosen in product(*states.values()):
        parts = [q * n for q, n in zip(chosen, (amounts[e] for e in states), strict=True)]
        negative = -sum(part for part in parts if part < 0)
        if not negative or abs(sum(parts)) > ROUNDING[-1] * negative:
            continue
        pairs = dict(zip(states, map(float, chosen), strict=True))
        off = next(i for i, r in enumerate(ROUNDING) if abs(sum(parts)) <= r * negative)
        score = -off, sum(amounts[e] * states[e][int(q)] for e, q in pairs.items())
        if best is None or score > best[0]:
            best = score, pairs
    if best is not None:
        return share_charges(amounts, best[1])
    whole = {element: round(1000 * amount) for element, amount in amounts.items()}
    return guess_oxidation_states(whole)


def _neutral(
    amounts: Mapping[str, int], states: Mapping[str, _States], mixed: str | None
) -> tuple[float, dict[str, float]] | None:
    """Find the neutral choice of states with the highest score, and the score.

    Element by element, the best way to each sum of charges so far is kept, if the remaining
    elements can balance that sum; ``mixed`` comes last and takes what is left.
    """
    order = [element for element in sorted(amounts) if element != mixed]
    low = {e: amounts[e] * min(states[e]) for e in amounts}
    high = {e: amounts[e] * max(states[e]) for e in amounts}
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    rest = [sum(low.values()), sum(high.values())]
    for element in order:
        rest = [rest[0] - low[element], rest[1] - high[element]]
        further: dict[int, tuple[float, tuple[int, ...]]] = {}
        for before, (score, chosen) in best.items():
            for state, occurrence in states[element].items():
                total = before + amounts[element] * state
                better = score + amounts[element] * occurrence
                if rest[0] <= -total <= rest[1] and better > further.get(total, (-1.0,))[0]:
                    further[total] = (better, (*chosen, state))
        best = further
    if mixed is None:
        if 0 not in best:
            return None
        score, chosen = best[0]
        return score, dict(zip(order, map(float, chosen), strict=True))
    best_mixed: tuple[float, dict[str, float]] | None = None
    known = sorted(states[mixed])
    for total, (score, chosen) in best.items():
        average = -total / amounts[mixed]
        if not known[0] <= average <= known[-1]:  # as for an element alone
            continue
        score += amounts[mixed] * float(
            np.interp(average, known, [states[mixed][state] for state in known])
        )
        if best_mixed is None or score > best_mixed[0]:
            states_now = dict(zip(order, map(float, chosen), strict=True)) | {mixed: average}
            best_mixed = (score, states_now)
    return None if best_mixed is None else (best_mixed[0], dict(sorted(best_mixed[1].items())))


@cache
def _states(element: str) -> _States:
    """States of an element in salts, in rising order, with their frequency in the ICSD."""
    from pymatgen.core import Composition, Element, Species

    if Composition.oxi_prob is None:  # pymatgen reads its table at its first guess
        Composition("NaCl").oxi_state_guesses()
    table = Composition.oxi_prob or {}
    known = Element(element).icsd_oxidation_states or Element(element).common_oxidation_states
    lowest = -8 if _is_nonmetal(element) else 1
    return {
        int(state): float(table.get(Species(element, state), 0))
        for state in sorted(known)
        if state >= lowest and state
    }


def _is_nonmetal(element: str) -> bool:
    """Whether an element may have a negative state."""
    return bool(NONMETAL[atomic_numbers[element]])


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
