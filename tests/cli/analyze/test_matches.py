"""The command line of matches: the published interfaces, pictures, and bad input."""

import shlex
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from command import run_command, run_json
from ionsmith.cli.main import main

matplotlib.use("agg")

PLANES = ("--contact", "(1,2,-1)||(2,-1,0)")
SHARED = ("--substrate-share", "0.5")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "matches", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "matches", *arguments)


def test_nvp_on_nh4vo3(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nh4vo3", "lib:nvp", *PLANES, *SHARED, "--max-strain", "0.035")
    best = found["matches"][0]
    assert best["substrate_area"] == pytest.approx(213.0, abs=0.1)
    assert best["max_strain"] <= 0.035
    assert found["plane_pairs"] == 1


def test_nvp_on_nah2po4_within_the_relationship(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(
        capsys, "lib:nah2po4", "lib:nvp", "--contact", "(-1,-2,1)||(0,0,9)", *SHARED,
        "--parallel-planes", "(-1,-2,1)||(0,0,9)", "--parallel-directions", "[-3,2,1]||[2,1,0]",
        "--within", "4", "--max-area", "1000", "--max-strain", "0.04",
    )  # fmt: skip
    assert found["matches"][0]["max_strain"] == pytest.approx(0.037, abs=5e-4)
    assert found["matches"][0]["deviation"] < 4


def test_example_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["analyze", "matches", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    words = shlex.split(text.split("Example: ")[1])
    assert words[:3] == ["ionsmith", "analyze", "matches"]
    code, out, _ = run(capsys, *words[3:])
    assert code == 0
    assert "213.0 : 219.8" in out
    assert "Strain tensors" in out


def test_all_facets_ranked_by_energy(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(
        capsys, "lib:nzsp", "lib:si", "--max-area", "250", "--film-elastic", "165.7,63.9,79.6",
        "--limit", "5", "--rank-by", "energy",
    )  # fmt: skip
    assert found["ranked_by"] == "energy"
    energies = [match["strain_energy"] for match in found["matches"]]
    assert energies == sorted(energies)
    assert len(found["matches"]) == 5 < found["count"]
    assert found["plane_pairs"] > 10


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"match{suffix}"
    arguments = ("lib:nh4vo3", "lib:nvp", *PLANES, *SHARED, "-o", str(target))
    assert run(capsys, *arguments, "--draw", "2")[0] == 0
    first = target.read_bytes()
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "exists" in err
    assert target.read_bytes() == first
    assert run(capsys, *arguments, "--force")[0] == 0
    assert target.read_bytes() != first


@pytest.mark.parametrize(
    ("arguments", "expected", "words"),
    [
        (
            ("lib:nh4vo3", "lib:nvp", *PLANES, "--max-strain", "0.01"),
            3,
            "0.063 ((1,2,-1)||(2,-1,0)",
        ),
        (("lib:nh4vo3", "lib:nvp", *PLANES, "-o", "match.cif"), 2, ".png, .svg or .pdf"),
        (("lib:nh4vo3", "lib:nvp", *PLANES, "--parallel-planes", PLANES[1]), 2, "together"),
        (("lib:nh4vo3", "lib:nvp", "--film-elastic", "1,2,x"), 2, "numbers such as"),
        (("lib:nh4vo3", "lib:nvp", "--film-elastic", "100,30,40"), 2, "a cubic crystal"),
        (("lib:nh4vo3", "lib:nvp", "--max-strain", "0.5"), 2, "--max-strain 0.5 is too large"),
        (("lib:nh4vo3", "lib:nvp", "--contact", "(1,0,0)"), 2, "expected a parallel pair"),
        (("lib:nh4vo3", "lib:nvp", *PLANES, *SHARED, "-o", "m.png", "--draw", "9"), 2, "--draw 9"),
    ],
)
def test_refusals(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    expected: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code == expected
    assert out == ""
    assert words in err
    assert not list(tmp_path.iterdir())
