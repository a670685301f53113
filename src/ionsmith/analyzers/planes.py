"""d-spacings, multiplicities, absences and angles of lattice planes and directions.

Everything follows from the metric tensor and the operations of the space group, so a crystal with
partial occupancies, or one of which only the cell is published, is as good as an ordered one.

Conventions: d(hkl) is the formal spacing of the indices as written, d(202) = d(101)/2. Angles
between planes are those between their normals; the angle between a plane and a direction is zero
when the direction lies in the plane. A multiplicity counts the planes (hkl) that are equivalent
under the Laue group, (-h-k-l) among them. ``forbidden`` means that a centring, a glide plane or a
screw axis extinguishes the reflection; what atoms on special positions extinguish besides is not
looked at, and a forbidden reflection can still appear in an electron diffraction pattern by double
diffraction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import half_index_grid
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane, common_plane, zone_axis, zone_law
from ionsmith.results import Result, Table

MAX_CANDIDATES = 1_000_000
"""Most sets of indices that are tried for a table of spacings."""


@dataclass(frozen=True)
class PlaneRecord:
    """One plane.

    Parameters
    ----------
    label
        The plane as text.
    indices
        h, k, l.
    indices_four
        h, k, i, l on hexagonal axes, else None.
    d
        Spacing in Å.
    order
        Largest common divisor of the indices: 9 for (0,0,9).
    lattice_order
        Lowest order of the same planes that the lattice centring allows: the spacing of the
        lattice planes themselves is ``d * order / lattice_order``.
    multiplicity
        Number of equivalent planes, Friedel mates included.
    faces
        Number of equivalent planes under the point group alone: the faces of the crystal form.
    forbidden
        Whether the space group extinguishes the reflection.
    forbidden_by
        The element that does so, or None.
    """

    label: str
    indices: tuple[int, int, int]
    indices_four: tuple[int, int, int, int] | None
    d: float
    order: int
    lattice_order: int
    multiplicity: int
    faces: int
    forbidden: bool
    forbidden_by: str | None


@dataclass(frozen=True)
class DirectionRecord:
    """One direction.

    Parameters
    ----------
    label
        The direction as text.
    indices
        u, v, w.
    indices_four
        u, v, t, w on hexagonal axes, else None.
    length
        Length in Å of the vector as written.
    period
        Shortest lattice translation along the direction in Å, centring included.
    multiplicity
        Number of equivalent directions.
    """

    label: str
    indices: tuple[int, int, int]
    indices_four: tuple[int, int, int, int] | None
    length: float
    period: float
    multiplicity: int


@dataclass(frozen=True)
class PairRecord:
    """Two planes, two directions, or one of each.

    Parameters
    ----------
    first, second
        The two as text, in the order in which they were given.
    angle
        Between plane normals or between directions, 0 to 180 degrees; between a plane and a
        direction, 0 (the direction lies in the plane) to 90.
    shared
        Zone axis of two planes, or plane of two directions; None where they are parallel, and for
        one of each.
    zone_law
        h u + k v + l w of a plane and a direction, zero if it lies in the plane; else None.
    """

    first: str
    second: str
    angle: float
    shared: str | None
    zone_law: int | None


@dataclass(frozen=True)
class LatticePlanes(Result):
    """Planes and directions of one crystal.

    Parameters
    ----------
    crystal
        Its name.
    cellpar
        a, b, c in Å, α, β, γ in degrees.
    space_group_number, space_group_symbol
        The space group, in the setting of the cell.
    symmetry_source
        Where the symmetry comes from.
    planes, directions, pairs
        The records, in the order of the input; the planes of a table of spacings by falling d.
    """

    crystal: str
    cellpar: tuple[float, ...]
    space_group_number: int
    space_group_symbol: str
    symmetry_source: str
    planes: tuple[PlaneRecord, ...]
    directions: tuple[DirectionRecord, ...]
    pairs: tuple[PairRecord, ...]

    def tables(self) -> list[Table]:
        """Return the planes, then directions and angles where there are any."""
        a, b, c, alpha, beta, gamma = self.cellpar
        title = (
            f"{self.crystal}: {self.space_group_symbol} (no. {self.space_group_number}, "
            f"{self.symmetry_source}), {a:.4f} {b:.4f} {c:.4f} Å, "
            f"{alpha:.2f} {beta:.2f} {gamma:.2f}°"
        )
        found = []
        if self.planes or not self.directions:
            rows = [
                (plane.label, round(plane.d, 4), plane.multiplicity, _verdict(plane))
                for plane in self.planes
            ]
            found.append(Table(title, ("plane", "d (Å)", "multiplicity", "reflection"), rows))
        if self.directions:
            found.append(
                Table(
                    "" if found else title,
                    ("direction", "length (Å)", "period (Å)", "multiplicity"),
                    [
                        (
                            line.label,
                            round(line.length, 4),
                            round(line.period, 4),
                            line.multiplicity,
                        )
                        for line in self.directions
                    ],
                )
            )
        if self.pairs:
            found.append(
                Table(
                    "Angles: between normals, between directions, of a direction out of a plane",
                    ("first", "second", "angle (°)", "in common"),
                    [(p.first, p.second, round(p.angle, 3), _relation(p)) for p in self.pairs],
                )
            )
        return found


def lattice_planes(crystal: CrystalLattice, indices: Sequence[Plane | Direction]) -> LatticePlanes:
    """Measure planes and directions of one crystal, and the angles of every two.

    Parameters
    ----------
    crystal
        Lattice and space group.
    indices
        Planes and directions, in the setting of the lattice.

    Raises
    ------
    InvalidIndices
        For four indices on axes that are not hexagonal.

    Examples
    --------
    >>> from ionsmith.analyzers.planes import lattice_planes
    >>> from ionsmith.lattice.miller import parse_plane
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> planes = [parse_plane(text) for text in ("(2,-1,0)", "(0,0,9)")]
    >>> for plane in lattice_planes(read_lattice("lib:nvp"), planes).planes:
    ...     print(plane.label, round(plane.d, 4), plane.multiplicity, plane.forbidden)
    (2,-1,0) 4.3644 6 False
    (0,0,9) 2.4227 2 True
    """
    for item in indices:
        crystal.lattice.check(item)
    planes = [item for item in indices if isinstance(item, Plane)]
    directions = [item for item in indices if isinstance(item, Direction)]
    return _result(
        crystal,
        [_plane_record(crystal, plane) for plane in planes],
        [_direction_record(crystal, direction) for direction in directions],
        [_pair_record(crystal.lattice, *pair) for pair in combinations(indices, 2)],
    )


def largest_spacings(
    crystal: CrystalLattice, d_min: float, *, forbidden: bool = False
) -> LatticePlanes:
    """List the families of planes down to a smallest spacing, by falling d.

    Parameters
    ----------
    crystal
        Lattice and space group.
    d_min
        Smallest spacing in Å.
    forbidden
        Whether reflections that the space group extinguishes are listed too (false by default).

    Returns
    -------
    LatticePlanes
        One plane a family; planes with the same d that no operation relates are apart.

    Raises
    ------
    InvalidInput
        If ``d_min`` is not positive, or so small that more than 10⁶ sets of indices would be tried.
    """
    if not d_min > 0 or not np.isfinite(d_min):
        raise InvalidInput(f"the smallest spacing must be a positive number of Å, not {d_min:g}")
    # A plane with spacing d cuts an edge of length a in at most a/d parts: |h| <= a/d, exactly.
    bounds = np.floor(np.array(crystal.lattice.cellpar[:3]) / d_min * (1 + 1e-9)).astype(float)
    if np.prod(2 * bounds + 1) > MAX_CANDIDATES:
        raise InvalidInput(
            f"there are too many planes with d of at least {d_min:g} Å in this cell; "
            "raise the smallest spacing"
        )
    grid = half_index_grid(bounds)
    grid = grid[crystal.lattice.d_spacing(grid) >= d_min * (1 - 1e-9)]
    if not forbidden:
        grid = grid[~crystal.symmetry.absent(grid)]
    members = np.unique(crystal.symmetry.families(grid)[0], axis=0)
    # Equal spacings differ in the last digit: rounded, the order does not depend on it.
    order = np.lexsort((*-members.T[::-1], -np.round(crystal.lattice.d_spacing(members), 8)))
    named = [Plane((int(h), int(k), int(last))) for h, k, last in members[order]]
    return _result(crystal, [_plane_record(crystal, plane) for plane in named], [], [])


def _result(
    crystal: CrystalLattice,
    planes: Iterable[PlaneRecord],
    directions: Iterable[DirectionRecord],
    pairs: Iterable[PairRecord],
) -> LatticePlanes:
    return LatticePlanes(
        crystal.name,
        crystal.lattice.cellpar,
        crystal.symmetry.number,
        crystal.symmetry.symbol,
        crystal.symmetry_source,
        tuple(planes),
        tuple(directions),
        tuple(pairs),
    )


def _plane_record(crystal: CrystalLattice, plane: Plane) -> PlaneRecord:
    symmetry = crystal.symmetry
    reason = symmetry.absence_reason(plane.indices)
    return PlaneRecord(
        label=str(plane),
        indices=plane.indices,
        indices_four=plane.four if crystal.lattice.is_hexagonal else None,
        d=float(crystal.lattice.d_spacing(plane.indices)),
        order=plane.order,
        lattice_order=symmetry.lattice_order(plane),
        multiplicity=len(symmetry.equivalent_planes(plane.indices)),
        faces=len(symmetry.equivalent_planes(plane.indices, friedel=False)),
        forbidden=reason is not None,
        forbidden_by=reason,
    )


def _direction_record(crystal: CrystalLattice, direction: Direction) -> DirectionRecord:
    return DirectionRecord(
        label=str(direction),
        indices=direction.indices,
        indices_four=direction.four if crystal.lattice.is_hexagonal else None,
        length=float(crystal.lattice.length(direction.indices)),
        period=crystal.period(direction),
        multiplicity=len(crystal.symmetry.equivalent_directions(direction.indices)),
    )


def _pair_record(
    lattice: Lattice, first: Plane | Direction, second: Plane | Direction
) -> PairRecord:
    shared: Plane | Direction | None = None
    law = None
    if isinstance(first, Plane) and isinstance(second, Plane):
        angle = float(lattice.plane_angle(first.indices, second.indices))
        shared = zone_axis(first, second)
    elif isinstance(first, Direction) and isinstance(second, Direction):
        angle = float(lattice.direction_angle(first.indices, second.indices))
        shared = common_plane(first, second)
    else:
        plane, direction = (first, second) if isinstance(first, Plane) else (second, first)
        assert isinstance(plane, Plane)
        assert isinstance(direction, Direction)
        angle = abs(float(lattice.inclination(plane.indices, direction.indices)))
        law = zone_law(plane, direction)
    label = None if shared is None else str(shared)
    return PairRecord(str(first), str(second), angle, label, law)


def _verdict(plane: PlaneRecord) -> str:
    return f"forbidden: {plane.forbidden_by}" if plane.forbidden else "allowed"


def _relation(pair: PairRecord) -> str:
    if pair.zone_law is not None:
        return "direction in the plane" if pair.zone_law == 0 else f"zone law {pair.zone_law}"
    return pair.shared or "parallel"
