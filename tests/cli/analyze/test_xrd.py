"""The command line of powder patterns: the acceptance job, pictures, bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
from ase.io import write

from command import run_command, run_json
from ionsmith.crystals import load


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "xrd", *arguments)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_json(capsys, "analyze", "xrd", *arguments)["lines"]
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


def test_several_structures_are_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each has its own 100 %; as a mixture only the strongest one has."""
    stack = run_json(capsys, "analyze", "xrd", "lib:si", "lib:ge")
    tops = [max(x["intensity"] for x in one["lines"]) for one in stack["patterns"]]
    assert tops == [100, 100]
    mixture = lines(capsys, "lib:si", "lib:ge", "--mixture")
    assert sum(line["intensity"] == 100 for line in mixture) == 1
    path = tmp_path / "stack.csv"
    run(capsys, "lib:si", "lib:ge", "-o", str(path))
    assert path.read_text().startswith("two_theta,si,ge\n")


def test_mixture_on_a_measured_pattern(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A pattern written by this command, noise-free: the weights come back."""
    crystals = ("lib:al2o3", "lib:sio2")
    options = ("--two-theta", "20", "70", "--size", "500", "--wavelength", "CuKa12")
    data, picture = tmp_path / "mixture.xy", tmp_path / "overlay.png"
    code, _, err = run(
        capsys, *crystals, *options, "--weight", "3", "--weight", "1", "--background", "4",
        "-o", str(data),
    )  # fmt: skip
    assert (code, err) == (0, "")
    code, out, err = run(
        capsys, *crystals, *options[3:], "--measured", str(data), "--fit-weights",
        "-o", str(picture), "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = json.loads(out)["result"]["overlay"]
    assert found["weight_fractions"]["al2o3"] == pytest.approx(0.75, abs=0.01)
    assert found["r_wp"] < 0.005
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("lib:nvp", "--wavelength", "XxKa"), 2, "unknown wavelength"),
        (("lib:nvp", "--radiation", "neutrons"), 2, "--wavelength"),
        (("lib:nvp", "--two-theta", "40", "20"), 2, "rise from 0°"),
        (("lib:nvp", "--two-theta", "1", "2"), 3, "no line"),
        (("lib:nvp", "--u-iso", "Na"), 2, "--u-iso"),
        (("lib:nvp", "--u-iso", "Xe=0.1"), 2, "has 'Xe'"),
        (("lib:nvp-alpha",), 2, "only the cell"),
        (("lib:nvp", "-o", "picture.doc"), 2, ".png"),
        (("no-such-file.cif",), 2, "no such file"),
        (("lib:nvp", "--wavelength", "0.02"), 2, "longer wavelength"),
        (("lib:nvp", "--fit-weights"), 2, "--measured"),
        (("lib:nvp", "--measured", "no-such-file.xy"), 2, "no such file"),
        (("lib:nvp", "lib:si", "--weight", "1"), 2, "2 crystals need as many"),
        (("lib:nvp", "lib:si", "--stack", "--weight", "1"), 2, "of a mixture"),
        (("lib:nvp", "lib:si", "--stack", "--mean"), 2, "exclude each other"),
        (("lib:nvp", "lib:si", "--mean"), 2, "same cell"),
        (("lib:nvp", "--caglioti", "0", "-1", "0", "--profile", "-o", "x.png"), 2, "no width"),
    ],
)
def test_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    found, out, err = run(capsys, *arguments)
    assert (found, out) == (code, "")
    assert said in err
