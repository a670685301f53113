"""Bonds and shared polyhedra of two structures, followed from atom to atom."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._polyhedra import Kind, Sharing, sharing_key
from ionsmith.analyzers.coordination._records import ChangedAtom, PairChange
from ionsmith.bonding.atom_matching import AtomMatch
from ionsmith.bonding.bonds import Bonds

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Ends:
    """Ends of bonds, eight bytes each.

    Parameters
    ----------
    first, second
        Atom indices, sorted by ``first``, then ``second``, shape (n,).
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]

    @classmethod
    def of(cls, bonds: Bonds) -> "Ends":
        """Ends of bonds."""
        return cls(bonds.first.astype(np.int32), bonds.second.astype(np.int32))


@dataclass(frozen=True)
class SharingPairs(Ends):
    """Centres of polyhedra that share ligands, twelve bytes a pair.

    Parameters
    ----------
    first, second
        Indices of the centres.
    kinds
        All different names and kinds of sharing.
    kind
        Index in ``kinds`` of each pair, shape (n,).
    """

    kinds: tuple[tuple[str, Kind], ...]
    kind: NDArray[np.int32]

    @classmethod
    def of_polyhedra(cls, sharing: Sharing) -> "SharingPairs":
        """Pairs of shared polyhedra."""
        return cls(
            sharing.first.astype(np.int32),
            sharing.second.astype(np.int32),
            tuple((row.pair, row.kind) for row in sharing.rows),
            sharing.row.astype(np.int32),
        )


def changed_atoms(
    before: Atoms, after: Atoms, match: AtomMatch, bonds_before: Ends, bonds_after: Ends
) -> tuple[ChangedAtom, ...]:
    """List the atoms with another coordination number or other bonded neighbours.

    Periodic images of a neighbour are not distinguished, only counted.
    """
    n = len(before)
    to_common, to_after = _common_indices(len(after), n, match)
    total = len(to_after)
    old = bonds_before.first.astype(np.int64) * total + bonds_before.second
    new = to_common[bonds_after.first] * total + to_common[bonds_after.second]
    keys, gain = _difference(old, new)
    atom, neighbour = np.divmod(keys, total)
    lost, gained = _listed(atom, neighbour, gain)

    def symbol(atoms: Atoms, index: int) -> str:
        return str(chemical_symbols[atoms.numbers[index]])

    coordination = [
        np.bincount(bonds.first, minlength=len(atoms))
        for bonds, atoms in ((bonds_before, before), (bonds_after, after))
    ]
    displacement = np.full(n, np.nan)
    displacement[match.before] = match.displacements
    removed = to_after[:n] < 0
    alone = np.concatenate([np.flatnonzero(removed), np.arange(n, total)])
    changed = np.union1d(np.unique(atom), alone)
    # Paired atoms first, then removed and added ones, by rising common index.
    unpaired = np.isin(changed, alone)
    nothing: list[int] = []
    records = []
    for index in np.concatenate([changed[~unpaired], changed[unpaired]]).tolist():
        own = index if index < n else None
        other = int(to_after[index]) if to_after[index] >= 0 else None
        moved = displacement[index] if index < n else np.nan
        records.append(
            ChangedAtom(
                element=symbol(before, own)
                if own is not None
                else symbol(after, int(to_after[index])),
                before=own,
                after=other,
                coordination_before=None if own is None else int(coordination[0][own]),
                coordination_after=None if other is None else int(coordination[1][other]),
                bonds_lost=tuple(f"{symbol(before, k)}{k}" for k in lost.get(index, ())),
                bonds_gained=tuple(
                    f"{symbol(after, k)}{k}" for k in map(int, to_after[gained.get(index, nothing)])
                ),
                displacement=float(moved) if np.isfinite(moved) else None,
            )
        )
    return tuple(records)


