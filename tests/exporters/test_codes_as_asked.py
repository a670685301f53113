"""An exported input is edited, the code runs, and nothing of it is read back without a word."""

import json
import re
import shutil
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import bulk
from ase.units import Rydberg

from dry_runs import run
from ionsmith.crystals.files import check_as_asked, read_structure
from ionsmith.errors import UnreadableFile
from ionsmith.exporters import export, read_back

pytestmark = pytest.mark.codes
ABINIT_PAW = Path("/usr/share/abinit/psp/Pseudodojo_paw_pbe_standard")
ESPRESSO = Path("/usr/share/espresso/pseudo")

FEW_STEPS = {
    "espresso": ("pw.in", "mixing_beta", "electron_maxstep = 1\n   mixing_beta"),
    "cp2k": ("cp2k.inp", "MAX_SCF 200", "MAX_SCF 1"),
    "abinit": ("run.abi", "nstep 100", "nstep 2"),
    "gpaw": ("run.py", "maxiter=333", 'eigensolver={"name": "dav", "niter": 1}, maxiter=333'),
}
"""Input, and what is replaced in it so that the code stops soon."""

EDITS = {
    "espresso": {
        r"nat  .*\n": "nat = 1\n",
        r"O  *2\.165.*\n": "",
        r"nspin  .*\n": "nspin = 1\n   tot_charge = 1.0\n",
        r"   lda_plus_u .*\n": "",
        r"   vdw_corr .*\n": "",
        r"ecutwfc  .*\n": "ecutwfc = 20.0\n",
        "2 2 2  0 0 0": "2 2 1  0 0 0",
    },
    "cp2k": {
        r"    O 2\.165.*\n": "",
        r"UKS .TRUE.": "UKS .FALSE.",
        r"MULTIPLICITY \d": "MULTIPLICITY 1",
        r"CHARGE 0": "CHARGE 2",
        r"U_MINUS_J \[eV\] 5.3": "U_MINUS_J [eV] 4.3",
        r"CUTOFF 300": "CUTOFF 200",
        r"(?s)&VDW_POTENTIAL.*&END VDW_POTENTIAL": "",
    },
    "abinit": {
        "natom 2": "natom 1",
        r"nsppol 2\nnspden 2": "nsppol 1\nnspden 1\ncellcharge 1",
        "usepawu 1": "usepawu 0",
        r"vdw_xc 7.*\n": "",
        r"ecut [\d.]+": "ecut 9",
        "ngkpt 2 2 2": "ngkpt 3 3 3",
    },
    "gpaw": {
        r"atoms = read\(.*\n": 'atoms = read("structure.extxyz")[:1]\n',
        "spinpol=True": "spinpol=False, charge=1",
        r"PW\(250\)": "PW(200)",
        ":d,5.3": ":d,4.3",
        r"\(2, 2, 2\)": "(1, 2, 2)",
        r"= SumCalculator.*": "= calc",
    },
}
"""Patterns in the input of rock-salt FeO, and what takes their place."""

ASKED = {
    "number of atoms": "2 asked, 1 in",
    r"charge of the cell \(e\)": r"0 asked, [12] in",
    "number of spins": "2 asked, 1 in",
    r"U \(eV\)": r"Fe 5.3 asked, (none|Fe 4.3) in",
    "cutoff": r"[\d.]+ asked, [\d.]+ in",
    "k-points": "2 2 2 asked, ",
    "D3 dispersion": "yes asked, no in",
}


def iron_oxide() -> Atoms:
    return bulk("FeO", "rocksalt", a=4.33)


def exported(code: str, folder: Path) -> Path:
    """FeO with spin, U and D3; CP2K, which has U at Γ alone, gets one k-point."""
    options: dict[str, object] = {"protocol": "fast", "cutoff": 250, "vdw": True}
    options["kpoints"] = (1, 1, 1) if code == "cp2k" else (2, 2, 2)
    if code == "cp2k":
        options["cutoff"] = 300 * Rydberg
    if code in ("espresso", "abinit"):
        potentials = folder / "potentials"
        potentials.mkdir()
        options["pseudo_dir"] = potentials
        for symbol, name in (("Fe", "Fe.pbe-spn-rrkjus_psl.0.2.1"), ("O", "O.pbe-rrkjus")):
            if code == "espresso":
                shutil.copy(ESPRESSO / f"{name}.UPF", potentials / f"{symbol}.UPF")
            else:
                shutil.copy(ABINIT_PAW / f"{symbol}.xml", potentials)
    if code == "espresso":
        options["syntax"] = "6.7"
    export(iron_oxide(), code, folder / "job", **options)
    return folder / "job"


