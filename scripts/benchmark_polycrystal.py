"""Time and memory of polycrystals of 20 grains, from ten thousand to a million atoms.

Fills a periodic box with 20 randomly oriented Voronoi grains of MgO and writes it. Each size runs
in its own process, so that its peak memory is measured. If atomsk is on the path, it builds as many
atoms in as many grains, without removing what overlaps, and the ratio of the times is printed.

    python scripts/benchmark_polycrystal.py [--largest 1000000]
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"seconds": 180.0, "peak_GiB": 2.0}
"""Largest CPU time and peak memory of 10⁶ atoms, with the file."""

GRAINS = 20
ATOMS_PER_VOLUME = 8 / 4.2137**3


def measure(atoms: int) -> dict[str, float]:
    """Build and write one polycrystal in this process."""
    from ionsmith.builders.polycrystal import build_polycrystal
    from ionsmith.crystals.files import write_structure

    started = time.process_time()
    # Of small grains more is removed at their boundaries.
    edge = (atoms / ATOMS_PER_VOLUME) ** (1 / 3)
    edge *= 1 + 2 / edge
    model = build_polycrystal("lib:mgo", edge, grains=GRAINS, seed=1)
    built = time.process_time() - started
    with tempfile.TemporaryDirectory() as folder:
        write_structure(str(Path(folder) / "model.extxyz"), model.atoms, force=False)
    return {
        "atoms": len(model.atoms),
        "edge": edge,
        "building": built,
        "seconds": time.process_time() - started,
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def atomsk(edge: float) -> float:
    """CPU time in seconds of atomsk for as many atoms and grains."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "grains.txt").write_text(f"box {edge} {edge} {edge}\nrandom {GRAINS}\n")
        create = ["atomsk", "--create", "rocksalt", "4.2137", "Mg", "O", "cell.xsf"]
        fill = ["atomsk", "--polycrystal", "cell.xsf", "grains.txt", "model.xsf"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for command in (create, fill):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> None:
    """Run all sizes up to the largest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    for atoms in (10_000, 100_000, 1_000_000):
        if atoms > arguments.largest:
            break
        command = [sys.executable, __file__, "--one", str(atoms)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        row = json.loads(output)
        print(
            f"{row['atoms']:>9} atoms: {row['building']:6.1f} s, with the file "
            f"{row['seconds']:6.1f} s, peak {row['peak_GiB']:.2f} GiB",
            flush=True,
        )
        if shutil.which("atomsk"):
            peer = atomsk(row["edge"])
            print(f"          atomsk {peer:.1f} s, {peer / row['seconds']:.1f} times as long")
        assert all(row[name] < limit for name, limit in LIMITS.items()), row


if __name__ == "__main__":
    main()
