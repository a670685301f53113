"""Chemical formulae."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ionsmith.crystals.formula import parse_formula, same_composition, spellings, write_formula

amounts = st.one_of(st.integers(1, 40).map(float), st.integers(1, 4000).map(lambda n: n / 100))
symbols = st.sampled_from(["H", "Li", "N", "Na", "Ni", "O", "P", "S", "Si", "Sn", "V", "Zr"])
compositions = st.dictionaries(symbols, amounts, min_size=1)
whole_compositions = st.dictionaries(symbols, st.integers(1, 40).map(float), min_size=1)


@pytest.mark.parametrize(
    "text",
    ["NaH2PO4", "Na3V2(PO4)3", "Na3.4Zr2Si2.4P0.6O12", "Fe[Fe(CN)6]", "Mg.5Al((OH)2)3", "Co", "CO"],
)
def test_against_pymatgen(text: str) -> None:
    expected = Composition(text.replace("[", "(").replace("]", ")")).get_el_amt_dict()
    assert parse_formula(text) == pytest.approx(expected)


@given(compositions)
def test_round_trip(composition: dict[str, float]) -> None:
    assert parse_formula(write_formula(composition)) == pytest.approx(composition)


@given(composition=whole_compositions, factor=st.integers(2, 50), data=st.data())
def test_order_and_multiple_do_not_matter(
    composition: dict[str, float], factor: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(composition)))
    other = {element: factor * composition[element] for element in order}
    assert same_composition(composition, other)
    other[order[0]] *= 2
    assert same_composition(composition, other) == (len(composition) == 1)


@pytest.mark.parametrize("text", ["", "na", "Na3V2(PO4", "PO4)3", "3Na", "Na-V", "Xy2", "X", "()"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(ValueError, match="is not a formula"):
        parse_formula(text)


def test_spellings() -> None:
    assert spellings("Na3V2(PO4)3") == {"na3v2(po4)3", "na3v2po43", "na3v2p3o12"}
