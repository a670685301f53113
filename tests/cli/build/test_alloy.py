"""``ionsmith build alloy``, as a user types it."""

import json
import shlex
from pathlib import Path

import pytest
from ase.io import read

from command import run_command
from ionsmith.crystals import load


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "build", "alloy", *arguments)


def test_build(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "alloy.extxyz"
    arguments = ("Li15Si4", "--primitive", "--supercell", "2", "1", "1", "-o", str(target))
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["result"]
    assert found["composition"] == {"Li": 60, "Si": 16}
    assert found["space_group_number"] == 220
    atoms = read(target)
    assert len(atoms) == found["n_atoms"] == 76
    assert atoms.info["ionsmith"]["steps"][-1]["step"] == "build alloy"
    first = target.read_bytes()
    assert run(capsys, *arguments, "--force")[0] == 0
    assert target.read_bytes() == first


@pytest.mark.parametrize("name", ["na9sn4", "li22si5"])
@pytest.mark.parametrize("suffix", ["vasp", "cif"])
def test_input_of_other_programs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, suffix: str
) -> None:
    target = tmp_path / f"alloy.{suffix}"
    assert run(capsys, name, "-o", str(target))[0] == 0
    atoms, crystal = read(target), load(name)
    assert atoms.get_volume() == pytest.approx(crystal.volume, rel=1e-6)
    counts = {e: atoms.get_chemical_symbols().count(e) for e in crystal.composition()}
    assert counts == crystal.composition()


def test_path_is_listed_and_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "--path", "Na-Sn", "--json")
    assert code == 0
    names = [phase["phase"] for phase in json.loads(out)["result"]["phases"]]
    assert names[0] == "sn"
    assert names[-1] == "na15sn4"
    template = str(tmp_path / "{phase}.extxyz")
    code, out, _ = run(capsys, "--path", "Na-Sn", "--primitive", "-o", template, "--json")
    assert code == 0
    files = json.loads(out)["result"]["files"]
    assert files == [str(tmp_path / f"{name}.extxyz") for name in names]
    assert len(read(files[-1])) == 38  # half of the body-centred cell of Na15Sn4
    code, out, err = run(capsys, "--path", "Na-Sn", "-o", template)
    assert (code, len(err.strip().splitlines())) == (2, 1)


def test_dry_run_of_a_path_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    template = str(tmp_path / "{phase}.cif")
    arguments = ("--path", "Li-Si", "--ordering", "random", "-o", template, "--dry-run")
    assert run(capsys, *arguments)[0] == 0
    assert not list(tmp_path.iterdir())
    code, _, err = run(capsys, "--path", "Li-Si", "-o", template)
    assert code == 2
    assert "li7si3 is disordered" in err
    assert not list(tmp_path.iterdir())


def test_both_ends_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("li22ge5", "li17ge4"):
        code, out, _ = run(capsys, name, "--dry-run")
        assert code == 0
        assert "Li22Ge5 (x = 4.4) and Li17Ge4 (x = 4.25)" in " ".join(out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("li15si4",),
        ("li15si4", "--path", "Li-Si"),
        ("Li12Si2", "--dry-run"),
        ("Li2Si3", "--dry-run"),
        ("nasn3", "--dry-run"),
        ("Na3Ge", "--dry-run"),
        ("nvp", "--dry-run"),
        ("li7si3", "--dry-run"),
        ("li7si3", "--ordering", "random", "--primitive", "--dry-run"),
        ("si", "--supercell", "0", "1", "1", "--dry-run"),
        ("--path", "Na-Sb-Sn"),
        ("--path", "Na-Sb", "-o", "all.cif"),
        ("--path", "Na-Sb", "-o", "missing/{phase}.cif"),
        ("--path", "Na-Sb", "-o", "{phase}.nonsense"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(capsys, "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "build", "alloy"]
    assert run(capsys, *example[3:])[0] == 0
