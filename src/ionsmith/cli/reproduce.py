"""``ionsmith reproduce``."""

import sys
from typing import Annotated, Any, cast

import click

from ionsmith.choices import choices_of
from ionsmith.cli.framework import argument, command, emit
from ionsmith.reproduction.papers import MODULES, PaperKey, reproduce
from ionsmith.reproduction.rows import Reproduction, Row

_KEY_OF = {module.replace("_", "-"): key for key, module in MODULES.items()}


class _Papers(click.Choice[str]):
    """Papers by their keys, or by author and year."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return super().convert(_KEY_OF.get(value, value), param, ctx)


Keys = _Papers([*choices_of(PaperKey), "all"])


@command(example="reproduce p3 --json", kinds={"reproduce": Reproduction})
def reproduce_command(
    papers: Annotated[tuple[str, ...], argument(type=Keys)] = (),
) -> None:
    """Compare published numbers with those that the library computes, row by row.

    PAPERS are p1 (Geng et al. 2023, closed conduction planes in Na β''-alumina), p2 (Yu et al.
    2021, Na3V2(PO4)3 on its precursors), p3 (Li et al. 2022, alloying anodes) and p4 (Xiong et
    al. 2020, amorphous electrodes), all of them by default; yu-2021 names p2 too, and so on.

    A row agrees or differs (for the reason below its table) if it could have come out otherwise.
    Others hold by construction, show that a model can be built, or are arithmetic; some are not run
    (an extra is missing) or open (nothing computes them yet). Exit code 1 if a row differs without
    a reason. --format csv adds what each row depends on and where its tolerance comes from.
    """
    ctx = click.get_current_context()
    every = not papers or "all" in papers
    keys = choices_of(PaperKey) if every else cast("tuple[PaperKey, ...]", papers)
    ctx.params["papers"] = list(keys)
    result = reproduce(keys, progress=_tell)
    as_csv = ctx.params["output_format"] == "csv" and not ctx.params["as_json"]
    emit(result.as_spreadsheet() if as_csv else result)
    if result.unexplained:
        ctx.exit(1)


def _tell(row: Row) -> None:
    """Print on a terminal which row is done."""
    if sys.stderr.isatty():
        click.echo(f"{row.paper}: {row.quantity}: {row.status}", err=True)
