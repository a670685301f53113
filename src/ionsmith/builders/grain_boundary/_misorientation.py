"""Misorientations of two grains, and the cell that both have in common in the boundary.

The second grain is the first one turned by a rotation. A boundary is *symmetric* if the rotation is
one by 180° about its normal: it maps every lattice plane that is parallel to the boundary onto
itself, so that both grains have one mesh whatever the crystal (a twin of type I, in crystals with a
centre the mirror image of the first grain). Other rotations must be found: those about an axis that
bring a lattice vector perpendicular to it onto another one.

Reference: A. P. Sutton, R. W. Balluffi, Interfaces in Crystalline Materials (1995), chapter 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.orientation import AxisAngle, OrientationRelationship
from ionsmith.lattice.own_boundary import own_boundary
from ionsmith.surfaces.plane_mesh import PlaneMesh, plane_mesh

BoundaryKind = Literal["symmetric tilt", "symmetric twist", "twist", "asymmetric tilt", "mixed"]

SAME_TURN = 0.02
"""Angle in degrees below which two rotations, or a rotation axis and a direction, are the same."""

LARGEST_INDEX = 60
"""Of the plane of the second grain."""

MOST_POINTS = 1500
"""Mesh points between which rotations about an axis are looked for."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Misorientation:
    """Two grains that have a cell in common in their boundary.

    Parameters
    ----------
    crystal
        The crystal.
    planes
        Plane of each grain, both normals pointing from the first grain to the second.
    rotation
        Orthogonal matrix that turns the first grain into the second, shape (3, 3), in the frame of
        the crystal.
    vectors
        Vectors of the common cell in the axes of each grain, [uvw], shape (2, 2, 3).
    deformation
        In-plane deformation that brings the cell of the second grain onto that of the first, shape
        (3, 3), in the frame of the boundary.
    """

    crystal: CrystalLattice
    planes: tuple[Plane, Plane]
    rotation: Floats
    vectors: Floats
    deformation: Floats

    @cached_property
    def frame(self) -> Floats:
        """Unit vectors as rows: along the first cell vector, across it, and along the normal."""
        along = self.crystal.lattice.vectors(self.vectors[0, 0])
        normal = self.crystal.lattice.normals(self.planes[0].indices)
        x, z = along / np.linalg.norm(along), normal / np.linalg.norm(normal)
        return np.array([x, np.cross(z, x), z])

    @cached_property
    def cell(self) -> Floats:
        """Vectors of the common cell in the boundary, in Å, shape (2, 2)."""
        return np.asarray(self.crystal.lattice.vectors(self.vectors[0]) @ self.frame.T)[:, :2]

    @property
    def area(self) -> float:
        """Area of the common cell in Å²."""
        return float(np.linalg.det(self.cell))

    @property
    def strain(self) -> float:
        """Largest principal strain of the second grain, a fraction."""
        stretches = np.linalg.svd(self.deformation[:2, :2], compute_uv=False)
        return float(abs(stretches - 1).max())

    @cached_property
    def shift_cell(self) -> Floats:
        """Cell of the inequivalent shifts of one grain along the other, in Å, shape (2, 2).

        Its lattice is spanned by the mesh vectors of both grains.
        """
        meshes = [
            np.array(mesh.vectors) @ self.crystal.lattice.cell @ turn.T @ self.frame.T
            for mesh, turn in zip(self._meshes, (np.eye(3), self.rotation), strict=True)
        ]
        meshes[1] = meshes[1] @ self.deformation.T
        first, second = (np.asarray(np.linalg.inv(mesh[:, :2]).T) for mesh in meshes)
        copies = [self.area / mesh.area for mesh in self._meshes]
        found = common_lattice(
            first, second, 1.01 * max(copies) / min(mesh.area for mesh in self._meshes), 1e-5
        )
        rows = np.eye(2) @ self.cell if found is None else np.linalg.inv(found[0] @ first).T
        return reduced(rows)

    @cached_property
    def _meshes(self) -> tuple[PlaneMesh, PlaneMesh]:
        return plane_mesh(self.crystal, self.planes[0]), plane_mesh(self.crystal, self.planes[1])

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether the grains are images of each other by 180° about the normal."""
        return any(_angle(turn.T @ half_turn(self.frame[2])) < SAME_TURN for turn in self._turns)

    @cached_property
    def is_perfect(self) -> bool:
        """Whether the rotation belongs to the point group: both lattices and motifs coincide."""
        return any(_angle(turn) < SAME_TURN for turn in self._turns)

    @cached_property
    def sigma(self) -> int | None:
        """Σ of the coincidence site lattice; None if there is none up to Σ = 49."""
        found = own_boundary(self.crystal, self.crystal, self.rotation)
        return None if found is None else found.sigma

    @cached_property
    def _turns(self) -> list[Floats]:
        """All rotations that turn the first grain into the second."""
        group = self.crystal.cartesian_group
        return [self.rotation @ operation for operation in group[np.linalg.det(group) > 0]]

    @cached_property
    def kind(self) -> BoundaryKind:
        """What kind of boundary it is, by all rotations that the point group makes equivalent."""
        tilt, twist = self._about(in_plane=True), self._about(in_plane=False)
        if self.is_symmetric:
            assert twist is not None
            is_tilt = tilt is not None and _angle(tilt) < min(_angle(twist) + SAME_TURN, 179.9)
            return "symmetric tilt" if is_tilt else "symmetric twist"
        if twist is not None:
            return "twist"
        return "mixed" if tilt is None else "asymmetric tilt"

    @cached_property
    def turn(self) -> tuple[float, str]:
        """Angle in degrees and axis [uvw] of the rotation that names the boundary."""
        best = None if self.kind == "mixed" else self._about(in_plane="tilt" in self.kind)
        vector = min(self._turns, key=_angle) if best is None else best
        rotation = Rotation.from_matrix(vector).as_rotvec(degrees=True)
        angle = float(np.linalg.norm(rotation))
        return angle, _axis_text(rotation, self.crystal)

    def _about(self, *, in_plane: bool) -> Floats | None:
        """Smallest equivalent rotation with its axis in the boundary, or along its normal."""
        found = []
        for turn in self._turns:
            vector = Rotation.from_matrix(turn).as_rotvec()
            size = float(np.linalg.norm(vector))
            if size < np.radians(SAME_TURN):
                continue
            rise = abs(float(vector @ self.frame[2])) / size
            sine = rise if in_plane else float(np.sqrt(max(0.0, 1 - rise**2)))
            if sine < np.radians(SAME_TURN):
                found.append((round(np.degrees(size), 4), tuple(np.round(vector, 6)), turn))
        return min(found, key=lambda item: item[:2])[2] if found else None

    @cached_property
    def disorientation(self) -> AxisAngle:
        """The smallest of all rotations that symmetry makes equivalent."""
        return OrientationRelationship(self.crystal, self.crystal, self.rotation).disorientation


def half_turn(normal: Floats) -> Floats:
    """Rotation by 180° about a unit vector."""
    return np.asarray(2 * np.outer(normal, normal) - np.eye(3))


def turn_about(axis: Floats, angle: float) -> Floats:
    """Rotation about a vector by an angle in degrees."""
    unit = axis / np.linalg.norm(axis)
    return np.asarray(Rotation.from_rotvec(unit * angle, degrees=True).as_matrix())


def misorientation(
    crystal: CrystalLattice, plane: Plane, rotation: Floats, max_area: float, max_strain: float
) -> Misorientation | None:
    """Find the common cell of two grains, or None within limits of area in Å² and strain."""
    mesh = plane_mesh(crystal, plane)
    other = parallel_plane(crystal, rotation.T @ mesh.frame[2], max(max_strain, 1e-4))
    if other is None:
        return None
    mesh_2 = plane_mesh(crystal, other)
    turned = mesh_2.vectors @ crystal.lattice.cell @ rotation.T @ mesh.frame.T
    found = common_lattice(mesh.basis, turned[:, :2], max_area, max_strain)
    if found is None:
        return None
    first, second = found
    vectors = np.array([first @ mesh.vectors, second @ mesh_2.vectors])
    cells = first @ mesh.basis, second @ turned[:, :2]
    # In the frame of the boundary the first cell vector is along x.
    along = cells[0][0] / np.linalg.norm(cells[0][0])
    frame = np.array([along, (-along[1], along[0])])
    deformation = np.eye(3)
    deformation[:2, :2] = np.linalg.solve(cells[1] @ frame.T, cells[0] @ frame.T).T
    result = Misorientation(crystal, (plane, other), rotation, vectors, deformation)
    return result if result.strain <= max_strain else None


def parallel_plane(crystal: CrystalLattice, normal: Floats, tolerance: float) -> Plane | None:
    """Lattice plane with a normal, within an angle in radians; None if there is none."""
    along = crystal.lattice.cell @ normal
    along = along / abs(along).max()
    for largest in range(1, LARGEST_INDEX + 1):
        indices = np.rint(largest * along).astype(int)
        own = crystal.lattice.normals(indices)
        own = own / np.linalg.norm(own)
        if np.linalg.norm(own - normal) < tolerance:
            return Plane((int(indices[0]), int(indices[1]), int(indices[2]))).reduced()
    return None


def turns_about(
    crystal: CrystalLattice, axis: Direction, max_area: float
) -> Iterator[tuple[float, float]]:
    """Angles in degrees about an axis at which mesh points across it coincide, by rising length.

    Each comes with the length of the shortest vector in Å that is brought onto another one. Without
    a lattice plane across the axis there is none.
    """
    direction = crystal.lattice.vectors(axis.indices)
    across = parallel_plane(crystal, direction / np.linalg.norm(direction), 1e-4)
    if across is None:
        return
    mesh = plane_mesh(crystal, across)
    reach = min(
        np.sqrt(2 * max(max_area, 60 * mesh.area)), np.sqrt(MOST_POINTS * mesh.area / np.pi)
    )
    points = _points(mesh.basis, reach) @ mesh.basis
    lengths = np.linalg.norm(points, axis=1)
    order = np.argsort(np.round(lengths, 6), kind="stable")
    points, lengths = points[order], lengths[order]
    azimuths = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    known: set[float] = set()
    starts = np.flatnonzero(np.diff(lengths, prepend=-1.0) > 1e-4 * lengths)
    for start, end in zip(starts, [*starts[1:], len(lengths)], strict=True):
        ring = azimuths[start:end]
        for angle in np.sort(((ring[None] - ring[:, None]) % 360).ravel()).tolist():
            near = round(angle, 3)
            if 0 < near < 360 and near not in known:
                known.add(near)
                yield angle, float(lengths[start])


def common_lattice(
    first: Floats, second: Floats, largest: float, tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Find the smallest cell that two plane lattices share.

    Parameters
    ----------
    first, second
        Vectors of the lattices as rows, shape (2, 2).
    largest
        Largest area of the cell.
    tolerance
        Largest distance of two vectors that count as one, over their length.

    Returns
    -------
    tuple or None
        Cell vectors in the axes of each lattice, integers of shape (2, 2), right-handed.
    """
    shortest = _shared(first, second, float(np.sqrt(1.16 * largest)), tolerance)
    if len(shortest) == 0:
        return None
    base = shortest[0] @ first
    size = float(np.linalg.norm(base))
    candidates = _shared(first, second, max(largest / size, size) + size, tolerance)
    vectors = candidates @ first
    areas = abs(base[0] * vectors[:, 1] - base[1] * vectors[:, 0])
    fits = (areas > 1e-6 * size**2) & (areas <= largest * (1 + 1e-6))
    if not fits.any():
        return None
    # The smallest area, then the shortest vector, then the angle nearest to 90 degrees.
    order = np.lexsort(
        (
            -vectors[fits] @ base,
            np.round(np.linalg.norm(vectors[fits], axis=1), 5),
            np.round(areas[fits], 5),
        )
    )
    rows = np.array([shortest[0], candidates[fits][order[0]]])
    if np.linalg.det(rows @ first) < 0:
        rows[1] *= -1
    return rows, np.rint(rows @ first @ np.linalg.inv(second)).astype(np.int64)


