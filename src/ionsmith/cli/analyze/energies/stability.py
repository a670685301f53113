"""``ionsmith analyze stability``."""

from typing import Annotated

from ionsmith.analyzers.stability import PhaseStability, phase_stability
from ionsmith.cli.framework import POTENTIALS, PotentialOption, argument, command, option, progress


@command(
    example="analyze stability lib:lifepo4 lib:fepo4 lib:li --ion Li --potential sevennet-r2scan",
    picture="Draw voltages, or energies above the hull",
)
def stability_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    ion: Annotated[
        str | None,
        option("Ion that hosts take up: voltages against its metal too.", metavar="ELEMENT"),
    ] = None,
    potential: Annotated[
        PotentialOption | None,
        f"Take energies from {POTENTIALS}, of the structures as they are [default: those that the "
        "files hold].",
    ] = None,
) -> PhaseStability:
    """Energies of phases of any elements above the convex hull, and voltages of hosts.

    STRUCTURE holds an energy: the result of ionsmith relax, or the folder of a finished
    calculation. Only the phases that are given compete.
    """
    with progress("energies") as report:
        return phase_stability(structures, ion=ion, potential=potential, progress=report)
