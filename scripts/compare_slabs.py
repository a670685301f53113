"""Slabs of ten crystals and ten interfaces beside pymatgen's, up to an index.

Slabs beside its SlabGenerator. For every inequivalent plane: how many cuts ionsmith and pymatgen
find, how many of those of one the other has too, whether the slabs have the composition of the
crystal and keep its PO4 whole, and the time. A slab is the same where composition and distance of
the layers down to 4 Å below both faces are the same up to turning over.

Interfaces beside its CoherentInterfaceBuilder, two pairs of its own tests among them (quartz on
silicon, VO2 on TiO2): how many common cells with at most 400 Å² and 8 % of strain are found, the
area of the smallest, how many cuts of substrate and film, the shortest distance across the contact
of the first interface as it is built, and the time for all of it.

    python scripts/compare_slabs.py [--max-index 1] [crystal ...]
    python scripts/compare_slabs.py --interfaces
"""

import argparse
import time
import warnings
from collections import Counter
from typing import Any

import numpy as np
from ase import Atoms

AREA, STRAIN = 400.0, 0.08
THICK = 10.0  # Å of each side
CONVENTIONAL = {
    "fe": ("Im-3m", [2.867], ["Fe"], [(0, 0, 0)]),
    "tio2": ("P4_2/mnm", [4.594, 4.594, 2.959], ["Ti", "O"], [(0, 0, 0), (0.3048, 0.3048, 0)]),
    "vo2": ("P4_2/mnm", [4.555, 4.555, 2.851], ["V", "O"], [(0, 0, 0), (0.3001, 0.3001, 0)]),
}
"""Crystals that the library does not hold, rounded: space group, lengths, elements, sites."""

Indices = tuple[int, int, int]
PAIRS: list[tuple[str, Indices, str, Indices]] = [
    ("si", (1, 1, 1), "sio2", (1, 0, 0)),
    ("tio2", (0, 0, 1), "vo2", (0, 0, 1)),
    ("mgo", (0, 0, 1), "fe", (0, 0, 1)),
    ("si", (0, 0, 1), "ge", (0, 0, 1)),
    ("al2o3", (0, 0, 1), "v2o3", (0, 0, 1)),
    ("al2o3", (0, 0, 1), "mgo", (1, 1, 1)),
    ("si", (0, 0, 1), "zro2", (0, 0, 1)),
    ("lifepo4", (0, 1, 0), "fepo4", (0, 1, 0)),
    ("na2o", (1, 1, 1), "al2o3", (0, 0, 1)),
    ("nh4vo3", (1, 0, 0), "nah2po4", (0, 1, 0)),
]
"""Substrate and film with the planes in contact."""

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


def crystal_of(name: str) -> Atoms:
    """A crystal of the library, or one from above, in its conventional cell."""
    from pymatgen.core import Lattice, Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    from ionsmith.crystals import load

    if name not in CONVENTIONAL:
        return load(name).to_atoms()
    group, lengths, elements, sites = CONVENTIONAL[name]
    a, b, c = lengths if len(lengths) == 3 else lengths * 3
    lattice = Lattice.orthorhombic(a, b, c)
    return AseAtomsAdaptor.get_atoms(Structure.from_spacegroup(group, lattice, elements, sites))


def shortest_across(atoms: Atoms, film: Any) -> float:
    """Shortest distance in Å between an atom of the film and one of the substrate."""
    from ase.neighborlist import neighbor_list

    first, second, distance = neighbor_list("ijd", atoms, 5.0)
    across = distance[film[first] & ~film[second]]
    return float(across.min()) if len(across) else np.inf


def our_interface(pair: tuple[str, Indices, str, Indices]) -> tuple[Any, ...]:
    """Cells, smallest area, cuts of both sides and shortest distance across of ionsmith."""
    from ionsmith.builders.interface import MatchedPair
    from ionsmith.crystals.conversion import read_lattice
    from ionsmith.lattice.miller import Plane
    from ionsmith.surfaces.coincidence import Limits
    from ionsmith.surfaces.matches import find_matches

    substrate, film = crystal_of(pair[0]), crystal_of(pair[2])
    found = find_matches(
        read_lattice(substrate),
        read_lattice(film),
        Limits(AREA, STRAIN),
        contact=(Plane(pair[1]), Plane(pair[3])),
    )
    areas = [match.area for match in found.matches]
    both = MatchedPair(substrate, film, found.matches[0], thickness=(THICK, THICK))
    cuts = both.terminations()
    atoms = both.build().atoms
    across = shortest_across(atoms, atoms.arrays["side"] == 1)
    sides = len(cuts.substrate_terminations), len(cuts.film_terminations)
    return found.count, min(areas), *sides, across


def their_interface(pair: tuple[str, Indices, str, Indices]) -> tuple[Any, ...]:
    """The same of pymatgen."""
    from pymatgen.analysis.interfaces import CoherentInterfaceBuilder
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    structures = [AseAtomsAdaptor.get_structure(crystal_of(name)) for name in pair[::2]]
    limits = ZSLGenerator(
        max_area=AREA, max_length_tol=STRAIN, max_angle_tol=STRAIN, max_area_ratio_tol=2 * STRAIN
    )
    builder = CoherentInterfaceBuilder(
        structures[0],
        structures[1],
        film_miller=pair[3],
        substrate_miller=pair[1],
        zslgen=limits,
        termination_ftol=LAYER,
        label_index=True,
    )
    areas = [match.match_area for match in builder.zsl_matches]
    cuts = builder.terminations
    sides = len({substrate for _, substrate in cuts}), len({film for film, _ in cuts})
    if not areas:
        return 0, np.nan, *sides, np.nan
    made = next(
        iter(
            builder.get_interfaces(
                cuts[0], film_thickness=THICK, substrate_thickness=THICK, in_layers=False
            )
        )
    )
    film = np.array([label == "film" for label in made.site_properties["interface_label"]])
    atoms = AseAtomsAdaptor.get_atoms(made)
    return len(areas), min(areas), *sides, shortest_across(atoms, film)


def compare_interfaces() -> None:
    """Print one line for each pair."""
    print(f"{'substrate on film':30} | ionsmith, then pymatgen: cells, Å², cuts, across (Å), s")
    for pair in PAIRS:
        columns = []
        for work in (our_interface, their_interface):
            start = time.perf_counter()
            try:
                cells, area, below, above, across = work(pair)
            except Exception as error:  # the line says what went wrong
                columns.append(f"{type(error).__name__}: {str(error)[:50]}")
                continue
            seconds = time.perf_counter() - start
            columns.append(
                f"{cells:6d} {area:6.1f} {below:3d} x {above:<3d} {across:5.2f} {seconds:7.2f}"
            )
        name = f"{pair[0]} {pair[1]}, {pair[2]} {pair[3]}"
        print(f"{name:42} | {' | '.join(columns)}", flush=True)


def main() -> None:
    """Print one line for each crystal or pair."""
    from ionsmith.crystals import load

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("crystals", nargs="*", default=CRYSTALS)
    parser.add_argument("--max-index", type=int, default=1)
    parser.add_argument("--interfaces", action="store_true", help="interfaces instead of slabs")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.interfaces:
        compare_interfaces()
        return
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
