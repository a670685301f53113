"""Pieces that a structure falls into, and in how many directions each goes on for ever."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
