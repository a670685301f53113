"""Na3V2(PO4)3 growing on its precursors, after Yu et al.

The authors follow in the electron microscope how Na3V2(PO4)3 (NVP) forms by chemical infiltration,
and read orientation relationships from the Fourier transforms of their images. This goes from the
relationship on NH4VO3 to a model for a DFT code: mismatch, spot patterns, overlap of the V sites,
the cells that fit, and the interface itself.

    python scripts/tutorial_epitaxial_interfaces.py [--folder interfaces]
"""

import argparse
from pathlib import Path

from ionsmith.analyzers.epitaxy import (
    describe_orientation,
    plane_mismatch,
    site_overlap,
)
from ionsmith.analyzers.spots import overlay_spots
from ionsmith.builders.interface import build_interface
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.pictures.saving import save_picture
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.contact_planes import contact_planes
from ionsmith.surfaces.matches import find_matches


def main() -> None:
    """Go from the micrograph to the model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="write pictures and structures into it")
    folder = parser.parse_args().folder
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)

    # 1. What was seen: a zone axis parallel to a zone axis, a plane parallel to a plane.
    substrate, film = load("nh4vo3"), load("nvp")
    crystals = substrate.lattice, film.lattice
    planes = parse_planes("(1,2,-1)||(2,-1,0)")
    directions = parse_directions("[0,1,2]||[1,2,-1]")
    relationship = OrientationRelationship.from_parallel(*crystals, planes, directions)
    for law in describe_orientation(relationship).zone_laws or ():
        print(f"{law.crystal}: {law.plane} contains {law.direction}: {law.exact}")

    # 2. The mismatch of these planes. The paper counts three substrate planes to two of the film,
    # 8.1 %; four to three and seven to five fit better.
    print("\n" + plane_mismatch(*crystals, planes).table())

    # 3. The spot patterns of both crystals superimposed, as in the transform of the image.
    spots = overlay_spots(substrate, film, relationship)
    print(f"\n{len(spots.coincidences)} pairs of spots coincide")

    # 4. Must V diffuse? The distance of the V sites of one crystal from those of the other.
    overlap = site_overlap("lib:nh4vo3", "lib:nvp", relationship, "V", random_orientations=5)
    print("\n" + overlap.table())

    # 5. The relationship does not say where the crystals touch. Once along the parallel planes,
    # and once along (100) of NH4VO3, which contains the zone axis and is seen edge-on.
    for name, contact, area in (("parallel", None, 220.0), ("edge-on", "(1,0,0)", 510.0)):
        touching = contact_planes(relationship, contact, within=2.0)
        matches = find_matches(
            *crystals,
            Limits(max_area=area, max_strain=0.035, substrate_share=0.5),
            contact=touching,
            orientation=relationship,
        )
        interface = build_interface(
            substrate,
            film,
            matches.matches[0],
            orientation=relationship,
            ordering="electrostatic",  # Na sites of NVP are partly occupied
            freeze="1 plane",
        )
        print("\n" + interface.table())
        if folder is not None:
            write_structure(folder / f"{name}.extxyz", interface.atoms, force=True)
            save_picture(folder / f"{name}.png", matches)

    if folder is not None:
        save_picture(folder / "spots.png", spots)
        save_picture(folder / "overlap.png", overlap)


if __name__ == "__main__":
    main()
