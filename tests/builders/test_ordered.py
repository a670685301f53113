"""Ordering of any disordered crystal by one command."""

from pathlib import Path

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from command import run_command, run_json
from dry_runs import GTH_TABLE, dry_run
from gth_potentials import write_gth
from ionsmith.builders.ordered import build_ordered
from ionsmith.crystals.charges import formal_charges
from ionsmith.crystals.files import read_structure
from ionsmith.errors import IonsmithError
from ionsmith.exporters import export

# Solid electrolytes and an electrode as a user types them in: cells, sites and occupancies in the
# manner of published refinements, rounded. What is tested are their formulas and their charge.
CRYSTALS = {
    # Li1.3Al0.3Ti1.7(PO4)3
    "latp": (
        (8.495, 8.495, 20.819, 90, 90, 120),
        "R -3 c :H",
        """Li1 Li 0 0 0 1
        Li3 Li 0.07 0.34 0.07 0.05
        Ti1 Ti 0 0 0.1422 0.85
        Al1 Al 0 0 0.1422 0.15
        P1 P 0.2889 0 0.25 1
        O1 O 0.1813 0.9906 0.1902 1
        O2 O 0.1907 0.1640 0.0812 1""",
    ),
    # Li6PS5Cl: S and Cl mixed on 4a and 4d, Li on either half of a split site
    "argyrodite": (
        (9.859, 9.859, 9.859, 90, 90, 90),
        "F -4 3 m",
        """Li1 Li 0.183 0.183 0.024 0.5
        P1 P 0.5 0.5 0.5 1
        S1 S 0.6182 0.6182 0.6182 1
        S2 S 0.25 0.25 0.25 0.385
        Cl2 Cl 0.25 0.25 0.25 0.615
        Cl1 Cl 0 0 0 0.385
        S3 S 0 0 0 0.615""",
    ),
    # Li7La3Zr2O12: Li on tetrahedra and on split octahedra, of which few combinations fit
    "garnet": (
        (12.983, 12.983, 12.983, 90, 90, 90),
        "I a -3 d",
        """Li1 Li 0.375 0 0.25 0.542
        Li2 Li 0.0970 0.6849 0.5769 0.448
        La1 La 0.125 0 0.25 1
        Zr1 Zr 0 0 0 1
        O1 O 0.28178 0.10052 0.19501 1""",
    ),
    "nmc111": (
        (2.864, 2.864, 14.233, 90, 90, 120),
        "R -3 m :H",
        """Li1 Li 0 0 0.5 1
        Ni1 Ni 0 0 0 0.3333
        Mn1 Mn 0 0 0 0.3333
        Co1 Co 0 0 0 0.3333
        O1 O 0 0 0.2414 1""",
    ),
    "nmc811": (
        (2.8716, 2.8716, 14.196, 90, 90, 120),
        "R -3 m :H",
        """Li1 Li 0 0 0.5 0.97
        Ni2 Ni 0 0 0.5 0.03
        Ni1 Ni 0 0 0 0.77
        Li2 Li 0 0 0 0.03
        Mn1 Mn 0 0 0 0.1
        Co1 Co 0 0 0 0.1
        O1 O 0 0 0.2414 1""",
    ),
    "ysz": (
        (5.14, 5.14, 5.14, 90, 90, 90),
        "F m -3 m",
        """Zr1 Zr4+ 0 0 0 0.85
        Y1 Y3+ 0 0 0 0.15
        O1 O2- 0.25 0.25 0.25 0.9625""",
    ),
    "cuau": ((3.87, 3.87, 3.87, 90, 90, 90), "F m -3 m", "Cu Cu 0 0 0 .5\nAu Au 0 0 0 .5"),
}


