"""The search behind :mod:`ionsmith.surfaces.matches`, and what to relax where it finds nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Coincidences, Limits, coincidences
from ionsmith.surfaces.plane_mesh import PlaneMesh, facets, plane_mesh, plane_meshes
from ionsmith.surfaces.strain import stretch_window

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatchSearch:
    """What stays the same while limits are relaxed.

    Parameters
    ----------
    substrates, films, pairs
        Meshes and the pairs of their numbers.
    orientation
        The orientation relationship, or None.
    fixed
        Whether the planes were given, so that equivalent ones will not do.
    reverse
        Whether the film may be turned over.
    supercells
        Whether mere supercells of a smaller match count.
    """

    substrates: tuple[PlaneMesh, ...]
    films: tuple[PlaneMesh, ...]
    pairs: NDArray[np.int64]
    orientation: OrientationRelationship | None
    fixed: bool
    reverse: bool
    supercells: bool

    def cell_pairs(self, limits: Limits) -> float:
        """Estimate how many pairs of cells with like areas there are, on all pairs of planes.

        There are as many cells of n meshes as the sum of the divisors of n, π²n/6 on average.
        """
        first, second = (
            np.array([mesh.area for mesh in side])[self.pairs[:, i]]
            for i, side in enumerate((self.substrates, self.films))
        )
        low, high = stretch_window(limits.max_strain, limits.substrate_share)
        window = max(high**2 - low**2, 0.005)  # equal areas are paired without any strain
        each = (np.pi**2 / 6) ** 2 * window * limits.max_area**4
        return float((each / (4 * first**2 * second**2)).sum())

    def run(self, limits: Limits, tolerance: float) -> "Found":
        """Find the matches within limits, and within an angle of the relationship."""
        found = coincidences(
            self.substrates,
            self.films,
            limits,
            pairs=self.pairs,
            reverse=self.reverse,
        )
        if not self.supercells:
            found = found[found.multiple == 1]
        if self.orientation is None:
            none = np.zeros(len(found), dtype=np.int64)
            return Found(found, None, none, none)
        deviation, first, second = self._nearest(found, self.orientation)
        return Found(found, deviation, first, second)[deviation <= tolerance + 1e-9]

    def _nearest(
        self, found: Coincidences, orientation: OrientationRelationship
    ) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """Smallest angle to the relationship, and the operations of both sides that lead there."""
        groups = [c.cartesian_group for c in (orientation.substrate, orientation.film)]
        chosen = [np.arange(len(group)) for group in groups]
        if self.fixed:
            substrate, film = self.substrates[0], self.films[0]
            chosen = [substrate.members[~substrate.turning], film.members]
        signs = [np.linalg.det(group[which]) for group, which in zip(groups, chosen, strict=True)]
        a, b = np.nonzero(signs[0][:, None] * signs[1] > 0)
        a, b = chosen[0][a], chosen[1][b]
        targets = groups[0][a].transpose(0, 2, 1) @ orientation.rotation @ groups[1][b]
        traces = found.rotations.reshape(-1, 9) @ targets.reshape(-1, 9).T
        best = np.round(traces, 9).argmax(axis=1)
        cosines = (np.take_along_axis(traces, best[:, None], 1)[:, 0] - 1) / 2
        return np.degrees(np.arccos(np.clip(cosines, -1, 1))), a[best], b[best]


@dataclass(frozen=True, eq=False)
class Found:
    """Matches, how far each is off the relationship, and the operations that set it so."""

    matches: Coincidences
    deviation: Floats | None
    substrate_operation: NDArray[np.int64]
    film_operation: NDArray[np.int64]

    def __getitem__(self, which: ArrayLike | slice) -> "Found":
        index = which if isinstance(which, slice) else np.asarray(which)
        return Found(
            self.matches[index],
            None if self.deviation is None else self.deviation[index],
            self.substrate_operation[index],
            self.film_operation[index],
        )


def search_meshes(
    substrate: CrystalLattice,
    film: CrystalLattice,
    planes: tuple[Plane, Plane] | None,
    max_index: int,
) -> tuple[tuple[PlaneMesh, ...], tuple[PlaneMesh, ...], NDArray[np.int64]]:
    """Meshes of the given planes, or of all pairs of facets that differ."""
    if planes is not None:
        sides = (plane_mesh(substrate, planes[0]),), (plane_mesh(film, planes[1]),)
        return *sides, np.array([[0, 0]])
    # An equivalence by a mirror needs one on the other side too.
    substrates = plane_meshes(
        substrate, facets(substrate.symmetry, max_index, proper=film.symmetry.is_chiral)
    )
    films = plane_meshes(film, facets(film.symmetry, max_index, proper=True, two_sided=True))
    fewer: Sequence[int] = range(len(films))
    if not film.symmetry.is_chiral and not film.symmetry.is_centrosymmetric:
        # Only here does an improper operation relate planes that no rotation or inversion does.
        names = facets(film.symmetry, max_index, two_sided=True)
        fewer = [number for number, mesh in enumerate(films) if mesh.plane in names]
    pairs = [
        (number, other)
        for number, mesh in enumerate(substrates)
        for other in (fewer if mesh.improper[~mesh.turning].any() else range(len(films)))
    ]
    return substrates, films, np.array(pairs)


MOST_PAIRS = 2e9
"""Pairs of cells that are looked at, see :meth:`MatchSearch.cell_pairs`: about a minute."""

MOST_TIMES = 200
"""Ratio of the meshes' areas up to which a larger area is tried; the search grows as its square."""


