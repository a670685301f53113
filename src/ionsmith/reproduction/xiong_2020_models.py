"""The glass of Xiong et al. 2020, small and quickly quenched, and what is counted in crystals."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.geometry import get_distances
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from ionsmith.bonding.bonds import find_bonds
from ionsmith.crystals import load
from ionsmith.potentials import load_potential
from ionsmith.simulation.melt_quench import MeltQuench, Schedule, melt_quench

POTENTIAL = "lammps-pedone2006-melt"

QUENCH = Schedule(melt_temperature=5000.0, melt_time=3.5, rate=500.0, hold_time=0.3)
"""Ten times faster than usual, so that a reproduction takes half a minute."""

ATOMS = 336

DENSITY = 3.15
"""In g/cm³, where glasses of this force field have little pressure."""

FORCE = 0.1
"""Limit in eV/Å of the relaxation."""

CUTOFFS = {"Fe-O": 2.7, "P-O": 2.0}
"""In Å: beyond the bonds of maricite, and in the glass beyond the first peaks of g(r)."""


@dataclass(frozen=True)
class Neighbours:
    """Counts in a crystal or a glass.

    Parameters
    ----------
    iron, phosphorus
        Number of atoms by their number of O.
    oxygen
        Mean number of Fe and P around O.
    bridges
        Mean number of O that a P shares with another P.
    """

    iron: dict[int, int]
    phosphorus: dict[int, int]
    oxygen: float
    bridges: float


def amorphous_maricite() -> MeltQuench:
    """Melt and quench maricite, once in a process.

    Raises
    ------
    MissingExtra
        If LAMMPS is not installed.
    """
    load_potential(POTENTIAL)
    return _quenched()


@cache
def _quenched() -> MeltQuench:
    """Melt and quench maricite."""
    potential, crystal = load_potential(POTENTIAL), load("nafepo4").to_atoms()
    return melt_quench(crystal, potential, ATOMS, density=DENSITY, schedule=QUENCH, fmax=FORCE)


def count(atoms: Atoms, longer: float = 0.0) -> Neighbours:
    """Count neighbours within :data:`CUTOFFS`.

    Parameters
    ----------
    atoms
        A phosphate of Fe.
    longer
        In Å, added to the cutoff of Fe-O.
    """
    cutoffs = {**CUTOFFS, "Fe-O": CUTOFFS["Fe-O"] + longer}
    bonds = find_bonds(atoms, cutoffs)
    around = np.bincount(bonds.first, minlength=len(atoms))
    to_phosphorus = atoms.numbers[bonds.second] == 15
    phosphorus = np.bincount(bonds.first[to_phosphorus], minlength=len(atoms))
    is_o, is_p = atoms.numbers == 8, atoms.numbers == 15
    bridging = int((phosphorus[is_o] > 1).sum())
    return Neighbours(
        iron=dict(Counter(sorted(around[atoms.numbers == 26].tolist()))),
        phosphorus=dict(Counter(sorted(around[is_p].tolist()))),
        oxygen=float(around[is_o].mean()),
        bridges=2 * bridging / int(is_p.sum()),
    )


def window(atoms: Atoms, ion: str, longest: float = 6.0) -> float:
    """Radius of the narrowest place on the widest way of an ion through a crystal, in Å.

    The way leads in straight hops from one site of the ion to the next; the radius is the distance
    to the centre of the nearest other atom.

    Parameters
    ----------
    atoms
        The crystal.
    ion
        Element that moves.
    longest
        Longest hop in Å.

    Returns
    -------
    float
        Zero if no hops lead through the crystal.
    """
    mobile = atoms.numbers == atomic_numbers[ion]
    sites, frame = atoms[mobile], atoms[~mobile]
    first, second, shift, vector = neighbor_list("ijSD", sites, longest)
    steps = np.linspace(0, 1, 21)[:, None]
    radii = np.array(
        [
            _clearance(frame, sites.positions[start] + steps * along)
            for start, along in zip(first, vector, strict=True)
        ]
    )
    for radius in np.sort(radii)[::-1]:
        kept = radii >= radius
        if _leads_through(len(sites), first[kept], second[kept], shift[kept]):
            return float(radius)
    return 0.0


def _clearance(frame: Atoms, points: NDArray[np.float64]) -> float:
    """Smallest distance in Å of points to atoms."""
    _, lengths = get_distances(points, frame.positions, cell=frame.cell, pbc=True)
    return float(lengths.min())


def _leads_through(
    sites: int,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    shift: NDArray[np.int64],
) -> bool:
    """Whether hops lead from a site to one of its own images."""
    place: dict[int, NDArray[np.int64]] = {}
    for start in range(sites):
        if start in place:
            continue
        place[start] = np.zeros(3, dtype=np.int64)
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for hop in np.flatnonzero(first == here):
                there, cell = int(second[hop]), place[here] + shift[hop]
                if there not in place:
                    place[there] = cell
                    waiting.append(there)
                elif (place[there] != cell).any():
                    return True
    return False