def write_cif(name: str, folder: Path) -> Path:
    """Write one of the crystals as a CIF."""
    cell, group, rows = CRYSTALS[name]
    labels = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = [f"data_{name}"]
    lines += [f"_cell_{label} {value}" for label, value in zip(labels, cell, strict=True)]
    lines += [f"_space_group_name_H-M_alt '{group}'", "loop_"]
    columns = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
    lines += [f"_atom_site_{column}" for column in columns]
    path = folder / f"{name}.cif"
    path.write_text("\n".join([*lines, rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("name", "composition", "charges"),
    [
        (
            "latp",
            {"Li": 8, "Ti": 10, "Al": 2, "P": 18, "O": 72},
            {"Li": 1, "Ti": 4, "Al": 3, "P": 5, "O": -2},
        ),
        (
            "argyrodite",
            {"Li": 48, "P": 8, "S": 40, "Cl": 8},
            {"Li": 1, "P": 5, "S": -2, "Cl": -1},
        ),
        (
            "garnet",
            {"Li": 56, "La": 24, "Zr": 16, "O": 96},
            {"Li": 1, "La": 3, "Zr": 4, "O": -2},
        ),
        (
            "nmc111",
            {"Li": 3, "Ni": 1, "Mn": 1, "Co": 1, "O": 6},
            {"Li": 1, "Ni": 2, "Mn": 4, "Co": 3, "O": -2},
        ),
        (
            "nmc811",
            {"Li": 30, "Ni": 24, "Mn": 3, "Co": 3, "O": 60},
            {"Li": 1, "Ni": 2.875, "Mn": 4, "Co": 3, "O": -2},
        ),
        ("ysz", {"Zr": 10, "Y": 2, "O": 23}, {"Zr": 4, "Y": 3, "O": -2}),
    ],
)
def test_a_typed_crystal_is_ordered_into_a_neutral_cell(
    name: str, composition: dict[str, int], charges: dict[str, float], tmp_path: Path
) -> None:
    result = build_ordered(write_cif(name, tmp_path))
    assert result.composition == composition
    assert result.charge == pytest.approx(0)
    known, _ = formal_charges(result.atoms)
    assert known is not None
    for element, charge in charges.items():
        own = known[np.array(result.atoms.get_chemical_symbols()) == element]
        assert own == pytest.approx(charge)
    # Every Li keeps its distance: 1.79 Å is 0.7 of two covalent radii.
    lithium = result.atoms[result.atoms.numbers == 3]
    if len(lithium):
        assert neighbor_list("d", lithium, 3.0).min(initial=3.0) > 1.79
    for code in ("vasp", "cp2k"):
        export(result.atoms, code, None, smearing="gaussian", use_hubbard=code == "vasp")


def test_charges_of_the_file_stay_with_the_atoms(tmp_path: Path) -> None:
    atoms = build_ordered(write_cif("ysz", tmp_path)).atoms
    assert formal_charges(atoms)[1] == "oxidation states of the structure"


def test_assumed_charges_follow_the_composition(tmp_path: Path) -> None:
    atoms = build_ordered(write_cif("nmc811", tmp_path)).atoms
    assert "oxi_states" not in atoms.arrays
    del atoms[int(np.flatnonzero(atoms.numbers == 3)[0])]
    for stated in (None, {"Li": 1, "Ni": 2.875, "Mn": 4, "Co": 3, "O": -2}):
        if stated is not None:
            atoms.set_array("oxi_states", np.array([stated[s] for s in atoms.symbols], float))
        charges, _ = formal_charges(atoms)
        assert charges is not None
        assert charges.sum() == pytest.approx(0)
        assert charges[atoms.numbers == 28] == pytest.approx(70 / 24)  # one e more is lost
        assert set(charges[atoms.numbers == 25]) == {4}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_cif("latp", tmp_path))
    out = str(tmp_path / "latp.extxyz")
    result = run_json(capsys, "build", "ordered", path, "-o", out)
    assert result["charge"] == 0
    assert read_structure(out).get_chemical_formula() == "Al2Li8O72P18Ti10"
    again = str(tmp_path / "again.extxyz")
    run_command(capsys, "build", "ordered", path, "-o", again)
    assert Path(again).read_bytes().replace(b"again", b"latp") == Path(out).read_bytes()


def test_several_structures_go_into_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = str(write_cif("latp", tmp_path)), tmp_path / "models"
    words = ("build", "ordered", path, "--method", "enumerate", "-o", str(folder))
    result = run_json(capsys, *words, "--count", "4")
    assert sorted(file.name for file in folder.iterdir()) == [f"{n}.extxyz" for n in range(1, 5)]
    assert result["energies"] == sorted(result["energies"])
    code, _, err = run_command(capsys, *words, "--count", "4")
    assert code == 2
    assert "--force" in err
    code, _, err = run_command(capsys, *words[:-1], str(tmp_path / "x.cif"), "--count", "2")
    assert code == 2
    assert "a folder was expected" in err


def test_fewer_structures_than_wanted_are_said(tmp_path: Path) -> None:
    result = build_ordered(write_cif("nmc111", tmp_path), method="enumerate", count=5)
    assert result.n_structures == 1  # three metals on three positions: a ring in either sense
    assert "5 structures were asked for; there are 1 different" in result.notes


@pytest.mark.parametrize(
    "words",
    [
        "analyze compare SOURCE lib:si",
        "analyze pores SOURCE",
        "build porous SOURCE --porosity 0.2 -o out.extxyz",
        "build slab SOURCE (0,0,1) -o out.extxyz",
        "build interface lib:si SOURCE --contact (1,1,1)||(0,0,1) --max-area 400 --max-strain 0.1 "
        "-o out.extxyz",
        "export vasp SOURCE job",
        "relax SOURCE -o out.extxyz --potential ase.calculators.emt:EMT",
    ],
)
def test_commands_say_how_to_order_a_crystal(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_cif("latp", tmp_path)
    code, _, err = run_command(capsys, *words.replace("SOURCE", "latp.cif").split())
    assert code == 2
    said = "order it first: ionsmith build ordered latp.cif -o latp-ordered.extxyz"
    assert err.strip().endswith(said)
    words = said.partition(": ionsmith ")[2]
    assert run_command(capsys, *words.split())[0] == 0
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".cif"] == [
        "latp-ordered.extxyz"
    ]


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match="si has no partial occupancies"):
        build_ordered("lib:si")
    with pytest.raises(IonsmithError, match="formal charge of Au, Cu is unknown"):
        build_ordered(write_cif("cuau", tmp_path), method="electrostatic")
    with pytest.raises(IonsmithError, match="more than the 1,000,000 that are enumerated"):
        build_ordered(write_cif("garnet", tmp_path), method="enumerate")
    with pytest.raises(IonsmithError, match="exclude each other"):
        build_ordered(write_cif("garnet", tmp_path), method="sqs")


