"""Energy per atom beside the distance of k-points, computed by pw.x for five crystals.

Usage: ``python scripts/converge_kpoints.py``, minutes on one core. Every calculation is a folder of
``ionsmith export espresso`` as it is, but for the mesh, a cutoff of 20 Ry (NaCl: 40 Ry) and GTH
potentials of CP2K's data (Na with one electron, Mg with two): errors of the mesh hardly depend on
them. The numbers are differences to the mesh of 0.10 1/Å in meV/atom. ``pw.x`` and CP2K's data must
be installed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from ase.units import Rydberg
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from gth_potentials import write_gth, write_gth_upf
from ionsmith.crystals.files import read_structure
from ionsmith.exporters import export, plan
from ionsmith.exporters._protocol import mesh

GTH_TABLE = Path(os.environ.get("CP2K_DATA_DIR", "/usr/share/cp2k")) / "POTENTIAL_UZH"
VALENCE = {"Na": 1, "Mg": 2, "Al": 3, "Si": 4, "Cl": 7}
DISTANCES = (0.50, 0.30, 0.20, 0.15)
REFERENCE = 0.10
SOFT, HARD = 20 * Rydberg, 40 * Rydberg

CRYSTALS = {
    "Al": lambda: bulk("Al", a=4.05),
    "Na": lambda: bulk("Na", a=4.225),
    "Si": lambda: bulk("Si", a=5.431),
    "Mg2Si": lambda: crystal(
        ["Si", "Mg"],
        [(0, 0, 0), (0.25, 0.25, 0.25)],
        spacegroup=225,
        cellpar=[6.351] * 3 + [90] * 3,
        primitive_cell=True,
    ),
    "NaCl": lambda: bulk("NaCl", "rocksalt", a=5.640),
}
"""Two metals, a semiconductor, a Zintl phase and an insulator."""


def energy(atoms: Atoms, kpoints: tuple[int, int, int], potentials: Path) -> float:
    """Energy per atom in meV with one mesh."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "run"
        cutoff = HARD if "Cl" in atoms.symbols else SOFT
        options = {"kpoints": kpoints, "cutoff": cutoff, "pseudo_dir": potentials}
        written = export(atoms, "espresso", folder, **options)
        line = written.run.removeprefix("mpirun ")
        subprocess.run(line, shell=True, cwd=folder, check=True)
        done = read_structure(folder)
    return 1000 * float(done.get_potential_energy()) / len(done)


def row(name: str, potentials: Path) -> list[str]:
    """Errors of one crystal by the distance of its k-points; those of ``moderate`` in bold."""
    atoms = CRYSTALS[name]()
    reference = energy(atoms, mesh(atoms, REFERENCE, ()), potentials)
    cells = []
    for distance in DISTANCES:
        points = mesh(atoms, distance, ())
        text = f"{energy(atoms, points, potentials) - reference:+.2f}"
        cells.append(f"**{text}**" if points == plan(atoms).kpoints else text)
        print(name, distance, points, text, file=sys.stderr, flush=True)
    return [name, *cells]


def main() -> None:
    """Print the table."""
    os.environ |= {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as root:
        potentials = Path(root)
        write_gth_upf(write_gth(VALENCE, GTH_TABLE, potentials, VALENCE))
        rows = [row(name, potentials) for name in CRYSTALS]
    heads = ["meV/atom", *(f"{distance:.2f} 1/Å" for distance in DISTANCES)]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
