"""Elastic constants on the command line, and where they go."""

from pathlib import Path

import pytest
from ase.build import bulk

from command import run_command, run_json

EMT = ("--potential", "ase.calculators.emt:EMT")


def test_matches_take_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for symbol in ("Cu", "Ni"):
        source = tmp_path / f"{symbol}.extxyz"
        bulk(symbol, cubic=True).write(source)
        code, out, _ = run_command(
            capsys, "analyze", "elastic-constants", str(source), *EMT, "--json"
        )
        assert code == 0
        (tmp_path / f"{symbol}.json").write_text(out)
        files.append((str(source), str(tmp_path / f"{symbol}.json")))
    words = ["analyze", "matches", files[0][0], files[1][0], "--contact", "(0,0,1)||(0,0,1)"]
    found = run_json(
        capsys, *words, "--substrate-elastic", files[0][1], "--film-elastic", files[1][1]
    )
    (best, *_) = found["matches"]
    constants = run_json(capsys, "analyze", "elastic-constants", files[1][0], *EMT)["stiffness"]
    c11, c12, c44 = constants[0][0], constants[0][1], constants[3][3]
    typed = run_json(capsys, *words, "--film-elastic", f"{c11},{c12},{c44}")
    assert best["strain_energy"] == pytest.approx(typed["matches"][0]["strain_energy"], rel=1e-6)
    code, _, said = run_command(capsys, *words, "--film-elastic", files[0][0] + ".json")
    assert (code, said.count("\n")) == (2, 1)
    assert "elastic-constants --json" in said


def test_unfinished_runs_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "cu.extxyz"
    bulk("Cu", cubic=True).write(source)
    code, _, said = run_command(
        capsys, "analyze", "elastic-constants", str(source), *EMT, "--steps", "0"
    )
    assert code == 3
    assert "allow more --steps" in said
