"""``ionsmith analyze migration``, as a user types it."""

import json
from pathlib import Path

import pytest

from command import run_command as run

LITHIUM = ("analyze", "migration", "lib:lifepo4", "--ion", "Li", "--spacing", "0.4")
LJ = ("--potential", "ase.calculators.lj:LennardJones")


@pytest.mark.migration
def test_from_crystal_to_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "paths.png"
    code, out, err = run(capsys, *LITHIUM, "-o", str(picture), "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert result["dimension"] == 1
    rows = {row["way"]: row["barrier"] for row in result["thresholds"]}
    assert rows["b"] == rows["1D"] < 1 < rows["a"]
    first = picture.read_bytes()
    assert run(capsys, *LITHIUM, "-o", str(picture))[0] == 2
    code, out, _ = run(capsys, *LITHIUM, "-o", str(picture), "--force")
    assert code == 0
    assert "Windows" in out
    assert picture.read_bytes() == first


@pytest.mark.migration
def test_barrier_of_a_hop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*LITHIUM, *LJ, "--folder", str(tmp_path / "hop"), "--images", "1")
    code, out, err = run(capsys, *words, "--fmax", "1e9")
    assert code == 0
    assert "s1 – s1, vacancy, 3.0" in out
    assert "band      0" in err
    assert sorted(path.name for path in (tmp_path / "hop").iterdir()) == [
        "band.json",
        "end.extxyz",
        "start.extxyz",
    ]


@pytest.mark.migration
def test_hop_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "hop"
    code, out, err = run(capsys, *LITHIUM, *LJ, "--folder", str(folder), "--hop", "9")
    assert (code, out) == (2, "")
    assert "--hop is 9" in err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("lib:nvp", "--ion", "Xx"), "no element"),
        (("no-such-file.cif",), "no such file"),
        (("lib:si",), "charges of Si are not known"),
        (("lib:nvp", "--limit", "0"), "--limit"),
        (("lib:nvp", "--potential", "sevennet"), "belong together"),
        (("lib:nvp", "--folder", "hop"), "belong together"),
        (("lib:nvp", *LJ, "--folder", "hop"), "build ordered lib:nvp"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str
) -> None:
    code, out, err = run(capsys, "analyze", "migration", *words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err
