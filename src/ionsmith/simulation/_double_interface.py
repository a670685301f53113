"""A periodic stack with two equal interfaces, made of one interface with vacuum."""

from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import get_distances
from numpy.typing import NDArray

SAME_PLACE = 0.05
"""Largest distance in Å of an atom from the inverted place of another."""


def double_interface(interface: Atoms) -> Atoms | None:
    """Make a periodic stack with two equal interfaces from one interface with vacuum.

    Parameters
    ----------
    interface
        Two slabs with vacuum along the third cell vector; the array ``side`` is 0 in the substrate
        and 1 in the film.

    Returns
    -------
    Atoms or None
        The same atoms in a cell without vacuum; None if a slab has no centre of inversion.
    """
    first = interface.cell.array[0] / np.linalg.norm(interface.cell.array[0])
    normal = np.cross(first, interface.cell.array[1])
    normal /= np.linalg.norm(normal)
    frame = np.array([first, np.cross(normal, first), normal])
    turned: Atoms = interface.copy()
    turned.set_constraint()
    turned.set_cell(interface.cell.array @ frame.T, scale_atoms=True)
    centres = [_inversion_centre(turned[turned.arrays["side"] == number]) for number in (0, 1)]
    if centres[0] is None or centres[1] is None:
        return None
    repeat = 2 * (centres[1] - centres[0])
    a, b = turned.cell.array[:2]
    shares = np.linalg.lstsq(np.array([a, b])[:, :2].T, repeat[:2], rcond=None)[0]
    repeat = repeat - np.round(shares) @ np.array([a, b])
    turned.set_cell([a, b, repeat])
    turned.set_cell(turned.cell.array @ frame, scale_atoms=True)
    turned.pbc = True
    return turned


def _inversion_centre(slab: Atoms) -> NDArray[np.float64] | None:
    """Centre of inversion of a slab in Å, or none."""
    places, numbers = slab.positions, slab.numbers
    middle = (places[:, 2].min() + places[:, 2].max()) / 2
    cell = slab.cell.array.copy()
    cell[2] = (0, 0, np.ptp(places[:, 2]) + 20)
    kinds, counts = np.unique(numbers, return_counts=True)
    own = np.flatnonzero(numbers == kinds[counts.argmin()])
    partners = [j for j in own if abs(places[own[0], 2] + places[j, 2] - 2 * middle) < SAME_PLACE]
    for partner in partners:
        centre = (places[own[0]] + places[partner]) / 2
        turned = 2 * centre - places
        if all(_meet(turned[numbers == kind], places[numbers == kind], cell) for kind in kinds):
            return np.asarray(centre)
    return None


def _meet(turned: NDArray[np.float64], places: NDArray[np.float64], cell: Any) -> bool:
    """Whether each place of one set is one of the other, with the periods of a slab."""
    _, apart = get_distances(turned, places, cell=cell, pbc=(True, True, False))
    return bool((apart.min(axis=1) < SAME_PLACE).all())
