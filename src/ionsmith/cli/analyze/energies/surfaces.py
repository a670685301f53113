"""``ionsmith analyze surfaces``."""

from typing import Annotated

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    PotentialOption,
    Steps,
    Threads,
    argument,
    command,
    emit,
    option,
    progress,
    refuse_idle,
)
from ionsmith.errors import NotConverged
from ionsmith.potentials import DEFAULT_POTENTIAL, NamedPotential
from ionsmith.simulation.surface_energies import SurfaceEnergies, surface_energies


@command(
    example="build slab lib:mgo --all 1 --thickness 6 -o slabs && ionsmith analyze surfaces slabs",
    picture="Draw the equilibrium shape",
)
def surfaces_command(
    folder: Annotated[str, argument(metavar="FOLDER")],
    *,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = DEFAULT_POTENTIAL,
    relax: Annotated[
        bool, option("Relax the atoms of slabs and crystal too; finished ones are kept.")
    ] = False,
    fmax: Annotated[float, option("Largest force of a relaxed structure.", metavar="eV/Å")] = 0.05,
    steps: Steps = 500,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> SurfaceEnergies:
    """Surface and cleavage energies of the slabs in FOLDER, and the equilibrium shape.

    FOLDER is made by 'ionsmith build slab CRYSTAL --all N -o FOLDER'. Slabs of another composition
    than the crystal are left out.
    """
    if not relax:
        refuse_idle("without --relax", "fmax", "steps")
    loaded = NamedPotential(potential, threads, device)
    with progress("surfaces") as report:
        result = surface_energies(
            folder, loaded, relax=relax, fmax=fmax, steps=steps, progress=report
        )
    if not result.unfinished:
        return result
    emit(result)
    raise NotConverged(
        f"{result.unfinished} slabs are not converged after {steps} steps; run it again with more "
        "--steps, and it goes on from there"
    )
