"""Bonds of a crystal that the atoms of a slab have lost."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.elements import NONMETAL
from ionsmith.surfaces.slabs import CHARGE, OrientedCell

MEMBER = "crystal_atom"
"""Array of a slab: index of the atom of the oriented cell that each is a copy of."""

_METALLOIDS = [atomic_numbers[symbol] for symbol in ("Si", "Ge", "As", "Sb", "Te")]

COVALENT = NONMETAL | np.isin(np.arange(119), _METALLOIDS)
"""Whether an element makes covalent bonds: non-metals and metalloids, by atomic number."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LostBonds:
    """Bonds between an atom of a slab and one that was cut away.

    Parameters
    ----------
    host
        Index of the remaining atom in the slab, shape (k,).
    lost, rise
        Index of the other atom in the oriented cell, and its cell along the normal, shape (k,).
    vector
        From the former to the latter in Å, shape (k, 3).
    valence
        Valence of each bond in valence units, 1 where charges are not known, shape (k,).
    """

    host: Integers
    lost: Integers
    rise: Integers
    vector: Floats
    valence: Floats


def rises(slab: Atoms, cell: OrientedCell) -> Integers:
    """Cell along the normal that each atom of a slab lies in, shape (n,)."""
    z = cell.atoms.positions[slab.arrays[MEMBER], 2]
    return np.asarray(np.round((slab.positions[:, 2] - z) / cell.period)).astype(np.int64)


def lost_bonds(slab: Atoms, cell: OrientedCell) -> LostBonds:
    """Find the bonds that the atoms of a slab lost, which still has its heights in the crystal."""
    bonds, member, rise = cell.bonds, slab.arrays[MEMBER], rises(slab, cell)
    n = len(cell.atoms)
    start = np.searchsorted(bonds.first, np.arange(n + 1))
    own = member >= 0  # and not H that was added
    number = np.where(own, np.diff(start)[member], 0)
    host = np.repeat(np.arange(len(slab)), number)
    row = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    row += np.repeat(start[member], number)
    lost, level = bonds.second[row], rise[host] + bonds.shifts[row, 2]
    gone = ~np.isin(level * n + lost, (rise * n + member)[own])
    row, host, lost, level = row[gone], host[gone], lost[gone], level[gone]
    positions = cell.atoms.positions
    vector = positions[bonds.second[row]] - positions[bonds.first[row]]
    vector = vector + bonds.shifts[row] @ cell.atoms.cell.array
    valence = np.ones(len(row))
    if (charges := cell.atoms.arrays.get(CHARGE)) is not None:
        share = abs(charges) / np.maximum(np.diff(start), 1)
        first = bonds.first[row]
        valence = np.where(charges[first] > 0, share[first], share[lost])
    return LostBonds(host, lost.astype(np.int64), level, vector, valence)
