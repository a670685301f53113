"""What changed from one structure to another: coordination, shared polyhedra, atoms.

Bonds are found in both structures by the same criterion (:mod:`ionsmith.bonding.bonds`), polyhedra
from the bonds (:mod:`ionsmith.analyzers.coordination`). Counts of atoms by element and number of
neighbours, and of pairs of polyhedra by what they share, need no pairing of atoms and are those of
the whole cells. What a certain pair of polyhedra *became*, corner-sharing before and edge-sharing
after, and which bonds an atom lost, follows the atoms that are the same in both
(:mod:`ionsmith.bonding.atom_matching`); how far they moved is counted without the common shift and
the strain of the cell.

All counts are repeated with the criterion a little tighter and looser, 0.1 Å by default: a change
that appears at one margin and not at another hangs on the criterion, and the summary says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._changed_atoms import (
    ChangedAtom,
    PairChange,
    changed_atoms,
    changed_pairs,
)
from ionsmith.analyzers.coordination._polyhedra import (
    Kind,
    Sharing,
    SharingCount,
    shared_polyhedra,
    sharing_key,
)
from ionsmith.bonding.atom_matching import AtomMatch, match_atoms
from ionsmith.bonding.bonds import DEFAULT_CRITERION, Bonds, Criterion, find_bonds_at
from ionsmith.bonding.contacts import check_numbers
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CoordinationNumbers = dict[int, NDArray[np.int64]]  # numbers of atoms by element and number


@dataclass(frozen=True)
class Matching:
    """How the atoms of both structures were paired.

    Parameters
    ----------
    method
        ``"identity"`` (both come from one structure and its atoms are numbered), ``"geometry"``
        (nearest like atoms), or ``"none"`` (the cells differ too much).
    n_matched
        Number of pairs.
    mean_displacement, max_displacement
        Distances in Å of the pairs, a rigid shift and the strain of the cell taken away; None
        without pairs, or where the cells differ too much.
    """

    method: Literal["identity", "geometry", "none"]
    n_matched: int
    mean_displacement: float | None
    max_displacement: float | None


@dataclass(frozen=True)
class CoordinationCount:
    """Number of atoms of one element with one coordination number, in either structure."""

    coordination_number: int
    before: int
    after: int


@dataclass(frozen=True)
class SharingChange:
    """Number of pairs of polyhedra that share one kind of element, in either structure."""

    pair: str
    kind: Kind
    before: int
    after: int


@dataclass(frozen=True)
class Counts:
    """The counts of both structures under one margin of the criterion.

    Parameters
    ----------
    criterion
        ``"tightened"``, ``"as is"`` or ``"loosened"``.
    margin
        In Å, negative where the criterion is tightened.
    coordination
        By element.
    sharing
        By names of the polyhedra, then kind.
    """

    criterion: Literal["tightened", "as is", "loosened"]
    margin: float
    coordination: dict[str, tuple[CoordinationCount, ...]]
    sharing: tuple[SharingChange, ...]


@dataclass(frozen=True)
class Comparison(Result):
    """Two structures, and what changed around every atom.

    Parameters
    ----------
    matching
        How the atoms were paired.
    n_atoms_before, n_atoms_after
        Atoms in the cells.
    cellpar_before, cellpar_after
        a, b, c in Å and α, β, γ in degrees, shape (6,).
    criterion
        What counts as a bond.
    coordination
        All atoms of both structures by element and coordination number.
    sharing
        All pairs of coordination polyhedra by names and kind.
    became
        Pairs of polyhedra around the same two atoms that changed in name or kind.
    changed_atoms
        Atoms with another coordination number or other bonded neighbours: paired ones, then
        removed, then added ones.
    removed, added
        Atoms without a partner, by element.
    sensitivity
        The counts with the criterion tightened, as is, and loosened.
    """

    matching: Matching
    n_atoms_before: int
    n_atoms_after: int
    cellpar_before: NDArray[np.float64]
    cellpar_after: NDArray[np.float64]
    criterion: Criterion
    coordination: dict[str, tuple[CoordinationCount, ...]]
    sharing: tuple[SharingChange, ...]
    became: tuple[PairChange, ...]
    changed_atoms: tuple[ChangedAtom, ...]
    removed: dict[str, int]
    added: dict[str, int]
    sensitivity: tuple[Counts, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it, the summary first."""
        return {"summary": self.summary(), **super().to_dict()}

    def summary(self) -> list[str]:
        """Return what changed in a few sentences."""
        from ionsmith.analyzers.coordination._comparison_tables import sentences

        return sentences(self)

    def tables(self) -> list[Table]:
        """Return coordination, sharing, sensitivity, the atoms that changed, and the cells."""
        from ionsmith.analyzers.coordination._comparison_tables import comparison_tables

        return comparison_tables(self)

    def table(self) -> str:
        """Return the summary and the tables as readable text."""
        return "\n".join(self.summary()) + "\n\n" + super().table()

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the number of atoms by element and coordination number, before and after.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            What was drawn into.
        """
        from ionsmith.analyzers.coordination._comparison_tables import plot_coordination

        return plot_coordination(self, ax)


def compare(
    before: Atoms,
    after: Atoms,
    *,
    criterion: Criterion = DEFAULT_CRITERION,
    sensitivity: float = 0.1,
) -> Comparison:
    """Compare two structures atom by atom.

    Atoms are paired by identity if one structure was made from the other and both say so, else by
    geometry, see :mod:`ionsmith.bonding.atom_matching`. Nothing is paired where the cells differ
    too much; the counts are good in any case.

    Parameters
    ----------
    before, after
        The structures, ordered.
    criterion
        What a bond is, see :func:`ionsmith.bonding.bonds.find_bonds`.
    sensitivity
        By how many Å the criterion is tightened and loosened to see how far the counts depend on
        it.

    Returns
    -------
    Comparison
        Counts, changed atoms, and how the counts move with the criterion.

    Raises
    ------
    InvalidInput
        For a sensitivity that is negative or no number, or a criterion that is none.
    InvalidStructure
        For an empty structure, non-finite numbers, or a cell without volume.

    Examples
    --------
    >>> from ionsmith.analyzers.coordination import compare
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> from ionsmith.builders.beta_alumina import close_planes
    >>> opened = build_beta_alumina().atoms
    >>> closed = close_planes(opened, [2]).atoms
    >>> print(compare(opened, closed).summary()[1])
    AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing.
    """
    if not 0 <= sensitivity < np.inf:
        raise InvalidInput(f"sensitivity {sensitivity:g} Å: a length of 0 or more was expected")
    structures = before, after
    for atoms in structures:
        check_numbers(atoms)
    margins = (0.0, -sensitivity, sensitivity)
    # One structure after the other, and of each only what is asked of it again: at 10^6 atoms the
    # bonds of every margin are half a gigabyte.
    counted = [_counted(atoms, criterion, margins) for atoms in structures]
    as_is, tightened, loosened = (
        Counts(
            ("as is", "tightened", "loosened")[place],
            margins[place] + 0.0,
            _coordination([one.coordination[place] for one in counted]),
            _sharing([one.sharing_rows[place] for one in counted]),
        )
        for place in range(3)
    )
    match = match_atoms(before, after)
    paired = match.method != "none"
    return Comparison(
        matching=_matching(match),
        n_atoms_before=len(before),
        n_atoms_after=len(after),
        cellpar_before=np.asarray(before.cell.cellpar()),
        cellpar_after=np.asarray(after.cell.cellpar()),
        criterion=dict(criterion) if isinstance(criterion, Mapping) else criterion,
        coordination=as_is.coordination,
        sharing=as_is.sharing,
        became=changed_pairs(match, *(one.sharing for one in counted)) if paired else (),
        changed_atoms=(
            changed_atoms(before, after, match, *(one.bonds for one in counted)) if paired else ()
        ),
        removed=_without(before, match.before) if paired else {},
        added=_without(after, match.after) if paired else {},
        sensitivity=(tightened, as_is, loosened),
    )


def _matching(match: AtomMatch) -> Matching:
    known = len(match.displacements) > 0 and bool(np.isfinite(match.displacements).all())
    return Matching(
        match.method,
        len(match.before),
        float(match.displacements.mean()) if known else None,
        float(match.displacements.max()) if known else None,
    )


def _without(atoms: Atoms, paired: NDArray[np.int64]) -> dict[str, int]:
    """Count the atoms that are in no pair, by element."""
    alone = np.ones(len(atoms), dtype=bool)
    alone[paired] = False
    numbers, counts = np.unique(atoms.numbers[alone], return_counts=True)
    return {chemical_symbols[z]: int(n) for z, n in zip(numbers, counts, strict=True)}


@dataclass(frozen=True)
class _Counted:
    """Bonds and shared polyhedra of a structure at the first margin, and the counts at all."""

    bonds: Bonds
    sharing: Sharing
    coordination: tuple[_CoordinationNumbers, ...]
    sharing_rows: tuple[tuple[SharingCount, ...], ...]


def _counted(atoms: Atoms, criterion: Criterion, margins: Sequence[float]) -> _Counted:
    several = find_bonds_at(atoms, criterion, margins)
    coordination, rows = [], []
    while several:  # the first margin comes last, and the bonds of the others are gone by then
        bonds = several.pop()
        sharing = shared_polyhedra(atoms, bonds)
        coordination.append(_coordination_numbers(atoms, bonds))
        rows.append(sharing.rows)
        if several:
            del bonds, sharing
    return _Counted(bonds, sharing, tuple(coordination[::-1]), tuple(rows[::-1]))


def _coordination_numbers(atoms: Atoms, bonds: Bonds) -> _CoordinationNumbers:
    number = np.bincount(bonds.first, minlength=len(atoms))
    return {int(z): np.bincount(number[atoms.numbers == z]) for z in np.unique(atoms.numbers)}


def _coordination(
    structures: Sequence[_CoordinationNumbers],
) -> dict[str, tuple[CoordinationCount, ...]]:
    none = np.zeros(0, np.int64)
    counted: dict[str, tuple[CoordinationCount, ...]] = {}
    for z in sorted({z for of_elements in structures for z in of_elements}):
        of_element = [of_elements.get(z, none) for of_elements in structures]
        longest = max(map(len, of_element))
        rows = np.array([np.pad(count, (0, longest - len(count))) for count in of_element])
        counted[chemical_symbols[z]] = tuple(
            CoordinationCount(int(n), *rows[:, n].tolist())
            for n in np.flatnonzero(rows.any(axis=0))
        )
    return counted


def _sharing(structures: Sequence[tuple[SharingCount, ...]]) -> tuple[SharingChange, ...]:
    counts = [{(row.pair, row.kind): row.count for row in rows} for rows in structures]
    return tuple(
        SharingChange(*key, counts[0].get(key, 0), counts[1].get(key, 0))
        for key in sorted(counts[0].keys() | counts[1].keys(), key=sharing_key)
    )
