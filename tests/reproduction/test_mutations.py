"""A sample of the mutations: rows that agree turn, and name what they depend on."""

import pytest

from reproduction.mutations import Mutation, applied, compute, mutations, turned

SAMPLE = {
    "glide in the wrong sense": {
        "AlO4 pairs across a plane that closes",
        "edge-sharing AlO4 pairs per closed plane and cell",
        "neighbours of Al after closing",
    },
    "swapped index in GROWTH_PLANE": {"reflection (2,0,2) of nvp"},
    "swapped index in PHOSPHATE": {"d(-1,-2,1) of nah2po4"},
    "another cell of sb": {"line of Sb, Cu Kα: (0,1,2)"},
    "another crystal for nafepo4": {"form of NaFePO4 with open channels for Na"},
    "O1 of nafepo4 missing": {
        "O around Fe in maricite NaFePO4",
        "O around P in maricite NaFePO4",
    },
}


@pytest.fixture(scope="module")
def before() -> dict:
    with applied(Mutation("none", "", (), lambda patch: None)):
        return compute(("p1", "p2", "p3", "p4"))


@pytest.mark.parametrize("name", SAMPLE)
def test_wrong_input_turns_rows(before: dict, name: str) -> None:
    (mutation,) = (one for one in mutations(before) if one.name == name)
    fallen, undeclared = turned(before, mutation)
    assert SAMPLE[name] <= {before[row].quantity for row in fallen}
    assert not undeclared


def test_every_agreeing_row_says_what_it_comes_from(before: dict) -> None:
    known = {one.touches for one in mutations(before)}
    for row in before.values():
        assert row.status != "agrees" or known & set(row.depends_on)
        assert (row.tolerance is None) or row.tolerance_from
