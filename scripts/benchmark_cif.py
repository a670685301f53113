"""Time to read CIFs, against gemmi, ASE and pymatgen.

gemmi is measured twice: its bare call, whose sites stay in C++ objects and which checks nothing,
and with positions and elements taken into arrays, as an :class:`ase.Atoms` needs them. ionsmith
reads atoms with everything checked against everything else. Times are those of the processor.

Run: python scripts/benchmark_cif.py
"""

import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import product
from pathlib import Path

import gemmi
import numpy as np
from ase import Atoms

from ionsmith.crystals.files import read_structure

HEADER = (
    "data_x\n"
    + "".join(f"_cell_length_{axis} {{a:.4f}}\n" for axis in "abc")
    + "".join(f"_cell_angle_{angle} 90\n" for angle in ("alpha", "beta", "gamma"))
    + "_symmetry_space_group_name_H-M '{group}'\nloop_\n_atom_site_label\n"
    "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
)
SALT = [("Na", 0, 0, 0), ("Na", 1, 1, 0), ("Na", 1, 0, 1), ("Na", 0, 1, 1)]
SALT += [("Cl", 1 - x, 1 - y, 1 - z) for _, x, y, z in SALT]


def salt(cells: int) -> str:
    """Rock salt of several cells along each axis, all atoms listed."""
    lines = []
    for i, j, k in product(range(cells), repeat=3):
        for symbol, x, y, z in SALT:
            place = np.array([i + x / 2, j + y / 2, k + z / 2]) / cells
            lines.append("{}{} {} {:.6f} {:.6f} {:.6f}".format(symbol, len(lines), symbol, *place))
    return HEADER.format(a=5.64 * cells, group="P 1") + "\n".join(lines) + "\n"


def cubic(sites: int) -> str:
    """A cell of Fm-3m with general positions."""
    points = [p for p in product(range(1, 60), repeat=3) if p[0] > p[1] > p[2] and sum(p[:2]) < 60]
    lines = [
        "Si{} Si {:.6f} {:.6f} {:.6f}".format(number, *(np.array(point) / 120 + 0.001))
        for number, point in enumerate(points[:sites])
    ]
    return HEADER.format(a=400, group="F m -3 m") + "\n".join(lines) + "\n"


def bare_gemmi(path: str) -> object:
    """All atoms of the cell, as objects of gemmi."""
    return gemmi.read_small_structure(path).get_all_unit_cell_sites()


def gemmi_arrays(path: str) -> object:
    """All atoms of the cell by gemmi, as ASE's atoms."""
    structure = gemmi.read_small_structure(path)
    sites = structure.get_all_unit_cell_sites()
    return Atoms(
        numbers=[site.element.atomic_number for site in sites],
        scaled_positions=[site.fract.tolist() for site in sites],
        cell=structure.cell.parameters,
        pbc=True,
    )


def ase_reader(path: str) -> object:
    """Atoms by ASE."""
    import ase.io

    return ase.io.read(path)


def pymatgen_reader(path: str) -> object:
    """A structure by pymatgen."""
    from pymatgen.io.cif import CifParser

    return CifParser(path).parse_structures(primitive=False)


READERS: dict[str, Callable[[str], object]] = {
    "gemmi, bare": bare_gemmi,
    "gemmi, arrays": gemmi_arrays,
    "ionsmith": read_structure,
    "ASE": ase_reader,
    "pymatgen": pymatgen_reader,
}
SLOW = {"ASE": 1_000, "pymatgen": 5_000}
"""Largest numbers of atoms that the slow ones are given."""


def seconds(reader: Callable[[str], object], path: str) -> float:
    """Shortest time of some runs."""
    times = []
    while len(times) < 5 and sum(times) < 5:
        start = time.process_time()
        reader(path)
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print a table."""
    warnings.simplefilter("ignore")
    cases = {
        "P1, 512": (salt(4), 512),
        "P1, 4,096": (salt(8), 4096),
        "P1, 97,336": (salt(23), 97_336),
        "Fm-3m, 3,000 sites": (cubic(3000), 576_000),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "x.cif")
        Path(path).write_text(salt(1))
        for reader in READERS.values():  # imports
            reader(path)
        for name, (text, atoms) in cases.items():
            Path(path).write_text(text)
            base = seconds(bare_gemmi, path)
            for title, reader in READERS.items():
                if atoms > SLOW.get(title, atoms):
                    continue
                took = seconds(reader, path)
                print(f"{name:20} {title:14} {took:8.4f} s {took / base:7.1f}", flush=True)


if __name__ == "__main__":
    main()
