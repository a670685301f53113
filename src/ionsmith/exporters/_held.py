"""Atoms that do not move, or only along some axes.

A structure says so in components along Cartesian axes or along its cell vectors, and every code in
those of its own. Both mean the same where the directions that are left free span the same line or
plane.
"""

from itertools import combinations

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms, FixCartesian, FixScaled
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.errors import InvalidInput

Mask = NDArray[np.bool_]


def held_components(atoms: Atoms) -> Mask:
    """Cartesian components of every atom that constraints hold, shape (n, 3).

    Raises
    ------
    InvalidInput
        For a constraint that holds anything else, or other directions than Cartesian axes.
    """
    held = np.zeros((len(atoms), 3), dtype=bool)
    for constraint in atoms.constraints:
        if isinstance(constraint, FixAtoms):
            mask = np.ones(3, dtype=bool)
        elif isinstance(constraint, FixCartesian):
            mask = np.asarray(constraint.mask, dtype=bool)
        elif isinstance(constraint, FixScaled):
            mask = np.asarray(constraint.mask, dtype=bool)
            mask = in_frame(mask[None], atoms.cell.array, np.eye(3), "Cartesian axes")[0]
        else:
            raise InvalidInput(
                f"the structure has a constraint {type(constraint).__name__}; only FixAtoms, "
                "FixCartesian and FixScaled can be carried into the codes"
            )
        held[constraint.get_indices()] |= mask
    return held


def constraints_of(held: Mask) -> list[FixAtoms | FixCartesian]:
    """ASE's constraints of held Cartesian components."""
    whole = np.flatnonzero(held.all(axis=1))
    constraints: list[FixAtoms | FixCartesian] = [FixAtoms(indices=whole)] if len(whole) else []
    for mask, indices in partly_held(held):
        constraints += [FixCartesian(indices, mask=mask)]
    return constraints


def partly_held(held: Mask) -> list[tuple[Mask, NDArray[np.int64]]]:
    """Masks of atoms that are held in part, and the indices of these atoms."""
    masks = np.unique(held, axis=0)
    return [
        (mask, np.flatnonzero((held == mask).all(axis=1)))
        for mask in masks
        if mask.any() and not mask.all()
    ]


def in_frame(
    held: Mask, given: NDArray[np.float64], wanted: NDArray[np.float64], name: str
) -> Mask:
    """Say in components along other vectors what is held.

    Parameters
    ----------
    held
        Components along the rows of ``given``, shape (n, 3).
    given, wanted
        Three vectors each, shape (3, 3).
    name
        Of the wanted vectors, for messages.

    Raises
    ------
    InvalidInput
        If the free directions of an atom are not spanned by the wanted vectors.
    """
    found = held.copy()
    for mask, indices in partly_held(held):
        free = _projector(given[~mask])
        for chosen in combinations(range(3), int((~mask).sum())):
            if np.allclose(_projector(wanted[list(chosen)]), free, atol=1e-6):
                found[indices] = [axis not in chosen for axis in range(3)]
                break
        else:
            raise InvalidInput(
                f"an atom is held along some axes only, which do not agree with the {name}; hold "
                "it whole, or turn the cell"
            )
    return found


def turn_upright(cell: NDArray[np.float64], axis: int) -> NDArray[np.float64] | None:
    """Find the rotation that brings the normal of a slab onto a Cartesian axis.

    Parameters
    ----------
    cell
        Cell vectors as rows, shape (3, 3).
    axis
        The cell vector along which the slab ends, and the Cartesian axis of that number.

    Returns
    -------
    ndarray or None
        Matrix that turns column vectors, shape (3, 3); None if the normal is there already.
    """
    normal, target = np.linalg.inv(cell)[:, axis], np.eye(3)[axis]
    if normal @ target > (1 - 1e-10) * np.linalg.norm(normal):
        return None
    return np.asarray(Rotation.align_vectors([target], [normal])[0].as_matrix())


def _projector(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Projection onto the span of vectors."""
    basis, _ = np.linalg.qr(vectors.T)
    return np.asarray(basis @ basis.T)
