"""Random network to begin bond switching from.

As Barkema and Mousseau (2000), doi:10.1103/PhysRevB.62.4985, begin: atoms anywhere in the box, not
nearer than a distance, each bonded to four others that are near. It holds no memory of a crystal.
"""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous._bond_switching import Network

CLOSEST = 0.82
"""Least distance of two atoms over the edge of the cube that an atom has for itself; random
sequential placing of spheres jams at 0.90."""

REACH = 1.75
"""Distance of atoms that are bonded while it is easy, over the same edge."""


def random_network(n: int, box: float, seed: int) -> Network:
    """Place atoms at random and give each of them four bonds.

    Parameters
    ----------
    n
        Number of atoms.
    box
        Edge of the cubic cell in Å.
    seed
        What the places are drawn with.

    Returns
    -------
    Network
    """
    own = box / n ** (1 / 3)
    positions = random_places(n, box, CLOSEST * own, seed)
    return Network(positions, _bond(positions, box, min(REACH * own, 0.499 * box)), box)


def random_places(n: int, box: float, closest: float, seed: int) -> NDArray[np.float64]:
    """Draw places in a periodic box that are not nearer to each other than a distance."""
    rng = np.random.default_rng((seed, 0))
    places = np.zeros((0, 3))
    while len(places) < n:
        drawn = rng.random((n, 3)) * box
        if len(places):
            distance, _ = cKDTree(places, boxsize=box).query(drawn, distance_upper_bound=closest)
            drawn = drawn[np.isinf(distance)]
        # Of two that are too near each other, the later one goes.
        pairs = cKDTree(drawn, boxsize=box).query_pairs(closest, output_type="ndarray")
        keep = np.ones(len(drawn), bool)
        keep[pairs.max(axis=1)] = False
        places = np.concatenate([places, drawn[keep]])[:n]
    return places


def _bond(positions: NDArray[np.float64], box: float, reach: float) -> NDArray[np.int64]:
    """Four neighbours of each atom: the shortest bonds first, no rings of three among them."""
    n = len(positions)
    atoms = Atoms(numbers=np.ones(n), positions=positions, cell=[box] * 3, pbc=True)
    pairs = neighbour_list(atoms, reach, full=False)
    order = np.argsort(pairs.distances, kind="stable")
    bonds: list[list[int]] = [[] for _ in range(n)]
    for i, j in zip(pairs.first[order].tolist(), pairs.second[order].tolist(), strict=True):
        full = len(bonds[i]) == 4 or len(bonds[j]) == 4
        if not full and j not in bonds[i] and set(bonds[i]).isdisjoint(bonds[j]):
            bonds[i].append(j)
            bonds[j].append(i)
    open_ends = [i for i in range(n) for _ in range(4 - len(bonds[i]))]
    while open_ends:
        i = open_ends.pop(0)
        j = open_ends.pop(int(np.argmin(_squares(positions, i, open_ends, box))))
        _join(bonds, i, j, np.argsort(_squares(positions, i, range(n), box), kind="stable"))
    return np.array(bonds, np.int64)


def _join(bonds: list[list[int]], i: int, j: int, nearest: NDArray[np.int64]) -> None:
    """Use up an open end of each of two atoms, which may be one: in a bond that is near to both."""
    if i != j and j not in bonds[i]:
        bonds[i].append(j)
        bonds[j].append(i)
        return
    for a in nearest.tolist():
        if a in (i, j) or a in bonds[i]:
            continue
        for b in bonds[a]:
            if b not in (i, j) and b not in bonds[j]:
                bonds[a][bonds[a].index(b)] = i
                bonds[b][bonds[b].index(a)] = j
                bonds[i].append(a)
                bonds[j].append(b)
                return


def _squares(
    positions: NDArray[np.float64], one: int, others: "range | list[int]", box: float
) -> NDArray[np.float64]:
    d = positions[np.asarray(others, np.int64)] - positions[one]
    d -= box * np.rint(d / box)
    return np.asarray((d * d).sum(axis=1))
