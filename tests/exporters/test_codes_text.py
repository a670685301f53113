"""What stands in the input of each code, read by ASE or pymatgen where they can."""

import re
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bcc110, bulk, fcc111
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms, FixCartesian, FixScaled
from ase.io import read

from dry_runs import read_vasp
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.exporters import export


def numbers(text: str, name: str, count: int) -> list[float]:
    """Numbers that follow a keyword of ABINIT."""
    start = re.search(rf"^{name}\b", text, flags=re.MULTILINE)
    assert start is not None, name
    return [float(word) for word in text[start.end() :].split()[:count]]


def aluminium_slab() -> Atoms:
    atoms = fcc111("Al", (1, 1, 4), vacuum=8)
    atoms.info = {}
    atoms.pbc = (True, True, False)
    atoms.set_constraint(FixAtoms(indices=[0, 1]))
    return atoms


def test_vasp(tmp_path: Path) -> None:
    from pymatgen.io.vasp.inputs import Incar, Poscar

    atoms = load("nafepo4").to_atoms()
    export(atoms, "vasp", tmp_path / "job", task="relax", magnetic_order="antiferro", vdw=True)
    assert read_vasp(tmp_path / "job") == ""
    incar = Incar.from_file(tmp_path / "job" / "INCAR")
    iron = [m for m in incar["MAGMOM"] if m]
    assert (sorted(iron), sum(iron)) == ([-4, -4, 4, 4], 0)
    assert (incar["ISPIN"], incar["ISIF"], incar["IVDW"]) == (2, 2, 12)
    poscar = Poscar.from_file(tmp_path / "job" / "POSCAR", check_for_potcar=False)
    u = dict(zip(poscar.site_symbols, incar["LDAUU"], strict=True))
    assert {s: value for s, value in u.items() if value} == {"Fe": 5.3}
    assert (tmp_path / "job" / "POTCAR.spec").read_text().split() == ["Na_pv", "Fe_pv", "P", "O"]


def test_vasp_slab_and_charge(tmp_path: Path) -> None:
    from pymatgen.io.vasp.inputs import Incar, Poscar

    export(aluminium_slab(), "vasp", tmp_path / "slab", task="relax")
    incar = Incar.from_file(tmp_path / "slab" / "INCAR")
    assert (incar["LDIPOL"], incar["IDIPOL"], incar["ISMEAR"]) == (True, 3, 1)
    assert incar["DIPOL"][2] == pytest.approx(0.5)
    held = Poscar.from_file(tmp_path / "slab" / "POSCAR", check_for_potcar=False)
    assert np.array(held.selective_dynamics).sum(axis=1).tolist() == [0, 0, 3, 3]
    rock = load("na2o").to_atoms()  # Na_pv 7, O 6: 4 * (2 * 7 + 6) = 80
    export(rock, "vasp", tmp_path / "charged", charge=2)
    assert Incar.from_file(tmp_path / "charged" / "INCAR")["NELECT"] == 78


def test_espresso(tmp_path: Path) -> None:
    atoms = load("nafepo4").to_atoms()
    export(atoms, "espresso", tmp_path / "new", magnetic_order="antiferro", task="relax-cell")
    text = (tmp_path / "new" / "pw.in").read_text()
    assert "HUBBARD (ortho-atomic)\nU Fe-3d 5.3\nU Fe1-3d 5.3" in text
    # 4 of the 16 electrons of PseudoDojo's Fe, up and down
    assert set(re.findall(r"starting_magnetization\(\d\) = (\S+)", text)) == {
        "0.0",
        "0.25",
        "-0.25",
    }
    assert "'vc-relax'" in text
    export(atoms, "espresso", tmp_path / "old", magnetic_order="antiferro", syntax="6.7")
    text = (tmp_path / "old" / "pw.in").read_text()
    assert re.findall(r"hubbard_u\((\d)\) *= 5.3", text.lower()) == ["2", "3"]
    assert "HUBBARD" not in text
    assert "lda_plus_u       = .true." in text


