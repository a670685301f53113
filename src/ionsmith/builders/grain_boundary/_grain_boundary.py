"""Building grain boundaries."""

from collections.abc import Callable, Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.arguments import is_number
from ionsmith.bonding.checks import check_count
from ionsmith.builders._overlaps import OVERLAP
from ionsmith.builders.grain_boundary._bicrystal import Bicrystal
from ionsmith.builders.grain_boundary._building import built, plane_vectors, ranked_shifts
from ionsmith.builders.grain_boundary._misorientation import Misorientation
from ionsmith.builders.grain_boundary._result import (
    BoundaryShifts,
    GrainBoundaries,
    GrainBoundary,
)
from ionsmith.builders.grain_boundary._search import (
    coincident_turns,
    described,
    find_misorientation,
)
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import Ordering
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike, PlaneLike, as_direction, as_plane
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.surfaces.plane_mesh import facets

MAX_AREA = 400.0
"""Largest area of a common cell in Å²."""

MAX_STRAIN = 1e-3
"""Largest strain of the second grain: what the digits of a file and a relaxed cell may be off."""

Floats = NDArray[np.float64]


@checked
def build_grain_boundary(
    crystal: CrystalLike,
    plane: PlaneLike,
    *,
    sigma: int | None = None,
    axis: DirectionLike | None = None,
    angle: float | None = None,
    shift: tuple[float, float] | None = None,
    meet: str | None = None,
    termination: str | None = None,
    upper_termination: str | None = None,
    thickness: float | str = 12.0,
    gap: float = 0.0,
    vacuum: float = 0.0,
    overlap: float = OVERLAP,
    neutral: bool = False,
    max_area: float = MAX_AREA,
    max_strain: float = MAX_STRAIN,
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    symprec: float = SYMPREC,
) -> GrainBoundary:
    """Build a boundary of two grains of one crystal.

    The second grain, the upper one, is the first one turned: without ``axis`` and ``angle`` by 180°
    about the normal of the plane, which gives a symmetric boundary of any crystal, or, if ``sigma``
    is not that of this boundary, about the normal by the angle that has this Σ.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        Plane (hkl) of the first grain; its normal points to the second grain.
    sigma
        Σ of the coincidence site lattice, which the boundary must have.
    axis
        Axis [uvw] of the rotation: in the plane for a tilt, along its normal for a twist. With
        ``sigma`` alone the angle follows.
    angle
        Angle of the rotation in degrees, taken to the coincidence within 0.5° that has the smallest
        cell, in either sense; without ``axis`` about the normal.
    shift
        Shift of the second grain in fractions of the shift cell; by default that with the most
        contacts among those at which no overlap changes the composition
        (:func:`grain_boundary_shifts`). At no shift the axis
        of the rotation goes through an atom of the first grain at the boundary.
    meet
        Element: by default the shift at which its atoms come nearest to each other across the
        boundary, as those of conduction planes that meet.
    termination
        Name or number of the cut at the upper face of the first grain, as for slabs; by default
        that which costs least.
    upper_termination
        The same for the lower face of the second grain; by default the same cut, so that the
        sequence of layers goes on across the boundary.
    thickness
        Of each grain, in Å, rounded up to whole lattice planes, or such as ``"8 planes"``.
    gap
        Additional distance of the grains in Å.
    vacuum
        Height of the vacuum in Å: one boundary between two surfaces. By default the stack is
        periodic and has two boundaries.
    overlap
        Atoms of the two grains overlap below this share of the shortest distance that such atoms
        have in the crystal; the unit of the second grain is removed. At the second boundary of a
        symmetric stack, which is the first one turned by 180°, it is that of the first grain.
    neutral
        Remove the fewest units, nearest to the boundaries, that leave no charge.
    max_area
        Largest area of the common cell in Å².
    max_strain
        Largest principal strain, a fraction, that brings the second grain onto the cell of the
        first one.
    groups, ordering, seed, progress, symprec
        As for :func:`ionsmith.builders.slab.build_slab`.

    Raises
    ------
    NoMatch
        If there is no such boundary with a common cell; the nearest are named.
    InvalidInput
        If a number is out of range, or the rotation is a symmetry of the crystal.
    DisorderedStructure
        For partial occupancies without ``ordering``.
    TerminationNotPossible
        If there is no such termination.

    Examples
    --------
    >>> from ionsmith.builders.grain_boundary import build_grain_boundary
    >>> twin = build_grain_boundary("lib:si", "(111)", sigma=3)
    >>> twin.boundary.name, twin.n_atoms, round(twin.boundary.area, 2), twin.stoichiometric
    ('Σ3 60.00° [1,1,1] (1,1,1)', 16, 12.77, True)
    """
    _check(gap, vacuum, overlap, max_area, max_strain)
    phase = read_phase(crystal)
    lattice = read_lattice(phase, symprec)
    pair = find_misorientation(lattice, plane, sigma, axis, angle, max_area, max_strain)
    bicrystal = _bicrystal(
        phase,
        pair,
        termination,
        upper_termination,
        thickness,
        groups,
        ordering,
        seed,
        progress,
        overlap,
        gap,
    )
    if shift is None:
        shift = ranked_shifts(bicrystal, meet)[0].shift
    elif len(shift) != 2 or not all(is_number(part) and abs(part) <= 100 for part in shift):
        raise InvalidInput(f"`shift` must be two fractions such as 0.5 0, not {shift}")
    return built(bicrystal, (float(shift[0]), float(shift[1])), vacuum, neutral)


