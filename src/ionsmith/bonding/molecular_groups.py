"""Molecular groups of a crystal: PO4, SiO4, VO4, NH4 and the like, which a cut must not break.

A group is a small covalent unit: a centre with two to four ligands of the first coordination shell,
all of them anions (O, F, S, N, Cl) or all of them H, and the H that these carry (H2PO4). A ligand
may belong to several groups, as the bridging O of the VO4 chains in NH4VO3 does. A transition
metal counts where it is four-coordinated only: V is the centre of a group in NH4VO3, and not in
NASICON, where it has six O.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import NeighbourList, join, pairs_within
from ionsmith.errors import InvalidInput

CENTRES = ("B", "C", "N", "Si", "P", "S", "Cl", "V", "Cr", "Ge", "As", "Se", "Mo", "W")
"""Elements that may be the centre of a group by default."""

BOND = 1.2
"""Longest bond of a group over the sum of the covalent radii (Cordero et al. 2008,
doi:10.1039/b801115j). P–O 1.54 Å is 0.89 of the sum, V–O of a VO4 chain 1.80 Å is 0.82; the next
O of the library's groups start at 1.3."""

_ANIONS = ("N", "O", "F", "S", "Cl")


@dataclass(frozen=True, eq=False)
class MolecularGroups:
    """The groups of a structure.

    Parameters
    ----------
    names
        Formula of each group, such as ``"PO4"``.
    centre
        Index of the central atom of each group, shape (g,).
    group, member, shift
        One row for each atom of each group, the centre included: number of the group, index of the
        atom, and the lattice translation that takes the atom to its group; shapes (n,), (n,),
        (n, 3). The centre has the translation zero.
    """

    names: tuple[str, ...]
    centre: NDArray[np.int64]
    group: NDArray[np.int64]
    member: NDArray[np.int64]
    shift: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.names)

    def counts(self) -> dict[str, int]:
        """Number of groups by formula, in alphabetical order."""
        names, numbers = np.unique(np.array(self.names, dtype=str), return_counts=True)
        return {str(name): int(number) for name, number in zip(names, numbers, strict=True)}


def molecular_groups(atoms: Atoms, centres: Collection[str] = CENTRES) -> MolecularGroups:
    """Find the molecular groups of a structure.

    Parameters
    ----------
    atoms
        The structure, ordered, periodic along any of its axes.
    centres
        Elements that may be the centre of a group; empty for no groups.

    Raises
    ------
    InvalidInput
        If a centre is not an element.
    """
    strange = [symbol for symbol in centres if symbol not in atomic_numbers]
    if strange:
        raise InvalidInput(f"{strange[0]!r} is not an element; `centres` are such as P and Si")
    bonds = _covalent_pairs(atoms, centres)
    if len(bonds) == 0:
        none = np.zeros(0, np.int64)
        return MolecularGroups((), none, none, none, np.zeros((0, 3), np.int64))
    hydrogen = atomic_numbers["H"]
    numbers = atoms.numbers
    central = np.isin(numbers[bonds.first], [atomic_numbers[symbol] for symbol in centres])
    shell = bonds.take(central)
    n = len(atoms)
    ligands = np.bincount(shell.first, minlength=n)
    protons = np.bincount(shell.first, numbers[shell.second] == hydrogen, minlength=n)
    whole = (ligands >= 2) & (ligands <= 4) & ((protons == 0) | (protons == ligands))
    shell = shell.take(whole[shell.first])
    centre = np.unique(shell.first)
    number = np.full(n, -1)
    number[centre] = np.arange(len(centre))
    # The H of a ligand belongs to the group: each H has one nearest anion.
    carried = bonds.take((numbers[bonds.second] == hydrogen) & ~central)
    order = np.lexsort((carried.first, carried.distances, carried.second))
    carried = carried.take(order[np.unique(carried.second[order], return_index=True)[1]])
    by_ligand = np.argsort(shell.second, kind="stable")
    start = np.searchsorted(shell.second[by_ligand], np.arange(n + 1))
    # Every bond of a centre to a ligand, once for each H that the ligand carries.
    bonded = np.diff(start)[carried.first]
    step = np.arange(bonded.sum()) - np.repeat(np.cumsum(bonded) - bonded, bonded)
    bond = by_ligand[np.repeat(start[carried.first], bonded) + step]
    proton = np.repeat(np.arange(len(carried)), bonded)
    group = np.concatenate([number[centre], number[shell.first], number[shell.first[bond]]])
    member = np.concatenate([centre, shell.second, carried.second[proton]])
    shift = np.zeros((len(group), 3), np.int64)
    shift[len(centre) :] = np.concatenate(
        [shell.shifts, shell.shifts[bond] + carried.shifts[proton]]
    )
    order = np.lexsort((*shift.T[::-1], member, group))
    group, member, shift = group[order], member[order], shift[order]
    return MolecularGroups(_names(numbers, centre, group, member), centre, group, member, shift)


def _covalent_pairs(atoms: Atoms, centres: Collection[str]) -> NeighbourList:
    """Bonds from centres to ligands, and from anions to H, by covalent radii."""
    return join(list(pairs_within(atoms, _limits(tuple(centres)))))


@lru_cache(maxsize=16)
def _limits(centres: tuple[str, ...]) -> NDArray[np.float64]:
    limits = np.full((119, 119), -1.0)
    anions = [atomic_numbers[symbol] for symbol in _ANIONS]
    for symbol in centres:
        own = atomic_numbers[symbol]
        for other in [*anions, atomic_numbers["H"]]:
            if other != own:
                limits[own, other] = BOND * (covalent_radii[own] + covalent_radii[other])
    for own in anions:
        limits[own, 1] = BOND * (covalent_radii[own] + covalent_radii[1])
    limits.flags.writeable = False
    return limits


def _names(
    numbers: NDArray[np.int64],
    centre: NDArray[np.int64],
    group: NDArray[np.int64],
    member: NDArray[np.int64],
) -> tuple[str, ...]:
    """Formula of every group; each kind of group is formatted once."""
    elements, kind = np.unique(numbers, return_inverse=True)
    counts = np.zeros((len(centre), len(elements)), np.int64)
    np.add.at(counts, (group, kind[member]), 1)
    row = np.column_stack([kind[centre], counts])
    alike: dict[bytes, str] = {}
    names = []
    for g, key in enumerate(map(bytes, row)):
        if key not in alike:
            alike[key] = _name(numbers[centre[g]], np.repeat(elements, counts[g]))
        names.append(alike[key])
    return tuple(names)


def _name(centre: int, members: NDArray[np.int64]) -> str:
    """Formula as chemists write it: the centre, its anions, and H first where anions carry it."""
    symbols = [chemical_symbols[number] for number in members]
    symbols.remove(chemical_symbols[centre])
    counts = {symbol: symbols.count(symbol) for symbol in sorted(set(symbols))}
    first = "H" if "H" in counts and len(counts) > 1 else None
    parts = [] if first is None else [(first, counts.pop(first))]
    parts += [(chemical_symbols[centre], 1), *counts.items()]
    return "".join(f"{symbol}{count if count > 1 else ''}" for symbol, count in parts)