def test_espresso_slab(tmp_path: Path) -> None:
    export(aluminium_slab(), "espresso", tmp_path / "job", task="relax", vdw=True)
    text = (tmp_path / "job" / "pw.in").read_text()
    for words in ("tefield", "dipfield", "edir             = 3", "'mv'", "'dft-d3'"):
        assert words in text
    where = float(re.search(r"emaxpos *= (\S+)", text)[1])
    heights = aluminium_slab().get_scaled_positions()[:, 2]
    assert where + 0.05 < heights.min() or where > heights.max()
    assert read(tmp_path / "job" / "pw.in").constraints[0].get_indices().tolist() == [0, 1]


def test_abinit(tmp_path: Path) -> None:
    atoms = load("nafepo4").to_atoms()
    result = export(atoms, "abinit", tmp_path / "job", magnetic_order="antiferro")
    text = (tmp_path / "job" / "run.abi").read_text()
    assert result.needs["Fe"] == "pseudo/Fe.xml"  # +U needs PAW
    types = numbers(text, "typat", len(atoms))
    nuclei = numbers(text, "znucl", 4)
    assert [nuclei[int(t) - 1] for t in types] == atoms.numbers.tolist()
    spins = np.array(numbers(text, "spinat", 3 * len(atoms))).reshape(-1, 3)
    assert (np.abs(spins[:, 2]) == np.where(atoms.numbers == 26, 4, 0)).all()
    assert spins.sum() == 0
    assert numbers(text, "upawu", 4) == [0, 5.3, 0, 0]
    scaled = np.array(numbers(text, "xred", 3 * len(atoms))).reshape(-1, 3)
    vectors = np.array(numbers(text, "rprim", 9)).reshape(3, 3)
    assert abs(scaled @ vectors - atoms.positions).max() < 1e-8
    assert export(load("si").to_atoms(), "abinit", None).needs == {"Si": "pseudo/Si.psp8"}


def test_abinit_slab(tmp_path: Path) -> None:
    result = export(aluminium_slab(), "abinit", tmp_path / "job", task="relax")
    text = (tmp_path / "job" / "run.abi").read_text()
    assert numbers(text, "iatfix", 2) == [1, 2]
    assert numbers(text, "occopt", 1) == [4]
    assert any("no dipole correction" in note for note in result.notes)
    assert result.dipole is None


def test_cp2k(tmp_path: Path) -> None:
    atoms = load("nafepo4").to_atoms()
    with pytest.raises(IonsmithError, match=r"U at Γ alone, .*k-points 3 4 5: take a supercell"):
        export(atoms, "cp2k", tmp_path / "job", task="relax")
    export(atoms, "cp2k", tmp_path / "job", task="relax", kpoints=(1, 1, 1))
    text = (tmp_path / "job" / "cp2k.inp").read_text()
    assert "MULTIPLICITY 17" in text  # four Fe2+ with four unpaired electrons each
    assert "&KPOINTS" not in text
    assert text.count("U_MINUS_J [eV] 5.3") == 1
    export(atoms, "cp2k", tmp_path / "anti", magnetic_order="antiferro", use_hubbard=False)
    text = (tmp_path / "anti" / "cp2k.inp").read_text()
    assert "MULTIPLICITY 1\n" in text
    assert re.findall(r"MAGNETIZATION (\S+)", text) in (["4", "-4"], ["-4", "4"])
    assert "SCHEME MACDONALD" in text


def test_cp2k_slab(tmp_path: Path) -> None:
    atoms = aluminium_slab().repeat((2, 1, 1))
    export(atoms, "cp2k", tmp_path / "job", task="relax", kpoints=(1, 1, 1))
    text = (tmp_path / "job" / "cp2k.inp").read_text()
    assert re.findall(r"LIST (\S+)", text) == ["1..2", "5..6"]
    assert "SURF_DIP_DIR Z" in text
    assert "FERMI_DIRAC" in text


def test_gpaw_is_a_script(tmp_path: Path) -> None:
    export(load("nafepo4").to_atoms(), "gpaw", tmp_path / "job", task="relax-cell")
    text = (tmp_path / "job" / "run.py").read_text()
    compile(text, "run.py", "exec")
    assert '"Fe": ":d,5.3"' in text
    export(aluminium_slab(), "gpaw", tmp_path / "slab", vdw=True, task="relax")
    text = (tmp_path / "slab" / "run.py").read_text()
    compile(text, "run.py", "exec")
    assert '"dipolelayer": 2' in text
    assert "atoms.pbc = [True, True, False]" in text


