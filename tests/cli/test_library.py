"""``ionsmith library``."""

import json
import shlex
from pathlib import Path

import ase.io
import pytest

from command import run_command as run
from ionsmith import provenance
from ionsmith.crystals import load, names
from ionsmith.crystals.library import published_cif


def test_list_all(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "library", "list", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["schema"] == {"name": "ionsmith.library.list", "version": 1}
    assert [entry["name"] for entry in document["result"]["crystals"]] == names()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--formula", "Na3V2(PO4)3"], ["nvp", "nvp-alpha", "nvp-ordered-dft"]),
        (["--element", "Na", "--element", "al", "--family", "oxide"], ["naalo2"]),
        (["--space-group", "P2_1/m"], ["li7sn3"]),
        (["--space-group", "57"], ["nh4vo3"]),
    ],
)
def test_list_some(
    capsys: pytest.CaptureFixture[str], options: list[str], expected: list[str]
) -> None:
    code, out, _ = run(capsys, "library", "list", *options, "--format", "csv")
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == expected


def test_list_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "library", "list", "--element", "U")
    assert (code, out, err.count("\n")) == (3, "", 1)


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "library", "show", "na4zr2si3o12-573k")
    assert code == 0
    for text in ("Tran Qui", "R-3c (167)", "22.181", "a misprint of the", "573 K", "36f"):
        assert text in out
    code, out, _ = run(capsys, "library", "show", "nvp", "--json")
    result = json.loads(out)["result"]
    assert result["crystal"]["doi"] == "10.1107/S1600536810002801"
    assert result["density"] == pytest.approx(3.156, abs=1e-3)
    assert result["composition"]["Na"] == pytest.approx(17.988)
    assert [site["label"] for site in result["crystal"]["sites"]][:2] == ["V1", "Na1"]


@pytest.mark.parametrize("name", names())
def test_show_each(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, err = run(capsys, "library", "show", name)
    assert (code, err) == (0, "")
    assert load(name).title in out


def test_export(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "quartz.extxyz"
    code, out, _ = run(
        capsys, "library", "export", "quartz", "--supercell", "2", "1", "1", "-o", str(target),
        "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["result"]["composition"] == {"O": 12, "Si": 6}
    atoms = ase.io.read(target)
    assert atoms.cell.cellpar()[:3] == pytest.approx([2 * 4.91239, 4.91239, 5.40385])
    assert provenance.of(atoms)["sources"][0]["doi"] == "10.1107/S0021889887011567"
    before = target.read_bytes()
    code, out, err = run(capsys, "library", "export", "sio2", "-o", str(target))
    assert (code, out) == (2, "")
    assert "exists" in err
    assert target.read_bytes() == before


def test_export_of_the_published_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "nvp.cif"
    assert run(capsys, "library", "export", "nvp", "--raw", "-o", str(target))[0] == 0
    assert target.read_text() == published_cif("nvp")
    code, out, _ = run(capsys, "library", "export", "nvp", "--raw", "-o", "-")
    assert (code, out) == (0, published_cif("nvp"))


def test_export_of_a_disordered_crystal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "spinel.extxyz"
    options = ["--ordering", "random", "--composition", "Mg8Al16", "--seed", "3", "-o", str(target)]
    assert run(capsys, "library", "export", "spinel", *options)[0] == 0
    atoms = ase.io.read(target)
    counts = {element: list(atoms.symbols).count(element) for element in ("Mg", "Al", "O")}
    assert counts == {"Mg": 8, "Al": 16, "O": 32}


def test_export_rounds_occupancies_only_when_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "nvp.extxyz"
    options = ["library", "export", "nvp", "--ordering", "random", "-o", str(target), "--json"]
    code, out, err = run(capsys, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Na18" in err
    assert not target.exists()
    code, out, _ = run(capsys, *options, "--nearest")
    result = json.loads(out)["result"]
    assert code == 0
    assert result["composition"] == {"Na": 18, "O": 72, "P": 18, "V": 12}
    assert result["ordering"]["published"] == pytest.approx({"Na@Na1": 4.83, "Na@Na2": 13.158})


DISORDERED = [name for name in names() if not load(name).is_ordered and load(name).has_coordinates]


@pytest.mark.parametrize("name", DISORDERED)
def test_what_a_disordered_crystal_is_told_to_try_works(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "library", "export", name, "-o", "a.cif")
    assert code == 2
    _, _, command = err.partition(": ionsmith ")
    assert run(capsys, *shlex.split(command))[0] == 0
    made = ase.io.read(f"{name}-ordered.extxyz")
    charges = {e: q for site in load(name).sites for e, q in site.oxidation.items()}
    if load(name).charge is not None:
        assert sum(charges[symbol] for symbol in made.symbols) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nvpp", "-o", "a.cif"], "no crystal 'nvpp' in the library; similar: nvp"),
        (["nvp", "-o", "a.cif"], "nvp is disordered on Na1, Na2"),
        (["nvp-alpha", "-o", "a.cif"], "only the cell is published"),
        (
            ["si", "--supercell", "0", "1", "1", "-o", "a.cif"],
            "must be three positive integers, not 0 1 1",
        ),
        (["si"], "-o FILE"),
        (["si", "-o", "a.nonsense"], "no writer for this suffix"),
        (["si", "-o", "no/such/folder/a.cif"], "does not exist"),
        (["nvp", "--raw", "-o", "a.vasp"], "ends in .cif"),
        (["nvp", "--raw", "--ordering", "random", "-o", "a.cif"], "--raw"),
        (["si", "--composition", "Si8", "-o", "a.cif"], "need --ordering"),
        (["si", "--ordering", "random", "--composition", "8", "-o", "a.cif"], "whole numbers"),
    ],
)
def test_export_refuses(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "library", "export", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not list(tmp_path.iterdir())


def test_configuration_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    job, target = tmp_path / "job.toml", tmp_path / "si.vasp"
    job.write_text(f'supercell = [2, 2, 1]\noutput = "{target}"\n')
    assert run(capsys, "library", "export", "si", "--config", str(job), "--dry-run")[0] == 0
    assert not target.exists()
    assert run(capsys, "library", "export", "si", "--config", str(job))[0] == 0
    assert len(ase.io.read(target)) == 32
