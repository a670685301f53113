"""Options of an orientation relationship; apart from the others, for a quick start of these."""

from dataclasses import dataclass
from typing import Annotated, Any

import click

from ionsmith.cli.framework._idle import refuse_idle
from ionsmith.cli.framework._parameters import option
from ionsmith.cli.framework._types import numbers
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC


@dataclass(frozen=True)
class RelationshipOptions:
    """An orientation relationship: parallel planes and directions, or a rotation."""

    parallel_planes: Annotated[
        Any,
        option(
            "Parallel planes, the substrate's first.",
            "--parallel-planes",
            "--planes",
            metavar="(hkl)||(hkl)",
            type=parse_planes,
        ),
    ] = None
    parallel_directions: Annotated[
        Any,
        option(
            "Parallel directions, the substrate's first.",
            "--parallel-directions",
            "--directions",
            metavar="[uvw]||[uvw]",
            type=parse_directions,
        ),
    ] = None
    euler: Annotated[
        tuple[float, ...] | None,
        option(
            "Rotation instead of planes and directions, by Euler angles (Bunge, degrees).",
            type=numbers("10 20 30", 3),
            metavar="'φ1 Φ φ2'",
        ),
    ] = None
    quaternion: Annotated[
        tuple[float, ...] | None,
        option("Rotation as a quaternion.", type=numbers("1 0 0 0", 4), metavar="'w x y z'"),
    ] = None
    matrix: Annotated[
        tuple[float, ...] | None,
        option(
            "Rotation as a matrix, row by row.",
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

    def __post_init__(self) -> None:
        ctx = click.get_current_context(silent=True)
        parallel = self.parallel_planes is not None and self.parallel_directions is not None
        if ctx is not None and not (parallel or ctx.params.get("preset")):
            refuse_idle("without parallel planes and directions", "tolerance")

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

    def between(
        self,
        substrate: CrystalLike | CrystalLattice,
        film: CrystalLike | CrystalLattice,
        symprec: float = SYMPREC,
    ) -> OrientationRelationship:
        """Make the relationship between two crystals."""
        crystals = read_lattice(substrate, symprec), read_lattice(film, symprec)
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
