"""The codes themselves read what was exported: a fixed sample (``pytest -m codes``)."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from ase.constraints import FixAtoms, FixCartesian
from ase.data import atomic_numbers
from ase.units import GPa, Rydberg

from dry_runs import GTH_TABLE, PROGRAMS, Verdict, dry_run, run
from gth_potentials import write_gth
from ionsmith.builders.slab import build_slab
from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure
from ionsmith.errors import UnreadableFile
from ionsmith.exporters import export, read_back

pytestmark = pytest.mark.codes
ABINIT_PAW = Path("/usr/share/abinit/psp/Pseudodojo_paw_pbe_standard")
ESPRESSO_IRON = Path("/usr/share/espresso/pseudo/Fe.pbe-spn-rrkjus_psl.0.2.1.UPF")


def structure(name: str) -> Atoms:
    """A crystal of the library, or a slab with its lower half held."""
    if name != "slab":
        return load(name).to_atoms()
    atoms = fcc111("Al", (1, 1, 4), vacuum=8)
    atoms.info = {}
    atoms.pbc = (True, True, False)
    atoms.set_constraint(FixAtoms(indices=[0, 1]))
    return atoms


def written(code: str, atoms: Atoms, folder: Path, **options: object) -> Verdict:
    if code in ("espresso", "abinit") and "pseudo_dir" not in options:
        potentials = folder / "gth"
        potentials.mkdir()
        write_gth(sorted(set(atoms.get_chemical_symbols())), GTH_TABLE, potentials)
        options |= {"pseudo_dir": potentials, "use_hubbard": False}
    export(atoms, code, folder / "job", **({"protocol": "fast"} | options))
    return dry_run(code, folder / "job")


@pytest.mark.parametrize(
    ("code", "task"),
    [("gpaw", "static")]  # its dry run goes no farther with the others
    + [(c, t) for c in sorted(set(PROGRAMS) - {"gpaw"}) for t in ("static", "relax", "relax-cell")],
)
def test_tasks(code: str, task: str, tmp_path: Path) -> None:
    verdict = written(code, structure("sio2"), tmp_path, task=task)
    assert verdict.accepted, verdict.output[-3000:]


@pytest.mark.parametrize(
    ("code", "name"),
    [("gpaw", "na3sb"), ("gpaw", "slab"), ("gpaw", "v2o5")]
    + [
        (code, name)
        for code in ("espresso", "cp2k", "abinit")
        for name in ("na3sb", "slab", "fepo4", "nah2po4")
    ],
)
def test_sample(code: str, name: str, tmp_path: Path) -> None:
    options: dict[str, object] = {"vdw": code != "gpaw"}
    if code == "cp2k" and name == "fepo4":
        options["kpoints"] = (1, 1, 1)  # with U
    verdict = written(code, structure(name), tmp_path, task="relax", **options)
    assert verdict.accepted, verdict.output[-3000:]


def test_lammps_takes_a_slab_of_charges(tmp_path: Path) -> None:
    atoms = structure("sio2")
    atoms.center(vacuum=8, axis=2)
    atoms.pbc = (True, True, False)
    atoms.set_constraint(FixAtoms(indices=[0, 1]))
    verdict = written("lammps", atoms, tmp_path, task="relax")
    assert verdict.accepted, verdict.output[-3000:]
    assert run("lammps", tmp_path / "job").accepted
    assert (tmp_path / "job" / "relaxed.data").is_file()


@pytest.mark.parametrize("name", ["nafepo4", "sio2"])
def test_lammps_relaxes_positions_and_cell(name: str, tmp_path: Path) -> None:
    """To the limit of the forces and to no pressure, in a box that stands upright or leans."""
    for task in ("relax", "relax-cell"):
        export(load(name).to_atoms(), "lammps", tmp_path / task, task=task)
        assert run("lammps", tmp_path / task).accepted
        relaxed = read_structure(str(tmp_path / task))
        assert np.linalg.norm(relaxed.get_forces(), axis=1).max() < 0.02
    log = (tmp_path / "relax-cell" / "log.lammps").read_text()
    last = [line.split() for line in log.splitlines() if re.match(r" +\d+ +-", line)][-1]
    # In bar: forces of 0.02 eV/Å between planes of quartz, some 20 Å² for each atom, are 1,600.
    assert abs(float(last[3])) < 500


@pytest.mark.parametrize("code", sorted(PROGRAMS))
def test_a_misspelt_word_is_refused(code: str, tmp_path: Path) -> None:
    """So that a dry run says something."""
    assert written(code, structure("sio2"), tmp_path).accepted
    name = PROGRAMS[code][-2 if code == "abinit" else -1]
    name = "run.abi" if code == "abinit" else name
    file = tmp_path / "job" / name
    text = file.read_text()
    wrong = {
        "espresso": ("ecutwfc", "ecutwfx"),
        "cp2k": ("MULTIPLICITY", "MULTIPLE") if "MULTIPLICITY" in text else ("CHARGE", "CHARG"),
        "abinit": ("ngkpt", "ngkpx"),
        "gpaw": ("kpts=", "kptz="),
        "lammps": ("read_data", "read_dato"),
    }[code]
    assert wrong[0] in text
    file.write_text(text.replace(*wrong))
    shutil.rmtree(tmp_path / "job" / "out", ignore_errors=True)
    assert not dry_run(code, tmp_path / "job").accepted


@pytest.mark.parametrize(
    ("name", "symbol", "valence", "unpaired"),
    [("nafepo4", "Fe", 16, 4), ("nvp-ordered-dft", "V", 13, 2), ("fepo4", "Fe", 16, 5)],
)
def test_espresso_starts_from_the_moments(
    name: str, symbol: str, valence: int, unpaired: int, tmp_path: Path
) -> None:
    """Fe2+ d6, V3+ d2, Fe3+ d5, up and down, as pw.x prints them before it begins."""
    verdict = written("espresso", structure(name), tmp_path, magnetic_order="antiferro")
    assert verdict.accepted, verdict.output[-3000:]
    table = verdict.output.split("Starting magnetic structure")[1].split("Sym. Ops")[0]
    parts = [float(part) for part in re.findall(rf"{symbol}\d? +(-?\d\.\d+)", table)]
    # pw.x prints the part of the valence electrons with three decimals.
    assert sorted(part * valence for part in parts) == pytest.approx(
        [-unpaired, unpaired], abs=0.01
    )
    assert set(re.findall(r"^ +[A-Z][a-z]?\d? +0\.000$", table, flags=re.MULTILINE))


def test_abinit_takes_u_and_moments(tmp_path: Path) -> None:
    atoms = structure("nafepo4")
    potentials = tmp_path / "paw"
    potentials.mkdir()
    for symbol in ("Na", "Fe", "P", "O"):
        shutil.copy(ABINIT_PAW / f"{symbol}.xml", potentials)
    verdict = written("abinit", atoms, tmp_path, pseudo_dir=potentials, magnetic_order="antiferro")
    assert verdict.accepted, verdict.output[-3000:]
    echoed = (verdict.output + (tmp_path / "job" / "dry.abo").read_text()).split()
    assert echoed.count("spinat") >= 1
    start = echoed.index("spinat") + 1
    spins = np.array(echoed[start : start + 3 * len(atoms)], dtype=float).reshape(-1, 3)
    assert (np.abs(spins[:, 2]) == np.where(atoms.numbers == 26, 4, 0)).all()
    assert "usepawu" in echoed


def test_espresso_takes_u(tmp_path: Path) -> None:
    """The namelist form, as Debian's pw.x is 6.7; its own Fe has the orbitals that U needs."""
    potentials = tmp_path / "mixed"
    potentials.mkdir()
    write_gth(["Na", "P", "O"], GTH_TABLE, potentials)
    shutil.copy(ESPRESSO_IRON, potentials / "Fe.UPF")
    verdict = written(
        "espresso", structure("nafepo4"), tmp_path, pseudo_dir=potentials, syntax="6.7"
    )
    assert verdict.accepted, verdict.output[-3000:]
    assert re.search(r"Simplified LDA\+U calculation.*?Fe +2 +5\.3000", verdict.output, re.DOTALL)


