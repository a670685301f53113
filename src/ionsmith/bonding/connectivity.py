"""Connectivity of a structure: its pieces and their dimensionality, rings, bonds of supercells.

In a supercell (:class:`BondedSupercell`) the bonds are taken over from one cell instead of being
searched, so that 10⁶ atoms take a second and some hundred MB.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.neighbours import NeighbourList, neighbour_list
from ionsmith.errors import InvalidInput, InvalidStructure, MissingExtra
from ionsmith.lattice.lattice_points import index_grid

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected parts of a structure.

    Parameters
    ----------
    label
        Index of the piece of each atom, the largest piece first, -1 for atoms left out;
        shape (n,).
    sizes
        Number of atoms of each piece, in descending order.
    """

    label: Integers
    sizes: Integers

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.sizes)


def pieces_of(kept: NDArray[np.bool_], first: Integers, second: Integers) -> Pieces:
    """Find the connected pieces of a structure.

    Parameters
    ----------
    kept
        Which atoms belong to the structure, shape (n,).
    first, second
        Pairs of connected atoms, shape (m,).

    Returns
    -------
    Pieces
        Pieces of equal size are sorted by their first atom.
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
    """Number of directions in which a piece of a periodic structure is infinite.

    Parameters
    ----------
    member
        Index of one of its atoms.
    n
        Number of atoms of the structure.
    first, second
        Pairs of connected atoms, each in both directions, shape (m,).
    images
        Lattice translations of ``second``, shape (m, 3).

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
    # Offset of each atom from the first one in cells, by doubling the steps along the tree.
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
"""Largest excess in Å of a covalent bond over the sum of the covalent radii.

The tolerance of structural chemistry (Meng and Lewis 1991, doi:10.1002/jcc.540120716). It includes
the three short bonds of Sb (2.91 Å) but not the three long ones between its layers (3.36 Å).
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
        Translations of the neighbours in supercells, shape (n, z, 3).
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
    """A supercell whose bonds are taken over from one cell.

    Parameters
    ----------
    cell
        The unit cell.
    counts
        Repeats along its vectors.
    """

    cell: Atoms
    counts: tuple[int, int, int]

    @cached_property
    def atoms(self) -> Atoms:
        """The supercell, cell by cell, with positions and elements only."""
        plain = Atoms(
            numbers=self.cell.numbers, positions=self.cell.positions, cell=self.cell.cell, pbc=True
        )
        supercell: Atoms = plain.repeat(self.counts)
        return supercell

    @cached_property
    def bonds(self) -> Partners:
        """Covalent bonds: those of the criterion ``"gap"`` with an excess of at most STRONG."""
        found = find_bonds(self.cell)
        radii = covalent_radii[self.cell.numbers]
        excess = found.distances - radii[found.first] - radii[found.second]
        return self._repeated(found.take(excess <= STRONG))

    @cached_property
    def contacts(self) -> Partners:
        """Pairs up to the distance that connects the crystal in three dimensions.

        In a layered crystal it is longer than the bonds.
        """
        reach = contact_distance(self.cell)
        return self._repeated(neighbour_list(self.cell, reach + _SLACK))

    def _repeated(self, pairs: NeighbourList | Bonds) -> Partners:
        m, counts = len(self.cell), np.array(self.counts)
        pairs = pairs.sorted()
        first, second, shifts = pairs.first, pairs.second, pairs.shifts
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
    """Shortest distance in Å at which the atoms of a crystal are connected in three dimensions.

    Where more than 12 Å part layers, chains or molecules, it is that within them.

    Raises
    ------
    InvalidStructure
        If all atoms are more than 12 Å apart.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree

    # In eight cells, layers and chains separate that one cell cannot tell from a crystal.
    eight = Atoms(numbers=cell.numbers, positions=cell.positions, cell=cell.cell, pbc=True)
    eight = eight.repeat(2)
    for reach in (4.0, 6.0, 12.0):
        pairs = neighbour_list(eight, reach, full=False)
        pairs = _shortest(pairs.take(pairs.first != pairs.second))
        graph = coo_matrix((pairs.distances, (pairs.first, pairs.second)), shape=2 * (len(eight),))
        tree = minimum_spanning_tree(graph.tocsr())
        if tree.nnz == len(eight) - 1:
            return float(tree.data.max())
    if tree.nnz:  # layers, chains or molecules in vacuum
        return float(tree.data.max())
    raise InvalidStructure("the atoms of the crystal are more than 12 Å apart; is the cell right?")


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
"""Largest ring that is counted; in amorphous Si, one in a thousand is larger."""

SMALLEST_CELL = 20.0
"""Height of a cell in Å below which it is repeated: otherwise a path to a periodic image could be
short enough to count as one within a ring."""


def ring_counts(atoms: Atoms, cutoff: float) -> NDArray[np.int64]:
    """Number of shortest-path rings of a structure by their size, counted by matscipy.

    A ring counts if no path through the network is shorter than the path along it, for any two of
    its atoms (Franzblau 1991, doi:10.1103/PhysRevB.44.4925). Diamond has two six-membered rings
    per atom and no others.

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
        If matscipy is not installed.
    InvalidInput
        If the structure is too large.
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
            f"{len(atoms) * repeats.prod()}, because the distances of all pairs must fit into "
            "memory; use a smaller model"
        )
    large = atoms.repeat(repeats)
    first, second, vectors = matscipy_neighbours("ijD", large, cutoff)
    steps = distances_on_graph(first, second)
    found = find_sp_rings(first, second, vectors, steps, LARGEST_RING + 1)
    return np.asarray(found[: LARGEST_RING + 1], np.int64) // int(repeats.prod())
