"""The command: kill it at any moment, start it again, and the result is the same."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import pytest
from ase.build import bulk, molecule

from command import run_command

EMT = ("--potential", "ase.calculators.emt:EMT")
SLOW = ("--potential", "slow_emt:SlowEMT", "--fmax", "0.001")


def write(path: Path, seed: int = 1) -> str:
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.15, seed=seed)
    ase.io.write(path, atoms)
    return str(path)


def start(folder: Path, *arguments: str, count: str) -> subprocess.Popen[str]:
    own = [str(Path(__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    paths = os.pathsep.join(filter(None, own))
    return subprocess.Popen(
        [sys.executable, "-m", "ionsmith", "relax", *arguments, *SLOW],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "SLOW_EMT_COUNT": str(folder / count)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *arguments: str, count: str) -> tuple[int, str]:
    process = start(folder, *arguments, count=count)
    _, said = process.communicate()
    return process.returncode, said


def kill_when(process: subprocess.Popen[str], file: Path, lines: int) -> None:
    """Kill -9 once so many evaluations are done."""
    while not file.exists() or len(file.read_text().splitlines()) < lines:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_killed_and_resumed(tmp_path: Path) -> None:
    source = write(tmp_path / "cu.extxyz")
    assert run(tmp_path, source, "-o", "whole.extxyz", count="whole")[0] == 0
    process = start(tmp_path, source, "-o", "part.extxyz", count="part")
    kill_when(process, tmp_path / "part", 6)
    assert not (tmp_path / "part.extxyz").exists()
    code, said = run(tmp_path, source, "-o", "part.extxyz", count="part")
    assert code == 2
    assert "with --resume" in said
    code, said = run(tmp_path, source, "-o", "part.extxyz", "--resume", count="part")
    assert code == 0
    # EMT keeps its list of neighbours while atoms move little: a new one adds in another order.
    whole, part = (ase.io.read(tmp_path / f"{name}.extxyz") for name in ("whole", "part"))
    assert abs(whole.positions - part.positions).max() < 1e-6
    evaluated = len((tmp_path / "whole").read_text().splitlines())
    again = len((tmp_path / "part").read_text().splitlines()) - evaluated
    assert 0 <= again < 6  # from the start it would be as many as were done before the kill
    assert not list(tmp_path.glob("*.checkpoint.json"))
    # A finished one is not done again.
    code, said = run(tmp_path, source, "-o", "part.extxyz", "--resume", count="third")
    assert code == 0
    assert "step" not in said
    assert not (tmp_path / "third").exists()


def test_several_killed_and_resumed(tmp_path: Path) -> None:
    sources = [write(tmp_path / f"cu{seed}.extxyz", seed) for seed in (1, 2, 3)]
    process = start(tmp_path, *sources, "-o", "out", "--workers", "1", count="count")
    while not list((tmp_path / "out").glob("results/*.jsonl")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    done = len((tmp_path / "count").read_text().splitlines())
    kill_when(process, tmp_path / "count", done + 3)
    code, said = run(tmp_path, *sources, "-o", "out", count="count")
    assert code == 2
    assert "--resume" in said
    code, said = run(tmp_path, *sources, "-o", "out", "--resume", count="rest")
    assert code == 0
    assert len(list((tmp_path / "out").glob("*.extxyz"))) == 3
    code, said = run(tmp_path, *sources, "-o", "whole", count="evaluations")
    assert code == 0
    for source in sources:
        name = Path(source).name
        one, two = (ase.io.read(tmp_path / folder / name) for folder in ("out", "whole"))
        assert abs(one.positions - two.positions).max() < 1e-6
    evaluated, rest = (
        len((tmp_path / name).read_text().splitlines()) for name in ("evaluations", "rest")
    )
    assert rest < evaluated - done + 3  # what was finished is not done again
    code, said = run(tmp_path, *sources, "-o", "out", "--resume", count="none")
    assert code == 0
    assert not (tmp_path / "none").exists()


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    sources = [write(tmp_path / f"cu{seed}.extxyz", seed) for seed in (1, 2, 3, 4)]
    runs = [
        start(tmp_path, *part, "-o", "out", "--resume", count="count")
        for part in (sources[:3], sources[1:])
    ]
    for process in runs:
        assert process.communicate() is not None
        assert process.returncode == 0
    names = {path.name for path in (tmp_path / "out").glob("*.extxyz")}
    assert names == {f"cu{seed}.extxyz" for seed in (1, 2, 3, 4)}


def test_steps_that_run_out(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source, target = write(tmp_path / "cu.extxyz"), tmp_path / "out.extxyz"
    code, out, said = run_command(
        capsys, "relax", source, "-o", str(target), *EMT, "--steps", "2", "--json"
    )
    assert code == 3
    assert "not converged after 2 steps; continue with --resume" in said
    result = json.loads(out)["result"]
    assert not result["converged"]
    assert result["summary"][0].startswith("NOT CONVERGED")
    assert ase.io.read(target).info["ionsmith"]["steps"][-1]["parameters"]["converged"] is False
    code, out, said = run_command(
        capsys, "relax", source, "-o", str(target), *EMT, "--resume", "--json"
    )
    assert code == 0
    assert json.loads(out)["result"]["converged"]
    assert said.startswith("step     2 ")


def test_a_finished_file_that_does_not_say_what_made_it(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    source = write(tmp_path / "cu.extxyz")
    reports = []
    for name in ("out.extxyz", "out.cif"):
        target = tmp_path / name
        words = ("relax", source, "-o", str(target), *EMT, "--json")
        code, out, _ = run_command(capsys, *words)
        assert code == 0
        made = target.read_bytes()
        for _ in range(2):
            code, again, said = run_command(capsys, *words, "--resume")
            assert code == 0, said
            assert said == f"{target} is the result of this relaxation; nothing was done again\n"
            found, whole = (json.loads(text)["result"] for text in (again, out))
            for key in ("steps", "converged", "energy_after", "largest_force_after", "n_frozen"):
                assert found[key] == whole[key]
            for key in ("rms", "largest"):
                assert found["movements"][0][key] == pytest.approx(whole["movements"][0][key])
            assert target.read_bytes() == made
        reports.append(json.loads(again)["result"]["energy_after"])
    assert reports[0] == reports[1]
    # Neither another job, nor a file that was changed since, nor one with nothing beside it.
    code, _, said = run_command(capsys, *words, "--resume", "--optimizer", "fire")
    assert code == 2
    assert "is not the result of this relaxation" in said
    code, _, said = run_command(capsys, *words)
    assert code == 2
    assert "exists; choose another name" in said
    target.write_bytes(made + b"\n")
    assert "is not the result of this" in run_command(capsys, *words, "--resume")[2]
    (tmp_path / "out.cif.checkpoint.json").unlink()
    code, _, said = run_command(capsys, *words, "--resume")
    assert code == 2
    assert "does not record what made it" in said
    assert len(said.splitlines()) == 1
    # A record of what is gone stands in nobody's way.
    assert run_command(capsys, *words, "--force")[0] == 0
    target.unlink()
    assert run_command(capsys, *words)[0] == 0


def test_a_format_that_cannot_hold_the_structure_is_refused_before_any_step(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    ase.io.write(tmp_path / "co.xyz", molecule("CO"))
    for name, *more in (("co.vasp",), ("co.pwi",), ("co.vasp", "--dry-run")):
        words = ("-o", str(tmp_path / name), *EMT, *more)
        code, out, said = run_command(capsys, "relax", str(tmp_path / "co.xyz"), *words)
        assert code == 2
        assert out == ""
        assert len(said.splitlines()) == 1
        assert "could not write such a structure" in said
    assert os.listdir(tmp_path) == ["co.xyz"]


def test_tables_say_the_potential(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Energies without it would be compared with those of others."""
    source = write(tmp_path / "cu.extxyz")
    words = ("relax", source, *EMT, "--format", "csv")
    _, out, _ = run_command(capsys, *words, "--dry-run")
    assert "energy (eV) with ase.calculators.emt:EMT" in out
    _, out, _ = run_command(capsys, *words, "-o", f"{tmp_path}/out/", "--steps", "0")
    assert "relaxed" in out or "not converged" in out


