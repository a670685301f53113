"""Primitive meshes of lattice planes, and how the point group acts on them.

The mesh of a plane is the two-dimensional lattice of all lattice vectors that lie in it, centring
translations included: on a centred lattice it is smaller than the mesh that whole cell vectors
span, three times for most planes of a rhombohedral lattice in hexagonal axes.

An operation that maps the plane onto itself acts on the mesh as an integer matrix ``B``: it takes
the rows ``v`` to ``B v``. It is *improper* if it changes the hand of the crystal, and
*turning* if it exchanges the two sides of the plane.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import plane_vectors, primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import coprime_indices
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.symmetry import Symmetry, readability

LARGEST_FACET_INDEX = 6
"""Upper limit of the Miller indices of :func:`facets`."""

_TIE = 1e-9  # relative; lengths closer than this are equal by symmetry


Action = tuple[bytes, bytes, bytes]
"""Operations on a mesh and both their flags, as values to look up what follows from them."""


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
        Two mesh vectors as rows in the axes of the cell, shape (2, 3): the shortest ones, at 60 to
        120 degrees, right-handed about the normal ``h a* + k b* + l c*``. Components are
        multiples of those of the centring translations.
    frame
        Cartesian unit vectors as rows, shape (3, 3): along the first mesh vector, at right angles
        to it in the plane, and along the normal.
    basis
        The mesh vectors in that frame, shape (2, 2), in Å.
    members
        Which operations of the point group map the plane onto itself, shape (m,).
    operations
        Their integer matrices on the mesh, shape (m, 2, 2).
    improper, turning
        Whether they change the hand of the crystal, and exchange the sides of the plane, (m,).
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

    @property
    def action(self) -> Action:
        """The operations and both their flags."""
        return self.operations.tobytes(), self.improper.tobytes(), self.turning.tobytes()


class PlaneMeshes(tuple[PlaneMesh, ...]):
    """Several plane meshes, and their values as arrays."""

    @classmethod
    def of(cls, meshes: Iterable[PlaneMesh]) -> Self:
        """Take meshes together."""
        return meshes if isinstance(meshes, cls) else cls(meshes)

    @cached_property
    def basis(self) -> NDArray[np.float64]:
        """Mesh vectors in the frame of each mesh in Å, shape (n, 2, 2)."""
        return np.array([mesh.basis for mesh in self]).reshape(-1, 2, 2)

    @cached_property
    def metrics(self) -> NDArray[np.float64]:
        """Products a·a, a·b and b·b of the mesh vectors in Å², shape (3, n)."""
        products = self.basis @ self.basis.transpose(0, 2, 1)
        return np.asarray(products.reshape(-1, 4).T[[0, 1, 3]])

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """Areas in Å², shape (n,)."""
        first, both, second = self.metrics
        return np.asarray(np.sqrt(first * second - both**2))

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """Mesh vectors in the axes of the cell, shape (n, 2, 3)."""
        return np.array([mesh.vectors for mesh in self])

    @cached_property
    def frames(self) -> NDArray[np.float64]:
        """Cartesian frames, shape (n, 3, 3)."""
        return np.array([mesh.frame for mesh in self])

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """Indices of the planes, shape (n, 3)."""
        return np.array([mesh.plane.indices for mesh in self])

    @cached_property
    def actions(self) -> tuple[tuple[Action, ...], NDArray[np.int64]]:
        """The sets of operations that occur, and the number of that of each mesh, shape (n,)."""
        known: dict[Action, int] = {}
        number = [known.setdefault(mesh.action, len(known)) for mesh in self]
        return tuple(known), np.array(number, dtype=np.int64)


@lru_cache(maxsize=256)
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
    return plane_meshes(crystal, (plane,))[0]


def plane_meshes(crystal: CrystalLattice, planes: Sequence[Plane]) -> PlaneMeshes:
    """Find the primitive meshes of several planes at once; see :func:`plane_mesh`.

    Parameters
    ----------
    crystal
        The crystal.
    planes
        The planes.

    Raises
    ------
    InvalidIndices
        For four indices on axes that are not hexagonal.
    """
    for plane in planes:
        crystal.lattice.check(plane)
    planes = [plane.reduced() for plane in planes]
    indices = np.array([plane.indices for plane in planes], dtype=np.int64).reshape(-1, 3)
    vectors = _shortest(_mesh_vectors(indices, crystal.symmetry), crystal.lattice.metric)
    cartesian = crystal.lattice.vectors(vectors)
    normals = crystal.lattice.normals(indices)
    left = (_cross(cartesian[:, 0], cartesian[:, 1]) * normals).sum(axis=1) < 0
    vectors[left, 1] = 0.0 - vectors[left, 1]
    cartesian[left, 1] *= -1
    along, up = (v / np.linalg.norm(v, axis=1)[:, None] for v in (cartesian[:, 0], normals))
    frames = np.stack([along, _cross(up, along), up], axis=1)
    bases = cartesian @ frames[:, :2].transpose(0, 2, 1)
    group = crystal.symmetry.point_group
    images = (indices @ group).transpose(1, 0, 2)
    kept, turned = ((images == sign * indices[:, None]).all(axis=2) for sign in (1, -1))
    number, members = np.nonzero(kept | turned)
    moved = vectors[number] @ group[members].transpose(0, 2, 1)
    transposed = vectors.transpose(0, 2, 1)
    inverses = transposed @ np.linalg.inv(vectors @ transposed)
    operations = np.round(moved @ inverses[number]).astype(np.int64)
    improper, turning = crystal.symmetry.improper[members], turned[number, members]
    ends = np.cumsum(np.bincount(number, minlength=len(planes))).tolist()
    parts = [slice(*ends_of) for ends_of in zip([0, *ends], ends, strict=False)]
    return PlaneMeshes(
        PlaneMesh(
            crystal=crystal,
            plane=plane,
            vectors=vectors[row],
            frame=frames[row],
            basis=bases[row],
            members=members[part],
            operations=operations[part],
            improper=improper[part],
            turning=turning[part],
        )
        for row, (plane, part) in enumerate(zip(planes, parts, strict=True))
    )


def facets(
    symmetry: Symmetry, max_index: int, *, proper: bool = False, two_sided: bool = False
) -> tuple[Plane, ...]:
    """List the planes up to a Miller index, one of each set of symmetry equivalents.

    Parameters
    ----------
    symmetry
        The space group.
    max_index
        Largest absolute index, 1 to 6, in the axes of the published cell.
    proper
        Whether only rotations make two planes equivalent, and not mirrors or the inversion.
    two_sided
        Whether (hkl) and (-h-k-l) always count as equivalent.

    Returns
    -------
    tuple of Plane
        By rising sum of squares of the indices.

    Raises
    ------
    InvalidInput
        If the largest index is out of range.
    """
    if not 1 <= max_index <= LARGEST_FACET_INDEX:
        raise InvalidInput(
            f"`max_index` must be between 1 and {LARGEST_FACET_INDEX}, not {max_index}"
        )
    group = symmetry.point_group
    if proper:
        group = group[~symmetry.improper]
    if two_sided:
        group = np.concatenate([group, -group])
    planes = coprime_indices(max_index)
    images = group.transpose(2, 0, 1) @ planes.T  # h, k, l apart: (3, operations, planes)
    # Equivalents with larger indices, as hexagonal axes have them, are no candidates for a name.
    inside = abs(images).max(axis=0) <= max_index
    ranks = readability(images.transpose(1, 2, 0), 4 * max_index + 3)
    best = np.where(inside, ranks, np.iinfo(np.int64).min).max(axis=0)
    named = planes[readability(planes, 4 * max_index + 3) == best]
    order = np.lexsort((-readability(named, 4 * max_index + 3), (named**2).sum(axis=1)))
    return tuple(Plane((int(h), int(k), int(m))) for h, k, m in named[order])


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vector products, as numpy.cross takes them, which is far slower for few."""
    later, last = [1, 2, 0], [2, 0, 1]
    return np.asarray(one[:, later] * other[:, last] - one[:, last] * other[:, later])


