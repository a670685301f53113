"""Oxidation states from a composition alone.

The states of an element and how often the ICSD has them are those of pymatgen (the table behind
``Composition.oxi_state_guesses``; Ong et al. 2013, doi:10.1016/j.commatsci.2012.10.028), and so is
the ranking: the sum over the atoms of how often their state occurs. The conditions on the states
are ours, because charges that add up to zero on paper may not be those of any atom:

* Only non-metals are negative. The anions of metals and metalloids, as in Li12Si7 or NaSn, are
  bonded among themselves, and the formula does not tell how such bonds count (IUPAC
  recommendations, Karen 2016, doi:10.1515/pac-2015-1204, on bonds between like atoms); clathrates
  and most of the alloys of Li and Na are not salts at all.
* Of two non-metals the more electronegative one is not the positive one: C2Cl2 is no C3-Cl3+.
* Every element has one state. Only if that cannot be neutral, one metal has an average between two
  of its states, mixed valence, as in Fe3O4, Pb3O4 or Na3.2V2(PO4)3 (Robin and Day 1968,
  doi:10.1016/S0065-2792(08)60179-X). An average for a non-metal, as in LiC6, is refused.
* Rare states (:data:`RARE`) are taken only if the usual ones cannot be neutral, mixed valence
  included, and those of metals before those of non-metals: Na4V2(PO4)3 holds V2+ and V3+, not P4+.
  States that the table lacks (:data:`FURTHER`) come last: Fe4+ in SrFeO3.

Several metals share their charge by their redox couples (:func:`share_charges`).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from ionsmith.bonding.elements import NONMETAL, electronegativities
from ionsmith.crystals.charges._redox import share_charges

RARE = 0.06
"""Occurrence of a state, as a part of that of the most frequent one of its element, below which it
is rare: P4+ (0.058), Ni4+ (0.034), La2+ (0.019), but not V2+ (0.065)."""

FURTHER = {
    "Cl": (1, 3, 5, 7), "Br": (1, 3, 7), "I": (1, 3, 7), "Mn": (5, 6), "Fe": (4, 5, 6),
    "Tc": (5, 6), "Ru": (7, 8), "Rh": (5, 6), "Os": (3, 5, 6, 7, 8), "Ir": (6,), "Pt": (5, 6),
    "Au": (1,), "Pa": (4,), "Np": (3, 4, 6, 7), "Pu": (3, 5, 6), "Am": (4, 5, 6), "Cm": (4,),
    "Bk": (4,),
}  # fmt: skip
"""States of known salts that pymatgen's table lacks (N. N. Greenwood and A. Earnshaw, Chemistry of
the Elements, 2nd ed. (1997))."""

TIE = 0.02
"""Difference of electronegativities that orders no signs: P 2.19 and H 2.20, as in PH4I."""

ROUNDING = (0.002, 0.01, 0.03)
"""Share of the anions' charge by which rounded occupancies may miss neutrality, the first of these
that is possible."""

MOST_CHOICES = 100_000
"""Choices of one charge for each element that are compared."""

States = dict[int, float]


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
    return _guess(amounts, {})


def guess_with(amounts: Mapping[str, int], totals: Mapping[str, int]) -> dict[str, float] | None:
    """Find the states of the other elements where the total charges of some elements are known.

    Parameters
    ----------
    amounts
        As for :func:`guess_oxidation_states`.
    totals
        Sum of the charges of all atoms of an element, in e.

    Returns
    -------
    dict or None
        States of the other elements.
    """
    found = _guess({**amounts, **dict.fromkeys(totals, 1)}, totals)
    return None if found is None else {e: q for e, q in found.items() if e not in totals}


def _guess(amounts: Mapping[str, int], totals: Mapping[str, int]) -> dict[str, float] | None:
    """Guess from usual states, then those of the table for metals, for all, and all known."""
    for known in (_usual_states, _usual_anions, known_states, all_states):
        states = {e: {totals[e]: 1.0} if e in totals else known(e) for e in sorted(amounts)}
        if "O" in amounts and "H" in amounts and known is not all_states:
            states["H"] = {1: 1.0}  # a hydride with oxygen is a rarity
        if not all(states.values()):
            return None
        single = neutral_choice(amounts, states, None)
        if single is not None and _signs_fit(single[1]):
            return share_charges(amounts, single[1])
        mixed = [
            neutral_choice(amounts, states, e)
            for e in states
            if len(states[e]) > 1 and not is_nonmetal(e)
        ]
        neutral = [found for found in mixed if found is not None and _signs_fit(found[1])]
        if neutral:
            return share_charges(amounts, max(neutral, key=lambda candidate: candidate[0])[1])
    return None


def _signs_fit(states: Mapping[str, float]) -> bool:
    """Whether no positive non-metal is more electronegative than a negative one."""
    scale = electronegativities()
    value = {e: float(scale[atomic_numbers[e]]) for e in states if is_nonmetal(e)}
    positive = max((v for e, v in value.items() if states[e] > 0), default=0.0)
    return positive <= TIE + min((v for e, v in value.items() if states[e] < 0), default=np.inf)


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
        one, shared among 3d metals by their redox couples; a mean for one metal if there is none.
        None if an element has no usual charge, as in alloys.
    """
    states = {element: known_states(element) for element in sorted(amounts)}
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
        if not _signs_fit(pairs):
            continue
        off = next(i for i, r in enumerate(ROUNDING) if abs(sum(parts)) <= r * negative)
        score = -off, sum(amounts[e] * states[e][int(q)] for e, q in pairs.items())
        if best is None or score > best[0]:
            best = score, pairs
    if best is not None:
        return share_charges(amounts, best[1])
    whole = {element: round(1000 * amount) for element, amount in amounts.items()}
    return guess_oxidation_states(whole)


