"""Alloying anodes: how much Li and Na Si, Ge, Sn and Sb store, after Li et al. 2022.

The review (doi:10.20517/energymater.2022.24) lists capacities and expansions of eight alloys. This
compares its tables with the published crystals, follows the expansion through all phases of each
system, and ends with a porous host that accommodates part of it.

    python scripts/tutorial_alloying_anodes.py [--folder anodes]
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure

from ionsmith.analyzers.pores import filling, plot_model
from ionsmith.analyzers.storage import review, storage
from ionsmith.builders.amorphous import build_packing
from ionsmith.builders.porous import build_porous
from ionsmith.crystals import load
from ionsmith.crystals.alloy_systems import GUESTS, HOSTS, AlloySystem, path
from ionsmith.crystals.files import write_structure
from ionsmith.pictures.saving import save_picture, write_picture


def main() -> None:
    """Walk from the tables of the review to models."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="write pictures and structures into it")
    folder = parser.parse_args().folder
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)

    # 1. The tables of the review beside the crystals. Where the two disagree, the last column says
    # what the printed value is: most printed expansions are ratios V/V0.
    tables = review()
    print(tables.table())
    if folder is not None:
        save_picture(folder / "review.png", tables)

    # 2. Expansion along all phases of a guest, from the element on.
    for guest in GUESTS:
        crystals = [crystal for host in HOSTS for crystal in path(AlloySystem(guest, host))]
        phases = storage(crystals)
        richest = max(phases.phases, key=lambda phase: phase.expansion_percent)
        print(f"\n{guest}: {len(crystals)} phases; {richest.formula} swells most,", end=" ")
        print(f"{richest.expansion_percent:.0f} % (V/V0 = {richest.volume_ratio:.2f})")
        if folder is not None:
            save_picture(folder / f"expansion-{guest}.png", phases)

    # 3. The porous Ge of the review: 18.05 % of the atoms removed, walls capped with H, Li on them.
    germanium = load("ge")
    porous = build_porous(germanium, 18.05, ions=4)
    print("\n" + porous.table())
    room = filling(porous.atoms, "li22ge5", "ge")
    dense = 100 * (room.volume_ratio - 1)
    print(f"\nlithiated to Li22Ge5 it swells by {room.outward:.0f} %, dense Ge by {dense:.0f} %;")
    print(f"a porosity of {room.porosity_needed:.0f} % would accommodate all of it")

    # 4. The amorphous Na1.6Ge of the review, at the density interpolated between the crystals.
    glass = build_packing("Na1.6Ge", 52)
    print("\n" + glass.table())
    ratio = glass.volume_per_host / (germanium.volume / germanium.composition()["Ge"])
    print(
        f"\nV/V0 = {ratio:.2f}: growth by {100 * (ratio - 1):.0f} %, from the volumes of crystals"
    )
    if folder is not None:
        write_structure(folder / "porous.extxyz", porous.atoms, force=True)
        write_structure(folder / "glass.extxyz", glass.atoms, force=True)
        figure = Figure(layout="constrained")
        plot_model(porous.atoms, figure.add_subplot())
        write_picture(folder / "porous.png", figure)


if __name__ == "__main__":
    main()
