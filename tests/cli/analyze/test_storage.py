"""``ionsmith analyze storage``, as a user types it."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from command import run_command, run_json


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "storage", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "storage", *arguments)


def test_table_of_the_review(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "--table")
    by_name = {phase["phase"]: phase for phase in found["phases"]}
    # mAh/g of host as the review prints them, to 0.2 %
    review = {
        "li22si5": 4200, "li22ge5": 1624, "li22sn5": 994, "li3sb": 660,
        "nasi": 954, "nage": 369, "na15sn4": 847, "na3sb": 660,
    }  # fmt: skip
    assert by_name.keys() == review.keys()
    for name, capacity in review.items():
        assert by_name[name]["capacity_host_mAh_g"] == pytest.approx(capacity, rel=2e-3)
        assert by_name[name]["expansion_percent"] == pytest.approx(
            100 * (by_name[name]["volume_ratio"] - 1)
        )
    assert len(found["claims"]) == 24
    code, out, _ = run(capsys, "--table")
    assert code == 0
    assert "V/V0 of li22ge5, 370.5 % against ge" in out
    assert "as stated" in out


def test_path(capsys: pytest.CaptureFixture[str]) -> None:
    phases = result(capsys, "--path", "na-sn", "--reference", "sn-alpha")["phases"]
    assert [phase["x"] for phase in phases] == sorted(phase["x"] for phase in phases)
    assert {phase["reference"] for phase in phases} == {"sn-alpha"}
    assert phases[-1]["phase"] == "na15sn4"
    # Na15Sn4, a = 13.16 Å (16 Sn), on alpha-tin, a = 6.489 Å (8 Sn)
    assert phases[-1]["volume_ratio"] == pytest.approx(13.16**3 / 16 / (6.489**3 / 8), rel=0.01)


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "li15si4", "Na3Sb", "--format", "csv")
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["phase", "li15si4", "na3sb"]


def test_energies_and_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "energies.csv"
    table.write_text("phase,eV\nli,-1.9\nsi,-5.4\nlisi,-7.8\nli15si4,-54.7\n")
    picture = tmp_path / "storage.svg"
    arguments = ("--path", "Li-Si", "--energies", str(table), "--per", "formula")
    found = result(capsys, *arguments, "-o", str(picture))
    (first, second) = found["hull"]["steps"]
    assert first["voltage"] == pytest.approx(-(-7.8 + 5.4 + 1.9))
    assert second["voltage"] == pytest.approx(-(-54.7 / 4 + 7.8 + 2.75 * 1.9) / 2.75)
    assert any("li12si7 has no energy" in note for note in found["notes"])
    assert picture.read_text().startswith("<?xml")
    code, _, err = run(capsys, *arguments, "-o", str(picture))
    assert (code, len(err.splitlines())) == (2, 1)
    assert run(capsys, *arguments, "-o", str(picture), "--force")[0] == 0


def test_calculator(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(
        capsys, "si", "lisi", "li15si4", "--potential", "ase.calculators.lj:LennardJones"
    )
    assert [phase["phase"] for phase in found["hull"]["phases"]] == ["si", "lisi", "li15si4"]
    assert any("not relaxed" in note for note in found["notes"])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("li15si5",),
        ("Li12Si2",),
        ("Li2Si3",),
        ("NaSn3",),
        ("li",),
        ("te",),
        ("missing.cif",),
        ("--path", "Li-O"),
        ("--table", "li15si4"),
        ("li15si4", "--reference", "sn"),
        ("li15si4", "--reference", "lisi"),
        ("na15sn4", "--reference", "sn", "--reference", "sn-alpha"),
        ("--path", "Li-Si", "--energies", "missing.csv"),
        ("--path", "Li-Si", "--potential", "nothing"),
        ("--path", "Li-Si", "--potential", "ase:Nothing"),
        ("--path", "Li-Si", "--path", "Na-Si", "--potential", "ase.calculators.lj:LennardJones"),
        ("--path", "Li-Si", "--per", "formula"),
        ("li15si4", "-o", "picture.gif"),
        ("li15si4", "-o", "missing/picture.png"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_energy_of_another_phase_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "energies.csv"
    table.write_text("li,-1.9\nsi,-5.4\nnasi,-4\n")
    code, out, err = run(capsys, "--path", "Li-Si", "--energies", str(table))
    assert (code, out) == (2, "")
    assert "nasi" in err
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "analyze", "storage"]
    assert run(capsys, *example[3:])[0] == 0
