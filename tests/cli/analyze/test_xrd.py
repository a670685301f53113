"""The command line of powder patterns: the acceptance job, pictures, bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
from ase.io import write

from command import run_command
from ionsmith.crystals import load


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "xrd", *arguments)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)["result"]["lines"]
    return found


def test_nvp(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "lib:nvp", "--wavelength", "CuKa")
    assert set(found[0]) >= {"two_theta", "d", "hkl", "multiplicity", "intensity"}
    strongest = sorted(found, key=lambda line: -line["intensity"])[:3]
    assert [line["hkl"] for line in strongest] == [[1, 1, 6], [1, 1, 3], [1, 0, 4]]
    assert strongest[0]["intensity"] == 100


def test_file_like_the_library(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "quartz.extxyz"
    write(path, load("sio2").to_atoms())
    options = ("--u-iso", "Si=0.005", "--u-iso", "O=0.01", "--min-intensity", "0.1")
    own, other = (lines(capsys, source, *options) for source in (str(path), "lib:sio2"))
    assert [line["hkl"] for line in own] == [line["hkl"] for line in other]
    for a, b in zip(own, other, strict=True):
        assert a["two_theta"] == pytest.approx(b["two_theta"], abs=1e-4)
        assert a["intensity"] == pytest.approx(b["intensity"], abs=1e-2)


def test_neutrons_and_electrons(capsys: pytest.CaptureFixture[str]) -> None:
    neutrons = lines(capsys, "lib:li", "--radiation", "neutrons", "--wavelength", "1.5")
    electrons = lines(capsys, "lib:li", "--radiation", "electrons", "--wavelength", "200kV")
    assert neutrons[0]["hkl"] == electrons[0]["hkl"] == [1, 1, 0]
    assert neutrons[0]["d"] == pytest.approx(electrons[0]["d"])
    assert electrons[0]["two_theta"] < 1 < neutrons[0]["two_theta"]


def test_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "nvp.png"
    code, _, err = run(capsys, "lib:nvp", "-o", str(path))
    assert (code, err) == (0, "")
    first = path.read_bytes()
    code, _, err = run(capsys, "lib:nvp", "-o", str(path))
    assert code == 2
    assert "--force" in err
    run(capsys, "lib:nvp", "-o", str(path), "--force")
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("lib:nvp", "--wavelength", "XxKa"), 2, "unknown wavelength"),
        (("lib:nvp", "--radiation", "neutrons"), 2, "--wavelength"),
        (("lib:nvp", "--two-theta", "40", "20"), 2, "2θ"),
        (("lib:nvp", "--two-theta", "1", "2"), 3, "no line"),
        (("lib:nvp", "--u-iso", "Na"), 2, "--u-iso"),
        (("lib:nvp", "--u-iso", "Xe=0.1"), 2, "has no 'Xe'"),
        (("lib:nvp-alpha",), 2, "only the cell"),
        (("lib:nvp", "-o", "picture.doc"), 2, ".png"),
        (("no-such-file.cif",), 2, "no such file"),
        (("lib:nvp", "--wavelength", "0.02"), 2, "longer wavelength"),
    ],
)
def test_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    found, out, err = run(capsys, *arguments)
    assert (found, out) == (code, "")
    assert said in err
