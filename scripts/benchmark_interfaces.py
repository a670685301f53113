"""Cost of an interface slab from a known match, beside pymatgen's coherent interface builder.

Corundum (001) on silicon (001), NaH2PO4 (010) on NH4VO3 (100): the match is there, the two slabs
are cut, strained and stacked, some 700 atoms. The search for matches is left out on both sides
(scripts/benchmark_matching.py measures it), and so is the scan of registries, which pymatgen does
not do; its cost is given apart. Times are the best of several runs, in one process.

    python scripts/benchmark_interfaces.py
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

from ionsmith.builders.interfaces import build_interface
from ionsmith.crystals import load
from ionsmith.geometry.coincidence import Limits
from ionsmith.geometry.matches import find_matches
from ionsmith.geometry.miller import Plane

SYSTEMS = [
    ("si", (0, 0, 1), "al2o3", (0, 0, 1), 260.0, 0.08),
    ("nh4vo3", (1, 0, 0), "nah2po4", (0, 1, 0), 420.0, 0.08),
]
THICKNESS = 13.0  # Å
RUNS = 5


def best_time(run: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time of several runs in s, and what the last one returned."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = run()
        times.append(time.perf_counter() - start)
    return min(times), found


def peer(
    substrate: str, below: tuple[int, int, int], film: str, above: tuple[int, int, int], area: float
) -> tuple[float, float, int]:
    """Times of pymatgen: its builder, an interface of a known match; and the atoms in that."""
    from pymatgen.analysis.interfaces import CoherentInterfaceBuilder
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    structures = [AseAtomsAdaptor.get_structure(load(n).to_atoms()) for n in (substrate, film)]

    def make() -> Any:
        return CoherentInterfaceBuilder(
            substrate_structure=structures[0],
            film_structure=structures[1],
            film_miller=above,
            substrate_miller=below,
            zslgen=ZSLGenerator(
                max_area=area, max_length_tol=0.09, max_angle_tol=0.09, max_area_ratio_tol=0.2
            ),
        )

    preparation, builder = best_time(make)
    # Its largest match: an interface of about the size of ours.
    builder.zsl_matches = [max(builder.zsl_matches, key=lambda match: match.match_area)]

    def run() -> Any:
        return next(
            builder.get_interfaces(
                builder.terminations[0],
                gap=2.0,
                vacuum_over_film=15.0,
                film_thickness=THICKNESS,
                substrate_thickness=THICKNESS,
                in_layers=False,
            )
        )

    seconds, interface = best_time(run)
    return preparation, seconds, len(interface)


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    print(f"{'':20}{'atoms':>7}{'ms':>7}  pymatgen:{'atoms':>7}{'ms':>7}{'ratio per atom':>16}")
    for substrate, below, film, above, area, strain in SYSTEMS:
        phases = load(substrate), load(film)
        limits = Limits(area, strain)
        matches = find_matches(
            phases[0].lattice,
            phases[1].lattice,
            limits,
            planes=(Plane(below), Plane(above)),
        )
        match = max(matches.matches, key=lambda m: (m.area, -m.von_mises))
        options: dict[str, Any] = {"thickness": (THICKNESS, THICKNESS), "terminations": (1, 1)}

        def given(
            options: dict[str, Any] = options, phases: Any = phases, match: Any = match
        ) -> Any:
            return build_interface(*phases, match, shift=(0.0, 0.0), gap=2.0, **options)

        def scanned(
            options: dict[str, Any] = options, phases: Any = phases, match: Any = match
        ) -> Any:
            return build_interface(*phases, match, **options)

        seconds, interface = best_time(given)
        with_scan, _ = best_time(scanned)
        preparation, theirs, atoms = peer(substrate, below, film, above, area)
        number = len(interface.atoms)
        ratios = [time / atoms / (seconds / number) for time in (theirs, theirs + preparation)]
        print(
            f"{film + ' on ' + substrate:20}{number:7}{1e3 * seconds:7.1f}           {atoms:7}"
            f"{1e3 * theirs:7.0f}{ratios[0]:16.0f}   {ratios[1]:.0f} with its builder, which "
            f"searches first; our scan of registries: {1e3 * (with_scan - seconds):.0f} ms"
        )


if __name__ == "__main__":
    main()