def test_two_codes_solve_the_same_problem(tmp_path: Path) -> None:
    """With the same pseudopotentials energies and forces agree, and come home by our reader."""
    atoms = bulk("Si", "diamond", a=5.43)
    atoms.positions[1] += (0.05, -0.03, 0.02)
    write_gth(["Si"], GTH_TABLE, tmp_path)
    found = {}
    for code in ("espresso", "abinit"):
        export(
            atoms,
            code,
            tmp_path / code,
            protocol="fast",
            cutoff=40 * Rydberg,
            pseudo_dir=tmp_path,
        )
        verdict = run(code, tmp_path / code)
        assert verdict.accepted, verdict.output[-3000:]
        name = "pw.out" if code == "espresso" else "run.abo"
        home = read_back(tmp_path / code, name)
        found[code] = home.get_potential_energy(), home.get_forces()[0]
    assert found["espresso"][0] == pytest.approx(found["abinit"][0], abs=0.005)
    assert found["espresso"][1] == pytest.approx(found["abinit"][1], abs=0.01)
    assert np.abs(found["abinit"][1]).max() > 0.3


def skewed_silicon() -> Atoms:
    """Two atoms without any symmetry, the second displaced."""
    atoms = bulk("Si", "diamond", a=5.43)
    atoms.positions[1] += (0.08, -0.05, 0.03)
    strain = np.array([[0.01, 0.02, -0.01], [0.02, -0.01, 0.015], [-0.01, 0.015, 0.005]])
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain), scale_atoms=True)
    return atoms


