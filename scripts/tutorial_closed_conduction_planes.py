"""Open and closed conduction planes of Na β''-alumina, after Geng et al. 2023.

The paper (doi:10.1039/d3ee00237c) shows by HAADF imaging that conduction planes of cycled Na
β''-alumina close: Na leaves, two spinel blocks come together, and one glides by a partial
dislocation, so that AlO4 tetrahedra which shared a corner share an edge.

    python scripts/tutorial_closed_conduction_planes.py [--picture planes.png]
"""

import argparse
from pathlib import Path

from ionsmith.analyzers.comparison import compare
from ionsmith.builders.beta_alumina import build_beta_alumina
from ionsmith.builders.closure import close_planes
from ionsmith.geometry.anatomy import find_anatomy
from ionsmith.report.stack_picture import draw_stacks


def main() -> None:
    """Walk through the model of the paper."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, help="also draw both structures into this file")
    arguments = parser.parse_args()

    # 1. The open crystal: published coordinates, Mg and Na ordered by electrostatic energy.
    crystal = build_beta_alumina((2, 2, 1))
    print(crystal.table())

    # Every atom knows its place: 0 means "not in any".
    blocks = crystal.atoms.arrays["spinel_block"]
    planes = crystal.atoms.arrays["conduction_plane"]
    print(f"\n{(blocks == 1).sum()} atoms in block 1, {(planes == 1).sum()} in plane 1\n")

    # 2. Close the middle plane by route 3, [-1-20], which is seen best along [100].
    closed = close_planes(crystal.atoms, [2], route=3)
    print(closed.table())

    # 3. The anatomy of any structure can be read back from its geometry, here after closing.
    anatomy = find_anatomy(closed.atoms)
    print("\nrows of octahedral Al on either side of each plane (Å):", anatomy.row_spacing.round(2))

    # 4. What changed around every atom?
    print("\n" + compare(crystal.atoms, closed.atoms).table())

    if arguments.picture:
        figure = draw_stacks({"open": crystal.atoms, "middle plane closed": closed.atoms})
        figure.savefig(arguments.picture, dpi=120)


if __name__ == "__main__":
    main()
