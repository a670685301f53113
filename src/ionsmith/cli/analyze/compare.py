"""``ionsmith analyze compare``."""

import click

from ionsmith.cli.analyze.criterion import criterion_options, read_criterion
from ionsmith.cli.common import Command, emit, output_options


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
@click.option("--plot", metavar="FILE", help="Also draw the counts before and after, as PNG, PDF…")
@click.option("--force", is_flag=True, help="Replace an existing picture.")
@output_options
def compare(
    before: str,
    after: str,
    criterion: str,
    cutoff: tuple[str, ...],
    sensitivity: float,
    plot: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """What changed around every atom from one structure to another.

    BEFORE and AFTER are lib:NAME or a file. Atoms are paired by identity if ionsmith made one
    structure from the other, else by position. Coordination numbers, polyhedra that share corners,
    edges or faces, how these counts move with the criterion, and the atoms that changed.
    """
    from pathlib import Path

    from ionsmith.analyzers.comparison import compare as compare_structures
    from ionsmith.files import check_target, read_structure, write_whole

    chosen = read_criterion(criterion, cutoff)
    if plot is not None:
        check_target(plot, force=force)
        _check_suffix(plot)
    result = compare_structures(
        read_structure(before), read_structure(after), criterion=chosen, sensitivity=sensitivity
    )
    if plot is not None:
        from matplotlib.figure import Figure

        picture = Figure(layout="constrained")
        result.plot(picture.subplots())
        write_whole(Path(plot), lambda path: picture.savefig(path, dpi=150))
    inputs = {
        "before": before,
        "after": after,
        "criterion": chosen,
        "sensitivity": sensitivity,
        "plot": plot,
    }
    emit("analyze.compare", inputs, result, output_format=output_format, as_json=as_json)


def _check_suffix(picture: str) -> None:
    from pathlib import Path

    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if Path(picture).suffix.removeprefix(".").lower() not in known:
        raise click.UsageError(
            f"{picture}: no pictures of this kind; .png, .pdf and .svg are among those known"
        )
