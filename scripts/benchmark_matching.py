"""Time the search for matching cells against pymatgen, on the same plane meshes.

For five pairs of crystals and all facets up to index 2: pymatgen's ZSL generator (with numba)
against the exact search with both handednesses, which must find all of its matches, and its
substrate analyzer against the whole search with result objects. Then the time of the exact search
as a function of the area limit.

The analyzer cuts its own slabs, whose meshes are not primitive for centred lattices, and therefore
misses most of the matches; its time is given as it is, and for all matches on the primitive meshes.
Our search makes a match object on access: its time is given for the best match only, and for all.

    python scripts/benchmark_matching.py [--skip-analyzer]
"""

import argparse
import gc
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase.build import bulk

from ionsmith.crystals import load
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.surfaces.coincidence import Coincidences, Limits, coincidences
from ionsmith.surfaces.matches import Matches, find_matches
from ionsmith.surfaces.plane_mesh import PlaneMesh, facets, plane_meshes

STRUCTURES = Path(__file__).parents[1] / "structures"
MAX_AREA = 400.0  # Å²
SYSTEMS = [
    ("Si", "GaAs"),
    ("Si", "Al2O3"),
    ("NVP", "NH4VO3"),
    ("NVP", "NaH2PO4"),
    ("NH4VO3", "NaH2PO4"),
]
# Lattice constant of GaAs at room temperature: J. S. Blakemore, J. Appl. Phys. 53, R123 (1982),
# doi:10.1063/1.331665.
GAAS = bulk("GaAs", "zincblende", 5.6533, cubic=True)


def crystal(name: str) -> CrystalLattice:
    """Cell and space group of one of the crystals."""
    if name == "GaAs":
        return CrystalLattice.of_atoms(GAAS, "GaAs")
    return load(name.lower()).lattice


def fresh(known: CrystalLattice) -> CrystalLattice:
    """The same crystal, with nothing that an earlier run has worked out about it."""
    of = known.symmetry
    symmetry = Symmetry(of.rotations, of.translations, of.number, of.symbol)
    return CrystalLattice(known.name, Lattice(known.lattice.cell), symmetry, known.symmetry_source)


def structure(name: str) -> Any:
    """The same crystal for pymatgen, with all its atoms and occupancies."""
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    if name == "GaAs":
        return AseAtomsAdaptor.get_structure(GAAS)
    return Structure.from_file(STRUCTURES / f"{name.lower()}.cif")


def seconds(function: Callable[[], Any], repeats: int = 7) -> tuple[float, Any]:
    """Shortest time of several runs, and the result."""
    best, result = np.inf, None
    for _ in range(repeats):
        gc.collect()
        started = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - started)
        if best > 1:
            break
    return best, result


def flat(mesh: PlaneMesh) -> np.ndarray:
    """Mesh vectors with a third component of zero, as pymatgen wants them."""
    return np.pad(mesh.basis, ((0, 0), (0, 1)))


def hermite(cells: np.ndarray) -> list[tuple[int, ...]]:
    """Hermite normal forms a, b, d of many cells."""
    forms = []
    for (p, q), (r, s) in cells.round().astype(int).tolist():
        while r:
            p, q, r, s = r, s, p - p // r * r, q - p // r * s
        if p < 0:
            p, q = -p, -q
        forms.append((p, q % abs(s), abs(s)))
    return forms


def cell_pairs(found: Coincidences) -> set[tuple[Any, ...]]:
    """Which film cells lie on which substrate cells."""
    cells = hermite(found.substrate_cells), hermite(found.film_cells)
    return set(zip(map(tuple, found.mesh_pair.tolist()), *cells, strict=True))


def reference(substrates: Sequence[PlaneMesh], films: Sequence[PlaneMesh]) -> list[Any]:
    """Matches of pymatgen's ZSL generator."""
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator

    generator = ZSLGenerator(max_area=MAX_AREA)
    return [
        (s, f, match)
        for s, substrate in enumerate(substrates)
        for f, film in enumerate(films)
        for match in generator(flat(film), flat(substrate))
    ]


def largest_strain(match: Any) -> float:
    """Largest principal strain of the film in a match of pymatgen."""
    metrics = [
        np.array(cell) @ np.array(cell).T
        for cell in (match.film_sl_vectors, match.substrate_sl_vectors)
    ]
    stretches = np.sqrt(np.linalg.eigvals(np.linalg.solve(*metrics)).real)
    return float(abs(stretches - 1).max())


