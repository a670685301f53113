"""``ionsmith analyze boundary-energy``."""

from typing import Annotated

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    PotentialOption,
    Steps,
    Threads,
    argument,
    command,
    option,
    progress,
    refuse_idle,
)
from ionsmith.potentials import DEFAULT_POTENTIAL, NamedPotential
from ionsmith.simulation.boundary_energy import BoundaryEnergy, boundary_energy


@command(
    example="build grain-boundary lib:si '(221)' --sigma 9 -o boundary.extxyz "
    "&& ionsmith analyze boundary-energy boundary.extxyz"
)
def boundary_energy_command(
    boundary: Annotated[str, argument(metavar="BOUNDARY")],
    *,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = DEFAULT_POTENTIAL,
    crystal: Annotated[
        str | None, option("Crystal of the grains [default: that of the library].")
    ] = None,
    relax: Annotated[
        str | None,
        option("Relax everything, in this folder; finished ones are kept.", metavar="DIR"),
    ] = None,
    fmax: Annotated[float, option("Largest force of a relaxed structure.", metavar="eV/Å")] = 0.05,
    steps: Steps = 500,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> BoundaryEnergy:
    """Energy of BOUNDARY, a periodic model of 'ionsmith build grain-boundary'.

    It is counted against as many formula units of the crystal in the same cell in the plane of the
    boundary. With --relax, atoms and the height of the cell relax. Compare the shifts that
    --list-shifts lists: the lowest energy counts.
    """
    if relax is None:
        refuse_idle("without --relax", "fmax", "steps")
    loaded = NamedPotential(potential, threads, device)
    with progress("models") as report:
        return boundary_energy(
            boundary,
            loaded,
            crystal=crystal,
            relax=relax,
            fmax=fmax,
            steps=steps,
            progress=report,
        )
