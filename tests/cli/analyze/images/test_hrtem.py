"""The command line of HRTEM images: files, series, an interface, and bad input."""

from pathlib import Path

import pytest

from command import run_command, run_json

ZONE = ("--zone", "[1,1,0]")


@pytest.mark.haadf
def test_a_series_with_noise_and_all_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [str(tmp_path / f"si.{suffix}") for suffix in ("png", "tif", "npz")]
    words = [
        "analyze", "hrtem", "lib:si", *ZONE, "--thickness", "7.68,15.36", "--defocus", "-50,500",
        "--field", "20,20", "--pixel", "0.2", "--dose", "800", "--tilt", "1,0", "--u-iso",
        "Si=0.006", "--aberration", "C12=20", "--aberration", "phi12=30", "--aperture", "20",
    ]  # fmt: skip
    found = run_json(capsys, *words, *(word for target in targets for word in ("-o", target)))
    assert [image["defocus"] for image in found["images"]] == [-50, -50, 500, 500]
    assert found["images"][0]["mean"] == pytest.approx(800 * 0.04, rel=0.1)
    assert found["lens"]["aberrations"] == {"C12": 20, "phi12": 30}
    assert found["cell"]["x"]["period"] == pytest.approx(3.84, abs=0.01)
    assert all(Path(target).stat().st_size > 0 for target in targets)
    assert run_json(capsys, *words) == found
    code, _, error = run_command(capsys, *words, "-o", targets[0])
    assert (code, "exists" in error) == (2, True)


@pytest.mark.haadf
def test_an_interface_is_seen_along_an_in_plane_direction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lower crystal is silicon, the upper one germanium, which scatters more."""
    model = str(tmp_path / "model.extxyz")
    run_command(
        capsys, "build", "interface", "lib:si", "lib:ge", "--contact", "(0,0,1)||(0,0,1)", "-o",
        model,
    )  # fmt: skip
    found = run_json(
        capsys, "analyze", "hrtem", model, "--zone", "[1,0,0]", "--spherical-aberration", "0",
        "--defocus", "60", "--thickness", "20", "-o", str(tmp_path / "image.npz"),
    )  # fmt: skip
    assert found["cell"]["y"]["period"] is None  # vacuum
    import numpy as np

    with np.load(tmp_path / "image.npz") as data:
        image = data["images"][0]
    rows = image.std(axis=0)
    height = len(rows)
    assert rows[: height // 20].max() < 0.3 * rows.max()
    lower, upper = rows[height // 6 : height // 2], rows[height // 2 : 5 * height // 6]
    assert upper.mean() > 1.2 * lower.mean()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one of --zone"),
        ((*ZONE, "--normal", "(1,0,0)"), "one of --zone"),
        (("--zone", "[0,0,0]"), "zero"),
        ((*ZONE, "--up", "[110]"), "along the beam"),
        ((*ZONE, "--defocus", "far"), "400,600,800"),
        ((*ZONE, "--thickness", "0.5,20"), "less than one slice"),
        ((*ZONE, "--pixel", "0"), "--pixel"),
        ((*ZONE, "--dose", "0"), "--dose"),
        ((*ZONE, "--tilt", "1"), "2 numbers"),
        ((*ZONE, "--aberration", "C13=4"), "no 'C13'"),
        ((*ZONE, "--aberration", "C12"), "C12=20"),
        ((*ZONE, "--u-iso", "Na=0.02"), "no Na"),
        ((*ZONE, "--focal-spread", "-3"), "--focal-spread"),
        ((*ZONE, "-o", "image.jpg"), ".tif"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    arguments: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run_command(capsys, "analyze", "hrtem", "lib:si", *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err
