"""Files other than CIF: our own exports come back, and nothing is dropped in silence."""

import gzip
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.io import write

from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.crystals.ordering import order
from ionsmith.errors import DisorderedStructure, InvalidStructure, UnreadableFile
from ionsmith.exporters import export

INPUTS = {
    "vasp": "POSCAR",
    "espresso": "pw.in",
    "cp2k": "cp2k.inp",
    "abinit": "run.abi",
    "gpaw": "structure.extxyz",
    "lammps": "structure.data",
}


@pytest.mark.parametrize("code", INPUTS)
def test_exports_are_read_back(code: str, tmp_path: Path) -> None:
    written = read_structure("lib:sio2")
    export(written, code, tmp_path / code)
    found = read_structure(tmp_path / code / INPUTS[code])
    assert sorted(found.symbols) == sorted(written.symbols)
    assert found.cell.cellpar() == pytest.approx(written.cell.cellpar(), abs=1e-6)
    gaps = found.get_scaled_positions()[:, None] - written.get_scaled_positions()
    distance = np.linalg.norm((gaps - np.round(gaps)) @ written.cell.array, axis=-1)
    distance[found.numbers[:, None] != written.numbers] = np.inf
    assert distance.min(axis=1).max() < 1e-5


def test_indented_namelists(tmp_path: Path) -> None:
    path = tmp_path / "si.in"
    path.write_text(
        "  &Control\n    calculation='scf'\n  /\n  &System\n   ibrav=0, nat=1, ntyp=1\n  /\n"
        "  &electrons\n  /\nATOMIC_SPECIES\n Al 26.98 Al.upf\nATOMIC_POSITIONS crystal\n"
        " Al 0 0 0\nCELL_PARAMETERS angstrom\n 0 2.02 2.02\n 2.02 0 2.02\n 2.02 2.02 0\n"
    )
    assert read_structure(path).get_volume() == pytest.approx(2 * 2.02**3)


