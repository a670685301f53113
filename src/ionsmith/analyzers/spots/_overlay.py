"""Two zone-axis patterns over each other, of crystals in an orientation relationship.

If m lattice planes of the substrate are nearly as thick as n of the film, the n-th spot of the
substrate's row nearly coincides with the m-th of the film's: for 3:2 planes, spots 2 and 3. For
parallel rows the relative distance of the two spots is the mismatch
``(m d_sub - n d_film) / (m d_sub)`` of :mod:`ionsmith.analyzers.epitaxy`.

Two kinds of coincidences are reported: the simplest m:n along the parallel planes of the
relationship, counted in the planes as given, and all pairs of spots closer than a given distance,
counted in the lattice planes of the two crystals. Where the space group forbids one of the spots of
m:n, the first order in which both are allowed stands in, and the notes say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from ionsmith.analyzers.scattering import EXACT, Conditions, ScattererLike, Scatterers
from ionsmith.analyzers.spots._parallel_rows import ParallelRows
from ionsmith.analyzers.spots._pattern import pattern_in_frame, turned
from ionsmith.analyzers.spots._plot import LABELS, SIZE, Coincidence, plot_spots
from ionsmith.analyzers.spots._result import SpotPattern
from ionsmith.choices import check_type
from ionsmith.errors import InvalidInput, InvalidOrientation
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Plane, Triple, triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.zone import Zone, beam_frame
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_IN_ZONE = 1.0  # degrees by which the parallel planes' normal may rise out of the pattern


@dataclass(frozen=True, eq=False)
class SpotPatterns(Result):
    """Pattern of one crystal, or of a substrate and a film over each other.

    Parameters
    ----------
    patterns
        One pattern, or the substrate's and the film's in the same axes.
    coincidences
        Coinciding spots, those along the parallel planes first, then by falling spacing.
    notes
        Remarks on spots that are forbidden, one line each.
    """

    patterns: tuple[SpotPattern, ...]
    coincidences: tuple[Coincidence, ...] = ()
    notes: tuple[str, ...] = ()

    document = ("conditions", "patterns", "coincidences", "notes")
    figure_size = SIZE

    @property
    def conditions(self) -> Conditions:
        """Beam, thickness and range."""
        return self.patterns[0].conditions

    def tables(self) -> list[Table]:
        """Return the coincidences, then the spots of each crystal."""
        spots = [table for pattern in self.patterns for table in pattern.tables()]
        if len(self.patterns) == 1:
            return spots
        names = [pattern.crystal for pattern in self.patterns]
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
                _remark(pair),
            )
            for pair in self.coincidences
        ]
        title = "Coinciding spots, m planes of the substrate on n of the film"
        return [Table(title, headers, rows), *notes_table(self.notes), *spots]

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: int = LABELS,
        named: Sequence[Sequence[Plane]] = (),
    ) -> "Axes":
        """Draw one pattern, or two over each other.

        Spots of the first crystal are filled, those of the second rings; crosses are spots that the
        space group forbids. Dashed circles mark coinciding spots, solid ones with m:n those along
        the parallel planes.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        labels
            Number of spots of each crystal with indices, those with the largest spacings.
        named
            For each crystal, spots that get their indices besides.

        Raises
        ------
        NoMatch
            If a spot of ``named`` is not in its pattern.
        """
        return plot_spots(self.patterns, self.coincidences, ax, labels, named)


def overlay_spots(
    substrate: ScattererLike,
    film: ScattererLike,
    relationship: OrientationRelationship,
    conditions: Conditions | None = None,
    *,
    along: IndicesLike | None = None,
    ratio: tuple[int, int] | None = None,
    max_mismatch: float = 0.1,
    max_distance: float = 0.02,
    symprec: float = EXACT,
    displacements: bool = True,
) -> SpotPatterns:
    """Compute the patterns of two crystals in an orientation relationship.

    Parameters
    ----------
    substrate, film
        Any crystals, in the cells that the relationship refers to.
    relationship
        How the film lies on the substrate.
    conditions
        Beam, thickness and range; those of :class:`Conditions` by default.
    along
        Direction of the substrate that the beam is along, or plane whose normal it is along; by
        default the parallel direction of the relationship.
    ratio
        m and n of the coincidence along the parallel planes; by default the simplest one.
    max_mismatch
        Largest mismatch of the simplest one.
    max_distance
        Distance in Å⁻¹ within which any two spots coincide.
    symprec
        Distance in Å between atoms that count as equivalent.
    displacements
        Whether the displacement parameters of the crystals are used; without them atoms are at
        rest.

    Returns
    -------
    SpotPatterns
        x is along the normal of the substrate's parallel plane, or along the substrate's shortest
        spot if that plane is not seen edge-on.

    Raises
    ------
    InvalidOrientation
        If the relationship has no parallel direction and ``along`` is not given.
    NoMatch
        If a crystal has no spot in the range, or no allowed spots of ``ratio`` are in it.
    InvalidInput
        If a limit is out of range, or ``ratio`` is given without parallel planes to count.
    """
    check_type("conditions", conditions, Conditions)
    conditions = conditions or Conditions()
    if not 0 <= max_mismatch < 1 or not 0 <= max_distance <= 1:
        raise InvalidInput(
            "`max_mismatch` must be 0 to below 1 and `max_distance` 0 to 1 Å⁻¹, not "
            f"{max_mismatch:g} and {max_distance:g}"
        )
    crystals = relationship.substrate, relationship.film
    if along is None:
        if relationship.directions is None:
            raise InvalidOrientation(
                "the relationship has no parallel directions; give the direction [u,v,w] or the "
                "normal (h,k,l) of the substrate that the beam is along"
            )
        along = relationship.directions[0]
    zone = Zone.of(crystals[0], along)
    edge_on = _edge_on(relationship, zone)
    toward = None if edge_on is None else crystals[0].lattice.normals(edge_on[0].indices)
    frame = beam_frame(zone.vector, toward)
    atoms = [
        Scatterers.of(crystal, symprec=symprec, displacements=displacements)
        for crystal in (substrate, film)
    ]
    first = pattern_in_frame(atoms[0], crystals[0], zone, frame, conditions)
    if edge_on is None and first.first_spot is not None:
        first = turned(first, first.hkl[first.first_spot])
    frame = first.frame @ relationship.rotation
    second = pattern_in_frame(
        atoms[1], crystals[1], Zone.parallel_to(crystals[1], frame[2]), frame, conditions
    )
    pairs = _near_spots(first, second, max_distance)
    notes: tuple[str, ...] = ()
    if edge_on is not None:
        rows = ParallelRows((first, second), edge_on, conditions.d_min)
        chosen, notes = rows.choose(ratio, max_mismatch)
        if chosen is not None:
            m, n, order = chosen
            spots = edge_on[0].times(order * n).indices, edge_on[1].times(order * m).indices
            row = _coincidence(first, second, spots, (m, n), order=order, along_planes=True)
            same = (row.substrate_indices, row.film_indices)
            pairs = [row, *(c for c in pairs if (c.substrate_indices, c.film_indices) != same)]
    elif ratio is not None:
        raise InvalidInput(
            "`ratio` counts the parallel planes of the relationship, and the beam is parallel to "
            "none; leave it out"
        )
    return SpotPatterns((first, second), tuple(pairs), notes)


def _edge_on(relationship: OrientationRelationship, zone: Zone) -> tuple[Plane, Plane] | None:
    """The parallel planes, if there are any and the beam lies in them."""
    if relationship.planes is None:
        return None
    normal = relationship.substrate.lattice.normals(relationship.planes[0].indices)
    rise = abs(90 - float(angle(normal, zone.vector)))
    return relationship.planes if rise <= _IN_ZONE else None


def _near_spots(first: SpotPattern, second: SpotPattern, max_distance: float) -> list[Coincidence]:
    """Allowed spots within a distance of each other, one of each Friedel pair."""
    from scipy.spatial import cKDTree

    mine = np.flatnonzero(first.independent & ~first.forbidden)
    others = np.flatnonzero(~second.forbidden)
    near = cKDTree(first.positions[mine]).query_ball_tree(
        cKDTree(second.positions[others]), max_distance
    )
    pairs = []
    for spot, partners in zip(mine, near, strict=True):
        for partner in sorted(partners):
            own, other = triple(first.hkl[spot]), triple(second.hkl[others[partner]])
            n, m = _order(first.phase, own), _order(second.phase, other)
            common = gcd(m, n)
            pairs.append(_coincidence(first, second, (own, other), (m // common, n // common)))
    return pairs


def _coincidence(
    first: SpotPattern,
    second: SpotPattern,
    spots: tuple[Triple, Triple],
    ratio: tuple[int, int],
    *,
    order: int = 1,
    along_planes: bool = False,
) -> Coincidence:
    """Record of two coinciding spots."""
    vectors = [
        pattern.phase.lattice.normals(spot) @ pattern.frame.T
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
        order=order,
        d_substrate=spacings[0],
        d_film=spacings[1],
        mismatch=1 - spacings[1] / spacings[0],
        angle=float(angle(*vectors)),
        distance=float(np.linalg.norm((vectors[0] - vectors[1])[:2])),
        position=(x, y),
        along_planes=along_planes,
    )


def _order(crystal: CrystalLattice, spot: Triple) -> int:
    """Number of a spot in its row of lattice points."""
    plane = Plane(spot)
    return plane.order // crystal.symmetry.lattice_order(plane)


def _remark(pair: Coincidence) -> str:
    """What a pair of spots is marked for."""
    if not pair.along_planes:
        return ""
    return "parallel planes" if pair.order == 1 else f"parallel planes, order {pair.order}"
