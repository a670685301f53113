"""Primitive meshes of lattice planes, and what the point group does to them.

The mesh of a plane is the two-dimensional lattice of all lattice vectors that lie in it, centring
translations included: on a centred lattice it is smaller than the mesh that whole cell vectors
span, three times for most planes of a rhombohedral lattice in hexagonal axes.

An operation that leaves the plane where it is acts on the mesh as a matrix of integers ``B``: it
takes the rows ``v`` to ``B v``. It is *improper* if it changes the hand of the crystal, and
*turning* if it exchanges the two sides of the plane.
"""

from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import IonsmithError
from ionsmith.geometry.cell_vectors import primitive_lattice
from ionsmith.geometry.crystal_lattice import CrystalLattice
from ionsmith.geometry.miller import Plane
from ionsmith.geometry.symmetry import Symmetry, readability

LARGEST_FACET_INDEX = 6
"""Largest Miller index that a list of facets goes up to."""

_TIE = 1e-9  # relative; lengths closer than this are equal by symmetry


@dataclass(frozen=True, eq=False)
class PlaneMesh:
    """The primitive mesh of one lattice plane.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        The plane, without common factor.
    vectors
        Two mesh vectors as rows in the axes of the cell, shape (2, 3): multiples of the centring
        translations. They are as short as can be, at 60 to 120 degrees, and right-handed about
        the normal ``h a* + k b* + l c*``.
    frame
        Cartesian unit vectors as rows, shape (3, 3): along the first mesh vector, at right angles
        to it in the plane, and along the normal.
    basis
        The mesh vectors in that frame, shape (2, 2), in Å.
    members
        Which operations of the point group leave the plane where it is, shape (m,).
    operations
        What these do to the mesh, integers of shape (m, 2, 2).
    improper, turning
        Whether they change the hand of the crystal, and the side of the plane, shape (m,).
    """

    crystal: CrystalLattice
    plane: Plane
    vectors: NDArray[np.float64]
    frame: NDArray[np.float64]
    basis: NDArray[np.float64]
    members: NDArray[np.int64]
    operations: NDArray[np.int64]
    improper: NDArray[np.bool_]
    turning: NDArray[np.bool_]

    @property
    def area(self) -> float:
        """Area of the mesh in Å²."""
        return float(np.linalg.det(self.basis))

    def operation(self, *, turning: bool, improper: bool) -> NDArray[np.int64] | None:
        """One operation of this kind, shape (2, 2), or None."""
        found = np.flatnonzero((self.turning == turning) & (self.improper == improper))
        return self.operations[found[0]] if len(found) else None


def plane_mesh(crystal: CrystalLattice, plane: Plane) -> PlaneMesh:
    """Find the primitive mesh of a plane.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        The plane; a common factor of its indices does not matter.

    Raises
    ------
    InvalidIndices
        For four indices on axes that are not hexagonal.
    """
    crystal.lattice.check(plane)
    plane = plane.reduced()
    vectors = _shortest(_mesh_vectors(plane, crystal.symmetry), crystal.lattice.metric)
    cartesian = crystal.lattice.vectors(vectors)
    normal = crystal.lattice.normals(plane.indices)
    if np.cross(*cartesian) @ normal < 0:
        vectors, cartesian = vectors * [[1], [-1]], cartesian * [[1], [-1]]
    along, normal = (v / np.linalg.norm(v) for v in (cartesian[0], normal))
    frame = np.array([along, np.cross(normal, along), normal])
    indices = np.array(plane.indices)
    group = crystal.symmetry.point_group
    images = indices @ group
    kept, turned = ((images == sign * indices).all(axis=1) for sign in (1, -1))
    members = np.flatnonzero(kept | turned)
    moved = vectors @ group[members].transpose(0, 2, 1)
    inverse = vectors.T @ np.linalg.inv(vectors @ vectors.T)
    operations = np.round(moved @ inverse).astype(np.int64)
    return PlaneMesh(
        crystal=crystal,
        plane=plane,
        vectors=vectors,
        frame=frame,
        basis=cartesian @ frame[:2].T,
        members=members,
        operations=operations,
        improper=np.linalg.det(group[members]) < 0,
        turning=turned[members],
    )


