"""Closest approach of two elements in an interface, from the crystals on both sides.

It is the shortest distance between them in either crystal, without bonds inside molecular groups.
The centre of a group is distinguished from the same element elsewhere, so that a foreign O comes no
nearer to the P of a PO4 than the O of other groups do. For a pair that no crystal has in reach,
the mean of the like-atom distances is used (2.40 Å for Si–Ge), or 0.67 of the sum of the van der
Waals radii if that is less (S. Alvarez, Dalton Trans. 42, 8617 (2013), doi:10.1039/c3dt50599e, from
ASE).
"""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from numpy.typing import NDArray

from ionsmith.bonding.elements import electronegativities
from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.bonding.neighbours import neighbour_chunks
from ionsmith.surfaces.slabs import CENTRAL

STRANGERS = 0.67
"""Closest approach of a pair that occurs in neither crystal, over the sum of van der Waals radii:
the median of the shortest distances between unlike cations in the oxides of the library."""

BEYOND_COVALENT = 0.93
"""Median difference in Å of van der Waals and covalent radii, for elements without the former: Pm,
Po, At, Rn, Fr, Ra and those beyond Es."""

REACH = 4.5
"""Distance in Å up to which pairs of the crystals are considered."""

ANION_REACH = 6.5
"""That of two atoms of the most electronegative element: Te–Te is 4.58 Å in CdTe, I–I 5 Å in KI."""


def kinds(atoms: Atoms, groups: MolecularGroups) -> NDArray[np.int64]:
    """Atomic numbers, increased for the centres of molecular groups, shape (n,)."""
    kind = np.array(atoms.numbers, dtype=np.int64)
    kind[groups.centre] += CENTRAL
    return kind


class ClosestApproach:
    """Closest approach of two kinds of atoms, from the crystals on both sides.

    Parameters
    ----------
    crystals
        The unstrained crystals with their molecular groups.
    """

    def __init__(self, crystals: Iterable[tuple[Atoms, MolecularGroups]]) -> None:
        self.crystals = tuple(crystals)

    def __call__(self, first: int, second: int) -> float:
        """Distance in Å of two kinds: atomic numbers, increased by 1000 for centres of groups."""
        known = self._shortest.get((first, second))
        if known is not None:
            return known
        likes = [self._shortest.get((kind, kind), np.inf) for kind in (first, second)]
        apart = STRANGERS * (radius_of(first) + radius_of(second))
        return float(min(sum(likes) / 2, apart))

    @cached_property
    def _shortest(self) -> dict[tuple[int, int], float]:
        """Shortest distance in Å of each pair of kinds in the crystals."""
        shortest: dict[tuple[int, int], float] = {}
        for atoms, groups in self.crystals:
            names, kind = np.unique(kinds(atoms, groups), return_inverse=True)
            nearest = np.full((len(names), len(names)), np.inf)
            inside = _inside_groups(groups)
            for pairs in neighbour_chunks(atoms, REACH):
                if len(groups):
                    keys = _keys(pairs.first, pairs.second, pairs.shifts.astype(np.int64))
                    pairs = pairs.take(~np.isin(keys, inside))
                code = kind.take(pairs.first) * len(names) + kind.take(pairs.second)
                np.minimum.at(nearest.ravel(), code, pairs.distances)
            anion = int(np.argmax(np.nan_to_num(electronegativities()[names % CENTRAL])))
            if np.isinf(nearest[anion, anion]):
                for pairs in neighbour_chunks(atoms[kind == anion], ANION_REACH):
                    nearest[anion, anion] = pairs.distances.min(initial=nearest[anion, anion])
            for i, j in np.argwhere(nearest < np.inf).tolist():
                key = (int(names[i]), int(names[j]))
                shortest[key] = min(float(nearest[i, j]), shortest.get(key, np.inf))
        return shortest


def radius_of(kind: int) -> float:
    """Van der Waals radius in Å of a kind, estimated from the covalent one if unknown."""
    number = kind % CENTRAL
    known = float(vdw_radii[number]) if number < len(vdw_radii) else np.nan
    return known if np.isfinite(known) else float(covalent_radii[number]) + BEYOND_COVALENT


def _inside_groups(groups: MolecularGroups) -> NDArray[np.int64]:
    """Keys of the pairs of atoms that belong to one group."""
    if len(groups) == 0:
        return np.zeros(0, np.int64)
    start = np.searchsorted(groups.group, np.arange(len(groups) + 1))
    size = np.diff(start)
    # All ordered pairs of rows of each group, one position in the group after the other.
    rows = [
        (start[:-1][(size > i) & (size > j)] + i, start[:-1][(size > i) & (size > j)] + j)
        for i in range(size.max())
        for j in range(size.max())
        if i != j
    ]
    a, b = (np.concatenate(part) for part in zip(*rows, strict=True))
    return _keys(groups.member[a], groups.member[b], groups.shift[b] - groups.shift[a])


def _keys(
    first: NDArray[np.int64], second: NDArray[np.int64], shifts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pairs of atoms with their shifts, packed into one number each."""
    packed = first * 4_000_000 + second
    for axis in range(3):
        packed = packed * 64 + shifts[:, axis] + 32
    return packed
