"""``ionsmith analyze micrograph``."""

from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.cli.framework import argument, command, numbers, option
from ionsmith.micrographs import (
    MicrographIndexing,
    index_micrograph,
    read_image,
    read_spot_list,
)


@command(
    example="analyze spots lib:si --zone '[1,1,0]' --format csv > spots.csv && "
    "ionsmith analyze micrograph spots.csv --crystals lib:si",
    picture="Draw the transform with its indices",
)
def micrograph_command(
    image: Annotated[str, argument(metavar="IMAGE")],
    film: Annotated[str | None, argument(metavar="[B]")] = None,
    *,
    crystals: Annotated[
        tuple[str, ...],
        option(
            "The crystal, or the substrate and the film: lib:NAME or a file.",
            multiple=True,
            metavar="A [B]",
        ),
    ],
    region: Annotated[
        Any,
        option(
            "Lower left corner, width and height in Å of a part with one crystal or both (may be "
            "repeated) [default: the whole image].",
            type=numbers("20,0,60,80", 4),
            multiple=True,
            metavar="X,Y,W,H",
        ),
    ] = (),
    pixel: Annotated[
        float | None, option("Size of a pixel [default: that of the file].", metavar="Å")
    ] = None,
    frame: Annotated[
        int | None, option("Frame of a file with several, from 0 [default: their mean].")
    ] = None,
    correct_distortion: Annotated[
        bool,
        option("Take out scale and elliptical distortion, so that the first crystal fits."),
    ] = False,
) -> MicrographIndexing:
    """Crystals, zone axes and orientation relationship in a lattice IMAGE, by its transform.

    IMAGE is a file of Digital Micrograph, TIFF, MRC, EMD, TIA or PNG (extra micrograph), or a list
    of spots (.csv with columns d and azimuth, g and azimuth, or x and y of g). All spots are
    indexed in one or two crystals; for two, the command is printed that builds the interface.
    """
    some = [*crystals, *([] if film is None else [film])]
    if len(some) > 2:
        raise click.UsageError(f"--crystals takes one crystal or two, {len(some)} given")
    if Path(image).suffix.lower() == ".csv":
        given = {"--region": region, "--pixel": pixel, "--frame": frame}
        for name, value in given.items():
            if value not in (None, ()):
                raise click.UsageError(f"{name} is for an image, {image} is a list of spots")
        return index_micrograph(read_spot_list(image), some, correct_distortion=correct_distortion)
    micrograph = read_image(image, pixel=pixel, frame=frame)
    regions = [micrograph.region(*corner) for corner in region] or [micrograph]
    return index_micrograph(regions, some, correct_distortion=correct_distortion)