def test_lammps(tmp_path: Path) -> None:
    atoms = load("sio2").to_atoms()
    export(atoms, "lammps", tmp_path / "job", task="relax-cell")
    again = read(tmp_path / "job" / "structure.data", format="lammps-data", atom_style="charge")
    assert (again.numbers == atoms.numbers).all()
    charges = np.where(atoms.numbers == 14, 2.4, -1.2)  # Pedone et al. 2006, table 1
    assert again.get_initial_charges() == pytest.approx(charges)
    potential = (tmp_path / "job" / "potential.in").read_text()
    # Si-O: D 0.340554 eV, a 2.006700 1/Å, r0 2.100000 Å, C 1.0 eV Å^12 (same table)
    assert "pair_coeff 1 2 pedone 0.340554 2.006700 2.100000 1.000000" in potential


def test_lammps_refuses_what_it_has_no_force_field_for(tmp_path: Path) -> None:
    for name, words in (("na3sb", "no Na of unknown charge"), ("v2o5", r"no V\+5")):
        with pytest.raises(IonsmithError, match=words):
            export(f"lib:{name}", "lammps", tmp_path / "job")
    with pytest.raises(IonsmithError, match="LAMMPS commands"):
        export(load("na3sb").to_atoms(), "lammps", tmp_path / "job", potential="nofile")
    own = tmp_path / "zero.in"
    own.write_text("pair_style zero 5.0\npair_coeff * *\n")
    export(load("na3sb").to_atoms(), "lammps", tmp_path / "job", potential=str(own))
    assert (tmp_path / "job" / "potential.in").read_text() == own.read_text()


def test_u_acts_on_the_shell_of_the_element(tmp_path: Path) -> None:
    """Not on 3d of oxygen; the numbers are those of the codes' manuals (p 1, d 2, f 3)."""
    from pymatgen.io.vasp.inputs import Incar

    atoms = load("nafepo4").to_atoms()
    for code in ("vasp", "cp2k", "abinit", "gpaw"):
        export(atoms, code, tmp_path / code, hubbard={"O": 3, "Fe": 4}, kpoints=(1, 1, 1))
    incar = Incar.from_file(tmp_path / "vasp" / "INCAR")
    symbols = (tmp_path / "vasp" / "POTCAR.spec").read_text().split()
    shells = dict(zip(symbols, incar["LDAUL"], strict=True))
    assert shells == {"Na_pv": -1, "Fe_pv": 2, "P": -1, "O": 1}
    text = (tmp_path / "cp2k" / "cp2k.inp").read_text()
    assert re.findall(r"L (\d)\n +U_MINUS_J \[eV\] (\d)", text) == [("2", "4"), ("1", "3")]
    text = (tmp_path / "abinit" / "run.abi").read_text()
    values = dict(zip(symbols, numbers(text, "lpawu", 4), strict=True))
    assert values == {"Na_pv": -1, "Fe_pv": 2, "P": -1, "O": 1}
    assert '"O": ":p,3"' in (tmp_path / "gpaw" / "run.py").read_text()
    export(atoms, "espresso", tmp_path / "espresso", hubbard={"O": 3})
    assert "-2p 3" in (tmp_path / "espresso" / "pw.in").read_text()


def test_lammps_shears_a_box_that_stands_upright(tmp_path: Path) -> None:
    """``fix box/relax tri`` refuses a data file without tilt factors."""
    export(load("nafepo4").to_atoms(), "lammps", tmp_path / "job", task="relax-cell")
    assert "xy xz yz" in (tmp_path / "job" / "structure.data").read_text()


def test_a_force_field_does_not_count_electrons() -> None:
    odd = load("na2o").to_atoms()
    del odd[0]
    with pytest.raises(IonsmithError, match="odd number of electrons"):
        export(odd, "vasp", None)
    assert export(odd, "lammps", None).code == "lammps"


def test_oxygen_on_a_metal_is_smeared() -> None:
    """An anion makes no insulator: a slab of Al with one O has no gap."""
    slab = aluminium_slab().repeat((2, 2, 1))
    slab += Atoms("O", positions=[slab.positions[-1] + (0, 0, 1.8)])
    result = export(slab, "vasp", None)
    assert result.smearing == "gaussian"
    assert any("formal charges not known" in note for note in result.notes)
    oxide = load("al2o3").to_atoms()
    assert export(oxide, "vasp", None).smearing == "fixed"
    del oxide[next(atom.index for atom in oxide if atom.symbol == "O")]
    result = export(oxide, "vasp", None)
    assert any("formal charges add up to +2" in note for note in result.notes)


