"""``ionsmith build slab``: files, folders, names, and one clear line for bad input."""

import csv
import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from ase.build import bulk
from ase.io import read

from command import run_command
from ionsmith.builders.interface import MatchedPair
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches


def build(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return run_command(capsys, "build", "slab", *words)


def test_a_slab_is_built_by_the_name_of_its_cut(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = build(capsys, "lib:al2o3", "(001)", "--list-terminations", "--json")
    assert (code, err) == (0, "")
    cuts = json.loads(out)["result"]["terminations"]
    assert cuts[1]["name"] == "Al|O @0.15"
    target = tmp_path / "slab.extxyz"
    words = ("--termination", "Al|O @0.15", "--thickness", "3 planes", "--freeze", "1 plane")
    code, out, err = build(capsys, "lib:al2o3", "(001)", *words, "-o", str(target), "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert (result["termination"], result["n_planes"], result["tasker"]) == ("Al|O @0.15", 3, "II")
    atoms = read(target)
    assert len(atoms) == result["n_atoms"] == 30
    assert len(atoms.constraints[0].index) == result["n_frozen"]
    before = target.read_bytes()
    assert build(capsys, "lib:al2o3", "(001)", *words, "-o", str(target))[0] == 2
    assert build(capsys, "lib:al2o3", "(001)", *words, "-o", str(target), "--force")[0] == 0
    assert target.read_bytes() == before


def test_every_cut_goes_into_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "slabs"
    words = ("lib:al2o3", "--all", "1", "--thickness", "5", "-o", str(folder))
    code, out, err = build(capsys, *words, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    rows = list(csv.DictReader((folder / "slabs.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["file"] for row in rows] == result["files"]
    for row, slab in zip(rows, result["slabs"], strict=True):
        assert len(read(folder / row["file"])) == int(row["atoms"]) == slab["n_atoms"]
        assert row["termination"] == slab["termination"]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(files) == {"slabs.csv", "bulk.extxyz", *result["files"]}
    code, _, err = build(capsys, *words)
    assert code == 2
    assert "exists" in err
    assert build(capsys, *words, "--force")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert list(tmp_path.iterdir()) == [folder]
    fewer = ("lib:si", *words[1:])
    assert build(capsys, *fewer, "--force")[0] == 0
    assert not any(path.name.startswith("al2o3") for path in folder.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lib:al2o3",), "give one PLANE"),
        (("lib:al2o3", "(001)", "--all", "1"), "give one PLANE"),
        (("lib:al2o3", "--all", "9"), "9 is not in the range"),
        (("lib:al2o3", "--all", "1", "--termination", "1"), "--all takes every termination"),
        (("lib:al2o3", "(000)"), "must not be zero"),
        (("lib:al2o3", "(001)", "--termination", "Q"), "there are 1: Al|Al @0.00"),
        (("lib:al2o3", "(001)", "--thickness", "thick"), "a thickness such as"),
        (("lib:al2o3", "(001)", "--vacuum", "0"), "--vacuum is 0"),
        (("lib:al2o3", "(001)", "--supercell", "0", "1"), "--supercell must be"),
        (("lib:al2o3", "(001)", "--groups", "Xy"), "is not an element"),
        (("lib:nvp", "(001)"), "set --ordering"),
        (("lib:sio2", "(111)", "--symmetric"), "no symmetric slab"),
        (("lib:li15si4", "(001)", "--neutral"), "--neutral has nothing to go by"),
        (("lib:al2o3", "(001)", "--passivate"), "--passivate has nothing to do"),
        (("missing.cif", "(001)"), "no such file"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(
    words: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    code, out, err = build(capsys, *words, "-o", str(tmp_path / "model.extxyz"))
    assert code == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_supercells_are_suggested_as_they_are_typed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    magnesia = tmp_path / "mgo.extxyz"
    bulk("MgO", "rocksalt", a=4.212, cubic=True).write(magnesia)
    words = (str(magnesia), "(111)", "--neutral", "-o", str(tmp_path / "slab.cif"))
    code, _, err = build(capsys, *words)
    assert code == 2
    assert "--supercell 2 1" in err
    assert build(capsys, *words, "--supercell", "2", "1")[0] == 0


@pytest.mark.parametrize("suffix", ["extxyz", "cif", "vasp"])
@pytest.mark.parametrize(
    "words",
    [
        ("lib:sio2", "(001)", "--passivate"),
        ("lib:sio2", "(001)", "--groups", "Si", "--neutral"),
        ("lib:lifepo4", "(010)", "--termination", "2", "--symmetric", "--neutral"),
    ],
)
def test_what_was_added_is_in_the_file(
    words: tuple[str, ...], suffix: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / f"slab.{suffix}"
    code, out, _ = build(capsys, *words, "-o", str(target), "--json")
    assert code == 0
    result = json.loads(out)["result"]
    atoms = read(target)
    assert atoms.get_chemical_formula("hill") == result["formula"]
    assert atoms.get_chemical_symbols().count("H") == result["n_hydrogen"]


def test_a_slab_of_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = StringIO()
    bulk("NaCl", "rocksalt", a=5.64, cubic=True).write(text, format="extxyz")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.getvalue().encode())))
    code, out, _ = build(capsys, "-", "(001)", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["result"]["tasker"] == "I"


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    code, out, err = run_command(capsys, "build", *words, "--list-terminations", "--json")
    assert (code, err) == (0, "")
    cuts: list[dict[str, str]] = json.loads(out)["result"]["terminations"]
    return cuts


def test_names_are_the_same_alone_and_in_contact(capsys: pytest.CaptureFixture[str]) -> None:
    planes = ("--contact", "(0,0,1)||(0,0,1)", "--max-strain", "0.1")
    found = listed(capsys, "interface", "lib:al2o3", "lib:v2o3", *planes)
    match = find_matches("lib:al2o3", "lib:v2o3", Limits(max_strain=0.1), contact=planes[1]).matches
    for thickness, seed in ((8, 0), (20, 1)):
        pair = MatchedPair("lib:al2o3", "lib:v2o3", match[0], thickness=(thickness,) * 2, seed=seed)
        cuts = pair.terminations().terminations
        assert [(cut.side, cut.name) for cut in cuts] == [(c["side"], c["name"]) for c in found]
    for side, name in (("substrate", "al2o3"), ("film", "v2o3")):
        own = [cut["name"] for cut in listed(capsys, "slab", f"lib:{name}", "(001)")]
        assert sorted(cut["name"] for cut in found if cut["side"] == side) == sorted(own)
