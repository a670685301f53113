"""``ionsmith build porous``, as a user types it."""

import json
import shlex
from pathlib import Path

import pytest
from ase.io import read

from command import run_command as run


def test_published_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ge.extxyz"
    words = ("lib:ge", "--porosity", "18.05", "--zone", "[001]", "--ions", "20", "-o", str(path))
    code, out, err = run(capsys, "build", "porous", *words, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["composition"] == {"Ge": 59, "Li": 20}
    assert result["porosity"]["atoms"] == pytest.approx(18.05, abs=0.01)
    atoms = read(path)
    assert len(atoms) == 79
    step = atoms.info["ionsmith"]["steps"][-1]
    assert step["step"] == "build porous"
    assert step["parameters"]["supercell"] == [3, 3, 1]
    assert atoms.info["ionsmith"]["sources"][0]["phase"] == "ge"


def test_options_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "si.cif"
    code, _, _ = run(capsys, "library", "export", "si", "-o", str(path))
    assert code == 0
    texts = []
    for words in (
        ("--kind", "random-spheres", "--pores", "2", "1", "1", "--seed", "3"),
        ("--kind", "spheres", "--centre", "0.5", "0.5", "0.5", "--bare"),
        ("--kind", "levelled-wave", "--wavelength", "12", "--remove-pieces"),
        ("--zone", "[1,-1,0]", "--ion", "Na", "--ions", "2", "--place", "wall"),
    ):
        code, out, err = run(
            capsys, "build", "porous", str(path), "--porosity", "25", "--dry-run", *words
        )
        assert (code, err) == (0, "")
        texts.append(out)
    assert "along [1, -1, 0]" in texts[3]
    assert "0 capped with H" in texts[1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("lib:ge", "--porosity", "0"), "above 0 and below 100"),
        (("lib:ge", "--porosity", "100"), "above 0 and below 100"),
        (("lib:ge", "--porosity", "-3"), "above 0 and below 100"),
        (("lib:ge", "--porosity", "80"), "wires"),
        (("lib:ge", "--porosity", "18", "--zone", "(001)"), "plane"),
        (("lib:ge", "--porosity", "18", "--ions", "21"), "only 20 dangling bonds"),
        (("lib:nzsp", "--porosity", "18"), "disordered"),
        (("lib:al2o3", "--porosity", "18"), "--bare"),
        (("lib:ge",), "--porosity"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str
) -> None:
    code, out, err = run(capsys, "build", "porous", *words, "-o", str(tmp_path / "x.extxyz"))
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err
    assert not list(tmp_path.iterdir())


def test_help_shows_an_example_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(capsys, "build", "porous", "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "build", "porous"]
    assert run(capsys, *example[1:])[0] == 0
    assert (tmp_path / "porous-ge.extxyz").exists()
