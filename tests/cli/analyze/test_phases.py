"""The command line of phase identification."""

import json
from pathlib import Path

import pytest

from command import run_command
from ionsmith.crystals import load

CORUNDUM = "3.479, 2.552, 2.379, 2.085, 1.740, 1.601, 1.404, 1.374"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "phases", *arguments)


def test_published_lines(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--d", CORUNDUM, "--json", "--limit", "3")
    assert (code, err) == (0, "")
    found = json.loads(out)["result"]
    assert found["singles"][0]["crystals"] == ["al2o3"]
    assert found["left"] == []
    assert len(found["singles"]) == len(found["mixtures"]) == 3


def test_pattern_of_a_crystal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What ``analyze xrd`` draws, ``analyze phases`` reads."""
    path = tmp_path / "nvp.xy"
    wave = ("--wavelength", "CuKa1")
    code, _, err = run_command(capsys, "analyze", "xrd", "lib:nvp", *wave, "-o", str(path))
    assert (code, err) == (0, "")
    code, out, err = run(capsys, "--pattern", str(path), *wave, "--no-mixtures", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["result"]
    assert found["singles"][0]["crystals"] == ["nvp"]
    assert found["mixtures"] == []


def test_only_crystals_of_these_elements(capsys: pytest.CaptureFixture[str]) -> None:
    """33.5 and 34.3° of desodiated antimony are the (110) and (103) of Na3Sb."""
    lines = ("--two-theta", "33.5,34.3", "--no-mixtures", "--json")
    code, out, err = run(capsys, *lines, "--element", "Na", "--element", "Sb")
    assert (code, err) == (0, "")
    found = json.loads(out)["result"]
    names = [single["crystals"][0] for single in found["singles"]]
    assert names[0] == "na3sb"
    assert found["left"] == []
    assert all(set(load(name).composition()) <= {"Na", "Sb"} for name in names)
    everything = json.loads(run(capsys, *lines)[1])["result"]["singles"]
    assert everything[0]["crystals"] != ["na3sb"]
    code, out, err = run(capsys, *lines, "--element", "He")
    assert (code, out) == (3, "")
    assert "of He only" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of"),
        (("--d", "3", "--two-theta", "20"), "one of"),
        (("--d", "three"), "numbers such as"),
        (("--d", "0.1"), "half the wavelength"),
        (("--two-theta", "20 30", "--crystal", "unobtainium"), "unobtainium"),
        (("--two-theta", "20 30", "--angle-tolerance", "-1"), "tolerance"),
        (("--two-theta", "20 30", "--element", "Xx"), "no element"),
        (("--pattern", "no-such-file.xy"), "no such file"),
    ],
)
def test_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
