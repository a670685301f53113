"""Supercells of very many atoms have the pattern of their unit cell, in their own axes."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import make_supercell

from command import run_json
from ionsmith.analyzers.scattering._scatterers import MAX_SYMMETRY_ATOMS
from ionsmith.analyzers.spots import SpotPattern, spot_pattern
from ionsmith.crystals import load


def by_indices(pattern: SpotPattern, matrix: np.ndarray) -> dict[tuple[int, ...], tuple]:
    """Intensity, what forbids it, and azimuth of each spot by its indices in the unit cell."""
    own = pattern.hkl @ np.linalg.inv(matrix).T
    assert np.allclose(own, np.rint(own))
    return {
        tuple(hkl): (spot.intensity, spot.forbidden, spot.forbidden_by, spot.d)
        for hkl, spot in zip(np.rint(own).astype(int).tolist(), pattern.spots, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "rows", "zone", "in_file"),
    [
        ("si", [[10, 0, 0], [0, 6, 0], [0, 0, 4]], "[1,1,0]", "[3,5,0]"),
        ("si", [[5, 5, 0], [-5, 5, 0], [0, 0, 5]], "[1,1,2]", "[1,0,2]"),
        ("si", [[6, 0, 0], [0, 6, 0], [0, 0, 6]], "(1,1,1)", "(1,1,1)"),
        ("al2o3", [[5, 0, 0], [0, 5, 0], [0, 0, 3]], "[1,0,0]", "[1,0,0]"),
        ("nh4vo3", [[4, 0, 0], [0, 4, 0], [0, 0, 4]], "[0,1,2]", "[0,1,2]"),
    ],
)
def test_pattern_is_that_of_the_unit_cell(
    name: str, rows: list[list[int]], zone: str, in_file: str
) -> None:
    atoms, matrix = load(name).to_atoms(), np.array(rows)
    large = make_supercell(atoms, matrix)
    assert len(large) > MAX_SYMMETRY_ATOMS
    one, other = spot_pattern(atoms, zone), spot_pattern(large, in_file)
    unit, mine = by_indices(one, np.eye(3)), by_indices(other, matrix)
    assert mine.keys() == unit.keys()
    for hkl, (intensity, forbidden, _, d) in unit.items():
        assert mine[hkl][0] == pytest.approx(intensity, abs=1e-4)
        assert mine[hkl][1] == forbidden == (mine[hkl][2] is not None)
        assert mine[hkl][3] == pytest.approx(d, rel=1e-4)
    assert other.cellpar[:3] == pytest.approx(large.cell.lengths())
    assert "repeats the unit cell" in other.table()
    assert "repeats the unit cell" not in one.table()


def test_displacements_of_elements_are_kept() -> None:
    atoms = load("mgo").to_atoms()
    atoms.set_array("u_iso", np.where(atoms.symbols == "O", 0.02, 0.01))
    one, other = spot_pattern(atoms, "[1,0,0]"), spot_pattern(atoms.repeat(6), "[1,0,0]")
    assert other.unit is not None
    unit, mine = by_indices(one, np.eye(3)), by_indices(other, 6 * np.eye(3))
    assert {hkl: mine[hkl][0] for hkl in unit} == {
        hkl: pytest.approx(spot[0], abs=1e-4) for hkl, spot in unit.items()
    }


def test_a_damaged_supercell_is_its_own_cell() -> None:
    large = load("si").to_atoms().repeat(6)
    del large[100]
    assert spot_pattern(large, "[1,0,0]").unit is None


def test_the_command_says_which_cell_is_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    source = str(tmp_path / "large.extxyz")
    load("si").to_atoms().repeat((8, 5, 5)).write(source)
    found = run_json(capsys, "analyze", "spots", source, "--zone", "[0,0,1]")
    assert any("[1/8,0,0] [0,1/5,0] [0,0,1/5]" in note for note in found["notes"])
