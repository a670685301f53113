"""``ionsmith analyze closure-energy``."""

from typing import Annotated, Any

import click

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    Steps,
    Threads,
    argument,
    command,
    emit,
    option,
    progress,
    refuse_idle,
    whole_numbers,
)
from ionsmith.errors import NotConverged
from ionsmith.potentials import DEFAULT_POTENTIAL, NamedPotential
from ionsmith.simulation.closure_energies import (
    ClosureEnergies,
    OxygenReservoir,
    closure_energies,
)
from ionsmith.simulation.relaxing import CellChange


@command(
    example="build beta-alumina -o mg.extxyz && ionsmith analyze closure-energy mg.extxyz "
    "--planes 1 --sodium-left 0 --potential lammps-pedone2006 --folder closing",
    picture="Draw the energy of closing over the Na left",
)
def closure_energy_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    planes: Annotated[
        Any,
        option("Conduction planes to close, from 1.", type=whole_numbers, metavar="P[,P...]"),
    ],
    folder: Annotated[
        str, option("Folder of the relaxed crystals; finished ones are kept.", metavar="FOLDER")
    ],
    potential: Annotated[
        tuple[str, ...], option(f"{POTENTIALS}; may be repeated.", metavar="NAME")
    ] = (DEFAULT_POTENTIAL,),
    glide: Annotated[
        str, option("Glide, as of 'build closure'.", metavar="right|wrong|third|[uvw]/n")
    ] = "right",
    sodium_left: Annotated[
        Any | None,
        option(
            "Mobile ions left in these planes together [default: six numbers from 0 to all].",
            type=whole_numbers,
            metavar="N[,N...]",
        ),
    ] = None,
    keep_bridging_oxygen: Annotated[
        bool, option("Leave the bridging O in the closed planes.")
    ] = False,
    oxygen: Annotated[
        OxygenReservoir, option("Reservoir of O: Na2O beside Na metal, or the molecule.")
    ] = "Na2O",
    cell: Annotated[CellChange, option("How the cell relaxes; z is along c only.")] = "full",
    fmax: Annotated[float, option("Largest force of a relaxed crystal.", metavar="eV/Å")] = 0.05,
    smax: Annotated[float, option("Largest stress of a relaxed cell.", metavar="GPa")] = 0.05,
    steps: Steps = 500,
    seed: Annotated[
        int, option("Seed for choosing the ions that leave.", type=click.IntRange(min=0))
    ] = 0,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> ClosureEnergies:
    """Energy of closing conduction planes of STRUCTUREs, by the Na left in them.

    Open and closed crystals with the same atoms are relaxed and compared, and both with the full
    open crystal and reservoirs of what left. Two potentials show how certain it is.
    """
    if cell == "none":
        refuse_idle("beside --cell none", "smax")
    loaded = [NamedPotential(name, threads, device) for name in potential]
    with progress("relaxations") as report:
        result = closure_energies(
            structures,
            planes,
            loaded,
            folder,
            glide=glide,
            sodium_left=sodium_left,
            keep_bridging_oxygen=keep_bridging_oxygen,
            oxygen=oxygen,
            cell=cell,
            fmax=fmax,
            smax=smax,
            steps=steps,
            seed=seed,
            progress=report,
        )
    if not result.unfinished:
        return result
    emit(result)
    raise NotConverged(
        f"{result.unfinished} relaxations are not converged after {steps} steps; run it again with "
        "more --steps, and it goes on from there"
    )
