"""Orientation relationships of two crystals, a film on a substrate.

An orientation relationship is one rotation ``R``. It takes the Cartesian components of a vector in
the frame of the film to those in the frame of the substrate, ``v_substrate = R v_film``; both
frames are the ones in which the cell vectors of the two lattices are given (for a library crystal,
a along x and b in the xy plane). Substrate and film may as well be parent and product.

Euler angles are Bunge's φ1, Φ, φ2 (rotations about z, x and z) of the film in the frame of the
substrate; quaternions are (w, x, y, z) of the same rotation.

Orientations that the point groups make equivalent are its *variants*: ``S R F`` with an operation
``S`` of the substrate and ``F`` of the film, and a determinant of +1. An improper ``S`` therefore
counts if the film has an improper operation to go with it: a chiral film cannot be mirrored. Films
that a rotation of their own point group takes into each other are the same.

References
----------
H.-J. Bunge, Texture Analysis in Materials Science (1982); C. Cayron, Acta Cryst. A 62, 21 (2006),
doi:10.1107/S010876730503686X (number of variants as a number of cosets).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import polar
from scipy.spatial.transform import Rotation

from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import DirectionPair, PlanePair, as_directions, as_planes
from ionsmith.lattice.miller import Direction, Plane, zone_law

Indices = TypeVar("Indices", Plane, Direction)

ZONE_TOLERANCE = 1.0
"""Largest angle in degrees between a direction and the plane that it is given with."""

VARIANT_TOLERANCE = 0.1
"""Angle in degrees below which two variants are the same."""


@dataclass(frozen=True)
class ZoneLaw:
    """Whether the direction of one crystal lies in its plane.

    Parameters
    ----------
    crystal
        Name of the crystal.
    plane, direction
        The two, as text.
    value
        h u + k v + l w.
    deviation
        Angle of the direction out of the plane in degrees, 0 to 90.
    exact
        Whether the zone law holds exactly.
    """

    crystal: str
    plane: str
    direction: str
    value: int
    deviation: float
    exact: bool


@dataclass(frozen=True)
class AxisAngle:
    """A rotation as axis and angle.

    Parameters
    ----------
    angle
        In degrees, 0 to 180.
    axis
        Unit vector, the same numbers in both Cartesian frames; None for no rotation.
    axis_substrate, axis_film
        The axis as a direction [uvw] of each crystal, the largest index 1; None for no rotation.
    """

    angle: float
    axis: tuple[float, ...] | None
    axis_substrate: tuple[float, ...] | None
    axis_film: tuple[float, ...] | None


@dataclass(frozen=True, eq=False)
class Variant:
    """One of the equivalent orientations of the film.

    Parameters
    ----------
    rotation
        From the frame of the film to that of the substrate, shape (3, 3).
    angle_to_first
        Smallest angle in degrees between a film of the first variant and one of this.
    planes, directions
        The parallel planes and directions of the variant, substrate first, if the relationship
        was given by some.
    """

    rotation: NDArray[np.float64]
    angle_to_first: float
    planes: tuple[Plane, Plane] | None
    directions: tuple[Direction, Direction] | None


@dataclass(frozen=True, eq=False)
class OrientationRelationship:
    """Orientation of a film on a substrate.

    Parameters
    ----------
    substrate, film
        The two crystals.
    rotation
        From the Cartesian frame of the film to that of the substrate, shape (3, 3). A matrix with
        rounding errors up to 1e-3 is replaced by the nearest rotation.
    planes, directions
        The parallel planes and directions that define it, substrate first, or None.

    Raises
    ------
    InvalidOrientation
        If the matrix is not a rotation.
    """

    substrate: CrystalLattice
    film: CrystalLattice
    rotation: NDArray[np.float64]
    planes: tuple[Plane, Plane] | None = None
    directions: tuple[Direction, Direction] | None = None

    def __post_init__(self) -> None:
        matrix = np.array(self.rotation, dtype=float)
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
            raise InvalidOrientation("a rotation matrix has three rows of three finite numbers")
        off = abs(matrix @ matrix.T - np.eye(3)).max()
        if off > 1e-3 or np.linalg.det(matrix) < 0:
            raise InvalidOrientation(
                f"the matrix is not a rotation: it must be orthogonal (error {off:.2g}) with "
                f"determinant +1 (here {np.linalg.det(matrix):.3f}); it maps Cartesian vectors of "
                "the film, not indices, onto those of the substrate"
            )
        object.__setattr__(self, "rotation", polar(matrix)[0])

    @classmethod
    def from_parallel(
        cls,
        substrate: CrystalLattice,
        film: CrystalLattice,
        planes: PlanePair,
        directions: DirectionPair,
        *,
        tolerance: float = ZONE_TOLERANCE,
    ) -> Self:
        """Relationship in which two planes and two directions are parallel.

        The planes are exactly parallel; a direction that is not exactly in its plane is projected
        onto it.

        Parameters
        ----------
        substrate, film
            The two crystals.
        planes, directions
            One of each crystal, the substrate's first, or both as ``"(hkl)||(hkl)"`` and
            ``"[uvw]||[uvw]"``. Their signs matter.
        tolerance
            Largest angle in degrees between a direction and its plane.

        Raises
        ------
        InvalidOrientation
            If a direction is further out of its plane than the tolerance.
        InvalidIndices
            If four indices are given on axes that are not hexagonal.
        """
        planes, directions = as_planes(planes), as_directions(directions)
        frames = []
        for crystal, plane, direction in zip((substrate, film), planes, directions, strict=True):
            crystal.lattice.check(plane)
            crystal.lattice.check(direction)
            law = _zone_law(crystal, plane, direction)
            if not law.deviation <= tolerance:
                raise InvalidOrientation(
                    f"{plane} and {direction} of {crystal.name} contradict each other: the "
                    f"direction is {law.deviation:.2f}° out of the plane (zone law {law.value}), "
                    f"tolerance {tolerance:g}°; give a direction with hu + kv + lw = 0"
                )
            normal = _unit(crystal.lattice.normals(plane.indices))
            along = crystal.lattice.vectors(direction.indices)
            along = _unit(along - (along @ normal) * normal)
            frames.append(np.array([along, np.cross(normal, along), normal]))
        return cls(substrate, film, frames[0].T @ frames[1], planes, directions)

    @classmethod
    def from_matrix(
        cls, substrate: CrystalLattice, film: CrystalLattice, matrix: ArrayLike
    ) -> Self:
        """Relationship from nine numbers, the rotation matrix row by row.

        Raises
        ------
        InvalidOrientation
            If they are not nine finite numbers, or not a rotation.
        """
        values = _numbers(matrix, 9, "matrix elements")
        return cls(substrate, film, np.reshape(values, (3, 3)))

    @classmethod
    def from_euler(
        cls, substrate: CrystalLattice, film: CrystalLattice, angles: Sequence[float]
    ) -> Self:
        """Relationship from Bunge's Euler angles φ1, Φ, φ2 in degrees."""
        values = _numbers(angles, 3, "Euler angles")
        return cls(substrate, film, Rotation.from_euler("ZXZ", values, degrees=True).as_matrix())

    @classmethod
    def from_quaternion(
        cls, substrate: CrystalLattice, film: CrystalLattice, quaternion: Sequence[float]
    ) -> Self:
        """Relationship from a quaternion (w, x, y, z), which need not be normalised."""
        w, x, y, z = _numbers(quaternion, 4, "quaternion components")
        if not any((w, x, y, z)):
            raise InvalidOrientation("a quaternion of zeros is not a rotation")
        return cls(substrate, film, Rotation.from_quat([x, y, z, w]).as_matrix())

    @cached_property
    def zone_laws(self) -> tuple[ZoneLaw, ZoneLaw] | None:
        """Zone laws of the plane and direction of substrate and film, None without them."""
        if self.planes is None or self.directions is None:
            return None
        return (
            _zone_law(self.substrate, self.planes[0], self.directions[0]),
            _zone_law(self.film, self.planes[1], self.directions[1]),
        )

    @cached_property
    def quaternion(self) -> tuple[float, ...]:
        """The rotation as (w, x, y, z), w not negative."""
        x, y, z, w = Rotation.from_matrix(self.rotation).as_quat(canonical=True)
        return float(w), float(x), float(y), float(z)

    @cached_property
    def euler(self) -> tuple[float, float, float]:
        """Bunge's Euler angles φ1, Φ, φ2 in degrees, φ2 zero where Φ is 0 or 180."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Gimbal lock")
            angles = Rotation.from_matrix(self.rotation).as_euler("ZXZ", degrees=True)
        first, tilt, second = (float(angle) for angle in np.round(angles, 10) + 0.0)
        return first % 360, tilt, second % 360

    @cached_property
    def transformation(self) -> NDArray[np.float64]:
        """Matrix T that gives directions of the film in indices of the substrate, ``T u``."""
        matrix = np.linalg.inv(self.substrate.lattice.cell.T) @ self.rotation
        return np.asarray(matrix @ self.film.lattice.cell.T, dtype=float)

    @cached_property
    def misorientation(self) -> AxisAngle:
        """The rotation from frame to frame as axis and angle."""
        return self._axis_angle(self.rotation)

    @cached_property
    def disorientation(self) -> AxisAngle:
        """The smallest of all symmetry-equivalent rotations.

        Between crystals of different axes it is the angle of their Cartesian frames. Of equivalent
        axes, the one with the least negative components is given, then the largest.
        """
        candidates = np.concatenate(
            [
                np.einsum("aij,jk,bkl->abil", s, self.rotation, f).reshape(-1, 3, 3)
                for s, f in zip(
                    _by_determinant(self.substrate.cartesian_group),
                    _by_determinant(self.film.cartesian_group),
                    strict=True,
                )
            ]
        )
        vectors = np.degrees(Rotation.from_matrix(candidates).as_rotvec())
        angles = np.round(np.linalg.norm(vectors, axis=1), 6)
        smallest = vectors[angles == angles.min()]
        best = np.lexsort((*np.round(smallest.T[::-1], 6), np.round(smallest.min(axis=1), 6)))[-1]
        return self._axis_angle(Rotation.from_rotvec(np.radians(smallest[best])).as_matrix())

    def variants(self) -> tuple[Variant, ...]:
        """All symmetry-equivalent orientations of the film, this one first."""
        proper, _ = _by_determinant(self.film.cartesian_group)
        improper = np.flatnonzero(np.linalg.det(self.film.cartesian_group) < 0)
        kept: list[Variant] = []
        limit = 1 + 2 * np.cos(np.radians(VARIANT_TOLERANCE))  # trace of a rotation by so much
        for number in _identity_first(self.substrate.symmetry.point_group):
            operation = self.substrate.cartesian_group[number]
            partner = _identity_first(self.film.symmetry.point_group)[0]
            if np.linalg.det(operation) < 0:
                if len(improper) == 0:
                    continue
                partner = int(improper[0])
            rotation = operation @ self.rotation @ self.film.cartesian_group[partner]
            others = np.array([variant.rotation for variant in kept]).reshape(-1, 3, 3)
            if (np.einsum("aij,ik,bkj->ab", others, rotation, proper) > limit).any():
                continue
            turn = self._angle_to_this(rotation)
            kept.append(Variant(rotation, turn, *self._labels(number, partner)))
        return tuple(kept)

    def _labels(
        self, substrate: int, film: int
    ) -> tuple[tuple[Plane, Plane] | None, tuple[Direction, Direction] | None]:
        """Parallel planes and directions after the operations of these numbers."""
        if self.planes is None or self.directions is None:
            return None, None
        forward = self.substrate.symmetry.point_group[substrate]
        # The film is turned by F before it is laid down, so its labels change by F⁻¹.
        backward = np.linalg.inv(self.film.symmetry.point_group[film]).round().astype(int)
        return (
            (_image(self.planes[0], forward), _image(self.planes[1], backward)),
            (_image(self.directions[0], forward), _image(self.directions[1], backward)),
        )

    def _angle_to_this(self, rotation: NDArray[np.float64]) -> float:
        """Smallest angle between two films on the substrate, under the film's point group."""
        difference = self.rotation.T @ rotation
        traces = [
            np.einsum("aij,jk,bki->ab", group, difference, group).max()
            for group in _by_determinant(self.film.cartesian_group)
            if len(group)
        ]
        return float(np.degrees(np.arccos(np.clip((max(traces) - 1) / 2, -1, 1))))

    def _axis_angle(self, rotation: NDArray[np.float64]) -> AxisAngle:
        vector = Rotation.from_matrix(rotation).as_rotvec()
        angle = float(np.linalg.norm(vector))
        if angle < 1e-9:
            return AxisAngle(0.0, None, None, None)
        axis = vector / angle
        indices = []
        for crystal in (self.substrate, self.film):
            direct = axis @ np.linalg.inv(crystal.lattice.cell)
            indices.append(tuple(float(index) for index in direct / abs(direct).max()))
        return AxisAngle(
            float(np.degrees(angle)), tuple(float(part) for part in axis), indices[0], indices[1]
        )