def _mesh_vectors(planes: NDArray[np.int64], symmetry: Symmetry) -> NDArray[np.float64]:
    """Two vectors that span all lattice vectors in each plane, in the axes of the cell."""
    lattice, denominator = primitive_lattice(symmetry)
    rows = planes @ lattice.T
    rows //= np.gcd.reduce(rows, axis=1)[:, None]
    return np.asarray(plane_vectors(rows) @ lattice / denominator)


def _shortest(vectors: NDArray[np.float64], metric: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lagrange reduction of pairs of vectors, shape (n, 2, 3).

    The angle of each is 60 to 90 degrees, its first vector the shorter one.
    """
    pairs = vectors.copy()
    while True:
        squares = np.einsum("nij,jk,nik->ni", pairs, metric, pairs)
        longer = squares[:, 1] < squares[:, 0] * (1 - _TIE)
        pairs[longer] = pairs[longer, ::-1]
        overlap = np.einsum("nj,jk,nk->n", pairs[:, 0], metric, pairs[:, 1])
        overlap /= squares.min(axis=1)
        again = abs(overlap) > 0.5 + _TIE
        if not again.any():
            break
        pairs[again, 1] -= np.round(overlap[again])[:, None] * pairs[again, 0]
    # The first component that is not zero is positive.
    first = np.argmax(abs(pairs[:, 0]) > _TIE, axis=1)
    sense = np.sign(pairs[np.arange(len(pairs)), 0, first])
    pairs[:, 0] *= sense[:, None]
    pairs[overlap * sense < -_TIE, 1] *= -1
    return np.round(pairs, 12) + 0.0
