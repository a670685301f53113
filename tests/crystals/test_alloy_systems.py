"""Systems of alloys, their paths, and what is said of phases that do not exist."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionsmith.crystals import load, search
from ionsmith.crystals.alloy_systems import (
    GUESTS,
    HOSTS,
    SUPERSEDED,
    AlloySystem,
    about,
    corrected,
    guest_content,
    load_alloy,
    parse_system,
    path,
    system_of,
)
from ionsmith.errors import IonsmithError, UnknownPhase

SYSTEMS = [AlloySystem(guest, host) for guest in GUESTS for host in HOSTS]


@given(
    system=st.sampled_from(SYSTEMS),
    swap=st.booleans(),
    dash=st.sampled_from(["-", "–", " - "]),
    case=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_systems_are_read_in_any_spelling(system, swap, dash, case) -> None:
    words = [system.guest, system.host]
    assert parse_system(case(dash.join(words[::-1] if swap else words))) == system


@pytest.mark.parametrize("text", ["", "Li", "Li-Li", "Na-O", "LiSi", "Li-Si-Sn"])
def test_what_is_no_system(text: str) -> None:
    with pytest.raises(IonsmithError, match="is not an alloy system"):
        parse_system(text)


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
def test_path_rises_from_the_element(system: AlloySystem) -> None:
    crystals = path(system)
    contents = [guest_content(crystal) for crystal in crystals]
    assert contents == sorted(contents)
    assert crystals[0].formula == system.host
    assert crystals[0].answers_to_formula
    assert contents[-1] > 0
    for crystal in crystals:
        held = crystal.composition()
        assert float(guest_content(crystal)) == pytest.approx(
            held.get(system.guest, 0) / held[system.host], rel=1e-6
        )
        assert system_of(crystal) == (
            system.guest if guest_content(crystal) else None,
            system.host,
        )


def test_paths_hold_every_alloy_of_the_library() -> None:
    on_paths = {crystal.name for system in SYSTEMS for crystal in path(system)}
    for family in ("silicide", "germanide", "stannide", "antimonide"):
        assert {crystal.name for crystal in search(family=family)} <= on_paths


def test_both_readings_of_the_richest_phases_are_there_and_explained() -> None:
    for old, new in SUPERSEDED.items():
        assert guest_content(load(new)) == Fraction(17, 4)
        for name in (old, new):
            assert any(
                load(old).formula in line and load(new).formula in line
                for line in about(load(name))
            )
    # 16 formula units of Li22Si5 and 20 of Li17Si4 in the cubic cell: Zeilinger et al. (2013)
    assert "352 and 340 Li for 80 Si" in corrected(load("li22si5"))[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Li12Si2", "li12si7"),
        ("li12si2", "li12si7"),
        ("Li2Si3", "li7si3"),
        ("NaSn3", "na5sn13"),
        ("Sn3Na", "no experimental structure"),
        ("lib:nasn3", "no experimental structure"),
    ],
)
def test_misprints_are_answered(name: str, says: str) -> None:
    with pytest.raises(UnknownPhase, match=says) as caught:
        load_alloy(name)
    assert "\n" not in str(caught.value)


def test_unknown_compositions_get_the_known_ones() -> None:
    with pytest.raises(UnknownPhase, match=r"phases of Na-Ge and their x: ge \(0\), nage \(1\)"):
        load_alloy("Na3Ge")


@pytest.mark.parametrize("name", ["te", "nvp", "zinc", "", "li0si4"])
def test_what_is_no_alloy(name: str) -> None:
    with pytest.raises(UnknownPhase):
        load_alloy(name)


@pytest.mark.parametrize("name", ["Li15Si4", "Si4Li15", "lib:li15si4", "LI15SI4"])
def test_spellings(name: str) -> None:
    assert load_alloy(name).name == "li15si4"


def test_a_guest_metal_has_no_host() -> None:
    assert load_alloy("li").formula == "Li"
    with pytest.raises(IonsmithError, match="has no host atoms"):
        guest_content(load("li"))
