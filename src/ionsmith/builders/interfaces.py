"""Interfaces of two crystals, from an orientation relationship or a match.

The match says which cell of the plane both sides share, how each is strained for it, and how the
film is turned. Both crystals are set up in that cell, cut between their units (see
:mod:`ionsmith.geometry.slabs`), shifted along each other for the best registry, and stacked.

The substrate is below, the film above, z is the common normal. What a match strains is the whole
slab; nothing happens along the normal, atoms keep their fractional coordinates. A crystal with
partial occupancies is ordered in the cell of its slab, on request.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.builders.charges import composition
from ionsmith.builders.interface_result import Interface, Terminations
from ionsmith.builders.interface_side import Ordering, Side
from ionsmith.builders.interface_slab import slab_report
from ionsmith.builders.interface_stack import (
    as_repeated,
    back_gap,
    deformations,
    hold_back,
    moments_of_both,
    stack_slabs,
)
from ionsmith.builders.registry import (
    KIND,
    ClosestApproach,
    Registry,
    gaps_at_contact,
    shift_grid,
)
from ionsmith.crystals import Crystal
from ionsmith.errors import IonsmithError
from ionsmith.geometry.checks import check_contacts
from ionsmith.geometry.contact_planes import plane_angle
from ionsmith.geometry.match_records import Match
from ionsmith.geometry.miller import parse_plane
from ionsmith.geometry.molecular_groups import CENTRES
from ionsmith.geometry.orientation import OrientationRelationship
from ionsmith.geometry.slabs import CHARGE
from ionsmith.geometry.terminations import severed_valence
from ionsmith.lattices import lattice_of_phase

Floats = NDArray[np.float64]
Energy = Callable[[Atoms], float]


def build_interface(
    substrate: Crystal | Atoms,
    film: Crystal | Atoms,
    match: Match,
    *,
    orientation: OrientationRelationship | None = None,
    thickness: tuple[float | str, float | str] = (12.0, 12.0),
    terminations: tuple[int | None, int | None] = (None, None),
    symmetric: bool = False,
    groups: Sequence[str] = CENTRES,
    ordering: Ordering | None = None,
    mirror_film: bool = False,
    gap: float | None = None,
    shift: tuple[float, float] | None = None,
    grid: float = 0.5,
    energy: Energy | None = None,
    vacuum: float = 15.0,
    fixed: float | str = 0.0,
    progress: Callable[[int, int], None] | None = None,
    notes: Sequence[str] = (),
) -> Interface:
    """Build the interface of a match.

    Parameters
    ----------
    substrate, film
        The crystals: of the library, or structures. The indices of the match are in their axes.
    match
        The match, see :func:`ionsmith.geometry.matches.find_matches`.
    orientation
        The orientation relationship that it was bound to, for the record.
    thickness
        Of substrate and film: in Å, rounded up to whole lattice planes, or as ``"4 planes"``.
    terminations
        Numbers of the cuts in contact, see :func:`list_terminations`; by default those that sever
        least and leave the least surface charge, both per Å².
    symmetric
        Give each slab a back that an operation of its crystal takes to its face in contact.
    groups
        Elements that may be centres of molecular groups; an empty list for none.
    ordering
        How partial occupancies are ordered; None refuses them.
    mirror_film
        Take the mirror image of the film, laid down unturned where the match is reversed and
        turned where it is not.
    gap
        From the highest atom of the substrate to the lowest of the film in Å. By default the slabs
        touch, see :mod:`ionsmith.builders.registry`.
    shift
        Displacement of the film along x and y in Å; by default the best of a scan.
    grid
        Largest distance in Å of the shifts that are tried.
    energy
        Energy in eV of a structure, to judge the shifts by in place of the gap at contact.
    vacuum
        In Å; 0 makes a periodic stack with a second interface.
    fixed
        Part of the substrate that is held in place, from its back: in Å, or as ``"2 planes"``.
    progress
        Called with the shifts done and their number, where ``energy`` judges.
    notes
        What the result is to say besides.

    Returns
    -------
    Interface

    Raises
    ------
    DisorderedStructure
        For partial occupancies without ``ordering``.
    TerminationNotPossible
        For a termination that does not exist, or a symmetric slab of a crystal without an
        operation that turns the plane over.
    AtomsTooClose
        If a given gap, shift or vacuum brings atoms too close.
    InvalidStructure
        If crystal and match do not belong together.
    IonsmithError
        For a number out of range.
    """
    _check_numbers(vacuum, grid, gap, shift)
    sides = _sides(substrate, film, match, thickness, groups, ordering, mirror_film)
    slabs, reports = [], []
    parallel = (None, None) if orientation is None else orientation.planes or (None, None)
    for side, number, plane in zip(sides, terminations, parallel, strict=True):
        slab, report = slab_report(side, number, symmetric=symmetric, parallel=plane)
        slabs.append(slab)
        reports.append(report)
    lower, upper = slabs
    approach = ClosestApproach([(side.bulk, side.cell.groups) for side in sides])

    def stack(move: Floats, distance: float) -> Atoms:
        return stack_slabs(lower, upper, move, distance, vacuum, approach)

    registry = None
    chosen = np.zeros(2) if shift is None else np.array(shift, dtype=float)
    if shift is None:
        registry = _scan(sides, lower, upper, approach, grid, gap, energy, stack, progress)
        chosen = registry.shifts[registry.best]
    distance = gap
    if distance is None:
        distance = float(gaps_at_contact(lower, upper, chosen[None], approach)[0])
    atoms = stack(chosen, distance)
    held = hold_back(atoms, lower, fixed, sides[0].cell.spacing)
    check_contacts(as_repeated(atoms))
    charge, dipole = moments_of_both(atoms, (lower, upper))
    second = None if vacuum else back_gap(atoms)
    said = (*notes, *_notes(match, mirror_film, vacuum, charge, dipole))
    for name in (CHARGE, KIND):
        if name in atoms.arrays:
            del atoms.arrays[name]
    result = Interface(
        atoms=atoms,
        substrate=reports[0],
        film=reports[1],
        parallel_planes=_texts(orientation.planes if orientation else None),
        parallel_directions=_texts(orientation.directions if orientation else None),
        zone_axis=_zone_axis(orientation, sides[0]),
        contact_angle=_contact_angle(orientation, match),
        deviation=match.deviation,
        reversed=match.reversed != mirror_film,
        mirrored=mirror_film,
        area=sides[0].cell.area,
        max_strain=match.max_strain,
        mismatch=_mismatch(match),
        gap=distance,
        back_gap=second,
        shift=(float(chosen[0]), float(chosen[1])),
        registry=registry,
        vacuum=vacuum,
        fixed=held,
        composition=composition(atoms),
        charge=charge,
        dipole=dipole,
        notes=said,
    )
    _remember(result, (lower, upper), match, groups, ordering, symmetric)
    return result


def list_terminations(
    substrate: Crystal | Atoms,
    film: Crystal | Atoms,
    match: Match,
    *,
    thickness: tuple[float | str, float | str] = (12.0, 12.0),
    groups: Sequence[str] = CENTRES,
    ordering: Ordering | None = None,
    mirror_film: bool = False,
) -> Terminations:
    """List the terminations of both sides of a match.

    Parameters
    ----------
    substrate, film, match, thickness, groups, ordering, mirror_film
        As :func:`build_interface` takes them. The thickness matters for crystals with partial
        occupancies, which are ordered in the slab as a whole.
    """
    sides = _sides(substrate, film, match, thickness, groups, ordering, mirror_film)
    names = [f"{side.name} {side.plane}" for side in sides]
    severed = [severed_valence(side.cell, side.terminations) for side in sides]
    return Terminations(
        substrate=names[0],
        film=names[1],
        substrate_terminations=sides[0].terminations,
        film_terminations=sides[1].terminations,
        substrate_severed=severed[0],
        film_severed=severed[1],
    )


def _sides(
    substrate: Crystal | Atoms,
    film: Crystal | Atoms,
    match: Match,
    thickness: tuple[float | str, float | str],
    groups: Sequence[str],
    ordering: Ordering | None,
    mirror_film: bool,
) -> tuple[Side, Side]:
    lattices = lattice_of_phase(substrate), lattice_of_phase(film)
    matrices = deformations(match, (lattices[0].lattice.cell, lattices[1].lattice.cell))
    mirror = np.diag([1.0, 1.0, -1.0]) if mirror_film else np.eye(3)
    below = Side(
        phase=substrate,
        lattice=lattices[0],
        plane=parse_plane(match.substrate_plane),
        vectors=np.array(match.substrate_vectors),
        strain=np.array(match.substrate_strain),
        principal=match.substrate_principal,
        meshes=match.substrate_meshes,
        thickness=thickness[0],
        groups=tuple(groups),
        ordering=ordering,
        below=True,
        deformation=matrices[0],
    )
    above = Side(
        phase=film,
        lattice=lattices[1],
        plane=parse_plane(match.film_plane),
        vectors=np.array(match.film_vectors),
        strain=np.array(match.film_strain),
        principal=match.film_principal,
        meshes=match.film_meshes,
        thickness=thickness[1],
        groups=tuple(groups),
        ordering=ordering,
        below=False,
        deformation=mirror @ matrices[1],
    )
    return below, above


def _scan(
    sides: tuple[Side, Side],
    lower: Atoms,
    upper: Atoms,
    approach: Callable[[int, int], float],
    grid: float,
    gap: float | None,
    energy: Energy | None,
    stack: Callable[[Floats, float], Atoms],
    progress: Callable[[int, int], None] | None,
) -> Registry:
    """Try shifts over the smallest mesh by which one of the slabs repeats."""
    meshes = [side.repeat for side in sides if side.repeat is not None]
    meshes.append(lower.cell.array[:2, :2])
    mesh = min(meshes, key=lambda m: round(abs(float(np.linalg.det(m))), 6))
    shifts = shift_grid(mesh, grid)
    gaps = gaps_at_contact(lower, upper, shifts, approach)
    if energy is None:
        return Registry(shifts, gaps, None, int(np.round(gaps, 6).argmin()), "gap at contact")
    energies = np.empty(len(shifts))
    for i, (move, contact) in enumerate(zip(shifts, gaps, strict=True)):
        energies[i] = energy(stack(move, float(contact) if gap is None else gap))
        if progress is not None:
            progress(i + 1, len(shifts))
    return Registry(shifts, gaps, energies, int(np.round(energies, 6).argmin()), "energy")


def _mismatch(match: Match) -> tuple[float, float]:
    """(d_substrate - d_film) / d_substrate along both principal axes of the strain."""
    stretch = (1 + np.array(match.film_principal)) / (1 + np.array(match.substrate_principal))
    first, second = (1 - 1 / stretch).tolist()
    return first + 0.0, second + 0.0


def _zone_axis(
    orientation: OrientationRelationship | None, side: Side
) -> tuple[float, float, float] | None:
    if orientation is None or orientation.directions is None:
        return None
    direction = orientation.directions[0].indices
    along = side.deformation @ side.lattice.lattice.vectors(direction)
    x, y, z = (float(part) for part in along / np.linalg.norm(along))
    return x, y, z


def _contact_angle(orientation: OrientationRelationship | None, match: Match) -> float | None:
    if orientation is None:
        return None
    planes = parse_plane(match.substrate_plane), parse_plane(match.film_plane)
    angle = plane_angle(orientation, planes)
    return min(angle, 180 - angle)


def _texts(pair: tuple[Any, Any] | None) -> tuple[str, str] | None:
    return None if pair is None else (str(pair[0]), str(pair[1]))


def _check_numbers(
    vacuum: float, grid: float, gap: float | None, shift: tuple[float, float] | None
) -> None:
    if not 0 <= vacuum < 1e3:
        raise IonsmithError(f"the vacuum is a length in Å, or 0 for a periodic stack: {vacuum:g}")
    if not 0.02 <= grid <= 10:
        raise IonsmithError(f"the grid of shifts is between 0.02 and 10 Å, not {grid:g}")
    if gap is not None and not -10 < gap < 100:
        raise IonsmithError(f"the gap is a length in Å between -10 and 100, not {gap:g}")
    if shift is not None and not np.isfinite(shift).all():
        raise IonsmithError(f"the shift is two lengths in Å, not {shift[0]:g}, {shift[1]:g}")


def _notes(
    match: Match, mirror_film: bool, vacuum: float, charge: float | None, dipole: float | None
) -> tuple[str, ...]:
    notes = ["charges and dipoles are of formal charges; the gap is that of hard bodies, relax it"]
    if mirror_film:
        notes.append("the film is the mirror image of the crystal that was given")
    if charge:
        notes.append(f"the cell carries {charge:+g} e: say how it is compensated")
    if vacuum and dipole is not None and abs(dipole) > 1:
        notes.append("the slab has a dipole along z: use a dipole correction")
    if match.multiple > 1:
        notes.append(f"the cell is {match.multiple} times that of a smaller match")
    return tuple(notes)


def _remember(
    result: Interface,
    slabs: tuple[Atoms, Atoms],
    match: Match,
    groups: Sequence[str],
    ordering: Ordering | None,
    symmetric: bool,
) -> None:
    atoms = result.atoms
    said: dict[str, Any] = {
        "parallel_planes": result.parallel_planes,
        "parallel_directions": result.parallel_directions,
        "reversed": match.reversed,
        "mirror_film": result.mirrored,
        "deviation": match.deviation,
        "rotation": match.rotation,
        "gap": result.gap,
        "shift": result.shift,
        "shift_judged_by": None if result.registry is None else result.registry.judged_by,
        "vacuum": result.vacuum,
        "fixed_atoms": result.fixed,
        "symmetric": symmetric,
        "groups": list(groups),
        "ordering": None if ordering is None else [ordering.method, ordering.seed],
    }
    sources: list[dict[str, Any]] = []
    for name, slab, report in zip(
        ("substrate", "film"), slabs, (result.substrate, result.film), strict=True
    ):
        before = provenance.of(slab)
        sources += before.get("sources", [])
        said[name] = {
            "crystal": report.crystal,
            "plane": report.plane,
            "cell_vectors": report.cell_vectors,
            "strain": report.strain,
            "planes": report.planes,
            "termination": report.termination,
            "back_termination": report.back_termination,
            "steps": before.get("steps", []),
        }
    provenance.record(atoms, "build interface", said, sources)
    provenance.start_lineage(atoms)
