"""Cost of ordering, beside pymatgen's Ewald sum.

First the energies of all distinct arrangements of 18 Na on the 24 Na positions of one cell of
Na3V2(PO4)3, beside pymatgen's EwaldSummation of some of them; then whole orderings, from
enumeration to Monte Carlo searches of thousands of positions.

    python scripts/benchmark_ordering.py [--peers 5]
"""

import argparse
import resource
import time
import warnings

import numpy as np
from numpy.typing import NDArray
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.crystals import load
from ionsmith.crystals.ordering import order
from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._enumeration import enumerate_arrangements
from ionsmith.crystals.ordering._target import find_target

ORDERINGS = [
    ("beta2-alumina", (1, 1, 1)),
    ("beta2-alumina", (2, 1, 1)),
    ("beta2-alumina", (4, 4, 2)),
    ("nzsp", (1, 1, 1)),
    ("nzsp", (4, 4, 4)),
]


def sodium() -> tuple[DisorderedCell, NDArray[np.int64]]:
    """A cell of Na3V2(PO4)3 and all distinct arrangements of 18 Na in it."""
    crystal = load("nvp")
    cell = DisorderedCell(crystal, (1, 1, 1), find_target(crystal, 1, {"Na": 18}))
    return cell, enumerate_arrangements(cell)[0]


def ewald(cell: DisorderedCell, arrangement: NDArray[np.int64]) -> tuple[float, float]:
    """Energy in eV of an arrangement by pymatgen, and the processor time it takes."""
    charges = {e: q for site in cell.crystal.sites for e, q in site.oxidation.items()}
    atoms = cell.build(arrangement)
    del atoms.arrays["site_label"]
    structure = AseAtomsAdaptor.get_structure(atoms)
    structure.add_oxidation_state_by_element(charges)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Per atom charge")
        energy = float(EwaldSummation(structure).total_energy)
    return energy, time.process_time() - started


def energies(peers: int) -> None:
    """Time the energies of all distinct arrangements, and pymatgen's of the first few."""
    started = time.process_time()
    cell, arrangements = sodium()
    found = time.process_time()
    own = cell.energies(arrangements)
    each = (time.process_time() - found) / len(own)
    print(
        f"{len(own)} distinct of 134596 arrangements in {found - started:.2f} s, an energy in "
        f"{1e6 * each:.0f} µs"
    )
    known = [ewald(cell, arrangement) for arrangement in arrangements[:peers]]
    spent = sum(seconds for _, seconds in known)
    apart = max(abs(e - mine) for (e, _), mine in zip(known, own.tolist(), strict=False))
    print(
        f"pymatgen {1e6 * spent / peers:.0f} µs an energy, {spent / peers / each:.0f} times as "
        f"long; largest difference {apart:.1e} eV"
    )


def main() -> None:
    """Compare the energies, then time whole orderings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=int, default=5, help="energies that pymatgen computes")
    energies(parser.parse_args().peers)
    for name, supercell in ORDERINGS:
        started = time.perf_counter()
        result = order(load(name), supercell, nearest=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{name} {'×'.join(map(str, supercell))}, {len(result.structures[0])} atoms: "
            f"{result.method} in {time.perf_counter() - started:.1f} s, peak {peak:.2f} GiB"
        )


if __name__ == "__main__":
    main()