UPF = """<UPF version="2.0.1"><PP_HEADER element="Ru" pseudo_type="{kind}"
 z_valence="1.600000000000000E+001" wfc_cutoff="{waves}" rho_cutoff="{density}"/>
<PP_PSWFC>{orbitals}</PP_PSWFC></UPF>"""


def test_a_given_potential_says_its_valence_and_cutoffs(tmp_path: Path) -> None:
    """Also of elements that no table here has: 47 and 227 Ry of the file, 16 electrons."""
    ruthenium = bulk("Ru")
    file = tmp_path / "Ru.UPF"
    for kind, waves, density, expected in (
        ("USPP", "4.7e+001", "2.27e+002", (47, 8 * 47)),
        ("PAW", "4.7D+001", "6.00D+002", (47, 600)),
        ("NC", "4.7E1", "0.0", (47, 4 * 47)),
    ):
        file.write_text(UPF.format(kind=kind, waves=waves, density=density, orbitals=""))
        settings = export(ruthenium, "espresso", None, pseudo_dir=tmp_path).settings
        assert (settings["ecutwfc (Ry)"], settings["ecutrho (Ry)"]) == expected
    old = "  16.00000000000      Z valence\n  27.476    300.0 Suggested cutoff for wfc and rho\n"
    file.write_text(f"<PP_HEADER>\n{old}</PP_HEADER>")
    settings = export(ruthenium, "espresso", None, pseudo_dir=tmp_path).settings
    assert (settings["ecutwfc (Ry)"], settings["ecutrho (Ry)"]) == (27.476, 300)
    file.write_text(UPF.format(kind="NC", waves="0.0", density="0.0", orbitals=""))
    (tmp_path / "Ru.psp8").write_text("Ru\n44.0 16.0 180420 zatom,zion,pspd\n8 11 3 4 600 0\n")
    for code in ("espresso", "abinit"):
        with pytest.raises(IonsmithError, match=r"Ru\.(UPF|psp8) suggests no cutoff.*`cutoff`"):
            export(ruthenium, code, None, pseudo_dir=tmp_path)
        export(ruthenium, code, None, pseudo_dir=tmp_path, cutoff=600)
        with pytest.raises(IonsmithError, match=r"give the folder with Ru\.(upf|psp8) as"):
            export(ruthenium, code, None)


def test_u_needs_an_orbital_of_the_potential(tmp_path: Path) -> None:
    """pw.x projects on the orbitals of the UPF, of which GTH potentials have none."""
    atoms = bulk("FeO", "rocksalt", a=4.33)
    (tmp_path / "O.UPF").write_text('<PP_HEADER pseudo_type="NC" z_valence="6.0"/>')
    file = tmp_path / "Fe.UPF"
    for orbitals, words in (
        (
            '<PP_CHI.1 size="9" label="4S" l="0"> 1 </PP_CHI.1>',
            r"Fe\.UPF has no .* 3D .*\(it has 4S\)",
        ),
        ("", r"\(it has none\)"),
    ):
        file.write_text(UPF.format(kind="NC", waves="80", density="0", orbitals=orbitals))
        with pytest.raises(IonsmithError, match=words):
            export(atoms, "espresso", None, pseudo_dir=tmp_path)
        export(atoms, "espresso", None, pseudo_dir=tmp_path, use_hubbard=False)
    for orbitals in (
        '<PP_CHI.1\nlabel="3D"\nl="2" > 1 </PP_CHI.1>',
        "\n3D    2  6.00          Wavefunction\n",
    ):
        file.write_text(UPF.format(kind="NC", waves="80", density="0", orbitals=orbitals))
        assert export(atoms, "espresso", None, pseudo_dir=tmp_path).hubbard == {"Fe": 5.3}


def polar_slab() -> Atoms:
    """One layer of LiF (111), 12 Å apart."""
    a = 2.85
    return Atoms(
        "LiF",
        positions=[[0, 0, 0], [a / 2, a / np.sqrt(12), 1.2]],
        cell=[[a, 0, 0], [a / 2, a * np.sqrt(3) / 2, 0], [0, 0, 12]],
        pbc=True,
    )