def compare(film_name: str, substrate_name: str) -> float:
    """Exact search against pymatgen's generator: ratio of time."""
    substrate, film = crystal(substrate_name), crystal(film_name)
    substrates = plane_meshes(substrate, facets(substrate.symmetry, 2))
    films = plane_meshes(film, facets(film.symmetry, 2, two_sided=True))
    reference(substrates[:1], films[:1])  # compiles
    theirs, listed = seconds(lambda: reference(substrates, films), 2)
    expected = {
        ((s, f), *hermite(np.array([m.substrate_transformation, m.film_transformation])))
        for s, f, m in listed
    }
    limits = Limits(MAX_AREA, max(largest_strain(match) for *_, match in listed) * (1 + 1e-6))
    exact, found = seconds(lambda: coincidences(substrates, films, limits))
    everything = coincidences(substrates, films, limits, symmetric=False)
    assert cell_pairs(everything) >= expected, "the exact search lost a match"
    print(
        f"{film_name + ' on ' + substrate_name:>20} {len(substrates) * len(films):>6} "
        f"{1e3 * theirs:>9.1f} {len(expected):>8} "
        f"{len(everything):>8} {len(found):>8} {1e3 * exact:>8.2f} {theirs / exact:>6.0f}",
        flush=True,
    )
    return theirs / exact


def analyze(film_name: str, substrate_name: str) -> tuple[float, ...]:
    """Time the whole search against pymatgen's substrate analyzer: ratios of time.

    The second one is with the objects of all matches made here. The last one compares that with
    pymatgen's generator on the primitive meshes used here, and the result objects that the
    analyzer makes of what that finds.
    """
    from pymatgen.analysis.interfaces.substrate_analyzer import SubstrateAnalyzer, SubstrateMatch

    structures = structure(film_name), structure(substrate_name)
    analyzer = SubstrateAnalyzer(2, 2, max_area=MAX_AREA)
    substrate, film = crystal(substrate_name), crystal(film_name)
    theirs, listed = seconds(lambda: list(analyzer.calculate(*structures)), 1)
    substrates = plane_meshes(substrate, facets(substrate.symmetry, 2))
    films = plane_meshes(film, facets(film.symmetry, 2, two_sided=True))
    fair, objects = seconds(
        lambda: [
            SubstrateMatch.from_zsl(
                match, structures[0], films[f].plane.indices, substrates[s].plane.indices
            )
            for s, f, match in reference(substrates, films)
        ],
        1,
    )
    limits = Limits(MAX_AREA, 0.04)

    def search() -> Matches:
        return find_matches(fresh(substrate), fresh(film), limits, max_index=2, supercells=True)

    ours, _ = seconds(lambda: search().matches[0])
    every, found = seconds(lambda: tuple(search().matches))
    assert len(found) >= len(listed), "fewer matches than the analyzer"
    ratios = theirs / ours, theirs / every, fair / every
    print(
        f"{film_name + ' on ' + substrate_name:>20} {theirs:>9.1f} {len(listed):>8} "
        f"{fair:>9.1f} {len(objects):>8} {1e3 * ours:>8.1f} {1e3 * every:>8.1f} {len(found):>8} "
        + " ".join(f"{ratio:>6.0f}" for ratio in ratios),
        flush=True,
    )
    return ratios


def growth() -> None:
    """Cost of the exact search against the area limit."""
    substrate, film = crystal("GaAs"), crystal("Si")
    sides = [plane_meshes(side, facets(side.symmetry, 2)) for side in (substrate, film)]
    areas, times = [100, 200, 400, 800, 1600], []
    for area in areas:
        limits = Limits(area, 0.04)
        spent, found = seconds(lambda limits=limits: coincidences(*sides, limits), 3)
        times.append(spent)
        print(f"{area:>6} Å²: {len(found):>8} matches in {1e3 * spent:>9.2f} ms", flush=True)
    power = np.log(times[-1] / times[-2]) / np.log(2)
    print(f"at the end the cost grows with the area limit to the power {power:.1f}")


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skip-analyzer", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"{'':>20} {'plane':>6} {'pymatgen':>9} {'':>8} {'exact':>8} {'distinct':>8} "
        f"{'search':>8}\n{'film on substrate':>20} {'pairs':>6} {'ms':>9} {'matches':>8} "
        f"{'matches':>8} {'matches':>8} {'ms':>8} {'ratio':>6}"
    )
    ratios = np.array([compare(*system) for system in SYSTEMS])
    mean = np.exp(np.log(ratios).mean())
    print(f"exact complete search: geometric mean {mean:.0f}, least {ratios.min():.0f}\n")
    growth()
    if arguments.skip_analyzer:
        return
    print(
        f"\nend to end, with result objects\n{'':>20} {'analyzer':>9} {'':>8} {'same mesh':>9} "
        f"{'':>8} {'one made':>8} {'all made':>8} {'':>8} {'ratio':>6} {'ratio':>6} {'same':>6}\n"
        f"{'film on substrate':>20} {'s':>9} {'matches':>8} {'s':>9} {'matches':>8} {'ms':>8} "
        f"{'ms':>8} {'matches':>8} {'one':>6} {'all':>6} {'mesh':>6}"
    )
    ends = np.array([analyze(*system) for system in SYSTEMS])
    means, least = np.exp(np.log(ends).mean(axis=0)), ends.min(axis=0)
    for what, mean, low in zip(
        ("end to end", "with all objects made", "the same on the same meshes"),
        means,
        least,
        strict=True,
    ):
        print(f"{what}: geometric mean {mean:.0f}, least {low:.0f}")


if __name__ == "__main__":
    main()
