"""Powder lines beside pymatgen: time, and what a large cell takes of memory.

Cu Kα, 5 to 90°. The first cells are crystals with their symmetry, the large one a
supercell whose atoms are moved by 0.02 Å at random, so that it has none. The times include all
that starts from an ``Atoms`` or a pymatgen ``Structure``: finding the symmetry, and the lines.

    OMP_NUM_THREADS=1 python scripts/benchmark_powder.py [--atoms 5040] [--no-peer] [--huge 1000000]
"""

import argparse
import resource
import time
from collections.abc import Callable

from ase import Atoms
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.analyzers.powder import Setup, powder_pattern
from ionsmith.analyzers.scattering import forget_structures
from ionsmith.crystals import Crystal, load

CRYSTALS = ("si", "lifepo4", "nvp-ordered-dft", "nvp", "li17sn4", "li22sn5")
SETUP = Setup(two_theta=(5.0, 90.0))


def rattled(atoms: int) -> Atoms:
    """A cell of NaZr2(PO4)3 repeated to about so many atoms, each moved at random."""
    unit = load("nzp").to_atoms()
    edge = (unit.get_volume() * atoms / len(unit)) ** (1 / 3)
    model = unit.repeat([max(1, round(edge / length)) for length in unit.cell.lengths()])
    del model.arrays["site_label"]
    model.rattle(0.02, seed=1)
    return model


def disordered(crystal: Crystal) -> Structure:
    """A crystal with partial occupancies, as pymatgen holds it."""
    expanded = crystal.expand()
    species = [crystal.sites[index].occupancy for index in expanded.site_index]
    return Structure(crystal.cell, species, expanded.positions)


def timed(work: Callable[[], object], repeat: int) -> float:
    """Shortest time in seconds of some calls."""
    times = []
    for _ in range(repeat):
        forget_structures()  # each run searches for the symmetry
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def compare(name: str, source: Atoms | Crystal, peer: bool, repeat: int) -> None:
    """Time both programs on one cell and print a line."""
    if isinstance(source, Crystal):
        own = timed(lambda: powder_pattern(source, SETUP), repeat)
        structure = disordered(source)
    else:
        own = timed(lambda: powder_pattern(source, SETUP), repeat)
        structure = AseAtomsAdaptor.get_structure(source)
    line = f"{name:>20} {len(structure):6} atoms: {1e3 * own:9.1f} ms"
    if peer:
        calculator = XRDCalculator("CuKa")
        other = timed(
            lambda: calculator.get_pattern(structure, two_theta_range=SETUP.two_theta),
            min(repeat, 2),
        )
        line += f"   pymatgen {1e3 * other:9.0f} ms, {other / own:5.0f} times as long"
    print(line, flush=True)


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=int, default=5040, help="of the large cell")
    parser.add_argument("--no-peer", action="store_true", help="leave pymatgen's large cell out")
    parser.add_argument("--huge", type=int, default=0, help="also a cell of so many atoms")
    arguments = parser.parse_args()
    for name in CRYSTALS:
        crystal = load(name)
        if crystal.is_ordered:
            atoms = crystal.to_atoms()
            del atoms.arrays["site_label"]
            compare(name, atoms, True, 7)
        else:
            compare(f"{name} (disordered)", crystal, True, 7)
    for size in (126, 432):
        compare("moved at random", rattled(size), True, 5)
    compare("moved at random", rattled(arguments.atoms), not arguments.no_peer, 5)
    if arguments.huge:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        model = rattled(arguments.huge)
        started = time.perf_counter()
        found = powder_pattern(model, SETUP)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{len(model)} atoms: {len(found.families.d)} pairs of reflections in "
            f"{time.perf_counter() - started:.0f} s, peak {peak / 2**20:.2f} GiB "
            f"({before / 2**20:.2f} before)"
        )


if __name__ == "__main__":
    main()
