"""Description of an orientation relationship: rotation, variants, nearly parallel indices.

The conventions are those of :mod:`ionsmith.lattice.orientation`. The *misorientation* is the angle
and axis of the rotation itself, the *disorientation* those of the smallest symmetrically equivalent
rotation. Nearly parallel planes and directions are searched up to a largest index, because a nearly
parallel pair can always be found if the indices may be large enough.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.epitaxy._mismatch import DEFINITIONS
from ionsmith.analyzers.epitaxy._parallels import ParallelPair, nearly_parallel, parallel_table
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.orientation import AxisAngle, OrientationRelationship, ZoneLaw
from ionsmith.lattice.own_boundary import OwnBoundary, own_boundary
from ionsmith.results import Result, Table


@dataclass(frozen=True)
class VariantRecord:
    """One of the equivalent orientations of the film.

    Parameters
    ----------
    rotation
        Rotation matrix from the frame of the film to that of the substrate.
    angle_to_first
        Smallest angle in degrees between the films of this and of the first variant.
    parallel_planes, parallel_directions
        The parallel pair of this variant, substrate first; None if not defined.
    """

    rotation: tuple[tuple[float, ...], ...]
    angle_to_first: float
    parallel_planes: tuple[str, str] | None
    parallel_directions: tuple[str, str] | None


@dataclass(frozen=True)
class Orientation(Result):
    """An orientation relationship, its variants, and what it makes nearly parallel.

    Parameters
    ----------
    substrate, film
        Name of the crystal.
    substrate_space_group, film_space_group
        Space group and its source.
    parallel_planes, parallel_directions
        The parallel pair that defines the relationship, substrate first; None for a rotation.
    zone_laws
        Zone law of the plane and direction of either crystal; None for a rotation.
    rotation
        Rotation matrix that takes Cartesian vectors of the film to those of the substrate.
    quaternion
        The rotation as quaternion (w, x, y, z).
    euler
        The rotation as Euler angles φ1, Φ, φ2 (Bunge) in degrees.
    transformation
        Matrix that converts direction indices of the film to those of the substrate.
    misorientation
        The rotation as axis and angle.
    disorientation
        The smallest equivalent rotation under both point groups.
    own_boundary
        What boundary this is if both are the same crystal: none, or one with a Σ; None for two
        crystals, and without coincidence site lattice.
    variant_count
        Number of equivalent orientations of the film.
    variants
        These orientations, the given one first.
    nearly_parallel_planes, nearly_parallel_directions
        Pairs of low indices, by rising angle.
    definitions
        Formulae of the mismatches.
    """

    substrate: str
    film: str
    substrate_space_group: str
    film_space_group: str
    parallel_planes: tuple[str, str] | None
    parallel_directions: tuple[str, str] | None
    zone_laws: tuple[ZoneLaw, ZoneLaw] | None
    rotation: tuple[tuple[float, ...], ...]
    quaternion: tuple[float, ...]
    euler: tuple[float, float, float]
    transformation: tuple[tuple[float, ...], ...]
    misorientation: AxisAngle
    disorientation: AxisAngle
    own_boundary: OwnBoundary | None
    variant_count: int
    variants: tuple[VariantRecord, ...]
    nearly_parallel_planes: tuple[ParallelPair, ...]
    nearly_parallel_directions: tuple[ParallelPair, ...]
    definitions: dict[str, str]

    def tables(self) -> list[Table]:
        """Return the rotation, zone laws, variants, and nearly parallel planes and directions."""
        own = [] if self.own_boundary is None else [("same crystal", str(self.own_boundary))]
        tables = [
            Table(
                f"{self.film} (film) on {self.substrate} (substrate): rotation R of Cartesian "
                "vectors, v_substrate = R v_film",
                ("x", "y", "z"),
                [[round(value, 6) + 0.0 for value in row] for row in self.rotation],
            ),
            Table(
                "",
                ("quantity", "value"),
                [
                    ("Euler angles φ1 Φ φ2, Bunge (°)", _row(self.euler, 3)),
                    ("quaternion w x y z", _row(self.quaternion, 6)),
                    ("misorientation", _axis_angle(self.misorientation)),
                    ("disorientation, both point groups", _axis_angle(self.disorientation)),
                    *own,
                    ("space group of the substrate", self.substrate_space_group),
                    ("space group of the film", self.film_space_group),
                    ("number of variants", str(self.variant_count)),
                ],
            ),
        ]
        if self.zone_laws is not None:
            tables.append(
                Table(
                    "",
                    ("crystal", "plane", "direction", "hu + kv + lw", "out of the plane (°)"),
                    [
                        (law.crystal, law.plane, law.direction, law.value, round(law.deviation, 3))
                        for law in self.zone_laws
                    ],
                )
            )
        if self.parallel_planes is not None:
            tables.append(
                Table(
                    "Variants",
                    ("variant", "planes", "directions", "angle to the first (°)"),
                    [
                        (
                            number,
                            _pair(variant.parallel_planes),
                            _pair(variant.parallel_directions),
                            round(variant.angle_to_first, 2),
                        )
                        for number, variant in enumerate(self.variants, start=1)
                    ],
                )
            )
        tables += [
            parallel_table("Nearly parallel planes", "d", self.nearly_parallel_planes),
            parallel_table("Nearly parallel directions", "length", self.nearly_parallel_directions),
        ]
        return tables


def describe_orientation(
    relationship: OrientationRelationship,
    *,
    max_index: int = 3,
    within: float = 2.0,
    d_min: float = 1.0,
) -> Orientation:
    """Give rotation, variants, and nearly parallel planes of an orientation relationship.

    Parameters
    ----------
    relationship
        Orientation of the film on the substrate.
    max_index
        Largest index of the nearly parallel planes and directions, 1 to 6 (3 by default).
    within
        Largest angle between them, 0 to 45 degrees (2 by default).
    d_min
        Smallest spacing of these planes in either crystal in Å (1 by default).

    Raises
    ------
    InvalidInput
        If ``max_index`` or ``within`` is out of range.

    Examples
    --------
    >>> from ionsmith.analyzers.epitaxy import describe_orientation
    >>> from ionsmith.lattice.miller import parse_directions, parse_planes
    >>> from ionsmith.lattice.orientation import OrientationRelationship
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> relationship = OrientationRelationship.from_parallel(
    ...     read_lattice("lib:nh4vo3"),
    ...     read_lattice("lib:nvp"),
    ...     parse_planes("(1,2,-1)||(2,-1,0)"),
    ...     parse_directions("[0,1,2]||[1,2,-1]"),
    ... )
    >>> orientation = describe_orientation(relationship)
    >>> orientation.variant_count, f"{orientation.disorientation.angle:.1f}°"
    (4, '71.6°')
    """
    variants = relationship.variants()
    return Orientation(
        substrate=relationship.substrate.name,
        film=relationship.film.name,
        substrate_space_group=relationship.substrate.space_group,
        film_space_group=relationship.film.space_group,
        parallel_planes=_labels(relationship.planes),
        parallel_directions=_labels(relationship.directions),
        zone_laws=relationship.zone_laws,
        rotation=_rows(relationship.rotation),
        quaternion=relationship.quaternion,
        euler=relationship.euler,
        transformation=_rows(relationship.transformation),
        misorientation=relationship.misorientation,
        disorientation=relationship.disorientation,
        own_boundary=own_boundary(relationship.substrate, relationship.film, relationship.rotation),
        variant_count=len(variants),
        variants=tuple(
            VariantRecord(
                _rows(variant.rotation),
                variant.angle_to_first,
                _labels(variant.planes),
                _labels(variant.directions),
            )
            for variant in variants
        ),
        nearly_parallel_planes=nearly_parallel(
            relationship, Plane, max_index=max_index, within=within, d_min=d_min
        ),
        nearly_parallel_directions=nearly_parallel(
            relationship, Direction, max_index=max_index, within=within
        ),
        definitions={name: DEFINITIONS[name].formula for name in ("substrate", "film")},
    )


def _labels(
    pair: tuple[Plane, Plane] | tuple[Direction, Direction] | None,
) -> tuple[str, str] | None:
    """Two planes or directions as text."""
    return None if pair is None else (str(pair[0]), str(pair[1]))


def _pair(labels: tuple[str, str] | None) -> str:
    """Both of a parallel pair."""
    return "" if labels is None else " || ".join(labels)


def _rows(matrix: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """A matrix as tuples."""
    return tuple(tuple(row) for row in matrix.tolist())


def _row(values: tuple[float, ...], digits: int) -> str:
    """Numbers with spaces between them."""
    return " ".join(f"{value:.{digits}f}" for value in values)


def _axis_angle(rotation: AxisAngle) -> str:
    """Angle, and axis in both frames."""
    if rotation.axis_substrate is None or rotation.axis_film is None:
        return "0°: the frames coincide"
    return (
        f"{rotation.angle:.3f}° about [{_row(rotation.axis_substrate, 3)}] of the substrate, "
        f"[{_row(rotation.axis_film, 3)}] of the film"
    )
