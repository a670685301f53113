"""d-spacings, multiplicities, absences and angles of lattice planes and directions.

Everything follows from the metric tensor and the operations of the space group, so the crystal may
have partial occupancies, or only its cell may be known.

Conventions: d(hkl) is the spacing for the indices as written, d(202) = d(101)/2. Angles between
planes are those between their normals; the angle between a plane and a direction is zero if the
direction lies in the plane. The multiplicity counts the planes (hkl) equivalent under the Laue
group, including (-h-k-l). ``forbidden`` means that a centring, a glide plane or a screw axis
extinguishes the reflection. Further extinctions by atoms on special positions are not considered,
and a forbidden reflection can still appear in an electron diffraction pattern by double
diffraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.parent import find_parent
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike, as_indices
from ionsmith.lattice.lattice_points import half_index_grid
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane, common_plane, zone_axis, zone_law
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.results import Result, Table

MAX_CANDIDATES = 1_000_000
"""Largest number of index triples tried for a table of spacings."""

D_MIN = 2.0
"""Smallest spacing in Å of a table by default."""


@dataclass(frozen=True)
class PlaneRecord:
    """A lattice plane.

    Parameters
    ----------
    label
        The plane as text.
    indices
        Indices h, k, l.
    indices_four
        Indices h, k, i, l on hexagonal axes, otherwise None.
    d
        Spacing in Å.
    order
        Greatest common divisor of the indices: 9 for (0,0,9).
    lattice_order
        Lowest order allowed by the centring: the lattice planes themselves are spaced
        ``d * order / lattice_order``.
    multiplicity
        Number of equivalent planes, Friedel mates included.
    faces
        Number of planes equivalent under the point group, which is that of the faces of the form.
    forbidden
        Whether the space group extinguishes the reflection.
    forbidden_by
        The symmetry element responsible, or None.
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
    """A lattice direction.

    Parameters
    ----------
    label
        The direction as text.
    indices
        Indices u, v, w.
    indices_four
        Indices u, v, t, w on hexagonal axes, otherwise None.
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
        Plane or direction as text, in the order given.
    angle
        Angle between plane normals or directions, 0 to 180 degrees; between a plane and a
        direction, 0 (the direction lies in the plane) to 90.
    shared
        Zone axis of two planes, or plane of two directions; None if they are parallel or mixed.
    zone_law
        h u + k v + l w of a plane and a direction, zero if it lies in the plane; otherwise None.
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
        Name of the crystal.
    cellpar
        a, b, c in Å and α, β, γ in degrees.
    space_group_number
        Number of the space group.
    space_group_symbol
        Symbol of the space group in the setting of the cell.
    symmetry_source
        Source of the symmetry operations.
    planes
        The planes in the order given; in a table of spacings by falling d.
    directions
        The directions in the order given.
    pairs
        Every two of the planes and directions.
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
        """Return the planes, then directions and angles if there are any."""
        a, b, c, alpha, beta, gamma = self.cellpar
        title = (
            f"{self.crystal}: {self.space_group_symbol} (no. {self.space_group_number}, "
            f"{self.symmetry_source}), {a:.4f} {b:.4f} {c:.4f} Å, "
            f"{alpha:.2f} {beta:.2f} {gamma:.2f}°"
        )
        tables = []
        if self.planes or not self.directions:
            rows = [
                (plane.label, round(plane.d, 4), plane.multiplicity, _verdict(plane))
                for plane in self.planes
            ]
            tables.append(Table(title, ("plane", "d (Å)", "multiplicity", "reflection"), rows))
        if self.directions:
            tables.append(
                Table(
                    "" if tables else title,
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
            tables.append(
                Table(
                    "Angles between normals, between directions, or of a direction with a plane",
                    ("first", "second", "angle (°)", "in common"),
                    [
                        (pair.first, pair.second, round(pair.angle, 3), _relation(pair))
                        for pair in self.pairs
                    ],
                )
            )
        return tables


def lattice_planes(
    structure: CrystalLike | CrystalLattice,
    indices: Sequence[IndicesLike] | Plane | Direction | str = (),
    *,
    d_min: float = D_MIN,
    forbidden: bool = False,
    symprec: float = SYMPREC,
    parent: CrystalLike | None = None,
) -> LatticePlanes:
    """Give spacings, multiplicities and absences of planes and directions, and their angles.

    Parameters
    ----------
    structure
        Any crystal (:data:`ionsmith.crystals.files.CrystalLike`), partial occupancies included.
    indices
        Planes and directions in its axes, as objects or as text such as ``"(2,-1,0)"`` and
        ``"[0,0,1]"``, one or a list (three integers are a plane); by default all families of
        planes down to ``d_min``, by falling d. Families with the same d that no
        symmetry operation relates are listed separately.
    d_min
        Smallest spacing in Å of that table (2 by default).
    forbidden
        Whether the table lists reflections that the space group extinguishes (false by default).
    symprec
        Distance in Å up to which atoms are equivalent, in the search for the space group.
    parent
        Crystal of which the structure is a supercell: indices, given and reported, are those in its
        cell, and its space group holds.

    Raises
    ------
    InvalidIndices
        For malformed indices, or four indices on axes that are not hexagonal.
    InvalidInput
        If ``d_min`` is not positive, or so small that more than 10⁶ index triples would be tried,
        or the structure is no supercell of ``parent``.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.

    Examples
    --------
    >>> from ionsmith.analyzers.planes import lattice_planes
    >>> for plane in lattice_planes("lib:nvp", ["(2,-1,0)", "(0,0,9)"]).planes:
    ...     print(plane.label, round(plane.d, 4), plane.multiplicity, plane.forbidden)
    (2,-1,0) 4.3644 6 False
    (0,0,9) 2.4227 2 True
    >>> [plane.label for plane in lattice_planes("lib:si", d_min=1.6).planes]
    ['(1,1,1)', '(2,2,0)', '(3,1,1)']
    """
    crystal = read_lattice(structure, symprec)
    if parent is not None:
        crystal = find_parent(crystal.name, crystal.lattice.cell, parent).lattice
    parsed = [as_indices(item) for item in _items(indices)]
    for item in parsed:
        crystal.lattice.check(item)
    planes = [item for item in parsed if isinstance(item, Plane)]
    if not parsed:
        planes = _largest_spacings(crystal, d_min, forbidden=forbidden)
    return LatticePlanes(
        crystal.name,
        crystal.lattice.cellpar,
        crystal.symmetry.number,
        crystal.symmetry.symbol,
        crystal.symmetry_source,
        tuple(_plane_record(crystal, plane) for plane in planes),
        tuple(_direction_record(crystal, item) for item in parsed if isinstance(item, Direction)),
        tuple(_pair_record(crystal.lattice, *pair) for pair in combinations(parsed, 2)),
    )


def _items(indices: Sequence[IndicesLike] | Plane | Direction | str) -> Sequence[IndicesLike]:
    """Planes and directions as a list, also if there is one alone."""
    if isinstance(indices, str | Plane | Direction):
        return [indices]
    items = list(indices)
    numbers = [item for item in items if isinstance(item, int)]
    return [numbers] if numbers and len(numbers) == len(items) else items


def _largest_spacings(crystal: CrystalLattice, d_min: float, *, forbidden: bool) -> list[Plane]:
    """One plane of each family down to a smallest spacing, by falling d."""
    if not d_min > 0 or not np.isfinite(d_min):
        raise InvalidInput(f"`d_min` is {d_min:g} Å; expected a positive length")
    # What the lattice allows has whole indices in its primitive cell, which no supercell enlarges.
    cell, rows = crystal.lattice.cell, np.eye(3)
    if not forbidden:
        rows = primitive_vectors(crystal.symmetry, cell)
    # A plane with spacing d cuts an edge of length a in at most a/d parts: |h| <= a/d, exactly.
    bounds = np.floor(np.linalg.norm(rows @ cell, axis=1) / d_min * (1 + 1e-9))
    if np.prod(2 * bounds + 1) > MAX_CANDIDATES:
        raise InvalidInput(
            f"there are too many planes with d of at least {d_min:g} Å in this cell; "
            "increase `d_min`"
        )
    grid = np.rint(half_index_grid(bounds) @ np.linalg.inv(rows).T).astype(np.int64)
    grid = grid[crystal.lattice.d_spacing(grid) >= d_min * (1 - 1e-9)]
    if not forbidden:
        grid = grid[~crystal.symmetry.absent(grid)]
    members = np.unique(crystal.symmetry.families(grid)[0], axis=0)
    # Equal spacings may differ in the last digit, which must not decide on the order.
    order = np.lexsort((*-members.T[::-1], -np.round(crystal.lattice.d_spacing(members), 8)))
    return [Plane((h, k, m)) for h, k, m in members[order].tolist()]


def _plane_record(crystal: CrystalLattice, plane: Plane) -> PlaneRecord:
    """Spacing, multiplicity and absence of a plane."""
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
    """Length, period and multiplicity of a direction."""
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
    """Angle and relation of two planes or directions."""
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
    """Whether the reflection is allowed."""
    return f"forbidden: {plane.forbidden_by}" if plane.forbidden else "allowed"


def _relation(pair: PairRecord) -> str:
    """Zone axis, common plane or zone law."""
    if pair.zone_law is not None:
        return "direction in the plane" if pair.zone_law == 0 else f"zone law {pair.zone_law}"
    return pair.shared or "parallel"
