"""``ionsmith analyze orientation``."""

import re

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(
    cls=Command,
    epilog=(
        "Example: ionsmith analyze orientation lib:nh4vo3 lib:nvp "
        '--planes "(1,2,-1)||(2,-1,0)" --directions "[0,1,2]||[1,2,-1]"'
    ),
)
@click.argument("substrate")
@click.argument("film")
@click.option("--planes", metavar="(hkl)||(hkl)", help="Parallel planes, the substrate's first.")
@click.option(
    "--directions", metavar="[uvw]||[uvw]", help="Parallel directions, the substrate's first."
)
@click.option("--euler", metavar="'φ1 Φ φ2'", help="Instead: Euler angles (Bunge, degrees).")
@click.option("--quaternion", metavar="'w x y z'", help="Instead: a quaternion.")
@click.option("--matrix", metavar="'9 NUMBERS'", help="Instead: the rotation matrix, row by row.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 90),
    default=1.0,
    show_default=True,
    metavar="°",
    help="How far a direction may rise out of its plane.",
)
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
    euler: str | None,
    quaternion: str | None,
    matrix: str | None,
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
    from ionsmith.analyzers.orientation import describe_orientation
    from ionsmith.geometry.miller import parse_directions, parse_planes
    from ionsmith.geometry.orientation import OrientationRelationship
    from ionsmith.lattices import read_lattice

    rotations = {"euler": euler, "quaternion": quaternion, "matrix": matrix}
    given = {name: text for name, text in rotations.items() if text is not None}
    parallel = planes is not None and directions is not None
    if len(given) + (planes is not None or directions is not None) != 1 or not (given or parallel):
        raise click.UsageError(
            "give --planes and --directions, or one of --euler, --quaternion and --matrix"
        )
    inputs: dict[str, object] = {"substrate": substrate, "film": film}
    crystals = read_lattice(substrate), read_lattice(film)
    if planes is not None and directions is not None:
        plane_pair, direction_pair = parse_planes(planes), parse_directions(directions)
        inputs["planes"] = [str(plane) for plane in plane_pair]
        inputs["directions"] = [str(direction) for direction in direction_pair]
        inputs["tolerance"] = tolerance
        relationship = OrientationRelationship.from_parallel(
            *crystals, plane_pair, direction_pair, tolerance=tolerance
        )
    else:
        name, text = next(iter(given.items()))
        numbers = _numbers(name, text)
        inputs[name] = numbers
        if name == "euler":
            relationship = OrientationRelationship.from_euler(*crystals, numbers)
        elif name == "quaternion":
            relationship = OrientationRelationship.from_quaternion(*crystals, numbers)
        else:
            relationship = OrientationRelationship.from_matrix(*crystals, numbers)
    inputs |= {"max_index": max_index, "within": within, "d_min": d_min}
    result = describe_orientation(relationship, max_index=max_index, within=within, d_min=d_min)
    emit("analyze.orientation", inputs, result, output_format=output_format, as_json=as_json)


def _numbers(name: str, text: str) -> list[float]:
    try:
        return [float(part) for part in re.split(r"[\s,;]+", text.strip())]
    except ValueError:
        raise click.UsageError(f"--{name}: numbers were expected, not {text!r}") from None
