"""Options that several commands share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Literal

import click
from ase import Atoms

from ionsmith.cli.framework._parameters import option
from ionsmith.cli.framework._types import numbers
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import ExternalProgramFailed
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
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


@dataclass(frozen=True)
class CriterionOptions:
    """What a bond is: ``--criterion`` and ``--cutoff``."""

    criterion: Annotated[
        Literal["gap", "crystalnn"],
        option("What a bond is: the widest gap between shells, or pymatgen's CrystalNN (slow)."),
    ] = "gap"
    cutoff: Annotated[
        tuple[str, ...],
        option(
            "Bonds by distance instead: one length for all pairs, or one for each pair named, "
            "such as Al-O=2.3 (may be repeated).",
            metavar="Å|A-B=Å",
        ),
    ] = ()

    def chosen(self) -> str | float | dict[str, float]:
        """Return the criterion that the analyzers take."""
        if not self.cutoff:
            return self.criterion
        if self.criterion != "gap":
            raise click.UsageError(f"--cutoff and --criterion {self.criterion} exclude each other")
        try:
            if len(self.cutoff) == 1 and "=" not in self.cutoff[0]:
                return float(self.cutoff[0])
            pairs = [text.split("=") for text in self.cutoff]
            return {pair.strip(): float(length) for pair, length in pairs}
        except ValueError:
            raise click.BadParameter(
                "expected one length such as 2.4, or pairs such as Al-O=2.3",
                param_hint="--cutoff",
            ) from None


@dataclass(frozen=True)
class RelationshipOptions:
    """An orientation relationship: parallel planes and directions, or a rotation."""

    parallel_planes: Annotated[
        Any,
        option(
            "Parallel planes, the substrate's first.", metavar="(hkl)||(hkl)", type=parse_planes
        ),
    ] = None
    parallel_directions: Annotated[
        Any,
        option(
            "Parallel directions, the substrate's first.",
            metavar="[uvw]||[uvw]",
            type=parse_directions,
        ),
    ] = None
    euler: Annotated[
        tuple[float, ...] | None,
        option(
            "Instead: Euler angles (Bunge, degrees).",
            type=numbers("10 20 30", 3),
            metavar="'φ1 Φ φ2'",
        ),
    ] = None
    quaternion: Annotated[
        tuple[float, ...] | None,
        option("Instead: a quaternion.", type=numbers("1 0 0 0", 4), metavar="'w x y z'"),
    ] = None
    matrix: Annotated[
        tuple[float, ...] | None,
        option(
            "Instead: the rotation matrix, row by row.",
            type=numbers("1 0 0 0 1 0 0 0 1", 9),
            metavar="'9 NUMBERS'",
        ),
    ] = None
    tolerance: Annotated[
        float,
        option(
            "Largest angle between a direction and its plane.",
            type=click.FloatRange(0, 90),
            metavar="°",
        ),
    ] = 1.0

    @property
    def rotation(self) -> str | None:
        """Name of the option that gives a rotation, if one does."""
        given = [n for n in ("euler", "quaternion", "matrix") if getattr(self, n) is not None]
        if len(given) > 1 or (given and (self.parallel_planes or self.parallel_directions)):
            self._refuse()
        return given[0] if given else None

    @property
    def given(self) -> bool:
        """Whether any of the options is given."""
        return bool(self.rotation or self.parallel_planes or self.parallel_directions)

    def between(self, substrate: CrystalLike, film: CrystalLike) -> OrientationRelationship:
        """Make the relationship between two crystals."""
        crystals = read_lattice(substrate), read_lattice(film)
        if rotation := self.rotation:
            make = getattr(OrientationRelationship, f"from_{rotation}")
            return make(*crystals, getattr(self, rotation))  # type: ignore[no-any-return]
        if self.parallel_planes is None or self.parallel_directions is None:
            self._refuse()
        return OrientationRelationship.from_parallel(
            *crystals, self.parallel_planes, self.parallel_directions, tolerance=self.tolerance
        )

    @staticmethod
    def _refuse() -> None:
        """Name the ways to give a relationship."""
        raise click.UsageError(
            "give --parallel-planes and --parallel-directions, or one of --euler, --quaternion "
            "and --matrix"
        )


def energy_function(potential: Potential) -> Callable[[Atoms], float]:
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
