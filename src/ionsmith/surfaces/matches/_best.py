"""The best matches of a search that has too many to list, by branch and bound.

The matches up to an area are listed, and the area is raised until no larger cell can rank as high
as the last match that is asked for: strain is never a gain, so that a match costs at least what its
area does (:data:`ionsmith.surfaces.matches.FORMULA`). If matches are ranked by strain or its
energy, those up to a strain are listed instead: with a largest principal misfit e, the von Mises
strain is at least e/√3, and the energy at least that of e along the softest direction. Cells with
similar areas may be very many there, but few of them have similar edges: those are counted first.

The first matches, and whether they are on the Pareto front, are those of the full list.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from ase.units import GPa
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.surfaces.coincidence import Limits, TooManyCells
from ionsmith.surfaces.matches._cost import (
    YOUNG,
    Costs,
    RankBy,
    costs_of,
    largest_area,
    ranking,
)
from ionsmith.surfaces.matches._search import (
    MOST_CELLS,
    MOST_COMPARED,
    MOST_PAIRS,
    MatchSearch,
    SearchResult,
)
from ionsmith.surfaces.strain import plane_stiffness

COUNTED = 1e7
"""Number of pairs of cells up to which all matches are listed: a fraction of a second."""

_FIRST_PAIRS = 1e4
_GROWTH = 1.5
_ROUNDING = 1e-6  # measures and areas are compared rounded

Stiffness = tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Matches, their costs and their order, and up to which limits they are complete."""

    result: SearchResult
    costs: Costs
    order: NDArray[np.int64]
    limits: Limits


def best_matches(
    search: MatchSearch,
    limits: Limits,
    within: float,
    rank_by: RankBy,
    limit: int | None,
    stiffness: Stiffness,
) -> Ranked:
    """All matches, or at least the first ``limit`` where the list would be long."""
    step, which = limits, _grown(rank_by)
    if limit is not None and search.cell_pairs(limits) > COUNTED:
        factor = (_FIRST_PAIRS / search.cell_pairs(limits)) ** 0.25
        step = replace(limits, **{which: getattr(limits, which) * factor})
    # If strains are small, few cells with similar areas have similar edges too: these are counted.
    counted = (
        which == "max_strain" and limit is not None and search.cells(limits.max_area) <= MOST_CELLS
    )
    while True:
        few = search.cell_pairs(step) <= MOST_PAIRS
        try:
            if not few and not counted:
                raise TooManyCells
            result = search.run(step, within, np.inf if few else MOST_COMPARED)
        except TooManyCells:
            share = (MOST_PAIRS / search.cell_pairs(limits)) ** 0.25
            if which == "max_strain" and limit is not None and not counted:
                share = max(share, (MOST_CELLS / search.cells(limits.max_area)) ** 0.5)
            largest = limits.max_area * share
            raise InvalidInput(
                f"there are too many cells up to {limits.max_area:g} Å²: for these planes and this "
                f"strain set `max_area` to at most {int(largest)} Å²"
            ) from None
        costs = costs_of(result.matches, stiffness)
        ranked = Ranked(result, costs, ranking(result.matches, costs, rank_by), step)
        if step == limits or limit is None:
            return ranked
        value = getattr(step, which)
        needed = _needed(search, ranked, rank_by, limit, stiffness)
        if needed <= value:
            return ranked
        wider = min(getattr(limits, which), needed, _GROWTH * value)
        step = replace(limits, **{which: wider})


def leading(costs: Costs, order: NDArray[np.int64]) -> int:
    """How many matches in front cost the same."""
    rounded = costs.cost.round(10)[order]
    return int(np.argmax(np.append(rounded != rounded[:1], True)))


def _grown(rank_by: RankBy) -> Literal["max_area", "max_strain"]:
    """Limit that bounds what matches are ranked by."""
    return "max_area" if rank_by in ("cost", "area") else "max_strain"


def _needed(
    search: MatchSearch, ranked: Ranked, rank_by: RankBy, limit: int, stiffness: Stiffness
) -> float:
    """Limit up to which the list has to go, so that no match outside is among the first."""
    # Those in front that cost the same are told apart by their orientation, so all must be there.
    last = max(limit, leading(ranked.costs, ranked.order) + 1)
    if len(ranked.order) < last:
        return np.inf
    first = ranked.order[:last]
    matches, costs = ranked.result.matches[first], ranked.costs[first]
    if _grown(rank_by) == "max_area":
        area = float(matches.areas[:, 0].max())
        if rank_by == "cost":
            area = largest_area(float(costs.cost.max()))
        # The film's cell may be the larger one by what it is compressed.
        return (area + _ROUNDING) * (1 + _ROUNDING) / min(1.0, ranked.limits.window.low**2)
    share = ranked.limits.substrate_share
    square = (float(costs.energy.max()) + 1e-9) / _softest(search, share, stiffness)
    misfit = float(np.sqrt(square))
    if rank_by == "strain":  # the Pareto front needs the energy too
        misfit = max(misfit, np.sqrt(3) * (float(matches.von_mises.max()) + 1e-9))
    return misfit * max(share, 1 - share) * (1 + _ROUNDING)


def _softest(search: MatchSearch, substrate_share: float, stiffness: Stiffness) -> float:
    """Smallest elastic energy of both sides in eV/Å³ over the square of the principal misfit."""
    total = 0.0
    for meshes, share, matrix in zip(
        (search.substrates, search.films),
        (substrate_share, 1 - substrate_share),
        stiffness,
        strict=True,
    ):
        least = YOUNG / 2
        if matrix is not None:
            # In orthonormal components (11, 22, √2·12) of the strain.
            scale = np.sqrt(np.outer([1, 1, 0.5], [1, 1, 0.5]))
            layers = [plane_stiffness(matrix, mesh.frame) * scale for mesh in meshes]
            least = float(np.linalg.eigvalsh(layers).min()) / 2
        total += share**2 * least * GPa
    return total
