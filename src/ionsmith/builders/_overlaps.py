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
from ase.data import chemical_symbols
from ase.formula import Formula
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_FRACTION, CONTACT_RADII
from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.builders.particles._balance import fewest_units
from ionsmith.errors import InvalidInput
from ionsmith.surfaces.frameworks import clusters_that_end, groups_of
from ionsmith.surfaces.slabs import CENTRAL

WHOLE = 0.02
"""Largest deviation in e of the charge of a unit, or of a model, from a whole number."""

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
        radii = CONTACT_RADII[self._kinds % CENTRAL]
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


def surplus_ions(
    names: Sequence[str],
    kind: Integers,
    charges: Floats,
    left: Integers,
    depth: Floats,
    excess: float,
) -> Integers:
    """Fewest units whose removal makes a model neutral, those nearest to a boundary.

    Parameters
    ----------
    names
        Formulas of the kinds of units.
    kind, charges
        Kind of each unit, and its charge in e (NaN for one that must stay), shape (n,).
    left
        Indices of the units that are left.
    depth
        Distance of each unit from the nearest boundary in Å, shape (n,).
    excess
        Charge of the model in e.

    Returns
    -------
    ndarray
        Indices of the units.

    Raises
    ------
    InvalidInput
        If whole units cannot do it.
    """
    whole = np.round(charges[left])
    fits = abs(charges[left] - whole) < WHOLE  # and no NaN
    left, whole = left[fits & (whole != 0)], whole[fits & (whole != 0)].astype(int)
    of = {
        (names[k], int(q)): left[(kind[left] == k) & (whole == q)]
        for k, q in sorted({*zip(kind[left].tolist(), whole.tolist(), strict=True)})
    }
    try:
        if abs(excess - round(excess)) > WHOLE:
            raise InvalidInput("not a whole number")
        steps = fewest_units(round(excess), {name: (len(own), 0) for name, own in of.items()})
    except InvalidInput:
        raise InvalidInput(
            f"`neutral`: the charge of {excess:+g} e cannot be removed with whole units at the "
            "boundaries"
        ) from None
    gone = [
        of[name][np.lexsort((of[name], np.round(depth[of[name]], 4)))[:-number]]
        for name, number in sorted(steps.items())
    ]
    return np.concatenate(gone) if gone else np.zeros(0, dtype=np.int64)


def unit_charges(units: Integers, atom_charges: Floats) -> Floats:
    """Charge of each unit in e; NaN where it shares an atom with another."""
    size = int(units.max()) + 1
    charges = np.zeros(size)
    np.add.at(charges, units[:, 0], atom_charges)
    charges[units[units[:, 1] >= 0].ravel()] = np.nan
    return charges


def counted(kind: Integers, names: Sequence[str], units: Integers) -> dict[str, int]:
    """Number of units by formula."""
    counts = Counter(names[number] for number in kind[units].tolist())
    return dict(sorted(counts.items()))


def formula_of(counts: dict[str, int]) -> str:
    """Chemical formula of counted elements in Hill's order."""
    return str(Formula.from_dict(counts).format("hill"))
