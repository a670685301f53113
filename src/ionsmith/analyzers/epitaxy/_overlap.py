"""Overlap of sites: how far an element of one crystal lies from the sites of it in another.

Two crystals in an orientation relationship are superposed as published, without strain. The origin
of the film is free. Lattices without a common period realise every relative position somewhere, so
that over an infinite volume no origin is better than another and the mean distance is that for a
random origin: overlap is a property of a *finite* region, such as a nucleus. Here it is a ball
around a site of the substrate. Every site of the element in the ball is compared with the nearest
site of the film, and the origin (three coordinates, and the site at the centre) is optimised
globally to minimise the mean of these distances. How the mean grows with the ball at this origin
shows how far the overlap extends.

An optimised origin makes any two sets of sites overlap to some degree. Two numbers tell whether the
overlap is significant: the mean distance for a random origin, and the smallest mean distances for
random orientations of the film, found in the same way. Moreover, the densities set a lower limit:
for random sites of density n the mean distance is 0.554 n^(-1/3) (P. Hertz, Math. Ann. 67, 387
(1909), doi:10.1007/BF01450410), and some sites of the denser side have no partner of their own. The
one-to-one assignment of the sparser side gives the distances if no partner is used twice.

The opposite direction, from the sites of the film in the ball to the nearest ones of the substrate,
is reported for the same origin; exchange the crystals to optimise the origin for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.epitaxy._element_sites import ElementSites, read_element_sites
from ionsmith.analyzers.epitaxy._overlap_records import (
    BIN,
    Bin,
    Distances,
    RandomOrientations,
    Reach,
)
from ionsmith.analyzers.epitaxy._overlap_result import Overlap
from ionsmith.analyzers.epitaxy._overlap_search import OriginSearch, distinct_balls
from ionsmith.bonding.distances import PeriodicSites
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC

Floats = NDArray[np.float64]

RADIUS = 10.0
"""Default radius of the ball in Å: a nucleus of some tens of formula units."""

MAX_SITES = 2000
"""Largest number of sites in the ball."""

_REACHES = (0.5, 0.75, 1.0, 1.5, 2.0)  # radii at which the mean is given, in units of the ball's


def site_overlap(
    substrate: CrystalLike | ElementSites,
    film: CrystalLike | ElementSites,
    orientation: OrientationRelationship,
    element: str,
    *,
    film_element: str | None = None,
    radius: float = RADIUS,
    random_orientations: int = 0,
    seed: int = 0,
    symprec: float = SYMPREC,
    progress: Callable[[int, int], None] | None = None,
) -> Overlap:
    """Find the origin at which the sites of an element overlap best, and how well they do.

    Parameters
    ----------
    substrate, film
        Two crystals of any kind (:data:`ionsmith.crystals.files.CrystalLike`), partial occupancies
        included.
    orientation
        Their orientation relationship.
    element
        Element whose sites are compared.
    film_element
        Element of the film, if it is a different one.
    radius
        Radius of the ball in Å (10 by default).
    random_orientations
        Number of random orientations to compare with (none by default).
    seed
        Seed of the random orientations.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.
    progress
        Called with the number of orientations that are searched, and of all.

    Returns
    -------
    Overlap
        Deterministic: of equally good origins the first one is reported.

    Raises
    ------
    InvalidInput
        If a crystal does not contain the element, the ball has less than two or too many sites, or
        a cell is too large.
    NoCoordinates
        For a library crystal of which only the cell is published.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.

    Examples
    --------
    >>> from ionsmith.analyzers.epitaxy import site_overlap
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> from ionsmith.lattice.miller import parse_directions, parse_planes
    >>> from ionsmith.lattice.orientation import OrientationRelationship
    >>> relationship = OrientationRelationship.from_parallel(
    ...     read_lattice("lib:nh4vo3"),
    ...     read_lattice("lib:nvp"),
    ...     parse_planes("(1,2,-1)||(2,-1,0)"),
    ...     parse_directions("[0,1,2]||[1,2,-1]"),
    ... )
    >>> overlap = site_overlap("lib:nh4vo3", "lib:nvp", relationship, "V", radius=6)
    >>> round(overlap.to_film.mean, 2), round(overlap.to_film.random_origin, 2)
    (1.81, 2.33)
    """
    if not radius > 0:
        raise InvalidInput(f"`radius` is {radius:g} Å; expected a positive length")
    sides = (
        read_element_sites(substrate, element, symprec),
        read_element_sites(film, film_element or element, symprec),
    )
    substrate_sites, film_sites = (side.periodic for side in sides)
    turn = orientation.rotation
    search = OriginSearch.on(film_sites)
    balls = [
        substrate_sites.inside(site, radius, MAX_SITES) - site for site in substrate_sites.positions
    ]
    if min(map(len, balls)) < 2:
        raise InvalidInput(
            f"a ball of {radius:g} Å contains a single {element} of {sides[0].crystal.name}, which "
            "always overlaps; increase `radius`"
        )
    report = progress or (lambda _done, _total: None)
    kept = distinct_balls(balls, film_sites)
    origins = [search.best(balls[place] @ turn) for place in kept]
    report(1, random_orientations + 1)
    lowest = int(np.argmin(np.round([origin.mean for origin in origins], 6)))
    number, origin = kept[lowest], origins[lowest]
    cells = [side.crystal.lattice.cell for side in sides]
    # As they are reported: in the first cell of each crystal, to nine digits.
    points = substrate_sites.positions[number], origin.point
    fractions = [
        _fraction(point @ np.linalg.inv(cell)) for point, cell in zip(points, cells, strict=True)
    ]
    centre, film_point = (np.array(f) @ cell for f, cell in zip(fractions, cells, strict=True))
    shift = centre - turn @ film_point
    moved = _Moved(film_sites, turn, shift)

    in_ball = centre + balls[number]
    film_in_ball = moved.inside(centre, radius, MAX_SITES)
    to_film, to_substrate = moved.nearest(in_ball), substrate_sites.nearest(film_in_ball)
    axes, names = _axes(orientation)
    substrate_is_sparser = substrate_sites.density <= film_sites.density
    paired = (in_ball, moved) if substrate_is_sparser else (film_in_ball, substrate_sites)
    assigned = _assigned(paired[0], paired[1], centre, radius)
    reach = []
    for factor in _REACHES:
        sites = substrate_sites.inside(centre, factor * radius, 8 * MAX_SITES)
        mean = float(moved.nearest(sites)[0].mean())
        reach.append(Reach(round(factor * radius, 10), len(sites), mean))
    random_origins = search.random, OriginSearch.on(substrate_sites).random
    return Overlap(
        substrate=sides[0].crystal.name,
        film=sides[1].crystal.name,
        element=sides[0].element,
        film_element=sides[1].element,
        radius=radius,
        rotation=turn,
        centre=fractions[0],
        film_point=fractions[1],
        shift=tuple((np.round(shift, 9) + 0.0).tolist()),
        density=substrate_sites.density,
        film_density=film_sites.density,
        to_film=_distances(in_ball, to_film[1], axes, random_origins[0]),
        to_substrate=_distances(film_in_ball, to_substrate[1], axes, random_origins[1]),
        one_to_one=_distances(paired[0], assigned, axes, None),
        sparser="substrate" if substrate_is_sparser else "film",
        random_orientations=_compare(
            search, [balls[place] for place in kept], origin.mean, random_orientations, seed, report
        ),
        reach=tuple(reach),
        histogram=_histogram(to_film[0], to_substrate[0]),
        axes=axes,
        axis_names=names,
        sites=(in_ball - centre) @ axes.T,
        partners=(to_film[1] - centre) @ axes.T,
        film_sites=(film_in_ball - centre) @ axes.T,
        film_partners=(to_substrate[1] - centre) @ axes.T,
        notes=tuple(side.note for side in sides if side.note is not None),
    )


@dataclass(frozen=True, eq=False)
class _Moved:
    """Sites of the film, rotated and shifted into the frame of the substrate."""

    sites: PeriodicSites
    turn: Floats
    shift: Floats

    def nearest(self, points: Floats) -> tuple[Floats, Floats]:
        """Distances to the nearest sites, and these sites."""
        distances, partners = self.sites.nearest((points - self.shift) @ self.turn)
        return distances, partners @ self.turn.T + self.shift

    def inside(self, centre: Floats, radius: float, most: int) -> Floats:
        """Sites in a ball."""
        sites = self.sites.inside((centre - self.shift) @ self.turn, radius, most)
        return np.asarray(sites @ self.turn.T + self.shift)

    @property
    def density(self) -> float:
        """Sites per Å³."""
        return self.sites.density


def _compare(
    search: OriginSearch,
    balls: Sequence[Floats],
    mean: float,
    count: int,
    seed: int,
    report: Callable[[int, int], None],
) -> RandomOrientations | None:
    """Find the best origin for random orientations as well."""
    if count == 0:
        return None
    turns = Rotation.random(count, random_state=seed).as_matrix()
    means = []
    for number, turn in enumerate(turns, start=1):
        means.append(min(search.best(ball @ turn, quick=True).mean for ball in balls))
        report(number + 1, count + 1)
    lowest = np.array(means)
    return RandomOrientations(
        count=count,
        seed=seed,
        mean=float(lowest.mean()),
        spread=float(lowest.std()),
        lowest=float(lowest.min()),
        as_good=float((lowest <= mean + 1e-6).mean()),
    )


def _assigned(
    sites: Floats, others: "PeriodicSites | _Moved", centre: Floats, radius: float
) -> Floats:
    """A partner of its own for each site, with the smallest sum of distances."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    margin = 0.0
    while True:
        # A partner outside the larger ball cannot be better if every chosen one is nearer to its
        # site than the surface.
        margin += 2 * others.density ** (-1 / 3)
        candidates = others.inside(centre, radius + margin, 8 * MAX_SITES)
        if len(candidates) < len(sites):
            continue
        distances = cdist(sites, candidates)
        rows, columns = linear_sum_assignment(distances)
        room = radius + margin - np.linalg.norm(sites - centre, axis=1)
        if (distances[rows, columns] <= room).all():
            return np.asarray(candidates[columns])


