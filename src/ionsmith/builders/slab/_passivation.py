"""Hydrogen on covalent bonds that a cut severed."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders._compensation import OXYGEN, with_hydrogen
from ionsmith.builders._lost_bonds import COVALENT, LostBonds, lost_bonds
from ionsmith.errors import InvalidInput
from ionsmith.surfaces.slabs import OrientedCell

Floats = NDArray[np.float64]


def passivated(slab: Atoms, cell: OrientedCell) -> tuple[Atoms, tuple[str, ...]]:
    """Saturate severed covalent bonds: O that a centre has lost comes back as OH, all else gets H.

    Parameters
    ----------
    slab
        The slab, with its heights in the crystal.
    cell
        The crystal.
    """
    done = []
    lost = _covalent(slab, cell)
    back = np.flatnonzero(
        (cell.atoms.numbers[lost.lost] == OXYGEN) & (slab.numbers[lost.host] != OXYGEN)
    )
    if len(back):
        key = lost.rise[back] * len(cell.atoms) + lost.lost[back]
        back = back[np.unique(key, return_index=True)[1]]
        oxygen = cell.atoms[lost.lost[back]]
        oxygen.positions = slab.positions[lost.host[back]] + lost.vector[back]
        slab = slab + oxygen
        done.append(f"{len(back)} O that were cut away completed their centres")
        lost = _covalent(slab, cell)
    if len(lost.host) == 0:
        raise InvalidInput("this cut severs no covalent bond: `passivate` has nothing to do")
    direction = lost.vector / np.linalg.norm(lost.vector, axis=1)[:, None]
    done.append(f"{len(lost.host)} H on severed covalent bonds")
    return with_hydrogen(slab, lost.host, direction), tuple(done)


def _covalent(slab: Atoms, cell: OrientedCell) -> LostBonds:
    """Lost bonds between elements that make covalent bonds."""
    lost = lost_bonds(slab, cell)
    kept = COVALENT[slab.numbers[lost.host]] & COVALENT[cell.atoms.numbers[lost.lost]]
    return LostBonds(
        lost.host[kept], lost.lost[kept], lost.rise[kept], lost.vector[kept], lost.valence[kept]
    )
