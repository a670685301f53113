"""Room for what stays in a plane that closes, and the charge that its ions leave behind."""

from collections.abc import Callable

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray
from scipy.optimize import brentq

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.errors import ClosureNotPossible
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import OXYGEN, framework_bonds

ALUMINIUM, MAGNESIUM = 13, 12

FARTHEST = 4.0
"""Largest distance in Å at which atoms are neighbours of an ion in an open plane."""


def fitting_approach(
    atoms: Atoms,
    stays: NDArray[np.bool_],
    leaving: NDArray[np.bool_],
    closed_by: Callable[[float], Atoms],
    most: float,
) -> float:
    """Largest approach in Å, up to a given one, that leaves room for the atoms that stay.

    Such an atom may come as near to an atom of the blocks as the sum of their covalent radii
    (Cordero et al. 2008, doi:10.1039/b801115j; 2.32 Å for Na and O), or as the nearest one of the
    element is in the open plane.
    """
    if not stays.any():
        return most
    limits = covalent_radii[:, None] + covalent_radii[None]
    first, second, distances = _across(atoms, stays, FARTHEST)
    for pair in set(zip(first.tolist(), second.tolist(), strict=True)):
        nearest = float(distances[(first == pair[0]) & (second == pair[1])].min())
        limits[pair] = min(limits[pair], nearest)
    longest = float(limits[np.unique(atoms.numbers[stays])][:, np.unique(atoms.numbers)].max())

    def room(approach: float) -> float:
        """Smallest distance over its limit, less one."""
        first, second, distances = _across(closed_by(approach), stays[~leaving], longest)
        return float((distances / limits[first, second]).min(initial=2.0)) - 1

    if room(most) >= 0:
        return most
    if room(0.0) <= 0:  # the glide alone brings them nearer
        return 0.0
    return float(brentq(room, 0.0, most, xtol=1e-6))


def _across(
    atoms: Atoms, stays: NDArray[np.bool_], cutoff: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Elements and distances of the pairs of an atom that stays and another one."""
    pairs = neighbour_list(atoms, cutoff)
    which = stays[pairs.first] & ~stays[pairs.second]
    first, second = atoms.numbers[pairs.first[which]], atoms.numbers[pairs.second[which]]
    return first, second, pairs.distances[which]


def compensate(
    atoms: Atoms, anatomy: Anatomy, planes: tuple[int, ...], leaving: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mobile ions to remove, and Al to replace by Mg, so that the formal charge is conserved.

    Ions of the open planes leave first, at equal intervals, then those that stay in closed planes;
    Mg takes the place of Al on the tetrahedral sites inside the blocks where no ions are left.
    """
    before, after = (formal_charge(composition(a)) for a in (atoms, atoms[~leaving]))
    if before is None or after is None:
        raise ClosureNotPossible(
            "`neutral` cannot be used: an element of the structure has no unique formal charge"
        )
    excess = after - before
    if excess < 0:
        raise ClosureNotPossible(
            f"the removed ions take {-excess:+g} e with them, and nothing that leaves or stays "
            "compensates them: lower `sodium_removed`, or let the bridging O leave"
        )
    plane = anatomy.conduction_plane
    mobile = (plane > 0) & (atoms.numbers != OXYGEN) & ~leaving
    inside = np.isin(plane, planes)
    ions: list[int] = []
    for group in (np.flatnonzero(mobile & ~inside), np.flatnonzero(mobile & inside)):
        number = min(excess - len(ions), len(group))
        ions += group[np.linspace(0, len(group), number, endpoint=False).astype(int)].tolist()
    sites = np.flatnonzero((atoms.numbers == ALUMINIUM) & _hidden_tetrahedra(atoms, anatomy))
    number = excess - len(ions)
    if number > len(sites):
        raise ClosureNotPossible(
            f"{number} e cannot be compensated: {len(ions)} mobile ions and {len(sites)} Al sites "
            "of Mg were found"
        )
    replaced = sites[np.linspace(0, len(sites), number, endpoint=False).astype(int)]
    return np.array(ions, dtype=np.int64), replaced


def _hidden_tetrahedra(atoms: Atoms, anatomy: Anatomy) -> NDArray[np.bool_]:
    """Whether each atom is a tetrahedral cation that faces no plane."""
    bonds = framework_bonds(atoms)
    number = np.bincount(bonds.cation, minlength=len(atoms))
    return np.asarray((number == 4) & (anatomy.facing == 0))