def test_two_codes_find_the_same_stress(tmp_path: Path) -> None:
    write_gth(["Si"], GTH_TABLE, tmp_path)
    stress = {}
    for code in ("espresso", "abinit"):
        folder = tmp_path / code
        export(
            skewed_silicon(),
            code,
            folder,
            protocol="fast",
            smearing="fixed",
            cutoff=40 * Rydberg,
            pseudo_dir=tmp_path,
        )
        verdict = run(code, folder)
        assert verdict.accepted, verdict.output[-3000:]
        stress[code] = read_structure(str(folder)).get_stress() / GPa
    assert stress["espresso"] == pytest.approx(stress["abinit"], abs=0.1)
    assert np.abs(stress["abinit"][3:]).min() > 3  # shear that pw.x gets wrong from .gth files


@pytest.mark.parametrize("code", ["espresso", "abinit", "cp2k", "gpaw"])
def test_a_relaxation_comes_home(code: str, tmp_path: Path) -> None:
    """The displaced atom finds back, and what is held stays."""
    atoms = bulk("Si", "diamond", a=5.43)
    atoms.positions[1] += (0.08, -0.05, 0.03)
    atoms.set_constraint(FixAtoms(indices=[0]))
    given = {}
    if code in ("espresso", "abinit"):
        write_gth(["Si"], GTH_TABLE, tmp_path)
        given = {"pseudo_dir": tmp_path}
    export(atoms, code, tmp_path / "job", task="relax", protocol="fast", kpoints=(2, 2, 2), **given)
    verdict = run(code, tmp_path / "job")
    assert verdict.accepted, verdict.output[-3000:]
    home = read_structure(str(tmp_path / "job"))
    assert home.positions[0] == pytest.approx(atoms.positions[0], abs=1e-4)
    assert home.positions[1] == pytest.approx([5.43 / 4] * 3, abs=0.02)
    assert home.get_potential_energy() < -5
    assert np.abs(home.get_forces()).max() < 0.1


def iron_oxide() -> Atoms:
    """Rock-salt FeO: two atoms with U and a moment."""
    return bulk("FeO", "rocksalt", a=4.33)


def changed(folder: Path, name: str, old: str, new: str) -> None:
    """Edit an input after it was exported."""
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_pw_that_ignores_u_brings_nothing_home(tmp_path: Path) -> None:
    """pw.x 6.7 skips the card HUBBARD and finishes; the namelist it obeys, with its moments."""
    potentials = tmp_path / "potentials"
    potentials.mkdir()
    shutil.copy(ESPRESSO_IRON, potentials / "Fe.UPF")
    shutil.copy(ESPRESSO_IRON.with_name("O.pbe-rrkjus.UPF"), potentials / "O.UPF")
    options = {"protocol": "fast", "kpoints": (2, 2, 2), "cutoff": 450, "pseudo_dir": potentials}
    for syntax in ("7.1", "6.7"):
        export(iron_oxide(), "espresso", tmp_path / syntax, syntax=syntax, **options)
        assert run("espresso", tmp_path / syntax).accepted
    with pytest.raises(UnreadableFile, match=r"pw\.x 6\.7 did not .*U \(eV\) Fe 5\.3 asked, none"):
        read_structure(str(tmp_path / "7.1"))
    with pytest.raises(UnreadableFile, match="none in the output"):
        read_back(tmp_path / "7.1", "pw.out")
    home = read_structure(str(tmp_path / "6.7"))
    moments = home.get_magnetic_moments()
    output = (tmp_path / "6.7" / "pw.out").read_text()
    printed = re.findall(r"atom: +\d+ .*magn: +(-?[\d.]+)", output)[-2:]
    assert moments == pytest.approx([float(word) for word in printed])
    assert 3 < moments[0] < 4  # of Fe2+, in a sphere
    for old, new, words in (
        ("2 2 2  0 0 0", "2 2 1  0 0 0", "k-points 2 2 2 asked, 4 in"),
        (
            "nspin            = 2",
            "nspin            = 2\n   tot_charge       = 1.0",
            "charge .* 0 asked, 1 in",
        ),
    ):
        shutil.copytree(tmp_path / "6.7", tmp_path / "edited")
        changed(tmp_path / "edited", "pw.in", old, new)
        assert run("espresso", tmp_path / "edited").accepted
        with pytest.raises(UnreadableFile, match=words):
            read_structure(str(tmp_path / "edited"))
        shutil.rmtree(tmp_path / "edited")


