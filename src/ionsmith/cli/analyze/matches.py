"""``ionsmith analyze matches``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.picture_file import picture_options, ready_picture
from ionsmith.cli.values import numbers


@click.command(
    cls=Command,
    epilog=(
        'Example: ionsmith analyze matches lib:nh4vo3 lib:nvp --planes "(1,2,-1)||(2,-1,0)" '
        "--substrate-share 0.5 --max-area 250"
    ),
)
@click.argument("substrate")
@click.argument("film")
@click.option(
    "--planes",
    metavar="(hkl)||(hkl)",
    help="Planes in contact [default: all pairs up to --max-index].",
)
@click.option(
    "--max-index",
    type=click.IntRange(1, 6),
    default=1,
    show_default=True,
    help="Largest Miller index of the planes.",
)
@click.option(
    "--max-area",
    type=click.FloatRange(0, min_open=True),
    default=400.0,
    show_default=True,
    metavar="Å²",
    help="Largest area of either cell.",
)
@click.option(
    "--max-strain",
    type=click.FloatRange(0),
    default=0.05,
    show_default=True,
    help="Largest principal strain of either side.",
)
@click.option(
    "--max-shear", type=click.FloatRange(0), help="Largest difference of the principal strains."
)
@click.option(
    "--max-area-strain", type=click.FloatRange(0), help="Largest relative change of area."
)
@click.option(
    "--substrate-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Part of the strain that the substrate takes.",
)
@click.option(
    "--parallel-planes", metavar="(hkl)||(hkl)", help="Keep to this relationship: its planes,"
)
@click.option("--parallel-directions", metavar="[uvw]||[uvw]", help="and its directions.")
@click.option(
    "--within",
    type=click.FloatRange(0, 180),
    default=2.0,
    show_default=True,
    metavar="°",
    help="How far a match may be off the relationship.",
)
@click.option("--no-reversed", is_flag=True, help="Leave out matches with the film turned over.")
@click.option("--no-supercells", is_flag=True, help="Leave out supercells of a smaller match.")
@click.option(
    "--substrate-elastic",
    type=numbers("166,64,80"),
    metavar="GPa",
    help="Elastic constants: C11,C12,C44 (cubic) or the 21 of the upper triangle.",
)
@click.option(
    "--film-elastic", type=numbers("166,64,80"), metavar="GPa", help="The same of the film."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many matches to report, the best ones.",
)
@click.option(
    "--draw",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Which of the reported matches is drawn.",
)
@picture_options("Draw a match")
@output_options
def matches(
    substrate: str,
    film: str,
    planes: str | None,
    max_index: int,
    max_area: float,
    max_strain: float,
    max_shear: float | None,
    max_area_strain: float | None,
    substrate_share: float,
    parallel_planes: str | None,
    parallel_directions: str | None,
    within: float,
    no_reversed: bool,
    no_supercells: bool,
    substrate_elastic: tuple[float, ...] | None,
    film_elastic: tuple[float, ...] | None,
    limit: int,
    output: str | None,
    draw: int,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Cells in which a film fits on a substrate, with their strains.

    SUBSTRATE and FILM are lib:NAME or a file. All commensurate cells within the limits are found,
    whatever the twist, or only those near an orientation relationship; they are ranked by strain
    energy where elastic constants are given, else by von Mises strain.
    """
    from ionsmith.crystals.conversion import read_lattice
    from ionsmith.lattice.miller import parse_directions, parse_planes
    from ionsmith.lattice.orientation import OrientationRelationship
    from ionsmith.pictures.matches import save_match
    from ionsmith.surfaces.coincidence import Limits
    from ionsmith.surfaces.matches import find_matches
    from ionsmith.surfaces.strain import elastic_matrix

    if (parallel_planes is None) != (parallel_directions is None):
        raise click.UsageError("give --parallel-planes and --parallel-directions together")
    ready_picture(output, force=force)
    strains = {
        "max_strain": max_strain,
        "max_shear": max_shear,
        "max_area_strain": max_area_strain,
        "substrate_share": substrate_share,
    }
    limits = Limits(max_area, **strains)  # type: ignore[arg-type]
    inputs: dict[str, object] = {"substrate": substrate, "film": film, "max_area": max_area}
    inputs |= strains | {"reversed": not no_reversed, "supercells": not no_supercells}
    contact = None
    if planes is not None:
        contact = parse_planes(planes)
        inputs["planes"] = [str(plane) for plane in contact]
    else:
        inputs["max_index"] = max_index
    crystals = read_lattice(substrate), read_lattice(film)
    orientation = None
    if parallel_planes is not None and parallel_directions is not None:
        pair, along = parse_planes(parallel_planes), parse_directions(parallel_directions)
        orientation = OrientationRelationship.from_parallel(*crystals, pair, along)
        inputs["parallel_planes"] = [str(plane) for plane in pair]
        inputs["parallel_directions"] = [str(direction) for direction in along]
        inputs["within"] = within
    stiffness = [
        None if values is None else elastic_matrix(values, crystal.lattice.cell)
        for values, crystal in zip((substrate_elastic, film_elastic), crystals, strict=True)
    ]
    inputs |= {"substrate_elastic": substrate_elastic, "film_elastic": film_elastic}
    result = find_matches(
        *crystals,
        limits,
        planes=contact,
        max_index=max_index,
        orientation=orientation,
        tolerance=within,
        reverse=not no_reversed,
        supercells=not no_supercells,
        substrate_stiffness=stiffness[0],
        film_stiffness=stiffness[1],
        keep=limit,
    )
    inputs |= {"limit": limit, "output": output}
    if output is not None:
        if draw > len(result.matches):
            raise click.UsageError(
                f"--draw {draw}: there are {len(result.matches)} reported matches"
            )
        save_match(output, result.matches[draw - 1], *crystals)
    emit("analyze.matches", inputs, result, output_format=output_format, as_json=as_json)
