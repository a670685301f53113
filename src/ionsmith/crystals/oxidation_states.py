"""Oxidation states that a composition alone can tell.

The states of an element and how often the ICSD has them are those of pymatgen (the table behind
``Composition.oxi_state_guesses``; Ong et al. 2013, doi:10.1016/j.commatsci.2012.10.028), and so is
the ranking: the sum over the atoms of how often their state occurs. What is asked of the states is
not, because a sum of charges that vanishes on paper may be no charge of any atom:

* Negative are only non-metals. The anions of metals and metalloids, as in Li12Si7 or NaSn, are
  bonded among themselves, and what such a bond counts for is not in the formula (IUPAC
  recommendations, Karen 2016, doi:10.1515/pac-2015-1204, on bonds between like atoms); clathrates
  and most of the alloys of Li and Na are no salts at all.
* Every element has one state. Only if that cannot be neutral has one metal an average between two
  of its states, mixed valence, as in Fe3O4, Pb3O4 or Na3.2V2(PO4)3 (Robin and Day 1968,
  doi:10.1016/S0065-2792(08)60179-X). An average of a non-metal, as in LiC6, is refused.

The search goes over elements, not atoms, so that its time does not depend on the amounts.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from ase.data import atomic_numbers

from ionsmith.geometry.elements import NONMETAL

_States = dict[int, float]


def guess_oxidation_states(amounts: Mapping[str, int]) -> dict[str, float] | None:
    """Find the most common oxidation states that make a composition neutral.

    Parameters
    ----------
    amounts
        Element symbol to a whole number of atoms.

    Returns
    -------
    dict or None
        Element symbol to its state in e, elements sorted; an average for a metal of mixed valence.
        None for an element, an alloy, a Zintl phase, and where no states fit.

    Examples
    --------
    >>> from ionsmith.crystals.oxidation_states import guess_oxidation_states
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
        return single[1]
    mixed = [
        _neutral(amounts, states, e) for e in elements if len(states[e]) > 1 and not _is_nonmetal(e)
    ]
    found = [one for one in mixed if one is not None]
    return max(found, key=lambda one: one[0])[1] if found else None


def _neutral(
    amounts: Mapping[str, int], states: Mapping[str, _States], mixed: str | None
) -> tuple[float, dict[str, float]] | None:
    """Find the neutral choice of states of the highest score, and the score.

    Element by element, the best way to each sum of charges so far is kept, and only sums that the
    elements to come can balance; ``mixed`` comes last and takes what is left.
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
    found: tuple[float, dict[str, float]] | None = None
    known = sorted(states[mixed])
    for total, (score, chosen) in best.items():
        average = -total / amounts[mixed]
        if not known[0] <= average <= known[-1]:  # as for an element alone
            continue
        score += amounts[mixed] * float(
            np.interp(average, known, [states[mixed][state] for state in known])
        )
        if found is None or score > found[0]:
            found = (score, dict(zip(order, map(float, chosen), strict=True)) | {mixed: average})
    return None if found is None else (found[0], dict(sorted(found[1].items())))


@cache
def _states(element: str) -> _States:
    """States of an element that occur in salts, rising, with how often the ICSD has each."""
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
    return bool(NONMETAL[atomic_numbers[element]])
