"""Search for matches on plane meshes, and the limits to relax if there are none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane, triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.unit_cell import UnitCell
from ionsmith.surfaces.coincidence import Coincidences, Limits, coincidences
from ionsmith.surfaces.plane_mesh import PlaneMeshes, facets, plane_mesh, plane_meshes
from ionsmith.surfaces.strain import stretch_window

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatchSearch:
    """Everything about a search except the limits.

    Parameters
    ----------
    units
        Unit cells of substrate and film, in whose axes the meshes are.
    substrates, films, pairs
        Meshes and the pairs of their numbers.
    orientation
        The orientation relationship, or None.
    planes_given
        Whether the planes in contact were given, so that equivalent ones are excluded.
    reverse
        Whether the film may be turned over.
    supercells
        Whether mere supercells of a smaller match are included.
    """

    units: tuple[UnitCell, UnitCell]
    substrates: PlaneMeshes
    films: PlaneMeshes
    pairs: NDArray[np.int64]
    orientation: OrientationRelationship | None
    planes_given: bool
    reverse: bool
    supercells: bool

    def cell_pairs(self, limits: Limits) -> float:
        """Estimate the number of pairs of cells with similar areas, on all pairs of planes.

        The number of cells of n meshes is the sum of the divisors of n, π²n/6 on average.
        """
        first, second = (
            side.areas[self.pairs[:, i]] for i, side in enumerate((self.substrates, self.films))
        )
        low, high = stretch_window(limits.max_strain, limits.substrate_share)
        window = max(high**2 - low**2, 0.005)  # equal areas are paired without any strain
        each = (np.pi**2 / 6) ** 2 * window * limits.max_area**4
        return float((each / (4 * first**2 * second**2)).sum())

    def cells(self, max_area: float) -> float:
        """Estimate the number of cells of all planes up to an area."""
        areas = np.concatenate([self.substrates.areas, self.films.areas])
        return float((np.pi**2 / 12 * (max_area / areas) ** 2).sum())

    def run(self, limits: Limits, within: float, most: float = np.inf) -> "SearchResult":
        """Find the matches within limits and within an angle of the relationship.

        Raises
        ------
        TooManyCells
            If more than ``most`` pairs of cells would be compared.
        """
        matches = coincidences(
            self.substrates,
            self.films,
            limits,
            pairs=self.pairs,
            reverse=self.reverse,
            most=most,
        )
        if not self.supercells:
            matches = matches[matches.multiple == 1]
        if self.orientation is None:
            identity = np.zeros(len(matches), dtype=np.int64)
            return SearchResult(matches, None, identity, identity)
        deviation, first, second = self._nearest(matches, self.orientation)
        return SearchResult(matches, deviation, first, second)[deviation <= within + 1e-9]

    def _nearest(
        self, matches: Coincidences, orientation: OrientationRelationship
    ) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """Smallest angle to the relationship, and the operations of both sides that give it."""
        groups = [unit.lattice.cartesian_group for unit in self.units]
        chosen = [np.arange(len(group)) for group in groups]
        if self.planes_given:
            substrate, film = self.substrates[0], self.films[0]
            chosen = [substrate.members[~substrate.turning], film.members]
        signs = [np.linalg.det(group[which]) for group, which in zip(groups, chosen, strict=True)]
        a, b = np.nonzero(signs[0][:, None] * signs[1] > 0)
        a, b = chosen[0][a], chosen[1][b]
        targets = groups[0][a].transpose(0, 2, 1) @ orientation.rotation @ groups[1][b]
        traces = matches.rotations.reshape(-1, 9) @ targets.reshape(-1, 9).T
        best = np.round(traces, 9).argmax(axis=1)
        cosines = (np.take_along_axis(traces, best[:, None], 1)[:, 0] - 1) / 2
        return np.degrees(np.arccos(np.clip(cosines, -1, 1))), a[best], b[best]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Matches, their deviation from the relationship, and the operations that minimise it."""

    matches: Coincidences
    deviation: Floats | None
    substrate_operation: NDArray[np.int64]
    film_operation: NDArray[np.int64]

    def __getitem__(self, which: ArrayLike | slice) -> "SearchResult":
        index = which if isinstance(which, slice) else np.asarray(which)
        return SearchResult(
            self.matches[index],
            None if self.deviation is None else self.deviation[index],
            self.substrate_operation[index],
            self.film_operation[index],
        )


