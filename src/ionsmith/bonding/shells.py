"""Coordination shells from distances, covalent radii and electronegativities.

The criterion ``"gap"``. With :math:`e = d - (r_i + r_j)`, the excess of a distance over the sum of
the covalent radii of Cordero et al. (2008):

1. **Two non-metals** (P–O, H–O, C–C) are bonded if e ≤ 0.4 Å, the tolerance of structural
   chemistry (Meng and Lewis 1991). A hydrogen bond is longer.
2. **Polar pairs** are a metal and a more electronegative non-metal, or any two elements that
   differ by at least 0.35 in Pauling's electronegativity (Li–Si, Na–Sn). An atom with a more
   electronegative partner within reach is a *cation*. Its shell holds the partners that are not
   cations themselves (P is the anion of a phosphide and not of a phosphate).
3. **All other pairs** (Si–Si, Sn–Sn, Na–Na) have shells of their own, unless both atoms are
   cations: two Al that share an edge are not bonded, at 1.95 Å as at 2.7 Å.

A shell of 2 or 3 ends where it has its widest gap: neighbours with e ≤ 0.5 Å are in, those with
e > 0.8 Å are out, and of the ends in between, that with the largest drop of
:math:`(r_i + r_j)/d` to the next neighbour is taken (Brunner 1977 took the gap of 1/d). A next
neighbour with e > 1.2 Å counts as one at 1.2 Å, so that a sparse structure has the same shells as a
dense one.

A bond belongs to both of its atoms: it is there if the shell of either holds it. The shell of a
cation decides on its polar bonds; the coordination number of an anion counts the cations that
coordinate to it.

Limits. Metal–metal bonds between atoms that also have an anion (Mo–Mo in MoO2, Fe–Fe in Fe3C) are
not found. Body-centred metals have 14 neighbours where both shells are within the radii (Fe, W) and
8 where they are not (Li, Na). In alkali-rich alloys, shells have no clear end: Li–Li and Na–Na
contacts are not counted beside Li–Si and Na–Sn, and displacements of 0.05 Å along each axis change
the number of one atom in eight (in oxides one in twenty-five, and only around Na, Ag, H and Te).
See :mod:`ionsmith.bonding.bonds` for criteria to use there.

References: Cordero et al. (2008), doi:10.1039/b801115j (radii, as ASE holds them); Meng and Lewis
(1991), doi:10.1002/jcc.540120716; Brunner (1977), doi:10.1107/S0567739477000461; Pan et al.
(2021), doi:10.1021/acs.inorgchem.0c02996 (CrystalNN and its peers).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.elements import NONMETAL, electronegativities
from ionsmith.bonding.neighbours import NeighbourList, check_apart, join, pair_order, pairs_within

COVALENT = 0.4
"""Largest excess in Å of a bond of two non-metals."""

SURE, WIDE, SEEN = 0.5, 0.8, 1.2
"""Excess in Å up to which a neighbour is in a shell, beyond which it is out, and beyond which the
next neighbour no longer widens the last gap."""

POLAR = 0.35
"""Smallest difference of electronegativity of a polar pair. The results hardly depend on it: pairs
on either side of it are found by the same distances."""

TIE = 1e-6
"""Gaps that differ by less are equal, and the larger shell is taken."""

_RADII = covalent_radii[:119, None] + covalent_radii[:119]
_COVALENT = NONMETAL[:, None] & NONMETAL


class _Kinds(NamedTuple):
    """Kinds of pairs by the atomic numbers of first and second, each of shape (119, 119)."""

    cation: NDArray[np.bool_]
    polar: NDArray[np.bool_]
    like: NDArray[np.bool_]


@cache
def _kinds() -> _Kinds:
    """Tell polar pairs from pairs of like atoms by electronegativity."""
    values = electronegativities()
    difference = values - values[:, None]
    # Without a value, the position in the periodic table decides.
    metal_nonmetal = NONMETAL & ~NONMETAL[:, None]
    cation = (difference >= POLAR) | (~(difference <= 0) & metal_nonmetal)
    polar = cation & ~_COVALENT
    return _Kinds(cation, polar, ~polar & ~polar.T & ~_COVALENT)


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
        One for each margin, every bond in both directions, unsorted.
    """
    numbers, reach = atoms.numbers, max(margins)
    tolerance = np.where(_COVALENT, COVALENT, np.where(_kinds().polar, SEEN, -np.inf))
    # Lists of slabs of atoms, so that temporary arrays stay as small as one slab.
    unlike = list(pairs_within(atoms, _RADII + tolerance + reach))
    cations = [_cations(numbers, unlike, margin) for margin in margins]
    like = list(_like_pairs(atoms, np.logical_and.reduce(cations), reach))
    found = []
    for margin, cation in zip(margins, cations, strict=True):
        held: list[NeighbourList] = []
        for pairs in unlike:
            covalent = _COVALENT[numbers[pairs.first], numbers[pairs.second]]
            short = _excess(numbers, pairs) <= COVALENT + margin
            held.append(pairs.take(covalent & short))
            shells = _shells(numbers, pairs.take(~covalent & ~cation[pairs.second]), margin)
            held += [shells, shells.reversed()]
        # A pair of like atoms counts once, whichever end it was found from.
        half = [
            _upward(
                _shells(numbers, pairs.take(~cation[pairs.first] | ~cation[pairs.second]), margin)
            )
            for pairs in like
        ]
        once = _once(join(half))
        found.append(join([*held, once, once.reversed()]))
    return found


