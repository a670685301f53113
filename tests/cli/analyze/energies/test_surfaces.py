"""``ionsmith analyze surfaces``, as a user types it."""

from pathlib import Path

import pytest
from ase.build import bulk

from command import run_command, run_json

EMT = ("--potential", "ase.calculators.emt:EMT")


@pytest.fixture
def folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    bulk("Cu", a=3.59, cubic=True).write(tmp_path / "cu.extxyz")
    words = (str(tmp_path / "cu.extxyz"), "--all", "1", "--thickness", "8")
    code, _, _ = run_command(capsys, "build", "slab", *words, "-o", str(tmp_path / "cu"))
    assert code == 0
    return tmp_path / "cu"


def test_energies_and_picture(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    picture = folder.parent / "shape.png"
    found = run_json(capsys, "analyze", "surfaces", str(folder), *EMT, "-o", str(picture))
    assert picture.stat().st_size > 5000
    assert [row["plane"] for row in found["surfaces"]] == ["(1,0,0)", "(1,1,0)", "(1,1,1)"]
    assert sum(row["share"] for row in found["surfaces"]) == pytest.approx(1)
    code, out, _ = run_command(capsys, "analyze", "surfaces", str(folder), *EMT)
    assert code == 0
    assert "J/m² on average" in out


def test_steps_that_run_out(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    words = ("analyze", "surfaces", str(folder), *EMT, "--relax", "--fmax", "0.001")
    code, out, err = run_command(capsys, *words, "--steps", "1")
    assert code == 3
    assert "relaxed (J/m²)" in out
    assert "slabs are not converged after 1 steps" in err
    code, _, err = run_command(capsys, *words)
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", *EMT), "no bulk.extxyz"),
        (("nowhere", "--potential", "magic"), "no potential 'magic'"),
    ],
)
def test_bad_input_gets_one_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run_command(capsys, "analyze", "surfaces", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
