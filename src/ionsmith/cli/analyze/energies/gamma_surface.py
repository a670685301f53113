"""``ionsmith analyze gamma-surface``."""

from pathlib import Path
from typing import Annotated

import click

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    PotentialOption,
    Threads,
    command,
    option,
    progress,
    refuse_idle,
)
from ionsmith.crystals.files import check_target
from ionsmith.errors import OutputExists
from ionsmith.potentials import DEFAULT_POTENTIAL, NamedPotential
from ionsmith.simulation.gamma_surface import FaultRelaxation, GammaSurface, gamma_surface


@command(
    example="analyze gamma-surface lib:mgo --plane '(001)' --shifts 6 6 --thickness '4 planes' "
    "--potential lammps-pedone2006",
    picture="Draw the surface with minima, passes and path",
)
def gamma_surface_command(
    structure: str,
    *,
    plane: Annotated[
        str,
        option(
            "Number of a conduction plane, which is emptied if open, or a plane with a height in Å "
            "above that through the origin [default height: the widest gap between layers].",
            metavar="N|(hkl)[@HEIGHT]",
        ),
    ],
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = DEFAULT_POTENTIAL,
    shifts: Annotated[
        tuple[int, int], option("Shifts along the two in-plane vectors.", metavar="N1 N2")
    ] = (12, 12),
    relax: Annotated[
        FaultRelaxation,
        option(
            "At each shift: nothing, the spacing of the rigid halves, or spacing and atoms along "
            "the normal."
        ),
    ] = "spacing",
    thickness: Annotated[
        str, option("Of a crystal between the plane and its image.", metavar="Å|'N planes'")
    ] = "20",
    fmax: Annotated[
        float, option("Largest force after relaxing along the normal.", metavar="eV/Å")
    ] = 0.02,
    steps: Annotated[int, option("Largest number of steps.", type=click.IntRange(min=1))] = 200,
    checkpoint: Annotated[
        str | None,
        option("Keep the shifts that are done, to resume them with --resume.", metavar="FILE"),
    ] = None,
    resume: Annotated[bool, option("Resume from the checkpoint.")] = False,
    threads: Threads = 1,
    device: OnDevice = "cpu",
    force: bool = False,
) -> GammaSurface:
    """γ-surface of a plane of a STRUCTURE: energy of shifting the crystal above it.

    The shift is added to the third cell vector: one fault in a cell, and no surfaces. Of a
    conduction plane of β''-alumina the glides of closure are named, also those that are no minima.
    """
    if relax != "normal":
        refuse_idle("without --relax normal", "fmax", "steps")
    if plane.strip().isdecimal():
        refuse_idle("on a conduction plane", "thickness")
    if checkpoint is not None:
        check_target(checkpoint, force=True)
        if Path(checkpoint).exists() and not (resume or force):
            raise OutputExists(
                f"{checkpoint} exists; continue with --resume, or begin again with --force"
            )
    with progress("shifts") as report:
        return gamma_surface(
            structure,
            plane,
            NamedPotential(potential, threads, device),
            shifts=shifts,
            relax=relax,
            thickness=thickness,
            fmax=fmax,
            steps=steps,
            checkpoint=checkpoint,
            resume=resume,
            progress=report,
        )