def _points(basis: Floats, reach: float) -> NDArray[np.int64]:
    """Points of a plane lattice within a distance, without the origin, by rising length."""
    bounds = np.floor(reach * np.linalg.norm(np.linalg.inv(basis), axis=0) + 1e-9)
    grid = index_grid(-bounds, bounds)
    lengths = np.linalg.norm(grid @ basis, axis=1)
    inside = (lengths <= reach * (1 + 1e-9)) & grid.any(axis=1)
    grid, lengths = grid[inside], lengths[inside]
    # Of equal lengths the one with the most positive components, so that the same cell is found.
    order = np.lexsort((*-np.round((grid @ basis).T[::-1], 5), np.round(lengths, 5)))
    return np.asarray(grid[order])


def _shared(first: Floats, second: Floats, reach: float, tolerance: float) -> NDArray[np.int64]:
    """Vectors of one lattice that nearly belong to another, by rising length."""
    points = _points(first, reach)
    vectors = points @ first
    nearest = np.rint(vectors @ np.linalg.inv(second)) @ second
    miss = np.linalg.norm(vectors - nearest, axis=1) / np.linalg.norm(vectors, axis=1)
    return np.asarray(points[miss <= tolerance])


def reduced(rows: Floats) -> Floats:
    """Shortest vectors of a plane lattice, right-handed, shape (2, 2)."""
    points = _points(rows, 1.01 * float(np.linalg.norm(rows, axis=1).max()))
    vectors = points @ rows
    base = vectors[0]
    across = abs(base[0] * vectors[:, 1] - base[1] * vectors[:, 0])
    second = vectors[np.flatnonzero(across > 0.5 * abs(np.linalg.det(rows)))[0]]
    cell = np.array([base, second])
    if np.linalg.det(cell) < 0:
        cell[1] *= -1
    return cell


def _angle(rotation: Floats) -> float:
    """Angle of a rotation in degrees."""
    return float(np.degrees(Rotation.from_matrix(rotation).magnitude()))


def _axis_text(vector: Floats, crystal: CrystalLattice) -> str:
    """Line [uvw] of a rotation vector: integers where there are small ones, the first positive."""
    along = vector @ np.linalg.inv(crystal.lattice.cell)
    along = along / abs(along).max()
    along = along * np.sign(along[np.flatnonzero(abs(along) > 1e-3)[0]]) + 0.0
    for largest in range(1, 25):
        indices = largest * along
        if abs(indices - np.rint(indices)).max() < 2e-3 * largest:
            whole = np.rint(indices).astype(int)
            whole = whole // np.gcd.reduce(whole)
            return "[" + ",".join(str(int(index)) for index in whole) + "]"
    return "[" + ",".join(f"{index:.3f}" for index in along) + "]"