def _by_determinant(
    group: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split orthogonal matrices into proper and improper ones."""
    proper = np.linalg.det(group) > 0
    return group[proper], group[~proper]


def _identity_first(group: NDArray[np.int64]) -> list[int]:
    """Order in which variants are tried: the identity, other rotations, then the rest."""
    identity = (group == np.eye(3, dtype=np.int64)).all(axis=(1, 2))
    return [int(i) for i in np.lexsort((-np.linalg.det(group).round(), ~identity))]


def _image(item: Indices, operation: NDArray[np.int64]) -> Indices:
    if isinstance(item, Plane):
        image = np.array(item.indices) @ np.linalg.inv(operation).round().astype(int)
    else:
        image = operation @ np.array(item.indices)
    first, second, third = (int(index) for index in image)
    return type(item)((first, second, third), item.four_index)


def _zone_law(crystal: CrystalLattice, plane: Plane, direction: Direction) -> ZoneLaw:
    value = zone_law(plane, direction)
    rise = abs(float(crystal.lattice.inclination(plane.indices, direction.indices)))
    deviation = rise if value else 0.0
    return ZoneLaw(crystal.name, str(plane), str(direction), value, deviation, value == 0)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))


def _numbers(values: ArrayLike, count: int, name: str) -> list[float]:
    numbers = np.asarray(values, dtype=float).ravel()
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise InvalidOrientation(f"expected {count} finite {name}, not {numbers.tolist()}")
    return [float(value) for value in numbers]
