"""``ionsmith build crack``, as a user types it."""

from pathlib import Path

import pytest
from ase.io import read

from command import run_command as run
from command import run_json


@pytest.fixture(scope="module")
def crystal(tmp_path_factory: pytest.TempPathFactory) -> str:
    from ionsmith.builders.beta_alumina import build_beta_alumina
    from ionsmith.crystals.files import write_structure

    path = tmp_path_factory.mktemp("crystal") / "before.extxyz"
    write_structure(str(path), build_beta_alumina((6, 1, 1), ordering="random").atoms)
    return str(path)


def test_crack_and_comparison(
    crystal: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, picture = tmp_path / "crack.extxyz", tmp_path / "crack.svg"
    words = (crystal, "--plane", "1", "--kink", "0.25:2", "--kink", "0.75:1", "--fill")
    words += ("--width", "8", "--step-width", "5", "--picture", str(picture), "-o", str(path))
    result = run_json(capsys, "build", "crack", *words)
    assert picture.stat().st_size > 0
    atoms = read(path)
    assert len(atoms) == result["n_atoms"]
    assert (atoms.arrays["sodium_metal"] == 1).sum() == result["filling"]["n_atoms"]
    step = atoms.info["ionsmith"]["steps"][-1]
    assert (step["step"], step["parameters"]["kinks"]) == ("build crack", [[0.25, 2], [0.75, 1]])
    assert "--picture" not in step["command"]
    found = run_json(capsys, "analyze", "compare", crystal, str(path))
    assert found["removed"] == result["removed"]
    assert found["added"] == {"Na": result["filling"]["n_atoms"]}
    code, out, _ = run(capsys, "analyze", "compare", crystal, str(path))
    assert code == 0
    assert "by identity" in out


def test_two_tips_in_angstrom(crystal: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = (crystal, "--plane", "1", "--extent", "5,20", "--unit", "angstrom", "--dry-run")
    result = run_json(capsys, "build", "crack", *words, "--neutral", "--faces", "whole-polyhedra")
    assert result["kind"] == "carved"
    assert result["charge_after"] == 0
    assert result["stretches"][0]["start"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--plane", "4"), "the structure has 3"),
        (("--plane", "1", "--width", "-2"), "--width is -2 Å"),
        (("--plane", "1", "--kink", "0.5"), "a place and a plane such as 0.25:2"),
        (("--plane", "1", "--kink", "0.5:x"), "a place and a plane such as 0.25:2"),
        (("--plane", "1", "--kink", "nan:2"), "a place and a plane such as 0.25:2"),
        (("--plane", "1", "--kink", "1.5:2"), "a kink at 1.5"),
        (("--plane", "1", "--kink", "0.5:2"), "leads back"),
        (("--plane", "1", "--extent", "0.5"), "2 numbers"),
        (("--plane", "1", "--extent", "0.2,0.8", "--width", "3"), "set --blocks, not --width"),
        (("--plane", "1", "--picture", "x.pdf"), ".png, .svg or .pdf"),
        (("--width", "3"), "--plane"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    crystal: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    reason: str,
) -> None:
    path = str(tmp_path / "x.extxyz")
    code, out, err = run(capsys, "build", "crack", crystal, *words, "-o", path)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err
    assert not list(tmp_path.iterdir())


def test_other_crystals_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "build", "crack", "lib:si", "--plane", "1", "--dry-run")
    assert code == 2
    assert "β''-alumina" in err
