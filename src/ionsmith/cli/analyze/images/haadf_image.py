"""``ionsmith analyze haadf-image``."""

from typing import Annotated, Any

from ionsmith.cli.framework import argument, command, numbers, option
from ionsmith.lattice.miller import Direction
from ionsmith.micrographs import PlaneReading, read_haadf_image, read_image

ZONE = Direction((1, 0, 0))


@command(
    example="build beta-alumina --supercell 1 1 2 -o - | ionsmith analyze haadf - "
    '--zone "[1,0,0]" -o image.tif && ionsmith analyze haadf-image image.tif -o planes.png',
    picture="Draw the measured and the simulated profile with the planes",
)
def haadf_image_command(
    image: Annotated[str, argument(metavar="IMAGE")],
    *,
    crystal: Annotated[
        str | None,
        option(
            "Crystal with open planes [default: that of ionsmith build beta-alumina].",
            metavar="STRUCTURE",
        ),
    ] = None,
    zone: Annotated[Direction, option("Beam along this direction.", metavar="[uvw]")] = ZONE,
    direction: Annotated[
        float | None,
        option(
            "Angle of the stacking direction from the x axis [default: found].", metavar="DEGREES"
        ),
    ] = None,
    region: Annotated[
        Any,
        option(
            "Lower left corner, width and height of the part that shows the stack, in Å.",
            type=numbers("20,0,60,80", 4),
            metavar="X,Y,W,H",
        ),
    ] = None,
    pixel: Annotated[
        float | None, option("Size of a pixel [default: that of the file].", metavar="Å")
    ] = None,
    frame: Annotated[
        int | None, option("Frame of a file with several, from 0 [default: their mean].")
    ] = None,
) -> PlaneReading:
    """Which conduction planes of a β''-alumina are closed in a HAADF IMAGE.

    IMAGE is a file of Digital Micrograph, TIFF, MRC, EMD, TIA or PNG (extra micrograph). The
    stacking direction and the spinel blocks are found, the rows on either side of each plane are
    measured, and the command is printed that builds the same sequence.
    """
    micrograph = read_image(image, pixel=pixel, frame=frame)
    if region is not None:
        micrograph = micrograph.region(*region)
    return read_haadf_image(micrograph, crystal, zone=zone, direction=direction)
