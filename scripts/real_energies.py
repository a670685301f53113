"""Real energies from exported folders as they are, and the same stress from two codes.

Si, NaCl and Na3Sb are exported by ``ionsmith export``, run by the line that each folder names, and
read back. GPAW brings its own PAW data; Quantum ESPRESSO and ABINIT get the same GTH potentials of
CP2K's data (Na with one electron), ABINIT in its own format and pw.x in UPF. From GPAW's energies
of Na, Sb and Na3Sb follows the formation energy. ``pw.x``, ``abinit``, ``gpaw`` and CP2K's data
must be installed; one core takes about ten minutes.

Run: python scripts/real_energies.py --table .github/energies.md
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.units import GPa, Rydberg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from gth_potentials import write_gth, write_gth_upf
from ionsmith.crystals.files import read_structure, write_structure

GTH_TABLE = Path(os.environ.get("CP2K_DATA_DIR", "/usr/share/cp2k")) / "POTENTIAL_UZH"
VALENCE = {"Na": 1, "Si": 4, "Cl": 7, "Sb": 5}
SHARED = ["--smearing", "gaussian", "--cutoff", f"{60 * Rydberg:.2f}"]
SAME = ("espresso", "abinit")
MESHES = {"na": (8, 8, 8), "sb": (8, 8, 3), "na3sb": (6, 6, 3)}

PUBLISHED = """| source | eV per atom |
| --- | --- |
| Materials Project (PBE), A. Jain et al., APL Mater. 1, 011002 (2013), doi:10.1063/1.4812323 | -0.438 |
| OQMD (PBE), S. Kirklin et al., npj Comput. Mater. 1, 15010 (2015), doi:10.1038/npjcompumats.2015.10 | -0.442 |
| experiment, Scientific Group Thermodata Europe, Landolt-Börnstein IV/19 (Springer, 1999) | -0.512 |

All three as the data tables of OQMD's program qmpy hold them (qmpy/data/thermodata)."""  # noqa: E501


def structures(folder: Path) -> dict[str, str]:
    """Write what the library does not have, and name everything for the command line."""
    salt = bulk("NaCl", "rocksalt", a=5.640)
    write_structure(str(folder / "nacl.extxyz"), salt)
    strain = np.array([[0.01, 0.02, -0.01], [0.02, -0.01, 0.015], [-0.01, 0.015, 0.005]])
    skewed = bulk("Si", "diamond", a=5.43)
    skewed.positions[1] += (0.08, -0.05, 0.03)
    skewed.set_cell(skewed.cell.array @ (np.eye(3) + strain), scale_atoms=True)
    write_structure(str(folder / "skewed.extxyz"), skewed)
    return {
        "si": "lib:si",
        "na": "lib:na",
        "sb": "lib:sb",
        "na3sb": "lib:na3sb",
        "nacl": str(folder / "nacl.extxyz"),
        "skewed si": str(folder / "skewed.extxyz"),
    }


def calculate(code: str, structure: str, folder: Path, options: list[str]) -> Atoms:
    """Export, run the folder's line, read what was found."""
    begin = time.perf_counter()
    words = ["export", code, structure, str(folder), "--protocol", "fast", "--json", *options]
    done = subprocess.run(
        [sys.executable, "-m", "ionsmith", *words], check=True, capture_output=True, text=True
    )
    line = json.loads(done.stdout)["result"]["run"]
    subprocess.run(line, shell=True, check=True, cwd=folder, capture_output=True)
    print(f"{structure}, {code}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    return read_structure(str(folder))


def stress_words(atoms: Atoms) -> str:
    """Write the six components in GPa."""
    return " | ".join(f"{x + 0.0:.3f}" for x in np.round(atoms.get_stress() / GPa, 3))


def main() -> None:
    """Run all, and fill the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        potentials = folder / "gth"
        potentials.mkdir()
        write_gth_upf(write_gth(VALENCE, GTH_TABLE, potentials, VALENCE))
        sources = structures(folder)
        rows, stresses = [], []
        for phase in ("si", "nacl", "na3sb", "skewed si"):
            found = {}
            for code in SAME:
                smearing = ["--smearing", "fixed"] if phase == "skewed si" else []
                options = [*SHARED, *smearing, "--pseudo-dir", str(potentials)]
                target = folder / f"{phase.replace(' ', '-')}-{code}"
                found[code] = calculate(code, sources[phase], target, options)
                energy = found[code].get_potential_energy() / len(found[code])
                rows.append(f"| {phase} | {code} | {energy:.5f} |")
                stresses.append(f"| {phase} | {code} | {stress_words(found[code])} |")
            apart = np.abs(found["espresso"].get_stress() - found["abinit"].get_stress()).max()
            stresses.append(f"| {phase} | largest difference | {apart / GPa:.3f} | | | | | |")
            print(f"{phase}: stresses differ by {apart / GPa:.4f} GPa", file=sys.stderr)
        per_atom = {}
        for phase in ("si", "nacl", "na", "sb", "na3sb"):
            mesh = [str(n) for n in MESHES.get(phase, ())]
            options = ["--kpoints", *mesh] if mesh else []
            atoms = calculate("gpaw", sources[phase], folder / f"{phase}-gpaw", options)
            per_atom[phase] = atoms.get_potential_energy() / len(atoms)
            rows.append(f"| {phase} | gpaw | {per_atom[phase]:.5f} |")
    formation = per_atom["na3sb"] - 0.75 * per_atom["na"] - 0.25 * per_atom["sb"]
    text = page(rows, formation, stresses)
    if given.table:
        given.table.write_text(text, encoding="utf-8")
    else:
        print(text)


def page(rows: list[str], formation: float, stresses: list[str]) -> str:
    """Fill the page that is kept in the repository."""
    energies = "\n".join(["| structure | code | eV per atom |", "| --- | --- | --- |", *rows])
    head = "| structure | code | xx | yy | zz | yz | xz | xy |"
    table = "\n".join([head, "| --- " * 8 + "|", *stresses])
    return f"""# Real energies

What ``scripts/real_energies.py`` found: folders of ``ionsmith export`` as they are, with the
protocol ``fast``, run to self-consistency by the line that they name. Energies of one code compare
with each other; zero is another one in each code's data. Quantum ESPRESSO and ABINIT have the same
GTH potentials (CP2K's POTENTIAL_UZH, Na with one electron, the others with their valence shell),
60 Ry and Gaussian smearing; GPAW has its PAW data, 340 eV, and the meshes {MESHES["na"]} for Na,
{MESHES["sb"]} for Sb and {MESHES["na3sb"]} for Na3Sb. The structures are the published ones,
unrelaxed. NaCl is rock salt with a = 5.640 Å; skewed Si has two atoms, displaced in a strained
cell, and fixed occupations. Na of one electron serves to compare codes, not for physics.

{energies}

## Formation energy of Na3Sb

3 Na (bcc) + Sb (A7) → Na3Sb (hexagonal), by GPAW: **{formation:.3f} eV per atom**.

{PUBLISHED}

## The same stress from two codes

In GPa, positive where the cell wants to shrink. pw.x reads the potentials on a radial grid (UPF),
ABINIT in closed form. The closed form (suffix ``.gth``) is no good for stresses in pw.x 6.7: it
leaves out how the projectors turn with the cell, so that only the pressure is right.

{table}
"""


if __name__ == "__main__":
    main()
