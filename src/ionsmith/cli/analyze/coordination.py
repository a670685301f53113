"""``ionsmith analyze coordination`` and ``ionsmith analyze compare``."""

from typing import Annotated

import click

from ionsmith.analyzers.coordination import (
    Comparison,
    Coordination,
    WeightedCoordination,
    compare,
    coordination,
)
from ionsmith.cli.framework import by_element, command, option
from ionsmith.cli.framework.criterion import SHAPES, CriterionOptions


@command(
    example="analyze coordination lib:nah2po4 --cutoff P-O=1.8",
    kinds={
        "analyze.coordination": Coordination,
        "analyze.coordination.weighted": WeightedCoordination,
    },
)
def coordination_command(
    structure: str,
    *,
    bonds: CriterionOptions,
    margin: Annotated[
        float,
        option(
            "Loosen (+) or tighten (-) every distance of the criterion.",
            type=click.FloatRange(-1, 1),
            metavar="Å",
        ),
    ] = 0.0,
    oxidation_states: Annotated[
        dict[str, int],
        option(
            "Charge of a cation for the valence sums, such as V=5 [default: from the bonds].",
            "--oxidation-state",
            callback=by_element("V=5", of=int),
            metavar="El=CHARGE",
        ),
    ],
    sites: Annotated[bool, option("List every site, not only means.")] = False,
    shapes: Annotated[bool, option(SHAPES)] = False,
    order: Annotated[
        tuple[int, ...],
        option(
            "Degree of a bond-orientational order parameter, as 4 and 6.",
            type=click.IntRange(1, 12),
            multiple=True,
            metavar="L",
        ),
    ] = (),
) -> Coordination | WeightedCoordination:
    """Neighbours, bond lengths, bond valence and distortion of every site of a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input). By default bonds follow from
    electronegativities, covalent radii and the widest gap between shells; --cutoff replaces this.
    Of a disordered crystal, coordination numbers and lengths are weighted by occupancy.
    """
    return coordination(
        structure,
        bonds.chosen(),
        margin=margin,
        oxidation_states=oxidation_states,
        list_sites=sites,
        shapes=shapes,
        order=order,
    )


@command(
    example="analyze compare lib:nafepo4 lib:nafepo4-triphylite --sensitivity 0.2",
    picture="Draw the counts before and after",
)
def compare_command(
    before: str,
    after: str,
    *,
    bonds: CriterionOptions,
    sensitivity: Annotated[
        float,
        option(
            "Tighten and loosen the criterion by this much to see which counts change.",
            type=click.FloatRange(0, 1),
            metavar="Å",
        ),
    ] = 0.1,
    shapes: Annotated[bool, option(SHAPES)] = False,
) -> Comparison:
    """What changed around every atom from one structure to another.

    BEFORE and AFTER are lib:NAME or a file. Atoms are paired by identity if ionsmith made one
    structure from the other, else by position. Coordination numbers, polyhedra that share corners,
    edges or faces, how these counts depend on the criterion, and the atoms that changed.
    """
    return compare(before, after, criterion=bonds.chosen(), sensitivity=sensitivity, shapes=shapes)
