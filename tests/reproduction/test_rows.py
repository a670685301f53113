"""When a row agrees, and when a reason stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionsmith.errors import MissingExtra
from ionsmith.reproduction.rows import Paper, Reproduction, Row, attempt, if_so

numbers = st.floats(-1e6, 1e6)
PAPER = Paper("p1", "Somebody, somewhere", lambda paper: iter(()))


@given(numbers, numbers, st.floats(0, 1e6), st.booleans())
def test_a_number_agrees_within_its_tolerance(
    published: float, computed: float, within: float, above: bool
) -> None:
    row = PAPER.number("q", published, computed, "Å", within=within, above=above)
    assert row.deviation == pytest.approx(computed - published, abs=2e-9)
    far = abs(computed - published) > within + 1e-6
    near = abs(computed - published) <= within
    if near or (above and computed > published):
        assert row.status == "agrees"
    elif far:
        assert row.status == "differs"


def test_the_last_printed_digit_decides() -> None:
    """8.1 printed stands for 8.05 to 8.15, both ends included."""
    for value, status in ((8.05, "agrees"), (8.15, "agrees"), (8.16, "differs")):
        assert PAPER.number("q", 8.1, value, within=0.05).status == status


def test_words_agree_if_they_are_the_same() -> None:
    assert PAPER.words("q", "R-3c", "R-3c").status == "agrees"
    assert PAPER.words("q", "R-3c", "R-3m").status == "differs"


def test_what_could_not_fail_is_not_called_agreement() -> None:
    for match in ("by construction", "built", "arithmetic"):
        assert PAPER.number("q", 1, 1, within=0, match=match).status == match
        assert PAPER.number("q", 1, 2, within=0, match=match).status == "differs"
        assert PAPER.words("q", "a", "b", match=match).status == "differs"


def test_a_tolerance_has_a_source() -> None:
    assert PAPER.number("q", 4, 4, within=0).tolerance_from == "exact"
    assert PAPER.number("q", 8.1, 8.1, within=0.05).tolerance_from == "digits printed"
    row = PAPER.on("na").number("q", 5, 5, within=1, tolerance_from="error bar")
    assert (row.tolerance_from, row.depends_on) == ("error bar", ("na",))


def test_what_is_not_computed_never_agrees() -> None:
    rows = (PAPER.not_run("q", 1.0, "Å", "pip install x"), PAPER.open("q", "seen", "no builder"))
    assert [(row.status, row.computed, row.deviation) for row in rows] == [
        ("not run", None, None),
        ("open", None, None),
    ]


def test_a_reason_that_does_not_hold_leaves_the_row_unexplained() -> None:
    rows = [
        PAPER.number("held", 1, 2, within=0, why=if_so(2 > 1, "it is larger")),
        PAPER.number("not held", 1, 2, within=0, why=if_so(2 < 1, "it is smaller")),
        PAPER.number("agreeing", 1, 1, within=0),
    ]
    found = Reproduction.of({"p1": PAPER.citation}, tuple(rows))
    assert found.unexplained == ("not held",)
    assert {key: count for key, count in found.counts.items() if count} == {
        "agrees": 1,
        "differs": 2,
    }
    assert "not held" in found.table().splitlines()[-1]


def test_only_a_missing_extra_is_taken_for_one() -> None:
    def missing() -> float:
        raise MissingExtra("pip install x")

    def broken() -> float:
        raise ValueError("something else")

    assert attempt(missing) == "pip install x"
    assert attempt(lambda: 1.5) == 1.5
    with pytest.raises(ValueError, match="something else"):
        attempt(broken)


def test_one_table_for_a_spreadsheet_holds_every_field_of_every_row() -> None:
    paper = PAPER.on("si", "powder")
    rows = tuple(paper.number(f"q{k}", k, k + 1, within=0, why="so") for k in range(3))
    found = Reproduction.of({"p1": PAPER.citation}, rows)
    (table,) = found.as_spreadsheet().tables()
    assert set(table.headers) == set(vars(rows[0]))
    listed = [dict(zip(table.headers, row, strict=True)) for row in table.rows]
    assert [one.pop("depends_on") for one in listed] == ["si; powder"] * 3
    assert [Row(**one, depends_on=("si", "powder")) for one in listed] == list(rows)
    assert found.as_spreadsheet().to_dict() == found.to_dict()
    json.dumps(found.to_dict(), allow_nan=False)
