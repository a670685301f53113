"""The command line of overlaps: the published job, its picture, and bad input."""

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import run_command, run_json
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure

RELATIONSHIP = (
    "--parallel-planes",
    "(1,2,-1)||(2,-1,0)",
    "--parallel-directions",
    "[0,1,2]||[1,2,-1]",
)
PAIR = ("lib:nh4vo3", "lib:nvp")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "overlap", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "overlap", *arguments)


def test_vanadium_of_nvp_in_nh4vo3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "overlap.png"
    arguments = (*PAIR, *RELATIONSHIP, "--element", "V", "--random-orientations", "3")
    found = result(capsys, *arguments, "-o", str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert found["random_orientations"]["count"] == 3
    assert found["to_film"]["mean"] < found["to_film"]["random_origin"]
    distances = np.linalg.norm(np.array(found["sites"]) - found["partners"], axis=1)
    assert found["to_film"]["rms"] == pytest.approx(np.sqrt((distances**2).mean()))
    assert found["axis_names"] == ["[0,1,2]", "across", "normal of (1,2,-1)"]
    assert result(capsys, *arguments) == found  # with the picture or without
    code, out, err = run(capsys, *arguments, "-o", str(picture))
    assert (code, out) == (2, "")
    assert "--force" in err
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    assert f"{found['to_film']['mean']:.3f}" in out
    assert "3 random orientations" in out


def test_files_elements_and_radius(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "nh4vo3.cif"
    write_structure(str(path), load("nh4vo3").to_atoms())
    options = ("--element", "N", "--film-element", "Na", "--radius", "8")
    options += ("--random-orientations", "0", *RELATIONSHIP)
    found = result(capsys, str(path), "lib:nvp", *options)
    again = result(capsys, *PAIR, *options)
    assert (found["element"], found["film_element"], found["radius"]) == ("N", "Na", 8)
    assert found["random_orientations"] is None
    assert found["to_film"]["mean"] == pytest.approx(again["to_film"]["mean"], abs=1e-4)
    assert "occupied or not" in again["notes"][0]


def test_rotation_instead_of_planes(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--element", "V", "--random-orientations", "0", "--radius", "7")
    found = result(capsys, "lib:nvp", "lib:nvp", *options, "--euler", "0 0 120")
    assert found["to_film"]["largest"] == pytest.approx(0, abs=1e-5)
    assert found["axis_names"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    "arguments",
    [
        (*PAIR, *RELATIONSHIP),
        (*PAIR, "--element", "V"),
        (*PAIR, *RELATIONSHIP, "--element", "Zr"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--film-element", "x"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--radius", "0"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--radius", "2"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--radius", "200"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--random-orientations", "-1"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "-o", "map.doc"),
        (*PAIR, *RELATIONSHIP, "--element", "V", "--euler", "0 0 0"),
        ("lib:nh4vo3", "lib:no-such-phase", *RELATIONSHIP, "--element", "V"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "analyze", "overlap"]
    assert run(capsys, *example[3:])[0] == 0
