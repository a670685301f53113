"""The list of observed relationships, and the parts of the model against direct sums."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.orientation_relationships import observed_relationships
from ionsmith.analyzers.orientation_relationships._candidates import (
    candidates_of,
    multiply,
    quaternions_of,
)
from ionsmith.analyzers.orientation_relationships._coincidence import (
    POINTS,
    WIDTH,
    coincidence,
    strong_points,
    weigh,
)
from ionsmith.analyzers.orientation_relationships._observed import crystal_of, relationship_of
from ionsmith.analyzers.orientation_relationships._picture import project
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_structure
from ionsmith.errors import InvalidInput, InvalidStructure

KNOWN = observed_relationships()


def test_every_entry_is_consistent() -> None:
    assert len({entry.name for entry in KNOWN}) == len(KNOWN) >= 96
    for entry in KNOWN:
        assert entry.source
        assert entry.confidence
        assert entry.kind in ("film", "precipitate", "transformation")
        assert entry.relationship is not None
        assert entry.relationship.zone_laws is not None
        assert max(law.deviation for law in entry.relationship.zone_laws) < 1


def test_an_entry_holds_for_its_variants_and_no_others() -> None:
    entry = next(entry for entry in KNOWN if entry.name == "Burgers Ti")
    assert entry.relationship is not None
    turns = [variant.rotation for variant in entry.relationship.variants()]
    off = Rotation.from_rotvec([0, np.radians(3.5), 0]).as_matrix()
    assert entry.holds(quaternions_of(np.array(turns)), 3.0).all()
    assert not entry.holds(quaternions_of(off @ np.array(turns[:1])), 3.0).any()


def test_planes_alone_leave_the_twist_free(tmp_path: Path) -> None:
    entry = {
        "id": "partial",
        "kind": "film",
        "substrate": {"formula": "MgO", "space_group": "Fm-3m", **cell(4.212)},
        "film": {"formula": "Fe", "space_group": "Im-3m", **cell(2.87)},
        "planes": "(0,0,1)||(1,1,0)",
        "directions": None,
    }
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"systems": [entry]}), encoding="utf-8")
    (known,) = observed_relationships(path)
    tilt = Rotation.from_euler("y", 45, degrees=True)
    twists = Rotation.from_euler("z", [[0], [17], [31]], degrees=True) * tilt
    assert known.holds(twists.as_quat(), 1.0).all()
    assert not known.holds(Rotation.from_euler("z", [[0], [17]], degrees=True).as_quat(), 1.0).any()


def test_missing_parameters_follow_from_the_space_group() -> None:
    sides = {
        "substrate": {"space_group": "R-3c (167)", "a": 4.7591, "c": 12.9894},
        "film": {"space_group": "P6_3mc", "a": 3.189, "c": 5.1855},
    }
    short = relationship_of(
        {**sides, "planes": "(0001)||(0001)", "directions": "[11-20]||[10-10]", "kind": "wire"}, 7
    )
    assert (short.name, short.kind, short.confidence) == ("7", "wire", "not stated")
    known = next(entry for entry in KNOWN if entry.name == "GaN/Al2O3(0001)")
    assert short.pair == known.pair
    assert short.relationship is not None
    assert known.holds(quaternions_of(short.relationship.rotation[None]), 1e-3).all()


def test_without_a_space_group_the_lattice_has_its_own_symmetry() -> None:
    found = crystal_of({"a": 4.0, "b": 4.0, "c": 4.1})
    assert len(found.symmetry.laue_group) == 16  # 4/mmm


@pytest.mark.parametrize(
    ("group", "cell", "symbol"),
    [
        (225.0, {"a": 4.0}, "Fm-3m"),
        ("No. 225", {"a": 4.0}, "Fm-3m"),
        ("F m \N{MINUS SIGN}3 m (disordered)", {"a": 4.0}, "Fm-3m"),
        ("166", {"a": 5.1, "alpha": 55.3, "beta": 55.3, "gamma": 55.3}, "R-3m"),
        ("R-3m", {"a": 2.8, "c": 14.0}, "H-3m"),
        # Unique axis c; P 1 1 2/m of the International Tables.
        ("P2/m", {"a": 4.96, "b": 4.96, "c": 8.48, "gamma": 120}, "P112/m"),
    ],
)
def test_space_groups_as_people_write_them(group: Any, cell: dict[str, Any], symbol: str) -> None:
    assert crystal_of({"space_group": group, **cell}).symmetry.symbol == symbol


SIDES = {"substrate": {"space_group": 225, "a": 4.2}, "film": {"space_group": "Fm3m", "a": 4.1}}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("text", "1: 'text' is no JSON object"),
        ({"id": "half", "substrate": SIDES["substrate"]}, "half: 'film' is missing"),
        ({**SIDES}, "1: `planes` or `directions` were expected"),
        ({**SIDES, "planes": "(0001)||(001)"}, "four indices need hexagonal axes"),
        ({**SIDES, "planes": [1, 1, 1]}, "expected text"),
        (
            {**SIDES, "film": {"a": float("nan"), "space_group": 225}, "planes": "(001)||(001)"},
            "six",
        ),
        ({**SIDES, "film": {"a": 3.0}, "planes": "(001)||(001)"}, "cell parameter b is missing"),
        ({**SIDES, "film": "Ag", "planes": "(001)||(001)"}, "not what was expected"),
    ],
)
def test_what_cannot_be_read_is_told(entry: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        relationship_of(entry, 1)
    assert message in str(error.value)


def test_large_and_tiny_cells() -> None:
    large = crystal_of({"a": 300.0, "space_group": "Fm-3m"})
    points, _ = strong_points(large)
    assert len(points) >= POINTS
    with pytest.raises(InvalidStructure, match="check the units"):
        strong_points(crystal_of({"a": 0.4, "space_group": "Fm-3m"}))


def test_a_supercell_has_the_points_of_its_crystal() -> None:
    crystal = read_structure("lib:mgo")
    few = strong_points(read_lattice(crystal))
    many = strong_points(read_lattice(crystal.repeat((5, 4, 6))))
    assert {tuple(point) for point in many[0]} == {tuple(point) for point in few[0] * (5, 4, 6)}


def cell(a: float) -> dict[str, float]:
    """A cubic cell."""
    return {"a": a, "b": a, "c": a, "alpha": 90, "beta": 90, "gamma": 90}


def test_a_space_group_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    side = {"formula": "X", "space_group": "Fm-3m", **cell(4.0)} | {"c": 5.0}
    entry = {"id": "odd", "kind": "film", "substrate": side, "film": side, "planes": "(001)||(001)"}
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"systems": [entry]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="odd: X: space group Fm-3m does not fit its cell"):
        observed_relationships(path)


def test_coincidence_is_the_double_sum() -> None:
    sides = [weigh(strong_points(read_lattice(name))[1]) for name in ("lib:mgo", "lib:al2o3")]
    turns = Rotation.random(5, rng=np.random.default_rng(1))
    direct = []
    for turn in turns:
        total = 0.0
        turned = sides[1][0] @ turn.as_matrix().T
        for g, w in zip(*sides[0], strict=True):
            apart = ((turned - g) ** 2).sum(axis=1)
            scale = 2 * WIDTH**2 * np.linalg.norm(g) * np.linalg.norm(turned, axis=1)
            total += float((w * sides[1][1] * np.exp(-apart / scale)).sum())
        direct.append(total / 2)  # of g and -g one is summed
    assert coincidence(*sides, turns.as_quat()) == pytest.approx(np.array(direct), rel=2e-3)


def test_shared_rotations_are_those_of_the_groups() -> None:
    crystals = read_lattice("lib:si"), read_lattice("lib:mgo")
    found = candidates_of(*crystals)
    identity = abs(found.quaternions[:, 3]) > 1 - 1e-9
    assert set(found.common[identity].tolist()) == {24}
    # All others share fewer, a divisor of 24 (Lagrange).
    assert (24 % found.common == 0).all()


def test_products_of_quaternions_are_those_of_scipy() -> None:
    first, second = (Rotation.random(4, rng=np.random.default_rng(n)) for n in (2, 3))
    product = multiply(first.as_quat(), second.as_quat())
    assert abs((product * (first * second).as_quat()).sum(axis=1)) == pytest.approx(np.ones(4))


def test_projection_is_stereographic() -> None:
    # A pole at the angle t from the centre lies at tan(t / 2).
    angles = np.radians([0, 30, 60, 90])
    vectors = np.column_stack([np.sin(angles), 0 * angles, np.cos(angles)])
    assert project(vectors, np.eye(3))[:, 0] == pytest.approx(np.tan(angles / 2))
    assert len(project(-vectors[:3], np.eye(3))) == 0
