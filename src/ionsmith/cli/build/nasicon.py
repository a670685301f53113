"""``ionsmith build nasicon``."""

from fractions import Fraction
from typing import Annotated

import click

from ionsmith.builders.choices import NasiconPhase
from ionsmith.builders.nasicon import Nasicon, build_nasicon
from ionsmith.cli.framework import Cells, Seed, command, option, progress
from ionsmith.cli.framework.ordering import OrderingOption


@command(example="build nasicon nzsp --x 7/3 --supercell 1 1 1 -o nzsp.extxyz", structure=True)
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
        int, option("How many structures are ranked.", type=click.IntRange(min=1))
    ] = 1,
    rank: Annotated[
        int,
        option("Which of them is written; 1 has the lowest energy.", type=click.IntRange(min=1)),
    ] = 1,
) -> Nasicon:
    """NASICON crystal with Na, Si and P ordered and the charge balanced.

    PHASE is nvp, Na3V2(PO4)3 (Zatovsky 2010), or Na1+xZr2SixP3-xO12: nzsp as refined at x = 2.35
    and 300 K, nzsp-x2.25-443k or nzsp-443k (x = 2.05) at 443 K (Boilot et al. 1988), or
    nzsp-monoclinic in the cell of Na3Zr2Si2PO12. Na occupies its sites in the refined ratio.
    """
    with progress("ordering") as report:
        return build_nasicon(
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
