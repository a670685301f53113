"""Zone-axis patterns beside pymatgen's TEM calculator: time, and spots that are missing.

Both compute the zero-order Laue zone. pymatgen tries the indices -10 to 10 and no others; the
patterns here go down to the smallest spacing of the strong spots among them, so that they hold
these and all that lie between. A spot is strong from 1 % of the strongest one on. Times are of the
processor, the best of several runs, for a structure in memory: with the space group known, as for a
crystal of the library, and with moyo looking for it.

    python scripts/benchmark_spots.py
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith.analyzers.scattering import Conditions, Scatterers, forget_structures
from ionsmith.analyzers.spots import SpotPattern, spot_pattern
from ionsmith.crystals import load
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import Direction

REPEATS = 10
STRONG = 1.0
ENERGY = 200.0
MODELS = (
    ("si", (1, 1, 0)),
    ("nh4vo3", (0, 1, 2)),
    ("nvp", (1, 2, -1)),
    ("beta2-alumina", (1, 0, 0)),
    ("beta2-alumina", (2, 1, 0)),
    ("li13si4", (0, 0, 1)),
    ("na15sn4", (1, 1, 1)),
    ("li22si5", (1, 0, 0)),
)


def best_time(function: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Seconds of processor time of the quickest of several runs, after one that warms up."""
    function()
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return min(times)


def ordered(name: str) -> Atoms:
    """The crystal with every site filled by what it mostly holds."""
    crystal = load(name)
    for site in crystal.sites:
        main = max(site.occupancy, key=lambda element, s=site: s.occupancy[element])
        crystal = crystal.with_occupancy(site.label, {main: 1.0}, site.oxidation)
    return crystal.to_atoms()


def peer_spots(atoms: Atoms, zone: tuple[int, int, int]) -> tuple[set[tuple[int, ...]], float]:
    """Spots that pymatgen finds to be strong, and the seconds it takes."""
    from pymatgen.analysis.diffraction.tem import TEMCalculator
    from pymatgen.core import Structure

    structure = Structure(
        atoms.cell.array, atoms.get_chemical_symbols(), atoms.positions, coords_are_cartesian=True
    )
    calculator = TEMCalculator(voltage=ENERGY, beam_direction=zone)
    started = time.process_time()
    table = calculator.get_pattern(structure)
    seconds = time.process_time() - started
    strong = table[table["Intensity (norm)"] >= STRONG / 100]
    return {tuple(hkl) for hkl in strong["(hkl)"]}, seconds


def complete_zone(
    scatterers: Scatterers, zone: tuple[int, int, int], d_min: float
) -> set[tuple[int, ...]]:
    """Every index of the zone down to a spacing, by trying all within the bounds of the cell."""
    bounds = np.floor(np.array(scatterers.lattice.cellpar[:3]) / d_min).astype(int)
    hkl = index_grid(-bounds, bounds)
    hkl = hkl[(hkl @ zone == 0) & hkl.any(axis=1)]
    hkl = hkl[scatterers.lattice.d_spacing(hkl) >= d_min * (1 - 1e-9)]
    return set(map(tuple, hkl.tolist()))


def main() -> None:
    """Print a line a pattern and the geometric mean."""
    print(
        f"{'crystal':<15}{'zone':<10}{'atoms':>6}{'spots':>7}{'pymatgen':>11}"
        f"{'known group':>13}{'ratio':>7}{'moyo':>10}{'ratio':>7}{'missing':>9}"
        f"{'its missing':>13}"
    )
    ratios = []
    for name, zone in MODELS:
        atoms = ordered(name)
        theirs, seconds = peer_spots(atoms, zone)
        known = Scatterers.of(atoms)
        d_min = float(known.lattice.d_spacing(sorted(theirs)).min())
        conditions = Conditions(
            energy=ENERGY, d_min=d_min * (1 - 1e-9), max_excitation_error=1.0, max_laue_zone=0,
            min_intensity=0.0,
        )  # fmt: skip
        direction = Direction(zone)

        def with_group(
            known: Scatterers = known,
            direction: Direction = direction,
            conditions: Conditions = conditions,
        ) -> SpotPattern:
            return spot_pattern(known, direction, conditions)

        def with_moyo(
            atoms: Atoms = atoms,
            direction: Direction = direction,
            conditions: Conditions = conditions,
        ) -> SpotPattern:
            forget_structures()
            return spot_pattern(atoms, direction, conditions)

        pattern = with_group()
        own = set(map(tuple, pattern.hkl.tolist()))
        strong = {
            tuple(hkl)
            for hkl, intensity in zip(pattern.hkl.tolist(), pattern.intensity, strict=True)
            if intensity >= STRONG
        }
        everything = complete_zone(known, zone, d_min)
        # What is not listed must be without intensity: the centring or the positions forbid it.
        dark = everything - own
        assert not dark & theirs
        times = best_time(with_group), best_time(with_moyo)
        ratios.append((seconds / times[0], seconds / times[1]))
        print(
            f"{name:<15}{direction!s:<10}{len(atoms):>6}{len(own):>7}{1e3 * seconds:>8.0f} ms"
            f"{1e3 * times[0]:>10.1f} ms{ratios[-1][0]:>7.0f}"
            f"{1e3 * times[1]:>7.1f} ms{ratios[-1][1]:>7.0f}"
            f"{len(theirs - own):>9}{len(strong - theirs):>6} of {len(strong)}"
        )
    for column, how in enumerate(("with the space group known", "with moyo")):
        values = np.array(ratios)[:, column]
        mean = float(np.exp(np.log(values).mean()))
        print(f"{how}: {mean:.0f} times faster (geometric mean), at least {values.min():.0f}")


if __name__ == "__main__":
    main()
