"""Spinel blocks: connected networks of octahedral cations and O that extend in two dimensions.

Steps of :func:`ionsmith.layers.anatomy.find_anatomy`. Positions along the normal are in periods of
the cell; ``wrap`` is the integer that moves an atom to its block.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from ionsmith.bonding.neighbours import join, pairs_within
from ionsmith.errors import NotBetaAlumina
from ionsmith.lattice.lattice_points import index_grid

OXYGEN = 8
MOBILE_CATIONS = (11, 19, 37, 55, 47, 81)
"""Na, K, Rb, Cs, Ag and Tl, the ions that are exchanged in the conduction planes of β''-alumina
(Yao and Kummer 1967, doi:10.1016/0022-1902(67)80301-4)."""

LAYERS_PER_BLOCK = 4
FRAMEWORK_BOND = 2.3
"""Longest bond in Å of a framework cation to O. The longest in the crystal is 2.00 Å, and the next
shell begins at 3.0 Å; across a plane closed in the wrong sense, an O comes to 2.4 Å without being
bonded."""


@dataclass(frozen=True)
class FrameworkBonds:
    """Bonds of framework cations to O.

    Parameters
    ----------
    cation, oxygen
        Atom indices, shape (m,).
    shift
        Lattice translation of the O, integers of shape (m, 3).
    length
        Bond lengths in Å, shape (m,).
    """

    cation: NDArray[np.int64]
    oxygen: NDArray[np.int64]
    shift: NDArray[np.int64]
    length: NDArray[np.float64]

    def take(self, which: NDArray[np.bool_]) -> "FrameworkBonds":
        """Return some of the bonds."""
        return FrameworkBonds(
            self.cation[which], self.oxygen[which], self.shift[which], self.length[which]
        )


def basal_vectors(miller: NDArray[np.int64]) -> NDArray[np.int64]:
    """Integer cell vectors: two span the basal plane, the third leads out of it.

    Parameters
    ----------
    miller
        Coprime indices of the basal plane.

    Returns
    -------
    ndarray
        Unimodular matrix of shape (3, 3), rows in units of the cell vectors: the shortest such, the
        identity if the basal plane is (001).
    """
    if np.array_equal(miller, [0, 0, 1]):
        return np.eye(3, dtype=np.int64)
    reach = np.abs(miller).max() + 1
    grid = index_grid(-reach, reach)
    # Shortest first; among equals the one with positive leading entries.
    grid = grid[np.lexsort((*(-grid.T[::-1]), (grid**2).sum(1)))]
    level = grid @ miller
    out = grid[level == 1][0]
    flat = grid[(level == 0) & (grid != 0).any(1)]
    first = flat[0]
    for second in flat[1:]:
        if np.array_equal(np.cross(first, second), miller):
            return np.array([first, second, out])
    raise NotBetaAlumina("the indices of the basal plane are too high; reduce the cell first")


def framework_bonds(atoms: Atoms) -> FrameworkBonds:
    """Bonds of framework cations to O, up to :data:`FRAMEWORK_BOND`."""
    framework = np.bincount(atoms.numbers) > 0
    framework[[z for z in (OXYGEN, *MOBILE_CATIONS) if z < len(framework)]] = False
    limits = np.full((119, 119), -1.0)
    limits[np.flatnonzero(framework), OXYGEN] = FRAMEWORK_BOND
    pairs = join(list(pairs_within(atoms, limits)))
    pairs = pairs.sorted()
    return FrameworkBonds(pairs.first, pairs.second, pairs.shifts.astype(np.int64), pairs.distances)


def components(n: int, bonds: FrameworkBonds) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Connected components, and the lattice translations that map them onto themselves."""
    graph = coo_matrix((np.ones(len(bonds.cation)), (bonds.cation, bonds.oxygen)), (n, n))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    # One spanning tree for all components: a root (atom n) is tied to the first atom of each.
    entry = np.zeros(label.max() + 1, np.int64)
    entry[label[::-1]] = np.arange(n)[::-1]
    tied = coo_matrix(
        (
            np.ones(len(bonds.cation) + len(entry)),
            (np.append(bonds.cation, np.full(len(entry), n)), np.append(bonds.oxygen, entry)),
        ),
        (n + 1, n + 1),
    )
    order, parent = breadth_first_order(tied.tocsr(), n, directed=False)
    # Translation of each atom against its parent in the tree, from the first bond between them.
    offset = np.zeros((n + 1, 3), np.int64)
    for child, above, sign in ((bonds.oxygen, bonds.cation, 1), (bonds.cation, bonds.oxygen, -1)):
        rows = np.flatnonzero(parent[child] == above)[::-1]
        offset[child[rows]] = sign * bonds.shift[rows]
    # Against the root, generation by generation.
    place = np.empty(n + 1, np.int64)
    place[order] = np.arange(n + 1)
    above = place[parent[order[1:]]]
    total = offset[order]
    start, stop = 1, 1 + len(entry)
    while start <= n:
        total[start:stop] += total[above[start - 1 : stop - 1]]
        start, stop = stop, 1 + int(np.searchsorted(above, stop))
    offset[order] = total
    closing = offset[bonds.cation] + bonds.shift - offset[bonds.oxygen]
    return label, np.unique(closing[closing.any(axis=1)], axis=0)


