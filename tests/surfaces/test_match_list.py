"""Matches that are made when they are asked for are those that are made all at once."""

import pytest

from ionsmith.crystals import load
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.results import plain
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import Matches, find_matches
from ionsmith.surfaces.matches._matches import MatchList

NVP, NH4VO3 = (load(name).lattice for name in ("nvp", "nh4vo3"))
VANADATE = parse_planes("(1,2,-1)||(2,-1,0)")
LIMITS = Limits(max_area=900, max_strain=0.05, substrate_share=0.5)


def search(*, bound: bool) -> Matches:
    """Matches of the vanadate planes, near the published orientation or whatever the twist."""
    relationship = OrientationRelationship.from_parallel(
        NH4VO3, NVP, VANADATE, parse_directions("[0,1,2]||[1,2,-1]")
    )
    orientation = relationship if bound else None
    return find_matches(NH4VO3, NVP, LIMITS, contact=VANADATE, orientation=orientation, within=15)


@pytest.mark.parametrize("bound", [False, True])
def test_sequence(bound: bool) -> None:
    found = search(bound=bound)
    matches = found.matches
    every = tuple(matches)
    assert isinstance(matches, MatchList)
    assert len(every) == len(matches) == found.count > 3
    assert tuple(matches[number] for number in range(found.count)) == every
    assert matches[-1] == every[-1]
    assert matches[1:3] == every[1:3]
    assert matches[::-2] == every[::-2]
    assert matches != every[1:]
    assert [match.reversed for match in every] == matches.reversed.tolist()
    assert found.to_dict()["matches"] == [plain(match) for match in every]
    with pytest.raises(IndexError):
        matches[found.count]


def test_equal_searches_are_equal() -> None:
    first, second = search(bound=True), search(bound=True)
    assert first == second
    assert hash(first) == hash(second)
    assert first != search(bound=False)