def edit(file: Path, edits: dict[str, str]) -> None:
    text = file.read_text()
    for pattern, new in edits.items():
        assert re.search(pattern, text), pattern
        text = re.sub(pattern, lambda _, new=new: new, text)
    file.write_text(text)


OUTPUTS = {"espresso": "pw.out", "cp2k": "cp2k.out", "abinit": "run.abo", "gpaw": "result.extxyz"}


@pytest.mark.parametrize("code", sorted(EDITS))
def test_what_a_code_did_otherwise_is_named(code: str, tmp_path: Path) -> None:
    """Atoms, charge, spin, U, cutoff, k-points and D3, all of them edited before the run."""
    folder = exported(code, tmp_path)
    name, old, new = FEW_STEPS[code]
    edit(folder / name, {re.escape(old): new, **EDITS[code]})
    verdict = run(code, folder)
    if code == "gpaw":
        assert verdict.accepted, verdict.output[-3000:]
    with pytest.raises(UnreadableFile, match="did not do what was asked") as caught:
        read_back(folder, OUTPUTS[code])
    for what, difference in ASKED.items():
        if (code, what) != ("cp2k", "k-points"):
            assert re.search(f"{what} {difference}", str(caught.value)), (what, caught.value)


MOMENTS = {
    "espresso": (r"starting_magnetization\(1\) = ", "starting_magnetization(1) = -"),
    "cp2k": ("MULTIPLICITY 5", "MULTIPLICITY 3"),
    "abinit": ("0 0 4", "0 0 2"),
    "gpaw": (r"calc = GPAW\(", "atoms.set_initial_magnetic_moments([-4, 0])\ncalc = GPAW("),
}


@pytest.mark.parametrize("code", sorted(EDITS))
def test_other_moments_are_named(code: str, tmp_path: Path) -> None:
    """As exported the start is that of Fe2+, 4 Bohr magnetons; then it is another one."""
    folder = exported(code, tmp_path)
    name, old, new = FEW_STEPS[code]
    edit(folder / name, {re.escape(old): new})
    run(code, folder)
    manifest = json.loads((folder / "ionsmith.json").read_text())
    check_as_asked(read_back(folder), manifest, folder / OUTPUTS[code])
    edit(folder / name, dict([MOMENTS[code]]))
    for file in folder.glob("run.abo*"):
        file.unlink()
    run(code, folder)
    words = {"cp2k": "multiplicity 5 asked, 3", "abinit": r"\(μB\) 4 4 asked, 2 2 in"}
    with pytest.raises(UnreadableFile, match=words.get(code, r"\(μB\) 4 4 asked, -4 4 in")):
        check_as_asked(read_back(folder), manifest, folder / OUTPUTS[code])


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ({"potential.in": {"pair_coeff 1 2": "pair_coeff 1 2 coul/long\npair_coeff 1 2"}},
         "potential.in is another file"),
        ({"run.in": {"run 0": "run 1"}}, "run.in is another file"),
        ({"structure.data": {"2 +atoms": "1 atoms", "     2   2  -1.2.*\n": ""}},
         "number of atoms 2 asked, 1 in the output, input as exported asked, structure.data is"),
    ],
)  # fmt: skip
def test_lammps_with_another_input(
    edited: dict[str, dict[str, str]], words: str, tmp_path: Path
) -> None:
    export(bulk("MgO", "rocksalt", a=4.2), "lammps", tmp_path / "job")
    assert run("lammps", tmp_path / "job").accepted
    assert read_structure(str(tmp_path / "job")).get_potential_energy() < 0
    kept = {name: (tmp_path / "job" / name).read_bytes() for name in edited}
    for name, edits in edited.items():
        edit(tmp_path / "job" / name, edits)
    assert run("lammps", tmp_path / "job").accepted
    with pytest.raises(UnreadableFile, match=words):
        read_structure(str(tmp_path / "job"))
    # with the exported files put back, the log tells what LAMMPS was given
    for name, content in kept.items():
        (tmp_path / "job" / name).write_bytes(content)
    if "potential.in" in edited:
        return  # it repeats each line of that file, and one more
    with pytest.raises(UnreadableFile, match=r"no 'run 0' in log|number of atoms 2 asked"):
        read_structure(str(tmp_path / "job"))
