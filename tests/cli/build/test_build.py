"""``ionsmith build``, as a user types it."""

import io
import json
import sys
from pathlib import Path

import pytest
from ase.io import read

from command import run_command as run
from ionsmith.cli.main import main


@pytest.fixture(scope="module")
def crystal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crystal") / "open.extxyz"
    with pytest.raises(SystemExit) as caught:
        main(["build", "beta-alumina", "-o", str(path)])
    assert caught.value.code == 0
    return path


def test_build_and_close(crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    target = tmp_path / "closed.extxyz"
    code, out, err = run(
        capsys, "build", "closure", str(crystal), "--planes", "1", "-o", str(target), "--json"
    )
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["cation_coordination"].keys() == {"4", "6"}
    assert result["closed_planes"][0]["removed"]["O"] == 1
    closed = read(target)
    assert len(closed) == result["n_atoms"]
    steps = [step["step"] for step in closed.info["ionsmith"]["steps"]]
    assert steps[-2:] == ["build beta-alumina", "build closure"]
    assert {"spinel_block", "conduction_plane", "atom_id"} <= set(closed.arrays)


def test_same_command_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name in ("a.extxyz", "b.extxyz"):
        arguments = ("--supercell", "2", "1", "1", "--seed", "3", "-o", str(tmp_path / name))
        assert run(capsys, "build", "beta-alumina", *arguments)[0] == 0
    assert (tmp_path / "a.extxyz").read_bytes() == (tmp_path / "b.extxyz").read_bytes()


@pytest.mark.parametrize("name", ["closed.cif", "closed.vasp", "closed.xsf"])
def test_other_formats(
    crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture, name: str
) -> None:
    target = str(tmp_path / name)
    arguments = ("--planes", "all", "--route", "1,2,3", "--cell", "orthogonal", "-o", target)
    assert run(capsys, "build", "closure", str(crystal), *arguments)[0] == 0
    alpha, beta, gamma = read(target).cell.angles()
    assert (alpha, beta, gamma) == pytest.approx((90, 90, 90))


def test_pipe(
    crystal: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(crystal.read_bytes())

    monkeypatch.setattr(sys, "stdin", Stdin())
    code, out, err = run(capsys, "build", "closure", "-", "--planes", "2", "-o", "-")
    assert code == 0
    assert "Closed conduction planes" in err
    assert len(read(io.StringIO(out), format="extxyz")) == int(out.split("\n")[0])


def test_dry_run_writes_nothing(
    crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    target = tmp_path / "closed.extxyz"
    for extra in ([], ["-o", str(target)]):
        code, out, _ = run(
            capsys, "build", "closure", str(crystal), "--planes", "1", "--dry-run", *extra
        )
        assert code == 0
        assert "Closed conduction planes (1 of 3)" in out
    assert not target.exists()


def test_wrong_sense_must_be_asked_for(
    crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    arguments = ("build", "closure", str(crystal), "--planes", "1", "--dry-run", "--json")
    right = json.loads(run(capsys, *arguments)[1])["result"]
    wrong = json.loads(run(capsys, *arguments, "--glide", "wrong")[1])["result"]
    assert "3" not in right["cation_coordination"]
    assert wrong["cation_coordination"]["3"] == 2


def test_config_file(crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = tmp_path / "job.toml"
    config.write_text('planes = [1, 3]\nroute = 2\ncell = "sheared"\ndry-run = true\njson = true\n')
    code, out, _ = run(capsys, "build", "closure", str(crystal), "--config", str(config))
    assert code == 0
    assert [p["plane"] for p in json.loads(out)["result"]["closed_planes"]] == [1, 3]
    config.write_text("supercell = [2, 1, 1]\njson = true\ndry-run = true\n")
    code, out, _ = run(capsys, "build", "beta-alumina", "--config", str(config))
    assert json.loads(out)["result"]["supercell"] == [2, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["closure", "OPEN", "--planes", "7", "-o", "X"], "no conduction plane 7: the structure"),
        (["closure", "OPEN", "--planes", "one", "-o", "X"], "whole numbers"),
        (["closure", "OPEN", "--planes", "1", "--route", "5", "-o", "X"], "no route 5"),
        (["closure", "OPEN", "--planes", "1", "--spacing", "0.5", "-o", "X"], "too close"),
        (["closure", "lib:si", "--planes", "1", "-o", "X"], "not β''-alumina"),
        (["closure", "lib:beta2-alumina", "--planes", "1", "-o", "X"], "disordered"),
        (["closure", "lib:nosuch", "--planes", "1", "-o", "X"], "no crystal 'nosuch'"),
        (["closure", "nosuch.cif", "--planes", "1", "-o", "X"], "no such file"),
        (["closure", "OPEN", "--planes", "1", "-o", "X.nonsense"], "no writer"),
        (["closure", "OPEN", "--planes", "1"], "-o FILE"),
        (["beta-alumina", "--supercell", "0", "1", "1", "-o", "X"], "integers, not 0 1 1"),
        (["beta-alumina", "--supercell", "1", "1", "-2", "-o", "X"], "integers, not 1 1 -2"),
        (["beta-alumina", "--sodium", "1.5", "-o", "X"], "multiple of 2 cells"),
        (["beta-alumina", "--stabilizer", "Zn", "-o", "X"], "Zn"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    crystal: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    arguments: list[str],
    reason: str,
) -> None:
    names = {"OPEN": str(crystal), "X": str(tmp_path / "x.extxyz")}
    names["X.nonsense"] = str(tmp_path / "x.nonsense")
    code, out, err = run(capsys, "build", *(names.get(word, word) for word in arguments))
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_existing_output_is_kept(
    crystal: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    target = tmp_path / "x.extxyz"
    target.write_text("precious")
    arguments = ("build", "closure", str(crystal), "--planes", "1", "-o", str(target))
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "--force" in err
    assert target.read_text() == "precious"
    assert run(capsys, *arguments, "--force")[0] == 0


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1/0", "x", "", "1e-9"])
@pytest.mark.parametrize("option", ["--sodium", "--stabilizer-content"])
def test_contents_that_are_no_numbers(
    capsys: pytest.CaptureFixture, option: str, value: str
) -> None:
    code, out, err = run(capsys, "build", "beta-alumina", "--dry-run", option, value)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_contents_as_fractions(capsys: pytest.CaptureFixture) -> None:
    options = ("--sodium", "4/3", "--stabilizer-content", "1/3", "--dry-run", "--json")
    result = json.loads(run(capsys, "build", "beta-alumina", *options)[1])["result"]
    assert result["composition"] == {"Al": 32, "Mg": 1, "Na": 4, "O": 51}
    assert result["charge"] == 0


@pytest.mark.parametrize("sodium", ["0", "2"])
def test_nothing_left_to_order(capsys: pytest.CaptureFixture, sodium: str) -> None:
    options = ("--stabilizer", "none", "--sodium", sodium, "--dry-run", "--json")
    result = json.loads(run(capsys, "build", "beta-alumina", *options)[1])["result"]
    assert result["composition"].get("Na", 0) == 3 * int(sodium)