def changed_pairs(
    match: AtomMatch, before: SharingPairs, after: SharingPairs
) -> tuple[PairChange, ...]:
    """Follow pairs of polyhedra whose centres are the same two atoms.

    Two atoms that meet across several periodic images form several pairs, distinguished only by
    what they share: a pair that exists before and after counts as unchanged.
    """
    labels = sorted({*before.kinds, *after.kinds}, key=sharing_key)
    to_common = np.full(1 + max(after.second.max(initial=0), match.after.max(initial=0)), -1)
    to_common[match.after] = match.before
    followed = (to_common[after.first] >= 0) & (to_common[after.second] >= 0)
    ends = to_common[after.first[followed]], to_common[after.second[followed]]
    total = 1 + int(max(before.second.max(initial=0), match.before.max(initial=0)))
    old_keys = before.first.astype(np.int64) * total + before.second
    old_keys = old_keys * len(labels) + _label(before, labels)
    new_keys = np.minimum(*ends) * total + np.maximum(*ends)
    new_keys = new_keys * len(labels) + _label(after, labels)[followed]
    keys, gain = _difference(old_keys, new_keys)
    pairs, label = np.divmod(keys, max(len(labels), 1))
    lost, gained = _listed(pairs, label, gain)
    changes: Counter[tuple[int, int]] = Counter()
    for pair in lost.keys() & gained.keys():
        changes.update(zip(lost[pair], gained[pair], strict=False))
    return tuple(
        PairChange(*labels[old], *labels[new], count)
        for (old, new), count in sorted(changes.items())
    )


def _label(sharing: SharingPairs, labels: list[tuple[str, Kind]]) -> Indices:
    """Number of each pair of polyhedra in a list of names and kinds."""
    numbers = [labels.index(kind) for kind in sharing.kinds]
    return np.array(numbers, np.int64)[sharing.kind]


def _difference(old: Indices, new: Indices) -> tuple[Indices, Indices]:
    """Keys whose numbers differ between two lists, and the gain from the first to the second."""
    (before, times_before), (after, times_after) = _times(old), _times(new)
    # Looking up one list in the other takes half the memory of sorting both together.
    place = np.searchsorted(before, after)
    both = np.append(before, -1)[place] == after
    times_after[both] -= times_before[place[both]]
    gone = np.ones(len(before), dtype=bool)
    gone[place[both]] = False
    changed = times_after != 0
    keys = np.concatenate([before[gone], after[changed]])
    gain = np.concatenate([-times_before[gone], times_after[changed]])
    order = np.argsort(keys)
    return keys[order], gain[order]


def _times(keys: Indices) -> tuple[Indices, Indices]:
    """Different keys, rising, and how often each occurs."""
    if (keys[1:] < keys[:-1]).any():
        keys = np.sort(keys)
    heads = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    return keys[heads], np.diff(heads, append=len(keys))


def _listed(
    owners: Indices, items: Indices, gain: Indices
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Items that each owner lost and gained, repeated by the change in number."""
    lost: dict[int, list[int]] = {}
    gained: dict[int, list[int]] = {}
    for owner, item, more in zip(owners.tolist(), items.tolist(), gain.tolist(), strict=True):
        (lost if more < 0 else gained).setdefault(owner, []).extend([item] * abs(more))
    return lost, gained


def _common_indices(n_after: int, n_before: int, match: AtomMatch) -> tuple[Indices, Indices]:
    """Number the atoms of both structures together.

    Paired and removed atoms have their index before, added ones follow. Returns the common index
    of every atom after, and the index after of every common one, -1 for removed atoms.
    """
    added = np.ones(n_after, dtype=bool)
    added[match.after] = False
    to_common = np.empty(n_after, np.int64)
    to_common[match.after] = match.before
    to_common[added] = n_before + np.arange(np.count_nonzero(added))
    to_after = np.full(n_before + np.count_nonzero(added), -1, np.int64)
    to_after[to_common] = np.arange(n_after)
    return to_common, to_after
