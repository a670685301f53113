"""``ionsmith analyze pair-distribution``."""

from typing import Annotated

from ionsmith.analyzers.pair_distribution import PairDistribution, pair_distribution
from ionsmith.cli.framework import command, option


@command(example="analyze pair-distribution lib:si", picture="Draw g(r) and angles")
def pair_distribution_command(
    structure: str,
    *,
    r_max: Annotated[float, option("Largest distance.", metavar="Å")] = 10.0,
    smear: Annotated[
        float,
        option("Standard deviation of the Gaussian that g(r) is smoothed with.", metavar="Å"),
    ] = 0.05,
    cutoff: Annotated[
        float | None,
        option(
            "Longest bond, for coordination, angles and rings [default: first minimum of g(r)].",
            metavar="Å",
        ),
    ] = None,
    rings: Annotated[bool, option("Count shortest-path rings (extra rings).")] = False,
) -> PairDistribution:
    """Pair distribution g(r) of a STRUCTURE, with coordination, bond angles and rings.

    STRUCTURE is lib:NAME, a file or - (standard input), periodic along all axes.
    """
    return pair_distribution(structure, r_max=r_max, smear=smear, cutoff=cutoff, rings=rings)
