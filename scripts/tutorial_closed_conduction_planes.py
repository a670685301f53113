"""Closed conduction planes and cracks of Na β''-alumina, after Geng et al. 2023.

The paper (doi:10.1039/d3ee00237c) shows by HAADF imaging that conduction planes of cycled Na
β''-alumina close: Na leaves, two spinel blocks come together, and one glides by a partial
dislocation, so that AlO4 tetrahedra which shared a corner share an edge. Cracks run along the
planes, step to others through fractured spinel blocks, and are filled with Na metal.

    python scripts/tutorial_closed_conduction_planes.py [--folder planes]
"""

import argparse
from pathlib import Path

from ionsmith.analyzers.coordination import compare
from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.crystals.files import write_structure
from ionsmith.lattice.miller import parse_direction
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.pictures.saving import save_picture, write_picture
from ionsmith.pictures.structures import Drawing, draw_structures


def main() -> None:
    """Walk through the model of the paper."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="write pictures and structures into it")
    folder = parser.parse_args().folder
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)

    # 1. The open crystal: published coordinates, Mg and Na ordered by electrostatic energy.
    crystal = build_beta_alumina((2, 2, 1))
    print(crystal.table())

    # Arrays tell the place of every atom; 0 means "not in any".
    blocks = crystal.atoms.arrays["spinel_block"]
    planes = crystal.atoms.arrays["conduction_plane"]
    print(f"\n{(blocks == 1).sum()} atoms in block 1, {(planes == 1).sum()} in plane 1\n")

    # 2. Close the middle plane by route 3, [-1-20], which is seen best along [100].
    closed = close_planes(crystal.atoms, [2], route=3)
    print(closed.table())

    # 3. The blocks and planes of any structure follow from its geometry, here after closing.
    anatomy = find_anatomy(closed.atoms)
    print("\nrows of octahedral Al on either side of each plane (Å):", anatomy.row_spacing.round(2))

    # 4. What changed around every atom?
    print("\n" + compare(crystal.atoms, closed.atoms).table())

    # 5. What the microscope shows: bright rows of octahedral Al, closer where a plane is closed.
    # The projection is a quick look; for a publication use method="multislice" (abTEM).
    images = {}
    for name, atoms in (("open", crystal.atoms), ("closed", closed.atoms)):
        images[name] = simulate_haadf(atoms, parse_direction("[1,0,0]"))
        rows = [f"{plane.row_spacing:.2f}" for plane in images[name].profile.planes]
        print(f"\n{name}: rows on either side of planes 1 to 3, in the image: {', '.join(rows)} Å")

    # 6. A crack that steps from plane 1 to plane 2 and back, filled with Na metal.
    wide = build_beta_alumina((6, 2, 1))
    kinks = [(0.25, 2), (0.75, 1)]
    crack = open_crack(wide.atoms, 1, kinks=kinks, step_width=5.0, neutral=True, fill=True)
    print("\n" + crack.table())

    if folder is not None:
        save_picture(folder / "crack.png", crack)
        shown = {"open": crystal.atoms, "middle plane closed": closed.atoms}
        figure = draw_structures(shown, Drawing(fill=17))
        write_picture(folder / "planes.png", figure)
        for name, atoms in (("open", crystal.atoms), ("closed", closed.atoms)):
            write_structure(folder / f"{name}.extxyz", atoms, force=True)
            save_picture(folder / f"haadf-{name}.png", images[name])


if __name__ == "__main__":
    main()
