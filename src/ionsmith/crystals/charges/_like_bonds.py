"""Charges of non-metals that are bonded among themselves.

Each bond to a like atom takes the place of one electron of a cation or anion: O2 2- in peroxides,
S2 2- in pyrite, P2S6 4- with P4+ (Karen 2016, doi:10.1515/pac-2015-1204). The superoxide ion O2-
has one electron less than the peroxide and a shorter bond, 1.28 against 1.49 Å (N. N. Greenwood
and A. Earnshaw, Chemistry of the Elements, 2nd ed. (1997)); O2 itself is 1.21 Å long.
Azides hold linear N3-.
"""

from collections.abc import Iterator

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import neighbour_list

LIKE_BONDS = {"N": 1.3, "O": 1.6, "P": 2.4, "S": 2.35, "Se": 2.6}
"""Longest bonds of like atoms in Å: 1.2 in NaN3, 1.5 in Na2O2, 2.2 in P2S6, 2.18 in FeS2, 2.54 in
FeSe2."""

PEROXIDE = 1.40
"""Length in Å from which O2 is taken as a peroxide before a superoxide."""

DIOXYGEN = 1.25
"""Length in Å up to which O2 is the molecule."""

OXIDISED = {"O": 1.9, "F": 1.9, "N": 1.9, "Cl": 2.2, "S": 2.3, "Se": 2.5}
"""Bonds in Å to more negative elements; S with one, as in thiosulfate, is left out."""


def like_bonds(atoms: Atoms, element: str) -> NDArray[np.int64]:
    """Count the bonds of every atom of an element to atoms of the same element.

    Parameters
    ----------
    atoms
        The structure.
    element
        One of N, O, P, S and Se.

    Returns
    -------
    ndarray
        Shape (n,); 0 for all other atoms.
    """
    own = np.flatnonzero(atoms.numbers == atomic_numbers[element])
    counts = np.zeros(len(atoms), np.int64)
    places = np.unique(np.round(atoms.positions[own], 1), axis=0)
    if len(own) and len(places) == len(own):  # not a formula, whose atoms are all in one place
        pairs = neighbour_list(atoms[own], LIKE_BONDS[element])
        counts[own] = np.bincount(pairs.first, minlength=len(own))
    return counts


def bonded_charges(atoms: Atoms) -> Iterator[tuple[NDArray[np.float64], str]]:
    """Propose charges for the elements of which atoms are bonded to their like.

    Parameters
    ----------
    atoms
        The structure.

    Yields
    ------
    charges
        In e, shape (n,), of all atoms of these elements; NaN for other elements.
    words
        The kinds of bonds.
    """
    known, words = np.full(len(atoms), np.nan), list[str]()
    if like_bonds(atoms, "N").any():
        azides = _azides(atoms)
        if azides is None:
            return
        known[atoms.numbers == 7], words = np.where(azides, -1 / 3, -3.0), ["azide"]
    for element in ("P", "S", "Se"):
        count = like_bonds(atoms, element)
        if not count.any():
            continue
        own = atoms.numbers == atomic_numbers[element]
        bound = _oxidised(atoms, element)[own]
        if element == "P":
            if not bound.all():
                return  # P bound to metals alone: the bonds of phosphides do not tell
            known[own] = 5 - count[own]
        elif bound.any() or count.max() > 2:
            return
        else:
            known[own] = count[own] - 2
        words.append(f"bonds of {element} to {element}")
    count = like_bonds(atoms, "O")
    if not count.any():
        if words:
            yield known, " and ".join(words)
        return
    if count.max() > 1:
        return  # ozonides
    own = atoms.numbers == 8
    pairs = neighbour_list(atoms[own], LIKE_BONDS["O"])
    shortest = float(pairs.distances.min())
    kinds = [("peroxide", -1.0), ("superoxide", -0.5)]
    if shortest < PEROXIDE:
        kinds.reverse()
    if shortest < DIOXYGEN:
        kinds.insert(0, ("O2", 0.0))
    for kind, charge in kinds:
        trial = known.copy()
        trial[own] = np.where(count[own] > 0, charge, -2.0)
        yield trial, " and ".join([*words, kind])


def _azides(atoms: Atoms) -> NDArray[np.bool_] | None:
    """Which nitrogen is that of azides, shape (n,); None if N is bonded otherwise to non-metals."""
    nitrogen = atoms[atoms.numbers == 7]
    count = like_bonds(atoms, "N")[atoms.numbers == 7]
    pairs = neighbour_list(nitrogen, LIKE_BONDS["N"])
    ends_at_middle = count[pairs.second[count[pairs.first] == 1]] == 2
    middles = int((count == 2).sum())
    whole = count.max() == 2 and ends_at_middle.all() and (count == 1).sum() == 2 * middles
    molecules = {1, 6} & set(atoms.numbers.tolist())  # HN3 and organic azides
    return count > 0 if whole and not molecules else None


def _oxidised(atoms: Atoms, element: str) -> NDArray[np.bool_]:
    """Whether an atom of an element is bound to a more negative one."""
    number = atomic_numbers[element]
    found = np.zeros(len(atoms), dtype=bool)
    for other, length in OXIDISED.items():
        if other == element or (element in ("S", "Se") and other in ("S", "Se")):
            continue
        both = np.flatnonzero(np.isin(atoms.numbers, [number, atomic_numbers[other]]))
        if not (atoms.numbers[both] == atomic_numbers[other]).any():
            continue
        pairs = neighbour_list(atoms[both], length)
        mine = atoms.numbers[both][pairs.first] == number
        other_ = atoms.numbers[both][pairs.second] == atomic_numbers[other]
        found[both[pairs.first[mine & other_]]] = True
    return found
