"""Building grain boundaries."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.arguments import is_number
from ionsmith.bonding.checks import check_contacts, check_count
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders._cutting import proportional
from ionsmith.builders._overlaps import (
    OVERLAP,
    contents,
    counted,
    formula_of,
    left_over,
    surplus_units,
    units_of,
)
from ionsmith.builders.grain_boundary._bicrystal import UNIT, Bicrystal, stacked
from ionsmith.builders.grain_boundary._misorientation import (
    Misorientation,
    half_turn,
    misorientation,
    turn_about,
    turns_about,
)
from ionsmith.builders.grain_boundary._result import (
    BoundaryOrientation,
    BoundaryShift,
    BoundaryShifts,
    GrainBoundaries,
    GrainBoundary,
)
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import composition
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import Ordering
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import DirectionLike, PlaneLike, as_direction, as_plane
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.own_boundary import LARGEST_SIGMA
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.surfaces.plane_mesh import facets, plane_mesh
from ionsmith.surfaces.slabs import CHARGE, KIND

WINDOW = 0.5
"""Largest difference in degrees of the angle that is asked for and that of a coincidence."""

MAX_AREA = 400.0
"""Largest area of a common cell in Å²."""

MAX_STRAIN = 1e-3
"""Largest strain of the second grain: what the digits of a file and a relaxed cell may be off."""

NEAREST = 5
"""Coincidences that a refusal names."""

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
        Remove surplus units nearest to the boundaries until the composition is that of the crystal.
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
    ('Σ3 70.53° [-1,0,1] (1,1,1)', 16, 12.77, True)
    """
    _check(gap, vacuum, overlap, max_area, max_strain)
    phase = read_phase(crystal)
    lattice = read_lattice(phase, symprec)
    pair = _pair(lattice, plane, sigma, axis, angle, max_area, max_strain)
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
        shift = _ranked(bicrystal, meet)[0].shift
    elif len(shift) != 2 or not all(is_number(part) and abs(part) <= 100 for part in shift):
        raise InvalidInput(f"`shift` must be two fractions such as 0.5 0, not {shift}")
    return _built(bicrystal, (float(shift[0]), float(shift[1])), vacuum, neutral)


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
    pair = _pair(lattice, plane, sigma, axis, angle, max_area, max_strain)
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
    return BoundaryShifts(
        lattice.name, _described(pair), _pair_of_vectors(pair.shift_cell), _ranked(bicrystal, meet)
    )


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
        _described(pair)
        for each in planes
        for pair in _coincidences(lattice, each, about, max_area, max_strain)
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


def _pair(
    lattice: CrystalLattice,
    plane: PlaneLike,
    sigma: int | None,
    axis: DirectionLike | None,
    angle: float | None,
    max_area: float,
    max_strain: float,
) -> Misorientation:
    """Find the misorientation that is asked for, symmetric ones first."""
    plane = as_plane(plane).reduced()
    lattice.lattice.check(plane)
    about = None if axis is None else as_direction(axis)
    if about is not None:
        lattice.lattice.check(about)
    if sigma is not None and not (isinstance(sigma, int) and 1 <= sigma <= LARGEST_SIGMA):
        raise InvalidInput(f"`sigma` is {sigma}; 1 to {LARGEST_SIGMA} was expected")
    if angle is not None and not (is_number(angle) and abs(angle) <= 360):
        raise InvalidInput(f"`angle` is {angle}; degrees up to 360 were expected")
    if about is not None and angle is None and sigma is None:
        raise InvalidInput(f"a rotation about `axis` {about} needs an `angle` or a `sigma` too")
    if about is None and angle is None:
        normal = plane_mesh(lattice, plane).frame[2]
        pair = misorientation(lattice, plane, half_turn(normal), max_area, max_strain)
        if pair is not None and not pair.is_perfect and sigma in (None, pair.sigma):
            return pair
        if pair is not None and pair.is_perfect and sigma is None:
            raise InvalidInput(
                f"turning {lattice.name} by 180° about the normal of {plane} is a symmetry of the "
                "crystal: there is no symmetric boundary; give an `angle` or a `sigma` for a twist"
            )
        if pair is None and sigma is None:
            raise NoMatch(
                f"the mesh of {plane} is {plane_mesh(lattice, plane).area:.0f} Å²; `max_area` is "
                f"{max_area:g} Å²"
            )
    if angle is not None and _is_symmetry(lattice, plane, about, angle):
        raise InvalidInput(
            f"turning {lattice.name} by {angle:g}° about {about or 'the normal'} is a symmetry of "
            "the crystal: there is no boundary; give another `angle`"
        )
    fits: list[tuple[bool, float, int, Misorientation]] = []
    for pair in _coincidences(lattice, plane, about, max_area, max_strain, angle):
        if sigma in (None, pair.sigma):
            fits.append((not pair.is_symmetric, round(pair.area, 3), len(fits), pair))
    if fits:
        return min(fits, key=lambda fit: fit[:3])[3]
    raise NoMatch(_refusal(lattice, plane, sigma, about, angle, max_area, max_strain))