def test_steps_that_run_out_on_the_way_to_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    source = write(tmp_path / "cu.extxyz")
    code, out, said = run_command(capsys, "relax", source, *EMT, "-o", "-", "--steps", "0")
    assert code == 3
    assert out.startswith("4\n")
    assert said.endswith("standard output: not converged after 0 steps; allow more --steps\n")


def test_a_folder_keeps_what_it_has(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    sources = [write(tmp_path / f"cu{seed}.extxyz", seed) for seed in (1, 2, 3)]
    words = ("-o", str(tmp_path / "out"), *EMT, "--json", "--workers", "1")
    assert run_command(capsys, "relax", *sources[:2], *words)[0] == 0
    code, out, _ = run_command(capsys, "relax", sources[0], sources[2], *words, "--resume")
    assert code == 0
    rows = json.loads(out)["result"]["rows"]
    assert [Path(row["varied"]["structure"]).name[9:] for row in rows] == [
        "cu1.extxyz",
        "cu3.extxyz",
    ]
    # One folder tells of one potential and one limit.
    code, _, said = run_command(capsys, "relax", sources[0], *words, "--resume", "--fmax", "0.01")
    assert code == 2
    assert "cu2.extxyz, relaxed with another potential or other settings" in said
    code, _, said = run_command(
        capsys, "relax", *sources, *words, "--resume", "--fmax", "0.01", "--steps", "50"
    )
    assert code == 0
    code, out, _ = run_command(capsys, "screen", "table", str(tmp_path / "out"), "--json")
    rows = json.loads(out)["result"]["rows"]
    assert [row["status"] for row in rows] == ["relaxed"] * 3


def test_one_that_fails_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    source, folder = write(tmp_path / "cu.extxyz"), tmp_path / "out"
    code, out, said = run_command(
        capsys, "relax", "lib:nvp", "lib:si", source, "-o", str(folder), *EMT, "--json"
    )
    assert code == 3
    assert "2 of 3 structures not relaxed" in said
    disordered, unknown, fine = json.loads(out)["result"]["rows"]
    assert disordered["status"] == "failed"
    assert "disordered" in disordered["reason"]
    assert "No EMT-potential for Si" in unknown["reason"]
    assert fine["status"] == "relaxed"
    assert [path.name for path in folder.glob("*.extxyz")] == ["cu.extxyz"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-o", "{}/x.extxyz", "--freeze", "Al"], "no such atom"),
        (["-o", "{}/x.extxyz", "--freeze", "Cu"], "nothing is left"),
        (["-o", "{}/x.extxyz", "--resume", "--force"], "give one of them"),
        (["-o", "{}/no/x.extxyz"], "does not exist"),
        (["-o", "{}/x.extxyz", "--checkpoint", "{}/no/x.json"], "does not exist"),
        (["-o", "{}/x.extxyz", "--checkpoint", "{}/x.extxyz"], "cannot be the checkpoint too"),
        (["-o", "{}/x.extxyz", "--checkpoint", "{}/cu.extxyz", "--force"], "not a checkpoint"),
        (["-o", "{}/x.unknown"], "no writer for this suffix"),
        ([], "-o FILE"),
        (["{}/cu.extxyz", "-o", "{}/both"], "both become cu.extxyz"),
        (["{}/cu.extxyz", "--dry-run"], "for one structure"),
    ],
)
def test_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str], expected: str
) -> None:
    source = write(tmp_path / "cu.extxyz")
    words = [word.format(tmp_path) for word in arguments]
    code, out, said = run_command(capsys, "relax", source, *words, *EMT)
    assert code == 2
    assert out == ""
    assert expected in said
    assert len(said.splitlines()) == 1
    assert os.listdir(tmp_path) == ["cu.extxyz"]


@pytest.mark.parametrize("output", ["x.cif", "-"])
def test_several_structures_need_a_folder(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run_command(capsys, "relax", "lib:si", "lib:ge", "-o", output, *EMT)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "several structures go into a folder" in err
    assert list(tmp_path.iterdir()) == []
