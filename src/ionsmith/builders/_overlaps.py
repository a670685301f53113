"""Units of different grains that come too close where the grains meet.

A *unit* is a molecular group, a cluster of groups that ends, or an atom in no group; units stay
whole. Two units overlap if atoms of theirs are closer than a share of the shortest distance that
such atoms have in the crystals (:class:`~ionsmith.builders.interface._closest_approach\
.ClosestApproach`), so that ions of like charge are kept further apart than cation and anion.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.formula import Formula
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_FRACTION
from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.surfaces.frameworks import clusters_that_end, groups_of
from ionsmith.surfaces.slabs import CENTRAL

OVERLAP = 0.75
"""Share of the shortest distance in the crystal below which atoms of two grains overlap."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Limits:
    """Shortest distances that atoms of two grains may have.

    Parameters
    ----------
    kinds
        The kinds of atoms: atomic numbers, :data:`CENTRAL` more for centres of groups.
    approach
        Shortest distance in Å of two kinds in the crystals.
    overlap
        Share of it that is allowed.
    """

    def __init__(
        self, kinds: Sequence[int], approach: Callable[[int, int], float], overlap: float
    ) -> None:
        self._kinds = np.unique(np.asarray(kinds, dtype=np.int64))
        radii = covalent_radii[self._kinds % CENTRAL]
        self.closest = np.array(
            [[approach(int(a), int(b)) for b in self._kinds] for a in self._kinds]
        )
        # Never below what no model may have.
        bare = CONTACT_FRACTION * 1.0001 * (radii[:, None] + radii)
        self.table = np.maximum(overlap * self.closest, bare)

    @property
    def reach(self) -> float:
        """The largest of them in Å."""
        return float(self.table.max())

    def row(self, kinds: Integers) -> Integers:
        """Rows of :attr:`table` for kinds of atoms."""
        return np.searchsorted(self._kinds, kinds)


def units_of(atoms: Atoms, centres: Sequence[str] | None) -> tuple[Integers, MolecularGroups]:
    """Units of each atom, and the molecular groups.

    Returns
    -------
    units
        Numbers from 0 without gaps, shape (n, 2); the second is -1 but for a ligand that two groups
        of a chain share.
    groups
        The groups.
    """
    groups = groups_of(atoms, centres)
    cluster, _ = clusters_that_end(groups)
    units = np.full((len(atoms), 2), -1, dtype=np.int64)
    rows = np.unique(np.column_stack([groups.member, cluster[groups.group]]), axis=0)
    first = np.unique(rows[:, 0], return_index=True)[1]
    units[rows[first, 0], 0] = rows[first, 1]
    others = np.setdiff1d(np.arange(len(rows)), first)
    units[rows[others, 0], 1] = rows[others, 1]
    alone = np.flatnonzero(units[:, 0] < 0)
    units[alone, 0] = int(cluster.max(initial=-1)) + 1 + np.arange(len(alone))
    return units, groups


def left_over(units: Integers, gone: Integers) -> NDArray[np.bool_]:
    """Which atoms are left without some units: those that belong to another one too."""
    return np.asarray((~np.isin(units, gone) & (units >= 0)).any(axis=1))


def contents(numbers: Integers, units: Integers) -> tuple[Integers, list[str]]:
    """Kind of each unit by its composition, and the formulas of the kinds."""
    elements, column = np.unique(numbers, return_inverse=True)
    counts = np.zeros((int(units.max()) + 1, len(elements)), dtype=np.int64)
    for unit in units.T:
        np.add.at(counts, (unit[unit >= 0], column[unit >= 0]), 1)
    rows, kind = np.unique(counts, axis=0, return_inverse=True)
    symbols = [chemical_symbols[number] for number in elements.tolist()]
    names = [
        formula_of({s: n for s, n in zip(symbols, row, strict=True) if n}) for row in rows.tolist()
    ]
    return kind.ravel().astype(np.int64), names


def surplus_units(kind: Integers, whole: Integers, left: Integers, depth: Floats) -> Integers:
    """Units that must go too, so that the rest has the composition of the crystal.

    Parameters
    ----------
    kind
        Kind of each unit, shape (n,).
    whole
        Number of units of each kind in the crystal, or a multiple of them.
    left
        Indices of the units that are left.
    depth
        Distance of each unit from the nearest boundary in Å, shape (n,): the nearest go first.

    Returns
    -------
    ndarray
        Indices of the surplus units.
    """
    formula = whole // max(1, np.gcd.reduce(whole))
    counts = np.bincount(kind[left], minlength=len(whole))
    used = formula > 0
    n_units = int((counts[used] // formula[used]).min())
    surplus = []
    for number in np.flatnonzero(used & (counts > n_units * formula)).tolist():
        own = left[kind[left] == number]
        order = np.lexsort((own, np.round(depth[own], 4)))
        surplus.append(own[order[: int(counts[number] - n_units * formula[number])]])
    return np.concatenate(surplus) if surplus else np.zeros(0, dtype=np.int64)


def counted(kind: Integers, names: Sequence[str], units: Integers) -> dict[str, int]:
    """Number of units by formula."""
    counts = Counter(names[number] for number in kind[units].tolist())
    return dict(sorted(counts.items()))


def formula_of(counts: dict[str, int]) -> str:
    """Chemical formula of counted elements in Hill's order."""
    return str(Formula.from_dict(counts).format("hill"))
