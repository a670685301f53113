"""Records: what a crystal can do, and which records are refused."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith import provenance
from ionsmith.crystals import load, names
from ionsmith.crystals.cif import parse_cif
from ionsmith.crystals.library import published_cif, read_crystal
from ionsmith.crystals.models import build_crystal
from ionsmith.errors import (
    CompositionNotPossible,
    DisorderedStructure,
    InvalidStructure,
    IonsmithError,
    NoCoordinates,
    UnreadableFile,
)

ORDERED = [name for name in names() if load(name).is_ordered]
COORDINATES = [name for name in names() if load(name).has_coordinates]


def test_mixed_sites_are_one_site() -> None:
    crystal = load("beta2-alumina")
    site = next(site for site in crystal.sites if site.label == "Al2")
    assert site.occupancy == pytest.approx({"Al": 2 / 3, "Mg": 1 / 3})
    assert site.oxidation == {"Al": 3, "Mg": 2}
    assert site.wyckoff == "6c"
    assert len(crystal.expand().positions) == 90
    assert crystal.composition() == pytest.approx({"Al": 31, "Mg": 2, "O": 51, "Na": 5})


@pytest.mark.parametrize("name", ORDERED)
def test_to_atoms(name: str) -> None:
    crystal = load(name)
    atoms = crystal.to_atoms()
    counts = {e: atoms.get_chemical_symbols().count(e) for e in crystal.composition()}
    assert counts == pytest.approx(crystal.composition())
    assert atoms.cell.cellpar() == pytest.approx(crystal.cellpar)
    assert atoms.pbc.all()
    labels = {site.label: next(iter(site.occupancy)) for site in crystal.sites}
    assert [labels[label] for label in atoms.arrays["site_label"]] == list(atoms.symbols)
    found = provenance.of(atoms)
    assert found["sources"] == [crystal.source()]
    assert found["lineage"]
    assert np.array_equal(atoms.arrays["atom_id"], np.arange(len(atoms)))


def test_disorder_is_refused_with_the_sites_named() -> None:
    with pytest.raises(DisorderedStructure, match="nvp is disordered on Na1, Na2;"):
        load("nvp").to_atoms()


def test_cell_without_coordinates() -> None:
    crystal = load("nvp-alpha")
    assert crystal.volume == pytest.approx(15.1244 * 8.7287 * 21.6143, rel=1e-5)
    assert not crystal.is_ordered
    assert crystal.charge is None
    for call in (crystal.to_atoms, crystal.expand, crystal.composition):
        with pytest.raises(NoCoordinates, match="only the cell"):
            call()


@given(name=st.sampled_from(COORDINATES), data=st.data())
@settings(deadline=None, max_examples=40)
def test_expansion_is_closed_under_the_space_group(name: str, data: st.DataObject) -> None:
    crystal = load(name)
    expanded = crystal.expand()
    rotations, translations = crystal.operations()
    pick = data.draw(st.integers(0, len(rotations) - 1))
    moved = expanded.positions @ rotations[pick].T + translations[pick]
    for site in range(len(crystal.sites)):
        own = expanded.site_index == site
        delta = moved[own][:, None] - expanded.positions[own][None]
        apart = np.linalg.norm((delta - np.round(delta)) @ crystal.cell, axis=-1)
        assert (apart.min(axis=0) < 1e-4).all()
        assert (apart.min(axis=1) < 1e-4).all()


def test_with_occupancy_makes_a_changed_copy() -> None:
    crystal = load("beta2-alumina")
    lithium = crystal.with_occupancy("Al2", {"Al": 5 / 6, "Li": 1 / 6}, {"Li": 1})
    assert lithium.composition()["Li"] == pytest.approx(1)
    assert lithium.charge == pytest.approx(0, abs=1e-5)
    assert lithium.formula == "Al10.6667Li0.3333O17Na1.6667"
    assert "Al2 holds Al 0.833333, Li 0.166667" in lithium.notes
    assert crystal == load("beta2-alumina")
    emptied = crystal.with_occupancy("Na1", {})
    assert "Na" not in emptied.composition()
    assert emptied.expand().positions.shape == (90, 3)


@pytest.mark.parametrize(
    ("label", "occupancy", "message"),
    [
        ("Xx1", {"Na": 1.0}, "has no site 'Xx1'; its sites are Al1"),
        ("Na1", {"Na": 0.7, "Li": 0.4}, "sum to at most 1"),
        ("Na1", {"Na": -0.1}, "must be positive"),
        ("Na1", {"Qq": 0.5}, "'Qq' is not an element"),
    ],
)
def test_with_occupancy_refuses(label: str, occupancy: dict[str, float], message: str) -> None:
    with pytest.raises(CompositionNotPossible, match=message):
        load("beta2-alumina").with_occupancy(label, occupancy)


def test_a_site_of_the_wrong_multiplicity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "si.cif"
    path.write_text(published_cif("si").replace("Si1 Si 8 a 0 0 0", "Si1 Si 8 a 0.1 0 0"))
    with pytest.raises(IonsmithError, match=r"Si1 \(8a\) has 48 positions in Fd-3m; 8 were"):
        read_crystal(path).expand()


def test_rebuild_of_an_unchanged_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.cif"
    path.write_text(published_cif("nvp"))
    assert read_crystal(path) == load("nvp")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("_space_group_IT_number             167", "_space_group_IT_number 166", "not one of"),
        ("_cell_length_b                     8.7288", "_cell_length_b 8.8", "does not fit R-3c"),
        ("_ionsmith_family                   nasicon", "", "_ionsmith_family is missing"),
        (" 0.805 0.149", " 1.805 0.149", "site Na1: occupancy"),
        ("data_nvp", "date_nvp", "not a valid CIF"),
        ("Na2 Na 18", "Na1 Na 18", "same label"),
    ],
)
def test_broken_records_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = published_cif("nvp")
    assert old in text
    path = tmp_path / "broken.cif"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UnreadableFile, match=message) as refused:
        read_crystal(path)
    assert str(refused.value).startswith("broken.cif: ")


@given(repeats=st.tuples(*[st.integers(1, 3)] * 3), name=st.sampled_from(["si", "sn", "nh4vo3"]))
@settings(deadline=None, max_examples=15)
def test_supercells(repeats: tuple[int, int, int], name: str) -> None:
    crystal = load(name)
    model = build_crystal(crystal, repeats)
    cells = int(np.prod(repeats))
    assert model.composition == {
        element: round(cells * amount) for element, amount in sorted(crystal.composition().items())
    }
    assert model.atoms.get_volume() == pytest.approx(cells * crystal.volume)
    assert provenance.of(model.atoms)["sources"] == [crystal.source()]
    assert np.array_equal(model.atoms.arrays["atom_id"], np.arange(len(model.atoms)))
    assert model.charge == (0 if crystal.charge is not None else None)


def test_supercell_of_no_size_is_refused() -> None:
    with pytest.raises(
        InvalidStructure, match="`supercell` must be three positive integers, not 1 0 1"
    ):
        build_crystal(load("si"), (1, 0, 1))


@pytest.mark.parametrize("name", [name for name in names() if load(name).has_coordinates])
def test_records_pass_all_checks_of_the_reader(name: str) -> None:
    """Symmetry, special positions, overlaps and content of a record agree, as in a user's file."""
    crystal = load(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = parse_cif(published_cif(name).encode(), f"{name}.cif")
    assert read.cellpar == crystal.cellpar
    assert read.space_group_number == crystal.space_group_number
    for site, own in zip(read.sites, crystal.sites, strict=True):
        assert site.position == pytest.approx(own.position, abs=1e-8)
        assert replace(site, position=own.position) == own