UNITS = {
    "max-strain": ("", 4),
    "max-shear": ("", 4),
    "max-area-strain": ("", 4),
    "max-area": (" Å²", 1),
    "within": ("°", 2),
}
"""Unit of each limit, and the digits to which it is told."""


def nearest_miss(search: MatchSearch, limits: Limits, tolerance: float) -> tuple[str, ...]:
    """Say which limits, each relaxed alone, would let a match in, and which match that is.

    Where none would do alone, what the best match within wider limits needs of them together.
    """
    found = []
    for option, relaxed, angle in _relaxations(search, limits, tolerance):
        result = search.run(relaxed, angle)
        if len(result.matches):
            best = int(np.round(_measures(result)[option], 9).argmin())
            found.append(_told(search, result, best, [option]))
    if found:
        return tuple(found)
    given = {
        "max-strain": limits.max_strain,
        "max-shear": np.inf if limits.max_shear is None else limits.max_shear,
        "max-area-strain": np.inf if limits.max_area_strain is None else limits.max_area_strain,
        "max-area": limits.max_area,
        "within": tolerance,
    }
    for relaxed in _all_relaxed(search, limits):
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            continue
        result = search.run(relaxed, 180.0)
        if len(result.matches):
            measures = _measures(result)
            off = np.zeros(len(result.matches)) if result.deviation is None else result.deviation
            area, strain = measures["max-area"].round(6), result.matches.von_mises.round(9)
            best = int(np.lexsort((area, strain, np.round(off, 6)))[0])
            broken = [name for name in measures if measures[name][best] > given[name] + 1e-9]
            return (_told(search, result, best, broken),)
    return ()


def _measures(result: Found) -> dict[str, Floats]:
    """Give what each match needs of each limit."""
    matches = result.matches
    measures = {
        "max-strain": matches.max_strain,
        "max-shear": matches.shear.max(axis=1),
        "max-area-strain": abs(matches.area_strain).max(axis=1),
        "max-area": matches.areas.max(axis=1),
    }
    return measures if result.deviation is None else measures | {"within": result.deviation}


def _told(search: MatchSearch, result: Found, best: int, options: Sequence[str]) -> str:
    """Write what a match needs, and which one it is."""
    measures, needs = _measures(result), []
    for option in options:
        unit, digits = UNITS[option]
        value = np.ceil(measures[option][best] * 10**digits - 1e-6) / 10**digits
        needs.append(f"{option} {value:g}{unit}")
    s, f = result.matches.mesh_pair[best]
    first, second = result.matches.areas[best]
    return (
        f"{' and '.join(needs)} ({search.substrates[s].plane}||{search.films[f].plane} with "
        f"{first:.1f} on {second:.1f} Å²)"
    )


def _all_relaxed(search: MatchSearch, limits: Limits) -> Iterator[Limits]:
    """Limits on strain and area that widen together, the others left out."""
    smallest = _smallest_area(search)
    for more_strain, more_area in ((1.5, 1.5), (3.0, 3.0), (np.inf, 1.0), (np.inf, 4.0)):
        strain = min(more_strain * max(limits.max_strain, 0.01), limits.largest_strain)
        area = limits.max_area if smallest is None else max(limits.max_area, smallest) * more_area
        yield replace(
            limits, max_area=area, max_strain=strain, max_shear=None, max_area_strain=None
        )


def _smallest_area(search: MatchSearch) -> float | None:
    """Smallest area that any match can have; None where it is too many meshes of one side."""
    least = [min(mesh.area for mesh in side) for side in (search.substrates, search.films)]
    return max(least) if max(least) < MOST_TIMES * min(least) else None


def _relaxations(
    search: MatchSearch, limits: Limits, tolerance: float
) -> Iterator[tuple[str, Limits, float]]:
    """Name of each limit, the limits with that one relaxed, and the angle."""
    for factor in (1.5, 3.0, np.inf):
        strain = min(factor * max(limits.max_strain, 0.01), limits.largest_strain)
        relaxed = replace(limits, max_strain=strain)
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            break
        if factor == np.inf or len(search.run(relaxed, tolerance).matches):
            yield "max-strain", relaxed, tolerance
            break
    if limits.max_shear is not None:
        yield "max-shear", replace(limits, max_shear=None), tolerance
    if limits.max_area_strain is not None:
        yield "max-area-strain", replace(limits, max_area_strain=None), tolerance
    smallest = _smallest_area(search)
    for factor in (1.0, 2.0, 4.0) if smallest is not None else ():
        relaxed = replace(limits, max_area=factor * max(limits.max_area, smallest or 0.0))
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            break
        if factor == 4 or len(search.run(relaxed, tolerance).matches):
            yield "max-area", relaxed, tolerance
            break
    if search.orientation is not None:
        yield "within", limits, 180.0
