"""The options by which a user gives an orientation relationship."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ionsmith.cli.values import numbers

if TYPE_CHECKING:
    from ionsmith.lattice.crystal_lattice import CrystalLattice
    from ionsmith.lattice.orientation import OrientationRelationship

Function = TypeVar("Function", bound=Callable[..., Any])

ROTATIONS = ("euler", "quaternion", "matrix")


def relationship_options(function: Function) -> Function:
    """Add ``--planes``, ``--directions``, ``--tolerance`` and what may stand for them."""
    decorators = [
        click.option(
            "--planes", metavar="(hkl)||(hkl)", help="Parallel planes, the substrate's first."
        ),
        click.option(
            "--directions",
            metavar="[uvw]||[uvw]",
            help="Parallel directions, the substrate's first.",
        ),
        click.option(
            "--euler",
            type=numbers("10 20 30", 3),
            metavar="'φ1 Φ φ2'",
            help="Instead: Euler angles (Bunge, degrees).",
        ),
        click.option(
            "--quaternion",
            type=numbers("1 0 0 0", 4),
            metavar="'w x y z'",
            help="Instead: a quaternion.",
        ),
        click.option(
            "--matrix",
            type=numbers("1 0 0 0 1 0 0 0 1", 9),
            metavar="'9 NUMBERS'",
            help="Instead: the rotation matrix, row by row.",
        ),
        click.option(
            "--tolerance",
            type=click.FloatRange(0, 90),
            default=1.0,
            show_default=True,
            metavar="°",
            help="How far a direction may rise out of its plane.",
        ),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def read_relationship(
    crystals: "tuple[CrystalLattice, CrystalLattice]",
    inputs: dict[str, Any],
    *,
    planes: str | None,
    directions: str | None,
    tolerance: float,
    **rotations: tuple[float, ...] | None,
) -> "OrientationRelationship":
    """Make the relationship that the options describe, and note them in ``inputs``.

    Parameters
    ----------
    crystals
        Substrate and film.
    inputs
        What the command reports as its inputs; added to.
    planes, directions, tolerance, **rotations
        The options as given; rotations are those named in :data:`ROTATIONS`.

    Raises
    ------
    click.UsageError
        For no relationship, or more than one.
    InvalidIndices, InvalidOrientation
        For what is no pair of planes or directions, or no rotation.
    """
    from ionsmith.lattice.miller import parse_directions, parse_planes
    from ionsmith.lattice.orientation import OrientationRelationship

    given = {name: values for name, values in rotations.items() if values is not None}
    parallel = planes is not None and directions is not None
    if len(given) + (planes is not None or directions is not None) != 1 or not (given or parallel):
        raise click.UsageError(
            "give --planes and --directions, or one of --euler, --quaternion and --matrix"
        )
    if planes is not None and directions is not None:
        plane_pair, direction_pair = parse_planes(planes), parse_directions(directions)
        inputs["planes"] = [str(plane) for plane in plane_pair]
        inputs["directions"] = [str(direction) for direction in direction_pair]
        inputs["tolerance"] = tolerance
        return OrientationRelationship.from_parallel(
            *crystals, plane_pair, direction_pair, tolerance=tolerance
        )
    name, values = next(iter(given.items()))
    inputs[name] = values
    return getattr(OrientationRelationship, f"from_{name}")(*crystals, values)  # type: ignore[no-any-return]