def _distances(
    sites: Floats, partners: Floats, axes: Floats, random_origin: float | None
) -> Distances:
    """Statistics of the distances from sites to their partners."""
    vectors = partners - sites
    distances = np.linalg.norm(vectors, axis=1)
    along = np.sqrt(((vectors @ axes.T) ** 2).mean(axis=0)).tolist()
    return Distances(
        count=len(sites),
        mean=float(distances.mean()),
        median=float(np.median(distances)),
        rms=float(np.sqrt((distances**2).mean())),
        largest=float(distances.max()),
        within_half=float((distances <= 0.5).mean()),
        within_one=float((distances <= 1.0).mean()),
        rms_along=(along[0], along[1], along[2]),
        random_origin=random_origin,
    )


def _histogram(to_film: Floats, to_substrate: Floats) -> tuple[Bin, ...]:
    """Count the distances in both directions in the same bins."""
    numbers = [
        np.floor(distances / BIN + 1e-9).astype(np.int64) for distances in (to_film, to_substrate)
    ]
    size = int(max(bins.max() for bins in numbers)) + 1
    counts = [np.bincount(bins, minlength=size).tolist() for bins in numbers]
    return tuple(Bin(BIN * k, BIN * (k + 1), counts[0][k], counts[1][k]) for k in range(size))


def _axes(orientation: OrientationRelationship) -> tuple[Floats, tuple[str, str, str]]:
    """Axes of the map and their names."""
    if orientation.planes is None or orientation.directions is None:
        return np.eye(3), ("x", "y", "z")
    lattice = orientation.substrate.lattice
    plane, direction = orientation.planes[0], orientation.directions[0]
    normal = lattice.normals(plane.indices)
    normal = normal / np.linalg.norm(normal)
    along = lattice.vectors(direction.indices)
    along = along - (along @ normal) * normal
    along = along / np.linalg.norm(along)
    across = np.cross(normal, along)
    return np.array([along, across, normal]), (str(direction), "across", f"normal of {plane}")


def _fraction(values: Floats) -> tuple[float, ...]:
    """Fractional coordinates in the first cell, to nine digits."""
    return tuple((np.round(values - np.floor(values), 9) % 1.0).tolist())
