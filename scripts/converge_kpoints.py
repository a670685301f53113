"""Energy per atom beside the distance of k-points, computed by GPAW for six crystals.

Usage: ``python scripts/converge_kpoints.py``, from five minutes to an hour on one core. Every
calculation is a folder of ``ionsmith export gpaw`` as it is, but for the mesh and a cutoff of
350 eV: errors of the mesh hardly depend on the cutoff. The differences are those to the mesh of
0.07 1/Å, in meV/atom.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from ase import Atoms
from ase.build import bulk
from tabulate import tabulate

from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure
from ionsmith.exporters import export, plan
from ionsmith.exporters._calculation import mesh

DISTANCES = (0.50, 0.30, 0.20, 0.15, 0.10)
REFERENCE = 0.07
CUTOFF = 350.0


def crystals() -> dict[str, Atoms]:
    """Two metals, a magnetic one, a semiconductor, a Zintl phase and an insulator."""
    iron = bulk("Fe", a=2.867)
    iron.set_initial_magnetic_moments(None)
    return {
        "Al": bulk("Al", a=4.05),
        "Na": bulk("Na", a=4.225),
        "Fe": iron,
        "Si": bulk("Si", a=5.431),
        "Na3Sb": load("na3sb").to_atoms(),
        "MgO": bulk("MgO", "rocksalt", a=4.212),
    }


def energy(atoms: Atoms, kpoints: tuple[int, int, int]) -> float:
    """Energy per atom in eV with one mesh."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "run"
        written = export(atoms, "gpaw", folder, kpoints=kpoints, cutoff=CUTOFF)
        command = written.run.removeprefix("mpirun ").split()
        command[0] = sys.executable if command[0].startswith("python") else command[0]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        done = read_structure(folder)
    return float(done.get_potential_energy()) / len(done)


def row(name: str, atoms: Atoms) -> list[str]:
    """Errors of one crystal by the distance of its k-points."""
    reference = energy(atoms, mesh(atoms, REFERENCE, ()))
    known: dict[tuple[int, int, int], float] = {}
    for distance in DISTANCES:
        points = mesh(atoms, distance, ())
        if points not in known:
            known[points] = 1000 * (energy(atoms, points) - reference)
    own = plan(atoms).kpoints
    cells = []
    for distance in DISTANCES:
        points = mesh(atoms, distance, ())
        cells.append(f"{known[points]:+.1f}" + (" (moderate)" if points == own else ""))
    return [name, *cells]


def main() -> None:
    """Print the table."""
    heads = ["crystal", *(f"{distance:.2f} 1/Å" for distance in DISTANCES)]
    rows = [row(name, atoms) for name, atoms in crystals().items()]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
