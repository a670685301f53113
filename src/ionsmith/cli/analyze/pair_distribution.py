"""``ionsmith analyze pair-distribution``."""

from typing import Annotated

from ionsmith.analyzers.pair_distribution import PairDistribution, pair_distribution
from ionsmith.analyzers.scattering import Radiation
from ionsmith.cli.framework import by_element, command, option, refuse_idle


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
    q_max: Annotated[
        float | None,
        option("Compute S(Q) and G(r) of total scattering up to this Q.", metavar="Å⁻¹"),
    ] = None,
    radiation: Annotated[Radiation, option("What is scattered.")] = "x-rays",
    q_damp: Annotated[
        float, option("Resolution of the instrument, which damps G(r).", metavar="Å⁻¹")
    ] = 0.0,
    u_iso: Annotated[
        dict[str, float],
        option(
            "Mean square displacement of an element for total scattering (may be repeated) "
            "[default: half of --smear squared].",
            callback=by_element("Na=0.02"),
            metavar="El=Å²",
        ),
    ],
) -> PairDistribution:
    """Pair distribution g(r) of a STRUCTURE, with coordination, bond angles and rings.

    STRUCTURE is lib:NAME, a file or - (standard input), periodic along all axes.
    """
    if q_max is None:
        refuse_idle("without --q-max", "radiation")
    return pair_distribution(
        structure,
        r_max=r_max,
        smear=smear,
        cutoff=cutoff,
        rings=rings,
        q_max=q_max,
        radiation=radiation,
        q_damp=q_damp,
        u_iso=u_iso,
    )
