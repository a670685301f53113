"""``ionsmith analyze pair-distribution``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.picture_file import picture_options, ready_picture


@click.command(cls=Command, epilog="Example: ionsmith analyze pair-distribution lib:si")
@click.argument("structure")
@click.option(
    "--r-max",
    type=float,
    default=10.0,
    show_default=True,
    metavar="Å",
    help="Largest distance.",
)
@click.option(
    "--smear",
    type=float,
    default=0.05,
    show_default=True,
    metavar="Å",
    help="Standard deviation of the Gaussian that g(r) is smoothed with.",
)
@click.option(
    "--cutoff",
    type=float,
    metavar="Å",
    help="Longest bond, for coordination, angles and rings [default: first minimum of g(r)].",
)
@click.option("--rings", is_flag=True, help="Count shortest-path rings (extra rings).")
@picture_options("Draw g(r) and angles")
@output_options
def pair_distribution(
    structure: str,
    r_max: float,
    smear: float,
    cutoff: float | None,
    rings: bool,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Pair distribution g(r) of a STRUCTURE, with coordination, bond angles and rings.

    STRUCTURE is lib:NAME, a file or - (standard input), periodic along all axes.
    """
    from ionsmith.analyzers.pair_distribution import pair_distribution as analyze
    from ionsmith.pictures.saving import save_picture

    ready_picture(output, force=force)
    options = {"r_max": r_max, "smear": smear, "cutoff": cutoff, "rings": rings}
    found = analyze(structure, **options)  # type: ignore[arg-type]
    if output is not None:
        save_picture(output, found)
    emit(
        "analyze.pair-distribution",
        {"structure": structure, **options, "output": output},
        found,
        output_format=output_format,
        as_json=as_json,
    )