def _is_symmetry(
    lattice: CrystalLattice, plane: Plane, axis: Direction | None, angle: float
) -> bool:
    """Whether a rotation belongs to the point group."""
    vector = (
        plane_mesh(lattice, plane).frame[2]
        if axis is None
        else lattice.lattice.vectors(axis.indices)
    )
    off = abs(lattice.cartesian_group - turn_about(vector, angle)).max(axis=(1, 2))
    return bool(off.min() < 1e-3)


def _coincidences(
    lattice: CrystalLattice,
    plane: Plane,
    axis: Direction | None,
    max_area: float,
    max_strain: float,
    angle: float | None = None,
) -> Iterator[Misorientation]:
    """Boundaries on a plane: the symmetric one, and turns about an axis or the normal."""
    normal = plane_mesh(lattice, plane).frame[2]
    symmetric = half_turn(normal)
    turns = [symmetric] if axis is None and angle is None else []
    about = axis or _direction(normal @ np.linalg.inv(lattice.lattice.cell))
    if about is not None:
        vector = lattice.lattice.vectors(about.indices)
        angles = [turn for turn, _ in turns_about(lattice, about, max_area)]
        if angle is not None:
            near = [turn for turn in angles if _off(turn, angle) <= WINDOW]
            angles = [*sorted(near, key=lambda turn: _off(turn, angle)), angle % 360]
        turns += [turn_about(vector, turn) for turn in angles]
    elif angle is not None:
        turns += [turn_about(normal, angle)]
    known: list[tuple[float, float]] = []
    for rotation in turns:
        pair = misorientation(lattice, plane, rotation, max_area, max_strain)
        if pair is None or pair.is_perfect:
            continue
        if pair.is_symmetric:  # whichever of the equivalent rotations was found
            pair = misorientation(lattice, plane, symmetric, max_area, max_strain) or pair
        key = round(pair.disorientation.angle, 2), round(pair.area, 2)
        if key not in known:
            known.append(key)
            yield pair


def _off(turn: float, angle: float) -> float:
    """Difference in degrees of two angles, in either sense."""
    return min(abs((turn - sign * angle + 180) % 360 - 180) for sign in (1, -1))


def _direction(along: Floats) -> Direction | None:
    """Lattice direction of a vector in the axes of the crystal, or None."""
    along = along / abs(along).max()
    for largest in range(1, 61):
        if abs(largest * along - np.rint(largest * along)).max() < 1e-4 * largest:
            u, v, w = np.rint(largest * along).astype(int).tolist()
            return Direction((u, v, w)).reduced()
    return None


