"""Coordination shells from distances, covalent radii and electronegativities.

The criterion ``"gap"``. With :math:`e = d - (r_i + r_j)`, the excess of a distance over the sum of
the covalent radii of Cordero et al. (2008):

1. **Two non-metals** (P–O, H–O, C–C) are bonded if e ≤ 0.4 Å, the tolerance of structural
   chemistry (Meng and Lewis 1991). A hydrogen bond is longer.
2. **Polar pairs** are a metal and a more electronegative non-metal, or any two elements that
   differ by at least 0.35 in electronegativity (Li–Si, Na–Sn). An atom with a more electronegative
   partner within reach is a *cation*. Its shell holds the partners that are not cations
   themselves (P is the anion of a phosphide and not of a phosphate).
3. **All other pairs** (Si–Si, Sn–Sn, Na–Na) have shells of their own, unless both atoms are
   cations: two Al that share an edge are not bonded, at 1.95 Å as at 2.7 Å.

A shell of 2 or 3 ends where it has its widest gap: neighbours with e ≤ 0.5 Å are in, those with
e > 0.8 Å are out, and of the ends in between, that with the largest drop of
:math:`(r_i + r_j)/d` to the next neighbour is taken (Brunner 1977 took the gap of 1/d). A next
neighbour with e > 1 Å counts as one at 1 Å, so that a sparse structure has the same shells as a
dense one.

A bond belongs to both of its atoms: it is there if the shell of either holds it. The shell of a
cation decides on its polar bonds; the coordination number of an anion counts the cations that
coordinate to it.

Limits. Metal–metal bonds between atoms that also have an anion (Mo–Mo in MoO2, Fe–Fe in Fe3C) are
not seen. In alkali-rich alloys, shells have no clear end; their Li–Li and Na–Na contacts are not
counted beside Li–Si and Na–Sn. See :mod:`ionsmith.geometry.bonds` for what to take there.

References: Cordero et al. (2008), doi:10.1039/b801115j (radii, as ASE holds them); Meng and Lewis
(1991), doi:10.1002/jcc.540120716; Brunner (1977), doi:10.1107/S0567739477000461; Pan et al.
(2021), doi:10.1021/acs.inorgchem.0c02996 (CrystalNN and its peers).
"""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.geometry.elements import ELECTRONEGATIVITY, NONMETAL
from ionsmith.geometry.neighbours import NeighbourList, join, pair_order, pairs_within

COVALENT = 0.4
"""Largest excess in Å of a bond of two non-metals."""

SURE, WIDE, SEEN = 0.5, 0.8, 1.0
"""Excess in Å up to which a neighbour is in a shell, beyond which it is out, and beyond which the
next neighbour no longer widens the last gap."""

POLAR = 0.35
"""Difference of electronegativity from which a pair is polar. Hardly matters: pairs on either side
of it are found by the same distances."""

TIE = 1e-6
"""Gaps that differ by less are equal, and the larger shell is taken."""

# By atomic numbers of first and second, shape (119, 119).
_RADII = covalent_radii[:119, None] + covalent_radii[:119]
_DIFFERENCE = ELECTRONEGATIVITY - ELECTRONEGATIVITY[:, None]
_COVALENT = NONMETAL[:, None] & NONMETAL
_CATION = (_DIFFERENCE >= POLAR) | ((_DIFFERENCE > 0) & NONMETAL & ~NONMETAL[:, None])
_POLAR = _CATION & ~_COVALENT
_LIKE = ~_POLAR & ~_POLAR.T & ~_COVALENT


