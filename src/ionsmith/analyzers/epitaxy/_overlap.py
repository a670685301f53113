"""Overlap of sites: how far an element of one crystal lies from the sites of it in another.

Two crystals in an orientation relationship lie in each other, as published: nothing is strained.
Where the origin of the film is, is free. Lattices that have no period in common meet in all
possible ways somewhere; over an infinite volume no origin is then better than another, and the mean
distance is that for a random origin. Overlap is a property of a *finite* region, such as a nucleus.
Here it is a ball about a site of the substrate: all sites of the element in it are compared with
the nearest site of the film, and the origin (three coordinates, and which site is the centre) is
chosen, globally, so that the mean of these distances is smallest. How it grows with the ball at
that origin says how far the overlap reaches.

Choosing an origin makes any two sets of sites overlap to some degree. Two numbers say whether the
overlap found means anything: the mean distance for a random origin, and the smallest mean distances
for random orientations of the film, found in the same way. Also, sites are never nearer to each
other than their densities let them be: for sites of density n at random it is 0.554 n^(-1/3) on
average (P. Hertz, Math. Ann. 67, 387 (1909), doi:10.1007/BF01450410), and of the denser side some
find no partner of their own. The assignment one to one, of the sparser side, says how far atoms
go if each of its sites takes another one.

The other direction, from the sites of the film in the ball to the nearest ones of the substrate,
is reported at the same origin; to choose the origin by it, exchange the crystals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.epitaxy._element_sites import ElementSites
from ionsmith.analyzers.epitaxy._overlap_result import (
    Bin,
    Distances,
    Overlap,
    RandomOrientations,
    Reach,
)
from ionsmith.analyzers.epitaxy._overlap_search import OriginSearch
from ionsmith.bonding.periodic_sites import PeriodicSites
from ionsmith.errors import InvalidInput
from ionsmith.lattice.orientation import OrientationRelationship

Floats = NDArray[np.float64]

RADIUS = 10.0
"""Radius of the ball in Å: a nucleus of some tens of formula units."""

MAX_SITES = 2000
"""Most sites in the ball."""

BIN = 0.25
"""Width of the bins of the histograms in Å."""

_REACHES = (0.5, 0.75, 1.0, 1.5, 2.0)  # radii at which the mean is given, in units of the ball's


def site_overlap(
    substrate: ElementSites,
    film: ElementSites,
    orientation: OrientationRelationship,
    *,
    radius: float = RADIUS,
    orientations: int = 0,
    seed: int = 0,
) -> Overlap:
    """Find the origin at which the sites of an element overlap best, and how well.

    Parameters
    ----------
    substrate, film
        The sites of both crystals.
    orientation
        How the crystals lie in each other.
    radius
        Of the ball in Å.
    orientations
        How many random orientations to compare with.
    seed
        What these are drawn with.

    Returns
    -------
    Overlap
        Deterministic: of equally good origins the first one is taken.

    Raises
    ------
    InvalidInput
        For a ball without a second site or with too many of them, or a cell that is too large.
    """
    if not radius > 0:
        raise InvalidInput(f"the radius of the ball must be positive, not {radius:g} Å")
    below, above, turn = substrate.periodic, film.periodic, orientation.rotation
    search = OriginSearch.on(above)
    balls = [below.inside(c, radius, MAX_SITES) - c for c in below.positions]
    if min(map(len, balls)) < 2:
        raise InvalidInput(
            f"a ball of {radius:g} Å holds one {substrate.element} of {substrate.crystal.name} "
            "only, which always overlaps; take a larger radius"
        )
    found = [search.best(ball @ turn) for ball in balls]
    number = int(np.argmin(np.round([origin.mean for origin in found], 6)))
    cells = [side.crystal.lattice.cell for side in (substrate, film)]
    # As they are reported: in the first cell of each crystal, to nine digits.
    fractions = [
        _fraction(place @ np.linalg.inv(cell))
        for place, cell in zip((below.positions[number], found[number].point), cells, strict=True)
    ]
    centre, point = (np.array(f) @ cell for f, cell in zip(fractions, cells, strict=True))
    shift = centre - turn @ point
    moved = _Moved(above, turn, shift)

    sites = centre + balls[number]
    film_sites = moved.inside(centre, radius, MAX_SITES)
    to_film, to_substrate = moved.nearest(sites), below.nearest(film_sites)
    axes, names = _axes(orientation)
    sparse_below = below.density <= above.density
    paired = (sites, moved) if sparse_below else (film_sites, below)
    assigned = _assigned(paired[0], paired[1], centre, radius)
    reach = []
    for factor in _REACHES:
        points = below.inside(centre, factor * radius, 8 * MAX_SITES)
        mean = float(moved.nearest(points)[0].mean())
        reach.append(Reach(round(factor * radius, 10), len(points), mean))
    return Overlap(
        substrate=substrate.crystal.name,
        film=film.crystal.name,
        element=substrate.element,
        film_element=film.element,
        radius=radius,
        rotation=turn,
        centre=fractions[0],
        film_point=fractions[1],
        shift=tuple((np.round(shift, 9) + 0.0).tolist()),
        density=below.density,
        film_density=above.density,
        to_film=_distances(sites, to_film[1], axes, search.random),
        to_substrate=_distances(film_sites, to_substrate[1], axes, OriginSearch.on(below).random),
        one_to_one=_distances(paired[0], assigned, axes, None),
        sparser="substrate" if sparse_below else "film",
        random_orientations=_compare(search, balls, found[number].mean, orientations, seed),
        reach=tuple(reach),
        histogram=_histogram(to_film[0], to_substrate[0]),
        axes=axes,
        axis_names=names,
        sites=(sites - centre) @ axes.T,
        partners=(to_film[1] - centre) @ axes.T,
        film_sites=(film_sites - centre) @ axes.T,
        film_partners=(to_substrate[1] - centre) @ axes.T,
        notes=tuple(note for note in (substrate.note, film.note) if note is not None),
    )


@dataclass(frozen=True, eq=False)
class _Moved:
    """The sites of the film, turned and shifted into the frame of the substrate."""

    sites: PeriodicSites
    turn: Floats
    shift: Floats

    def nearest(self, points: Floats) -> tuple[Floats, Floats]:
        distances, partners = self.sites.nearest((points - self.shift) @ self.turn)
        return distances, partners @ self.turn.T + self.shift

    def inside(self, centre: Floats, radius: float, most: int) -> Floats:
        found = self.sites.inside((centre - self.shift) @ self.turn, radius, most)
        return np.asarray(found @ self.turn.T + self.shift)

    @property
    def density(self) -> float:
        return self.sites.density


def _compare(
    search: OriginSearch, balls: Sequence[Floats], mean: float, count: int, seed: int
) -> RandomOrientations | None:
    """Look for the best origin in random orientations too."""
    if count == 0:
        return None
    turns = Rotation.random(count, random_state=seed).as_matrix()
    lowest = np.array(
        [min(search.best(ball @ turn, quick=True).mean for ball in balls) for turn in turns]
    )
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
    """Partners of sites, each another one, with the smallest sum of distances."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    margin = 0.0
    while True:
        # No partner outside the larger ball can be worth it if the most distant one chosen is
        # nearer to its site than the surface is.
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
    """Count both directions in the same bins."""
    numbers = [np.floor(one / BIN + 1e-9).astype(np.int64) for one in (to_film, to_substrate)]
    size = int(max(one.max() for one in numbers)) + 1
    counts = [np.bincount(one, minlength=size).tolist() for one in numbers]
    return tuple(Bin(BIN * k, BIN * (k + 1), counts[0][k], counts[1][k]) for k in range(size))


def _axes(orientation: OrientationRelationship) -> tuple[Floats, tuple[str, str, str]]:
    """Axes that the map is drawn along, and their names."""
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
    return tuple((np.round(values - np.floor(values), 9) % 1.0).tolist())
