"""Two zone-axis patterns on each other, of crystals in an orientation relationship.

Where m lattice planes of the substrate are nearly as thick as n of the film, the n-th spot of the
substrate's row nearly coincides with the m-th of the film's: with 3:2 planes, the spots 2 and 3. If
the rows are parallel, the relative distance of the two spots is the mismatch
``(m d_sub - n d_film) / (m d_sub)`` of :mod:`ionsmith.analyzers.epitaxy`.

Two kinds of coincidences are reported: the simplest m:n along the parallel planes of the
relationship, counted in the planes as they are given, and any spots nearer to each other than a
stated distance, counted in the planes of the two lattices.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from ionsmith.analyzers.scattering import Conditions, Scatterers
from ionsmith.analyzers.spots._pattern import SpotPattern, pattern_in_frame, triple, turned
from ionsmith.errors import InvalidInput, InvalidOrientation, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane, Triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.zone import Zone, beam_frame
from ionsmith.results import Result, Table, plain

_IN_ZONE = 1.0  # degrees by which the parallel planes' normal may rise out of the pattern


@dataclass(frozen=True)
class Coincidence:
    """A spot of the substrate and one of the film at nearly the same place.

    Parameters
    ----------
    substrate, film
        The spots as text.
    substrate_indices, film_indices
        Their indices.
    m, n
        m planes of the substrate against n of the film: the spots are the n-th and the m-th of
        their rows.
    d_substrate, d_film
        Spacings of the spots in Å.
    mismatch
        (m d_sub - n d_film) / (m d_sub) for the spacings of the planes.
    angle
        Between the two reciprocal vectors in degrees.
    distance
        Of the two spots in the picture in Å⁻¹.
    position
        Half-way between them in the picture in Å⁻¹.
    along_planes
        Whether they lie on the normal of the relationship's parallel planes, and m and n count
        these planes.
    """

    substrate: str
    film: str
    substrate_indices: tuple[int, int, int]
    film_indices: tuple[int, int, int]
    m: int
    n: int
    d_substrate: float
    d_film: float
    mismatch: float
    angle: float
    distance: float
    position: tuple[float, float]
    along_planes: bool


@dataclass(frozen=True, eq=False)
class SpotPatterns(Result):
    """One pattern, or those of a substrate and a film on each other.

    Parameters
    ----------
    conditions
        Beam, thickness and range.
    patterns
        One, or the substrate's and the film's in the same axes.
    coincidences
        Of the two, those along the parallel planes first, then by falling spacing.
    """

    conditions: Conditions
    patterns: tuple[SpotPattern, ...]
    coincidences: tuple[Coincidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "conditions": {**plain(self.conditions), "wavelength": self.conditions.wavelength},
            "patterns": [pattern.to_dict() for pattern in self.patterns],
            "coincidences": plain(self.coincidences),
        }

    def tables(self) -> list[Table]:
        """Return the coincidences, then the spots of each crystal."""
        spots = [table for pattern in self.patterns for table in pattern.tables()]
        if len(self.patterns) == 1:
            return spots
        names = [pattern.crystal.name for pattern in self.patterns]
        headers = (names[0], names[1], "m:n", "d_sub (Å)", "d_film (Å)", "mismatch (%)",
                   "angle (°)", "distance (Å⁻¹)", "")  # fmt: skip
        rows = [
            (
                pair.substrate,
                pair.film,
                f"{pair.m}:{pair.n}",
                round(pair.d_substrate, 4),
                round(pair.d_film, 4),
                round(100 * pair.mismatch, 2),
                round(pair.angle, 2),
                round(pair.distance, 4),
                "parallel planes" if pair.along_planes else "",
            )
            for pair in self.coincidences
        ]
        return [Table("Coinciding spots, m planes of the substrate on n of the film", headers,
                      rows), *spots]  # fmt: skip


def overlay_spots(
    substrate: Scatterers,
    film: Scatterers,
    relationship: OrientationRelationship,
    conditions: Conditions | None = None,
    *,
    along: Direction | Plane | None = None,
    ratio: tuple[int, int] | None = None,
    max_mismatch: float = 0.1,
    max_distance: float = 0.02,
) -> SpotPatterns:
    """Compute the patterns of two crystals in an orientation relationship.

    Parameters
    ----------
    substrate, film
        The atoms of the two crystals, in the axes of the relationship's.
    relationship
        How the film lies on the substrate.
    conditions
        Beam, thickness and range; those of :class:`Conditions` by default.
    along
        Direction or plane normal of the substrate that the beam is along; by default the parallel
        direction of the relationship.
    ratio
        m and n of the coincidence along the parallel planes; by default the simplest one.
    max_mismatch
        Largest mismatch of the simplest one.
    max_distance
        Distance in Å⁻¹ within which any two spots coincide.

    Returns
    -------
    SpotPatterns
        With x along the normal of the substrate's parallel plane, or along its own shortest spot
        where that plane is not seen edge-on.

    Raises
    ------
    InvalidOrientation
        If the relationship names no direction and none is given.
    NoMatch
        If a crystal has no spot in the range, or the spots of the stated ratio are not in it.
    InvalidInput
        If a limit is out of range, or a ratio is stated without parallel planes to count.
    """
    conditions = conditions or Conditions()
    if not 0 <= max_mismatch < 1 or not 0 <= max_distance <= 1:
        raise InvalidInput(
            "the largest mismatch is 0 to below 1, and the largest distance of coinciding spots 0 "
            f"to 1 Å⁻¹, not {max_mismatch:g} and {max_distance:g}"
        )
    crystals = relationship.substrate, relationship.film
    if along is None:
        if relationship.directions is None:
            raise InvalidOrientation(
                "the relationship names no parallel directions: say along which zone [u,v,w] or "
                "normal (h,k,l) of the substrate the beam is"
            )
        along = relationship.directions[0]
    zone = Zone.of(crystals[0], along)
    edge_on = _edge_on(relationship, zone)
    chosen = None
    if edge_on is not None:
        chosen = crystals[0].lattice.normals(edge_on[0].indices)
    frame = beam_frame(zone.vector, chosen)
    first = pattern_in_frame(substrate, crystals[0], zone, frame, conditions)
    if edge_on is None and first.first_spot is not None:
        first = turned(first, first.hkl[first.first_spot])
    frame = first.frame @ relationship.rotation
    second = pattern_in_frame(
        film, crystals[1], Zone.parallel_to(crystals[1], frame[2]), frame, conditions
    )
    found = _near_spots(first, second, max_distance)
    if edge_on is not None:
        row = _along_planes(first, second, edge_on, ratio, max_mismatch, conditions.d_min)
        if row is not None:
            same = (row.substrate_indices, row.film_indices)
            found = [row, *(c for c in found if (c.substrate_indices, c.film_indices) != same)]
    elif ratio is not None:
        raise InvalidInput(
            "a ratio m:n counts the parallel planes of the relationship along the pattern, and "
            "there are none that the beam is parallel to; leave the ratio out"
        )
    return SpotPatterns(conditions, (first, second), tuple(found))


def _edge_on(relationship: OrientationRelationship, zone: Zone) -> tuple[Plane, Plane] | None:
    """The parallel planes, if there are any and the beam lies in them."""
    if relationship.planes is None:
        return None
    normal = relationship.substrate.lattice.normals(relationship.planes[0].indices)
    rise = abs(90 - float(angle(normal, zone.vector)))
    return relationship.planes if rise <= _IN_ZONE else None


def _along_planes(
    first: SpotPattern,
    second: SpotPattern,
    planes: tuple[Plane, Plane],
    ratio: tuple[int, int] | None,
    max_mismatch: float,
    d_min: float,
) -> Coincidence | None:
    """The simplest m:n of the parallel planes whose spots are in range, or the stated one."""
    spacings = [
        float(pattern.crystal.lattice.d_spacing(plane.indices))
        for pattern, plane in zip((first, second), planes, strict=True)
    ]
    largest = [int(spacing / d_min * (1 + 1e-9)) for spacing in spacings]
    if ratio is None:
        tried = sorted(
            (m + n, abs(1 - n * spacings[1] / (m * spacings[0])), m, n)
            for n in range(1, largest[0] + 1)
            for m in range(1, largest[1] + 1)
            if gcd(m, n) == 1
        )
        fitting = [(m, n) for _, mismatch, m, n in tried if mismatch <= max_mismatch]
        if not fitting:
            return None
        m, n = fitting[0]
    else:
        m, n = ratio
        if m < 1 or n < 1:
            raise InvalidInput(f"a ratio is of two whole numbers from 1 on, not {m}:{n}")
        if n > largest[0] or m > largest[1]:
            raise NoMatch(
                f"{m}:{n} of {planes[0]} and {planes[1]} are the spots at "
                f"{spacings[0] / n:.3f} and {spacings[1] / m:.3f} Å, below the smallest spacing "
                f"{d_min:g} Å; lower it"
            )
    spots = _times(planes[0], n), _times(planes[1], m)
    return _coincidence(first, second, spots, (m, n), along_planes=True)


def _near_spots(first: SpotPattern, second: SpotPattern, max_distance: float) -> list[Coincidence]:
    """Allowed spots within a distance of each other, one of each Friedel pair."""
    from scipy.spatial import cKDTree

    mine = np.flatnonzero(first.independent & ~first.forbidden)
    others = np.flatnonzero(~second.forbidden)
    near = cKDTree(first.positions[mine]).query_ball_tree(
        cKDTree(second.positions[others]), max_distance
    )
    found = []
    for spot, partners in zip(mine, near, strict=True):
        for partner in sorted(partners):
            own, other = triple(first.hkl[spot]), triple(second.hkl[others[partner]])
            n, m = _order(first.crystal, own), _order(second.crystal, other)
            common = gcd(m, n)
            found.append(_coincidence(first, second, (own, other), (m // common, n // common)))
    return found


def _coincidence(
    first: SpotPattern,
    second: SpotPattern,
    spots: tuple[Triple, Triple],
    ratio: tuple[int, int],
    *,
    along_planes: bool = False,
) -> Coincidence:
    vectors = [
        pattern.crystal.lattice.normals(spot) @ pattern.frame.T
        for pattern, spot in zip((first, second), spots, strict=True)
    ]
    spacings = [1 / float(np.linalg.norm(vector)) for vector in vectors]
    x, y = (float(part) for part in (vectors[0] + vectors[1])[:2] / 2)
    return Coincidence(
        substrate=str(Plane(spots[0])),
        film=str(Plane(spots[1])),
        substrate_indices=spots[0],
        film_indices=spots[1],
        m=ratio[0],
        n=ratio[1],
        d_substrate=spacings[0],
        d_film=spacings[1],
        mismatch=1 - spacings[1] / spacings[0],
        angle=float(angle(*vectors)),
        distance=float(np.linalg.norm((vectors[0] - vectors[1])[:2])),
        position=(x, y),
        along_planes=along_planes,
    )


def _order(crystal: CrystalLattice, spot: Triple) -> int:
    """Which spot of its row one is, as the lattice has them."""
    plane = Plane(spot)
    return plane.order // crystal.symmetry.lattice_order(plane)


def _times(plane: Plane, factor: int) -> Triple:
    h, k, m = plane.indices
    return factor * h, factor * k, factor * m
