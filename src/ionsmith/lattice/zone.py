"""Zone axes: the direction of a beam in a crystal, the axes of a picture, a cell along a direction.

A beam is parallel to a lattice direction ``[uvw]`` (the zone axis) or to the normal of a plane
``(hkl)``. The two coincide in cubic crystals and, for ``(001)`` and ``[001]``, in a few others; in
general no lattice direction is parallel to the normal of a plane.

The zone axis points from the crystal to the source, so the electrons travel along ``-z``. Frames
are right-handed with z along the zone axis: seen from the source, x points to the right and y up.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import cell_to_cellpar, cellpar_to_cell
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike, as_indices
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

EXACT = 1e-4
"""Angle in degrees below which a direction counts as a lattice direction."""

NEAR = 1.0
"""Largest angle in degrees between a beam and the zone axis that it is labelled with."""

_LONGEST = 30  # largest index of a zone axis that is tried
_REACH = 4  # primitive vectors are combined up to so many times
_SQUARE = 1e-6


@dataclass(frozen=True)
class Zone:
    """The direction of a beam in one crystal.

    Parameters
    ----------
    label
        Direction or plane normal that the beam is parallel to, as text.
    axis
        Smallest lattice direction [uvw] within a degree of it, or None.
    deviation
        Angle in degrees between the beam and that direction, or None.
    vector
        Unit vector from the crystal to the source, in the crystal's Cartesian frame.
    """

    label: str
    axis: tuple[int, int, int] | None
    deviation: float | None
    vector: tuple[float, float, float]

    @classmethod
    def of(cls, crystal: CrystalLattice, along: IndicesLike) -> "Zone":
        """Beam along a direction [uvw], or along the normal of a plane (hkl).

        Raises
        ------
        InvalidIndices
            For malformed indices, or four indices on axes that are not hexagonal.
        """
        along = as_indices(along, Direction)
        crystal.lattice.check(along)
        if isinstance(along, Direction):
            shortest = along.reduced()
            vector = _unit(crystal.lattice.vectors(shortest.indices))
            return cls(str(shortest), shortest.indices, 0.0, vector)
        vector = _unit(crystal.lattice.normals(along.indices))
        axis, deviation = _near_direction(crystal, vector)
        return cls(f"normal of {along.reduced()}", axis, deviation, vector)

    @classmethod
    def parallel_to(cls, crystal: CrystalLattice, vector: ArrayLike) -> "Zone":
        """Beam along a Cartesian vector in the frame of the crystal."""
        beam = _unit(np.asarray(vector, dtype=float))
        axis, deviation = _near_direction(crystal, beam)
        if axis is None:
            direct = np.asarray(beam) @ np.linalg.inv(crystal.lattice.cell)
            shown = ",".join(f"{index:.3f}" for index in direct / abs(direct).max())
            return cls(f"[{shown}]", None, None, beam)
        label = str(Direction(axis))
        if deviation:
            label = f"{deviation:.2g}° off {label}"
        return cls(label, axis, deviation, beam)


def _near_direction(
    crystal: CrystalLattice, vector: ArrayLike
) -> tuple[tuple[int, int, int] | None, float | None]:
    """Lattice direction of lowest indices along a vector, or within a degree, and their angle."""
    direct = np.asarray(vector, dtype=float) @ np.linalg.inv(crystal.lattice.cell)
    multiples = np.arange(1, _LONGEST + 1)[:, None] * direct / abs(direct).max()
    tried = np.round(multiples).astype(np.int64)
    deviations = angle(crystal.lattice.vectors(tried), vector)
    for tolerance in (EXACT, NEAR):
        found = np.flatnonzero(deviations <= tolerance)
        if len(found):
            u, v, w = (int(index) for index in tried[found[0]])
            deviation = 0.0 if tolerance == EXACT else float(deviations[found[0]])
            return Direction((u, v, w)).reduced().indices, deviation
    return None, None


def beam_frame(zone: ArrayLike, x_axis: ArrayLike | None = None) -> NDArray[np.float64]:
    """Axes of a picture, seen from the source of the beam.

    Parameters
    ----------
    zone
        Vector from the crystal to the source, shape (3,).
    x_axis
        Vector whose projection is along x; by default any vector perpendicular to the zone.

    Returns
    -------
    ndarray
        Unit vectors x, y, z as rows, shape (3, 3).

    Raises
    ------
    InvalidOrientation
        If the x axis is parallel to the zone.
    """
    upwards = _unit(np.asarray(zone, dtype=float))
    z = np.asarray(upwards)
    if x_axis is None:
        x_axis = np.eye(3)[abs(z).argmin()]
    x = np.asarray(x_axis, dtype=float)
    across = x - (x @ z) * z
    if np.linalg.norm(across) < 1e-6 * np.linalg.norm(x):
        raise InvalidOrientation("`x_axis` is parallel to the beam; choose another one")
    (a, b, c), (d, e, f) = upwards, _unit(across)
    # Their vector product; numpy's takes longer than all the rest.
    return np.array([(d, e, f), (b * f - c * e, c * d - a * f, a * e - b * d), (a, b, c)])


def _unit(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in vector / np.linalg.norm(vector))
    return x, y, z


def zone_vectors(
    symmetry: Symmetry, cell: NDArray[np.float64], zone: Direction
) -> NDArray[np.float64]:
    """Right-handed cell vectors [uvw] of which the third is the period along a direction.

    Along an axis of the cell, the other two are its other axes. Otherwise they are the shortest
    lattice vectors perpendicular to the direction or, if there are no two, the shortest of all.

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
        Rows [uvw], shape (3, 3).
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
    """Set up a crystal in a cell whose third vector is the period along a direction.

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
