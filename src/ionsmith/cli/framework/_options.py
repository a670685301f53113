"""Options that several commands share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import click

from ionsmith.cli.framework._parameters import option
from ionsmith.potentials import Device

Cells = Annotated[
    tuple[int, int, int], option("Cells along a, b and c.", "--supercell", metavar="NA NB NC")
]
Force = Annotated[bool, option("Replace existing files.")]
PotentialOption = Annotated[str, option("", metavar="NAME")]


def _groups(text: str) -> tuple[str, ...]:
    """Read a list of elements, or none."""
    return () if text.strip() == "none" else tuple(text.replace(",", " ").split())


Groups = Annotated[
    tuple[str, ...],
    option(
        "Centres of molecular groups that stay whole [default: all groups that end].",
        type=_groups,
        show_default=False,
        metavar="P,Si,...|none",
    ),
]
POTENTIALS = (
    "sevennet, chgnet, sevennet-r2scan, chgnet-r2scan (+d3 adds dispersion), lammps-pedone2006 "
    "(oxides; -melt for melts), MODULE:NAME of an ASE calculator, PYTHON:MODULE:NAME of one in "
    "another environment, or socket:PORT"
)
Steps = Annotated[int, option("Largest number of steps.", type=click.IntRange(min=0))]
Threads = Annotated[
    int,
    option(
        "Threads of a machine-learned potential; one gives the same bytes on every run.",
        type=click.IntRange(min=1),
    ),
]
OnDevice = Annotated[Device, option("Where a machine-learned potential runs.")]
Seed = Annotated[int, option("Seed of random numbers.", type=click.IntRange(min=0))]
Symprec = Annotated[
    float,
    option(
        "Distance between equivalent atoms when the symmetry of a file is determined.",
        type=click.FloatRange(min=0, min_open=True),
        metavar="Å",
    ),
]


Parent = Annotated[
    str | None,
    option("Crystal of which STRUCTURE is a supercell: indices are those in its cell."),
]


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Provide a function of (steps done, all steps) that draws a bar on a terminal only."""
    bars: list[Any] = []

    def report(done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if not bars:
            bars.append(click.progressbar(length=total, label=label, file=sys.stderr))
            bars[0].__enter__()
        bars[0].update(done - bars[0].pos)

    try:
        yield report
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)