@pytest.mark.sqs
def test_quasirandom_alloy(tmp_path: Path) -> None:
    path = write_cif("cuau", tmp_path)
    first = build_ordered(path, (2, 2, 2), method="sqs", count=2, seed=3)
    again = build_ordered(path, (2, 2, 2), method="sqs", count=2, seed=3)
    assert (first.atoms.numbers == again.atoms.numbers).all()
    assert first.composition == {"Cu": 16, "Au": 16}
    # The first two shells of fcc by another program: half of the neighbours are of the other kind,
    # as in the structures of Zunger et al. (1990).
    for shell in (3.87 / np.sqrt(2), 3.87):
        i, j, d = neighbor_list("ijd", first.atoms, shell + 0.05)
        near = abs(d - shell) < 0.05
        unlike = first.atoms.numbers[i[near]] != first.atoms.numbers[j[near]]
        assert unlike.mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.codes
@pytest.mark.parametrize("code", ["cp2k", "espresso"])
@pytest.mark.parametrize("name", ["latp", "argyrodite", "garnet", "nmc111", "nmc811"])
def test_codes_accept_the_ordered_crystal(name: str, code: str, tmp_path: Path) -> None:
    atoms = build_ordered(write_cif(name, tmp_path)).atoms
    options: dict[str, object] = {"protocol": "fast", "use_hubbard": False}
    if code == "espresso":
        write_gth(sorted(set(atoms.get_chemical_symbols())), GTH_TABLE, tmp_path)
        options |= {"pseudo_dir": tmp_path, "cutoff": 800.0}  # none is known for La
    export(atoms, code, tmp_path / "job", **options)
    verdict = dry_run(code, tmp_path / "job")
    assert verdict.accepted, verdict.output[-3000:]


def test_nothing_is_written_in_a_dry_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write_cif("latp", tmp_path))
    code, _, _ = run_command(capsys, "build", "ordered", path, "--dry-run")
    assert code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["latp.cif"]


@pytest.mark.sqs
def test_a_cell_too_small_for_a_quasirandom_structure(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match="too small for a quasi-random structure"):
        build_ordered(write_cif("cuau", tmp_path), (1, 1, 1), method="sqs")