def basal_plane(translations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Miller indices of the plane that the translations of the blocks span."""
    rank = np.linalg.matrix_rank(translations) if len(translations) else 0
    if rank != 2:
        raise NotBetaAlumina(
            f"not β''-alumina: the network of its octahedra extends in {rank} dimension(s), "
            "spinel blocks extend in 2"
        )
    crosses = np.cross(translations[0], translations)
    miller = crosses[(crosses != 0).any(axis=1)][0]
    miller = miller // np.gcd.reduce(miller)
    leading = miller[np.flatnonzero(miller)[-1]]
    return np.asarray(miller * np.sign(leading), dtype=np.int64)


def order_blocks(
    label: NDArray[np.int64],
    core: FrameworkBonds,
    octahedral: NDArray[np.bool_],
    fraction: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Number the blocks along the normal; return block, wrap and centres in periods."""
    names, index = np.unique(label[octahedral], return_inverse=True)
    turn = np.exp(2j * np.pi * fraction[octahedral])
    mean = np.bincount(index, turn.real) + 1j * np.bincount(index, turn.imag)
    # The first block may lie a little below zero in a relaxed cell and still be the first.
    slack = 0.25 / len(names)
    centres = (np.angle(mean) / (2 * np.pi) + slack) % 1 - slack
    order = np.argsort(centres)
    number = np.zeros(label.max() + 1, np.int64)
    number[names[order]] = np.arange(1, len(names) + 1)
    block = np.zeros(len(label), np.int64)
    inside = np.zeros(len(label), dtype=bool)
    inside[core.cation] = inside[core.oxygen] = True
    members = np.flatnonzero(inside)
    block[members] = number[label[members]]
    centres = centres[order]
    wrap = np.zeros(len(label), np.int64)
    wrap[members] = -np.rint(fraction[members] - centres[block[members] - 1]).astype(np.int64)
    return block, wrap, centres


def join_tetrahedra(
    block: NDArray[np.int64],
    wrap: NDArray[np.int64],
    bonds: FrameworkBonds,
    miller: NDArray[np.int64],
    n_blocks: int,
) -> None:
    """Assign each tetrahedral cation to the block of most of its O, in place."""
    bonds = bonds.take(block[bonds.oxygen] > 0)
    # Number of the block image along the whole stack, which tells a block from its own images.
    image = block[bonds.oxygen] + n_blocks * (bonds.shift @ miller - wrap[bonds.oxygen])
    order = np.lexsort((image, bonds.cation))
    cation, start, count = np.unique(bonds.cation[order], return_index=True, return_counts=True)
    # Three O of one block and at most one of the other: the median is the block of the three.
    image = image[order][start + count // 2]
    block[cation] = (image - 1) % n_blocks + 1
    wrap[cation] = -((image - 1) // n_blocks)


def members(number: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Atoms of each number from 0 to a count, rising: all at once, in linear time."""
    order = np.argsort(number.astype(np.uint16), kind="stable")
    return np.split(order, np.cumsum(np.bincount(number, minlength=count + 1))[:-1])


def oxygen_layers(
    is_oxygen: NDArray[np.bool_],
    block: NDArray[np.int64],
    height: NDArray[np.float64],
    n_blocks: int,
) -> NDArray[np.int64]:
    """Number the four O layers of each block from the bottom."""
    layer = np.zeros(len(block), np.int64)
    for number, atoms in enumerate(members(block, n_blocks)[1:], start=1):
        oxygen = atoms[is_oxygen[atoms]]
        oxygen = oxygen[np.argsort(height[oxygen], kind="stable")]
        size, rest = divmod(len(oxygen), LAYERS_PER_BLOCK)
        levels = height[oxygen][: LAYERS_PER_BLOCK * size].reshape(LAYERS_PER_BLOCK, size)
        if rest or size == 0 or (levels[1:, 0] - levels[:-1, -1]).min() < 1.0:
            raise NotBetaAlumina(
                f"not β''-alumina: block {number} is not made of four close-packed O layers of "
                f"equal size ({len(oxygen)} O)"
            )
        layer[oxygen] = np.arange(len(oxygen)) // size + 1
    return layer


def basal_cells(
    layer: NDArray[np.int64],
    block: NDArray[np.int64],
    octahedral: NDArray[np.bool_],
    n_blocks: int,
) -> int:
    """Number of basal cells, each with 16 O and 7 octahedral cations per block."""
    oxygen = np.bincount(block[layer > 0], minlength=n_blocks + 1)[1:]
    cations = np.bincount(block[octahedral], minlength=n_blocks + 1)[1:]
    cells, rest = divmod(int(oxygen[0]), 16)
    if rest or (oxygen != oxygen[0]).any() or (np.abs(cations - 7 * cells) > 0.1 * cells).any():
        raise NotBetaAlumina(
            "not β''-alumina: its blocks hold "
            f"{oxygen.tolist()} O and {cations.tolist()} octahedral cations, 16 and 7 in each "
            "basal cell were expected"
        )
    return cells
