"""What an orientation relationship says: zone laws, rotation, variants, nearly parallel indices.

The conventions are those of :mod:`ionsmith.lattice.orientation`. The *misorientation* is the angle
and axis of the rotation itself, the *disorientation* those of the smallest rotation that symmetry
makes equivalent to it. Nearly parallel planes and directions
(:mod:`ionsmith.analyzers.epitaxy`) are searched up to a largest index: some pair is always nearly
parallel, the more so the larger the indices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.epitaxy._mismatch import DEFINITIONS
from ionsmith.analyzers.epitaxy._parallels import ParallelPair, nearly_parallel, parallel_table
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.orientation import AxisAngle, OrientationRelationship, ZoneLaw
from ionsmith.results import Result, Table


@dataclass(frozen=True)
class VariantRecord:
    """One of the equivalent orientations of the film.

    Parameters
    ----------
    rotation
        From the frame of the film to that of the substrate, three rows.
    angle_to_first
        Smallest angle in degrees between films of this and of the first variant.
    planes, directions
        The parallel pairs of this variant as text, substrate first, if there are any.
    """

    rotation: tuple[tuple[float, ...], ...]
    angle_to_first: float
    planes: tuple[str, str] | None
    directions: tuple[str, str] | None


@dataclass(frozen=True)
class Orientation(Result):
    """An orientation relationship, described.

    Parameters
    ----------
    substrate, film
        The crystals.
    substrate_space_group, film_space_group
        Their space groups and where these come from.
    planes, directions
        The parallel pairs it was made from, substrate first, or None.
    zone_laws
        Of the substrate's and of the film's pair, or None.
    rotation
        Takes Cartesian vectors of the film to those of the substrate, three rows.
    quaternion
        The same as (w, x, y, z).
    euler
        The same as Bunge's φ1, Φ, φ2 in degrees.
    transformation
        Matrix that gives directions of the film in indices of the substrate, three rows.
    misorientation
        The rotation as axis and angle.
    disorientation
        The smallest equivalent rotation under both point groups.
    variant_count
        Number of equivalent orientations of the film.
    variants
        These orientations, this one first.
    parallel_planes, parallel_directions
        Low-index planes and directions that are nearly parallel, by rising angle.
    definitions
        Formulae of the mismatches.
    """

    substrate: str
    film: str
    substrate_space_group: str
    film_space_group: str
    planes: tuple[str, str] | None
    directions: tuple[str, str] | None
    zone_laws: tuple[ZoneLaw, ZoneLaw] | None
    rotation: tuple[tuple[float, ...], ...]
    quaternion: tuple[float, ...]
    euler: tuple[float, float, float]
    transformation: tuple[tuple[float, ...], ...]
    misorientation: AxisAngle
    disorientation: AxisAngle
    variant_count: int
    variants: tuple[VariantRecord, ...]
    parallel_planes: tuple[ParallelPair, ...]
    parallel_directions: tuple[ParallelPair, ...]
    definitions: dict[str, str]

    def tables(self) -> list[Table]:
        """Return the rotation, the zone laws, the variants, and what is nearly parallel."""
        found = [
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
                    ("space group of the substrate", self.substrate_space_group),
                    ("space group of the film", self.film_space_group),
                    ("number of variants", str(self.variant_count)),
                ],
            ),
        ]
        if self.zone_laws is not None:
            found.append(
                Table(
                    "",
                    ("crystal", "plane", "direction", "hu + kv + lw", "out of the plane (°)"),
                    [
                        (law.crystal, law.plane, law.direction, law.value, round(law.deviation, 3))
                        for law in self.zone_laws
                    ],
                )
            )
        if self.planes is not None:
            found.append(
                Table(
                    "Variants",
                    ("variant", "planes", "directions", "angle to the first (°)"),
                    [
                        (number, *map(_pair, (v.planes, v.directions)), round(v.angle_to_first, 2))
                        for number, v in enumerate(self.variants, start=1)
                    ],
                )
            )
        found.append(parallel_table("Nearly parallel planes", "d", self.parallel_planes))
        found.append(
            parallel_table("Nearly parallel directions", "length", self.parallel_directions)
        )
        return found


def describe_orientation(
    relationship: OrientationRelationship,
    *,
    max_index: int = 3,
    within: float = 2.0,
    d_min: float = 1.0,
) -> Orientation:
    """Describe an orientation relationship.

    Parameters
    ----------
    relationship
        How the film lies on the substrate.
    max_index
        Largest index of the nearly parallel planes and directions that are listed (3 by default).
    within
        Largest angle in degrees between them (2 by default).
    d_min
        Smallest spacing in Å of such planes on either side (1 by default).

    Raises
    ------
    InvalidInput
        If ``max_index`` is not 1 to 6, or ``within`` is not 0 to 45 degrees.

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
    >>> found = describe_orientation(relationship)
    >>> found.variant_count, f"{found.disorientation.angle:.1f}°"
    (4, '71.6°')
    """
    variants = relationship.variants()
    return Orientation(
        substrate=relationship.substrate.name,
        film=relationship.film.name,
        substrate_space_group=relationship.substrate.space_group,
        film_space_group=relationship.film.space_group,
        planes=_labels(relationship.planes),
        directions=_labels(relationship.directions),
        zone_laws=relationship.zone_laws,
        rotation=_rows(relationship.rotation),
        quaternion=relationship.quaternion,
        euler=relationship.euler,
        transformation=_rows(relationship.transformation),
        misorientation=relationship.misorientation,
        disorientation=relationship.disorientation,
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
        parallel_planes=nearly_parallel(
            relationship, Plane, max_index=max_index, within=within, d_min=d_min
        ),
        parallel_directions=nearly_parallel(
            relationship, Direction, max_index=max_index, within=within
        ),
        definitions={name: DEFINITIONS[name].formula for name in ("substrate", "film")},
    )


def _labels(
    pair: tuple[Plane, Plane] | tuple[Direction, Direction] | None,
) -> tuple[str, str] | None:
    return None if pair is None else (str(pair[0]), str(pair[1]))


def _pair(labels: tuple[str, str] | None) -> str:
    return "" if labels is None else " || ".join(labels)


def _rows(matrix: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in matrix)


def _row(values: tuple[float, ...], digits: int) -> str:
    return " ".join(f"{value:.{digits}f}" for value in values)


def _axis_angle(rotation: AxisAngle) -> str:
    if rotation.axis_substrate is None or rotation.axis_film is None:
        return "0°: the frames coincide"
    return (
        f"{rotation.angle:.3f}° about [{_row(rotation.axis_substrate, 3)}] of the substrate, "
        f"[{_row(rotation.axis_film, 3)}] of the film"
    )
