"""Coordination and comparison beside CrystalNN on 10,000 atoms, and their growth to a million.

CrystalNN takes minutes for all sites, so it is run on a random sample of them and its time for all
is the time a site times their number; ``--full`` runs all of them instead. Each size of the growth
table runs in a process of its own, so that its peak memory is its own.

    python scripts/benchmark_coordination.py [--full] [--sample 40] [--largest 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from ase import Atoms

SIZES = ((3, 4, 1), (8, 7, 2), (20, 18, 3), (39, 36, 8))
"""Supercells of β''-alumina with about 10^3, 10^4, 10^5 and 10^6 atoms."""
REPEATS = 5


def best_time(function: Callable[[], Any]) -> float:
    """Seconds of the quickest of several runs, after one that loads what is loaded once."""
    function()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def crystalnn_time(atoms: Atoms, sites: np.ndarray) -> float:
    """Seconds a site that CrystalNN takes in a structure."""
    from pymatgen.analysis.local_env import CrystalNN
    from pymatgen.core import Structure

    structure = Structure(
        atoms.cell.array, atoms.get_chemical_symbols(), atoms.positions, coords_are_cartesian=True
    )
    finder = CrystalNN()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="CrystalNN: cannot locate")
        warnings.filterwarnings("ignore", message="No oxidation states specified")
        finder.get_nn_info(structure, int(sites[0]))
        started = time.perf_counter()
        for done, site in enumerate(sites):
            finder.get_nn_info(structure, int(site))
            if sys.stderr.isatty():
                print(f"\rCrystalNN: site {done + 1} of {len(sites)}", end="", file=sys.stderr)
        elapsed = time.perf_counter() - started
    return elapsed / len(sites)


def against_crystalnn(*, sample: int, full: bool) -> None:
    """Print the ratios for 10,000 atoms."""
    from ionsmith.analyzers.coordination import compare, coordination
    from ionsmith.bonding.bonds import find_bonds
    from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes

    before = build_beta_alumina(SIZES[1]).atoms
    after = close_planes(before, [2]).atoms
    n = len(before)
    times = {
        "bonds": best_time(lambda: find_bonds(before)),
        "coordination": best_time(lambda: coordination(before)),
        "comparison": best_time(lambda: compare(before, after)),
    }
    sites = np.arange(n) if full else np.random.default_rng(0).permutation(n)[:sample]
    each = crystalnn_time(before, sites)
    how = "all sites run" if full else f"from {sample} sites drawn at random"
    print(f"{n} atoms (β''-alumina), the comparison with {len(after)} atoms, one plane closed")
    print(f"CrystalNN     {each * 1e3:7.1f} ms a site, {each * n:6.1f} s for all ({how})")
    for name, seconds in times.items():
        print(
            f"{name:<13} {seconds:7.3f} s, CrystalNN takes {each * n / seconds:6.0f} times as long"
        )


def measure(supercell: tuple[int, int, int]) -> dict[str, float]:
    """Coordination of one supercell in this process."""
    from ionsmith.analyzers.coordination import coordination
    from ionsmith.crystals import load

    crystal = load("beta2-alumina").with_occupancy("Al2", {"Al": 1.0}, {"Al": 3.0})
    cell = crystal.with_occupancy("Na1", {"Na": 1.0}, {"Na": 1.0}).to_atoms()
    coordination(cell)
    atoms = cell.repeat(supercell)
    started = time.perf_counter()
    result = coordination(atoms)
    elapsed = time.perf_counter() - started
    assert set(result.counts()["Al"]) == {4, 6}
    return {
        "atoms": len(atoms),
        "seconds": elapsed,
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def growth(largest: int) -> None:
    """Print time and memory of the coordination of ever larger supercells."""
    print("\nCoordination, structure included in the memory")
    for supercell in SIZES:
        if 90 * np.prod(supercell) > 1.1 * largest:
            break
        command = [sys.executable, __file__, "--one", *map(str, supercell)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        row = json.loads(output)
        print(
            f"{row['atoms']:>9} atoms: {row['seconds']:7.3f} s, "
            f"{1e6 * row['seconds'] / row['atoms']:5.1f} µs an atom, "
            f"peak {row['peak_GiB']:.2f} GiB",
            flush=True,
        )


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="run CrystalNN on every site")
    parser.add_argument("--sample", type=int, default=40, help="sites that CrystalNN is run on")
    parser.add_argument("--largest", type=int, default=1_000_000, help="atoms of the growth table")
    parser.add_argument("--one", type=int, nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(tuple(arguments.one))))
        return
    against_crystalnn(sample=arguments.sample, full=arguments.full)
    growth(arguments.largest)


if __name__ == "__main__":
    main()
