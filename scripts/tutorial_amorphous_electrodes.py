"""Electrodes that become amorphous, after Xiong, Tao and Yue 2020.

The review (doi:10.3389/fmats.2019.00328) describes the amorphization of maricite NaFePO4: its FeO6
octahedra become a mix of six-, five- and fourfold polyhedra while PO4 survives. This measures the
crystal, melts and quenches it, compares both, and computes the powder pattern of the crystals that
cycling grows in V2O5-TeO2 glass (models of that glass are kept: lib:glass-60v2o5-40teo2-0). The
glass here is small and quenched fast, so that it takes seconds; it needs the extra "classical".

    python scripts/tutorial_amorphous_electrodes.py [--folder electrodes]
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure

from ionsmith.analyzers.coordination import coordination, shared_polyhedra
from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.analyzers.powder import Setup, Shape, mix, powder_pattern
from ionsmith.analyzers.scattering import parse_beam
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.pictures.saving import save_picture, write_picture
from ionsmith.simulation.melt_quench import Schedule, melt_quench


def main() -> None:
    """Go from the crystal to the glass."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="write pictures into it")
    folder = parser.parse_args().folder
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)

    # 1. Maricite: every Fe has six O, every P four; the note says how far to trust the cell.
    crystal = load("nafepo4")
    maricite = crystal.to_atoms()
    print(crystal.notes)
    sites = coordination(maricite)
    print("\n" + sites.table())

    # 2. No PO4 shares an O with another PO4: there is no network that could form a glass.
    polyhedra = shared_polyhedra(maricite)
    print("\n" + polyhedra.table())

    # 3. The sharp shells of the crystal, which a diffraction experiment on the glass would not see.
    shells = pair_distribution(maricite.repeat((2, 3, 4)))
    print("\n" + shells.table())

    # 4. Melt maricite and quench it. A glass takes more room than its crystal.
    schedule = Schedule(melt_time=3, rate=500, hold_time=1)
    glass = melt_quench(maricite, "lammps-pedone2006-melt", 112, density=3.15, schedule=schedule)
    print("\n" + glass.table())
    limits = {"Fe-O": 2.7, "P-O": 2.0}  # Å, between the first shell and the next
    for name, atoms in (("crystal", maricite), ("glass", glass.atoms)):
        counts = coordination(atoms, limits).counts()
        print(f"\n{name}: O around Fe {counts['Fe']}, around P {counts['P']} (number: atoms)")

    # 5. The crystals that cycling grows in V2O5-TeO2 glass, as a diffractometer sees them.
    setup = Setup(parse_beam("CuKa"), two_theta=(10.0, 60.0))
    grown = [load(name) for name in ("livo3", "li3vo4-gamma", "te")]
    pattern = mix([powder_pattern(phase, setup) for phase in grown])
    for phase in grown:
        print(f"\n{phase.title}: neighbours by element {coordination(phase).counts()}")

    if folder is not None:
        figure = Figure(layout="constrained")
        sites.plot(figure.add_subplot())
        write_picture(folder / "coordination.png", figure)
        save_picture(folder / "quench.png", glass)
        write_structure(folder / "glass.extxyz", glass.atoms, force=True)
        save_picture(folder / "grown-crystals.png", pattern, shape=Shape())


if __name__ == "__main__":
    main()
