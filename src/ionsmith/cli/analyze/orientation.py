"""``ionsmith analyze orientation``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.relationship import read_relationship, relationship_options


@click.command(
    cls=Command,
    epilog=(
        "Example: ionsmith analyze orientation lib:nh4vo3 lib:nvp "
        '--planes "(1,2,-1)||(2,-1,0)" --directions "[0,1,2]||[1,2,-1]"'
    ),
)
@click.argument("substrate")
@click.argument("film")
@relationship_options
@click.option(
    "--max-index",
    type=click.IntRange(1, 6),
    default=3,
    show_default=True,
    help="Largest index of the nearly parallel planes and directions.",
)
@click.option(
    "--within",
    type=click.FloatRange(0, 45),
    default=2.0,
    show_default=True,
    metavar="°",
    help="Largest angle between these.",
)
@click.option(
    "--d-min",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    metavar="Å",
    help="Smallest spacing of these planes.",
)
@output_options
def orientation(
    substrate: str,
    film: str,
    planes: str | None,
    directions: str | None,
    euler: tuple[float, ...] | None,
    quaternion: tuple[float, ...] | None,
    matrix: tuple[float, ...] | None,
    tolerance: float,
    max_index: int,
    within: float,
    d_min: float,
    output_format: str,
    as_json: bool,
) -> None:
    """Rotation, variants and parallel planes of an orientation relationship.

    SUBSTRATE and FILM are lib:NAME or a file; the relationship comes from a pair of parallel
    planes and one of parallel directions, or from a rotation of the film's Cartesian frame to the
    substrate's.
    """
    from ionsmith.analyzers.epitaxy import describe_orientation
    from ionsmith.crystals.conversion import read_lattice

    inputs: dict[str, object] = {"substrate": substrate, "film": film}
    relationship = read_relationship(
        (read_lattice(substrate), read_lattice(film)),
        inputs,
        planes=planes,
        directions=directions,
        tolerance=tolerance,
        euler=euler,
        quaternion=quaternion,
        matrix=matrix,
    )
    inputs |= {"max_index": max_index, "within": within, "d_min": d_min}
    result = describe_orientation(relationship, max_index=max_index, within=within, d_min=d_min)
    emit("analyze.orientation", inputs, result, output_format=output_format, as_json=as_json)
