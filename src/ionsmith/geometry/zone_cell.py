"""A crystal set up with its third cell vector along a direction, parallel to z."""

import numpy as np
from ase import Atoms
from ase.geometry import cell_to_cellpar, cellpar_to_cell
from numpy.typing import NDArray

from ionsmith.geometry.cell_vectors import in_cell, primitive_vectors
from ionsmith.geometry.miller import Direction
from ionsmith.geometry.symmetry import Symmetry, symmetry_of

_REACH = 4  # primitive vectors are combined up to so many times
_SQUARE = 1e-6


def zone_vectors(
    symmetry: Symmetry, cell: NDArray[np.float64], zone: Direction
) -> NDArray[np.float64]:
    """Cell vectors of which the third is the period along a direction.

    Along an axis of the cell, the other two are its other axes. Else they are the shortest lattice
    vectors at right angles to the direction, and where there are no two, the shortest ones across.

    Parameters
    ----------
    symmetry
        The space group, in the axes of the cell.
    cell
        Cell vectors as rows in Å, shape (3, 3).
    zone
        The direction.

    Returns
    -------
    ndarray
        Right-handed rows [uvw] in the axes of the cell, shape (3, 3).
    """
    axis = np.array(zone.reduced().indices)
    along = axis / symmetry.repeats(zone)
    if np.count_nonzero(axis) == 1:
        number = int(np.flatnonzero(axis)[0])
        rows = np.eye(3)[[(number + 1) % 3, (number + 2) % 3, number]]
        rows[2] = along
        if axis[number] < 0:
            rows = rows[[1, 0, 2]]
        return rows
    primitive = primitive_vectors(symmetry, cell)
    steps = np.indices((2 * _REACH + 1,) * 3).reshape(3, -1).T - _REACH
    vectors = steps @ primitive
    cartesian = vectors @ cell
    normal = along @ cell / np.linalg.norm(along @ cell)
    height = cartesian @ normal
    across = np.linalg.norm(cartesian - height[:, None] * normal, axis=1)
    upright = abs(height) < _SQUARE
    order = np.lexsort((*np.round(-vectors.T, 6), np.round(abs(height), 6), np.round(across, 6)))
    order = order[across[order] > _SQUARE]
    flat = [index for index in order if upright[index]]
    pair = _two_shortest(vectors, cartesian, flat, normal)
    if pair is None:
        pair = _two_shortest(vectors, cartesian, list(order), normal)
    assert pair is not None
    period = np.linalg.norm(along @ cell)
    straight = [row - np.round(row @ cell @ normal / period) * along for row in pair]
    found = np.array([*straight, along])
    if np.linalg.det(found @ cell) < 0:
        found[1] *= -1
    return found


def _two_shortest(
    vectors: NDArray[np.float64],
    cartesian: NDArray[np.float64],
    order: list[int],
    normal: NDArray[np.float64],
) -> list[NDArray[np.float64]] | None:
    """Take the first vector and the next one that is not parallel to it seen along the normal."""
    if not order:
        return None
    first = order[0]
    for index in order[1:]:
        if abs(np.cross(cartesian[first], cartesian[index]) @ normal) > _SQUARE:
            return [vectors[first], vectors[index]]
    return None


def zone_cell(atoms: Atoms, zone: Direction, symmetry: Symmetry | None = None) -> Atoms:
    """Set up a crystal in a cell whose third vector is its period along a direction.

    Parameters
    ----------
    atoms
        One cell of the crystal, ordered.
    zone
        The direction, in the axes of that cell.
    symmetry
        The space group, found by default.

    Returns
    -------
    Atoms
        The third cell vector along z, the first in the xz plane. Atoms keep their arrays.
    """
    symmetry = symmetry_of(atoms) if symmetry is None else symmetry
    model = in_cell(atoms, symmetry, zone_vectors(symmetry, atoms.cell.array, zone))
    # Axes turned round so that ASE, which puts the first vector along x, puts the third along z.
    a, b, c, alpha, beta, gamma = cell_to_cellpar(model.cell.array)
    turned = cellpar_to_cell([c, a, b, gamma, alpha, beta])  # c along x, a in the xy plane
    axes = turned[:, [1, 2, 0]][[1, 2, 0]]  # x, y, z become z, x, y
    axes[abs(axes) < 1e-10] = 0.0
    model.set_cell(axes, scale_atoms=True)
    return model
