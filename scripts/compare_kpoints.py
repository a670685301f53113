"""Meshes of k-points beside those of the Materials Project and of AiiDA, as a table.

Usage: ``python scripts/compare_kpoints.py [crystal ...]``. MPRelaxSet is pymatgen's, AiiDA's are
those of its common workflows at ``moderate``, whose distance is 0.15 1/Å for VASP and Quantum
ESPRESSO and 0.20 1/Å for ABINIT (S. P. Huber et al., npj Comput. Mater. 7, 136 (2021),
doi:10.1038/s41524-021-00594-6), rounded up.
"""

import sys
import warnings

from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp.sets import MPRelaxSet
from tabulate import tabulate

from ionsmith.crystals import load
from ionsmith.exporters import plan
from ionsmith.exporters._calculation import mesh

CRYSTALS = ("na", "si", "na3sb", "v2o3", "nafepo4", "nvp-ordered-dft", "al2o3")


def row(name: str) -> list[str]:
    """Meshes of one crystal, with the number of their points."""
    atoms = load(name).to_atoms()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about POTCARs
        published = MPRelaxSet(AseAtomsAdaptor.get_structure(atoms)).kpoints.kpts[0]
    meshes = [plan(atoms).kpoints, published, mesh(atoms, 0.15, ()), mesh(atoms, 0.20, ())]
    cells = [f"{a} {b} {c} ({a * b * c})" for a, b, c in meshes]
    return [name, str(len(atoms)), *cells]


def main() -> None:
    """Print the table."""
    heads = ["crystal", "atoms", "moderate", "MPRelaxSet", "AiiDA 0.15", "AiiDA 0.20"]
    rows = [row(name) for name in sys.argv[1:] or CRYSTALS]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
