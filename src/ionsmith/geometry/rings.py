"""Rings of a bond network, counted by matscipy.

A ring counts if no way through the network is shorter than the way along it, for any two of its
atoms: the shortest-path rings of Franzblau (1991), doi:10.1103/PhysRevB.44.4925. Diamond has two of
six atoms each atom and no others.
"""

# mypy: disable-error-code="import-not-found, import-untyped, unused-ignore"
# matscipy is an optional extra.

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.errors import IonsmithError, MissingExtra

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
    IonsmithError
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
        raise IonsmithError(
            f"rings are counted in structures of up to {MOST_ATOMS} atoms, not "
            f"{len(atoms) * repeats.prod()}: the distances of all pairs must fit into memory; take "
            "a smaller model"
        )
    large = atoms.repeat(repeats)
    first, second, vectors = neighbour_list("ijD", large, cutoff)
    steps = distances_on_graph(first, second)
    found = find_sp_rings(first, second, vectors, steps, LARGEST_RING + 1)
    return np.asarray(found[: LARGEST_RING + 1], np.int64) // int(repeats.prod())
