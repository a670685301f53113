"""The Debye sum of a particle beside debyer: time of one core, and how far the curves differ.

Neutrons of 1.5418 Å from 10 to 90°: debyer has angles in the middle of its steps. The times are
those of the processor, without reading and writing where the library is called. debyer is built
from https://github.com/wojdyr/debyer, with gcc -O3.

    OMP_NUM_THREADS=1 python scripts/benchmark_debye.py [--debyer PROGRAM] [--sizes 40 80 156]
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write

from ionsmith.analyzers.powder import Setup, debye_pattern
from ionsmith.analyzers.scattering import parse_beam
from ionsmith.builders.particles import build_particle

WAVELENGTH = 1.5418
STEP = 0.05
SETUP = Setup(parse_beam(str(WAVELENGTH), "neutrons"), two_theta=(10 + STEP / 2, 90 - STEP / 2))
QUANTA = 1e-5
"""Width of debyer's bins in Å; with its default, 0.001, its curve is off by 8 % between lines."""


def debyer(program: str, atoms: Atoms) -> tuple[np.ndarray, float]:
    """Intensities by debyer in arbitrary units, and its time in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.xyz"), Path(folder, "out.dat")
        write(source, Atoms(atoms.symbols, atoms.positions), format="xyz")
        command = [program, "-q", "-n", "-f10", "-t90", f"-s{STEP}", f"-l{WAVELENGTH}"]
        command.append(f"--quanta={QUANTA}")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(
            [*command, "-o", str(target), str(source)],
            check=True,
            capture_output=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        return np.loadtxt(target)[:, 1], spent


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--debyer", help="the program to compare with")
    parser.add_argument("--sizes", type=float, nargs="+", default=[40.0, 80.0, 156.0])
    parser.add_argument("--crystal", default="lib:si")
    arguments = parser.parse_args()
    debye_pattern(build_particle(arguments.crystal, 12.0).atoms, SETUP, step=STEP)  # compile
    for size in arguments.sizes:
        atoms = build_particle(arguments.crystal, size).atoms
        started = time.process_time()
        pattern = debye_pattern(atoms, SETUP, step=STEP)
        line = f"{len(atoms):7,} atoms: ionsmith {time.process_time() - started:7.2f} s"
        if arguments.debyer:
            other, spent = debyer(arguments.debyer, atoms)
            ours = pattern.per_atom[: len(other)]  # it may leave out the last one
            scale = (ours @ other) / (other @ other)
            away = abs(ours - scale * other)
            line += (
                f", debyer {spent:7.2f} s; they differ by {100 * away.max() / ours.max():.4f} % of "
                f"the highest point, {100 * (away / ours).max():.3f} % of the curve at most"
            )
        print(line)


if __name__ == "__main__":
    main()
