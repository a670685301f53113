"""``ionsmith analyze dspacing``."""

import click

from ionsmith.cli.common import Command, emit, output_options, symprec_option

DEFAULT_D_MIN = 2.0


@click.command(
    cls=Command,
    epilog='Example: ionsmith analyze dspacing lib:nvp "(2,0,2)" "(2,-1,0)" "[1,2,-1]"',
)
@click.argument("structure")
@click.argument("indices", nargs=-1)
@click.option(
    "--d-min",
    type=float,
    metavar="Å",
    help=f"Smallest spacing of the table made when no INDICES are given [default: {DEFAULT_D_MIN}]",
)
@click.option(
    "--forbidden", is_flag=True, help="List reflections that the space group forbids in it too."
)
@symprec_option
@output_options
def dspacing(
    structure: str,
    indices: tuple[str, ...],
    d_min: float | None,
    forbidden: bool,
    symprec: float,
    output_format: str,
    as_json: bool,
) -> None:
    """d-spacings, angles and forbidden reflections of lattice planes.

    STRUCTURE is lib:NAME, a file or - (standard input); INDICES are planes such as (2,0,2),
    "2 0 2", (12-1) or (2,-1,-1,0), and directions in brackets such as [0,1,2], in its axes.
    Without INDICES, all families of planes are listed by falling spacing.
    """
    from ionsmith.analyzers.planes import lattice_planes
    from ionsmith.lattice.miller import parse

    if indices and (d_min is not None or forbidden):
        raise click.UsageError("--d-min and --forbidden belong to the table without INDICES")
    parsed = [parse(text) for text in indices]
    d_min = DEFAULT_D_MIN if d_min is None else d_min
    inputs: dict[str, object] = {"structure": structure, "symprec": symprec}
    if parsed:
        result = lattice_planes(structure, parsed, symprec=symprec)
        inputs["indices"] = [str(item) for item in parsed]
    else:
        result = lattice_planes(structure, d_min=d_min, forbidden=forbidden, symprec=symprec)
        inputs |= {"d_min": d_min, "forbidden": forbidden}
    emit("analyze.dspacing", inputs, result, output_format=output_format, as_json=as_json)
