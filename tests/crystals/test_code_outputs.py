"""What codes give back, from small outputs written here in the codes' own words."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.units import Bohr, Hartree

from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure
from ionsmith.errors import UnreadableFile
from ionsmith.exporters import export, read_back
from ionsmith.provenance import energy_method

CP2K = """
 CP2K| version string:                                       CP2K version 2023.1
 CP2K| Input file name                                                  cp2k.inp
 GLOBAL| Run type                                                   ENERGY_FORCE
 DFT| Multiplicity                                                             1
  1. Atomic kind: Si                                    Number of atoms:       3
     Orbital Basis Set                                        DZVP-MOLOPT-SR-GTH
     GTH Potential information for                                       GTH-PBE
  2. Atomic kind: O                                     Number of atoms:       6
     Orbital Basis Set                                        DZVP-MOLOPT-SR-GTH
     GTH Potential information for                                       GTH-PBE
                             - Atoms:                                           9
                        max_scf:                                             200
                        eps_scf:                                        2.94E-06
  Atom Kind Element         X             Y             Z       Z(eff)     Mass
{places}
 POISSON| Periodicity                                                        XYZ

 ENERGY| Total FORCE_EVAL ( QS ) energy [a.u.]:              -20.500000000000000

 ATOMIC FORCES in [a.u.]

 # Atom   Kind   Element          X              Y              Z
{forces}
 SUM OF ATOMIC FORCES           0.00000000     0.00000000     0.00000000     0.00000000
"""

DUMP = """ITEM: TIMESTEP
0
ITEM: NUMBER OF ATOMS
9
ITEM: BOX BOUNDS xy xz yz pp pp pp
{cell}
ITEM: ATOMS id element x y z fx fy fz
{atoms}
"""

LOG = """LAMMPS (22 Jul 2025)
Per MPI rank memory allocation (min/avg/max) = 4.5 | 4.5 | 4.5 Mbytes
   Step         PotEng          Fmax
         0  -160.85304      0.98101948
Loop time of 2.625e-06 on 1 procs for 0 steps with 9 atoms
"""

VASP = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <kpoints><varray name="kpointlist"><v>0 0 0</v></varray>
 <varray name="weights"><v>1</v></varray></kpoints>
 <parameters><separator name="electronic"><separator name="electronic convergence">
  <i type="int" name="NELM">60</i></separator></separator></parameters>
 <atominfo>
  <atoms>{n}</atoms>
  <array name="atoms"><set>{symbols}</set></array>
 </atominfo>
 <structure name="initialpos">{structure}</structure>
 <calculation>
  <structure>{structure}</structure>
  <varray name="forces">{forces}</varray>
  <scstep><energy><i name="e_fr_energy">-10.5</i>
  <i name="e_0_energy">-10.25</i></energy></scstep>
  <energy><i name="e_fr_energy">-10.5</i><i name="e_wo_entrp">-10.0</i>
  <i name="e_0_energy">-10.25</i></energy>
 </calculation>
 <structure name="finalpos">{structure}</structure>
</modeling>
"""


def rows(values: np.ndarray, mark: str = "") -> str:
    head, tail = (f"<{mark}>", f"</{mark}>") if mark else ("", "")
    return "\n".join(head + " ".join(f"{x:.12f}" for x in row) + tail for row in values)


def test_cp2k(tmp_path: Path) -> None:
    atoms = load("sio2").to_atoms()
    forces = np.random.default_rng(1).normal(size=(9, 3)).round(8)
    export(atoms, "cp2k", tmp_path / "job")
    names = [(1, "Si") if number == 14 else (2, "O") for number in atoms.numbers]
    places = [
        f"    {n} {kind} {name} {atoms.numbers[n - 1]} {row} 4.0 28.0"
        for n, ((kind, name), row) in enumerate(
            zip(names, rows(atoms.positions).splitlines(), strict=True), 1
        )
    ]
    pulls = [
        f"    {n} {kind} {name} {' '.join(f'{x:.8f}' for x in force)}"
        for n, ((kind, name), force) in enumerate(zip(names, forces, strict=True), 1)
    ]
    text = CP2K.format(places="\n".join(places), forces="\n".join(pulls))
    path = tmp_path / "job" / "cp2k.out"
    path.write_text(text)
    for home in (read_structure(str(path)), read_structure(str(tmp_path / "job"))):
        assert (home.numbers == atoms.numbers).all()
        assert home.positions == pytest.approx(atoms.positions, abs=1e-6)
        assert home.get_potential_energy() == pytest.approx(-20.5 * Hartree)
        assert home.get_forces() == pytest.approx(forces * Hartree / Bohr)
    assert home.info["ionsmith"]["sources"] == atoms.info["ionsmith"]["sources"]
    path.write_text(text[: text.index(" ENERGY|")])
    with pytest.raises(UnreadableFile, match="did it finish"):
        read_structure(str(path))


