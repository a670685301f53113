"""``ionsmith build grain-boundary``."""

from typing import Annotated, Any

import click

from ionsmith.builders._overlaps import OVERLAP
from ionsmith.builders.grain_boundary import (
    BoundaryShifts,
    GrainBoundaries,
    GrainBoundary,
    build_grain_boundary,
    grain_boundaries,
    grain_boundary_shifts,
)
from ionsmith.cli.framework import (
    Groups,
    Seed,
    Symprec,
    command,
    option,
    progress,
    refuse_idle,
    refuse_others,
)
from ionsmith.cli.framework.ordering import OrderingOption, note_ordered
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.symmetry import SYMPREC


@command(
    example='build grain-boundary lib:si "(111)" --sigma 3 -o twin.extxyz',
    structure=True,
    unless=("list_boundaries", "list_shifts"),
    kinds={
        "build.grain-boundary": GrainBoundary,
        "build.grain-boundary.list": GrainBoundaries,
        "build.grain-boundary.shifts": BoundaryShifts,
    },
)
def grain_boundary_command(
    crystal: str,
    plane: Plane | None = None,
    *,
    sigma: Annotated[
        int | None, option("Σ of the boundary.", type=click.IntRange(1), metavar="N")
    ] = None,
    axis: Annotated[
        Direction | None, option("Axis of the rotation [default: the normal].", metavar="[uvw]")
    ] = None,
    angle: Annotated[
        float | None,
        option("Angle of the rotation, taken to the nearest coincidence.", metavar="DEGREES"),
    ] = None,
    list_boundaries: Annotated[
        bool,
        option(
            "Only list boundaries with small cells: symmetric ones and twists, or those about "
            "--axis.",
            "--list",
        ),
    ] = False,
    max_index: Annotated[
        int, option("Largest index of the planes of --list.", type=click.IntRange(1, 6))
    ] = 3,
    list_shifts: Annotated[bool, option("Only list the inequivalent shifts.")] = False,
    shift: Annotated[
        tuple[float, float] | None,
        option(
            "Shift of the upper grain in fractions of the shift cell [default: the first of "
            "--list-shifts].",
            metavar="S1 S2",
        ),
    ] = None,
    meet: Annotated[
        str | None,
        option(
            "Prefer shifts at which atoms of this element face each other, as of conduction planes "
            "that meet.",
            metavar="ELEMENT",
        ),
    ] = None,
    termination: Annotated[
        str | None,
        option(
            "Name or number of the cut of the lower grain, as of slabs [default: the one that "
            "costs least].",
            metavar="'A|B @0.25'|N",
        ),
    ] = None,
    upper_termination: Annotated[
        str | None, option("The same for the upper grain [default: the same cut].", metavar="...")
    ] = None,
    thickness: Annotated[str, option("Thickness of each grain.", metavar="Å|'N planes'")] = "12",
    gap: Annotated[float, option("Additional distance of the grains.", metavar="Å")] = 0.0,
    vacuum: Annotated[
        float,
        option("Vacuum: one boundary in a slab; 0 for two in a periodic stack.", metavar="Å"),
    ] = 0.0,
    overlap: Annotated[
        float,
        option(
            "Remove units of the upper grain whose atoms are closer to the lower grain than "
            "this share of such distances in the crystal.",
            type=click.FloatRange(0, 1),
        ),
    ] = OVERLAP,
    neutral: Annotated[
        bool, option("Remove the fewest ions, at the boundaries, that leave no charge.")
    ] = False,
    max_area: Annotated[
        float | None,
        option("Largest area of the common cell [default: 400, of --list 100].", metavar="Å²"),
    ] = None,
    max_strain: Annotated[float, option("Largest strain of the upper grain, a fraction.")] = 0.001,
    groups: Groups | None = None,
    ordering: OrderingOption | None = None,
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    symprec: Symprec = SYMPREC,
) -> GrainBoundary | GrainBoundaries | BoundaryShifts:
    """Grain boundary of a CRYSTAL on a PLANE of its lower grain.

    CRYSTAL is lib:NAME, a file or - (standard input); PLANE is (hkl). Without --axis and --angle
    the upper grain is turned by 180° about the normal: the symmetric boundary of the plane.
    """
    limits: dict[str, Any] = {"max_strain": max_strain, "symprec": symprec}
    if max_area is not None:
        limits["max_area"] = max_area
    if list_boundaries:
        refuse_others("beside --list", "list_boundaries", "axis", "max_index", *limits)
        return grain_boundaries(crystal, plane=plane, axis=axis, max_index=max_index, **limits)
    if plane is None:
        raise click.UsageError("give a PLANE such as (111), or list boundaries with --list")
    refuse_idle("without --list", "max_index")
    if ordering is None:
        refuse_idle("without --ordering", "seed")
    of_boundary: dict[str, Any] = {
        "sigma": sigma,
        "axis": axis,
        "angle": angle,
        "meet": meet,
        "termination": termination,
        "upper_termination": upper_termination,
        "gap": gap,
        "overlap": overlap,
        "groups": groups,
        "ordering": ordering,
        "seed": seed,
        **limits,
    }
    note_ordered(ordering, crystal)
    if list_shifts:
        refuse_idle("beside --list-shifts", "shift", "thickness", "vacuum", "neutral")
        return grain_boundary_shifts(crystal, plane, **of_boundary)
    with progress("ordering") as report:
        return build_grain_boundary(
            crystal,
            plane,
            shift=shift,
            thickness=thickness,
            vacuum=vacuum,
            neutral=neutral,
            progress=report,
            **of_boundary,
        )
