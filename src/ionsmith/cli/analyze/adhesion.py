"""``ionsmith analyze adhesion``."""

from typing import Annotated

import click

from ionsmith.cli.framework import (
    POTENTIALS,
    PotentialOption,
    argument,
    command,
    option,
    progress,
)
from ionsmith.potentials import DEFAULT_POTENTIAL, Device, load_potential
from ionsmith.simulation.adhesion import Adhesion, adhesion


@command(
    example="build interface lib:si lib:ge --contact '(0,0,1)||(0,0,1)' --symmetric "
    "-o interface.extxyz && ionsmith analyze adhesion interface.extxyz"
)
def adhesion_command(
    interface: Annotated[str, argument(metavar="INTERFACE")],
    *,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = DEFAULT_POTENTIAL,
    substrate: Annotated[
        str | None, option("Crystal of the substrate [default: that of the library].")
    ] = None,
    film: Annotated[
        str | None, option("Crystal of the film [default: that of the library].")
    ] = None,
    relax: Annotated[
        str | None,
        option("Relax everything, in this folder; finished ones are kept.", metavar="DIR"),
    ] = None,
    fmax: Annotated[float, option("Largest force of a relaxed structure.", metavar="eV/Å")] = 0.05,
    steps: Annotated[int, option("Largest number of steps.", type=click.IntRange(min=0))] = 500,
    threads: Annotated[
        int,
        option(
            "Threads of a machine-learned potential; one gives the same bytes on every run.",
            type=click.IntRange(min=1),
        ),
    ] = 1,
    device: Annotated[Device, option("Where a machine-learned potential runs.")] = "cpu",
) -> Adhesion:
    """Work of adhesion, energy and strain of INTERFACE, a model of 'ionsmith build interface'.

    The work separates the slabs. The energy of the interface is that of a periodic stack with two
    equal interfaces, made of the model where each slab has a centre of inversion, against the
    crystals in the strain of the match; what that strain costs is listed apart.
    """
    loaded = load_potential(potential, threads=threads, device=device)
    with progress("models") as report:
        return adhesion(
            interface,
            loaded,
            substrate=substrate,
            film=film,
            relax=relax,
            fmax=fmax,
            steps=steps,
            progress=report,
        )
