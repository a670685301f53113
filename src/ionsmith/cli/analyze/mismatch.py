"""``ionsmith analyze mismatch``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.values import ratio


@click.command(
    cls=Command,
    epilog=('Example: ionsmith analyze mismatch lib:nh4vo3 lib:nvp --planes "(1,2,-1)||(2,-1,0)"'),
)
@click.argument("substrate")
@click.argument("film")
@click.option("--planes", metavar="(hkl)||(hkl)", help="Compare the spacings of two planes.")
@click.option(
    "--directions", metavar="[uvw]||[uvw]", help="Compare the periods along two directions."
)
@click.option(
    "--areas", metavar="(hkl)||(hkl)", help="Compare the areas of the meshes of two planes."
)
@click.option(
    "--ratio",
    "chosen",
    type=ratio,
    multiple=True,
    metavar="M:N",
    help="Report this ratio instead of searching (may be repeated).",
)
@click.option(
    "--max-multiple",
    type=click.IntRange(1, 100),
    default=12,
    show_default=True,
    help="Largest m and n of the search.",
)
@click.option(
    "--max-mismatch",
    type=click.FloatRange(0),
    default=0.1,
    show_default=True,
    help="Largest mismatch that the search reports; 1:1 is always reported.",
)
@click.option(
    "--substrate-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Part of the strain that the substrate takes.",
)
@output_options
def mismatch(
    substrate: str,
    film: str,
    planes: str | None,
    directions: str | None,
    areas: str | None,
    chosen: tuple[tuple[int, int], ...],
    max_multiple: int,
    max_mismatch: float,
    substrate_share: float,
    output_format: str,
    as_json: bool,
) -> None:
    """Mismatch of parallel planes, directions or meshes, for m:n of them.

    SUBSTRATE and FILM are lib:NAME or a file. The mismatch is (m d_sub - n d_film) / (m d_sub);
    other definitions stand beside it.
    """
    from ionsmith.analyzers.epitaxy import area_mismatch, direction_mismatch, plane_mismatch
    from ionsmith.lattice.miller import parse_directions, parse_planes

    if sum(option is not None for option in (planes, directions, areas)) != 1:
        raise click.UsageError("give one of --planes, --directions and --areas")
    search = {"max_multiple": max_multiple, "max_mismatch": max_mismatch}
    options = {
        "ratios": chosen,
        "substrate_share": substrate_share,
        **search,
    }
    inputs: dict[str, object] = {"substrate": substrate, "film": film}
    if planes is not None:
        pair = parse_planes(planes)
        inputs["planes"] = [str(plane) for plane in pair]
        result = plane_mismatch(substrate, film, pair, **options)
    elif areas is not None:
        pair = parse_planes(areas)
        inputs["areas"] = [str(plane) for plane in pair]
        result = area_mismatch(substrate, film, pair, **options)
    else:
        assert directions is not None
        along = parse_directions(directions)
        inputs["directions"] = [str(direction) for direction in along]
        result = direction_mismatch(substrate, film, along, **options)
    inputs |= {"ratio": [f"{m}:{n}" for m, n in chosen]} if chosen else search
    inputs["substrate_share"] = substrate_share
    emit("analyze.mismatch", inputs, result, output_format=output_format, as_json=as_json)
