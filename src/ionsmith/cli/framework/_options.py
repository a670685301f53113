"""Options that several commands share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal

import click
from ase import Atoms

from ionsmith.cli.framework._parameters import option
from ionsmith.errors import ExternalProgramFailed

if TYPE_CHECKING:
    from ionsmith.potentials import Potential

Cells = Annotated[
    tuple[int, int, int], option("Cells along a, b and c.", "--supercell", metavar="NA NB NC")
]
Force = Annotated[bool, option("Replace existing files.")]
OrderingOption = Annotated[
    Literal["electrostatic", "random"], option("How partial occupancies are ordered.")
]
PotentialOption = Annotated[str, option("", metavar="NAME")]
POTENTIALS = (
    "sevennet, chgnet, lammps-pedone2006 (oxides; -melt for melts), or MODULE:NAME of an ASE "
    "calculator"
)
Seed = Annotated[int, option("Seed of random numbers.", type=click.IntRange(min=0))]
Symprec = Annotated[
    float,
    option(
        "Distance between equivalent atoms when the symmetry of a file is determined.",
        type=click.FloatRange(min=0, min_open=True),
        metavar="Å",
    ),
]


def energy_function(potential: "Potential") -> Callable[[Atoms], float]:
    """Make the energy function of a potential.

    It raises :class:`ionsmith.errors.ExternalProgramFailed` if the potential fails, as on an
    element that it does not know, or gives no finite number.
    """
    name, calculator = potential.name, potential.calculator

    def energy(atoms: Atoms) -> float:
        model = atoms.copy()
        try:
            model.calc = calculator
            value = float(model.get_potential_energy())
        except Exception as error:  # whatever a foreign program raises
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(f"`potential={name}` failed: {reason}") from error
        if not isfinite(value):
            raise ExternalProgramFailed(f"`potential={name}`: the energy is {value}")
        return value

    return energy


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
