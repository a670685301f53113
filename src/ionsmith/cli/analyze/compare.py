"""``ionsmith analyze compare``."""

import click

from ionsmith.cli.analyze.criterion import criterion_options, read_criterion
from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.picture_file import picture_options, ready_picture


@click.command(
    cls=Command,
    epilog="Example: ionsmith analyze compare lib:nafepo4 lib:nafepo4-triphylite --sensitivity 0.2",
)
@click.argument("before")
@click.argument("after")
@criterion_options
@click.option(
    "--sensitivity",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="Å",
    help="By how much the criterion is tightened and loosened to see which counts move.",
)
@picture_options("Draw the counts before and after")
@output_options
def compare(
    before: str,
    after: str,
    criterion: str,
    cutoff: tuple[str, ...],
    sensitivity: float,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """What changed around every atom from one structure to another.

    BEFORE and AFTER are lib:NAME or a file. Atoms are paired by identity if ionsmith made one
    structure from the other, else by position. Coordination numbers, polyhedra that share corners,
    edges or faces, how these counts move with the criterion, and the atoms that changed.
    """
    from ionsmith.analyzers.coordination import compare as compare_structures
    from ionsmith.pictures.saving import save_picture

    chosen = read_criterion(criterion, cutoff)
    ready_picture(output, force=force)
    result = compare_structures(before, after, criterion=chosen, sensitivity=sensitivity)
    if output is not None:
        save_picture(output, result)
    inputs = {
        "before": before,
        "after": after,
        "criterion": chosen,
        "sensitivity": sensitivity,
        "output": output,
    }
    emit("analyze.compare", inputs, result, output_format=output_format, as_json=as_json)
