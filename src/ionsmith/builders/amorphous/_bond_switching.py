"""Continuous random networks by bond switching.

The construction of Wooten, Winer and Weaire (1985), doi:10.1103/PhysRevLett.54.1392: a chain of
bonds A-B-C-D turns into B-D and A-C, so that every atom keeps four bonds; the network relaxes, and
the step is taken or undone by Metropolis' rule. With two improvements of Barkema and Mousseau
(2000), doi:10.1103/PhysRevB.62.4985: the random number is drawn first, so that a step is given up
as soon as its relaxation cannot end low enough, and only the atoms around it relax.

Compiled loops are taken where numba is installed (extra ``fast``), arrays elsewhere; both give
the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous._bond_switching_numpy import SMALLEST_FORCE
from ionsmith.builders.amorphous._keating import Host

SKIN = 1.0
"""Å beyond the reach of the push to which far pairs are listed."""


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
"""kT in eV at which the network anneals. Barkema and Mousseau (2000) take 0.25 eV and anneal far
longer; in the few sweeps of a default run, 0.35 eV leads to narrower bond angles."""

QUENCH = 0.05
"""Share of the sweeps at the end that take only what is downhill."""


def temperatures(sweeps: int) -> list[float]:
    """Give the temperature of each sweep as kT in eV."""
    last = round(QUENCH * sweeps)
    return [TEMPERATURE] * (sweeps - last) + [0.0] * last


class FarPairs:
    """Atoms near each one, bonded or not, kept up while atoms move.

    Parameters
    ----------
    positions
        In Å, shape (n, 3).
    box
        Edge of the cubic cell in Å.
    reach
        Distance in Å below which a pair must not be missed.
    """

    def __init__(self, positions: NDArray[np.float64], box: float, reach: float) -> None:
        self.box, self.cutoff = box, reach + SKIN
        self._list_all(positions)

    def _list_all(self, positions: NDArray[np.float64]) -> None:
        n = len(positions)
        atoms = Atoms(numbers=np.ones(n), positions=positions, cell=[self.box] * 3, pbc=True)
        pairs = neighbour_list(atoms, self.cutoff)
        self.filled = np.bincount(pairs.first, minlength=n)
        # Room for some more, so that rows can grow.
        self.table = np.full((n, int(self.filled.max(initial=0)) + 8), -1, np.int64)
        column = np.arange(len(pairs)) - (np.cumsum(self.filled) - self.filled)[pairs.first]
        self.table[pairs.first, column] = pairs.second
        self.reference = positions.copy()

    def follow(self, positions: NDArray[np.float64], moved: NDArray[np.int64]) -> None:
        """List the pairs of the atoms that went further than the skin allows anew."""
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
def engine() -> ModuleType:
    """Give the module that relaxes: compiled where numba is installed."""
    try:
        from ionsmith.builders.amorphous import _bond_switching_numba as bond_switching_numba
    except ImportError:
        from ionsmith.builders.amorphous import _bond_switching_numpy as bond_switching_numpy

        return bond_switching_numpy
    return bond_switching_numba


def relax_network(
    network: Network, host: Host, *, steps: int = 50, smallest: float = SMALLEST_FORCE
) -> tuple[Network, float]:
    """Relax all atoms of a network, the bonds as they are."""
    positions = network.positions % network.box
    n = len(positions)
    far = FarPairs(positions, network.box, float(host.field[4]))
    everything = np.arange(n)
    energy, done = np.inf, 0
    # In short runs, so that the list of pairs keeps up with the atoms.
    while done < steps:
        energy = engine().relax(
            positions, network.neighbours, far.table, everything, n, host.field, network.box,
            min(25, steps - done), np.inf, 0.0, smallest,
        )  # fmt: skip
        far.follow(positions, everything)
        done += 25
    return replace(network, positions=positions % network.box), float(energy)


def sweep(
    network: Network, host: Host, temperature: float, seed: Sequence[int]
) -> tuple[Network, int]:
    """Attempt as many bond switches as there are atoms, then relax the whole network."""
    n = len(network.positions)
    draws = np.random.default_rng(seed).random((n, 5))
    # 1 - u is above zero, so that the logarithm is finite.
    room = -temperature * np.log1p(-draws[:, 4]) if temperature > 0 else np.zeros(n)
    picks = (draws[:, :4] * (n, 4, 3, 3)).astype(np.int64)
    positions, neighbours = network.positions.copy(), network.neighbours.copy()
    far = FarPairs(positions, network.box, float(host.field[4]))
    taken, step = 0, 0
    while step < n:
        step, count, moved = engine().switch(
            positions, neighbours, far.table, far.reference, SKIN / 2, host.field, network.box,
            picks, room, step,
        )  # fmt: skip
        far.follow(positions, moved)
        taken += count
    after, _ = relax_network(Network(positions, neighbours, network.box), host)
    return after, taken


def anneal(
    network: Network,
    host: Host,
    sweeps: int,
    seed: int,
    *,
    done: int = 0,
    after_sweep: Callable[[Network, int], None] = lambda network, done: None,
) -> Network:
    """Anneal a network by the schedule."""
    for number, temperature in enumerate(temperatures(sweeps)[done:], start=done):
        network, _ = sweep(network, host, temperature, (seed, 1, number))
        after_sweep(network, number + 1)
    return network