@pytest.mark.parametrize("kind", ["upright", "along a", "tilted", "turned"])
def test_cp2k_corrects_along_a_cartesian_axis(kind: str, tmp_path: Path) -> None:
    """CP2K wants the surface perpendicular to the axis; forces come home turned back."""
    import json

    from ionsmith.crystals.files import restored

    atoms = polar_slab()
    if kind == "along a":
        atoms.set_cell(atoms.cell.array[[2, 0, 1]])
    if kind == "tilted":
        atoms.set_cell(atoms.cell.array + np.array([[0, 0, 0], [0, 0, 0], [0.9, 0.7, 0]]))
    if kind in ("tilted", "turned"):
        atoms.rotate(33, (1, 2, 3), rotate_cell=True)
    result = export(atoms, "cp2k", tmp_path / "job")
    text = (tmp_path / "job" / "cp2k.inp").read_text()
    axis = "abc".index(result.dipole or "")
    assert f"SURF_DIP_DIR {'XYZ'[axis]}" in text
    cell = np.array(
        [line.split()[1:] for line in text.splitlines() if re.match(r" +[ABC] +-?\d", line)],
        dtype=float,
    )
    assert abs(np.delete(cell[:, axis], axis)).max() == 0
    assert cell @ cell.T == pytest.approx(atoms.cell.array @ atoms.cell.array.T, abs=1e-6)
    assert np.linalg.det(cell) > 0
    manifest = json.loads((tmp_path / "job" / "ionsmith.json").read_text())
    assert ("rotation" in manifest) == (kind != "upright")
    places = [line.split()[1:] for line in text.splitlines() if re.match(r" +(Li|F) ", line)]
    turned = Atoms("LiF", positions=np.array(places, dtype=float), cell=cell, pbc=True)
    bond = turned.positions[1] - turned.positions[0]
    turned.calc = SinglePointCalculator(turned, energy=-1.0, forces=[bond, -bond])
    home = restored(atoms, manifest, turned, "cp2k.out")
    assert home.positions == pytest.approx(atoms.positions)
    # forces along the bond stay along the bond
    assert home.get_forces()[0] == pytest.approx(atoms.positions[1] - atoms.positions[0], abs=1e-6)


def test_an_odd_metal_is_not_magnetic(tmp_path: Path) -> None:
    """Seven layers of Na have 77 electrons; VASP would start every atom at 1 μB."""
    from pymatgen.io.vasp.inputs import Incar

    slab = bcc110("Na", (1, 1, 7), vacuum=8)
    slab.info = {}
    export(slab, "vasp", tmp_path / "vasp")
    incar = Incar.from_file(tmp_path / "vasp" / "INCAR")
    assert (incar["ISPIN"], incar["ISMEAR"], incar["SIGMA"]) == (1, 1, 0.2)
    assert "MAGMOM" not in incar
    for name, smearing in (("si", 0), ("na3sb", 0), ("na", 1)):
        export(load(name).to_atoms(), "vasp", tmp_path / name)
        incar = Incar.from_file(tmp_path / name / "INCAR")
        assert (incar["ISMEAR"], incar["SIGMA"]) == (smearing, 0.2 if smearing else 0.05)
        assert incar["LREAL"] is False
    with pytest.raises(IonsmithError, match="odd number"):
        export(load("sio2").to_atoms(), "vasp", None, charge=1)
    quartz = load("sio2").to_atoms()
    result = export(quartz, "vasp", tmp_path / "hole", charge=1, smearing="gaussian")
    incar = Incar.from_file(tmp_path / "hole" / "INCAR")
    assert (incar["ISPIN"], sum(incar["MAGMOM"])) == (2, pytest.approx(1, abs=0.01))
    assert sum("uniform background compensates the charge of +1 e" in n for n in result.notes) == 1


def test_gpaw_static_computes_forces(tmp_path: Path) -> None:
    export(load("si").to_atoms(), "gpaw", tmp_path / "job")
    assert "atoms.get_forces()" in (tmp_path / "job" / "run.py").read_text()


