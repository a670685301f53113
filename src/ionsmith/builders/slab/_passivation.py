"""Hydrogen on covalent bonds that a cut severed."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders._passivation import turn_apart
from ionsmith.builders.slab._lost_bonds import COVALENT, MEMBER, LostBonds, lost_bonds
from ionsmith.errors import InvalidInput, PoresNotPossible, TerminationNotPossible
from ionsmith.surfaces.slabs import CHARGE, OrientedCell

OXYGEN = 8

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


def with_hydrogen(slab: Atoms, host: NDArray[np.int64], direction: Floats) -> Atoms:
    """Add H to atoms in given directions, turned apart where they come too close."""
    numbers = np.ones(len(host), dtype=np.int64)
    solid = slab.copy()
    solid.center(vacuum=6.0, axis=2)
    solid.pbc = True
    shift = solid.positions[0] - slab.positions[0]
    try:
        places, _ = turn_apart(solid, host, direction, numbers)
    except PoresNotPossible as error:
        reason = str(error).partition(":")[0]
        raise TerminationNotPossible(f"{reason}; choose another termination") from None
    hydrogen = Atoms(numbers=numbers, positions=places - shift)
    hydrogen.set_array(MEMBER, np.full(len(host), -1))
    if CHARGE in slab.arrays:
        on_anion = slab.arrays[CHARGE][host] < 0
        hydrogen.set_array(CHARGE, np.where(on_anion, 1.0, -1.0))
    covered: Atoms = slab + hydrogen
    return covered


def _covalent(slab: Atoms, cell: OrientedCell) -> LostBonds:
    """Lost bonds between elements that make covalent bonds."""
    lost = lost_bonds(slab, cell)
    kept = COVALENT[slab.numbers[lost.host]] & COVALENT[cell.atoms.numbers[lost.lost]]
    return LostBonds(
        lost.host[kept], lost.lost[kept], lost.rise[kept], lost.vector[kept], lost.valence[kept]
    )
