"""``ionsmith build nasicon``."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

import click

from ionsmith.builders.choices import NasiconPhase
from ionsmith.builders.nasicon import Nasicon, build_nasicon
from ionsmith.cli.framework import (
    Cells,
    Seed,
    check_structures_folder,
    command,
    is_folder,
    option,
    progress,
    write_structures,
)
from ionsmith.cli.framework.ordering import OrderingOption


def _several(params: Mapping[str, Any]) -> bool:
    """Whether all ranked structures go into a folder."""
    return bool(params["count"] > 1 and is_folder(params["output"]))


@command(
    example="build nasicon nzsp --x 7/3 --supercell 1 1 1 -o nzsp.extxyz",
    structure=True,
    unless=_several,
)
def nasicon_command(
    phase: NasiconPhase,
    *,
    supercell: Annotated[
        Cells | None,
        "Cells along a, b and c [default: the smallest supercell that holds the composition].",
    ] = None,
    primitive: Annotated[
        bool,
        option("Repeat the primitive cell; the default is then the most compact supercell."),
    ] = False,
    x: Annotated[
        Fraction | None,
        option(
            "Si per formula unit of Na1+xZr2SixP3-xO12, such as 7/3 [default: 2.4 for nzsp, 2.25 "
            "for nzsp-x2.25-443k, 2 for the others].",
            metavar="X",
        ),
    ] = None,
    sodium: Annotated[
        Fraction | None,
        option("Na per formula unit of nvp; the charge of V follows [default: 3].", metavar="Y"),
    ] = None,
    nearest: Annotated[
        bool,
        option("Take the nearest composition that the supercell holds, charge balanced."),
    ] = False,
    ordering: Annotated[OrderingOption, "How Na, Si and P are placed."] = "electrostatic",
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    count: Annotated[
        int,
        option(
            "How many structures are ranked; all are written if -o is a folder.",
            type=click.IntRange(min=1),
        ),
    ] = 1,
    rank: Annotated[
        int,
        option(
            "Which of them is written into a file; 1 has the lowest energy.",
            type=click.IntRange(min=1),
        ),
    ] = 1,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Nasicon:
    """NASICON crystal with Na, Si and P ordered and the charge balanced.

    PHASE is nvp, Na3V2(PO4)3 (Zatovsky 2010), or Na1+xZr2SixP3-xO12: nzsp as refined at x = 2.35
    and 300 K, nzsp-x2.25-443k or nzsp-443k (x = 2.05) at 443 K (Boilot et al. 1988), or
    nzsp-monoclinic in the cell of Na3Zr2Si2PO12. Na occupies its sites in the refined ratio.
    """
    several = _several({"output": output, "count": count})
    if several:
        check_structures_folder(output, force=force, dry_run=dry_run)
    with progress("ordering") as report:
        result = build_nasicon(
            phase,
            supercell=supercell,
            primitive=primitive,
            x=x,
            sodium=sodium,
            nearest=nearest,
            ordering=ordering,
            seed=seed,
            count=count,
            rank=rank,
            progress=report,
        )
    if several and not dry_run:
        assert output is not None
        write_structures(output, result.ordered.structures)
    return result
