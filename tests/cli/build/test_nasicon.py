"""``ionsmith build nasicon``, as a user types it."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from ase.io import read

from command import run_command as run
from command import run_json
from ionsmith.builders.choices import NasiconPhase
from ionsmith.crystals.files import write_structure


@pytest.mark.parametrize("phase", get_args(NasiconPhase))
def test_every_phase_builds_by_default(phase: str, capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(
        capsys, "build", "nasicon", phase, "--ordering", "random", "--dry-run", "--json"
    )
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["charge"] == 0
    for content in (result["sodium"], result["x"] or result["sodium"]):
        assert content["asked"] == content["built"]


@pytest.mark.parametrize("name", ["nzsp.extxyz", "nzsp.cif", "nzsp.vasp"])
def test_same_command_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture, name: str) -> None:
    written = []
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / name
        words = ("--x", "7/3", "--primitive", "--supercell", "1", "1", "3", "--seed", "5")
        code, out, err = run(capsys, "build", "nasicon", "nzsp", *words, "-o", str(path))
        assert (code, err) == (0, "")
        assert "Na3.3333Zr2Si2.3333P0.6667O12" in out
        written.append(path.read_bytes())
    assert written[0] == written[1]
    counts = read(path).symbols.formula.count()
    assert counts == {"Na": 20, "Zr": 12, "Si": 14, "P": 4, "O": 72}


def test_seeds_differ(capsys: pytest.CaptureFixture) -> None:
    texts = []
    for seed in ("1", "2"):
        words = ("nvp", "--ordering", "random", "--seed", seed, "-o", "-")
        code, out, err = run(capsys, "build", "nasicon", *words)
        assert code == 0
        assert "NASICON from nvp" in err
        texts.append(out)
    assert texts[0] != texts[1]


def test_rank_and_count(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "nvp.extxyz"
    words = ("--primitive", "--count", "3", "--rank", "2", "-o", str(path))
    code, out, _ = run(capsys, "build", "nasicon", "nvp", *words, "--json")
    assert code == 0
    result = json.loads(out)["result"]
    assert len(result["energies"]) == 3
    assert result["energy"] == sorted(result["energies"])[1]
    atoms = read(path)
    assert len(atoms) == result["n_atoms"] == 40
    steps = {step["step"]: step["parameters"] for step in atoms.info["ionsmith"]["steps"]}
    assert steps["build nasicon"]["rank"] == steps["order"]["rank"] == 2


def test_all_that_were_ranked_go_into_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    words = ["build", "nasicon", "nvp", "--primitive", "-o", str(folder)]
    result = run_json(capsys, *words, "--count", "3")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["1.extxyz", "2.extxyz", "3.extxyz"]
    for number, file in enumerate(files, start=1):
        steps = {step["step"]: step for step in read(file).info["ionsmith"]["steps"]}
        assert steps["build nasicon"]["parameters"]["rank"] == number
        assert "--count 3" in steps["build nasicon"]["command"]
    assert len(result["energies"]) == 3
    # Fewer than wanted: said, and all are written, in place of the old ones.
    assert run(capsys, *words, "--count", "999")[0] == 2
    code, out, _ = run(capsys, *words, "--count", "999", "--force")
    assert code == 0
    found = re.search(r"999 structures were asked for; (?:the search found|there are) (\d+)", out)
    assert found
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert len(before) == int(found[1]) >= 3
    assert min(before) == "1".zfill(len(found[1])) + ".extxyz"
    # A run that fails in the middle leaves the folder as it was, and nothing beside it.
    writes = iter([None, None])

    def fails(*arguments: object, **options: object) -> None:
        if next(writes, "full") == "full":
            raise OSError(28, "No space left on device")
        write_structure(*arguments, **options)

    monkeypatch.setattr("ionsmith.cli.framework._folder.write_structure", fails)
    code, _, err = run(capsys, *words, "--count", "3", "--force")
    assert (code, err.count("\n")) == (2, 1)
    assert "No space left" in err
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["models"]
    monkeypatch.undo()
    (folder / "notes.txt").write_text("mine")
    code, _, err = run(capsys, *words, "--count", "3", "--force")
    assert (code, "notes.txt" in err) == (2, True)


def test_configuration(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = tmp_path / "job.toml"
    config.write_text(
        'supercell = [1, 1, 1]\nx = 2.4\nnearest = true\nordering = "random"\n'
        "dry-run = true\njson = true\n"
    )
    code, out, _ = run(capsys, "build", "nasicon", "nzsp", "--config", str(config))
    assert code == 0
    result = json.loads(out)["result"]
    assert result["x"] == {"asked": 2.4, "built": pytest.approx(7 / 3)}
    assert result["cell_vectors"] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["nzsp", "--supercell", "1", "1", "1"], 2, "5×1×1, 5×2×1, 5×3×1"),
        (["nzsp", "--supercell", "0", "1", "1"], 2, "0 1 1"),
        (["nzsp", "--x", "four"], 2, "a number such as"),
        (["nzsp", "--x", "-1"], 2, "from 0 to 3"),
        (["nzsp", "--x", "1e400"], 2, "from 0 to 3"),
        (["nzsp", "--sodium", "3"], 2, "1 + x"),
        (["nvp", "--x", "1"], 2, "no Si"),
        (["nvp", "--sodium", "5"], 2, "from 0 to 4"),
        (["nvp", "--sodium", "4", "--rank", "2"], 3, "1 distinct"),
        (["nasicon"], 2, "nzsp-monoclinic"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    words: list[str],
    code: int,
    reason: str,
) -> None:
    target = tmp_path / "x.extxyz"
    found, out, err = run(capsys, "build", "nasicon", *words, "-o", str(target))
    assert (found, out) == (code, "")
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
