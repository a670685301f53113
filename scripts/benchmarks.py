"""Time ionsmith beside its peers in one run, and write `.github/benchmarks.md`.

Each program runs in turn, several times, and a ratio is that of two runs that follow each other, in
processor time, so that other work on the machine matters little. The growth exponent compares two
sizes, the larger one with ten times the atoms. The scripts `benchmark_…` beside this one measure
each subject in more detail.

    python scripts/benchmarks.py [--quick] [--output .github/benchmarks.md]
"""

import argparse
import functools
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from benchmark_coordination import crystalnn_time
from benchmark_matching import crystal, reference
from benchmark_powder import SETUP, rattled
from benchmark_spots import ENERGY, ordered, peer_spots
from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.analyzers.powder import powder_pattern
from ionsmith.analyzers.scattering import Conditions, forget_structures
from ionsmith.analyzers.spots import spot_pattern
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.surfaces.coincidence import Limits, coincidences
from ionsmith.surfaces.matches import find_matches
from ionsmith.surfaces.plane_mesh import facets, plane_meshes

OUTPUT = Path(__file__).parents[1] / ".github" / "benchmarks.md"
HEADER = """# Benchmarks

Written by [scripts/benchmarks.py](../scripts/benchmarks.py) on a machine with {cores} cores.
Processor time of one core; a ratio is the median of {runs} pairs of runs that follow each other,
with its range. The growth exponent n (time ∝ atomsⁿ) is between {small} and {large} atoms.

| job | time | peer takes | growth | limit |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A job, its peer, what it does for a number of atoms, and what limits it."""

    job: str
    run: Callable[[], Any]
    limit: str
    peer: str = ""
    beside: Callable[[], float] | None = None
    """Seconds that the peer takes."""
    grown: Callable[[int], Callable[[], Any]] | None = None


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of one run."""
    forget_structures()
    started = time.process_time()
    work()
    return time.process_time() - started


@functools.cache
def alumina(atoms: int) -> Atoms:
    """β''-alumina of about so many atoms."""
    edge = max(round((atoms / 89) ** (1 / 3) * 1.5), 1)
    return build_beta_alumina((edge, edge, max(round(atoms / 89 / edge**2), 1))).atoms


def rows() -> list[Row]:
    """All jobs."""
    host = alumina(10_000)
    sides = [plane_meshes(side, facets(side.symmetry, 2)) for side in map(crystal, ("GaAs", "Si"))]
    sites = np.random.default_rng(0).permutation(len(host))[:8]
    lithium = ordered("li13si4")

    def closing(atoms: int) -> Callable[[], Any]:
        return lambda: close_planes(alumina(atoms), [1, 3])

    def change(atoms: int) -> Callable[[], Any]:
        after = close_planes(alumina(atoms), [2]).atoms
        return lambda: compare(alumina(atoms), after)

    def powder(atoms: int) -> Callable[[], Any]:
        model = rattled(atoms)
        return lambda: powder_pattern(model, SETUP)

    def pymatgen_powder() -> float:
        from pymatgen.analysis.diffraction.xrd import XRDCalculator
        from pymatgen.io.ase import AseAtomsAdaptor

        structure = AseAtomsAdaptor.get_structure(rattled(400))
        calculator = XRDCalculator("CuKa")
        return seconds(lambda: calculator.get_pattern(structure, two_theta_range=SETUP.two_theta))

    return [
        Row(
            "neighbours up to 2.67 Å, 10⁴ atoms",
            lambda: neighbour_list(host, 2.67),
            "memory bandwidth",
            "ASE",
            lambda: seconds(lambda: neighbor_list("ijSd", host, 2.67)),
            lambda n: lambda: neighbour_list(alumina(n), 2.67),
        ),
        Row(
            "coordination of 10⁴ atoms, β''-alumina",
            lambda: coordination(host),
            "neighbour list",
            "CrystalNN",
            lambda: len(host) * crystalnn_time(host, sites),
            lambda n: lambda: coordination(alumina(n)),
        ),
        Row("comparison of 10⁴ atoms", change(10_000), "neighbour list", grown=change),
        Row("closing planes, 10⁴ atoms", closing(10_000), "neighbour list", grown=closing),
        Row(
            "powder lines of 400 atoms without symmetry",
            powder(400),
            "FFT",
            "pymatgen",
            pymatgen_powder,
            powder,
        ),
        Row(
            "S(Q) and G(r) to 10 Å, 10⁴ atoms",
            lambda: pair_distribution(host, q_max=25.0),
            "pairs of atoms",
            grown=lambda n: lambda: pair_distribution(alumina(n), q_max=25.0),
        ),
        Row(
            "spots of Li13Si4 along [001]",
            lambda: spot_pattern(lithium, (0, 0, 1), Conditions(ENERGY)),
            "structure factors",
            "pymatgen",
            lambda: peer_spots(lithium, (0, 0, 1))[1],
        ),
        Row(
            "all cells up to 400 Å², Si on GaAs, facets up to 2",
            lambda: coincidences(*sides, Limits(400.0, 0.05)),
            "number of cells",
            "pymatgen (ZSL)",
            lambda: seconds(lambda: reference(*sides)),
        ),
        Row(
            "best 20 cells up to 20,000 Å², NVP on NH4VO3",
            lambda: find_matches("lib:nh4vo3", "lib:nvp", Limits(20000.0), limit=20),
            "number of cells",
        ),
    ]


def measured(row: Row, runs: int, small: int, large: int) -> str:
    """Line of the table for a job."""
    row.run()
    if row.beside is not None:
        row.beside()
    own, ratios = [], []
    for _ in range(runs):
        own.append(seconds(row.run))
        if row.beside is not None:
            ratios.append(row.beside() / own[-1])
    peer = "no peer"
    if ratios:
        low, high = min(ratios), max(ratios)
        peer = f"{row.peer}: {statistics.median(ratios):.0f} times ({low:.0f} to {high:.0f})"
    growth = ""
    if row.grown is not None:
        works = [row.grown(size) for size in (small, large)]
        times = [min(seconds(work) for _ in range(2)) for work in works]
        growth = f"{np.log(times[1] / times[0]) / np.log(large / small):.2f}"
    time_text = f"{1e3 * statistics.median(own):.1f} ms"
    return f"| {row.job} | {time_text} | {peer} | {growth} | {row.limit} |"


def main() -> None:
    """Measure all rows and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two pairs of runs, smaller growth")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    runs, small, large = (2, 3_000, 30_000) if given.quick else (3, 10_000, 100_000)
    text = HEADER.format(cores=os.cpu_count(), runs=runs, small=f"{small:,}", large=f"{large:,}")
    for row in rows():
        line = measured(row, runs, small, large)
        print(line, file=sys.stderr, flush=True)
        text += line + "\n"
    given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
