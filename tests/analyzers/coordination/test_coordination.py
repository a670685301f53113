"""Coordination: published lengths, explicit formulae, tables, and invariance."""

import itertools
import json
from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.coordination import Coordination, coordination
from ionsmith.crystals import load
from ionsmith.errors import InvalidChoice, InvalidStructure
from strategies import Disguise, disguises, full_beta_alumina

PER_SITE = (
    *("coordination_numbers", "shortest", "mean_length", "longest", "spread"),
    *("valence_sum", "distortion_index", "angle_variance"),
)


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    backend = mpl.get_backend()
    mpl.use("agg")
    yield
    mpl.use(backend)


def octahedron(lengths: list[float], tilt: float = 0.0) -> Atoms:
    """Ti with six O, the one along z leaned over by an angle in degrees."""
    directions = np.vstack([np.eye(3), -np.eye(3)])
    turn = np.radians(tilt)
    directions[2] = [np.sin(turn), 0, np.cos(turn)]
    return Atoms("TiO6", np.vstack([[0, 0, 0], directions * np.array(lengths)[:, None]]))


def tetrahedron(angle: float) -> Atoms:
    """Si with four O at 1.61 Å, the two pairs of which enclose the angle in degrees."""
    half = np.radians(angle) / 2
    directions = [
        (np.sin(half), 0, np.cos(half)),
        (-np.sin(half), 0, np.cos(half)),
        (0, np.sin(half), -np.cos(half)),
        (0, -np.sin(half), -np.cos(half)),
    ]
    return Atoms("SiO4", np.vstack([[0, 0, 0], 1.61 * np.array(directions)]))


def test_corundum() -> None:
    """Al–O 1.855 and 1.972 Å: Kirfel and Eichhorn (1990), doi:10.1107/S0108767389012596."""
    result = coordination(load("al2o3").to_atoms())
    aluminium = result.numbers == 13
    assert result.counts() == {"Al": {6: 12}, "O": {4: 18}}
    assert result.shortest[aluminium] == pytest.approx(1.855, abs=2e-3)
    assert result.longest[aluminium] == pytest.approx(1.972, abs=2e-3)
    assert result.mean_length[aluminium] == pytest.approx((1.855 + 1.972) / 2, abs=2e-3)
    # Three of either length: the spread and Baur's index are simple.
    assert result.spread[aluminium] == pytest.approx((1.972 - 1.855) / 2, abs=1e-3)
    assert result.distortion_index[aluminium] == pytest.approx(0.117 / 2 / 1.9135, abs=5e-4)


def test_regular_polyhedra_are_not_distorted() -> None:
    for atoms in (octahedron([1.95] * 6), tetrahedron(np.degrees(np.arccos(-1 / 3)))):
        result = coordination(atoms)
        assert result.distortion_index[0] == pytest.approx(0, abs=1e-12)
        assert result.angle_variance[0] == pytest.approx(0, abs=1e-9)
        assert result.spread[0] == pytest.approx(0, abs=1e-12)


@given(st.lists(st.floats(1.85, 2.15), min_size=6, max_size=6))
@settings(deadline=None, max_examples=30)
def test_distortion_index_of_baur(lengths: list[float]) -> None:
    result = coordination(octahedron(lengths))
    mean = sum(lengths) / 6
    assert result.distortion_index[0] == pytest.approx(
        sum(abs(length - mean) for length in lengths) / 6 / mean, abs=1e-12
    )


@given(st.floats(0, 20))
@settings(deadline=None, max_examples=20)
def test_angle_variance_of_a_leaning_octahedron(tilt: float) -> None:
    """One O leans towards another: two of the twelve angles are 90° ∓ the tilt."""
    result = coordination(octahedron([1.95] * 6, tilt))
    assert result.angle_variance[0] == pytest.approx(2 * tilt**2 / 11, abs=1e-6)


@given(st.floats(95, 125))
@settings(deadline=None, max_examples=20)
def test_angle_variance_of_a_squashed_tetrahedron(angle: float) -> None:
    """Two angles are as given, the cosine of the other four is -cos²(angle/2)."""
    other = np.degrees(np.arccos(-(np.cos(np.radians(angle) / 2) ** 2)))
    ideal = np.degrees(np.arccos(-1 / 3))
    expected = (2 * (angle - ideal) ** 2 + 4 * (other - ideal) ** 2) / 5
    assert coordination(tetrahedron(angle)).angle_variance[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["lifepo4", "te2v2o9", "li3vo4"])