def vasprun(given: Atoms, forces: np.ndarray) -> str:
    basis = f'<crystal><varray name="basis">{rows(given.cell.array, "v")}</varray></crystal>'
    places = rows(given.get_scaled_positions(), "v")
    return VASP.format(
        n=len(given),
        symbols="".join(f"<rc><c>{s}</c><c>1</c></rc>" for s in given.get_chemical_symbols()),
        structure=f'{basis}<varray name="positions">{places}</varray>',
        forces=rows(forces, "v"),
    )


def test_vasp_comes_home_in_the_exported_order(tmp_path: Path) -> None:
    atoms = load("sio2").to_atoms()[[8, 0, 4, 1, 5, 2, 6, 3, 7]]  # elements alternate
    export(atoms, "vasp", tmp_path / "job")
    order = json.loads((tmp_path / "job" / "ionsmith.json").read_text())["order"]
    assert order != sorted(order)
    forces = np.arange(27.0).reshape(9, 3)
    (tmp_path / "job" / "vasprun.xml").write_text(vasprun(atoms[order], forces[order]))
    home = read_structure(str(tmp_path / "job"))
    assert (home.numbers == atoms.numbers).all()
    assert home.positions == pytest.approx(atoms.positions, abs=1e-6)
    assert home.get_forces() == pytest.approx(forces)
    assert home.get_potential_energy() == -10.25  # without smearing
    assert energy_method(home, -10.25) == "vasp, protocol moderate"
    assert home.info["ionsmith"]["sources"] == atoms.info["ionsmith"]["sources"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text[: text.index("</calculation>") + 20], "is incomplete"),
        (lambda text: text[: text.index("<energy>")], "is incomplete"),
        (
            lambda text: text.replace('name="NELM">60', 'name="NELM">1'),
            "did not converge in the 1 ",
        ),
        (lambda text: text[: text.index("<calculation>")] + "</modeling>", "computed no energy"),
    ],
)
def test_vasp_that_did_not_finish_brings_nothing_home(
    change: Callable[[str], str], reason: str, tmp_path: Path
) -> None:
    """As in real runs that were killed, or took all the steps that NELM allows."""
    atoms = load("sio2").to_atoms()
    export(atoms, "vasp", tmp_path / "job", task="relax")
    order = json.loads((tmp_path / "job" / "ionsmith.json").read_text())["order"]
    text = vasprun(atoms[order], np.zeros((9, 3)))
    path = tmp_path / "job" / "vasprun.xml"
    path.write_text(text)
    assert read_structure(str(tmp_path / "job")).get_potential_energy() == -10.25
    path.write_text(change(text))
    with pytest.raises(UnreadableFile, match=reason):
        read_structure(str(tmp_path / "job"))


def lammps_dump(atoms: Atoms, forces: np.ndarray) -> str:
    from ase.calculators.lammps import Prism

    prism = Prism(atoms.cell.array)
    turned = prism.vector_to_lammps(atoms.positions)
    x, y, z, xy, xz, yz = prism.get_lammps_prism()
    bounds = np.array(
        [
            [min(0, xy, xz, xy + xz), x + max(0, xy, xz, xy + xz), xy],
            [min(0, yz), y + max(0, yz), xz],
            [0, z, yz],
        ]
    )
    values = np.hstack([turned, prism.vector_to_lammps(forces)])
    names = atoms.get_chemical_symbols()
    lines = [f"{n + 1} {names[n]} {row}" for n, row in enumerate(rows(values).splitlines())]
    return DUMP.format(cell=rows(bounds), atoms="\n".join(lines))


