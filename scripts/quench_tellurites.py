r"""Quench vanadium tellurite glasses with several seeds, and count their polyhedra.

Each model has about a hundred atoms, packed at random, held at 2000 K for 0.6 ps, cooled at 1000
K/ps to 300 K and relaxed in a cubic cell at zero pressure, with CHGNet's weights fitted to r2SCAN
(extra ``relax``). It takes 5 minutes of one free core. A glass that lies in the folder is not
quenched again, and an interrupted one goes on from its checkpoint.

    python scripts/quench_tellurites.py FOLDER [--seeds 3] [--keep]

A single one is also made by

    ionsmith build amorphous 60V2O5+40TeO2 --method melt-quench --atoms 108 --density 3.7 \
        --potential chgnet-r2scan --melt-temperature 2000 --melt-time 0.6 --rate 1000 \
        --hold-time 0 --timestep 3 --relax-cell --fmax 0.1 --steps 300 --seed 0 \
        -o glass-60v2o5-40teo2-0.extxyz

``--keep`` writes them into ``structures/glasses``, where ``lib:glass-60v2o5-40teo2-0`` names one.
"""

import argparse
from pathlib import Path

import numpy as np

from ionsmith import provenance
from ionsmith.bonding.elements import mass_density
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.crystals.library import folder as library
from ionsmith.potentials import load_potential
from ionsmith.reproduction.xiong_2020_glasses import Glass, running, shares, spread
from ionsmith.reproduction.xiong_2020_tellurites import CUTOFFS, TELLURITES, models, vanadyl
from ionsmith.simulation.melt_quench import Schedule, melt_quench

POTENTIAL = "chgnet-r2scan"
SCHEDULE = Schedule(melt_temperature=2000, melt_time=0.6, rate=1000, hold_time=0, timestep=3)
MADE = {"60V2O5+40TeO2": (108, 3.7), "50TeO2+50V2O5+5Al2O3": (105, 3.8)}
"""Atoms, and density in g/cm³ until the glass relaxes, by composition."""

R = {23: np.array([2.0, 2.2, 2.4, 2.6, 2.8]), 52: np.array([2.0, 2.2, 2.4, 2.6, 2.8])}


def command(mixture: str, seed: int) -> str:
    """Command line that makes a glass."""
    n_atoms, density = MADE[mixture]
    return (
        f"ionsmith build amorphous {mixture} --method melt-quench --atoms {n_atoms} --density "
        f"{density} --potential {POTENTIAL} --melt-temperature 2000 --melt-time 0.6 --rate 1000 "
        f"--hold-time 0 --timestep 3 --relax-cell --fmax 0.1 --steps 300 --seed {seed}"
    )


def quench(path: Path, mixture: str, seed: int) -> None:
    """Quench a glass, unless it is there."""
    if path.exists():
        return
    n_atoms, density = MADE[mixture]
    state = path.with_suffix(".checkpoint")
    made = melt_quench(
        mixture,
        load_potential(POTENTIAL),
        n_atoms,
        density=density,
        schedule=SCHEDULE,
        relax_cell=True,
        fmax=0.1,
        steps=300,
        seed=seed,
        checkpoint=state,
        resume=state.exists(),
    )
    write_structure(str(path), made.atoms)


def report(title: str, glasses: list[Glass]) -> None:
    """Print density, n(r) and shares, with means and standard deviations."""
    print(f"\n{title}: {len(glasses)} glasses of {len(glasses[0].atoms)} atoms")
    print("density (g/cm³)", spread(glasses, mass_density).shown(2))
    print("V with V=O (%)", spread(glasses, vanadyl).shown())
    for centre, name in ((23, "V"), (52, "Te")):
        mean, deviation = running(glasses, centre, R[centre])
        pairs = zip(R[centre].tolist(), mean.tolist(), deviation.tolist(), strict=True)
        listed = ", ".join(f"{n:.2f} ± {by:.2f} within {r:g} Å" for r, n, by in pairs)
        print(f"O around {name}: {listed}")
        found = shares(glasses, centre, CUTOFFS[centre])
        listed = ", ".join(f"{name}O{k} {one.shown()} %" for k, one in found.items())
        print(f"within {CUTOFFS[centre]:g} Å: {listed}")


def main() -> None:
    """Quench, keep and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    for glass in TELLURITES:
        for seed in range(given.seeds):
            path = given.folder / f"{glass.start}{seed}.extxyz"
            quench(path, glass.mixture, seed)
            if given.keep:
                atoms = read_structure(str(path))
                provenance.note_command(atoms, command(glass.mixture, seed))
                write_structure(str(library() / "glasses" / path.name), atoms, force=True)
        report(glass.title, list(models(glass.start)))


if __name__ == "__main__":
    main()
