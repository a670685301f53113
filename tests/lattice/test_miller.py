"""How planes and directions are written, and what integers alone tell of them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ionsmith.errors import InvalidIndices
from ionsmith.lattice.miller import (
    Direction,
    Plane,
    common_plane,
    parse,
    parse_direction,
    parse_directions,
    parse_plane,
    parse_planes,
    zone_axis,
    zone_law,
)

small = st.integers(-9, 9)
triples = st.tuples(small, small, small).filter(any)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1,2,-1)", Plane((1, 2, -1))),
        ("(1, 2, -1)", Plane((1, 2, -1))),
        ("1 2 -1", Plane((1, 2, -1))),
        ("1,2,-1", Plane((1, 2, -1))),
        ("(12-1)", Plane((1, 2, -1))),
        (" -12-1", Plane((-1, 2, -1))),
        (" -1 2 1", Plane((-1, 2, 1))),
        (" -1,-2,1", Plane((-1, -2, 1))),
        ("( 0 0 9 )", Plane((0, 0, 9))),
        ("(0,0,12)", Plane((0, 0, 12))),
        ("(2,-1,-1,0)", Plane((2, -1, 0), True)),
        ("(2-1-10)", Plane((2, -1, 0), True)),
        ("(0001)", Plane((0, 0, 1), True)),
        ("(10-14)", Plane((1, 0, 4), True)),
        ("[012]", Direction((0, 1, 2))),
        ("[0,2,4]", Direction((0, 2, 4))),
        ("[-3 2 1]", Direction((-3, 2, 1))),
        ("(−1 2 1)", Plane((-1, 2, 1))),
        ("(1\u03042\u03051)", Plane((-1, -2, 1))),
    ],
)
def test_all_ways_of_writing_are_read(text: str, expected: Plane | Direction) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(0,0,0)", "zero"),
        ("0 0 0", "zero"),
        ("[000]", "zero"),
        ("(0,0,0,0)", "zero"),
        ("(1,0,1,2)", "-1 and not 1"),
        ("[1,1,0,0]", "-2 and not 0"),
        ("(1012)", "commas"),
        ("(0012)", "commas"),
        ("(10-110)", "commas"),
        ("(1,2)", "expected three or four indices"),
        ("(1,2,3,4,5)", "not 5"),
        ("12", "one argument"),
        ("(1.5,0,0)", "integers"),
        ("(1,,2)", "integers"),
        ("(1,2,3]", "expected a plane such as"),
        ("(1,2,3", "expected a plane such as"),
        ("", "expected a plane such as"),
        ("abc", "expected a plane such as"),
        ("(--1,2,3)", "expected a plane such as"),
        ("{110}", "family"),
        ("<110>", "family"),
        ("(1,2,99999)", "exceed 1000"),
    ],
)
def test_bad_indices_are_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InvalidIndices, match=said) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_plane_is_no_direction() -> None:
    assert parse_plane("1 2 -1") == Plane((1, 2, -1))
    assert parse_direction("1 2 -1") == Direction((1, 2, -1))
    with pytest.raises(InvalidIndices, match="is a direction"):
        parse_plane("[1,2,-1]")
    with pytest.raises(InvalidIndices, match="is a plane"):
        parse_direction("(1,2,-1)")


@pytest.mark.parametrize("between", ["||", "//", "∥", " || "])
def test_parallel_pairs_are_read(between: str) -> None:
    assert parse_planes(f"(-1-21){between}(009)") == (Plane((-1, -2, 1)), Plane((0, 0, 9)))
    assert parse_directions(f"[-321]{between}2 1 0") == (
        Direction((-3, 2, 1)),
        Direction((2, 1, 0)),
    )


@pytest.mark.parametrize("text", ["(1,2,-1)", "(100)||(010)||(001)", "(100)|(010)", "||"])
def test_what_is_no_parallel_pair_is_refused(text: str) -> None:
    with pytest.raises(InvalidIndices):
        parse_planes(text)


@pytest.mark.parametrize("wrong", [(1, 0), (0, 0, 0), (0.5, 1, 0)])
def test_a_plane_needs_three_integers_that_are_not_all_zero(wrong: tuple[float, ...]) -> None:
    with pytest.raises(InvalidIndices):
        Plane(wrong)  # type: ignore[arg-type]


# Otte & Crocker, Phys. Status Solidi 9, 441 (1965); the <c+a> slip direction of hcp metals is
# 1/3 <11-23>, the lattice vector a1 + a2 + c.
@pytest.mark.parametrize(
    ("four", "three"),
    [
        ((2, -1, -1, 0), (1, 0, 0)),
        ((1, 1, -2, 0), (1, 1, 0)),
        ((1, 0, -1, 0), (2, 1, 0)),
        ((0, 1, -1, 0), (1, 2, 0)),
        ((1, 1, -2, 3), (1, 1, 1)),
        ((0, 0, 0, 1), (0, 0, 1)),
        ((1, 0, -1, 1), (2, 1, 1)),
    ],
)
def test_weber_indices(four: tuple[int, int, int, int], three: tuple[int, int, int]) -> None:
    direction = Direction.from_four(*four)
    assert direction.indices == three
    assert direction.four == four
    assert Direction(three).four == four


@given(triples)
@settings(deadline=None)
def test_four_axis_vector_points_along_the_three_axis_one(uvw: tuple[int, int, int]) -> None:
    a, b, c = np.array([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, 1.6]])
    u, v, t, w = Direction(uvw).four
    four_axes = u * a + v * b - t * (a + b) + w * c
    three_axes = np.array(uvw) @ np.array([a, b, c])
    assert u + v + t == 0
    assert np.allclose(np.cross(four_axes, three_axes), 0, atol=1e-9)
    assert four_axes @ three_axes > 0


@given(triples, st.booleans(), st.sampled_from([Plane, Direction]))
@settings(deadline=None)
def test_text_is_read_back(
    indices: tuple[int, int, int], four: bool, kind: type[Plane] | type[Direction]
) -> None:
    item = kind(indices, four)
    if four and kind is Direction:
        item = item.reduced()
    again = parse(str(item))
    assert again == item


@given(triples, triples)
@settings(deadline=None)
def test_zone_axis_lies_in_both_planes(
    first: tuple[int, int, int], second: tuple[int, int, int]
) -> None:
    axis = zone_axis(Plane(first), Plane(second))
    if axis is None:
        assert not np.cross(first, second).any()
        return
    assert axis.order == 1
    assert zone_law(Plane(first), axis) == zone_law(Plane(second), axis) == 0


@given(triples, triples)
@settings(deadline=None)
def test_common_plane_holds_both_directions(
    first: tuple[int, int, int], second: tuple[int, int, int]
) -> None:
    plane = common_plane(Direction(first), Direction(second))
    assume(plane is not None)
    assert plane is not None
    assert zone_law(plane, Direction(first)) == zone_law(plane, Direction(second)) == 0


def test_zone_laws_of_the_published_relationships() -> None:
    """Yu et al.: (12-1)//(2-10) with [012]//[12-1], (-1-21)//(009) with [-321]//[210]."""
    assert zone_law(Plane((1, 2, -1)), Direction((0, 1, 2))) == 0
    assert zone_law(Plane((2, -1, 0)), Direction((1, 2, -1))) == 0
    assert zone_law(Plane((-1, -2, 1)), Direction((-3, 2, 1))) == 0
    assert zone_law(Plane((0, 0, 9)), Direction((2, 1, 0))) == 0
    assert zone_law(Plane((1, 2, 1)), Direction((0, 1, 2))) == 4


def test_order_and_reduction() -> None:
    assert Plane((2, 0, 2)).order == 2
    assert Plane((0, 0, -9)).reduced() == Plane((0, 0, -1))
    assert str(Plane((2, 0, 2))) == "(2,0,2)"
    assert str(Direction((0, 1, 2))) == "[0,1,2]"
    assert str(Plane((2, -1, 0), True)) == "(2,-1,-1,0)"
