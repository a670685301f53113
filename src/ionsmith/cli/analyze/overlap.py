"""``ionsmith analyze overlap``."""

import click

from ionsmith.cli.common import Command, emit, output_options, seed_option
from ionsmith.cli.picture_file import picture_options, ready_picture
from ionsmith.cli.relationship import read_relationship, relationship_options


@click.command(
    cls=Command,
    epilog=(
        "Example: ionsmith analyze overlap lib:nh4vo3 lib:nvp --element V "
        '--planes "(1,2,-1)||(2,-1,0)" --directions "[0,1,2]||[1,2,-1]"'
    ),
)
@click.argument("substrate")
@click.argument("film")
@relationship_options
@click.option(
    "--element", required=True, metavar="SYMBOL", help="The element whose sites are compared."
)
@click.option("--film-element", metavar="SYMBOL", help="That of the film, if it is another one.")
@click.option(
    "--radius",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="Å",
    help="Radius of the ball in which sites are compared.",
)
@click.option(
    "--random-orientations",
    type=click.IntRange(0, 10_000),
    default=20,
    show_default=True,
    help="How many orientations to compare with.",
)
@seed_option("What these are drawn with.")
@picture_options("Draw a map")
@output_options
def overlap(
    substrate: str,
    film: str,
    planes: str | None,
    directions: str | None,
    euler: tuple[float, ...] | None,
    quaternion: tuple[float, ...] | None,
    matrix: tuple[float, ...] | None,
    tolerance: float,
    element: str,
    film_element: str | None,
    radius: float,
    random_orientations: int,
    seed: int,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """How far the sites of an element lie from those of another crystal, origin optimised.

    SUBSTRATE and FILM are lib:NAME or a file, disordered or not; they lie in each other as the
    relationship says, unstrained. The origin is chosen so that the sites of the substrate in a
    ball are nearest to those of the film.
    """
    from ionsmith.analyzers.epitaxy import site_overlap
    from ionsmith.crystals.conversion import read_lattice
    from ionsmith.pictures.saving import save_picture

    ready_picture(output, force=force)
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
    inputs |= {"element": element, "film_element": film_element or element, "radius": radius}
    inputs |= {"random_orientations": random_orientations, "seed": seed, "output": output}
    result = site_overlap(
        substrate,
        film,
        relationship,
        element,
        film_element=film_element,
        radius=radius,
        random_orientations=random_orientations,
        seed=seed,
    )
    if output is not None:
        save_picture(output, result)
    emit("analyze.overlap", inputs, result, output_format=output_format, as_json=as_json)
