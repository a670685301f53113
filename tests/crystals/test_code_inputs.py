"""Inputs of codes: lattices as pw.x prints them, units, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr

from ionsmith.crystals.files import read_structure
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import UnreadableFile

POSITIONS = "ATOMIC_POSITIONS crystal\n Na 0 0 0\n Cl .5 1/2 5.d-1\n"
CELL = "cell_parameters angstrom\n5.64 0 0\n0 5.64 0\n0 0 5.64\n"


def pw(system: str, cell: str = "", positions: str = POSITIONS) -> str:
    """An input of pw.x."""
    return (
        f"&CONTROL\n/\n&SYSTEM\n {system}, nat=2, ntyp=2\n/\n&ELECTRONS\n/\n"
        f"ATOMIC_SPECIES\nNa 23 Na.upf\nCl 35.45 Cl.upf\n{positions}{cell}K_POINTS gamma\n"
    )


def read(folder: Path, text: str, name: str) -> Atoms:
    """Atoms of a file."""
    (folder / name).write_text(text)
    return read_structure(folder / name)


# Axes in units of alat, as pw.x 6.7 printed them for these lines.
@pytest.mark.parametrize(
    ("system", "axes"),
    [
        ("ibrav=2, celldm(1)=8", [[-0.5, 0, 0.5], [0, 0.5, 0.5], [-0.5, 0.5, 0]]),
        ("ibrav=7, celldm(1)=8, celldm(3)=1.3",
         [[0.5, -0.5, 0.65], [0.5, 0.5, 0.65], [-0.5, -0.5, 0.65]]),
    ],
)  # fmt: skip
def test_lattices_of_pw(tmp_path: Path, system: str, axes: list[list[float]]) -> None:
    atoms = read(tmp_path, pw(system), "pw.in")
    assert atoms.cell.array == pytest.approx(8 * Bohr * np.array(axes), abs=1e-4)


@pytest.mark.parametrize("ibrav", [1, 2, 3, -3, 4, 5, -5, 6, 7, 8, 9, -9, 91, 10, 11, 12, -12, 13,
                                   -13, 14])  # fmt: skip
def test_lattices_have_the_edges_that_are_stated(tmp_path: Path, ibrav: int) -> None:
    """Edges and angles of the conventional cell, by the vectors that the centring makes of them."""
    ab, ac = "cosAB=-.2, ", "cosAC=-.2, "
    cosines = {5: "cosAB=.3, ", -5: "cosAB=.3, ", 12: ab, 13: ab, -12: ac, -13: ac,
               14: ab + "cosAC=.1, cosBC=.15, "}.get(ibrav, "")  # fmt: skip
    cell = read(tmp_path, pw(f"{cosines}ibrav={ibrav}, A=5, B=6, C=7"), "pw.in").cell
    kind = abs(ibrav)
    b, c = 6.0 if kind > 7 else 5.0, 7.0 if kind not in (1, 2, 3, 5) else 5.0
    points = {2: 4, 3: 2, 7: 2, 9: 2, 91: 2, 10: 4, 11: 2, 13: 2}.get(kind, 1)
    cosine = [0.3, 0.3, 0.3] if kind == 5 else [0.0, 0.0, 0.0]
    if kind in (12, 13):
        cosine = [-0.2, 0, 0]
    elif kind == 14:
        cosine = [-0.2, 0.1, 0.15]
    elif kind == 4:
        cosine = [-0.5, 0, 0]
    x, y, z = cosine
    volume = 5 * b * c * np.sqrt(1 + 2 * x * y * z - x * x - y * y - z * z)
    assert abs(cell.volume) == pytest.approx(volume / points)
    if points == 1:
        assert cell.lengths() == pytest.approx([5, b, c])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pw("space_group=225, A=5.64"), "asymmetric unit"),
        (pw("ibrav=4, A=5"), r"needs celldm\(2\) and celldm\(3\)"),
        (pw("ibrav=15, A=5, B=6, C=7"), "no lattice with ibrav 15"),
        (pw("ibrav=2"), r"neither celldm\(1\) nor A"),
        (pw("ibrav=0"), "CELL_PARAMETERS are missing"),
    ],
)
def test_inputs_of_pw_that_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=rf"pw\.in.*{said}"):
        read(tmp_path, text, "pw.in")


def test_moments_of_pw_are_not_taken_for_bohr_magnetons(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="moments are left out"):
        atoms = read(tmp_path, pw("ibrav=0, starting_magnetization(1)=0.5", CELL), "pw.in")
    assert not atoms.get_initial_magnetic_moments().any()
    assert atoms.get_distance(0, 1) == pytest.approx(5.64 * np.sqrt(3) / 2)


CP2K = "&FORCE_EVAL\n &SUBSYS\n &CELL\n {cell}\n &END\n &COORD\n {rows}\n &END\n{more} &END\n&END\n"
ABC, ROWS = "ABC 5.64 5.64 5.64", "Na 0 0 0\n Cl 2.82 2.82 2.82"
KIND = " &KIND Fe1\n ELEMENT Fe\n MAGNETIZATION {}\n &END KIND\n"


@pytest.mark.parametrize(
    ("cell", "rows", "distance"),
    [
        (ABC, ROWS, 5.64 * np.sqrt(3) / 2),
        (ABC, "SCALED\n Na 0 0 0\n Cl .5 .5 .5", 5.64 * np.sqrt(3) / 2),
        # Half of the long diagonal of a rhombohedron of 60° is a √6 / 2.
        (ABC + "\n ALPHA_BETA_GAMMA 60 60 60", "SCALED\n Na 0 0 0\n Cl .5 .5 .5",
         5.64 * np.sqrt(6) / 2),
    ],
)  # fmt: skip
def test_inputs_of_cp2k(tmp_path: Path, cell: str, rows: str, distance: float) -> None:
    atoms = read(tmp_path, CP2K.format(cell=cell, rows=rows, more=""), "run.inp")
    assert atoms.pbc.all()
    assert atoms.cell.lengths() == pytest.approx([5.64] * 3)
    assert atoms.get_distance(0, 1) == pytest.approx(distance)


def test_kinds_of_cp2k(tmp_path: Path) -> None:
    more = KIND.format(4) + KIND.format(-4).replace("Fe1", "Fe2")
    text = CP2K.format(cell=ABC, rows="Fe1 0 0 0\n Fe2 2.82 2.82 2.82", more=more)
    atoms = read(tmp_path, text, "run.inp")
    assert atoms.get_chemical_symbols() == ["Fe", "Fe"]
    assert atoms.get_initial_magnetic_moments().tolist() == [4, -4]


@pytest.mark.parametrize(
    ("cell", "rows", "more", "said"),
    [
        ("ABC [bohr] 10 10 10", ROWS, "", "not in Å"),
        (ABC, "UNIT bohr\n" + ROWS, "", "not in Å"),
        (ABC + "\n MULTIPLE_UNIT_CELL 2 1 1", ROWS, "", "MULTIPLE_UNIT_CELL is not read"),
        ("PERIODIC XYZ", ROWS, "", "its cell is missing"),
        (ABC, "", "", "coordinates are in another file"),
        (ABC, ROWS, " &KIND Cl\n GHOST\n &END\n", "ghosts"),
    ],
)
def test_inputs_of_cp2k_that_are_refused(
    tmp_path: Path, cell: str, rows: str, more: str, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=rf"run\.inp.*{said}"):
        read(tmp_path, CP2K.format(cell=cell, rows=rows, more=more), "run.inp")


ABINIT = (
    "NATOM 2\nNTYPAT 2\nTYPAT 1 2 # types\nZNUCL 11 17\nACELL 3*5.64 Angstrom\n"
    "RPRIM 1 0 0 0 1 0 0 0 1\nXRED 3*0.0 1/2 5.d-1 0.5\n"
)


def test_inputs_of_abinit(tmp_path: Path) -> None:
    atoms = read(tmp_path, ABINIT, "run.abi")
    assert atoms.get_chemical_symbols() == ["Na", "Cl"]
    assert atoms.get_distance(0, 1) == pytest.approx(5.64 * np.sqrt(3) / 2)
    with pytest.raises(UnreadableFile, match="scalecart is not read"):
        read(tmp_path, ABINIT + "scalecart 2 1 1\n", "other.abi")


POSCAR = "{comment}\n1.0\n5.64 0 0\n0 5.64 0\n0 0 5.64\n{species}{counts}\nDirect\n{rows}\n"
SALT = "0 0 0\n.5 .5 .5"


@pytest.mark.parametrize(
    ("species", "symbols"),
    [("NA CL", ["Na", "Cl"]), ("Na_sv/4d Cl/1a", ["Na", "Cl"]), ("Fe1 Fe2", ["Fe", "Fe"]),
     ("Na Cl ! salt", ["Na", "Cl"])],
)  # fmt: skip
def test_species_of_a_poscar(tmp_path: Path, species: str, symbols: list[str]) -> None:
    text = POSCAR.format(comment="x", species=species + "\n", counts="1 1", rows=SALT)
    assert read(tmp_path, text, "POSCAR").get_chemical_symbols() == symbols


def test_charges_of_a_poscar(tmp_path: Path) -> None:
    text = POSCAR.format(comment="x", species="Na+ Cl-\n", counts="1 1", rows=SALT)
    assert read(tmp_path, text, "POSCAR").arrays[OXIDATION_STATES].tolist() == [1, -1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"species": "Na Cl K\n"}, r"names 3 species \(Na Cl K\) and states 2 numbers"),
        ({"species": "", "comment": "Na"}, "names 1 species"),  # VASP 4: not H and He
        ({"species": "H.75 Cl\n"}, "fractional charge"),
        ({"species": "Wat Cl\n"}, "'Wat'"),
        ({"species": "Na Cl\n", "rows": "0 0 0 Cl\n.5 .5 .5 Na"}, "labelled Cl"),
    ],
)
def test_poscars_that_are_refused(tmp_path: Path, words: dict[str, str], said: str) -> None:
    text = POSCAR.format(**{"comment": "x", "counts": "1 1", "rows": SALT} | words)
    with pytest.raises(UnreadableFile, match=said):
        read(tmp_path, text, "POSCAR")
