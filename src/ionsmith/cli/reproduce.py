"""``ionsmith reproduce``."""

import sys
from typing import TYPE_CHECKING

import click

from ionsmith.cli.common import Command, emit, output_options

if TYPE_CHECKING:
    from ionsmith.reproduction.rows import Row

PAPERS = ("p1", "p2", "p3", "p4")


@click.command(cls=Command, epilog="Example: ionsmith reproduce p3 --json")
@click.argument("papers", nargs=-1, type=click.Choice([*PAPERS, "all"]))
@output_options
@click.pass_context
def reproduce(
    ctx: click.Context, papers: tuple[str, ...], output_format: str, as_json: bool
) -> None:
    """What papers print beside what the library computes, row by row.

    PAPERS are p1 (Geng et al. 2023, closed conduction planes in Na β''-alumina), p2 (Yu et al.
    2021, Na3V2(PO4)3 on its precursors), p3 (Li et al. 2022, alloying anodes) and p4 (Xiong et
    al. 2020, amorphous electrodes), all of them by default.

    A row agrees, differs (for the reason below its table), is not run (an extra is missing) or is
    open (nothing computes it yet). Ends with 1 if a row differs without a reason.
    """
    from ionsmith.reproduction.papers import reproduce as redo

    keys = PAPERS if not papers or "all" in papers else papers
    result = redo(keys, progress=_tell)
    emit(
        "reproduce",
        {"papers": list(keys)},
        result.as_spreadsheet() if output_format == "csv" and not as_json else result,
        output_format=output_format,
        as_json=as_json,
    )
    if result.unexplained:
        ctx.exit(1)


def _tell(row: "Row") -> None:
    """Say on a terminal which row is done."""
    if sys.stderr.isatty():
        click.echo(f"{row.paper}: {row.quantity}: {row.status}", err=True)