def test_lammps_comes_home_in_the_exported_axes(tmp_path: Path) -> None:
    atoms = load("sio2").to_atoms()
    atoms.rotate(40, (1, 2, 3), rotate_cell=True)
    forces = np.random.default_rng(3).normal(size=(9, 3))
    export(atoms, "lammps", tmp_path / "job")
    (tmp_path / "job" / "result.dump").write_text(lammps_dump(atoms, forces))
    with pytest.raises(UnreadableFile, match=r"log\.lammps is missing"):
        read_structure(str(tmp_path / "job"))
    commands = [(tmp_path / "job" / name).read_text() for name in ("run.in", "potential.in")]
    (tmp_path / "job" / "log.lammps").write_text("".join(commands))
    with pytest.raises(UnreadableFile, match="LAMMPS did not finish"):
        read_structure(str(tmp_path / "job"))
    (tmp_path / "job" / "log.lammps").write_text("".join(commands) + LOG)
    home = read_structure(str(tmp_path / "job"))
    assert home.get_potential_energy() == -160.85304
    assert home.positions == pytest.approx(atoms.positions, abs=1e-6)
    assert home.get_forces() == pytest.approx(forces, abs=1e-6)


def test_no_atom_jumps_and_none_is_moved_where_nothing_moves(tmp_path: Path) -> None:
    import ase.io

    atoms = load("na3sb").to_atoms()
    for task, shift in (("relax", 0.05), ("static", 0.05)):
        export(atoms, "gpaw", tmp_path / task, task=task)
        found = atoms.copy()
        found.positions += shift
        found.positions += found.cell[0] - 2 * found.cell[2]
        ase.io.write(tmp_path / task / "result.extxyz", found)
        with pytest.raises(UnreadableFile, match=r"gpaw\.txt is missing"):
            read_structure(str(tmp_path / task))
        (tmp_path / task / "gpaw.txt").write_text("Input parameters:\n  mode=PW(ecut=600.0)\n\n")
    home = read_structure(str(tmp_path / "relax"))
    assert home.positions == pytest.approx(atoms.positions + 0.05, abs=1e-6)
    with pytest.raises(UnreadableFile, match="other positions than were exported"):
        read_structure(str(tmp_path / "static"))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="a folder; a structure file was expected"):
        read_structure(str(tmp_path))
    atoms = load("si").to_atoms()
    for code, name, words in (
        ("espresso", "pw.out", "     convergence NOT achieved after 100 iterations: stopping\n"),
        ("abinit", "run.abo", "  nstep=  100 was not enough SCF cycles to converge;\n"),
        ("cp2k", "cp2k.out", " *** WARNING SCF run NOT converged ***\n"),
    ):
        export(atoms, code, tmp_path / code)
        with pytest.raises(UnreadableFile, match=rf"has not written {name} yet; run it there"):
            read_structure(str(tmp_path / code))
        (tmp_path / code / name).write_text(f"all well so far\n{words}")
        with pytest.raises(UnreadableFile, match="did not converge"):
            read_structure(str(tmp_path / code))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"LDAU"> T', '"LDAU"> F', r"VASP 6\.4\.2 did not .*U \(eV\) Fe 5\.3 asked, none in"),
        (" 5.3 0.0 ", " 4.0 0.0 ", "Fe 5.3 asked, Fe 4 in"),
        ('"ISPIN"> 2', '"ISPIN"> 1', "number of spins 2 asked, 1 in"),
        ('"ENMAX"> 520.0', '"ENMAX"> 400.0', "cutoff 520 asked, 400 in"),
        ('"NELECT"> 20.0', '"NELECT"> 19.0', r"charge of the cell \(e\) 0 asked, 1 in"),
        ("> 2 2 2 <", "> 1 2 2 <", "k-points 2 2 2 asked, 1 2 2 in"),
        ('"IVDW"> 12', '"IVDW"> 0', "D3 dispersion yes asked, no in"),
        ("> 4.0 0.0 <", "> -4.0 0.0 <", r"sum and sum of sizes \(μB\) 4 4 asked, -4 4 in"),
    ],
)
def test_vasp_that_did_something_else(old: str, new: str, words: str, tmp_path: Path) -> None:
    """In the words of ``vasprun.xml`` (VASP 5.4 and 6): incar, parameters, atomtypes."""
    atoms = bulk("FeO", "rocksalt", a=4.33)
    export(atoms, "vasp", tmp_path / "job", kpoints=(2, 2, 2), vdw=True)
    text = vasprun(atoms, np.zeros((2, 3)))
    head = """<generator><i name="version" type="string">6.4.2 </i></generator>
    <incar><i type="logical" name="LDAU"> T </i><v name="LDAUU"> 5.3 0.0 </v>
    <v name="MAGMOM"> 4.0 0.0 </v></incar>"""
    text = text.replace(" <kpoints>", head + "<kpoints>", 1)
    mesh = """<kpoints><generation param="Gamma"><v type="int" name="divisions"> 2 2 2 </v>
    </generation>"""
    text = text.replace("<kpoints>", mesh, 1)
    values = """<parameters><i name="ENMAX"> 520.0</i><i name="ISPIN"> 2</i><i name="IVDW"> 12</i>
    <i name="NELECT"> 20.0</i>"""
    text = text.replace("<parameters>", values, 1)
    types = """<array name="atomtypes"><set>
    <rc><c>1</c><c>Fe</c><c>55.8</c><c>14.0</c><c>PAW_PBE Fe_pv</c></rc>
    <rc><c>1</c><c>O</c><c>16.0</c><c>6.0</c><c>PAW_PBE O</c></rc></set></array></atominfo>"""
    text = text.replace("</atominfo>", types, 1)
    path = tmp_path / "job" / "vasprun.xml"
    path.write_text(text)
    assert read_structure(str(tmp_path / "job")).get_potential_energy() == -10.25
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(UnreadableFile, match=words):
        read_structure(str(tmp_path / "job"))


