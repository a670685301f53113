"""Time and memory of closing conduction planes, from a thousand to a million atoms.

Builds Na β''-alumina and closes every second plane, with all checks. Each size runs in its own
process, so that its peak memory is measured.

    python scripts/benchmark_closure.py [--largest 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import time

ATOMS_PER_CELL = 89


def measure(side: int, height: int) -> dict[str, float]:
    """Build, close and check one model in this process."""
    from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes

    started = time.perf_counter()
    crystal = build_beta_alumina((side, side, height))
    built = time.perf_counter()
    planes = list(range(1, crystal.anatomy.n_planes + 1, 2))
    result = close_planes(crystal.atoms, planes)
    closed = time.perf_counter()
    assert set(result.cation_coordination) == {4, 6}
    return {
        "atoms": len(crystal.atoms),
        "build_s": built - started,
        "closure_s": closed - built,
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def main() -> None:
    """Run all sizes up to the largest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(*arguments.one)))
        return
    rows = []
    for side, height in ((2, 3), (6, 4), (16, 4), (36, 9)):
        if side * side * height * ATOMS_PER_CELL > 1.1 * arguments.largest:
            break
        command = [sys.executable, __file__, "--one", str(side), str(height)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append(json.loads(output))
        row = rows[-1]
        print(
            f"{row['atoms']:>9} atoms: built in {row['build_s']:6.2f} s, closed in "
            f"{row['closure_s']:6.2f} s, peak {row['peak_GiB']:.2f} GiB",
            flush=True,
        )
    first, last = rows[-2], rows[-1]
    print(
        f"{last['atoms'] / first['atoms']:.1f} times the atoms take "
        f"{last['closure_s'] / first['closure_s']:.1f} times as long to close"
    )


if __name__ == "__main__":
    main()
