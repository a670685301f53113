"""The command line of spots: the published overlay, single crystals, pictures and bad input."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

from command import run_command, run_json
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure

matplotlib.use("agg")

PAIR = ("lib:nh4vo3", "lib:nvp")
PARALLEL = ("--parallel-planes", "(1,2,-1)||(2,-1,0)", "--parallel-directions", "[0,1,2]||[1,2,-1]")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "spots", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "spots", *arguments)


def test_overlay_of_the_paper(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "spots.png"
    found = result(capsys, *PAIR, *PARALLEL, "-o", str(picture))
    assert [pattern["zone"]["axis"] for pattern in found["patterns"]] == [[0, 1, 2], [1, 2, -1]]
    spacings = [
        {tuple(spot["indices"]): spot["d"] for spot in pattern["spots"]}
        for pattern in found["patterns"]
    ]
    assert spacings[0][1, 0, 0] == pytest.approx(4.91, abs=0.005)
    assert spacings[1][2, 0, 2] == pytest.approx(3.57, abs=0.005)
    first = found["coincidences"][0]
    assert (first["m"], first["n"], first["along_planes"]) == (3, 2, True)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_one_crystal(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(
        capsys, "lib:si", "--zone", "[1,1,0]", "--max-laue-zone", "0", "--thickness", "200"
    )
    (pattern,) = found["patterns"]
    assert found["coincidences"] == []
    assert found["conditions"]["wavelength"] == pytest.approx(0.0196875, abs=1e-6)
    dark = [spot for spot in pattern["spots"] if spot["forbidden"]]
    assert "glide plane" in dark[0]["forbidden_by"]
    assert pattern["basis"]["angle"] == pytest.approx(70.5288, abs=1e-4)


def test_zone_and_normal(capsys: pytest.CaptureFixture[str]) -> None:
    zone, normal = (
        result(capsys, "lib:nah2po4", option, text)["patterns"][0]
        for option, text in (("--zone", "[0,0,1]"), ("--normal", "(0,0,1)"))
    )
    assert zone["zone"]["label"] == "[0,0,1]"
    assert normal["zone"]["label"] == "normal of (0,0,1)"
    cosine = np.dot(zone["zone"]["vector"], normal["zone"]["vector"])
    assert np.degrees(np.arccos(cosine)) == pytest.approx(abs(zone["cellpar"][4] - 90), abs=1e-6)


def test_table_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lib:nvp", "--zone", "121", "--d-min", "1.5")
    assert code == 0
    assert "shortest spots" in out
    code, out, _ = run(capsys, *PAIR, *PARALLEL, "--format", "csv")
    assert code == 0
    assert out.splitlines()[1].startswith('"(2,4,-2)","(6,-3,0)",3:2,')


def test_file_and_library_show_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "si.extxyz"
    write_structure(str(path), load("si").to_atoms())
    options = ("--zone", "[1,1,2]", "--x-axis", "(1,1,-1)")
    listed = [
        [(spot["indices"], spot["forbidden"]) for spot in found["patterns"][0]["spots"]]
        for found in (result(capsys, name, *options) for name in (str(path), "lib:si"))
    ]
    assert listed[0] == listed[1]


def test_labels_and_existing_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "spots.svg"
    arguments = (*PAIR, *PARALLEL, "-o", str(target), "--label", "(3,0,0)", "--film-label",
                 "(3,-1,1)", "--ratio", "3:2")  # fmt: skip
    assert run(capsys, *arguments)[0] == 0
    first = target.read_bytes()
    code, _, err = run(capsys, *arguments)
    assert (code, target.read_bytes()) == (2, first)
    assert "exists" in err
    assert run(capsys, *arguments, "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "expected", "words"),
    [
        (("lib:si",), 2, "--zone"),
        (("lib:si", "--zone", "[0,0,0]"), 2, "must not be zero"),
        (("lib:si", "--zone", "(1,1,0)"), 2, "expected a direction [u,v,w]"),
        (("lib:si", "--normal", "[1,1,0]"), 2, "expected a plane (h,k,l)"),
        (("lib:si", "--zone", "[1,1,0]", "--normal", "(1,1,0)"), 2, "one of them"),
        (("lib:si", "--zone", "[1,1,0]", *PARALLEL), 2, "give a FILM"),
        (("lib:si", "--zone", "[2,-1,-1,0]"), 2, "hexagonal"),
        (("lib:si", "--zone", "[1,1,0]", "--energy", "0"), 2, "must be 1 to 10000 keV"),
        (("lib:si", "--zone", "[1,1,0]", "--d-min", "9"), 3, "no spot"),
        (("lib:si", "--zone", "[1,1,0]", "--label", "(1,2,3)", "-o", "a.png"), 3, "is not a spot"),
        (("lib:si", "--zone", "[1,1,0]", "-o", "a.cif"), 2, ".png, .svg or .pdf"),
        (("lib:si", "--zone", "[1,1,0]", "--x-axis", "(1,x,0)"), 2, "expected a plane such as"),
        ((*PAIR, "--zone", "[1,1,0]"), 2, "--parallel-planes and --parallel-directions"),
        ((*PAIR, *PARALLEL, "--ratio", "3/2"), 2, "a ratio such as 3:2"),
        ((*PAIR, *PARALLEL, "--ratio", "19:18"), 3, "lower it"),
        ((*PAIR, "lib:si", *PARALLEL), 2, "not 3"),
        (("lib:nosuchphase", "--zone", "[1,1,0]"), 2, "nosuchphase"),
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
    assert (code, out) == (expected, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