def test_every_site_against_explicit_sums(name: str) -> None:
    atoms = load(name).to_atoms()
    result = coordination(atoms)
    bonds = result.bonds
    for site in range(len(atoms)):
        rows = np.flatnonzero(bonds.first == site)
        vectors = [
            atoms.positions[bonds.second[row]]
            + bonds.shifts[row] @ atoms.cell.array
            - atoms.positions[site]
            for row in rows
        ]
        lengths = [float(np.linalg.norm(vector)) for vector in vectors]
        assert result.coordination_numbers[site] == len(lengths)
        assert result.shortest[site] == pytest.approx(min(lengths))
        assert result.longest[site] == pytest.approx(max(lengths))
        assert result.spread[site] == pytest.approx(np.std(lengths), abs=1e-9)
        units = [vector / np.linalg.norm(vector) for vector in vectors]
        angles = sorted(
            np.degrees(np.arccos(np.clip(one @ other, -1, 1)))
            for one, other in itertools.combinations(units, 2)
        )
        if len(lengths) == 4:
            expected = sum((angle - 109.4712206) ** 2 for angle in angles) / 5
        elif len(lengths) == 6:
            expected = sum((angle - 90) ** 2 for angle in angles[:12]) / 11
        else:
            assert np.isnan(result.angle_variance[site])
            continue
        assert result.angle_variance[site] == pytest.approx(expected, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["lifepo4", "nasi", "v2o5", "nah2po4"]), disguises())
def test_same_numbers_for_the_same_crystal(name: str, disguise: Disguise) -> None:
    atoms = load(name).to_atoms()
    copy, order = disguise.apply(atoms)
    here, there = coordination(atoms), coordination(copy)
    for measure in PER_SITE:
        np.testing.assert_allclose(
            getattr(there, measure), getattr(here, measure)[order], atol=1e-6, err_msg=measure
        )


def test_supercell_has_the_same_summary() -> None:
    small = coordination(full_beta_alumina()).to_dict()
    large = coordination(full_beta_alumina().repeat((2, 2, 1))).to_dict()
    assert large["n_atoms"] == 4 * small["n_atoms"]
    for here, there in zip(small["environments"], large["environments"], strict=True):
        assert there["sites"] == 4 * here["sites"]
        assert there["mean_length"] == pytest.approx(here["mean_length"])
    assert [row["label"] for row in large["site_labels"]] == [
        row["label"] for row in small["site_labels"]
    ]


def test_what_has_no_value_is_nothing_and_said_so() -> None:
    result = coordination(load("nh4vo3").to_atoms())
    assert result.without_valence == ("H-N",)
    rows = {row["label"]: row for row in result.to_dict()["site_labels"]}
    assert rows["N1"]["valence_sum"] is None
    assert rows["H1"]["angle_variance"] is None
    assert rows["V1"]["valence_sum"] == pytest.approx(5, abs=0.25)
    assert "H-N" in result.table()
    assert "NaN" not in json.dumps(result.to_dict(), allow_nan=False)


def test_atom_without_neighbours() -> None:
    result = coordination(Atoms("Ar2", [[0, 0, 0], [0, 0, 8]]))
    assert result.environment_names == ("none",)
    assert result.coordination_numbers.tolist() == [0, 0]
    assert np.isnan(result.mean_length).all()
    assert np.isnan(result.valence_sum).all()
    assert result.to_dict()["environments"][0]["shortest"] is None


def test_environments_are_told_apart() -> None:
    result = coordination(load("lifepo4").to_atoms())
    kinds = {
        (row["element"], row["environment"]): row["sites"]
        for row in result.to_dict()["environments"]
    }
    assert kinds == {
        ("Fe", "O6"): 4,
        ("Li", "O6"): 4,
        ("P", "O4"): 4,
        ("O", "Fe2LiP"): 8,
        ("O", "Li2FeP"): 8,
    }


def test_sites_are_listed_when_asked_for() -> None:
    result = coordination(load("v2o5").to_atoms())
    assert result.to_dict()["sites"] is None
    listed = coordination("lib:v2o5", list_sites=True)
    assert isinstance(listed, Coordination)
    sites = listed.to_dict()["sites"]
    assert [site["index"] for site in sites] == list(range(14))
    assert sites[0] == {
        "index": 0,
        "label": "V1",
        "element": "V",
        "environment": "O5",
        "coordination_number": 5,
        **{name: pytest.approx(getattr(result, name)[0]) for name in PER_SITE[1:-1]},
        "angle_variance": None,
        **dict.fromkeys(("shape", "shape_measure", "order")),
    }
    assert len(listed.tables()[0].rows) == 14
    assert all(len(table.headers) == len(table.rows[0]) for table in listed.tables())


def test_plot_shows_the_shares() -> None:
    axes = coordination(full_beta_alumina()).plot()
    heights = [round(bar.get_height(), 1) for bar in axes.patches]
    # 12 of 33 Al have four O and 21 have six.
    assert heights[:2] == [36.4, 63.6]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Al", "Na", "O"]


def test_bad_input() -> None:
    with pytest.raises(InvalidStructure, match="no atoms"):
        coordination(Atoms())
    with pytest.raises(InvalidChoice):
        coordination(load("si").to_atoms(), "nearest")
