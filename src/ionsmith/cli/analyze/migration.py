"""``ionsmith analyze migration``."""

from typing import Annotated

import click

from ionsmith.analyzers.migration import Migration, migration
from ionsmith.cli.framework import command, option, progress


@command(
    example="analyze migration lib:lifepo4 --ion Li",
    picture="Draw energies and the lowest ways",
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
    ] = 1.5,
    spacing: Annotated[
        float,
        option("Spacing of the grid.", type=click.FloatRange(0.05, 0.5), metavar="Å"),
    ] = 0.2,
) -> Migration:
    """Sites, windows and lowest ways of the ions in a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input), and may be disordered. Its mobile ions are
    taken out; bond-valence energies of one ion in the framework at rest give the barriers.
    """
    with progress("energies") as report:
        return migration(structure, ion, limit=limit, spacing=spacing, progress=report)