@checked
def grain_boundary_shifts(
    crystal: CrystalLike,
    plane: PlaneLike,
    *,
    sigma: int | None = None,
    axis: DirectionLike | None = None,
    angle: float | None = None,
    meet: str | None = None,
    termination: str | None = None,
    upper_termination: str | None = None,
    gap: float = 0.0,
    overlap: float = OVERLAP,
    max_area: float = MAX_AREA,
    max_strain: float = MAX_STRAIN,
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    symprec: float = SYMPREC,
) -> BoundaryShifts:
    """List the inequivalent shifts of a boundary on a grid of about 0.5 Å.

    Shifts that differ by mesh vectors of either grain are one. So are those at which the same pairs
    of atoms have the same distances across the boundary, up to 6 Å, as by symmetry. Contacts of the
    grains are counted by a Morse function with its well at the shortest distance that each pair has
    in the crystal: a guide to good starting points, and no energy.

    Parameters
    ----------
    crystal, plane, sigma, axis, angle, meet, termination, upper_termination, gap, overlap, \
max_area, max_strain, groups, ordering, seed, symprec
        As for :func:`build_grain_boundary`.

    Raises
    ------
    NoMatch, InvalidInput, DisorderedStructure, TerminationNotPossible
        As :func:`build_grain_boundary`.
    """
    _check(gap, 0.0, overlap, max_area, max_strain)
    phase = read_phase(crystal)
    lattice = read_lattice(phase, symprec)
    pair = find_misorientation(lattice, plane, sigma, axis, angle, max_area, max_strain)
    bicrystal = _bicrystal(
        phase,
        pair,
        termination,
        upper_termination,
        12.0,
        groups,
        ordering,
        seed,
        None,
        overlap,
        gap,
    )
    shifts = ranked_shifts(bicrystal, meet)
    return BoundaryShifts(lattice.name, described(pair), plane_vectors(pair.shift_cell), shifts)


@checked
def grain_boundaries(
    crystal: CrystalLike,
    *,
    plane: PlaneLike | None = None,
    axis: DirectionLike | None = None,
    max_index: int = 3,
    max_area: float = 100.0,
    max_strain: float = MAX_STRAIN,
    symprec: float = SYMPREC,
) -> GrainBoundaries:
    """List boundaries of a crystal with small common cells: symmetric ones and twists.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        Only boundaries on this plane.
    axis
        Rotations about this axis [uvw] instead.
    max_index
        Largest index of the planes, 1 to 6.
    max_area, max_strain
        As for :func:`build_grain_boundary`.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.

    Raises
    ------
    InvalidInput
        If a number is out of range.
    """
    _check(0.0, 0.0, OVERLAP, max_area, max_strain)
    lattice = read_lattice(read_phase(crystal), symprec)
    planes = (
        facets(lattice.symmetry, max_index, two_sided=True)
        if plane is None
        else (as_plane(plane).reduced(),)
    )
    about = None if axis is None else as_direction(axis)
    found = [
        described(pair)
        for each in planes
        for pair in coincident_turns(lattice, each, about, max_area, max_strain)
    ]
    return GrainBoundaries(lattice.name, tuple(found))


def _check(gap: float, vacuum: float, overlap: float, max_area: float, max_strain: float) -> None:
    """Refuse numbers out of range."""
    for name, value, low, high, unit in (
        ("gap", gap, -5.0, 20.0, " Å"),
        ("vacuum", vacuum, 0.0, 1000.0, " Å"),
        ("overlap", overlap, 0.0, 1.0, ""),
        ("max_area", max_area, 1.0, 1e4, " Å²"),
        ("max_strain", max_strain, 0.0, 0.1, ""),
    ):
        if not is_number(value) or not low <= value <= high:
            raise InvalidInput(f"`{name}` is {value!r}; {low:g} to {high:g}{unit} was expected")


def _bicrystal(
    phase: Crystal | Atoms,
    pair: Misorientation,
    termination: str | None,
    upper_termination: str | None,
    thickness: float | str,
    groups: Sequence[str] | None,
    ordering: Ordering | None,
    seed: int,
    progress: Callable[[int, int], None] | None,
    overlap: float,
    gap: float,
) -> Bicrystal:
    """Put together what both grains are made from; refuse too many atoms."""
    bicrystal = Bicrystal(
        phase=phase,
        pair=pair,
        terminations=(termination, upper_termination),
        thickness=thickness,
        groups=None if groups is None else tuple(groups),
        ordering=ordering,
        seed=seed,
        progress=progress,
        overlap=overlap,
        gap=gap,
    )
    sites = len(phase.expand().positions) if isinstance(phase, Crystal) else len(phase)
    density = sites / pair.crystal.lattice.volume
    planes = sum(cut.planes * cut.spacing for cut in bicrystal.crystals)
    check_count(int(planes * pair.area * density), "the grains")
    return bicrystal
