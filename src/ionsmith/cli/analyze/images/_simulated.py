"""Options and files that all simulated images have."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.analyzers.imaging import ARRAY_SUFFIXES, IMAGE_SUFFIXES
from ionsmith.cli.framework import numbers, option
from ionsmith.crystals.files import check_target
from ionsmith.errors import InvalidInput
from ionsmith.lattice.miller import Direction, Plane, parse
from ionsmith.pictures.saving import PICTURE_SUFFIXES, PictureStyle, save_picture
from ionsmith.results import Result

Zone = Annotated[
    Direction | None, option("Beam along this direction of the cell as it is.", metavar="[uvw]")
]
Normal = Annotated[Plane | None, option("Beam along the normal of this plane.", metavar="(hkl)")]
BeamVector = Annotated[
    tuple[float, ...] | None,
    option(
        "Beam along this Cartesian vector, which points to the source.",
        type=numbers("1,0,0", 3),
        metavar="X,Y,Z",
    ),
]
Up = Annotated[
    Any,
    option(
        "Normal or direction that points up in the image [default: (001), (010) or (100)].",
        type=parse,
        metavar="(hkl) or [uvw]",
    ),
]
Output = Annotated[
    tuple[str, ...],
    option(
        "Picture (.png, .svg, .pdf), images (.tif) or data (.npz) (may be repeated).",
        "-o",
        "--output",
        metavar="FILE",
    ),
]


def one_beam(
    zone: Direction | None, normal: Plane | None, direction: tuple[float, ...] | None
) -> Direction | Plane | tuple[float, ...]:
    """The one way in which the beam was given."""
    beams = [beam for beam in (zone, normal, direction) if beam is not None]
    if len(beams) != 1:
        raise click.UsageError("give one of --zone, --normal and --direction")
    return beams[0]


def check_outputs(output: Sequence[str], force: bool) -> None:
    """Refuse other suffixes and existing files before anything is computed."""
    for path in output:
        if Path(path).suffix.lower() not in (*PICTURE_SUFFIXES, *IMAGE_SUFFIXES, *ARRAY_SUFFIXES):
            raise InvalidInput(
                f"{path}: images are written as .png, .svg or .pdf (picture), .tif (images) or "
                ".npz (all data)"
            )
        check_target(path, force=force)


def write_outputs(
    output: Sequence[str], result: Result, write: Callable[[str, Any], None], style: PictureStyle
) -> None:
    """Write pictures, and images and data by a function of the analyzer."""
    for path in output:
        if Path(path).suffix.lower() in PICTURE_SUFFIXES:
            save_picture(path, result, style=style)
        else:
            write(path, result)
