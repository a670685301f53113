"""A repeated crystal with the bonds of every atom, written down once for one cell.

What every atom of a crystal is bonded to is known from one cell: in a supercell the bonds are
looked up and not searched, so that 10^6 atoms take a second and some hundred MB.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.geometry.bonds import Bonds, find_bonds
from ionsmith.geometry.neighbours import NeighbourList, neighbour_list, pair_order

STRONG = 0.4
"""Largest excess in Å over the sum of the covalent radii of a bond that is covalent.

The tolerance of structural chemistry (Meng and Lewis 1991, doi:10.1002/jcc.540120716). It keeps the
three short bonds of Sb (2.91 Å) and leaves out the three long ones between its layers (3.36 Å).
"""

_SLACK = 1e-3  # Å; distances of symmetric bonds differ by rounding


@dataclass(frozen=True, eq=False)
class Partners:
    """Neighbours of every atom of a supercell.

    Parameters
    ----------
    partner
        Atom indices, shape (n, z); -1 where an atom has fewer than z neighbours.
    vectors
        From an atom of the cell to its neighbours in Å, shape (m, z, 3).
    images
        By how many supercells the neighbours are translated, shape (n, z, 3).
    """

    partner: NDArray[np.int32]
    vectors: NDArray[np.float64]
    images: NDArray[np.int8]

    def vector(self, atom: NDArray[np.int64], slot: NDArray[np.int64]) -> NDArray[np.float64]:
        """Vectors in Å from atoms to the neighbours in the given slots, shape (k, 3)."""
        return np.asarray(self.vectors[atom % len(self.vectors), slot])

    def edges(
        self, kept: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
        """Pairs of neighbours that are both kept, in both directions: atoms and images."""
        both = (self.partner >= 0) & kept[:, None] & kept[self.partner]
        atom, slot = np.nonzero(both)
        return atom, self.partner[atom, slot].astype(np.int64), self.images[atom, slot]


@dataclass(frozen=True, eq=False)
class BondedSupercell:
    """A crystal, repeated.

    Parameters
    ----------
    cell
        One cell of it.
    counts
        Repeats along its vectors.
    """

    cell: Atoms
    counts: tuple[int, int, int]

    @cached_property
    def atoms(self) -> Atoms:
        """The supercell, cell by cell, with positions and elements alone."""
        plain = Atoms(
            numbers=self.cell.numbers, positions=self.cell.positions, cell=self.cell.cell, pbc=True
        )
        return plain.repeat(self.counts)

    @cached_property
    def bonds(self) -> Partners:
        """Covalent bonds: those of the criterion ``"gap"`` that are no longer than STRONG."""
        found = find_bonds(self.cell)
        radii = covalent_radii[self.cell.numbers]
        excess = found.distances - radii[found.first] - radii[found.second]
        return self._repeated(found.take(excess <= STRONG))

    @cached_property
    def contacts(self) -> Partners:
        """Pairs as near as those that hold the crystal together in three dimensions.

        In a layered crystal they are longer than its bonds.
        """
        reach = contact_distance(self.cell)
        return self._repeated(neighbour_list(self.cell, reach + _SLACK))

    def _repeated(self, pairs: NeighbourList | Bonds) -> Partners:
        m, counts = len(self.cell), np.array(self.counts)
        order = pair_order(pairs.first, pairs.second, pairs.shifts)
        first, second, shifts = pairs.first[order], pairs.second[order], pairs.shifts[order]
        number = np.bincount(first, minlength=m)
        slot = np.arange(len(first)) - np.repeat(np.cumsum(number) - number, number)
        most = int(number.max(initial=0))
        vectors = np.zeros((m, most, 3))
        positions = self.cell.positions
        vectors[first, slot] = positions[second] + shifts @ self.cell.cell.array - positions[first]
        cells = np.indices(self.counts).reshape(3, -1).T
        partner = np.full((len(cells) * m, most), -1, dtype=np.int32)
        images = np.zeros((len(cells) * m, most, 3), dtype=np.int8)
        for f, s, k, shift in zip(first, second, slot, shifts, strict=True):
            moved = cells + shift
            wrapped = moved % counts
            index = (wrapped[:, 0] * counts[1] + wrapped[:, 1]) * counts[2] + wrapped[:, 2]
            partner[f::m, k] = index * m + s
            images[f::m, k] = (moved - wrapped) // counts
        return Partners(partner, vectors, images)


def contact_distance(cell: Atoms) -> float:
    """Shortest distance in Å at which the atoms of a crystal hang together in three dimensions.

    Raises
    ------
    InvalidStructure
        If they do not up to 12 Å.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree

    # In eight cells, layers and chains that one cell cannot tell from a crystal come apart.
    eight = Atoms(numbers=cell.numbers, positions=cell.positions, cell=cell.cell, pbc=True)
    eight = eight.repeat(2)
    for reach in (4.0, 6.0, 12.0):
        pairs = neighbour_list(eight, reach, full=False)
        pairs = _shortest(pairs.take(pairs.first != pairs.second))
        graph = coo_matrix((pairs.distances, (pairs.first, pairs.second)), shape=2 * (len(eight),))
        tree = minimum_spanning_tree(graph.tocsr())
        if tree.nnz == len(eight) - 1:
            return float(tree.data.max())
    raise InvalidStructure("the atoms of the crystal lie more than 12 Å apart; is the cell right?")


def _shortest(pairs: NeighbourList) -> NeighbourList:
    """Of several images of a pair, the nearest one."""
    low, high = np.minimum(pairs.first, pairs.second), np.maximum(pairs.first, pairs.second)
    order = np.lexsort((pairs.distances, high, low))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    taken = pairs.take(order[new])
    return replace(taken, first=low[order][new], second=high[order][new])