def test_pw_reads_every_gth_potential(tmp_path: Path) -> None:
    """All PBE potentials of CP2K's table up to Rn: pw.x counts the electrons of the table."""
    heads = re.findall(
        r"^([A-Z][a-z]?) .*\sGTH-PBE(?: .*)?\n([\d ]+)$", GTH_TABLE.read_text(), re.M
    )
    electrons = {symbol: sum(map(int, row.split())) for symbol, row in heads}
    symbols = [s for s in electrons if atomic_numbers[s] <= 86]
    assert len(symbols) > 60
    write_gth(symbols, GTH_TABLE, tmp_path)
    failed = {}
    # ten species are the most that pw.x 6.7 takes
    for start in range(0, len(symbols), 8):
        group = symbols[start : start + 8]
        atoms = Atoms(group, positions=[(4.0 * n, 0, 0) for n in range(len(group))])
        atoms.set_cell([4.0 * len(group), 4, 4])
        atoms.pbc = True
        folder = tmp_path / str(start)
        options = {"smearing": "cold", "magnetic_order": "none", "kpoints": (1, 1, 1)}
        options |= {"use_hubbard": False}
        export(atoms, "espresso", folder, pseudo_dir=tmp_path, cutoff=100, **options)
        verdict = dry_run("espresso", folder)
        total = sum(electrons[symbol] for symbol in group)
        counted = re.search(r"number of electrons += +([\d.]+)", verdict.output)
        if not verdict.accepted or counted is None or float(counted[1]) != total:
            failed[" ".join(group)] = verdict.output[-500:]
    assert not failed


@pytest.mark.parametrize("code", ["espresso", "abinit", "cp2k", "gpaw"])
def test_an_atom_moves_along_one_axis_only(code: str, tmp_path: Path) -> None:
    """Off the centre of bcc Al, free along z alone: z changes, x and y stay."""
    atoms = bulk("Al", "bcc", a=3.24, cubic=True)
    atoms.positions[1] += (0.1, 0.1, 0.15)
    atoms.set_constraint([FixAtoms([0]), FixCartesian([1], mask=(True, True, False))])
    options: dict[str, object] = {"protocol": "fast", "kpoints": (2, 2, 2)}
    if code in ("espresso", "abinit"):
        write_gth(["Al"], GTH_TABLE, tmp_path)
        options |= {"pseudo_dir": tmp_path, "cutoff": 300}
    export(atoms, code, tmp_path / "job", task="relax", **options)
    assert run(code, tmp_path / "job").accepted
    home = read_structure(str(tmp_path / "job"))
    assert home.positions[1, :2] == pytest.approx(atoms.positions[1, :2], abs=1e-4)
    assert abs(home.positions[1, 2] - atoms.positions[1, 2]) > 0.02


