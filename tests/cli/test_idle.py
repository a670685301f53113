"""Options that would have no effect are refused in one line that names them."""

from pathlib import Path

import pytest

from command import run_command as run

CONTACT = "(0,0,1)||(0,0,1)"
SI_GE = ["lib:si", "lib:ge", "--contact", CONTACT]
PLANES = ["--parallel-planes", "(1,2,-1)||(2,-1,0)"]
PARALLEL = [*PLANES, "--parallel-directions", "[0,1,2]||[1,2,-1]"]
PEDONE = ["--potential", "lammps-pedone2006"]

IDLE = [
    (["analyze", "compare", "lib:si", "lib:ge"], ["--dpi", "300"]),
    (["analyze", "compare", "lib:si", "lib:ge"], ["--width", "9"]),
    (["analyze", "compare", "lib:si", "lib:ge"], ["--font", "Arial"]),
    (["analyze", "xrd", "lib:si"], ["--dpi", "300"]),
    (["analyze", "xrd", "lib:si", "-o", "x.xy"], ["--dpi", "300"]),
    (["analyze", "haadf", "lib:si", "--zone", "[1,0,0]"], ["--picture-width", "9"]),
    (["analyze", "haadf", "lib:si", "--zone", "[1,0,0]", "-o", "x.tif"], ["--dpi", "300"]),
    (["analyze", "hrtem", "lib:si", "--zone", "[1,0,0]"], ["--dpi", "300"]),
    (["build", "particle", "lib:si", "--size", "9", "--dry-run"], ["--dpi", "300"]),
    (["build", "crack", "CRYSTAL", "--plane", "1", "--dry-run"], ["--sodium-plane", "100"]),
    (["build", "crack", "CRYSTAL", "--plane", "1", "--dry-run"], ["--unit", "angstrom"]),
    (["build", "crack", "CRYSTAL", "--plane", "1", "--dry-run"], ["--faces", "whole-polyhedra"]),
    (["build", "alloy", "--path", "Na-Sn"], ["--supercell", "2", "1", "1"]),
    (["build", "alloy", "li15si4", "--dry-run"], ["--seed", "3"]),
    (["build", "alloy", "li15si4", "--dry-run"], ["--nearest"]),
    (
        ["build", "amorphous", "LiSi", "--method", "packing", "--atoms", "8", "--dry-run"],
        ["--fmax", "0.1"],
    ),
    (["build", "closure", "CRYSTAL", "--planes", "1", "--dry-run"], ["--seed", "3"]),
    (["build", "shell", "PARTICLE", "lib:si", "--thickness", "6", "--dry-run"], ["--shape", "rod"]),
    (["build", "shell", "PARTICLE", "lib:si", "--thickness", "6", "--dry-run"], ["--seed", "3"]),
    (["build", "embed", "PARTICLE", "lib:si", "--dry-run"], ["--symprec", "0.1"]),
    (["build", "embed", "PARTICLE", "lib:si", "--dry-run"], ["--tolerance", "3"]),
    (["build", "embed", "PARTICLE", "lib:si", "--dry-run"], ["--centre", "hollow"]),
    (["build", "grain-boundary", "lib:si", "(111)", "--list"], ["--sigma", "3"]),
    (["build", "grain-boundary", "lib:si", "(111)", "--list"], ["--list-shifts"]),
    (["build", "grain-boundary", "lib:si", "(111)", "--list"], ["-o", "x.extxyz"]),
    (
        ["build", "grain-boundary", "lib:si", "(111)", "--sigma", "3", "--list-shifts"],
        ["--thickness", "20"],
    ),
    (
        ["build", "grain-boundary", "lib:si", "(111)", "--sigma", "3", "--dry-run"],
        ["--max-index", "2"],
    ),
    (["build", "interface", *SI_GE, "--list-terminations"], ["--vacuum", "20"]),
    (["build", "interface", *SI_GE, "--list-terminations"], ["-o", "x.extxyz"]),
    (["build", "interface", *SI_GE, "--shift", "0,0", "--dry-run"], ["--grid", "1"]),
    (["build", "interface", *SI_GE, "--shift", "0,0", "--gap", "2", "--dry-run"], PEDONE),
    (["build", "interface", *SI_GE, "--dry-run"], ["--within", "5"]),
    (["build", "interface", *SI_GE, "--dry-run"], ["--seed", "3"]),
    (["build", "porous", "lib:ge", "--porosity", "18", "--dry-run"], ["--wavelength", "9"]),
    (["build", "porous", "lib:ge", "--porosity", "18", "--dry-run"], ["--seed", "3"]),
    (["build", "porous", "lib:ge", "--porosity", "18", "--dry-run"], ["--ion", "Na"]),
    (
        ["build", "porous", "lib:ge", "--porosity", "18", "--kind", "gyroid", "--dry-run"],
        ["--centre", "0", "0", "0.5"],
    ),
    (
        ["build", "porous", "lib:ge", "--porosity", "18", "--kind", "levelled-wave", "--dry-run"],
        ["--pores", "2", "2", "2"],
    ),
    (["build", "slab", "lib:si", "(001)", "--list-terminations"], ["--thickness", "20"]),
    (["build", "slab", "lib:si", "(001)", "--list-terminations"], ["-o", "x.extxyz"]),
    (["build", "slab", "lib:si", "(001)", "--dry-run"], ["--seed", "3"]),
    (["analyze", "adhesion", "MISSING"], ["--fmax", "0.1"]),
    (["analyze", "boundary-energy", "MISSING"], ["--steps", "5"]),
    (["analyze", "surfaces", "MISSING"], ["--fmax", "0.1"]),
    (["analyze", "continuum", "lib:mgo"], ["--stress", "0.3"]),
    (["analyze", "continuum", "lib:mgo", "(001)"], ["--fmax", "0.1"]),
    (
        [
            *["analyze", "closure-energy", "MISSING", "--planes", "1", "--folder", "x"],
            *["--cell", "none"],
        ],
        ["--smax", "0.1"],
    ),
    (["analyze", "gamma-surface", "lib:mgo", "--plane", "(001)"], ["--fmax", "0.1"]),
    (["analyze", "gamma-surface", "CRYSTAL", "--plane", "1"], ["--thickness", "20"]),
    (["analyze", "elastic-constants", "lib:mgo", *PEDONE], ["--threads", "2"]),
    (["analyze", "haadf", "lib:si", "--zone", "[1,0,0]"], ["--phonons", "3"]),
    (["analyze", "hrtem", "lib:si", "--zone", "[1,0,0]"], ["--seed", "3"]),
    (
        ["analyze", "mismatch", "lib:nh4vo3", "lib:nvp", *PLANES, "--ratio", "1:2"],
        ["--max-multiple", "20"],
    ),
    (["analyze", "orientation", "lib:si", "lib:ge", "--euler", "1 2 3"], ["--tolerance", "5"]),
    (
        [
            *["analyze", "overlap", "lib:si", "lib:ge", "--element", "Si", "--euler", "0 0 0"],
            *["--film-element", "Ge", "--random-orientations", "0"],
        ],
        ["--seed", "3"],
    ),
    (["analyze", "matches", *SI_GE], ["--max-index", "2"]),
    (["analyze", "matches", *SI_GE], ["--within", "5"]),
    (["analyze", "matches", *SI_GE], ["--draw", "2"]),
    (["analyze", "migration", "lib:lifepo4", "--ion", "Li"], ["--images", "3"]),
    (["analyze", "pair-distribution", "lib:si"], ["--radiation", "neutrons"]),
    (["analyze", "xrd", "lib:si"], ["--profile"]),
    (["analyze", "xrd", "lib:si"], ["--size", "100"]),
    (["analyze", "xrd", "lib:si", "-o", "x.png"], ["--strain", "0.01"]),
    (["analyze", "xrd", "lib:si"], ["--background-terms", "3"]),
    (
        ["analyze", "xrd", "lib:si", "--radiation", "neutrons", "--wavelength", "1.5"],
        ["--no-anomalous"],
    ),
    (["analyze", "xrd", "PARTICLE", "--debye"], ["--min-intensity", "3"]),
    (["analyze", "spots", "lib:si", "--zone", "[1,0,0]"], ["--max-distance", "0.05"]),
    (["analyze", "spots", "lib:si", "--zone", "[1,0,0]"], ["--labels", "3"]),
    (["relax", "lib:mgo", *PEDONE, "--dry-run"], ["--smax", "0.1"]),
    (["predict", "orientation", "lib:al2o3", "lib:si", "--no-cells"], ["--tolerance", "3"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ionsmith.builders.beta_alumina import build_beta_alumina
    from ionsmith.builders.particles import build_particle
    from ionsmith.crystals.files import write_structure

    path = tmp_path_factory.mktemp("idle")
    write_structure(path / "CRYSTAL.extxyz", build_beta_alumina().atoms)
    write_structure(path / "PARTICLE.extxyz", build_particle("lib:si", (9,)).atoms)
    return path


@pytest.mark.parametrize(
    ("line", "idle"), IDLE, ids=[f"{' '.join(line[:2])} {idle[0]}" for line, idle in IDLE]
)
def test_idle_options_are_refused(
    line: list[str],
    idle: list[str],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [str(folder / f"{word}.extxyz") if word.isupper() else word for word in line]
    code, out, err = run(capsys, *words, *idle)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert idle[0] in err
    assert any(word in err for word in ("no effect", "leave", "writes no structure"))
    assert list(tmp_path.iterdir()) == []


def test_what_has_an_effect_beside_them_is_taken(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    crystal = str(folder / "CRYSTAL.extxyz")
    crack = ["build", "crack", crystal, "--plane", "1", "--dry-run"]
    assert run(capsys, *crack, "--fill", "--sodium-plane", "100")[0] == 0
    listed = ["build", "slab", "lib:si", "(001)", "--list-terminations", "--symprec", "0.1"]
    assert run(capsys, *listed)[0] == 0


def test_a_file_of_options_may_hold_a_style(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "style.toml").write_text("dpi = 300\n")
    line = ["analyze", "compare", "lib:si", "lib:ge", "--config", str(tmp_path / "style.toml")]
    assert run(capsys, *line)[0] == 0


def test_constants_of_a_rigid_side_are_said_to_play_no_part(capsys: pytest.CaptureFixture) -> None:
    line = ["analyze", "matches", *SI_GE, "--substrate-elastic", "166,64,80"]
    note = "the elastic constants of the substrate play no part"
    assert note in run(capsys, *line)[1]
    assert note not in run(capsys, *line, "--substrate-share", "0.5")[1]


@pytest.mark.parametrize(
    "line",
    [
        ["build", "slab", "lib:si", "(001)"],
        ["build", "grain-boundary", "lib:si", "(111)", "--sigma", "3"],
        ["build", "interface", *SI_GE],
        ["build", "alloy", "li15si4"],
        ["library", "export", "si"],
    ],
)
def test_ordering_of_what_is_ordered_is_said_to_have_no_effect(
    line: list[str], capsys: pytest.CaptureFixture
) -> None:
    code, _, err = run(capsys, *line, "--ordering", "random", "--dry-run")
    note = "ionsmith: note: no partial occupancies: --ordering has no effect\n"
    assert (code, err) == (0, note)
    assert run(capsys, *line, "--dry-run")[2] == ""


def test_ordering_of_what_is_disordered_has_an_effect(capsys: pytest.CaptureFixture) -> None:
    line = ["library", "export", "nvp", "--ordering", "random", "--nearest", "--dry-run"]
    assert run(capsys, *line)[2] == ""
