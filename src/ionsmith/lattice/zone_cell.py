"""A crystal set up with its third cell vector along a direction, parallel to z."""

import numpy as np
from ase import Atoms
from ase.geometry import cell_to_cellpar, cellpar_to_cell
from numpy.typing import NDArray

from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

_REACH = 4  # primitive vectors are combined up to so many times
_SQUARE = 1e-6


def zone_vectors(
    symmetry: Symmetry, cell: NDArray[np.float64], zone: Direction
) -> NDArray[np.float64]:
    """Cell vectors of which the third is the period along a direction.

    Along an axis of the cell, the other two are its other axes. Else they are the shortest lattice
    vectors at right angles to the direction, and where there are no two, the shortest of all.

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
    steps = index_grid(-_REACH, _REACH)
    vectors = steps @ primitive
    period = np.linalg.norm(along @ cell)
    normal = along @ cell / period
    vectors = vectors - np.round(vectors @ cell @ normal / period)[:, None] * along
    cartesian = vectors @ cell
    upright = abs(cartesian @ normal) < _SQUARE
    lengths = np.round(np.linalg.norm(cartesian, axis=1), 6)
    order = np.lexsort((*np.round(-vectors.T, 6), lengths))
    pair = _two_shortest(vectors, cartesian, order[upright[order]], normal)
    if pair is None:
        pair = _two_shortest(vectors, cartesian, order, normal)
    assert pair is not None
    found = np.array([*pair, along])
    if np.linalg.det(found @ cell) < 0:
        found[1] *= -1
    return found


def _two_shortest(
    vectors: NDArray[np.float64],
    cartesian: NDArray[np.float64],
    order: NDArray[np.int64],
    normal: NDArray[np.float64],
) -> list[NDArray[np.float64]] | None:
    """Take the first two vectors in an order that are not parallel seen along the normal."""
    flat = cartesian[order] - (cartesian[order] @ normal)[:, None] * normal
    some = np.flatnonzero(np.linalg.norm(flat, axis=1) > _SQUARE)
    if len(some) == 0:
        return None
    area = abs(np.cross(flat[some[0]], flat) @ normal)
    other = np.flatnonzero(area > _SQUARE)
    return None if len(other) == 0 else [vectors[order[some[0]]], vectors[order[other[0]]]]


def zone_cell(atoms: Atoms, zone: Direction) -> Atoms:
    """Set up a crystal in a cell whose third vector is its period along a direction.

    Parameters
    ----------
    atoms
        One cell of the crystal, ordered.
    zone
        The direction, in the axes of that cell.

    Returns
    -------
    Atoms
        The third cell vector along z, the first in the xz plane. Atoms keep their arrays.
    """
    symmetry = symmetry_of(atoms)
    model = in_cell(atoms, symmetry, zone_vectors(symmetry, atoms.cell.array, zone))
    # Axes turned round so that ASE, which puts the first vector along x, puts the third along z.
    a, b, c, alpha, beta, gamma = cell_to_cellpar(model.cell.array)
    turned = cellpar_to_cell([c, a, b, gamma, alpha, beta])  # c along x, a in the xy plane
    axes = turned[:, [1, 2, 0]][[1, 2, 0]]  # x, y, z become z, x, y
    axes[abs(axes) < 1e-10] = 0.0
    model.set_cell(axes, scale_atoms=True)
    return model
