"""``ionsmith analyze dspacing``."""

from typing import Annotated

import click

from ionsmith.analyzers.planes import LatticePlanes, lattice_planes
from ionsmith.cli.framework import Parent, Symprec, argument, command, option
from ionsmith.lattice.miller import Direction, Plane, parse
from ionsmith.lattice.symmetry import SYMPREC

DEFAULT_D_MIN = 2.0


@command(example='analyze dspacing lib:nvp "(2,0,2)" "(2,-1,0)" "[1,2,-1]"')
def dspacing_command(
    structure: str,
    indices: Annotated[tuple[Plane | Direction, ...], argument(type=parse)] = (),
    *,
    d_min: Annotated[
        float | None,
        option(
            "Smallest spacing of the table made when no INDICES are given "
            f"[default: {DEFAULT_D_MIN}].",
            metavar="Å",
        ),
    ] = None,
    forbidden: Annotated[
        bool, option("List reflections that the space group forbids in it too.")
    ] = False,
    symprec: Symprec = SYMPREC,
    parent: Parent = None,
) -> LatticePlanes:
    """d-spacings, angles and forbidden reflections of lattice planes.

    STRUCTURE is lib:NAME, a file or - (standard input); INDICES are planes such as (2,0,2),
    "2 0 2", (12-1) or (2,-1,-1,0), and directions in brackets such as [0,1,2], in its axes.
    Without INDICES, all families of planes are listed by decreasing spacing.
    """
    if indices and (d_min is not None or forbidden):
        raise click.UsageError("--d-min and --forbidden belong to the table without INDICES")
    if indices:
        return lattice_planes(structure, indices, symprec=symprec, parent=parent)
    d_min = DEFAULT_D_MIN if d_min is None else d_min
    return lattice_planes(
        structure, d_min=d_min, forbidden=forbidden, symprec=symprec, parent=parent
    )