def _excess(numbers: NDArray[np.int64], pairs: NeighbourList) -> NDArray[np.float64]:
    """Distance in Å beyond the sum of the radii."""
    radii = _RADII[numbers[pairs.first], numbers[pairs.second]]
    return np.asarray(pairs.distances - radii)


def _cations(
    numbers: NDArray[np.int64], unlike: Sequence[NeighbourList], margin: float
) -> NDArray[np.bool_]:
    """Atoms with a more electronegative partner within reach."""
    cation = np.zeros(len(numbers), dtype=bool)
    for pairs in unlike:
        kind = numbers[pairs.first], numbers[pairs.second]
        bound = np.where(_COVALENT[kind], COVALENT, WIDE) + margin
        cation[pairs.first[_kinds().cation[kind] & (_excess(numbers, pairs) <= bound)]] = True
    return cation


def _like_pairs(
    atoms: Atoms, always_cation: NDArray[np.bool_], reach: float
) -> Iterator[NeighbourList]:
    """Yield pairs of rule 3 of which at least one atom is not a cation."""
    numbers = atoms.numbers
    free = np.zeros(119, dtype=bool)
    free[np.unique(numbers[~always_cation])] = True
    wanted = _kinds().like & (free[:, None] | free)
    present = np.unique(numbers)
    partners = present[wanted[np.ix_(present, present)].any(axis=1)]
    chosen = np.flatnonzero(np.isin(numbers, partners))
    for pairs in pairs_within(atoms, np.where(wanted, _RADII + SEEN + reach, -np.inf), chosen):
        yield pairs.take(~always_cation[pairs.first] | ~always_cation[pairs.second])


def _shells(numbers: NDArray[np.int64], pairs: NeighbourList, margin: float) -> NeighbourList:
    """Pairs whose ``second`` is in the shell of ``first``."""
    if len(pairs) == 0:
        return pairs
    check_apart(numbers, pairs)
    excess = _excess(numbers, pairs)
    radii = pairs.distances - excess
    strength = radii / pairs.distances
    order = np.lexsort((-strength, pairs.first))
    first, excess, strength = pairs.first[order], excess[order], strength[order]
    start = np.append(True, first[1:] != first[:-1])
    last = np.append(start[1:], True)
    seen = SEEN + margin
    next_excess = np.where(last, seen, np.roll(excess, -1))
    next_strength = np.where(last, 0.0, np.roll(strength, -1))
    drop = strength - np.maximum(next_strength, radii[order] / (radii[order] + seen))
    drop[(excess > WIDE + margin) | (next_excess <= SURE + margin)] = -1.0
    # The shell of an atom ends at the last of its largest drops.
    atom = np.cumsum(start) - 1
    largest = np.maximum.reduceat(drop, np.flatnonzero(start))[atom]
    place = np.arange(len(drop))
    ends = np.where((drop >= 0) & (drop >= largest - TIE), place, -1)
    return pairs.take(order[place <= np.maximum.reduceat(ends, np.flatnonzero(start))[atom]])


def _upward(pairs: NeighbourList) -> NeighbourList:
    """Pairs turned so that ``first`` is the smaller index, or the shift of a self-image up."""
    x, y, z = pairs.shifts.T
    down = (x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0))))
    turn = (pairs.first > pairs.second) | ((pairs.first == pairs.second) & down)
    return NeighbourList(
        np.where(turn, pairs.second, pairs.first),
        np.where(turn, pairs.first, pairs.second),
        np.where(turn[:, None], -pairs.shifts, pairs.shifts),
        pairs.distances,
    )


def _once(pairs: NeighbourList) -> NeighbourList:
    """Pairs without repetition."""
    if len(pairs) == 0:
        return pairs
    order = pair_order(pairs.first, pairs.second, pairs.shifts)
    first, second, shifts = pairs.first[order], pairs.second[order], pairs.shifts[order]
    new = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    new |= (shifts[1:] != shifts[:-1]).any(axis=1)
    return pairs.take(order[np.append(True, new)])
