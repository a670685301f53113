"""``ionsmith analyze pores``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.picture_file import picture_options, ready_picture


@click.command(
    cls=Command, epilog="Example: ionsmith analyze pores lib:si --alloy lisi --alloy li15si4"
)
@click.argument("structure")
@click.option(
    "--probe",
    type=click.FloatRange(0, 50, min_open=True),
    default=1.4,
    show_default=True,
    metavar="Å",
    help="Radius of the probe.",
)
@click.option(
    "--alloy",
    "alloys",
    multiple=True,
    metavar="NAME",
    help="Does this alloy of the library fit into the pores? (may be repeated)",
)
@click.option(
    "--host",
    metavar="NAME",
    help="The dense host in the library [default: the crystal that the model was built from].",
)
@click.option(
    "--packing",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.64,
    show_default=True,
    help="Fraction that a tapped powder fills.",
)
@picture_options("Draw it")
@output_options
def pores(
    structure: str,
    probe: float,
    alloys: tuple[str, ...],
    host: str | None,
    packing: float,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Porosity, surface, pore sizes and free volume of a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input). What a probe reaches is found by Zeo++.
    """
    from ionsmith.analyzers.pores import pores as analyze
    from ionsmith.pictures.saving import save_picture

    ready_picture(output, force=force)
    result = analyze(structure, probe=probe, packing=packing, alloys=alloys, host=host)
    if output is not None:
        save_picture(output, result)
    emit(
        "analyze.pores",
        {
            "structure": structure,
            "probe": probe,
            "alloys": alloys,
            "host": host,
            "packing": packing,
            "output": output,
        },
        result,
        output_format=output_format,
        as_json=as_json,
    )
