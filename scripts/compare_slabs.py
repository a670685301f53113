"""Terminations and slabs of ten crystals beside pymatgen's SlabGenerator, up to an index.

For every inequivalent plane: how many cuts ionsmith and pymatgen find, how many of those of one the
other has too, whether the slabs have the composition of the crystal and keep its PO4 whole, and the
time. A slab is the same where composition and distance of the layers down to 4 Å below both faces
are the same up to turning over.

    python scripts/compare_slabs.py [--max-index 1] [crystal ...]
"""

import argparse
import time
import warnings
from collections import Counter
from typing import Any

import numpy as np
from ase import Atoms

CRYSTALS = ("al2o3", "fepo4", "lifepo4", "na2o", "na3po4", "nah2po4", "si", "sio2", "v2o5", "zro2")
LAYER = 0.1
"""Heights in Å that differ by less belong to one layer."""

DEPTH = 4.0
"""Depth in Å of the layers that make a face."""


def faces(atoms: Atoms) -> tuple[Any, ...]:
    """Layers of both faces, the same when the slab is turned over or thicker."""
    z = atoms.positions[:, 2]
    order = np.argsort(z, kind="stable")
    ends = np.flatnonzero(np.diff(z[order]) > LAYER)
    number = np.zeros(len(atoms), dtype=int)
    number[order] = np.searchsorted(ends, np.arange(len(atoms)), side="left")
    symbols = np.array(atoms.get_chemical_symbols())
    area = np.linalg.norm(np.cross(*atoms.cell.array[:2]))
    layers = []
    for layer in range(len(ends) + 1):
        own = number == layer
        counts = Counter(symbols[own].tolist())
        per_area = tuple(sorted((e, round(n / area, 4)) for e, n in counts.items()))
        layers.append((float(z[own].mean()), per_area))
    upper = [(round(layers[-1][0] - height, 1), name) for height, name in layers[::-1]]
    lower = [(round(height - layers[0][0], 1), name) for height, name in layers]
    ends_of = [tuple(item for item in face if item[0] < DEPTH) for face in (upper, lower)]
    return tuple(sorted(ends_of, key=repr))


def ours(name: str, max_index: int, groups: list[str] | None) -> dict[str, list[Atoms]]:
    """Slabs of ionsmith by plane."""
    from ionsmith.builders.slab import build_slabs

    found: dict[str, list[Atoms]] = {}
    for slab in build_slabs(f"lib:{name}", max_index, thickness=10.0, groups=groups).slabs:
        found.setdefault(slab.plane, []).append(slab.atoms)
    return found


def theirs(crystal: Atoms, planes: list[str]) -> dict[str, list[Atoms]]:
    """Slabs of pymatgen by plane, in the thickness of ours."""
    from pymatgen.core.surface import SlabGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    structure = AseAtomsAdaptor.get_structure(crystal)
    found: dict[str, list[Atoms]] = {}
    for plane in planes:
        indices = tuple(int(word) for word in plane.strip("()").split(","))
        generator = SlabGenerator(
            structure, indices, 10.0, 15.0, primitive=True, max_normal_search=None
        )
        slabs = generator.get_slabs(ftol=LAYER, symmetrize=False)
        found[plane] = [upright(AseAtomsAdaptor.get_atoms(slab)) for slab in slabs]
    return found


def upright(atoms: Atoms) -> Atoms:
    """Turn a slab so that z is its normal."""
    cell = atoms.cell.array
    normal = np.cross(cell[0], cell[1])
    normal /= np.linalg.norm(normal)
    along = cell[0] / np.linalg.norm(cell[0])
    frame = np.array([along, np.cross(normal, along), normal])
    turned = atoms.copy()
    turned.set_cell(cell @ frame.T)
    turned.positions = atoms.positions @ frame.T
    return turned


def whole(atoms: Atoms) -> bool:
    """Whether every P has four O."""
    from ase.neighborlist import neighbor_list

    periodic = atoms.copy()
    periodic.pbc = (True, True, False)
    first = neighbor_list("i", periodic, {("P", "O"): 1.9})
    counts = np.bincount(first, minlength=len(atoms))
    return bool((counts[atoms.numbers == 15] == 4).all())


def proportional(atoms: Atoms, crystal: Atoms) -> bool:
    """Whether a slab has the composition of the crystal."""
    own, bulk = Counter(atoms.get_chemical_symbols()), Counter(crystal.get_chemical_symbols())
    return all(own[e] * len(crystal) == n * len(atoms) for e, n in bulk.items())


def main() -> None:
    """Print one line for each crystal."""
    from ionsmith.crystals import load

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("crystals", nargs="*", default=CRYSTALS)
    parser.add_argument("--max-index", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"{'crystal':10}{'planes':>7} | ionsmith: cuts, also theirs, formula, PO4 whole, s "
        "| pymatgen: cuts, also ours, formula, PO4 whole, s | ionsmith without groups: cuts, s"
    )
    for name in asked.crystals:
        crystal = load(name).to_atoms()
        start = time.perf_counter()
        own = ours(name, asked.max_index, None)
        own_time = time.perf_counter() - start
        start = time.perf_counter()
        bare = ours(name, asked.max_index, [])
        bare_time = time.perf_counter() - start
        start = time.perf_counter()
        other = theirs(crystal, list(bare))
        other_time = time.perf_counter() - start
        bare_keys = {plane: {faces(slab) for slab in slabs} for plane, slabs in bare.items()}
        keys = {plane: {faces(slab) for slab in slabs} for plane, slabs in own.items()}
        other_keys = {plane: {faces(slab) for slab in slabs} for plane, slabs in other.items()}
        columns = []
        for slabs, matches in (
            (own, sum(len(keys[p] & other_keys[p]) for p in own)),
            (other, sum(len(bare_keys[p] & other_keys[p]) for p in other)),
        ):
            every = [slab for plane in slabs.values() for slab in plane]
            columns.append(
                f"{len(every):5d} {matches:5d} "
                f"{sum(proportional(slab, crystal) for slab in every):5d} "
                f"{sum(whole(slab) for slab in every):5d}"
            )
        number = sum(len(slabs) for slabs in bare.values())
        print(
            f"{name:10}{len(bare):>7} | {columns[0]} {own_time:6.2f} | {columns[1]} "
            f"{other_time:6.2f} | {number:5d} {bare_time:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
