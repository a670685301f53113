"""Capacities and expansions against published values, and identities between them."""

import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.storage import (
    MASS,
    SWELLING,
    review,
    storage,
)
from ionsmith.analyzers.storage._material import Material, read_material
from ionsmith.analyzers.storage._review import REVIEW, VOLUME, readings
from ionsmith.analyzers.storage._storage import choose_references, stored
from ionsmith.crystals.alloy_systems import parse_system, path
from ionsmith.crystals.files import write_structure
from ionsmith.errors import IonsmithError, UnknownPhase

CAPACITIES = {
    # M. N. Obrovac and V. L. Chevrier, Chem. Rev. 114, 11444 (2014), doi:10.1021/cr500207g
    "li15si4": 3579, "li15ge4": 1385, "li17sn4": 960, "li3sb": 660, "na15sn4": 847, "na3sb": 660,
    # C. Li et al., Energy Mater. 2, 200020 (2022), doi:10.20517/energymater.2022.24
    "li22si5": 4200, "li22ge5": 1624, "li22sn5": 994, "nasi": 954, "nage": 369,
}  # fmt: skip

EXPANSIONS = {
    # 100 (V/V0 - 1) in per cent: J. W. Wang et al., Nano Lett. 12, 5897 (2012),
    # doi:10.1021/nl303305c, measured in a microscope
    "na15sn4": 420,
    # Obrovac and Chevrier (2014)
    "li15si4": 280,
}


@pytest.mark.parametrize("name", CAPACITIES)
def test_published_capacities(name: str) -> None:
    (one,) = storage([name]).phases
    assert one.capacity_host_mAh_g == pytest.approx(CAPACITIES[name], rel=2e-3)


@pytest.mark.parametrize("name", EXPANSIONS)
def test_published_expansions(name: str) -> None:
    (one,) = storage([name]).phases
    assert one.expansion_percent == pytest.approx(EXPANSIONS[name], rel=0.03)


def test_first_step_of_sodium_in_tin() -> None:
    """Wang et al. (2012): about 60 % at x = 0.5 or so, before the amorphous phase."""
    (one,) = storage(["nasn2"]).phases
    assert one.expansion_percent == pytest.approx(60, abs=5)


def test_li15si4_by_hand() -> None:
    # a = 10.6322 Å with 16 Si; Si a = 5.43102 Å with 8; F = 96485.332 C/mol; Si 28.085, Li 6.94
    (one,) = storage(["Li15Si4"]).phases
    before, after = 5.43102**3 / 8, 10.6322**3 / 16
    charge = 3.75 * 96485.332 / 3.6
    assert one.volume_per_host == pytest.approx(after)
    assert one.volume_ratio == pytest.approx(after / before)
    assert one.capacity_product_mAh_g == pytest.approx(charge / (28.085 + 3.75 * 6.94), rel=1e-6)
    assert one.capacity_host_mAh_cm3 == pytest.approx(charge / (before * 0.602214076), rel=1e-6)
    assert one.capacity_product_mAh_cm3 == pytest.approx(charge / (after * 0.602214076), rel=1e-6)
    assert one.density == pytest.approx((28.085 + 3.75 * 6.94) / (after * 0.602214076), rel=1e-6)


@pytest.mark.parametrize("system", ["Li-Si", "Li-Ge", "Li-Sn", "Li-Sb", "Na-Si", "Na-Sn", "Na-Sb"])
def test_paths_hang_together(system: str) -> None:
    found = storage(path(parse_system(system)))
    for one in found.phases:
        assert one.expansion_percent == pytest.approx(100 * (one.volume_ratio - 1))
        assert one.capacity_host_mAh_cm3 == pytest.approx(
            one.capacity_product_mAh_cm3 * one.volume_ratio
        )
        assert one.capacity_product_mAh_cm3 == pytest.approx(
            one.capacity_product_mAh_g * one.density
        )
    first = found.phases[0]
    assert (first.x, first.expansion_percent, first.capacity_host_mAh_g) == (0, 0, 0)


@given(x=st.floats(0.01, 6), volume=st.floats(20, 200), v0=st.floats(15, 40))
def test_identities(x: float, volume: float, v0: float) -> None:
    empty = Material("m", "Sn", None, "Sn", 0.0, v0, "file", Atoms())
    full = Material("am", "LixSn", "Li", "Sn", x, volume, "file", Atoms())
    one = stored(full, empty)
    assert stored(full, full).expansion_percent == pytest.approx(0, abs=1e-9)
    assert one.capacity_product_mAh_g < one.capacity_host_mAh_g
    assert one.volume_ratio * v0 == pytest.approx(volume)
    assert one.capacity_product_mAh_cm3 == pytest.approx(one.density * one.capacity_product_mAh_g)


