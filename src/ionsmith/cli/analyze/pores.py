"""``ionsmith analyze pores``."""

from typing import Annotated

import click

from ionsmith.analyzers.pores import Pores, pores
from ionsmith.cli.framework import command, option


@command(example="analyze pores lib:si --alloy lisi --alloy li15si4", picture="Draw the pores")
def pores_command(
    structure: str,
    *,
    probe: Annotated[
        float,
        option("Radius of the probe.", type=click.FloatRange(0, 50, min_open=True), metavar="Å"),
    ] = 1.4,
    mobile: Annotated[
        tuple[str, ...],
        option(
            "Element that is no wall, such as the Na of an ion conductor (may be repeated).",
            metavar="El",
        ),
    ] = (),
    alloys: Annotated[
        tuple[str, ...],
        option(
            "Does this alloy of the library fit into the pores? (may be repeated)",
            "--alloy",
            metavar="NAME",
        ),
    ] = (),
    host: Annotated[
        str | None,
        option(
            "The dense host in the library [default: the crystal that the model was built from].",
            metavar="NAME",
        ),
    ] = None,
    packing: Annotated[
        float,
        option("Fraction filled by a tapped powder.", type=click.FloatRange(0, 1, min_open=True)),
    ] = 0.64,
) -> Pores:
    """Porosity, surface, pore sizes and free volume of a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input). Zeo++ finds what a probe reaches.
    """
    return pores(structure, probe=probe, mobile=mobile, packing=packing, alloys=alloys, host=host)
