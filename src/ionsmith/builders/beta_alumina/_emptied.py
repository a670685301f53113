"""The open crystal with less in its conduction planes, which closed planes are compared with."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import OXYGEN


def empty_planes(
    atoms: Atoms,
    anatomy: Anatomy,
    planes: Sequence[int],
    *,
    mobile_left: int = 0,
    keep_bridging_oxygen: bool = False,
    seed: int = 0,
) -> Atoms:
    """Remove what closing removes from conduction planes, which stay open.

    Parameters
    ----------
    atoms
        The structure.
    anatomy
        Its anatomy.
    planes
        Numbers of the planes.
    mobile_left
        Number of mobile cations that stay in these planes together: the fewer there are, the more
        have left the same ones. They leave one from each plane in turn.
    keep_bridging_oxygen
        Whether the bridging O stay.
    seed
        Seed for choosing the cations that leave.
    """
    order = mobile_order(atoms, anatomy, planes, seed)
    leaving = np.zeros(len(atoms), bool)
    leaving[order[: len(order) - mobile_left]] = True
    if not keep_bridging_oxygen:
        leaving |= anatomy.bridging & np.isin(anatomy.conduction_plane, planes)
    return atoms[~leaving]


def mobile_order(
    atoms: Atoms, anatomy: Anatomy, planes: Sequence[int], seed: int = 0
) -> NDArray[np.int64]:
    """Mobile cations of some planes in the order in which they leave, as indices.

    Parameters
    ----------
    atoms, anatomy, planes, seed
        As for :func:`empty_planes`.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for plane in planes:
        mobile = np.flatnonzero((anatomy.conduction_plane == plane) & (atoms.numbers != OXYGEN))
        for turn, atom in enumerate(generator.permutation(mobile).tolist()):
            rows.append((turn, plane, atom))
    # The fullest plane gives first: the last ions of all planes leave last.
    most = {plane: sum(row[1] == plane for row in rows) for plane in planes}
    rows.sort(key=lambda row: (row[0] - most[row[1]], row[1]))
    return np.array([atom for _, _, atom in rows], dtype=np.int64)
