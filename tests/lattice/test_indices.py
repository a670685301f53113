"""Planes and directions are taken as objects, text or integers at every door."""

import pytest

from ionsmith.analyzers.epitaxy import plane_mismatch
from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.analyzers.planes import lattice_planes
from ionsmith.analyzers.powder import powder_pattern
from ionsmith.analyzers.spots import MeasuredSpot, index_spots, spot_pattern
from ionsmith.analyzers.storage import storage
from ionsmith.builders.porous import build_porous
from ionsmith.crystals import load
from ionsmith.errors import InvalidIndices, InvalidInput
from ionsmith.lattice.indices import as_direction, as_indices, as_plane, as_planes
from ionsmith.lattice.miller import Direction, Plane, parse, parse_direction, parse_plane
from ionsmith.surfaces.matches import find_matches


def test_text_and_integers_are_planes_and_directions() -> None:
    assert as_plane("(1,1,0)") == as_plane([1, 1, 0]) == Plane((1, 1, 0))
    assert as_direction("[1,1,0]") == as_direction((1, 1, 0)) == Direction((1, 1, 0))
    assert as_direction((2, -1, -1, 0)).indices == (1, 0, 0)
    assert as_indices("1 1 0", Direction) == Direction((1, 1, 0))
    assert as_indices("(1,1,0)", Direction) == Plane((1, 1, 0))


@pytest.mark.parametrize("value", [5, None, (1, 2), (1, 1, 0.5), ("a", 0, 0), (0, 0, 0), {}, "c"])
def test_anything_else_is_refused(value: object) -> None:
    for read in (as_plane, as_direction, as_indices):
        with pytest.raises(InvalidIndices):
            read(value)  # type: ignore[operator]


@pytest.mark.parametrize("read", [parse, parse_plane, parse_direction])
def test_numbers_are_no_text(read: object) -> None:
    with pytest.raises(InvalidIndices, match="expected text"):
        read(5)  # type: ignore[operator]


def test_a_direction_is_no_plane_and_a_pair_has_two() -> None:
    with pytest.raises(InvalidIndices, match="is a direction"):
        as_plane(Direction((1, 0, 0)))
    with pytest.raises(InvalidIndices, match="is a plane"):
        as_direction("(1,0,0)")
    with pytest.raises(InvalidIndices, match="parallel pair"):
        as_planes(("(1,0,0)",))  # type: ignore[arg-type]


def test_the_beam_of_a_spot_pattern_is_given_in_any_form() -> None:
    labels = {spot_pattern("lib:si", beam).zone.label for beam in ("[1,1,0]", (1, 1, 0), "110")}
    assert labels == {"[1,1,0]"}
    assert spot_pattern("lib:si", (1, 1, 0), x_axis="(0,0,4)").positions[:, 0].max() > 0


def test_planes_are_given_one_by_one_or_as_a_list() -> None:
    for indices in ("(1,1,1)", (1, 1, 1), [(1, 1, 1)], Plane((1, 1, 1))):
        assert [plane.label for plane in lattice_planes("lib:si", indices).planes] == ["(1,1,1)"]


def test_pairs_of_planes_are_given_in_any_form() -> None:
    pairs = ("(0,0,1)||(0,0,1)", ("(0,0,1)", "(0,0,1)"), ((0, 0, 1), (0, 0, 1)))
    assert len({plane_mismatch("lib:si", "lib:ge", pair).d_film for pair in pairs}) == 1
    assert len({find_matches("lib:si", "lib:ge", contact=p).matches[0].area for p in pairs}) == 1


def test_a_haadf_beam_is_given_as_text() -> None:
    text, plane = (
        simulate_haadf("lib:si", beam, up=up, thickness=5)
        for beam, up in (("[0,0,1]", "(1,0,0)"), (Direction((0, 0, 1)), Plane((1, 0, 0))))
    )
    assert text.to_dict() == plane.to_dict()
    with pytest.raises(InvalidIndices):
        simulate_haadf("lib:si", "[0,0,1]", up="c")


def test_columns_run_along_a_direction_given_as_text() -> None:
    text, integers = (build_porous("lib:ge", 18.05, zone=zone) for zone in ("[1,1,0]", (1, 1, 0)))
    assert text.atoms == integers.atoms


def test_measured_spots_may_be_pairs() -> None:
    spots = [(3.136, 0.0), (3.136, 70.53)]
    assert (
        index_spots(spots, "lib:si").solutions
        == index_spots([MeasuredSpot(*spot) for spot in spots], ["lib:si"]).solutions
    )
    for wrong in ([3.0, 2.0], [(3.0, 0, 1), (3.0, 90, 1)]):
        with pytest.raises(InvalidInput, match="pairs"):
            index_spots(wrong, "lib:si")  # type: ignore[arg-type]


def test_one_phase_is_a_list_of_one() -> None:
    assert storage("Na3Sb").phases == storage(["Na3Sb"]).phases


def test_wrong_kinds_of_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match="`setup` must be a Setup"):
        powder_pattern("lib:si", {"Si": 0.01})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`conditions` must be"):
        spot_pattern("lib:si", "[1,1,0]", 200.0)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`name` must be text"):
        load(load("si"))  # type: ignore[arg-type]
