"""``ionsmith analyze spots``."""

from typing import Any

import click

from ionsmith.cli.common import Command, emit, output_options, symprec_option
from ionsmith.cli.picture_file import picture_options, ready_picture
from ionsmith.cli.relationship import ROTATIONS, read_relationship, relationship_options
from ionsmith.cli.values import ratio


@click.command(
    cls=Command,
    epilog=(
        "Example: ionsmith analyze spots lib:nh4vo3 lib:nvp "
        '--planes "(1,2,-1)||(2,-1,0)" --directions "[0,1,2]||[1,2,-1]"'
    ),
)
@click.argument("structures", nargs=-1, required=True, metavar="STRUCTURE [FILM]")
@click.option("--zone", metavar="[uvw]", help="Beam along a direction of the (first) crystal,")
@click.option("--normal", metavar="(hkl)", help="or along the normal of a plane of it.")
@relationship_options
@click.option(
    "--energy", type=float, default=300.0, show_default=True, metavar="keV", help="Of the beam."
)
@click.option(
    "--thickness",
    type=float,
    metavar="Å",
    help="Of the crystal; without it spots off the Ewald sphere are as strong as those on it.",
)
@click.option(
    "--max-excitation-error",
    type=float,
    default=0.02,
    show_default=True,
    metavar="Å⁻¹",
    help="How far from the Ewald sphere a spot may be.",
)
@click.option(
    "--d-min",
    type=float,
    default=0.8,
    show_default=True,
    metavar="Å",
    help="Smallest spacing of a spot.",
)
@click.option(
    "--max-laue-zone",
    type=click.IntRange(0),
    metavar="N",
    help="Highest Laue zone, 0 for the FFT of an image [default: all in reach].",
)
@click.option(
    "--min-intensity",
    type=float,
    default=0.1,
    show_default=True,
    metavar="%",
    help="Weakest spot, of the strongest one.",
)
@click.option("--x-axis", metavar="(hkl)", help="Spot that lies along x, for one crystal.")
@click.option(
    "--ratio",
    "coincidence",
    type=ratio,
    metavar="M:N",
    help="Mark this coincidence along the parallel planes [default: the simplest].",
)
@click.option(
    "--max-mismatch",
    type=float,
    default=0.1,
    show_default=True,
    help="Largest mismatch of the simplest.",
)
@click.option(
    "--max-distance",
    type=float,
    default=0.02,
    show_default=True,
    metavar="Å⁻¹",
    help="Any two spots nearer than this coincide.",
)
@click.option(
    "--labels",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    help="How many spots of each crystal are named in the picture.",
)
@click.option(
    "--label", multiple=True, metavar="(hkl)", help="Name this spot too (may be repeated)."
)
@click.option(
    "--film-label", multiple=True, metavar="(hkl)", help="And this one of the film (the same)."
)
@symprec_option
@picture_options("Draw the pattern")
@output_options
def spots(
    structures: tuple[str, ...],
    zone: str | None,
    normal: str | None,
    x_axis: str | None,
    coincidence: tuple[int, int] | None,
    max_mismatch: float,
    max_distance: float,
    output: str | None,
    labels: int,
    label: tuple[str, ...],
    film_label: tuple[str, ...],
    symprec: float,
    force: bool,
    output_format: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Spots of a zone-axis pattern: electron diffraction, or the FFT of an HRTEM image.

    STRUCTURE is lib:NAME (partial occupancies are welcome) or a file, seen along --zone or
    --normal. With a FILM in an orientation relationship to it, both patterns on each other, along
    the parallel direction unless another one is given, with coinciding spots marked.
    """
    from ionsmith.analyzers.scattering import Conditions, Scatterers
    from ionsmith.analyzers.spots import SpotPatterns, overlay_spots, spot_pattern
    from ionsmith.lattice.miller import Direction, Plane, parse_direction, parse_plane
    from ionsmith.pictures.saving import save_picture

    given = {name: options.pop(name) for name in ("planes", "directions", *ROTATIONS)}
    tolerance = options.pop("tolerance")
    single = len(structures) == 1
    if len(structures) > 2:
        raise click.UsageError(f"one STRUCTURE or two were expected, not {len(structures)}")
    if zone is not None and normal is not None:
        raise click.UsageError("the beam is along --zone or along --normal, give one of them")
    if single and zone is None and normal is None:
        raise click.UsageError("say along what the beam is: --zone '[u,v,w]' or --normal '(h,k,l)'")
    if single and (any(given.values()) or coincidence or film_label):
        raise click.UsageError("an orientation relationship is of two crystals, give a FILM")
    if not single and x_axis is not None:
        raise click.UsageError("--x-axis is for one crystal; two have the parallel planes along x")
    ready_picture(output, force=force)
    conditions = Conditions(**options)
    along: Direction | Plane | None = None
    inputs: dict[str, object] = {"structures": list(structures)}
    if zone is not None:
        along = parse_direction(zone)
        inputs["zone"] = str(along)
    elif normal is not None:
        along = parse_plane(normal)
        inputs["normal"] = str(along)
    named = [[parse_plane(text) for text in texts] for texts in (label, film_label)]
    if single:
        assert along is not None
        axis = None if x_axis is None else parse_plane(x_axis)
        inputs["x_axis"] = None if axis is None else str(axis)
        pattern = spot_pattern(structures[0], along, conditions, x_axis=axis, symprec=symprec)
        result = SpotPatterns((pattern,))
    else:
        substrate, film = (Scatterers.of(name, symprec=symprec) for name in structures)
        crystals = substrate.phase, film.phase
        relationship = read_relationship(crystals, inputs, tolerance=tolerance, **given)
        limits = {"max_mismatch": max_mismatch, "max_distance": max_distance}
        result = overlay_spots(
            substrate,
            film,
            relationship,
            conditions,
            along=along,
            ratio=coincidence,
            **limits,
        )
        inputs |= {"ratio": coincidence and "{}:{}".format(*coincidence), **limits}
    inputs |= options | {"symprec": symprec, "output": output}
    if output is not None:
        save_picture(output, result, labels=labels, named=named)
    emit("analyze.spots", inputs, result, output_format=output_format, as_json=as_json)
