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
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from scipy.spatial.distance import pdist

from benchmark_amorphous import SI, relaxed
from benchmark_cif import pymatgen_reader, salt
from benchmark_coordination import crystalnn_time
from benchmark_haadf import THICKNESS, ZONE
from benchmark_interfaces import SYSTEMS, own, peer
from benchmark_matching import crystal, reference
from benchmark_ordering import ewald, sodium
from benchmark_polycrystal import ATOMS_PER_VOLUME, GRAINS
from benchmark_powder import SETUP, rattled
from benchmark_spots import ENERGY, ordered, peer_spots
from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.haadf import Microscope, simulate_haadf
from ionsmith.analyzers.orientation_relationships import predict_orientations
from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.analyzers.powder import debye_pattern, powder_pattern
from ionsmith.analyzers.scattering import Conditions, Scatterers, forget_structures
from ionsmith.analyzers.spots import spot_pattern
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous._bond_switching import sweep
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.builders.particles import build_particle
from ionsmith.builders.polycrystal import build_polycrystal
from ionsmith.builders.porous import build_porous
from ionsmith.crystals.files import read_structure
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
    grown: Callable[[int], tuple[int, Callable[[], Any]]] | None = None
    """Number of atoms of a model of about so many, and the work on it."""


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
    folder = Path(tempfile.mkdtemp())
    cell, arrangements = sodium()
    salts = SYSTEMS[0]
    sides = [plane_meshes(side, facets(side.symmetry, 2)) for side in map(crystal, ("GaAs", "Si"))]
    sites = np.random.default_rng(0).permutation(len(host))[:8]
    lithium = ordered("li13si4")
    grouped = Scatterers.of(lithium)

    def on_alumina(work: Callable[[Atoms], Any]) -> Callable[[int], tuple[int, Callable[[], Any]]]:
        return lambda n: (len(alumina(n)), lambda: work(alumina(n)))

    def change(atoms: int) -> tuple[int, Callable[[], Any]]:
        before, after = alumina(atoms), close_planes(alumina(atoms), [2]).atoms
        return len(before), lambda: compare(before, after)

    def powder(atoms: int) -> tuple[int, Callable[[], Any]]:
        model = rattled(atoms)
        return len(model), lambda: powder_pattern(model, SETUP)

    def cif(atoms: int) -> tuple[int, Callable[[], Any]]:
        cells = round((atoms / 8) ** (1 / 3))
        path = folder / f"{cells}.cif"
        path.write_text(salt(cells), encoding="utf-8")
        return 8 * cells**3, lambda: read_structure(str(path))

    def cloud(atoms: int) -> tuple[int, Callable[[], Any]]:
        made = build_particle("lib:si", (atoms / 0.05 * 6 / np.pi) ** (1 / 3)).atoms
        return len(made), lambda: debye_pattern(made, SETUP, step=0.05)

    def whole(work: Callable[[int], Any]) -> Callable[[int], tuple[int, Callable[[], Any]]]:
        return lambda n: (n, lambda: work(n))

    def grains(atoms: int) -> Any:
        edge = (atoms / ATOMS_PER_VOLUME) ** (1 / 3)
        return build_polycrystal("lib:mgo", edge, grains=GRAINS, seed=1)

    def sponge(atoms: int) -> Any:
        cells = (round((atoms / 4) ** (1 / 3)),) * 3  # of 8 atoms, half of which go
        return build_porous("lib:si", 50, kind="levelled-wave", supercell=cells, wavelength=15)

    def abtem_line() -> float:
        line = ((1.0, 0.0), (1.0, 20.0))
        microscope = Microscope(detector=(50.0, 82.0))
        options: Any = {"scan": "profile", "line": line, "microscope": microscope}
        return seconds(
            lambda: simulate_haadf(
                closed, ZONE, method="multislice", thickness=THICKNESS, **options
            )
        )

    def ase_rdf() -> float:
        return seconds(lambda: np.histogram(neighbor_list("d", host, 10.0), bins=1000))

    def pymatgen_powder() -> float:
        from pymatgen.analysis.diffraction.xrd import XRDCalculator
        from pymatgen.io.ase import AseAtomsAdaptor

        structure = AseAtomsAdaptor.get_structure(rattled(400))
        calculator = XRDCalculator("CuKa")
        return seconds(lambda: calculator.get_pattern(structure, two_theta_range=SETUP.two_theta))

    def direct_debye() -> float:
        apart = pdist(silicon.positions)
        angle = np.radians(np.arange(*SETUP.two_theta, 0.05) / 2)
        q = 4 * np.pi * np.sin(angle) / SETUP.beam.wavelength
        return seconds(lambda: [np.sinc(each * apart / np.pi).sum() for each in q])

    first_cut, their_cut = own(*salts)[0], peer(*salts[:5])[0]
    alike = len(first_cut().atoms) / len(their_cut())
    silicon = build_particle("lib:si", 25.0).atoms
    closed = close_planes(build_beta_alumina().atoms, [2], route=3).atoms
    network = relaxed(1_000)

    return [
        Row(
            "neighbours up to 2.67 Å, 10⁴ atoms",
            lambda: neighbour_list(host, 2.67),
            "memory bandwidth",
            "ASE",
            lambda: seconds(lambda: neighbor_list("ijSd", host, 2.67)),
            on_alumina(lambda atoms: neighbour_list(atoms, 2.67)),
        ),
        Row(
            "coordination of 10⁴ atoms, β''-alumina",
            lambda: coordination(host),
            "neighbour list",
            "CrystalNN",
            lambda: len(host) * crystalnn_time(host, sites),
            on_alumina(coordination),
        ),
        Row("comparison of 10⁴ atoms", change(10_000)[1], "neighbour list", grown=change),
        Row(
            "closing two planes, 10⁴ atoms",
            lambda: close_planes(host, [1, 3]),
            "neighbour list",
            grown=on_alumina(lambda atoms: close_planes(atoms, [1, 3])),
        ),
        Row(
            "opening and filling a crack, 10⁴ atoms",
            lambda: open_crack(host, 1, fill=True),
            "neighbour list",
            grown=on_alumina(lambda atoms: open_crack(atoms, 1, fill=True)),
        ),
        Row(
            "porous Si of 10⁴ atoms", lambda: sponge(10_000), "neighbour list", grown=whole(sponge)
        ),
        Row(
            "MgO of 10⁴ atoms in 20 grains",
            lambda: grains(10_000),
            "neighbour list",
            grown=whole(grains),
        ),
        Row(
            "CIF of 1,728 atoms in P1",
            cif(1_728)[1],
            "parser (gemmi)",
            "pymatgen",
            lambda: seconds(lambda: pymatgen_reader(str(folder / "6.cif"))),
            cif,
        ),
        Row(
            "powder lines of 400 atoms without symmetry",
            powder(400)[1],
            "FFT",
            "pymatgen",
            pymatgen_powder,
            powder,
        ),
        Row(
            "S(Q) and G(r) to 10 Å, 10⁴ atoms",
            lambda: pair_distribution(host, q_max=25.0),
            "pairs of atoms",
            "ASE (g(r) alone)",
            ase_rdf,
            on_alumina(lambda atoms: pair_distribution(atoms, q_max=25.0)),
        ),
        Row(
            f"Debye sum of {len(silicon)} atoms of Si",
            lambda: debye_pattern(silicon, SETUP, step=0.05),
            "all pairs of atoms",
            "direct sum",
            direct_debye,
            cloud,
        ),
        Row(
            f"Ewald energies of {len(arrangements)} arrangements of Na in NVP",
            lambda: cell.energies(arrangements),
            "memory bandwidth",
            "pymatgen",
            lambda: len(arrangements) * ewald(cell, arrangements[0])[1],
        ),
        Row(
            "interface from a known match, Al2O3 on Si",
            first_cut,
            "cutting two slabs",
            "pymatgen (per atom)",
            lambda: seconds(their_cut) * alike,
        ),
        Row(
            "HAADF by projection, β''-alumina, 11 Å thick",
            lambda: simulate_haadf(closed, ZONE, method="projection", thickness=THICKNESS),
            "FFT",
            "abTEM, one line of probes",
            abtem_line,
        ),
        Row(
            "spots of Li13Si4 along [001], group known",
            lambda: spot_pattern(grouped, (0, 0, 1), Conditions(ENERGY)),
            "structure factors",
            "pymatgen",
            lambda: peer_spots(lithium, (0, 0, 1))[1],
        ),
        Row(
            "spots of Li13Si4 along [001], group searched",
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
        Row(
            "20 least strained ones of the same",
            lambda: find_matches(
                "lib:nh4vo3", "lib:nvp", Limits(20000.0), rank_by="strain", limit=20
            ),
            "number of cells",
        ),
        Row(
            "likely orientations of NVP on NH4VO3",
            lambda: predict_orientations("lib:nh4vo3", "lib:nvp"),
            "number of orientations",
        ),
        Row(
            "10³ attempted bond switches in amorphous Si of 10³ atoms",
            lambda: sweep(network, SI, 0.35, (0, 1)),
            "relaxing after each switch",
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
        (few, one), (many, other) = (row.grown(size) for size in (small, large))
        times = [min(seconds(work) for _ in range(2)) for work in (one, other)]
        growth = f"{np.log(times[1] / times[0]) / np.log(many / few):.2f}"
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
