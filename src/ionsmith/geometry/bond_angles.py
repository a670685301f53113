"""Angles between the bonds of each atom."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.errors import AtomsTooClose
from ionsmith.geometry.neighbours import NeighbourList


def bond_angles(
    atoms: Atoms, bonds: NeighbourList
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Angles at each atom between all pairs of its bonds.

    Parameters
    ----------
    atoms
        The structure.
    bonds
        Its bonds, in both directions, sorted by ``first``.

    Returns
    -------
    angles
        In degrees, shape (m,), by centre.
    centres
        The atom at the corner of each, shape (m,).

    Raises
    ------
    AtomsTooClose
        If two bonded atoms lie at the same place.
    """
    cell = atoms.cell.complete().array
    vectors = atoms.positions[bonds.second] + bonds.shifts @ cell - atoms.positions[bonds.first]
    lengths = np.linalg.norm(vectors, axis=1)
    if not lengths.all():
        i, j = (int(ends[lengths.argmin()]) for ends in (bonds.first, bonds.second))
        raise AtomsTooClose(f"atoms {i} and {j} lie at the same place: no bond angle")
    vectors /= lengths[:, None]
    number = np.bincount(bonds.first, minlength=len(atoms))
    starts = np.cumsum(number) - number
    angles, centres = [np.zeros(0)], [np.zeros(0, np.int64)]
    for count in np.unique(number[number > 1]).tolist():
        sites = np.flatnonzero(number == count)
        one, other = np.triu_indices(count, 1)
        own = vectors[starts[sites, None] + np.arange(count)]
        cosines = (own[:, one] * own[:, other]).sum(axis=2)
        angles.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))).ravel())
        centres.append(np.repeat(sites, len(one)))
    centre = np.concatenate(centres)
    order = np.argsort(centre, kind="stable")
    return np.concatenate(angles)[order], centre[order]
