"""Time of an interface from a known match, compared with pymatgen's coherent interface builder.

Corundum (001) on silicon (001), and NaH2PO4 (010) on NH4VO3 (100), about 700 atoms each: the
terminations of both sides are found, two slabs are cut, strained and stacked. Three interfaces of a
match are timed, because both programs keep what they prepare: the first one, one of other
terminations, and one of the same terminations with another shift or gap, for which pymatgen cuts
again. The search for matches is excluded (scripts/benchmark_matching.py measures it); the scan of
shifts, which pymatgen does not do, is timed separately. Times are the best of several runs in one
process.

    python scripts/benchmark_interfaces.py
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

from ionsmith.builders.interface import MatchedPair
from ionsmith.crystals import load
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

SYSTEMS = [
    ("si", (0, 0, 1), "al2o3", (0, 0, 1), 260.0, 0.08),
    ("nh4vo3", (1, 0, 0), "nah2po4", (0, 1, 0), 420.0, 0.08),
]
THICKNESS = 13.0  # Å
RUNS = 5
QUICK = 0.1
"""Runs shorter than this time in s are repeated ten times as often."""


def best_time(run: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time in s of several runs, and the last result."""
    times: list[float] = []
    while len(times) < (10 * RUNS if times and times[0] < QUICK else RUNS):
        start = time.process_time()
        result = run()
        times.append(time.process_time() - start)
    return min(times), result


Cut = Callable[[], Any]


def peer(
    substrate: str, below: tuple[int, int, int], film: str, above: tuple[int, int, int], area: float
) -> tuple[Cut, Cut]:
    """What pymatgen does for the first interface, and for the following ones."""
    from pymatgen.analysis.interfaces import CoherentInterfaceBuilder
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    structures = [AseAtomsAdaptor.get_structure(load(n).to_atoms()) for n in (substrate, film)]
    sides = {
        "substrate_structure": structures[0],
        "film_structure": structures[1],
        "film_miller": above,
        "substrate_miller": below,
    }
    limits = ZSLGenerator(
        max_area=area, max_length_tol=0.09, max_angle_tol=0.09, max_area_ratio_tol=0.2
    )
    matches = CoherentInterfaceBuilder(**sides, zslgen=limits).zsl_matches
    # Its largest match gives an interface of about the same size.
    known = max(matches, key=lambda match: match.match_area)

    class Builder(CoherentInterfaceBuilder):  # type: ignore[misc]
        """pymatgen's builder, given a match."""

        def _find_matches(self) -> None:
            self.zsl_matches = [known]

    def cut(builder: Builder) -> Any:
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

    builder = Builder(**sides)
    return lambda: cut(Builder(**sides)), lambda: cut(builder)


def own(
    substrate: str,
    below: tuple[int, int, int],
    film: str,
    above: tuple[int, int, int],
    area: float,
    strain: float,
) -> tuple[Cut, Cut, Cut, Cut]:
    """The first interface, one of other terminations, one of the same, and a scan of shifts."""
    phases = load(substrate), load(film)
    matches = find_matches(
        phases[0].lattice,
        phases[1].lattice,
        Limits(area, strain),
        contact=(Plane(below), Plane(above)),
        supercells=True,
    )
    match = max(matches.matches, key=lambda m: (m.area, -m.von_mises))
    made: dict[str, Any] = {"terminations": (1, 1), "shift": (0.0, 0.0), "gap": 2.0}
    pair = MatchedPair(*phases, match, (THICKNESS, THICKNESS))

    def cut_again() -> Any:
        for kept in (pair._cuts, pair._scores):
            kept.clear()
        return pair.build(**made)

    return (
        lambda: MatchedPair(*phases, match, (THICKNESS, THICKNESS)).build(**made),
        cut_again,
        lambda: pair.build(**made),
        lambda: pair.build(terminations=(1, 1)),
    )


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    print("interface slab from a known match, ms; ratio of the times per atom")
    print(f"{'':20}{'':7}{'atoms':>7}{'ms':>7}  pymatgen:{'atoms':>7}{'ms':>7}{'ratio':>7}")
    for substrate, below, film, above, area, strain in SYSTEMS:
        *cuts, scan = own(substrate, below, film, above, area, strain)
        theirs = peer(substrate, below, film, above, area)
        names = "first", "other", "next"
        for name, ours, other in zip(names, cuts, (*theirs, theirs[1]), strict=True):
            spent, made = best_time(ours)
            taken, interface = best_time(other)
            number, atoms = len(made.atoms), len(interface)
            ratio = taken / atoms / (spent / number)
            print(
                f"{film + ' on ' + substrate:20}{name:7}{number:7}{1e3 * spent:7.1f}"
                f"           {atoms:7}{1e3 * taken:7.0f}{ratio:7.0f}"
            )
        print(f"{'':20}our scan of registries: {1e3 * (best_time(scan)[0] - spent):.0f} ms")


if __name__ == "__main__":
    main()