def _refusal(
    lattice: CrystalLattice,
    plane: Plane,
    sigma: int | None,
    axis: Direction | None,
    angle: float | None,
    max_area: float,
    max_strain: float,
) -> str:
    """Say that there is no such boundary, and which are nearest."""
    asked = "" if sigma is None else f"Σ{sigma} "
    if angle is not None:
        asked += f"{angle:g}° "
    if axis is not None:
        asked += f"about {axis} "
    found = list(_coincidences(lattice, plane, axis, max_area, max_strain))
    if angle is not None:
        found.sort(key=lambda pair: min(_off(pair.turn[0], angle), abs(pair.turn[0] - angle)))
    elif sigma is not None:
        found.sort(key=lambda pair: abs((pair.sigma or 10 * LARGEST_SIGMA) - sigma))
    listed = ", ".join(_described(pair).name for pair in found[:NEAREST])
    nearest = f"; the nearest on this plane are {listed}" if listed else "; there is none"
    return (
        f"no boundary {asked}on {plane} of {lattice.name} has a common cell up to {max_area:g} Å² "
        f"with strain up to {max_strain:g}{nearest}"
    )


def _described(pair: Misorientation) -> BoundaryOrientation:
    """Misorientation and plane of a boundary as plain values."""
    angle, axis = pair.turn
    return BoundaryOrientation(
        kind=pair.kind,
        sigma=pair.sigma,
        planes=(str(pair.planes[0]), str(pair.planes[1])),
        axis=axis,
        angle=angle,
        disorientation=pair.disorientation.angle,
        area=pair.area,
        strain=round(pair.strain, 9),
    )


def _ranked(bicrystal: Bicrystal, meet: str | None) -> tuple[BoundaryShift, ...]:
    """Inequivalent shifts, the best first."""
    number = None if meet is None else atomic_numbers.get(meet)
    if meet is not None and number not in bicrystal.lower.numbers:
        raise InvalidInput(f"`meet` is {meet}, of which the crystal has no atoms")
    ranks = []
    for shares, contact, copies in bicrystal.shifts():
        gone = bicrystal.upper[~left_over(bicrystal.upper.arrays[UNIT], contact.overlapping)]
        unlike = not proportional(composition(gone), composition(bicrystal.crystals[0].bulk))
        facing = bicrystal.facing(number, contact) if number else 0.0
        shift = BoundaryShift(
            shares, len(contact.overlapping), contact.closest, contact.contacts, copies
        )
        rank = -round(facing, 3), len(gone) > 0 and unlike, -round(contact.contacts, 3), shares
        ranks.append((rank, shift))
    return tuple(shift for _, shift in sorted(ranks, key=lambda item: item[0]))


