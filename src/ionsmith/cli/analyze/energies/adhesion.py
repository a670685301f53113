"""``ionsmith analyze adhesion``."""

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
    steps: Steps = 500,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> Adhesion:
    """Work of adhesion, energy and strain of INTERFACE, a model of 'ionsmith build interface'.

    The work separates the slabs. The energy of the interface is that of a periodic stack with two
    equal interfaces, made of the model where each slab has a centre of inversion, against the
    crystals in the strain of the match; what that strain costs is listed apart.
    """
    if relax is None:
        refuse_idle("without --relax", "fmax", "steps")
    loaded = NamedPotential(potential, threads, device)
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