def plane_labels(unit: UnitCell, indices: NDArray[np.int64], four_index: bool) -> list[str]:
    """Planes of a unit cell as text, in the axes in which the crystal is given."""
    planes = [triple(row) for row in unit.planes_as_given(indices).tolist()]
    known = {plane: str(Plane(plane, four_index)) for plane in set(planes)}
    return [known[plane] for plane in planes]


def search_meshes(
    substrate: CrystalLattice,
    film: CrystalLattice,
    contact: tuple[Plane, Plane] | None,
    max_index: int,
) -> tuple[PlaneMeshes, PlaneMeshes, NDArray[np.int64]]:
    """Meshes of the given planes, or of all inequivalent pairs of facets."""
    if contact is not None:
        sides = (plane_mesh(substrate, contact[0]),), (plane_mesh(film, contact[1]),)
        return PlaneMeshes(sides[0]), PlaneMeshes(sides[1]), np.array([[0, 0]])
    # Facets related by a mirror are equivalent only if the other side has a mirror too.
    substrates = plane_meshes(
        substrate, facets(substrate.symmetry, max_index, proper=film.symmetry.is_chiral)
    )
    films = plane_meshes(film, facets(film.symmetry, max_index, proper=True, two_sided=True))
    paired = np.ones((len(substrates), len(films)), dtype=bool)
    if not film.symmetry.is_chiral and not film.symmetry.is_centrosymmetric:
        # Only then does an improper operation relate planes that no rotation or inversion does.
        names = facets(film.symmetry, max_index, two_sided=True)
        mirrored = [bool((mesh.improper & ~mesh.turning).any()) for mesh in substrates]
        paired[mirrored] = [mesh.plane in names for mesh in films]
    return substrates, films, np.argwhere(paired)


MOST_PAIRS = 2e8
"""Largest number of pairs of cells (:meth:`MatchSearch.cell_pairs`): some seconds."""

MOST_COMPARED = 2e7
"""Largest number of pairs of cells that are compared, where they are counted: some seconds."""

MOST_CELLS = 1.2e7
"""Largest number of cells (:meth:`MatchSearch.cells`) that are held: 20 seconds and 2 GB."""

MOST_TIMES = 200
"""Ratio of mesh areas up to which larger areas are tried; the cost grows as its square."""


UNITS = {
    "max_strain": ("", 4),
    "max_shear": ("", 4),
    "max_area_strain": ("", 4),
    "max_area": (" Å²", 1),
    "within": ("°", 2),
}
"""Unit of each limit, and the number of digits in messages."""


def nearest_miss(search: MatchSearch, limits: Limits, within: float) -> tuple[str, ...]:
    """Limits that, each relaxed alone, would allow a match, and which match that is.

    If no single limit is enough, the limits that the best match within wider limits needs.
    """
    misses = []
    for option, relaxed, angle in _relaxations(search, limits, within):
        result = search.run(relaxed, angle)
        if len(result.matches):
            best = int(np.round(_measures(result)[option], 9).argmin())
            misses.append(_needs(search, result, best, [option]))
    if misses:
        return tuple(misses)
    given = {
        "max_strain": limits.max_strain,
        "max_shear": np.inf if limits.max_shear is None else limits.max_shear,
        "max_area_strain": np.inf if limits.max_area_strain is None else limits.max_area_strain,
        "max_area": limits.max_area,
        "within": within,
    }
    for relaxed in _all_relaxed(search, limits):
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            continue
        result = search.run(relaxed, 180.0)
        if len(result.matches):
            measures = _measures(result)
            deviation = result.deviation
            if deviation is None:
                deviation = np.zeros(len(result.matches))
            area, strain = measures["max_area"].round(6), result.matches.von_mises.round(9)
            best = int(np.lexsort((area, strain, np.round(deviation, 6)))[0])
            broken = [name for name in measures if measures[name][best] > given[name] + 1e-9]
            return (_needs(search, result, best, broken),)
    return ()