def test_vasp_prints_moments_in_outcar(tmp_path: Path) -> None:
    """As OUTCAR does with LORBIT = 11."""
    atoms = bulk("FeO", "rocksalt", a=4.33)
    (tmp_path / "vasprun.xml").write_text(vasprun(atoms, np.zeros((2, 3))))
    (tmp_path / "OUTCAR").write_text(
        " magnetization (x)\n\n# of ion       s       p       d       tot\n"
        "------------------------------------------\n"
        "    1        0.012   0.034  -3.615  -3.569\n"
        "    2        0.010   0.020   0.000   0.030\n"
        "--------------------------------------------------\ntot  0.022   0.054  -3.615  -3.539\n"
    )
    assert read_structure(str(tmp_path / "vasprun.xml")).get_magnetic_moments() == pytest.approx(
        [-3.569, 0.030]
    )


def test_pw_7_prints_u_and_moments(tmp_path: Path) -> None:
    """The lines of pw.x 7.1 and later (Modules/ldaU and PW/src/report_mag)."""
    from ionsmith.crystals.files import check_as_asked
    from ionsmith.crystals.files._code_outputs import site_moments

    export(bulk("FeO", "rocksalt", a=4.33), "espresso", tmp_path / "job")
    exported = read_back(tmp_path / "job")
    manifest = json.loads((tmp_path / "job" / "ionsmith.json").read_text())
    path = tmp_path / "job" / "pw.out"
    text = """     Program PWSCF v.7.3.1 starts on 28Nov2026 at  9: 2:57
     Hubbard projectors: ortho-atomic
     Hubbard parameters of DFT+U (Dudarev formulation) in eV:
     U(Fe-3d)  =  5.3000
     total magnetization       =     4.00 Bohr mag/cell
     Magnetic moment per site  (integrated on atomic sphere of radius R)
     atom   1 (R=0.291)  charge= 13.5896  magn= -3.4636
     atom   2 (R=0.291)  charge=  5.9235  magn=  0.3971
"""
    path.write_text(text)
    check_as_asked(exported, manifest, path)
    assert site_moments(path, "espresso-out", 2) == pytest.approx([-3.4636, 0.3971])
    path.write_text(text.replace("5.3000", "4.3000"))
    with pytest.raises(UnreadableFile, match=r"pw\.x 7\.3\.1 .*Fe 5\.3 asked, Fe 4\.3 in"):
        check_as_asked(exported, manifest, path)
