"""Polarity of surfaces: charges of layers, dipole of the repeat unit, and Tasker's type.

A plane is of type I if every layer of units is neutral, of type II if layers are charged but some
cut leaves a repeat unit without dipole, and of type III if none does (P. W. Tasker, J. Phys. C 12,
4977 (1979), doi:10.1088/0022-3719/12/22/036). The dipole of the repeat unit over its volume is the
surface charge in e/Å² that a slab with this cut on both sides would need to lose its field.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.surfaces.slabs import CHARGE, OrientedCell
from ionsmith.surfaces.terminations import LAYER_TOLERANCE, layers_of

NEUTRAL = 0.002
"""Largest charge in e/Å² of a layer or a surface that counts as none."""

TaskerType = Literal["I", "II", "III"]

Floats = NDArray[np.float64]


def surface_charges(cell: OrientedCell, heights: Sequence[float]) -> Floats | None:
    """Surface charge of cuts: dipole of the repeat unit above each over its volume.

    Parameters
    ----------
    cell
        The crystal. A ligand that two units share belongs to each in half.
    heights
        Heights of the cuts in Å, n of them.

    Returns
    -------
    ndarray or None
        In e/Å², positive if the upper face needs negative charge; shape (n,). None if charges are
        not known.
    """
    if CHARGE not in cell.atoms.arrays:
        return None
    units, period = cell.units, cell.period
    charge = _shares(cell)
    z = cell.atoms.positions[units.member, 2] + units.shift * period
    home = units.heights[units.unit]
    dipoles = [
        float(charge @ (z + period * np.ceil((height - home) / period))) for height in heights
    ]
    return np.array(dipoles) / period / cell.area


def tasker_type(cell: OrientedCell, heights: Sequence[float]) -> TaskerType | None:
    """Tasker's type of the plane of a cell.

    Parameters
    ----------
    cell
        The crystal.
    heights
        Heights of all cuts in Å.

    Returns
    -------
    str or None
        None if charges are not known; an element is of type I.
    """
    if len(set(cell.atoms.numbers.tolist())) == 1:
        return "I"
    charges = surface_charges(cell, heights)
    if charges is None:
        return None
    layer = layers_of(cell.units.heights, cell.period, LAYER_TOLERANCE)[cell.units.unit]
    if (abs(np.bincount(layer, _shares(cell))) < NEUTRAL * cell.area).all():
        return "I"
    return "II" if (abs(charges) < NEUTRAL).any() else "III"


def _shares(cell: OrientedCell) -> Floats:
    """Charge in e of each atom of each unit, without what a cell has in total."""
    units = cell.units
    charges = cell.atoms.arrays[CHARGE] - cell.atoms.arrays[CHARGE].mean()
    owners = np.bincount(units.member, minlength=len(cell.atoms))
    return np.asarray((charges / owners)[units.member])
