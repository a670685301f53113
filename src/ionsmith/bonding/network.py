"""Angles between the bonds of each atom.

Rings of a bond network, counted by matscipy.

A ring counts if no way through the network is shorter than the way along it, for any two of its
atoms: the shortest-path rings of Franzblau (1991), doi:10.1103/PhysRevB.44.4925. Diamond has two of
six atoms each atom and no others.
"""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import NeighbourList

# mypy: disable-error-code="import-not-found, import-untyped, unused-ignore"
# matscipy is an optional extra.
from ionsmith.errors import AtomsTooClose, InvalidInput, MissingExtra


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


MOST_ATOMS = 20_000
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
        from matscipy.neighbours import neighbour_list
    except ImportError:
        raise MissingExtra("counting rings needs matscipy: pip install 'ionsmith[rings]'") from None
    heights = 1 / np.linalg.norm(np.linalg.inv(atoms.cell.array), axis=0)
    repeats = np.ceil(SMALLEST_CELL / heights).astype(int)
    if len(atoms) * repeats.prod() > MOST_ATOMS:
        raise InvalidInput(
            f"rings are counted in structures of up to {MOST_ATOMS} atoms, not "
            f"{len(atoms) * repeats.prod()}: the distances of all pairs must fit into memory; take "
            "a smaller model"
        )
    large = atoms.repeat(repeats)
    first, second, vectors = neighbour_list("ijD", large, cutoff)
    steps = distances_on_graph(first, second)
    found = find_sp_rings(first, second, vectors, steps, LARGEST_RING + 1)
    return np.asarray(found[: LARGEST_RING + 1], np.int64) // int(repeats.prod())
