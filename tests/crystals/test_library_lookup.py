"""Finding crystals by name, formula and content."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.crystals import library, load, names, search
from ionsmith.crystals.formula import parse_formula, same_composition, write_formula
from ionsmith.crystals.library import _library
from ionsmith.errors import NoMatch, UnknownPhase

ALL_NAMES = names()
ELEMENTS = sorted({element for name in ALL_NAMES for element in parse_formula(load(name).formula)})

# Which polymorph or refinement the bare formula stands for, with the space group to tell by.
STABLE = {
    "al2o3": ("al2o3", 167),
    "fepo4": ("fepo4", 62),
    "ge": ("ge", 227),
    "li3sb": ("li3sb", 225),
    "li3vo4": ("li3vo4", 31),
    "li7si3": ("li7si3", 166),
    "mgal2o4": ("mgal2o4", 227),
    "na3v2(po4)3": ("nvp", 167),
    "na3zr2si2po12": ("nzsp-hong1976", 15),
    "naal11o17": ("beta-alumina-1937", 194),
    "nafepo4": ("nafepo4", 62),
    "nasi": ("nasi", 15),
    "nazr2(po4)3": ("nzp", 167),
    "nh4vo3": ("nh4vo3", 57),
    "nah2po4": ("nah2po4", 14),
    "si": ("si", 227),
    "sio2": ("sio2", 154),
    "sn": ("sn", 141),
    "te": ("te", 152),
    "teo2": ("teo2", 92),
    "v2o5": ("v2o5", 59),
    "zro2": ("zro2", 14),
}

SPELLINGS = {
    "beta2-alumina": ["β''-alumina", "β″-Alumina", 'beta"-alumina', "Beta2 Alumina", "bettman"],
    "nvp": ["NVP", "na3v2p3o12", "Na3V2(PO4)3", "NA3V2PO43", "Na₃V₂(PO₄)₃", "V2Na3O12P3"],
    "nzsp": ["nzsp-x2.35", "Na3.37Zr2Si2.35P0.65O12", "nasicon"],
    "nh4vo3": ["NH4VO3", "ammonium metavanadate", "VH4NO3"],
    "nah2po4": ["NaH2PO4", "NaP(HO2)2", "sodium-dihydrogen-phosphate"],
    "al2o3": ["corundum", "α-Al2O3", "alpha_alumina"],
    "sio2": ["quartz", "SiO2", "O2Si", "Si2O4"],
    "mgal2o4": ["spinel"],
    "nafepo4": ["maricite"],
    "sn-alpha": ["grey tin", "Sn-alpha", "α-tin"],
    "li15si4": ["Li15Si4", "Si4Li15"],
}


@pytest.mark.parametrize("formula", list(STABLE))
def test_bare_formula_is_the_stable_polymorph(formula: str) -> None:
    crystal = load(formula)
    assert (crystal.name, crystal.space_group_number) == STABLE[formula]


@pytest.mark.parametrize(
    ("name", "spelling"), [(name, text) for name, texts in SPELLINGS.items() for text in texts]
)
def test_spellings(name: str, spelling: str) -> None:
    assert load(spelling).name == name


def test_each_composition_has_one_crystal_that_answers_to_it() -> None:
    answering = [load(name) for name in ALL_NAMES if load(name).answers_to_formula]
    compositions = [parse_formula(crystal.formula) for crystal in answering]
    for index, composition in enumerate(compositions):
        assert not any(same_composition(composition, other) for other in compositions[:index])
    for name in ALL_NAMES:
        assert load(load(name).formula).formula == load(name).formula


def test_no_two_crystals_share_a_name() -> None:
    claimed: dict[str, str] = {}
    for name in ALL_NAMES:
        for alias in (name, *load(name).aliases):
            assert claimed.setdefault(library.normalise(alias), name) == name


@given(
    name=st.sampled_from(ALL_NAMES), data=st.data(), separator=st.sampled_from(["-", " ", "_", ""])
)
@settings(deadline=None)
def test_case_and_separators_do_not_matter(name: str, data: st.DataObject, separator: str) -> None:
    alias = data.draw(st.sampled_from([name, *load(name).aliases]))
    upper = data.draw(st.lists(st.booleans(), min_size=len(alias), max_size=len(alias)))
    typed = "".join(c.upper() if up else c for c, up in zip(alias, upper, strict=True))
    assert load(f"  {typed.replace('-', separator)} ") is load(name)


@given(name=st.sampled_from(ALL_NAMES), data=st.data(), multiple=st.integers(1, 12))
@settings(deadline=None)
def test_formula_in_any_order_and_multiple(name: str, data: st.DataObject, multiple: int) -> None:
    composition = parse_formula(load(name).formula)
    order = data.draw(st.permutations(sorted(composition)))
    typed = write_formula({element: multiple * composition[element] for element in order})
    assert load(name) in search(formula=typed)
    assert same_composition(parse_formula(load(typed).formula), composition)


@given(text=st.text(max_size=25))
@settings(deadline=None)
def test_unknown_names_get_suggestions(text: str) -> None:
    try:
        crystal = load(text)
    except UnknownPhase as error:
        message = str(error)
        assert "\n" not in message
        suggested = message.rsplit("similar: ", 1)[1].partition("; ionsmith")[0]
        assert suggested
        assert all(name in ALL_NAMES for name in suggested.split(", "))
    else:
        assert crystal.name in ALL_NAMES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nvpp", "nvp"),
        ("bta2-alumina", "beta2-alumina"),
        ("nh4vo", "nh4vo3"),
        ("li15si", "li15si4"),
    ],
)
def test_the_name_meant_is_suggested(typed: str, meant: str) -> None:
    with pytest.raises(UnknownPhase, match=rf"similar: (.*, )?{meant}[,;]"):
        load(typed)


@given(wanted=st.lists(st.sampled_from(ELEMENTS), max_size=4))
@settings(deadline=None)
def test_search_by_elements(wanted: list[str]) -> None:
    expected = [n for n in ALL_NAMES if set(wanted) <= set(parse_formula(load(n).formula))]
    if expected:
        assert [crystal.name for crystal in search(elements=wanted)] == expected
    else:
        with pytest.raises(NoMatch):
            search(elements=wanted)


@pytest.mark.parametrize("group", [167, "167", "R-3c", "r -3 c", "R -3 c:H"])
def test_search_by_space_group(group: int | str) -> None:
    expected = [name for name in ALL_NAMES if load(name).space_group_number == 167]
    assert len(expected) == 13
    assert [crystal.name for crystal in search(space_group=group)] == expected


@pytest.mark.parametrize("group", ["P2_1/c", "P21/c", "P 1 21/c 1", 14])
def test_search_by_monoclinic_symbol(group: int | str) -> None:
    found = {crystal.name for crystal in search(space_group=group)}
    assert found == {"nage", "nah2po4", "nasb", "te2v2o9", "zro2"}


def test_search_conditions_add_up() -> None:
    found = search(elements=["P", "zr"], space_group="R-3c", family="NASICON")
    assert {c.name for c in found} == {
        "nzp", "nzp-hagman1968", "nzsp", "nzsp-443k", "nzsp-x2.25-443k"
    }  # fmt: skip
    assert {c.name for c in search(formula="O12P3V2Na3")} == {"nvp", "nvp-alpha", "nvp-ordered-dft"}
    assert [c.name for c in search(formula="sio2")] == ["sio2"]
    with pytest.raises(NoMatch, match="nasicon"):
        search(family="garnet")
    with pytest.raises(NoMatch):
        search(space_group="P7")
    with pytest.raises(NoMatch):
        search(formula="nonsense")


def test_library_is_found_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "ionsmith"
    (installed / "crystals" / "library").mkdir(parents=True)
    shutil.copytree(library.folder(), installed / "structures")
    place = installed / "crystals" / "library" / "_library.py"
    monkeypatch.setattr(_library, "__file__", str(place))
    assert library.folder() == installed / "structures"
    assert library.published_cif("nvp").startswith("data_nvp\n")
