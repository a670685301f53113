"""``ionsmith analyze indexing``."""

import re
from typing import TYPE_CHECKING

import click

from ionsmith.cli.common import Command, emit, output_options

if TYPE_CHECKING:
    from ionsmith.analyzers.spots import MeasuredSpot


@click.command(
    cls=Command,
    epilog="Example: ionsmith analyze indexing --spot 4.91@0 --spot 3.16@50 --limit 5",
)
@click.argument("structures", nargs=-1, metavar="[STRUCTURE]...")
@click.option(
    "--spot",
    multiple=True,
    required=True,
    metavar="D@ANGLE",
    help=(
        "A measured spot: spacing in Å and angle in degrees, counter-clockwise from any axis "
        "(give two or more)."
    ),
)
@click.option(
    "--d-tolerance",
    type=float,
    default=0.03,
    show_default=True,
    help="Largest relative error of a spacing.",
)
@click.option(
    "--angle-tolerance",
    type=float,
    default=2.0,
    show_default=True,
    metavar="°",
    help="Largest error of an angle.",
)
@click.option("--forbidden", is_flag=True, help="Try reflections that the space group forbids too.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many solutions to report, the likeliest ones.",
)
@output_options
def indexing(
    structures: tuple[str, ...],
    spot: tuple[str, ...],
    d_tolerance: float,
    angle_tolerance: float,
    forbidden: bool,
    limit: int,
    output_format: str,
    as_json: bool,
) -> None:
    """Crystals, zones and indices that measured spots of one pattern may have.

    STRUCTUREs are lib:NAME or files; without any, all crystals of the library are tried. Only
    their cells and space groups count.
    """
    from ionsmith.analyzers.spots import index_spots
    from ionsmith.crystals import names

    tried = structures or tuple(f"lib:{name}" for name in names())
    measured = [_spot(text) for text in spot]
    options = {
        "d_tolerance": d_tolerance,
        "angle_tolerance": angle_tolerance,
        "forbidden": forbidden,
    }
    result = index_spots(
        measured,
        tried,
        d_tolerance=d_tolerance,
        angle_tolerance=angle_tolerance,
        forbidden=forbidden,
        limit=limit,
    )
    inputs = {"structures": list(tried), "spot": list(spot), **options, "limit": limit}
    emit("analyze.indexing", inputs, result, output_format=output_format, as_json=as_json)


def _spot(text: str) -> "MeasuredSpot":
    from ionsmith.analyzers.spots import MeasuredSpot

    number = r"\s*([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*"
    found = re.fullmatch(f"{number}@{number}", text)
    if found is None:
        raise click.UsageError(
            f"--spot: spacing and angle such as 4.91@50.2 were expected, not {text!r}"
        )
    return MeasuredSpot(float(found[1]), float(found[2]))
