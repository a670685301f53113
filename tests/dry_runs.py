"""Let each code read what was exported for it, up to the first step of its work."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "CP2K_DATA_DIR": os.environ.get("CP2K_DATA_DIR", "/usr/share/cp2k"),
}
GTH_TABLE = Path(ENVIRONMENT["CP2K_DATA_DIR"]) / "GTH_POTENTIALS"
PROGRAMS = {
    "espresso": ("pw.x", "-in", "pw.in"),
    "cp2k": ("cp2k.psmp", "-c", "cp2k.inp"),
    "abinit": ("abinit", "dry.abi", "--dry-run"),
    "gpaw": ("gpaw", "python", "--dry-run=1", "run.py"),
    "lammps": ("lmp", "-skiprun", "-in", "run.in"),
}
"""What each code is called and asked; VASP's input is read by pymatgen instead."""


@dataclass(frozen=True)
class Verdict:
    """What a code said of its input."""

    accepted: bool
    output: str
    seconds: float


def dry_run(code: str, folder: Path, timeout: float = 600) -> Verdict:
    """Let a code read its input in an exported folder."""
    begin = time.perf_counter()
    if code == "vasp":
        reason = read_vasp(folder)
        return Verdict(not reason, reason, time.perf_counter() - begin)
    if code == "espresso":
        # pw.x stops after its set-up when it finds this file, and exits as if something failed.
        (folder / "out").mkdir(exist_ok=True)
        (folder / "out" / "ionsmith.EXIT").touch()
    if code == "abinit":  # which else refuses what this machine's memory does not hold
        (folder / "dry.abi").write_text((folder / "run.abi").read_text() + "mem_test 0\n")
    words = PROGRAMS[code]
    program = shutil.which(words[0])
    assert program is not None, f"{words[0]} is not installed"
    try:
        done = subprocess.run(
            [program, *words[1:]],
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return Verdict(False, f"no answer in {timeout:g} s", timeout)
    output = done.stdout + done.stderr
    accepted = done.returncode == 0
    if code == "espresso":
        accepted = "JOB DONE" in output and "number of k points" in output
    return Verdict(accepted, output, time.perf_counter() - begin)


def run(code: str, folder: Path) -> Verdict:
    """Let a code do the whole calculation."""
    words = [
        "run.abi" if word == "dry.abi" else word
        for word in PROGRAMS[code]
        if word not in ("--dry-run", "--dry-run=1", "-skiprun", "-c")
    ]
    done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    names = {"espresso": "pw.out", "cp2k": "cp2k.out"}
    if code in names:
        (folder / names[code]).write_text(done.stdout)
    return Verdict(done.returncode == 0, done.stdout + done.stderr, 0.0)


def read_vasp(folder: Path) -> str:
    """Read VASP's input back by pymatgen and compare; return what differs."""
    from pymatgen.io.vasp.inputs import Incar, Kpoints, Poscar

    from ionsmith.exporters import read_back

    structure = Poscar.from_file(folder / "POSCAR", check_for_potcar=False).structure
    incar = Incar.from_file(folder / "INCAR")
    problems = incar.check_params() or ""
    atoms = read_back(folder)
    again = read_back(folder, "POSCAR")
    if abs(again.positions - atoms.positions).max() > 1e-6:
        return "the positions differ"
    if len(incar.get("MAGMOM", structure)) != len(structure):
        return "MAGMOM has another length"
    if "MAGMOM" in incar and not np.isclose(
        sum(incar["MAGMOM"]), atoms.get_initial_magnetic_moments().sum()
    ):
        return "the moments differ"
    if Kpoints.from_file(folder / "KPOINTS").style.name != "Gamma":
        return "the k-points are not centred at Γ"
    labels = (folder / "POTCAR.spec").read_text().split()
    symbols = list(dict.fromkeys(site.specie.symbol for site in structure))
    return str(problems) if [label.split("_")[0] for label in labels] == symbols else "POTCAR"