def facets(
    symmetry: Symmetry, max_index: int, *, proper: bool = False, two_sided: bool = False
) -> tuple[Plane, ...]:
    """List one plane of each orientation up to a Miller index that symmetry does not repeat.

    Parameters
    ----------
    symmetry
        The space group.
    max_index
        Largest absolute index, 1 to 6, in the axes of the published cell.
    proper
        Whether only rotations make two planes equivalent, and not mirrors or the inversion.
    two_sided
        Whether (hkl) and (-h-k-l) are the same in any case.

    Returns
    -------
    tuple of Plane
        By rising sum of squares of the indices.

    Raises
    ------
    IonsmithError
        If the largest index is out of range.
    """
    if not 1 <= max_index <= LARGEST_FACET_INDEX:
        raise IonsmithError(
            f"the largest Miller index is between 1 and {LARGEST_FACET_INDEX}, not {max_index}"
        )
    group = symmetry.point_group
    if proper:
        group = group[np.linalg.det(group) > 0]
    if two_sided:
        group = np.unique(np.concatenate([group, -group]), axis=0)
    span = range(-max_index, max_index + 1)
    planes = np.array([h for h in product(span, repeat=3) if gcd(*h) == 1])
    images = (planes @ group).transpose(1, 0, 2)
    # Equivalents with larger indices, as hexagonal axes have them, are no candidates for a name.
    inside = abs(images).max(axis=2) <= max_index
    ranks = np.where(inside, readability(images, 4 * max_index + 3), np.iinfo(np.int64).min)
    named = planes[readability(planes, 4 * max_index + 3) == ranks.max(axis=1)]
    order = np.lexsort((-readability(named, 4 * max_index + 3), (named**2).sum(axis=1)))
    return tuple(Plane((int(h), int(k), int(m))) for h, k, m in named[order])


def _mesh_vectors(plane: Plane, symmetry: Symmetry) -> NDArray[np.float64]:
    """Two vectors that span all lattice vectors in a plane, in the axes of the cell."""
    lattice, denominator = primitive_lattice(symmetry)
    h, k, m = (int(value) for value in lattice @ plane.indices)
    common = gcd(h, k, m)
    h, k, m = h // common, k // common, m // common
    first = gcd(h, k)
    if first == 0:
        null = [[1, 0, 0], [0, 1, 0]]
    else:
        x, y = _bezout(h, k)
        null = [[k // first, -h // first, 0], [-x * m, -y * m, first]]
    return np.array(null) @ lattice / denominator


def _bezout(first: int, second: int) -> tuple[int, int]:
    """Integers x, y with ``x first + y second = gcd(first, second)``."""
    a, b = (first, 1, 0), (second, 0, 1)
    while b[0]:
        factor = a[0] // b[0]
        a, b = b, (a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2])
    return (a[1], a[2]) if a[0] > 0 else (-a[1], -a[2])


def _shortest(vectors: NDArray[np.float64], metric: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lagrange reduction; the angle is 60 to 90 degrees, the first vector the shorter one."""
    a, b = vectors
    while True:
        if b @ metric @ b < a @ metric @ a * (1 - _TIE):
            a, b = b, a
        overlap = (a @ metric @ b) / (a @ metric @ a)
        if abs(overlap) <= 0.5 + _TIE:
            break
        b = b - np.round(overlap) * a
    pair = np.array([_upright(a), b if overlap * _sense(a) >= -_TIE else -b])
    return np.round(pair, 12) + 0.0


def _sense(vector: NDArray[np.float64]) -> int:
    """Sign of the first component that is not zero."""
    return int(np.sign(vector[np.flatnonzero(abs(vector) > _TIE)[0]]))


def _upright(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector * _sense(vector)