def _measures(result: SearchResult) -> dict[str, Floats]:
    """Value of each limit that each match needs."""
    matches = result.matches
    measures = {
        "max_strain": matches.max_strain,
        "max_shear": matches.shear.max(axis=1),
        "max_area_strain": abs(matches.area_strain).max(axis=1),
        "max_area": matches.areas.max(axis=1),
    }
    return measures if result.deviation is None else measures | {"within": result.deviation}


def _needs(search: MatchSearch, result: SearchResult, best: int, options: Sequence[str]) -> str:
    """Limits that a match needs, and its planes and areas."""
    measures, needs = _measures(result), []
    for option in options:
        unit, digits = UNITS[option]
        value = np.ceil(measures[option][best] * 10**digits - 1e-6) / 10**digits
        needs.append(f"`{option}` {value:g}{unit}")
    s, f = result.matches.mesh_pair[best]
    first, second = result.matches.areas[best]
    planes = "||".join(
        plane_labels(unit, np.array([mesh.plane.indices]), mesh.plane.four_index)[0]
        for unit, mesh in zip(search.units, (search.substrates[s], search.films[f]), strict=True)
    )
    return f"{' and '.join(needs)} ({planes} with {first:.1f} on {second:.1f} Å²)"


def _all_relaxed(search: MatchSearch, limits: Limits) -> Iterator[Limits]:
    """Limits on strain and area that increase together, without the others."""
    smallest = _smallest_area(search)
    for more_strain, more_area in ((1.5, 1.5), (3.0, 3.0), (np.inf, 1.0), (np.inf, 4.0)):
        strain = min(more_strain * max(limits.max_strain, 0.01), limits.largest_strain)
        area = limits.max_area if smallest is None else max(limits.max_area, smallest) * more_area
        yield replace(
            limits, max_area=area, max_strain=strain, max_shear=None, max_area_strain=None
        )


def _smallest_area(search: MatchSearch) -> float | None:
    """Smallest area of any match; None if it takes too many meshes of one side."""
    least = [min(mesh.area for mesh in side) for side in (search.substrates, search.films)]
    return max(least) if max(least) < MOST_TIMES * min(least) else None


def _relaxations(
    search: MatchSearch, limits: Limits, within: float
) -> Iterator[tuple[str, Limits, float]]:
    """Name of each limit, the limits with that one relaxed, and the angle."""
    for factor in (1.5, 3.0, np.inf):
        strain = min(factor * max(limits.max_strain, 0.01), limits.largest_strain)
        relaxed = replace(limits, max_strain=strain)
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            break
        if factor == np.inf or len(search.run(relaxed, within).matches):
            yield "max_strain", relaxed, within
            break
    if limits.max_shear is not None:
        yield "max_shear", replace(limits, max_shear=None), within
    if limits.max_area_strain is not None:
        yield "max_area_strain", replace(limits, max_area_strain=None), within
    smallest = _smallest_area(search)
    for factor in (1.0, 2.0, 4.0) if smallest is not None else ():
        relaxed = replace(limits, max_area=factor * max(limits.max_area, smallest or 0.0))
        if search.cell_pairs(relaxed) > MOST_PAIRS:
            break
        if factor == 4 or len(search.run(relaxed, within).matches):
            yield "max_area", relaxed, within
            break
    if search.orientation is not None:
        yield "within", limits, 180.0
