"""Spots given in another unit, and spots that just miss."""

import re

import pytest

from ionsmith.analyzers.spots import index_spots
from ionsmith.errors import InvalidInput, NoMatch

# Si along [-110] (a = 5.431 Å): two {111} of 3.136 Å at 70.53°, and (111) and (2-20), 3.136 and
# 1.920 Å at 90°.
D111, D220, ANGLE = 5.4310 / 3**0.5, 5.4310 / 8**0.5, 70.53


@pytest.mark.parametrize(
    ("convert", "words"),
    [
        (lambda d: 100 * d, "spacings in pm"),
        (lambda d: 10 / d, "reciprocal spacings in nm⁻¹"),
    ],
)
def test_another_unit_is_named(convert: object, words: str) -> None:
    spots = [(convert(D111), 0.0), (convert(D220), 90.0)]  # type: ignore[operator]
    with pytest.raises((NoMatch, InvalidInput), match=f"read as {words}.* they fit si") as caught:
        index_spots(spots, "lib:si")
    assert "\n" not in str(caught.value)


def test_nanometres_that_fit_by_chance_are_noted() -> None:
    found = index_spots([(D111 / 10, 0.0), (D111 / 10, ANGLE)], "lib:si", limit=1)
    assert "read as spacings in nm (3.136, 3.136 Å) they fit si" in found.notes[0]
    assert index_spots([(D111, 0.0), (D111, ANGLE)], "lib:si").notes == ()
    found = index_spots([(1 / D111, 0.0), (1 / D220, 90.0)], "lib:si", limit=1)
    assert "reciprocal spacings in Å⁻¹ (3.136, 1.92 Å)" in found.notes[0]


def test_nearest_miss() -> None:
    with pytest.raises(NoMatch, match="nearest is si along") as caught:
        index_spots([(1.045 * D111, 0.0), (D111, ANGLE + 1)], "lib:si")
    assert "(1,1,1) (1,1,-1)" in str(caught.value)
    assert re.search(r"off by \+4\.5 %, [+-]0\.0 %, the angle by \+1\.0°", str(caught.value))
    with pytest.raises(NoMatch) as caught:
        index_spots([(31.4, 0.0), (31.4, 70.5)], "lib:si")
    assert "nearest" not in str(caught.value)
