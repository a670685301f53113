"""``ionsmith build interface``: files, numbers in JSON, and one clear line for bad input."""

import json
from pathlib import Path

import pytest
from ase.build import bulk
from ase.io import read

from command import run_command

SMALL = ("lib:si", "lib:ge", "--contact", "(0,0,1)||(0,0,1)", "--max-area", "60")
NVP = (
    "lib:nh4vo3",
    "lib:nvp",
    "--parallel-planes",
    "(1,2,-1)||(2,-1,0)",
    "--parallel-directions",
    "[0,1,2]||[1,2,-1]",
)


def build(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return run_command(capsys, "build", "interface", *words)


def test_preset_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "interface.extxyz"
    code, out, err = build(
        capsys, "--preset", "nvp-nh4vo3", "--freeze", "2 planes", "-o", str(target), "--json"
    )
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["parallel_directions"] == ["[0,1,2]", "[1,2,-1]"]
    assert result["film"]["groups"] == {"PO4": 36}
    assert result["max_strain"] < 0.035
    assert "(1,0,0)" in result["notes"][0]
    atoms = read(target)
    assert len(atoms) == result["n_atoms"] <= 1000
    assert len(atoms.constraints[0].index) == result["n_frozen"]
    assert build(capsys, "--preset", "nvp-nh4vo3", "-o", str(target))[0] == 2  # not over a file


def test_options_reach_the_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "model.vasp"
    words = ("--vacuum", "0", "--shift", "1,0.5", "--gap", "2.5", "--film-thickness", "2 planes")
    code, out, _ = build(capsys, *SMALL, *words, "-o", str(target), "--json")
    assert code == 0
    result = json.loads(out)["result"]
    assert (result["gap"], result["shift"], result["vacuum"]) == (2.5, [1.0, 0.5], 0)
    assert result["film"]["n_planes"] == 2
    assert result["registry"] is None
    assert len(read(target)) == result["n_atoms"]
    code, out, _ = build(capsys, *SMALL, "--list-terminations")
    assert code == 0
    assert out.count("Terminations of") == 2
    words = ("--potential", "ase.calculators.lj:LennardJones", "--grid", "3")
    code, out, _ = build(capsys, *SMALL, *words, "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["result"]["registry"]["judged_by"] == "energy"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "name SUBSTRATE and FILM"),
        (NVP[:4], 2, "--parallel-planes and --parallel-directions"),
        ((*NVP[:4], *NVP[4:5], "[0,1,1]||[1,2,-1]"), 2, "contradict each other"),
        (NVP, 3, "nearest miss needs"),
        ((*NVP, "--max-area", "220", "--substrate-share", "0.5"), 2, "disordered on Na1, Na2"),
        ((*SMALL, "--substrate-termination", "7"), 2, "no termination 7 of si"),
        ((*SMALL, "--match", "1000"), 2, "--match 1000"),
        ((*SMALL, "--substrate-thickness", "thick"), 2, "a thickness such as"),
        ((*SMALL, "--shift", "1"), 2, "2 numbers such as"),
        ((*SMALL, "--shift", "nan,1"), 2, "2 numbers such as"),
        ((*SMALL, "--freeze", "some"), 2, "a thickness such as"),
        ((*SMALL, "--freeze", "-3"), 2, "a thickness such as"),
        ((*SMALL, "--film-thickness", "99999999 planes"), 2, "less than 1 µm"),
        ((*SMALL, "--potential", "nothing:EMT"), 2, "MODULE:NAME"),
        ((*SMALL, "--potential", "ase.calculators.emt:EMT"), 5, "No EMT-potential for Si"),
        ((*SMALL, "--groups", "Xy"), 2, "is not an element"),
        ((*SMALL, "--gap", "-2.7", "--shift", "0,0"), 2, "too close"),
        ((*SMALL, "--vacuum", "-3"), 2, "is -3; 0 (periodic"),
        ((*SMALL, "--vacuum", "0.1", "--gap", "2.4", "--shift", "0,1.92"), 2, "too close"),
        (("lib:si", "lib:ge", "--contact", "(0,0,1)"), 2, "both planes in contact"),
        (("lib:si", "missing.cif", "--contact", "(0,0,1)||(0,0,1)"), 2, "no such file"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(
    words: tuple[str, ...],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    target = tmp_path / "model.extxyz"
    got, out, err = build(capsys, *words, "-o", str(target))
    assert got == code
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_dry_run_draws_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target, picture = tmp_path / "model.extxyz", tmp_path / "model.png"
    words = (*SMALL, "-o", str(target), "--picture", str(picture))
    assert build(capsys, *words, "--dry-run")[0] == 0
    assert not list(tmp_path.iterdir())
    assert build(capsys, *words)[0] == 0
    assert sorted(tmp_path.iterdir()) == [target, picture]


def test_a_cell_without_volume_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flat = tmp_path / "flat.vasp"
    flat.write_text("flat\n1.0\n4 0 0\n0 4 0\n4 4 0\nSi\n1\nDirect\n0 0 0\n")
    code, _, err = build(capsys, str(flat), "lib:ge", "--contact", "(0,0,1)||(0,0,1)", "--dry-run")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "volume" in err


def test_a_termination_is_built_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("lib:si", "lib:ge", "--contact", "(1,1,1)||(1,1,1)", "--max-area", "60")
    code, out, _ = build(capsys, *words, "--list-terminations", "--json")
    assert code == 0
    cuts = json.loads(out)["result"]["terminations"]
    assert [(cut["side"], cut["name"]) for cut in cuts] == [
        ("substrate", "Si|Si @0.38"),
        ("substrate", "Si|Si @0.88"),
        ("film", "Ge|Ge @0.38"),
        ("film", "Ge|Ge @0.88"),
    ]
    chosen = ("--substrate-termination", "Si|Si @0.88", "--film-termination", "1")
    code, out, _ = build(capsys, *words, *chosen, "--dry-run", "--json")
    assert code == 0
    result = json.loads(out)["result"]
    assert result["substrate"]["termination"] == "Si|Si @0.88"
    assert result["film"]["termination"] in ("Ge|Ge @0.38", "Ge|Ge @0.88")


def test_a_crystal_without_published_sites_can_be_read_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    germanium, target = tmp_path / "ge.vasp", tmp_path / "interface.extxyz"
    bulk("Ge", "diamond", a=5.658, cubic=True).write(germanium)
    code, out, _ = build(capsys, SMALL[0], str(germanium), *SMALL[2:], "-o", str(target), "--json")
    assert code == 0
    assert len(read(target)) == json.loads(out)["result"]["n_atoms"]


def test_iron_on_magnesia(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two conventional cells in the observed orientation touch in the 1x1 cell, not in a needle."""
    magnesia, iron = tmp_path / "mgo.cif", tmp_path / "fe.cif"
    bulk("MgO", "rocksalt", 4.212, cubic=True).write(magnesia)
    bulk("Fe", "bcc", 2.866, cubic=True).write(iron)
    parallel = ("--planes", "(0,0,1)||(0,0,1)", "--directions", "[1,0,0]||[1,1,0]", "--dry-run")
    code, out, _ = build(capsys, str(magnesia), str(iron), *parallel, "--json")
    assert code == 0
    result = json.loads(out)["result"]
    assert (result["substrate"]["meshes"], result["film"]["meshes"]) == (1, 1)
    assert result["area"] == pytest.approx(4.212**2 / 2)
    assert result["n_atoms"] < 30
    code, out, _ = build(
        capsys, str(magnesia), str(iron), *parallel, "--json", "--rank-by", "strain",
        "--film-thickness", "2 planes", "--substrate-thickness", "2 planes",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["result"]["area"] > 50


def test_a_crystal_on_itself_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = build(capsys, "lib:si", "lib:si", "--contact", "(0,0,1)||(0,0,1)", "--dry-run")
    assert code == 0
    assert "one perfect crystal" in " ".join(out.split())
    words = ("--planes", "(0,0,1)||(0,0,1)", "--directions", "[2,1,0]||[2,-1,0]", "--dry-run")
    code, out, _ = build(capsys, "lib:si", "lib:si", *words)
    assert code == 0
    assert "the same crystal: Σ5" in " ".join(out.split())