def neutral_choice(
    amounts: Mapping[str, int], states: Mapping[str, States], mixed: str | None
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
def known_states(element: str) -> States:
    """States of an element in salts, in rising order, with their frequency in the ICSD."""
    from pymatgen.core import Element

    table = _occurrences()
    known = Element(element).icsd_oxidation_states or Element(element).common_oxidation_states
    lowest = -8 if is_nonmetal(element) else 1
    return {
        int(state): table.get((element, int(state)), 0.0)
        for state in sorted(known)
        if state >= lowest and state
    }


@cache
def _occurrences() -> dict[tuple[str, int], float]:
    """How often states of elements are in the ICSD, from the table of pymatgen.

    Its own reader takes a fifth of a second, so it serves only where the file is another one.
    """
    from pymatgen.core import composition

    with suppress(OSError):
        text = (Path(composition.__file__).parent / "icsd_bv.yaml").read_text(encoding="utf-8")
        lines = text.partition("\noccurrence:\n")[2]
        found = re.findall(r"^  ([A-Z][a-z]?)(\d*)([+-]): (\d+)$", lines, flags=re.MULTILINE)
        if found:
            return {(e, int(f"{sign}{size or 1}")): float(count) for e, size, sign, count in found}
    composition.Composition("NaCl").oxi_state_guesses()
    table = composition.Composition.oxi_prob or {}
    return {(str(s.symbol), int(s.oxi_state or 0)): float(count) for s, count in table.items()}


def _usual_states(element: str) -> States:
    """States of an element that are not rare."""
    states = known_states(element)
    least = RARE * max(states.values(), default=0.0)
    return {state: occurrence for state, occurrence in states.items() if occurrence >= least}


def _usual_anions(element: str) -> States:
    """All states of a metal in the table, and those of a non-metal that are not rare."""
    return _usual_states(element) if is_nonmetal(element) else known_states(element)


def all_states(element: str) -> States:
    """States of an element with those that the table lacks."""
    further = dict.fromkeys(FURTHER.get(element, ()), 0.0)
    return dict(sorted((further | known_states(element)).items()))


def is_nonmetal(element: str) -> bool:
    """Whether an element may have a negative state."""
    return bool(NONMETAL[atomic_numbers[element]])
