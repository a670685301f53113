"""Continuous random networks by bond switching.

The construction of Wooten, Winer and Weaire (1985), doi:10.1103/PhysRevLett.54.1392: in a chain of
bonded atoms A-B-C-D, the bonds A-B and C-D are replaced by A-C and B-D, so that every atom keeps
four bonds; the network relaxes, and the switch is accepted or undone by the Metropolis rule. Two
improvements are those of Barkema and Mousseau (2000), doi:10.1103/PhysRevB.62.4985: the random
number is drawn first, so that a switch is given up as soon as its relaxation cannot end low enough,
and only the atoms around it relax. The start, too, is theirs: atoms at random places, each bonded
to four nearby atoms, without any memory of a crystal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous._keating import Host
from ionsmith.errors import MissingExtra

SKIN = 1.0
"""Distance in Å beyond the reach of the repulsion up to which pairs are listed."""

CLOSEST = 0.82
"""Smallest distance of two random places in units of the edge of the cube that each atom has;
random sequential placing of spheres jams at 0.90."""

REACH = 1.75
"""Longest distance of atoms that are bonded in the first pass, in the same units."""


@dataclass(frozen=True)
class Network:
    """A periodic network in which every atom has four bonds.

    Parameters
    ----------
    positions
        In Å, shape (n, 3).
    neighbours
        The four neighbours of each atom, shape (n, 4).
    box
        Edge of the cubic cell in Å.
    """

    positions: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    box: float

    def bond_vectors(self) -> NDArray[np.float64]:
        """Vectors from each atom to its four neighbours in Å, shape (n, 4, 3)."""
        vectors = self.positions[self.neighbours] - self.positions[:, None]
        return np.asarray(vectors - self.box * np.rint(vectors / self.box))


TEMPERATURE = 0.35
"""kT in eV at which the network is annealed. Barkema and Mousseau (2000) use 0.25 eV and anneal far
longer; in the few sweeps of a default run, 0.35 eV leads to narrower bond angles."""

QUENCH = 0.05
"""Share of the sweeps, at the end, that accept only switches to lower energy."""


def temperatures(sweeps: int) -> list[float]:
    """Temperature of each sweep as kT in eV."""
    last = round(QUENCH * sweeps)
    return [TEMPERATURE] * (sweeps - last) + [0.0] * last


class FarPairs:
    """Neighbours of each atom, bonded or not, updated while atoms move.

    Parameters
    ----------
    positions
        In Å, shape (n, 3).
    box
        Edge of the cubic cell in Å.
    reach
        Distance in Å below which no pair may be missed.
    """

    def __init__(self, positions: NDArray[np.float64], box: float, reach: float) -> None:
        self.box, self.cutoff = box, reach + SKIN
        self._list_all(positions)

    def _list_all(self, positions: NDArray[np.float64]) -> None:
        """List all pairs anew."""
        n = len(positions)
        atoms = Atoms(numbers=np.ones(n), positions=positions, cell=[self.box] * 3, pbc=True)
        pairs = neighbour_list(atoms, self.cutoff)
        self.filled = np.bincount(pairs.first, minlength=n)
        # Some more columns, so that rows can grow.
        self.table = np.full((n, int(self.filled.max(initial=0)) + 8), -1, np.int64)
        column = np.arange(len(pairs)) - (np.cumsum(self.filled) - self.filled)[pairs.first]
        self.table[pairs.first, column] = pairs.second
        self.reference = positions.copy()

    def follow(self, positions: NDArray[np.float64], moved: NDArray[np.int64]) -> None:
        """List the pairs of those atoms anew that moved farther than the skin allows."""
        way = positions[moved] - self.reference[moved]
        for atom in moved[(way * way).sum(axis=1) > (SKIN / 2) ** 2].tolist():
            d = positions - positions[atom]
            d -= self.box * np.rint(d / self.box)
            near = np.flatnonzero((d * d).sum(axis=1) <= self.cutoff**2)
            near = near[near != atom]
            new = near[~(self.table[near] == atom).any(axis=1)]
            width = self.table.shape[1]
            if len(near) > width or (self.filled[new] == width).any():
                self._list_all(positions)
                return
            self.table[atom] = -1
            self.table[atom, : len(near)] = near
            self.filled[atom] = len(near)
            self.table[new, self.filled[new]] = atom
            self.filled[new] += 1
            self.reference[atom] = positions[atom]


@cache
def loops() -> ModuleType:
    """Module of the compiled loops."""
    try:
        from ionsmith.builders.amorphous import _loops
    except ImportError as error:
        raise MissingExtra(
            "bond switching needs the extra fast (numba): pip install 'ionsmith[fast]'"
        ) from error
    return _loops


def relax_network(
    network: Network, host: Host, *, steps: int = 50, smallest: float | None = None
) -> tuple[Network, float]:
    """Relax all atoms of a network without changing its bonds; return the energy in eV too."""
    smallest = loops().SMALLEST_FORCE if smallest is None else smallest
    positions = network.positions % network.box
    n = len(positions)
    far = FarPairs(positions, network.box, float(host.field[4]))
    everything = np.arange(n)
    energy, done = np.inf, 0
    # In short runs, so that the list of pairs keeps up with the atoms.
    while done < steps:
        energy = loops().relax(
            positions, network.neighbours, far.table, everything, n, host.field, network.box,
            min(25, steps - done), np.inf, 0.0, smallest,
        )  # fmt: skip
        far.follow(positions, everything)
        done += 25
    return replace(network, positions=positions % network.box), float(energy)


def sweep(
    network: Network, host: Host, temperature: float, seed: Sequence[int]
) -> tuple[Network, int]:
    """Attempt as many bond switches as there are atoms, then relax; count the accepted ones."""
    n = len(network.positions)
    draws = np.random.default_rng(seed).random((n, 5))
    # 1 - u is above zero, so that the logarithm is finite.
    room = -temperature * np.log1p(-draws[:, 4]) if temperature > 0 else np.zeros(n)
    picks = (draws[:, :4] * (n, 4, 3, 3)).astype(np.int64)
    positions, neighbours = network.positions.copy(), network.neighbours.copy()
    far = FarPairs(positions, network.box, float(host.field[4]))
    accepted, step = 0, 0
    while step < n:
        step, count, moved = loops().switch(
            positions, neighbours, far.table, far.reference, SKIN / 2, host.field, network.box,
            picks, room, step,
        )  # fmt: skip
        far.follow(positions, moved)
        accepted += count
    after, _ = relax_network(Network(positions, neighbours, network.box), host)
    return after, accepted


def anneal(
    network: Network,
    host: Host,
    sweeps: int,
    seed: int,
    *,
    done: int = 0,
    after_sweep: Callable[[Network, int], None] = lambda network, done: None,
) -> Network:
    """Anneal a network by the schedule of temperatures."""
    for number, temperature in enumerate(temperatures(sweeps)[done:], start=done):
        network, _ = sweep(network, host, temperature, (seed, 1, number))
        after_sweep(network, number + 1)
    return network


def random_network(n: int, box: float, seed: int) -> Network:
    """Place atoms at random and give each of them four bonds.

    Parameters
    ----------
    n
        Number of atoms.
    box
        Edge of the cubic cell in Å.
    seed
        Seed of the places.

    Returns
    -------
    Network
    """
    own = box / n ** (1 / 3)
    positions = random_places(n, box, CLOSEST * own, seed)
    return Network(positions, _bond(positions, box, min(REACH * own, 0.499 * box)), box)


def random_places(n: int, box: float, closest: float, seed: int) -> NDArray[np.float64]:
    """Random places in a periodic box that keep a smallest distance."""
    rng = np.random.default_rng((seed, 0))
    places = np.zeros((0, 3))
    while len(places) < n:
        drawn = rng.random((n, 3)) * box
        if len(places):
            distance, _ = cKDTree(places, boxsize=np.full(3, box)).query(
                drawn, distance_upper_bound=closest
            )
            drawn = drawn[np.isinf(distance)]
        # Of two places that are too close, the later one is dropped.
        pairs = cKDTree(drawn, boxsize=np.full(3, box)).query_pairs(closest, output_type="ndarray")
        keep = np.ones(len(drawn), bool)
        keep[pairs.max(axis=1)] = False
        places = np.concatenate([places, drawn[keep]])[:n]
    return places


def _bond(positions: NDArray[np.float64], box: float, reach: float) -> NDArray[np.int64]:
    """Four neighbours of each atom: the shortest bonds first, without rings of three."""
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
    """Close a missing bond of each of two atoms (or two of one atom), breaking a bond nearby."""
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
    positions: NDArray[np.float64], atom: int, others: "range | list[int]", box: float
) -> NDArray[np.float64]:
    """Squared distances in Å² of an atom from others."""
    d = positions[np.asarray(others, np.int64)] - positions[atom]
    d -= box * np.rint(d / box)
    return np.asarray((d * d).sum(axis=1))
