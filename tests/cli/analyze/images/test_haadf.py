"""The command line of HAADF images: the paper's figure, its files, and bad input."""

from pathlib import Path
from typing import Any

import pytest

from command import run_command, run_json
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals.files import write_structure
from strategies import full_beta_alumina

ZONE = ("--zone", "[1,0,0]")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("models") / "closed.extxyz")
    write_structure(path, close_planes(full_beta_alumina(), [2]).atoms)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "haadf", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "haadf", *arguments)


def test_open_and_closed_planes(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, model, *ZONE)
    spacings = {plane["closed"]: plane["row_spacing"] for plane in found["conduction_planes"]}
    assert 6.3 < spacings[False] < 6.6
    assert spacings[True] < 5
    code, out, _ = run(capsys, model, *ZONE)
    assert code == 0
    for words in ("closed", "6.49", "padded by", "off by 0.0000 Å", "60 to 120 mrad"):
        assert words in out


@pytest.mark.parametrize(
    ("beam", "label"),
    [
        (("--normal", "(0,1,-1,0)"), "normal of (0,1,-1,0)"),
        (("--direction", "0,1,0"), "along 0,1,0"),
        (("--zone", "[120]"), "[1,2,0]"),
    ],
)
def test_three_ways_to_say_one_beam(
    beam: tuple[str, str], label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 30° from a the projection has its short period, a/2."""
    crystal = str(tmp_path / "open.extxyz")
    write_structure(crystal, full_beta_alumina())
    found = result(capsys, crystal, *beam, "--up", "[001]", "--field", "16,31")
    assert found["beam"] == label
    assert found["cell"]["x"]["period"] == pytest.approx(2.807, abs=1e-3)


def test_options_of_the_optics_and_the_line(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    sharp = result(capsys, model, *ZONE, "--u-iso", "Al=0.0025", "--line", "2,0,2,20")
    blunt = result(
        capsys, model, *ZONE, "--line", "2,0,2,20", "--source-size", "1", "--detector", "50,90",
        "--energy", "200", "--convergence", "20", "--defocus", "20", "--thickness", "30",
        "--spherical-aberration", "0.001", "--prominence", "0.2", "--width", "2",
    )  # fmt: skip
    assert sharp["u_iso"]["Al"] == 0.0025
    assert blunt["image"]["highest"] < sharp["image"]["highest"]
    assert len(blunt["profile"]["peaks"]) < len(sharp["profile"]["peaks"])
    assert blunt["microscope"] == {
        "energy": 200, "convergence": 20, "detector": [50, 90], "defocus": 20,
        "spherical_aberration": 0.001, "source_size": 1,
    }  # fmt: skip


@pytest.mark.haadf
def test_multislice_writes_all_files_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [str(tmp_path / f"si.{suffix}") for suffix in ("png", "npz", "tif")]
    arguments = [
        "lib:na", "--zone", "[001]", "--method", "multislice",
        "--thickness", "8", "--convergence", "12", "--detector", "25,45", "--field", "4,4",
        "--checkpoint", str(tmp_path / "tiles"),
    ]  # fmt: skip
    written = [word for target in targets for word in ("-o", target)]
    found = result(capsys, *arguments, *written)
    assert found["grid_pixel"] == pytest.approx(0.019687 / 3 / 0.057, rel=1e-3)
    assert found["largest_angle"] == pytest.approx(57)
    assert found["phonons"] == 1
    assert all(Path(target).stat().st_size > 0 for target in targets)
    assert result(capsys, *arguments) == found
    code, _, err = run(capsys, *arguments, *written)
    assert code == 2
    assert "exists" in err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one of --zone"),
        ((*ZONE, "--normal", "(1,0,0)"), "one of --zone"),
        (("--zone", "[0,0,0]"), "zero"),
        (("--zone", "(1,0,0)"), "direction"),
        (("--direction", "0,0,0"), "not all zero"),
        (("--direction", "1,0"), "3 numbers"),
        ((*ZONE, "--up", "[100]"), "along the beam"),
        ((*ZONE, "--detector", "20,80"), "inside the probe"),
        ((*ZONE, "--detector", "60"), "2 numbers"),
        ((*ZONE, "--thickness", "0.5"), "less than one slice"),
        ((*ZONE, "--line", "0,0,99,99"), "leaves the image"),
        ((*ZONE, "--u-iso", "Na"), "Na=0.02"),
        ((*ZONE, "--scan", "profile"), "'multislice' or 'prism'"),
        ((*ZONE, "-o", "image.jpg"), ".png"),
        ((*ZONE, "--method", "guess"), "--method"),
        ((*ZONE, "--aperture", "3"), "No such option"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    arguments: tuple[str, ...], reason: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, model, *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err
