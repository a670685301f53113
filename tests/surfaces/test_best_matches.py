"""The best matches, found without listing all, are those of the full list."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ionsmith.crystals import load
from ionsmith.errors import InvalidInput
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Limits, coincidences
from ionsmith.surfaces.matches import Matches, RankBy, _best, find_matches
from ionsmith.surfaces.matches._search import search_meshes
from ionsmith.surfaces.strain import elastic_matrix

CONTACT = parse_planes("(1,2,-1)||(2,-1,0)")
SOFT = elastic_matrix((33.0, 13.0, 9.0))


def found(first: str, second: str, limits: Limits, limit: int | None, **how: Any) -> Matches:
    """Matches of two library crystals."""
    crystals = load(first).lattice, load(second).lattice
    if how.pop("bound", False):
        how["orientation"] = OrientationRelationship.from_parallel(
            *crystals, CONTACT, parse_directions("[0,1,2]||[1,2,-1]")
        )
    return find_matches(*crystals, limits, limit=limit, **how)


@pytest.mark.parametrize("rank_by", ["cost", "area", "strain", "energy"])
@pytest.mark.parametrize(
    ("first", "second", "limits", "how"),
    [
        ("si", "ge", Limits(500), {}),
        ("si", "ge", Limits(400, 0.06), {"substrate_stiffness": SOFT, "film_stiffness": 3 * SOFT}),
        ("si", "si", Limits(300, 0.03), {"max_index": 2, "supercells": True}),
        ("nh4vo3", "nvp", Limits(1500, 0.04, 0.05, 0.06, 0.5), {}),
        ("nh4vo3", "nvp", Limits(2500, substrate_share=0.3), {"contact": CONTACT}),
        ("nh4vo3", "nvp", Limits(1500), {"contact": CONTACT, "bound": True, "within": 9}),
        ("nvp", "nzsp", Limits(1200), {"reverse": False}),
    ],
)
def test_first_ones_are_those_of_the_full_list(
    first: str,
    second: str,
    limits: Limits,
    how: dict[str, Any],
    rank_by: RankBy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = found(first, second, limits, None, rank_by=rank_by, **how)
    monkeypatch.setattr(_best, "COUNTED", 0.0)
    monkeypatch.setattr(_best, "_FIRST_PAIRS", 10.0)
    for limit in (1, 7, 20):
        best = found(first, second, limits, limit, rank_by=rank_by, **how)
        assert tuple(best.matches) == tuple(full.matches[:limit])
        assert best.count in (None, full.count)


@pytest.mark.parametrize("rank_by", ["strain", "energy"])
def test_least_strain_where_cells_are_many(
    rank_by: RankBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(1500, 0.04, substrate_share=0.3)
    full = found("nh4vo3", "nvp", limits, None, rank_by=rank_by)
    monkeypatch.setattr(_best, "COUNTED", 0.0)
    monkeypatch.setattr(_best, "MOST_PAIRS", 0.0)
    monkeypatch.setattr(_best, "_FIRST_PAIRS", 10.0)
    for limit in (1, 7, 20):
        best = found("nh4vo3", "nvp", limits, limit, rank_by=rank_by)
        assert tuple(best.matches) == tuple(full.matches[:limit])
    for bound in ("MOST_CELLS", "MOST_COMPARED"):
        with monkeypatch.context() as patch:
            patch.setattr(_best, bound, 10)
            with pytest.raises(InvalidInput, match="too many cells up to 1500 Å²"):
                found("nh4vo3", "nvp", limits, 7, rank_by=rank_by)


def test_least_strained_cells_are_those_of_wider_limits() -> None:
    meshes = search_meshes(load("nh4vo3").lattice, load("nvp").lattice, None, 1)
    wide = coincidences(*meshes[:2], Limits(9000, 0.002), pairs=meshes[2])
    strains = np.sort(wide.von_mises[wide.multiple == 1])
    best = found("nh4vo3", "nvp", Limits(9000), 20, rank_by="strain")
    assert [match.von_mises for match in best.matches] == pytest.approx(strains[:20].tolist())


def test_area_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    run = _best.MatchSearch.run

    def counting(self: Any, limits: Limits, within: float, most: float) -> Any:
        result = run(self, limits, within, most)
        searched.append(len(result.matches))
        return result

    monkeypatch.setattr(_best.MatchSearch, "run", counting)
    best = found("nvp", "nzsp", Limits(20000), 20)
    assert best.count is None
    assert any("not counted" in note for note in best.notes)
    assert sum(searched) < 5000  # of some ten million
    # Same ones as among all matches up to a thirteenth of the area.
    full = found("nvp", "nzsp", Limits(1500), None)
    assert tuple(best.matches) == tuple(full.matches[:20])


def test_short_list_is_counted() -> None:
    limits = Limits(400)
    few = found("nvp", "nzsp", limits, 3)
    assert few.count == len(found("nvp", "nzsp", limits, None).matches) > 3
    assert few.matches == found("nvp", "nzsp", replace(limits), None).matches[:3]


def test_large_area_alone_is_still_refused_without_limit() -> None:
    with pytest.raises(ValueError, match="too many cells up to 20000"):
        found("si", "ge", Limits(20000), None)
    assert np.isfinite(found("si", "ge", Limits(20000), 1).matches[0].cost)
