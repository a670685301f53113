"""Time coordination and comparison against CrystalNN on 10,000 atoms, and up to 10^6 atoms.

CrystalNN takes minutes for all sites; by default it is run on a random sample of the sites, and the
time is scaled to all of them (``--full`` runs all). Each size of the growth table runs in a
separate process, so that the peak memory is that of this size.

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
    """Seconds of the fastest of several runs, after a first run for imports and caches."""
    function()
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return min(times)


def crystalnn_time(atoms: Atoms, sites: np.ndarray) -> float:
    """Seconds of processor time per site that CrystalNN takes in a structure."""
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
        started = time.process_time()
        for done, site in enumerate(sites):
            finder.get_nn_info(structure, int(site))
            if sys.stderr.isatty():
                print(f"\rCrystalNN: site {done + 1} of {len(sites)}", end="", file=sys.stderr)
        elapsed = time.process_time() - started
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
    how = "all sites" if full else f"from {sample} random sites"
    print(f"{n} atoms (β''-alumina), the comparison with {len(after)} atoms, one plane closed")
    print(f"CrystalNN     {each * 1e3:7.1f} ms/site, {each * n:6.1f} s for all ({how})")
    for name, seconds in times.items():
        print(
            f"{name:<13} {seconds:7.3f} s, CrystalNN takes {each * n / seconds:6.0f} times as long"
        )


def measure(supercell: tuple[int, int, int]) -> dict[str, float]:
    """Time and memory for one supercell, in this process."""
    from ionsmith.analyzers.coordination import coordination
    from ionsmith.crystals import load

    crystal = load("beta2-alumina").with_occupancy("Al2", {"Al": 1.0}, {"Al": 3.0})
    cell = crystal.with_occupancy("Na1", {"Na": 1.0}, {"Na": 1.0}).to_atoms()
    coordination(cell)
    atoms = cell.repeat(supercell)
    started = time.process_time()
    result = coordination(atoms)
    elapsed = time.process_time() - started
    assert set(result.counts()["Al"]) == {4, 6}
    return {
        "atoms": len(atoms),
        "seconds": elapsed,
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def growth(largest: int) -> None:
    """Print time and memory for supercells of increasing size."""
    print("\nCoordination; the memory includes the structure")
    for supercell in SIZES:
        if 90 * np.prod(supercell) > 1.1 * largest:
            break
        command = [sys.executable, __file__, "--one", *map(str, supercell)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        row = json.loads(output)
        print(
            f"{row['atoms']:>9} atoms: {row['seconds']:7.3f} s, "
            f"{1e6 * row['seconds'] / row['atoms']:5.1f} µs/atom, "
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