def test_cp2k_corrects_the_dipole_in_any_setting(tmp_path: Path) -> None:
    """A layer of HF: with vacuum along a, tilted and turned it has the same energy and forces."""
    upright = Atoms(
        "HF", positions=[[1, 1, 4], [1, 1, 4.97]], cell=[3.5, 3.5, 9.5, 90, 90, 120], pbc=True
    )
    along_a, tilted = upright.copy(), upright.copy()
    along_a.set_cell(upright.cell.array[[2, 0, 1]])
    tilted.set_cell(upright.cell.array + np.array([[0, 0, 0], [0, 0, 0], [1.2, 0.8, 0]]))
    tilted.rotate(33, (1, 2, 3), rotate_cell=True)
    found = []
    for n, atoms in enumerate((upright, along_a, tilted)):
        folder = tmp_path / str(n)
        # with 400 Ry the forces would depend on how the grid lies
        options = {"protocol": "fast", "kpoints": (1, 1, 1), "cutoff": 800 * Rydberg}
        result = export(atoms, "cp2k", folder, **options)
        assert result.dipole == ("a" if n == 1 else "c")
        verdict = run("cp2k", folder)
        assert verdict.accepted, verdict.output[-3000:]
        home = read_structure(str(folder))
        bond = home.positions[1] - home.positions[0]
        force = home.get_forces()[1]
        found.append((home.get_potential_energy(), force @ bond))
        # along the bond, as far as the grid keeps the symmetry of the layer
        assert np.linalg.norm(np.cross(force, bond)) < 0.15 * np.linalg.norm(force)
    for energy, force in found[1:]:
        assert energy == pytest.approx(found[0][0], abs=0.02)
        assert force == pytest.approx(found[0][1], abs=0.12)


def test_a_neutral_slab_runs_in_two_codes(tmp_path: Path) -> None:
    """Three steps for NH4VO3 (001), whose severed VO4 chains end in OH: all electrons paired."""
    slab = build_slab("lib:nh4vo3", "(001)", thickness="1 plane", neutral=True, vacuum=8)
    assert slab.charge == 0
    assert slab.formula == "H20N4O14V4"
    electrons = 20 * 1 + 4 * 5 + 14 * 6 + 4 * 13  # of the GTH potentials
    write_gth(["H", "N", "O", "V"], GTH_TABLE, tmp_path)
    options = {"protocol": "fast", "kpoints": (1, 1, 1), "use_hubbard": False}
    few: dict[str, tuple[dict[str, object], str, str, str, str]] = {
        "espresso": (
            {"cutoff": 12 * Rydberg, "pseudo_dir": tmp_path, "syntax": "6.7"},
            "pw.in",
            "&ELECTRONS\n   electron_maxstep = 3",
            r"number of electrons += +([\d.]+)",
            r"^ +total energy +=(.*)Ry",
        ),
        "cp2k": (
            {"cutoff": 80 * Rydberg},
            "cp2k.inp",
            "&SCF",
            r"Number of electrons: +(\d+)",
            r"^ +[123] OT \S+ .* (-\d+\.\d+) +\S+$",
        ),
    }
    for code, (own, name, words, counted, stepped) in few.items():
        folder = tmp_path / code
        result = export(slab.atoms, code, folder, **options, **own)
        assert result.dipole == "c"
        text = (folder / name).read_text().replace(words.split("\n")[0], words, 1)
        text = text.replace("EPS_DEFAULT 1.0E-12", "EPS_DEFAULT 1.0E-8")
        text = text.replace("MAX_SCF 30\n", "MAX_SCF 3\n").replace("MAX_SCF 20\n", "MAX_SCF 1\n")
        (folder / name).write_text(text)
        output = run(code, folder).output
        assert sum(float(n) for n in re.findall(counted, output)) == electrons, output[-3000:]
        steps = re.findall(stepped, output, re.MULTILINE)
        assert len(steps) >= 3, output[-3000:]


def test_abinit_takes_meshes_that_break_the_symmetry(tmp_path: Path) -> None:
    """It stops at them with its own symmetries, as in this cell, twice as long as the hexagonal."""
    atoms = bulk("Si", "hcp", a=3.8, c=6.2).repeat((2, 1, 1))
    write_gth(["Si"], GTH_TABLE, tmp_path)
    options = {"protocol": "fast", "kpoints": (3, 5, 2), "cutoff": 100, "pseudo_dir": tmp_path}
    export(atoms, "abinit", tmp_path / "job", **options)
    assert run("abinit", tmp_path / "job").accepted
    assert read_structure(str(tmp_path / "job")).get_potential_energy() < -100
    for output in (tmp_path / "job").glob("run.abo*"):
        output.unlink()
    changed(tmp_path / "job", "run.abi", "nsym 1 ", "# ")
    verdict = run("abinit", tmp_path / "job")
    assert not verdict.accepted
