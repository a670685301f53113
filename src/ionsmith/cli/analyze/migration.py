"""``ionsmith analyze migration``."""

from typing import Annotated

import click

from ionsmith.analyzers.migration import Migration, migration
from ionsmith.cli.framework import (
    POTENTIALS,
    Cells,
    OnDevice,
    PotentialOption,
    Steps,
    Threads,
    command,
    emit,
    option,
    progress,
    refuse_idle,
)
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.potentials import NamedPotential
from ionsmith.simulation.hops import HopBarrier, hop_barrier

OF_HOP = ("hop", "supercell", "images", "fmax", "steps", "threads", "device")
"""Options of the barrier of one hop."""


@command(
    example="analyze migration lib:lifepo4 --ion Li",
    picture="Draw energies and the lowest ways",
    kinds={"analyze.migration": Migration, "analyze.migration.hop": HopBarrier},
)
def migration_command(
    structure: str,
    *,
    ion: Annotated[str, option("Element of the mobile ion.", metavar="El")] = "Na",
    limit: Annotated[
        float,
        option(
            "Barrier up to which a way counts as open.",
            type=click.FloatRange(0, 10, min_open=True),
            metavar="eV",
        ),
    ] = 2.5,
    spacing: Annotated[
        float,
        option("Spacing of the grid.", type=click.FloatRange(0.05, 0.5), metavar="Å"),
    ] = 0.2,
    potential: Annotated[
        PotentialOption | None,
        f"Compute the barrier of one hop with {POTENTIALS}, by a nudged elastic band.",
    ] = None,
    hop: Annotated[
        int, option("Number of the hop in the table of hops.", type=click.IntRange(min=1))
    ] = 1,
    folder: Annotated[
        str | None,
        option("Where the band is kept; an interrupted run continues there.", metavar="DIR"),
    ] = None,
    supercell: Annotated[Cells, "Cells along a, b and c of the model of the hop."] = (1, 1, 1),
    images: Annotated[
        int, option("Images between both ends of the hop.", type=click.IntRange(1, 50))
    ] = 5,
    fmax: Annotated[
        float, option("Largest force on the ends and across the band.", metavar="eV/Å")
    ] = 0.05,
    steps: Steps = 500,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> Migration | HopBarrier:
    """Sites, windows and lowest ways of the ions in a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input), and may be disordered. Its mobile ions are
    taken out; bond-valence energies of one ion in the framework at rest give the barriers. With
    --potential and --folder, all atoms of an ordered STRUCTURE relax along one hop.
    """
    if (potential is None) != (folder is None):
        raise click.UsageError(
            "--potential and --folder belong together: a hop is kept in a folder"
        )
    if potential is None:
        refuse_idle("without --potential", *OF_HOP)
    source: CrystalLike = structure if potential is None else read_structure(structure)
    loaded = None if potential is None else NamedPotential(potential, threads, device)
    with progress("energies") as report:
        found = migration(source, ion, limit=limit, spacing=spacing, progress=report)
    if loaded is None or folder is None:
        return found
    if hop > len(found.hops):
        raise InvalidInput(
            f"`hop` is {hop}; {found.structure} has {len(found.hops)} below the limit: raise "
            "`limit`, or take one of the table of hops"
        )
    result = hop_barrier(
        source,
        found.hops[hop - 1],
        loaded,
        folder,
        ion=ion,
        supercell=supercell,
        images=images,
        fmax=fmax,
        steps=steps,
        progress=_report,
    )
    if result.converged:
        return result
    emit(result)
    raise NotConverged(
        f"the band is not relaxed after {steps} steps; run it again with more --steps, and it goes "
        "on from there"
    )


def _report(part: str, step: int, energy: float, force: float) -> None:
    """Print one step to standard error."""
    click.echo(f"{part:5} {step:5d}  energy {energy:16.6f} eV  fmax {force:10.4f} eV/Å", err=True)