def shell_pairs(atoms: Atoms, margins: Sequence[float]) -> list[NeighbourList]:
    """Bonded pairs at several margins.

    Parameters
    ----------
    atoms
        The structure.
    margins
        In Å; each is added to all tolerances.

    Returns
    -------
    list of NeighbourList
        One a margin, every bond in both directions, unsorted.
    """
    numbers, reach = atoms.numbers, max(margins)
    tolerance = np.where(_COVALENT, COVALENT, np.where(_POLAR, SEEN, -np.inf))
    pairs = pairs_within(atoms, _RADII + tolerance + reach)
    kind = numbers[pairs.first], numbers[pairs.second]
    covalent = _COVALENT[kind]
    excess = pairs.distances - _RADII[kind]
    bound = np.where(covalent, COVALENT, WIDE)[_CATION[kind]]
    lower, lower_excess = pairs.first[_CATION[kind]], excess[_CATION[kind]]
    is_cation = np.zeros((len(margins), len(atoms)), dtype=bool)
    for row, margin in zip(is_cation, margins, strict=True):
        row[lower[lower_excess <= bound + margin]] = True
    nonmetals, polar = pairs.take(covalent), pairs.take(~covalent)
    nonmetal_excess, polar_excess = excess[covalent], excess[~covalent]
    del pairs, excess, covalent, kind
    like = _like_pairs(atoms, np.asarray(is_cation.all(axis=0)), reach)
    like_excess = like.distances - _RADII[numbers[like.first], numbers[like.second]]

    found = []
    for margin, cation in zip(margins, is_cation, strict=True):
        anion = ~cation[polar.second]
        held = _shells(polar.take(anion), polar_excess[anion], margin)
        allowed = ~cation[like.first] | ~cation[like.second]
        held_like = _shells(like.take(allowed), like_excess[allowed], margin)
        found.append(
            join(
                [
                    nonmetals.take(nonmetal_excess <= COVALENT + margin),
                    held.both_directions(),
                    _unique(held_like.both_directions()),
                ]
            )
        )
    return found


def _like_pairs(atoms: Atoms, always_cation: NDArray[np.bool_], reach: float) -> NeighbourList:
    """Pairs of rule 3 of which at least one atom is not a cation."""
    numbers = atoms.numbers
    free = np.zeros(119, dtype=bool)
    free[np.unique(numbers[~always_cation])] = True
    wanted = _LIKE & (free[:, None] | free)
    present = np.unique(numbers)
    partners = present[wanted[np.ix_(present, present)].any(axis=1)]
    chosen = np.flatnonzero(np.isin(numbers, partners))
    pairs = pairs_within(atoms, np.where(wanted, _RADII + SEEN + reach, -np.inf), chosen)
    return pairs.take(~always_cation[pairs.first] | ~always_cation[pairs.second])


def _shells(pairs: NeighbourList, excess: NDArray[np.float64], margin: float) -> NeighbourList:
    """Pairs whose ``second`` is in the shell of ``first``."""
    if len(pairs) == 0:
        return pairs
    strength = 1 / (1 + excess / (pairs.distances - excess))
    order = np.lexsort((-strength, pairs.first))
    first, excess, strength = pairs.first[order], excess[order], strength[order]
    radii = pairs.distances[order] - excess
    last = np.append(first[1:] != first[:-1], True)
    seen = SEEN + margin
    next_excess = np.where(last, seen, np.append(excess[1:], seen))
    next_strength = np.where(last, 0.0, np.append(strength[1:], 0.0))
    drop = strength - np.maximum(next_strength, 1 / (1 + seen / radii))
    drop[(excess > WIDE + margin) | (next_excess <= SURE + margin)] = -1.0
    # The shell of an atom ends at the last of its largest drops.
    starts = np.flatnonzero(np.append(True, last[:-1]))
    largest = np.maximum.reduceat(drop, starts)
    atom = np.cumsum(np.append(False, last[:-1]))
    place = np.where((drop >= largest[atom] - TIE) & (drop >= 0), np.arange(len(drop)), -1)
    end = np.maximum.reduceat(place, starts)
    return pairs.take(order[np.arange(len(order)) <= end[atom]])


def _unique(pairs: NeighbourList) -> NeighbourList:
    """Every pair once."""
    if len(pairs) == 0:
        return pairs
    pairs = pairs.take(pair_order(pairs.first, pairs.second, pairs.shifts))
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = (
        (pairs.first[1:] != pairs.first[:-1])
        | (pairs.second[1:] != pairs.second[:-1])
        | (pairs.shifts[1:] != pairs.shifts[:-1]).any(axis=1)
    )
    return pairs.take(new)
