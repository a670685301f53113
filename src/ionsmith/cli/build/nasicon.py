"""``ionsmith build nasicon``."""

from fractions import Fraction

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
    supercell_option,
)
from ionsmith.cli.values import fraction

PHASES = ["nvp", "nzsp", "nzsp-443k", "nzsp-x2.25-443k", "nzsp-monoclinic"]


@click.command(
    cls=Command,
    epilog="Example: ionsmith build nasicon nzsp --x 7/3 --supercell 1 1 1 -o nzsp.extxyz",
)
@click.argument("phase", metavar="PHASE", type=click.Choice(PHASES))
@supercell_option(
    "Cells along a, b and c [default: the smallest supercell that holds the composition].",
    default=None,
)
@click.option(
    "--primitive",
    is_flag=True,
    help="Cells are primitive ones; the default is then the most compact cell of any shape.",
)
@click.option(
    "--x",
    type=fraction,
    metavar="X",
    help="Si per formula unit of Na1+xZr2SixP3-xO12, such as 7/3 [default: 2.4 for nzsp, 2.25 "
    "for nzsp-x2.25-443k, 2 for the others].",
)
@click.option(
    "--sodium",
    type=fraction,
    metavar="Y",
    help="Na per formula unit of nvp; the charge of V follows [default: 3].",
)
@click.option(
    "--nearest",
    is_flag=True,
    help="Meet what the supercell cannot hold as nearly as possible, the charge balanced.",
)
@click.option(
    "--order",
    "ordering",
    type=click.Choice(["electrostatic", "random"]),
    default="electrostatic",
    show_default=True,
    help="How Na, Si and P are placed.",
)
@seed_option("Seed of the ordering.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many structures are ranked.",
)
@click.option(
    "--rank",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Which of them is written; 1 is lowest in energy.",
)
@file_options
@output_options
def nasicon(
    phase: str,
    supercell: tuple[int, int, int] | None,
    primitive: bool,
    x: Fraction | None,
    sodium: Fraction | None,
    nearest: bool,
    ordering: str,
    seed: int,
    count: int,
    rank: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """NASICON crystal with Na, Si and P ordered and the charge balanced.

    PHASE is nvp, Na3V2(PO4)3 (Zatovsky 2010), or Na1+xZr2SixP3-xO12: nzsp as refined at x = 2.35
    and 300 K, nzsp-x2.25-443k or nzsp-443k (x = 2.05) at 443 K (Boilot et al. 1988), or
    nzsp-monoclinic in the cell of Na3Zr2Si2PO12. Na shares out over its sites as refined.
    """
    from ionsmith.builders.nasicon import build_nasicon
    from ionsmith.cli.structure_file import finish, ready

    ready(output, force=force, dry_run=dry_run)
    inputs = {
        "phase": phase,
        "supercell": supercell,
        "primitive": primitive,
        "x": x,
        "sodium": sodium,
        "nearest": nearest,
        "ordering": ordering,
        "seed": seed,
        "count": count,
        "rank": rank,
    }
    with progress("ordering") as report:
        model = build_nasicon(**inputs, progress=report)  # type: ignore[arg-type]
    finish(model.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.nasicon",
        {
            **inputs,
            "x": None if x is None else str(x),
            "sodium": None if sodium is None else str(sodium),
            "output": output,
        },
        model,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