def _built(
    bicrystal: Bicrystal, shares: tuple[float, float], vacuum: float, neutral: bool
) -> GrainBoundary:
    """Stack the grains, remove what overlaps, and describe the model."""
    pair, crystal = bicrystal.pair, bicrystal.crystals[0]
    shift = np.array(shares) @ pair.shift_cell
    atoms, overlapping, heights, equivalent = stacked(bicrystal, shift, vacuum)
    units = atoms.arrays[UNIT]
    kind, names = contents(atoms.numbers, units)
    removed = counted(kind, names, overlapping)
    gone = overlapping
    surplus: dict[str, int] = {}
    if neutral:
        extra = _surplus(bicrystal, atoms, overlapping, heights)
        surplus = counted(kind, names, extra)
        gone = np.concatenate([gone, extra])
    atoms = atoms[left_over(units, gone)]
    check_contacts(Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True))
    charge = round(float(atoms.arrays[CHARGE].sum()), 6) + 0.0 if CHARGE in atoms.arrays else None
    counts = composition(atoms)
    stoichiometric = proportional(counts, composition(crystal.bulk))
    closest = _closest(atoms)
    for name in (CHARGE, KIND, UNIT, "contact_kind"):
        if name in atoms.arrays:
            del atoms.arrays[name]
    words = np.array(["grain-1", "grain-2"])
    atoms.set_array("part", words[atoms.arrays["grain"] - 1])
    notes = [*((crystal.lattice.note,) if crystal.lattice.note else ())]
    if not crystal.is_ordered:
        notes.append("partial occupancies are ordered in each grain")
    if not vacuum and not equivalent:
        notes.append(
            "the two boundaries are not equivalent: an energy is the mean of both; `vacuum` gives "
            "one alone"
        )
    if pair.strain > 1e-6:
        notes.append(f"the second grain is strained by up to {pair.strain:.2%} in the boundary")
    if not stoichiometric and neutral:
        notes.append(
            "removing whole units does not restore the composition: groups that shared a ligand "
            "keep one each"
        )
    elif not stoichiometric:
        notes.append(
            "the composition is not that of the crystal; `neutral` removes the surplus at the "
            "boundaries"
        )
    elif charge:
        notes.append(f"the model has a charge of {charge:+g} e")
    result = GrainBoundary(
        atoms=atoms,
        crystal=crystal.name,
        boundary=_described(pair),
        cell_vectors=(_vector(pair.vectors[0, 0]), _vector(pair.vectors[0, 1])),
        terminations=bicrystal.faces,
        shift=shares,
        shift_cell=_pair_of_vectors(pair.shift_cell),
        n_boundaries=len(heights),
        heights=tuple(float(height) for height in heights),
        equivalent=None if vacuum else equivalent,
        thickness=(bicrystal.height(0), bicrystal.height(0 if pair.is_symmetric else 1)),
        vacuum=vacuum,
        overlap=bicrystal.overlap,
        removed=removed,
        surplus=surplus,
        closest=closest,
        formula=formula_of(counts),
        stoichiometric=stoichiometric,
        charge=charge,
        charges_from=crystal.charges[1],
        notes=tuple(notes),
    )
    provenance.record(
        atoms,
        "build grain-boundary",
        {
            "crystal": result.crystal,
            "planes": list(result.boundary.planes),
            "rotation": pair.rotation.round(9).tolist(),
            "cell_vectors": result.cell_vectors,
            "terminations": list(result.terminations),
            "shift": list(shares),
            "thickness": list(result.thickness),
            "gap": bicrystal.gap,
            "vacuum": vacuum,
            "overlap": bicrystal.overlap,
            "removed": removed,
            "surplus": surplus,
            "ordering": None if bicrystal.ordering is None else bicrystal.ordering,
            "seed": bicrystal.seed,
        },
    )
    provenance.start_lineage(atoms)
    return result


def _surplus(
    bicrystal: Bicrystal, atoms: Atoms, overlapping: NDArray[np.int64], heights: Floats
) -> NDArray[np.int64]:
    """Units whose removal restores the composition of the crystal, nearest to the boundaries."""
    bulk, units = bicrystal.crystals[0].bulk, atoms.arrays[UNIT]
    n_units = int(units.max()) + 1
    own, _ = units_of(bulk, bicrystal.centres)
    own[own >= 0] += n_units
    kind, names = contents(
        np.concatenate([atoms.numbers, bulk.numbers]), np.concatenate([units, own])
    )
    whole = np.bincount(kind[n_units:], minlength=len(names))
    away = abs(atoms.positions[:, 2, None] - heights)
    if len(heights) == 2:
        away = np.minimum(away, abs(atoms.cell.array[2, 2] - away))
    depth = np.full(n_units, np.inf)
    np.minimum.at(depth, units[:, 0], away.min(axis=1))
    left = np.setdiff1d(np.arange(n_units), overlapping)
    return surplus_units(kind[:n_units], whole, left, depth)


def _closest(atoms: Atoms) -> float:
    """Shortest distance in Å of two atoms of different grains."""
    grain = atoms.arrays["grain"]
    for reach in (3.5, 8.0):
        pairs = neighbour_list(atoms, reach)
        across = pairs.distances[grain[pairs.first] != grain[pairs.second]]
        if len(across):
            return float(across.min())
    return reach


def _vector(row: Floats) -> tuple[float, float, float]:
    """Three components as plain numbers."""
    x, y, z = (float(component) for component in row)
    return x, y, z


def _pair_of_vectors(rows: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two vectors in a plane as plain numbers."""
    (a, b), (c, d) = (np.round(rows, 9) + 0.0).tolist()
    return (a, b), (c, d)
