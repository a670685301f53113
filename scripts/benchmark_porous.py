"""Time and memory of a bicontinuous porous Si model, from ten thousand to a million atoms.

Carves a levelled wave of 50 % porosity out of Si and caps all dangling bonds with H. Each size runs
in its own process, so that its peak memory is measured.

    python scripts/benchmark_porous.py [--largest 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import time

LIMIT = 3.0
"""Largest peak memory in GiB of a model of 10⁶ atoms."""


def measure(side: int) -> dict[str, float]:
    """Build one model in this process."""
    from ionsmith.builders.porous import build_porous

    started = time.process_time()
    model = build_porous(
        "lib:si", 50, kind="levelled-wave", supercell=(side, side, side), wavelength=60
    )
    assert abs(model.porosity.atoms - 50) < 1
    return {
        "atoms": len(model.atoms),
        "hydrogen": model.hydrogen,
        "seconds": time.process_time() - started,
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def main() -> None:
    """Run all sizes up to the largest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    rows = []
    for side in (15, 30, 60):
        if 4.7 * side**3 > 1.1 * arguments.largest:
            break
        command = [sys.executable, __file__, "--one", str(side)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append(json.loads(output))
        row = rows[-1]
        print(
            f"{row['atoms']:>9} atoms ({row['hydrogen']} H): {row['seconds']:6.1f} s, peak "
            f"{row['peak_GiB']:.2f} GiB",
            flush=True,
        )
    if len(rows) > 1:
        first, last = rows[-2:]
        print(
            f"{last['atoms'] / first['atoms']:.1f} times the atoms take "
            f"{last['seconds'] / first['seconds']:.1f} times as long"
        )
    assert rows[-1]["peak_GiB"] < LIMIT


if __name__ == "__main__":
    main()
