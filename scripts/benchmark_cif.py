"""From a CIF on the disk to atoms: ionsmith beside gemmi, ASE and pymatgen, in one run.

The first cells have no symmetry and full sites, the last one has 192 operations and general
positions. ionsmith's time is that of ``read_structure``, with all its checks; gemmi's that of
``read_small_structure`` and ``get_all_unit_cell_sites`` alone, which check nothing and make no
``Atoms``. Times are those of the processor, the shortest of some runs.

    OMP_NUM_THREADS=1 python scripts/benchmark_cif.py [--no-peer]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.files import read_structure

SIZES = (512, 4096, 100_000)
SPACING = 2.6  # Å between neighbours
MOF_SITES, MOF_EDGE = 3000, 220.0
PEERS_UP_TO = 1000  # atoms; beyond, ASE and pymatgen take minutes


def grid(atoms: int) -> tuple[NDArray[np.float64], float]:
    """Positions on a grid, moved at random, and the edge of their cubic cell."""
    edge = int(np.ceil(atoms ** (1 / 3) - 1e-9))
    places = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), -1).reshape(-1, 3)
    moved = places[:atoms] + 0.1 * np.random.default_rng(1).random((atoms, 3))
    return moved / edge, SPACING * edge


def general_positions() -> NDArray[np.float64]:
    """General positions of Fm-3m: x > y > z > 0 and x + y < 1/2, away from all mirrors."""
    steps = np.arange(1, int(MOF_EDGE / 2 / SPACING)) * SPACING / MOF_EDGE
    x, y, z = (axis.ravel() for axis in np.meshgrid(steps, steps, steps, indexing="ij"))
    inside = (x > y) & (y > z) & (x + y < 0.5 - SPACING / MOF_EDGE)
    return np.stack([x, y, z], axis=1)[inside][:MOF_SITES]


def write(path: Path, group: str, edge: float, positions: NDArray[np.float64]) -> None:
    """Write a cubic cell with four kinds of atoms in turn."""
    head = ["data_x", *(f"_cell_length_{axis} {edge:.6f}" for axis in "abc")]
    head += [f"_cell_angle_{angle} 90" for angle in ("alpha", "beta", "gamma")]
    head += [f"_space_group_name_H-M_alt '{group}'", "loop_", "_atom_site_label"]
    head += ["_atom_site_type_symbol", "_atom_site_occupancy"]
    head += [f"_atom_site_fract_{axis}" for axis in "xyz"]
    rows = [
        f"{element}{number} {element} 1.0 {x:.6f} {y:.6f} {z:.6f}"
        for number, (x, y, z) in enumerate(positions.tolist())
        for element in ("Na", "Zr", "P", "O")[number % 4 : number % 4 + 1]
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")


def timed(work: Callable[[], object], repeat: int) -> float:
    """Shortest processor time in seconds of some calls."""
    times = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def by_pymatgen(path: Path) -> None:
    """Read with pymatgen."""
    from pymatgen.io.cif import CifParser

    CifParser(path).parse_structures(primitive=False)


def compare(name: str, path: Path, peers: bool) -> None:
    """Time all readers on a file and print a line."""
    import ase.io

    def by_gemmi() -> None:
        len(gemmi.read_small_structure(str(path)).get_all_unit_cell_sites())

    atoms = len(read_structure(path))
    own = timed(lambda: read_structure(path), 5)
    bare = timed(by_gemmi, 5)
    line = f"{name:>12} {atoms:7} atoms: {own:.3f} s, gemmi {bare:.3f} s, ratio {own / bare:.1f}"
    if peers and atoms <= PEERS_UP_TO:
        for peer, work in (
            ("ASE", lambda: ase.io.read(path)),
            ("pymatgen", lambda: by_pymatgen(path)),
        ):
            line += f"; {peer} {timed(work, 1) / own:.0f} times as long"
    print(line, flush=True)


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-peer", action="store_true", help="leave ASE and pymatgen out")
    peers = not parser.parse_args().no_peer
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.cif"
            positions, edge = grid(size)
            write(path, "P 1", edge, positions)
            compare("P1", path, peers)
        path = Path(folder) / "mof.cif"
        write(path, "F m -3 m", MOF_EDGE, general_positions())
        compare("Fm-3m", path, peers)


if __name__ == "__main__":
    main()
