"""The command line of coordination: options, formats, and bad input."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from command import run_command, run_json


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "coordination", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "coordination", *arguments)


def counts(found: dict[str, Any], element: str) -> dict[int, int]:
    return {row["coordination_number"]: row["count"] for row in found["coordination"][element]}


def test_oxide(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:v2o5")
    assert found["criterion"] == "gap"
    assert found["oxidation_states"] == {"V": 5}
    assert counts(found, "V") == {5: 4}
    assert counts(found, "O") == {1: 4, 2: 2, 3: 4}


def test_example_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nah2po4", "--cutoff", "P-O=1.8")
    assert found["criterion"] == "P-O 1.8 Å"
    assert counts(found, "P") == {4: 8}
    assert counts(found, "Na") == {0: 8}


def test_cutoffs_and_margin(capsys: pytest.CaptureFixture[str]) -> None:
    """V2O5 has its sixth V–O at 2.79 Å."""
    assert counts(result(capsys, "lib:v2o5", "--cutoff", "2.75"), "V") == {5: 4}
    loose = result(capsys, "lib:v2o5", "--cutoff", "2.75", "--margin", "0.1")
    assert counts(loose, "V") == {6: 4}
    assert loose["margin"] == 0.1
    pairs = result(capsys, "lib:lifepo4", "--cutoff", "P-O=1.8", "--cutoff", "Fe-O=2.5")
    assert (counts(pairs, "Fe"), counts(pairs, "Li")) == ({6: 4}, {0: 4})


def test_crystalnn(capsys: pytest.CaptureFixture[str]) -> None:
    assert counts(result(capsys, "lib:sio2", "--criterion", "crystalnn"), "Si") == {4: 3}


def test_sites_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lib:si", "--sites", "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert code == 0
    assert rows[0][:5] == ["site", "label", "element", "neighbours", "CN"]
    assert [row[3] for row in rows[1:]] == ["Si4"] * 8


def test_oxidation_state(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:v2o5", "--oxidation-state", "V=4")
    assert found["oxidation_states"] == {"V": 4}


def test_config_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "job.toml"
    config.write_text('cutoff = ["P-O=1.8"]\nsites = true\n')
    found = result(capsys, "lib:nah2po4", "--config", str(config))
    assert found["criterion"] == "P-O 1.8 Å"
    assert len(found["sites"]) == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lib:nothing-of-that-kind"], "no crystal"),
        (["lib:nvp", "--oxidation-state", "V=3"], "need an ordered crystal"),
        (["missing.cif"], "no such file"),
        (["lib:si", "--cutoff", "long"], "one length such as 2.4"),
        (["lib:si", "--cutoff", "Si-Si=2.5", "--cutoff", "3"], "one length such as 2.4"),
        (["lib:si", "--cutoff", "-2"], "between 0.1 and 10"),
        (["lib:si", "--cutoff", "Si-Xx=2"], "not a pair of elements"),
        (["lib:si", "--cutoff", "2.5", "--criterion", "crystalnn"], "exclude each other"),
        (["lib:si", "--margin", "7"], "--margin"),
        (["lib:v2o5", "--oxidation-state", "V"], "such as V=5"),
        (["lib:v2o5", "--oxidation-state", "V=9"], "known charges"),
        (["lib:v2o5", "--oxidation-state", "Fe=2"], "no Fe"),
    ],
)
def test_bad_input(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_shapes_and_order(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:mgo", "--shapes", "--order", "4", "--order", "6")
    assert [one["shape"] for one in found["shapes"]] == ["octahedron", "octahedron"]
    # Six bonds at right angles: Steinhardt, Nelson & Ronchetti 1983, doi:10.1103/PhysRevB.28.784
    assert found["order_parameters"][0]["means"] == pytest.approx(
        {"q4": 0.7638, "q6": 0.3536}, abs=1e-4
    )
