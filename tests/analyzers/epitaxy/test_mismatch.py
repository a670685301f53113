"""Mismatch of parallel planes, directions and meshes, in sign, denominator and partition."""

from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.epitaxy import (
    DEFINITIONS,
    Mismatch,
    area_mismatch,
    direction_mismatch,
    find_ratios,
    plane_mismatch,
)
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidIndices, IonsmithError
from ionsmith.lattice.miller import parse_directions, parse_planes

NH4VO3, NAH2PO4, NVP = (read_lattice(f"lib:{name}") for name in ("nh4vo3", "nah2po4", "nvp"))

# NVP on NH4VO3: Yu et al. give 8.1 % for 3:2 and about 30 % for 1:1; the others follow from
# d = 3.167 and 4.364 Å by hand.
NVP_ON_NH4VO3 = {
    (1, 1): (-0.378, 0.274),
    (3, 2): (0.0813, -0.0885),
    (4, 3): (-0.0335, 0.0324),
    (7, 5): (0.0157, -0.0159),
    (11, 8): (-0.0022, 0.0022),
}


def published(**options: object) -> Mismatch:
    return plane_mismatch(NH4VO3, NVP, parse_planes("(1,2,-1)||(2,-1,0)"), **options)


def test_published_mismatch_of_nvp_on_nh4vo3() -> None:
    found = published()
    assert found.d_substrate == pytest.approx(3.167, abs=6e-4)
    assert found.d_film == pytest.approx(4.364, abs=6e-4)
    by_ratio = {(ratio.m, ratio.n): ratio for ratio in found.ratios}
    for pair, (substrate, film) in NVP_ON_NH4VO3.items():
        assert by_ratio[pair].mismatch == pytest.approx(substrate, abs=5e-4)
        assert by_ratio[pair].mismatch_film_reference == pytest.approx(film, abs=5e-4)
        assert by_ratio[pair].period == pytest.approx(pair[0] * 3.1668, abs=2e-3)
        assert by_ratio[pair].best_so_far
    assert not by_ratio[10, 7].best_so_far


def test_published_mismatch_of_nvp_on_nah2po4() -> None:
    """Three spacings of (-1,-2,1) to five of (0,0,9), which R-3c forbids: 0.9 %."""
    pair = parse_planes("(-1,-2,1)||(0,0,9)")
    found = plane_mismatch(NAH2PO4, NVP, pair, ratios=[(3, 5)])
    assert [ratio.mismatch for ratio in found.ratios] == pytest.approx([0.009], abs=4e-4)
    assert len(found.notes) == 1
    assert "(0,0,9) of nvp is a forbidden reflection" in found.notes[0]
    assert found.notes[0].endswith("(0,0,18), 1.2113 Å")  # 21.8042 / 18


def test_mismatch_of_directions_counts_lattice_points() -> None:
    """Along [1,2,-1] the obverse rhombohedral lattice repeats after a third."""
    found = direction_mismatch(NH4VO3, NVP, parse_directions("[0,1,2]||[1,2,-1]"))
    assert found.d_substrate == pytest.approx((11.786**2 + 4 * 5.83**2) ** 0.5)
    assert found.d_film == pytest.approx((3 * 8.7288**2 + 21.8042**2) ** 0.5 / 3)


def test_mismatch_of_meshes_takes_primitive_ones() -> None:
    """The mesh of NVP (2,-1,0) has 109.9 Å², a third of the one in hexagonal axes."""
    found = area_mismatch(NH4VO3, NVP, parse_planes("(1,2,-1)||(2,-1,0)"), substrate_share=0.5)
    assert found.d_film == pytest.approx(109.9, abs=0.05)
    assert found.d_substrate == pytest.approx(4.909 * 11.786 * 5.830 / 3.1668, abs=0.02)
    assert set(found.to_dict()) >= {"d_substrate", "d_film", "ratios"}


def test_every_number_comes_with_its_definition() -> None:
    found = published()
    assert found.to_dict()["definitions"] == {
        name: rule.formula for name, rule in DEFINITIONS.items()
    }
    text = found.table()
    assert "(m d_sub - n d_film) / (m d_sub)" in text
    assert "(n d_film - m d_sub) / (n d_film)" in text


lengths = st.floats(0.5, 50)
numbers = st.integers(1, 30)


@given(lengths, lengths, numbers, numbers)
@settings(deadline=None)
def test_definitions_compute_what_their_formulae_say(
    substrate: float, film: float, m: int, n: int
) -> None:
    found = find_ratios(substrate, film, ratios=[(m, n)])[0]
    names = {"m": m, "n": n, "d_sub": substrate, "d_film": film}
    for name, rule in DEFINITIONS.items():
        formula = rule.formula
        for old, new in [("m d_", "m * d_"), ("n d_", "n * d_"), ("2 (", "2 * (")]:
            formula = formula.replace(old, new)
        assert found.mismatches[name] == pytest.approx(eval(formula, names), rel=1e-9, abs=1e-12)


@given(lengths, lengths, numbers, numbers, st.floats(0, 1))
@settings(deadline=None)
def test_strained_sides_share_the_period(
    substrate: float, film: float, m: int, n: int, share: float
) -> None:
    found = find_ratios(substrate, film, ratios=[(m, n)], substrate_share=share)[0]
    assert m * substrate * (1 + found.strain_substrate) == pytest.approx(found.period)
    assert n * film * (1 + found.strain_film) == pytest.approx(found.period)
    total = found.strain_substrate - found.strain_film
    assert found.strain_substrate == pytest.approx(share * total, abs=1e-12)


@given(lengths, lengths, st.integers(1, 12), st.floats(0, 0.5))
@settings(deadline=None)
def test_the_search_finds_all_within_its_bounds(
    substrate: float, film: float, bound: int, limit: float
) -> None:
    found = find_ratios(substrate, film, max_multiple=bound, max_mismatch=limit)
    pairs = [(ratio.m, ratio.n) for ratio in found]
    assert pairs == sorted(pairs)
    assert (1, 1) in pairs
    best = float("inf")
    for m in range(1, bound + 1):
        for n in range(1, bound + 1):
            value = abs(m * substrate - n * film) / (m * substrate)
            listed = (m, n) in pairs
            if gcd(m, n) == 1 and (m, n) != (1, 1) and abs(value - limit) > 1e-9:
                assert listed == (value < limit)
            if listed:
                entry = found[pairs.index((m, n))]
                assert entry.best_so_far == (abs(entry.mismatch) < best)
                best = min(best, abs(entry.mismatch))


@pytest.mark.parametrize(
    "options",
    [
        {"substrate_share": 1.5},
        {"substrate_share": float("nan")},
        {"max_multiple": 0},
        {"max_multiple": 101},
        {"max_mismatch": -0.1},
        {"max_mismatch": float("nan")},
        {"ratios": [(0, 1)]},
    ],
)
def test_bounds_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(IonsmithError):
        published(**options)


def test_four_indices_need_hexagonal_axes() -> None:
    with pytest.raises(InvalidIndices, match="hexagonal"):
        plane_mismatch(NH4VO3, NVP, parse_planes("(1,0,-1,0)||(2,-1,0)"))
    found = plane_mismatch(NH4VO3, NVP, parse_planes("(1,2,-1)||(2,-1,-1,0)"))
    assert found.d_film == pytest.approx(4.364, abs=6e-4)