def test_references() -> None:
    beta, alpha = (read_material(name) for name in ("sn", "sn-alpha"))
    phases = [read_material(name) for name in ("na15sn4", "li15si4")]
    ratios = [storage(phases, [one]).phases[0].volume_ratio for one in (beta, alpha)]
    assert ratios[0] / ratios[1] == pytest.approx(alpha.volume / beta.volume)
    assert storage(phases).phases[0].reference == "sn"
    assert storage(phases, [alpha]).phases[1].reference == "si"
    for wrong, says in (
        ([read_material("nasn")], "a host without Na"),
        ([read_material("ge")], "no phase has the host Ge"),
        ([alpha, beta], "cannot both be the reference"),
    ):
        with pytest.raises(IonsmithError, match=says):
            choose_references(phases, wrong)


def test_structure_files(tmp_path) -> None:
    from ionsmith.builders.alloys import build_alloy

    target = tmp_path / "cell.extxyz"
    write_structure(str(target), build_alloy("li15si4", primitive=True).atoms)
    fresh, known = read_material(str(target)), read_material("li15si4")
    assert fresh.volume == pytest.approx(known.volume)
    assert (fresh.name, fresh.formula, fresh.x) == (str(target), "Li15Si4", 3.75)
    write_structure(
        str(tmp_path / "oxide.extxyz"), Atoms("LiO", [[0, 0, 0], [2, 2, 2]], cell=[4] * 3)
    )
    with pytest.raises(IonsmithError, match="LiO is no alloy"):
        read_material(str(tmp_path / "oxide.extxyz"))
    with pytest.raises(UnknownPhase):
        read_material("Li2Si3")


def test_review_capacities_are_right_and_ratios_are_told_from_expansions() -> None:
    found = {(claim.phase, claim.quantity): claim for claim in review().claims}
    assert len(found) == 3 * len(REVIEW)
    assert all(claim.as_stated for (_, quantity), claim in found.items() if quantity == MASS)
    for phase in ("li22ge5", "nasi", "na15sn4", "na3sb"):
        claim = found[phase, SWELLING]
        (reading,) = claim.readings
        assert (reading.phase, reading.quantity) == (phase, "volume_ratio_percent")
        assert reading.value == pytest.approx(claim.review, rel=0.01)
        assert claim.value == pytest.approx(reading.value - 100)
    assert found["li22si5", SWELLING].as_stated  # "> 300 %", and it is 311 %
    assert not found["li22sn5", SWELLING].readings
    assert "Na1.59Ge" in found["nage", SWELLING].meaning  # amorphous Na1.6Ge has about 300 %
    # 2190 mAh/cm³ is Li15Si4, 3.75 F over 76.24 Å³ a Si (a = 10.685 Å, made electrochemically)
    assert found["li22si5", VOLUME].readings[0].phase == "li15si4"
    assert found["li22si5", VOLUME].readings[0].deviation_percent == pytest.approx(
        100 * (76.24 / 75.12 - 1), abs=0.1
    )
    assert [found[p, VOLUME].as_stated for p in ("li22sn5", "li3sb")] == [True, True]
    for phase in ("nasi", "nage", "na15sn4", "na3sb"):
        assert found[phase, VOLUME].meaning.startswith("table 1 again")


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from(["li15si4", "na9sn4", "li7ge2", "nasb"]),
    reference=st.sampled_from([0, 1]),
    quantity=st.sampled_from([VOLUME, SWELLING]),
)
def test_search_finds_what_a_figure_was_made_from(name: str, reference: int, quantity: str) -> None:
    material = read_material(name)
    forms = {"Sn": ["sn", "sn-alpha"]}.get(material.host, [material.host.lower()])
    one = stored(material, read_material(forms[min(reference, len(forms) - 1)]))
    best = readings(material, quantity, getattr(one, quantity))[0]
    assert (best.phase, best.quantity) == (name, quantity)
    assert best.deviation_percent == pytest.approx(0, abs=1e-9)
    if quantity == SWELLING:
        assert best.reference == one.reference
        ratio = readings(material, quantity, 100 * one.volume_ratio)[0]
        assert (ratio.phase, ratio.deviation_percent) == (name, pytest.approx(0, abs=1e-9))