PDB = (
    "CRYST1   10.000   10.000   10.000  90.00  90.00  90.00 P 1           1\n"
    "ATOM      1  CA {alt}ALA A   1       1.000   2.000   3.000  {occ}  0.00          {element}  \n"
)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"alt": " ", "occ": "1.00", "element": "  "}, UnreadableFile, "element of atom CA"),
        ({"alt": "A", "occ": "1.00", "element": " C"}, DisorderedStructure, "alternative"),
        ({"alt": " ", "occ": "0.60", "element": " C"}, DisorderedStructure, "occupancy 0.60"),
    ],
)
def test_pdb(words: dict[str, str], error: type[Exception], said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pdb"
    path.write_text(PDB.format(**words))
    with pytest.raises(error, match=said):
        read_structure(path)


def test_pdb_with_elements(tmp_path: Path) -> None:
    path = tmp_path / "x.pdb"
    path.write_text(PDB.format(alt=" ", occ="1.00", element=" C"))
    assert list(read_structure(path).symbols) == ["C"]


def test_species_from_the_comment_are_said(tmp_path: Path) -> None:
    path = tmp_path / "POSCAR"
    path.write_text("Na Cl\n1.0\n4 0 0\n0 4 0\n0 0 4\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
    with pytest.warns(UserWarning, match="taken from the comment 'Na Cl'"):
        assert list(read_structure(path).symbols) == ["Na", "Cl"]


def test_mixtures_of_castep(tmp_path: Path) -> None:
    path = tmp_path / "x.cell"
    path.write_text(
        "%BLOCK LATTICE_CART\n4 0 0\n0 4 0\n0 0 4\n%ENDBLOCK LATTICE_CART\n"
        "%BLOCK POSITIONS_FRAC\nNa 0 0 0 MIXTURE:( 1 0.6)\nK 0 0 0 MIXTURE:( 1 0.4)\n"
        "%ENDBLOCK POSITIONS_FRAC\n"
    )
    with pytest.raises(DisorderedStructure, match="MIXTURE"):
        read_structure(path)


def test_no_species_at_all(tmp_path: Path) -> None:
    path = tmp_path / "POSCAR"
    path.write_text("comment\n1.0\n4 0 0\n0 4 0\n0 0 4\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
    with pytest.raises(UnreadableFile, match="names no species"):
        read_structure(path)


def test_atoms_of_which_species_were_dropped() -> None:
    """ASE keeps the first species of a mixed site, and the others in ``info``."""
    atoms = read_structure("lib:si").copy()
    atoms.info["occupancy"] = {"0": {"Si": 0.6, "Ge": 0.4}}
    with pytest.raises(DisorderedStructure, match="one species per site"):
        read_structure(atoms)


def test_disordered_pymatgen_structures() -> None:
    from pymatgen.core import Lattice, Structure

    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.2), [{"Mg2+": 0.7, "Fe2+": 0.3}, "O2-"], [[0] * 3, [0.5] * 3]
    )
    with pytest.raises(DisorderedStructure):
        read_structure(structure)
    cell = order(structure, supercell=(5, 1, 1), ordering="random").structures[0]
    assert [list(cell.symbols).count(symbol) for symbol in ("Mg", "Fe", "O")] == [14, 6, 20]


@pytest.mark.parametrize(
    "name", ["ba@300K.extxyz", "model@0.vasp", "postgres.extxyz", "mysql.xyz", "a$b$.cif"]
)
def test_any_file_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if "@" in name:  # what ASE would read instead
        bulk("Na").write(name.partition("@")[0], format="extxyz")
    write_structure(name, "lib:si")
    assert len(read_structure(name)) == 8


def test_json_names_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymatgen.core import Structure

    (tmp_path / "evil_module.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    document = Structure.from_ase_atoms(read_structure("lib:si")).as_dict()
    document["sites"][0]["properties"] = {"x": {"@module": "evil_module", "@class": "A"}}
    for name in ("a.json", "a.mson"):
        (tmp_path / name).write_text(json.dumps(document))
        assert len(read_structure(tmp_path / name)) == 8
    (tmp_path / "a.yaml").write_text("lattice: 1")
    with pytest.raises(UnreadableFile, match="YAML is not read"):
        read_structure(tmp_path / "a.yaml")
    assert "evil_module" not in sys.modules


def test_castep_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "castep"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/run\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    write_structure(tmp_path / "a.cell", "lib:si")
    assert len(read_structure(tmp_path / "a.cell")) == 8
    assert not (tmp_path / "run").exists()


CLAIMS = {
    "POSCAR": "Si\n1\n5 0 0\n0 5 0\n0 0 5\nSi\n400000000\nDirect\n0 0 0\n",
    "a.vasp": "Si\n1\n5 0 0\n0 5 0\n0 0 5\n400000000 ! Si\nDirect\n0 0 0\n",
    "a.extxyz": "400000000",
    "a.xyz": "1\n\nSi 0 0 0\n400000000\n\nSi 0 0 0\n",
    "a.cube": "a\nb\n400000000 0 0 0\n1 5 0 0\n1 0 5 0\n1 0 0 5\n14 0 0 0 0\n",
    "a.cfg": "Number of particles = 400000000\nA = 1.0 Angstrom\n",
    "a.data": "x\n\n400000000 atoms\n1 atom types\n0 5 xlo xhi\n",
    "a.abi": "natom 1 typat 400000000*1 xred 3*0 acell 3*10 znucl 14\n",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_more_atoms_than_a_file_can_hold(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(CLAIMS[name])
    with pytest.raises(UnreadableFile, match=r"is too short for its 400,000,\d+ atoms"):
        read_structure(tmp_path / name)


def test_properties_of_an_xyz_in_disorder(tmp_path: Path) -> None:
    path = tmp_path / "a.extxyz"
    path.write_text('1\nLattice="5 0 0 0 5 0 0 0 5" Properties=speci1:pos:R:3\nSi 0 0 0\n')
    with pytest.raises(UnreadableFile, match="could not be read as extxyz") as caught:
        read_structure(path)
    assert "\n" not in str(caught.value)


def test_packed_files_are_bounded(tmp_path: Path) -> None:
    for name in ("a.extxyz.gz", "a.extxyz.xz", "a.cif.bz2", "a.cif.gz"):
        write_structure(tmp_path / name, "lib:si")
        assert len(read_structure(tmp_path / name)) == 8
    (tmp_path / "bomb.extxyz.gz").write_bytes(gzip.compress(bytes(10**8)))
    with pytest.raises(UnreadableFile, match="unpacks to more than 17 MB"):
        read_structure(tmp_path / "bomb.extxyz.gz")


def test_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.cif")
    with pytest.raises(UnreadableFile, match="is a pipe or a device"):
        read_structure(tmp_path / "a.cif")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.cell").write_bytes(b"%BLOCK LATTICE_CART\n\xcf\xff\n")
    with pytest.raises(UnreadableFile, match="could not be read as castep-cell"):
        read_structure(tmp_path / "a.cell")


def test_ions_and_labels_of_xyz(tmp_path: Path) -> None:
    path = tmp_path / "salt.xyz"
    path.write_text("2\nx\nH 0 0 0\nH 0 0 1\n3\nsalt\nNa+ 0 0 0\nCl- 2.8 0 0\nFe3+ 0 3 0\n")
    atoms = read_structure(path)
    assert atoms.get_chemical_symbols() == ["Na", "Cl", "Fe"]
    assert atoms.arrays["oxi_states"].tolist() == [1, -1, 3]
    assert atoms.positions[1].tolist() == [2.8, 0, 0]
    path.write_text(
        '2\nLattice="5 0 0 0 5 0 0 0 5" Properties=pos:R:3:species:S:1 pbc="T T T"\n'
        "0 0 0 Fe1\n1 1 1 O12\n"
    )
    atoms = read_structure(path)
    assert atoms.get_chemical_symbols() == ["Fe", "O"]
    assert "oxi_states" not in atoms.arrays
    assert atoms.pbc.all()
    path.write_text("1\nx\nQq 0 0 0\n")
    with pytest.raises(UnreadableFile, match="'Qq' is no element, ion or label"):
        read_structure(path)


@pytest.mark.parametrize("label", ["Wat", "NH4+", "OH-", "Va", "T1", "Bq", "Ph"])
def test_pseudo_atoms_of_xyz(tmp_path: Path, label: str) -> None:
    (tmp_path / "x.xyz").write_text(f"1\n\n{label} 0 0 0\n")
    with pytest.raises(UnreadableFile, match=f"{re.escape(repr(label))} is no element"):
        read_structure(tmp_path / "x.xyz")


def test_occupancies_of_xyz(tmp_path: Path) -> None:
    (tmp_path / "x.xyz").write_text(
        '2\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3:occupancy:R:1\n'
        "Na 0 0 0 .6\nK 0 0 0 .4\n"
    )
    with pytest.raises(DisorderedStructure, match=r"x\.xyz: has partial occupancies"):
        read_structure(tmp_path / "x.xyz")


def test_a_cell_of_another_name(tmp_path: Path) -> None:
    (tmp_path / "x.xyz").write_text('1\nlattice="5 0 0 0 5 0 0 0 5"\nNa 0 0 0\n')
    with pytest.raises(UnreadableFile, match="named 'lattice' in place of Lattice"):
        read_structure(tmp_path / "x.xyz")


def test_asymmetric_units_are_no_crystals(tmp_path: Path) -> None:
    """The atoms of NaCl in Fm-3m are two in the file and eight in the cell."""
    whole = PDB.format(alt=" ", occ="1.00", element=" C")
    (tmp_path / "x.pdb").write_text(whole.replace("P 1           1", "P 21 21 21    4"))
    with pytest.raises(UnreadableFile, match=r"x\.pdb: may list the asymmetric unit of P 21 21 21"):
        read_structure(tmp_path / "x.pdb")
    (tmp_path / "x.car").write_text(
        "!BIOSYM archive 3\nPBC=ON\n\n!DATE\n"
        "PBC    5.6400    5.6400    5.6400   90.0000   90.0000   90.0000 (FM-3M)\n"
        "Na1      0.000000000    0.000000000    0.000000000 XXXX 1      xx      Na  0.000\n"
        "end\nend\n"
    )
    with pytest.raises(UnreadableFile, match=r"x\.car: lists the asymmetric unit only.*\(FM-3M\)"):
        read_structure(tmp_path / "x.car")


def test_a_pdb_without_a_crystal(tmp_path: Path) -> None:
    text = PDB.format(alt=" ", occ="1.00", element=" C").replace(
        "10.000   10.000   10.000", " 1.000    1.000    1.000"
    )
    (tmp_path / "x.pdb").write_text(text)
    atoms = read_structure(tmp_path / "x.pdb")
    assert not atoms.pbc.any()
    assert not atoms.cell.any()


LAMMPS = (
    "NaCl\n\n2 atoms\n2 atom types\n\n0 5.64 xlo xhi\n0 5.64 ylo yhi\n0 5.64 zlo zhi\n\n"
    "{masses}Atoms # atomic\n\n1 1 0 0 0\n2 2 2.82 2.82 2.82\n"
)


def test_types_of_lammps_have_masses(tmp_path: Path) -> None:
    path = tmp_path / "x.data"
    path.write_text(LAMMPS.format(masses=""))
    with pytest.raises(UnreadableFile, match="states no masses"):  # not H and He
        read_structure(path)
    path.write_text(LAMMPS.format(masses="Masses\n\n1 22.99\n2 73.5\n\n"))
    with pytest.raises(UnreadableFile, match=r"type 2 has the mass 73\.5 of no element"):
        read_structure(path)
    path.write_text(LAMMPS.format(masses="Masses\n\n1 16.04\n2 35.45\n\n"))
    with pytest.warns(UserWarning, match=r"type 1 of mass 16\.04 is taken for O"):
        read_structure(path)
    path.write_text(LAMMPS.format(masses="Masses\n\n1 1.0\n2 35.45\n\n"))
    assert read_structure(path).get_chemical_symbols() == ["H", "Cl"]
    path.write_text(LAMMPS.format(masses="Masses\n\n1 22.99\n2 35.45\n\n"))
    assert read_structure(path).get_chemical_symbols() == ["Na", "Cl"]


DUMP = (
    "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n"
    "0 4\n0 4\n0 4\nITEM: ATOMS id type {column}x y z\n1 1 {first}0 0 0\n2 2 {second}2 2 2\n"
)


def test_types_of_a_lammps_dump_are_no_elements(tmp_path: Path) -> None:
    path = tmp_path / "x.lammpstrj"
    path.write_text(DUMP.format(column="", first="", second=""))
    with pytest.raises(UnreadableFile, match="states types of atoms and no elements"):
        read_structure(path)  # not H and He
    path.write_text(DUMP.format(column="mass ", first="22.99 ", second="73.5 "))
    with pytest.raises(UnreadableFile, match=r"\(73\.5\) has the mass 73\.5 of no element"):
        read_structure(path)
    for column, first, second in (("mass ", "22.99 ", "35.45 "), ("element ", "Na ", "Cl ")):
        path.write_text(DUMP.format(column=column, first=first, second=second))
        assert read_structure(path).get_chemical_symbols() == ["Na", "Cl"]


HSD = """Geometry = {{
  TypeNames = {{ "Na" "Cl" }}
  TypesAndCoordinates {unit}= {{
    1 0 0 0
    2 2.82 2.82 2.82
  }}
  Periodic = Yes
  LatticeVectors {unit}{{
    5.64 0 0
    0 5.64 0
    0 0 5.64
  }}
}}
"""
XSD = """<XSD><AtomisticTreeRoot><SymmetrySystem><MappingSet><MappingFamily><IdentityMapping>
<Atom3d Components="Na" XYZ="0,0,0"/><Atom3d Components="Cl" XYZ="0.5,0.5,0.5"/>
<SpaceGroup ID="3" GroupName="{group}" AVector="5.64,0,0" BVector="0,5.64,0" CVector="0,0,5.64"/>
</IdentityMapping></MappingFamily></MappingSet></SymmetrySystem></AtomisticTreeRoot></XSD>
"""
NWCHEM = "geometry {unit}\n{symmetry}  Na 0 0 0\n  Cl 2.82 2.82 2.82\nend\n\ntask scf\n\n"
GAUSSIAN = "#P HF/6-31G(d) {unit}\n\nNaCl\n\n0 1\nNa 0.0 0.0 0.0\nCl 2.82 2.82 2.82\n\n"
GROMOS = (
    "TITLE\nNaCl\nEND\nPOSITION\n    1 1DUM  {name}   1 0 0 0\n    1 1DUM  Cl  2 .282 .282 .282\n"
    "END\nBOX\n 0.564 0.564 0.564\nEND\n"
)
RIGHT = {
    "x.gjf": GAUSSIAN.format(unit=""),
    "x.g96": GROMOS.format(name="Na"),
    "x.hsd": HSD.format(unit="[Angstrom] "),
    "x.nwi": NWCHEM.format(unit="units angstroms", symmetry="  symmetry c1\n"),
    "x.xsd": XSD.format(group="P1"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_rare_formats(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(RIGHT[name])
    atoms = read_structure(tmp_path / name)
    assert atoms.get_chemical_symbols() == ["Na", "Cl"]
    assert atoms.get_distance(0, 1) == pytest.approx(2.82 * 3**0.5)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("coord", "$coord angs\n 0 0 0 na\n 2.82 0 0 cl\n$end\n", r"unit .*\(\$coord angs\)"),
        ("coord", "$coord\n 0 0 0 na\n$periodic 3\n$cell\n 9 9 9 90 90 90\n$end\n", "its cell"),
        ("x.gjf", GAUSSIAN.format(unit="units=au"), "unit"),
        ("x.g96", GROMOS.format(name="NA"), "'NA'"),
        ("x.hsd", HSD.format(unit=""), "unit"),
        ("x.hsd", HSD.format(unit="[relative] "), r"unit .*\[relative\]"),
        ("x.nwi", NWCHEM.format(unit="units au", symmetry=""), "unit"),
        ("x.nwi", NWCHEM.format(unit="", symmetry="  symmetry d2h\n"), "asymmetric unit"),
        ("x.xsd", XSD.format(group="FM-3M"), "asymmetric unit.*FM-3M"),
    ],
)
def test_what_readers_pass_over_is_refused(
    name: str, text: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UnreadableFile, match=reason):
        read_structure(tmp_path / name)


@pytest.mark.parametrize("kind", ["eon", "mustem"])
def test_cells_of_crystals_are_periodic(kind: str, tmp_path: Path) -> None:
    path = tmp_path / {"eon": "x.con", "mustem": "x.xtl"}[kind]
    known = {"keV": 300, "debye_waller_factors": {"Na": 0.5, "Cl": 0.5}} if kind == "mustem" else {}
    write(path, bulk("NaCl", "rocksalt", 5.64, cubic=True), kind, **known)
    assert read_structure(path).pbc.all()


def test_archives_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "x.vasp").write_bytes(b"PK\x03\x04" + bytes(40))
    with pytest.raises(UnreadableFile, match="is packed by zip; unpack it first"):
        read_structure(tmp_path / "x.vasp")
    (tmp_path / "x.vasp.gz").write_text("no archive")
    with pytest.raises(UnreadableFile, match="cannot be unpacked"):
        read_structure(tmp_path / "x.vasp.gz")


SHELX = (
    "TITL salt\nCELL 1.0 5.64 5.64 5.64 90 90 90\n{symmetry}\nSFAC Na Cl\n"
    "Na1 1 0 0 0 {occupancy}\nCl1 2 0.5 0.5 0.5 1.0\nEND\n"
)


@pytest.mark.parametrize(
    ("symmetry", "occupancy", "error", "said"),
    [
        ("LATT -1", "0.5", DisorderedStructure, "Na1 has occupancy 0.5"),
        ("LATT -1", "10.25", DisorderedStructure, "Na1 has occupancy 10.25"),
        ("LATT -1", "21.0", DisorderedStructure, "Na1 has occupancy 21.0"),  # a free variable
        ("LATT 4", "11.0", UnreadableFile, r"asymmetric unit only \(LATT 4\)"),
        ("LATT -1\nSYMM -x,-y,z", "1.0", UnreadableFile, r"only \(SYMM -x,-y,z\)"),
    ],
)
def test_shelx(
    symmetry: str, occupancy: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.res"
    path.write_text(SHELX.format(symmetry=symmetry, occupancy=occupancy))
    with pytest.raises(error, match=said):
        read_structure(path)


def test_shelx_with_all_atoms(tmp_path: Path) -> None:
    path = tmp_path / "x.res"
    path.write_text(SHELX.format(symmetry="LATT -1", occupancy="1.0"))
    assert list(read_structure(path).symbols) == ["Na", "Cl"]


GROMACS = "salt\n1\n    1ION  {label:>5}    1   0.100   0.200   0.300\n 3 3 3\n"
DLPOLY = "salt\n 0 1\n 5 0 0\n 0 5 0\n 0 0 5\n{label} 1\n 1.0 2.0 3.0\n"


@pytest.mark.parametrize(("file", "text"), [("x.gro", GROMACS), ("CONFIG", DLPOLY)])
@pytest.mark.parametrize("label", ["NA", "CL", "CA", "FE2", "MW", "LP"])
def test_names_that_leave_the_element_open(
    file: str, text: str, label: str, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.write_text(text.format(label=label))
    with pytest.raises(UnreadableFile, match=f"'{label}'.*states no elements"):
        read_structure(path)


@pytest.mark.parametrize(
    ("label", "element"),
    [("ZN", "Zn"), ("LI", "Li"), ("OW", "O"), ("HW1", "H"), ("Na", "Na"), ("Cl1", "Cl")],
)
def test_names_of_atoms(label: str, element: str, tmp_path: Path) -> None:
    path = tmp_path / "x.gro"
    path.write_text(GROMACS.format(label=label))
    assert list(read_structure(path).symbols) == [element]


ATOMEYE = "".join(
    ["Number of particles = 1\nA = {unit} Angstrom\n"]
    + [f"H0({i},{j}) = {5.0 * (i == j)} A\n" for i in (1, 2, 3) for j in (1, 2, 3)]
    + [".NO_VELOCITY.\nentry_count = 3\n22.99\nNa\n0 0 0\n"]
)


def test_unit_of_length_of_atomeye(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text(ATOMEYE.format(unit="2.0"))
    with pytest.raises(UnreadableFile, match=r"unit of length A is 2\.0 Å"):
        read_structure(path)
    path.write_text(ATOMEYE.format(unit="1.0"))
    assert read_structure(path).get_volume() == pytest.approx(125)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("POSCAR", "x\n1.0\n5 0 0\n0 5 0\n0 0 5\nNa Cl\n1 1\nCartesian\n0 0 0\n0.5 0 0\n"),
        ("POSCAR", "x\n1.0\n5 0 0\n0 5 0\n0 0 5\nNa K\n1 1\nDirect\n0 0 0\n1 0 0.01\n"),
        ("x.xyz", "2\n\nNa 1 1 1\nK 1 1 1\n"),
    ],
)
def test_atoms_on_top_of_each_other(file: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_text(text)
    with pytest.raises(InvalidStructure, match=rf"{file}: atoms 0 \(Na\) and 1 .* apart"):
        read_structure(path)


def test_species_that_are_no_element(tmp_path: Path) -> None:
    path = tmp_path / "POSCAR"
    path.write_text("x\n1.0\n4 0 0\n0 4 0\n0 0 4\nNa Xx\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
    with pytest.raises(UnreadableFile, match=r"'Xx' begins with no element\)"):
        read_structure(path)