def test_cp2k_converges_alike_in_every_cell(tmp_path: Path) -> None:
    """EPS_SCF is a gradient, or an error of the density matrix: no sum over atoms."""
    values = set()
    for n in (1, 3):
        export(bulk("MgO", "rocksalt", a=4.2).repeat((n, 1, 1)), "cp2k", tmp_path / str(n))
        text = (tmp_path / str(n) / "cp2k.inp").read_text()
        values |= {float(x) for x in re.findall(r"EPS_SCF (\S+)", text)}
    assert values == {1e-6}


def held_in_part() -> Atoms:
    """Cubic Al whose second atom is free along z alone, and whose third is held."""
    atoms = bulk("Al", "fcc", a=4.05, cubic=True)
    atoms.set_constraint([FixAtoms([2]), FixCartesian([1], mask=(True, True, False))])
    return atoms


def test_components_that_are_held(tmp_path: Path) -> None:
    from pymatgen.io.vasp.inputs import Poscar

    atoms = held_in_part()
    for code in ("vasp", "espresso", "cp2k", "abinit", "gpaw"):
        result = export(atoms, code, tmp_path / code, task="relax")
        assert (result.n_frozen, result.n_partly_frozen) == (1, 1)
    free = Poscar.from_file(tmp_path / "vasp" / "POSCAR", check_for_potcar=False).selective_dynamics
    expected = [[True] * 3, [False, False, True], [False] * 3, [True] * 3]
    assert np.array(free).tolist() == expected
    lines = (tmp_path / "espresso" / "pw.in").read_text().split("ATOMIC_POSITIONS")[1]
    found = [line.split()[4:] for line in lines.splitlines()[1:5]]
    assert found == [[], ["0", "0", "1"], ["0", "0", "0"], []]
    text = (tmp_path / "cp2k" / "cp2k.inp").read_text()
    assert re.findall(r"COMPONENTS_TO_FIX (\w+)\s+LIST (\S+)", text) == [
        ("XYZ", "3..3"),
        ("XY", "2..2"),
    ]
    text = (tmp_path / "abinit" / "run.abi").read_text()
    assert [numbers(text, f"iatfix{axis}", 1) for axis in ("", "x", "y")] == [[3], [2], [2]]
    assert "iatfixz" not in text
    again = read(tmp_path / "gpaw" / "structure.extxyz")
    forces = np.ones((4, 3))
    for constraint in again.constraints:
        constraint.adjust_forces(again, forces)
    assert (forces == np.array(expected)).all()
    with pytest.raises(IonsmithError, match="lammps cannot hold an atom along some axes"):
        export(atoms, "lammps", None)


def test_components_in_a_hexagonal_cell(tmp_path: Path) -> None:
    """Free along c is free along z; free along a or x alone is the same only if a lies along x."""
    from pymatgen.io.vasp.inputs import Poscar

    atoms = bulk("Mg")
    for code in ("vasp", "espresso"):
        for n, constraint in enumerate(
            (FixScaled([1], (True, True, False)), FixCartesian([1], (True, True, False)))
        ):
            atoms.set_constraint(constraint)
            export(atoms, code, tmp_path / f"{code}{n}")
    for n in (0, 1):
        poscar = Poscar.from_file(tmp_path / f"vasp{n}" / "POSCAR", check_for_potcar=False)
        assert np.array(poscar.selective_dynamics).tolist()[1] == [False, False, True]
        assert " 0 0 1" in (tmp_path / f"espresso{n}" / "pw.in").read_text()
    atoms.set_constraint(FixScaled([1], (True, False, True)))  # free along b, 120° from x
    with pytest.raises(IonsmithError, match=r"along some axes only, .* with the Cartesian"):
        export(atoms, "espresso", None)
    atoms.set_constraint(FixCartesian([1], (True, False, True)))  # free along y
    with pytest.raises(IonsmithError, match="along which VASP holds"):
        export(atoms, "vasp", None)


def test_abinit_without_symmetry_where_the_mesh_breaks_it(tmp_path: Path) -> None:
    for mesh, uneven in (((2, 3, 4), True), ((3, 3, 3), False)):
        result = export(bulk("Si"), "abinit", tmp_path / f"{mesh[0]}", kpoints=mesh)
        text = (tmp_path / f"{mesh[0]}" / "run.abi").read_text()
        assert ("nsym 1" in text) is uneven
        assert any("break the symmetry" in note for note in result.notes) is uneven
