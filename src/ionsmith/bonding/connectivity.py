"""Pieces that a structure falls into, and in how many directions each goes on for ever.

A repeated crystal with the bonds of every atom, written down once for one cell.

What every atom of a crystal is bonded to is known from one cell: in a supercell the bonds are
looked up and not searched, so that 10^6 atoms take a second and some hundred MB.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.neighbours import NeighbourList, neighbour_list, pair_order
from ionsmith.errors import InvalidInput, InvalidStructure, MissingExtra
from ionsmith.lattice.lattice_points import index_grid

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected parts of a structure.

    Parameters
    ----------
    label
        Number of the piece of each atom, the largest piece first, -1 for atoms left out;
        shape (n,).
    sizes
        Atoms of each piece, falling.
    """

    label: Integers
    sizes: Integers

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.sizes)


def pieces_of(kept: NDArray[np.bool_], first: Integers, second: Integers) -> Pieces:
    """Find the pieces of a structure.

    Parameters
    ----------
    kept
        Which atoms there are, shape (n,).
    first, second
        Pairs of atoms that hold together, shape (m,).

    Returns
    -------
    Pieces
        Those of equal size by their first atom.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(kept)
    graph = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    chosen = np.flatnonzero(kept)
    _, start, inverse, sizes = np.unique(
        label[chosen], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((start, -sizes))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    found = np.full(n, -1, dtype=np.int64)
    found[chosen] = rank[inverse]
    return Pieces(found, sizes[order])


def dimensions(
    member: int, n: int, first: Integers, second: Integers, images: NDArray[np.int8]
) -> int:
    """Count the directions in which a piece of a periodic structure goes on for ever.

    Parameters
    ----------
    member
        One of its atoms.
    n
        Atoms of the structure.
    first, second
        Pairs of atoms that hold together, each in both directions, shape (m,).
    images
        Cells by which ``second`` is translated, shape (m, 3).

    Returns
    -------
    int
        0 for a particle, 1 for a wire, 2 for a slab, 3 for a crystal.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order

    key = first * n + second
    names, chosen = np.unique(key, return_index=True)
    start, end = first[chosen], second[chosen]
    graph = coo_matrix((np.ones(len(chosen), dtype=np.int8), (start, end)), shape=(n, n))
    reached, before = breadth_first_order(graph.tocsr(), member, directed=True)
    if len(reached) == 1:
        loops = images[(first == member) & (second == member)]
        return int(np.linalg.matrix_rank(loops)) if len(loops) else 0
    # How far each atom lies from the first one in whole cells, by doubling steps towards it.
    way = np.arange(n)
    offset = np.zeros((n, 3), dtype=np.int32)
    child = reached[1:]
    way[child] = before[child]
    offset[child] = images[chosen[np.searchsorted(names, way[child].astype(np.int64) * n + child)]]
    while not (way[child] == member).all():
        offset[child] += offset[way[child]]
        way[child] = way[way[child]]
    inside = np.zeros(n, dtype=bool)
    inside[reached] = True
    own = inside[first]
    loops = offset[first[own]] + images[own] - offset[second[own]]
    loops = np.unique(loops[loops.any(axis=1)], axis=0)
    return int(np.linalg.matrix_rank(loops)) if len(loops) else 0


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
        cells = index_grid(0, counts - 1)
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


MOST_RING_ATOMS = 20_000
"""Largest structure: matscipy holds the distances of all pairs of atoms, 1.6 GB here."""


LARGEST_RING = 12
"""Largest ring that is looked for; in amorphous Si, one in a thousand is larger."""

SMALLEST_CELL = 20.0
"""Height of a cell in Å below which it is repeated, or a way out of the cell and back to an image
would be short enough to count as one within a ring."""


def ring_counts(atoms: Atoms, cutoff: float) -> NDArray[np.int64]:
    """Count the shortest-path rings of a structure by their size.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    cutoff
        Longest bond in Å.

    Returns
    -------
    ndarray
        Number of rings of 0, 1, 2, ... up to :data:`LARGEST_RING` atoms in the cell.

    Raises
    ------
    MissingExtra
        Without matscipy.
    InvalidInput
        For a structure that is too large.
    """
    try:
        from matscipy.ffi import distances_on_graph, find_sp_rings
        from matscipy.neighbours import neighbour_list as matscipy_neighbours
    except ImportError:
        raise MissingExtra("counting rings needs matscipy: pip install 'ionsmith[rings]'") from None
    heights = 1 / np.linalg.norm(np.linalg.inv(atoms.cell.array), axis=0)
    repeats = np.ceil(SMALLEST_CELL / heights).astype(int)
    if len(atoms) * repeats.prod() > MOST_RING_ATOMS:
        raise InvalidInput(
            f"rings are counted in structures of up to {MOST_RING_ATOMS} atoms, not "
            f"{len(atoms) * repeats.prod()}: the distances of all pairs must fit into memory; take "
            "a smaller model"
        )
    large = atoms.repeat(repeats)
    first, second, vectors = matscipy_neighbours("ijD", large, cutoff)
    steps = distances_on_graph(first, second)
    found = find_sp_rings(first, second, vectors, steps, LARGEST_RING + 1)
    return np.asarray(found[: LARGEST_RING + 1], np.int64) // int(repeats.prod())
