"""Two crystals set up in the cell of a match, from which any of their interfaces is built.

The match says which cell of the plane both sides share, how each is strained for it, and how the
film is turned. Both crystals are set up in that cell, cut between their units (see
:mod:`ionsmith.surfaces.slabs`), shifted along each other for the best registry, and stacked.

The substrate is below, the film above, z is the common normal. What a match strains is the whole
slab; nothing happens along the normal, atoms keep their fractional coordinates. A crystal with
partial occupancies is ordered in the cell of its slab, on request.

Setting up a crystal takes longer than cutting it, and ordering one much longer; a pair does both
once, for all the terminations, shifts and gaps that are tried with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_contacts
from ionsmith.bonding.molecular_groups import CENTRES
from ionsmith.builders.interface._record import (
    angle_in_contact,
    mismatch_along_axes,
    notes_on,
    remember,
    texts_of,
    zone_axis_of,
)
from ionsmith.builders.interface._registry import (
    KIND,
    ClosestApproach,
    Registry,
    gaps_at_contact,
    shift_grid,
)
from ionsmith.builders.interface._result import Interface, Terminations
from ionsmith.builders.interface._side import Ordering, Side
from ionsmith.builders.interface._slab import slab_report
from ionsmith.builders.interface._stack import (
    as_repeated,
    back_gap,
    deformations,
    hold_back,
    moments_of_both,
    stack_slabs,
)
from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import composition
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidInput
from ionsmith.lattice.miller import parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.slabs import CHARGE
from ionsmith.surfaces.terminations import severed_valence

Floats = NDArray[np.float64]
Energy = Callable[[Atoms], float]


@dataclass(frozen=True, eq=False)
class MatchedPair:
    """Two crystals in the cell of a match.

    Parameters
    ----------
    substrate, film
        The crystals: of the library, or structures, which must not be changed afterwards. The
        indices of the match are in their axes.
    match
        The match, see :func:`ionsmith.surfaces.matches.find_matches`.
    thickness
        Of substrate and film: in Å, rounded up to whole lattice planes, or as ``"4 planes"``.
    groups
        Elements that may be centres of molecular groups; an empty list for none.
    ordering
        How partial occupancies are ordered; None refuses them.
    mirror_film
        Take the mirror image of the film, laid down unturned where the match is reversed and
        turned where it is not.

    Raises
    ------
    InvalidStructure
        When it is first used, if crystals and match do not belong together.

    Examples
    --------
    All faces that germanium can turn to silicon, without setting the crystals up again:

    >>> import ionsmith
    >>> silicon, germanium = ionsmith.read_lattice("lib:si"), ionsmith.read_lattice("lib:ge")
    >>> planes = ionsmith.parse_planes("(1,1,1)||(1,1,1)")
    >>> match = ionsmith.find_matches(silicon, germanium, contact=planes).matches[0]
    >>> pair = ionsmith.MatchedPair(ionsmith.load("si"), ionsmith.load("ge"), match)
    >>> cuts = pair.terminations()
    >>> for cut in cuts.film_terminations:
    ...     interface = pair.build(terminations=(None, cut.number))
    ...     print(cut.above, f"{cut.gap:.2f} Å apart, {interface.gap:.2f} Å above silicon")
    12 Ge 2.45 Å apart, 2.34 Å above silicon
    12 Ge 0.82 Å apart, 2.31 Å above silicon
    """

    substrate: Crystal | Atoms
    film: Crystal | Atoms
    match: Match
    thickness: tuple[float | str, float | str] = (12.0, 12.0)
    groups: Sequence[str] = CENTRES
    ordering: Ordering | None = None
    mirror_film: bool = False

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Substrate and film in the frame of the interface."""
        match = self.match
        lattices = read_lattice(self.substrate), read_lattice(self.film)
        matrices = deformations(match, (lattices[0].lattice.cell, lattices[1].lattice.cell))
        mirror = np.diag([1.0, 1.0, -1.0]) if self.mirror_film else np.eye(3)
        below = Side(
            phase=self.substrate,
            lattice=lattices[0],
            plane=parse_plane(match.substrate_plane),
            vectors=np.array(match.substrate_vectors),
            strain=np.array(match.substrate_strain),
            principal=match.substrate_principal,
            meshes=match.substrate_meshes,
            thickness=self.thickness[0],
            groups=tuple(self.groups),
            ordering=self.ordering,
            below=True,
            deformation=matrices[0],
        )
        above = Side(
            phase=self.film,
            lattice=lattices[1],
            plane=parse_plane(match.film_plane),
            vectors=np.array(match.film_vectors),
            strain=np.array(match.film_strain),
            principal=match.film_principal,
            meshes=match.film_meshes,
            thickness=self.thickness[1],
            groups=tuple(self.groups),
            ordering=self.ordering,
            below=False,
            deformation=mirror @ matrices[1],
        )
        return below, above

    @cached_property
    def approach(self) -> ClosestApproach:
        """How near the atoms of both crystals may come to each other."""
        return ClosestApproach([(side.bulk, side.cell.groups) for side in self.sides])

    def terminations(self) -> Terminations:
        """List the terminations of both sides.

        Raises
        ------
        DisorderedStructure
            For partial occupancies without ``ordering``.
        TerminationNotPossible
            If a crystal cannot be cut along its plane.
        """
        below, above = self.sides
        return Terminations(
            substrate=f"{below.name} {below.plane}",
            film=f"{above.name} {above.plane}",
            substrate_terminations=below.terminations,
            film_terminations=above.terminations,
            substrate_severed=severed_valence(below.cell, below.terminations),
            film_severed=severed_valence(above.cell, above.terminations),
        )

    def build(
        self,
        *,
        orientation: OrientationRelationship | None = None,
        terminations: tuple[int | None, int | None] = (None, None),
        symmetric: bool = False,
        gap: float | None = None,
        shift: tuple[float, float] | None = None,
        grid: float = 0.5,
        energy: Energy | None = None,
        vacuum: float = 15.0,
        fixed: float | str = 0.0,
        progress: Callable[[int, int], None] | None = None,
        notes: Sequence[str] = (),
    ) -> Interface:
        """Build one of the interfaces.

        Parameters
        ----------
        orientation
            The orientation relationship that the match was bound to, for the record.
        terminations
            Numbers of the cuts in contact, see :meth:`terminations`; by default those that sever
            least and leave the least surface charge, both per Å².
        symmetric
            Give each slab a back that an operation of its crystal takes to its face in contact.
        gap
            From the highest atom of the substrate to the lowest of the film in Å. By default the
            slabs touch, see :mod:`ionsmith.builders.interface`.
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
            If crystals and match do not belong together.
        InvalidInput
            For a number out of range, or an energy that is none.
        """
        _check_numbers(vacuum, grid, gap, shift)
        sides, match = self.sides, self.match
        slabs, reports = [], []
        parallel = (None, None) if orientation is None else orientation.planes or (None, None)
        for side, number, plane in zip(sides, terminations, parallel, strict=True):
            slab, report = slab_report(side, number, symmetric=symmetric, parallel=plane)
            slabs.append(slab)
            reports.append(report)
        lower, upper = slabs

        def stack(move: Floats, distance: float) -> Atoms:
            return stack_slabs(lower, upper, move, distance, vacuum, self.approach)

        registry = None
        chosen = np.zeros(2) if shift is None else np.array(shift, dtype=float)
        if shift is None:
            registry = _scan(sides, lower, upper, self.approach, grid, gap, energy, stack, progress)
            chosen = registry.shifts[registry.best]
        distance = gap
        if distance is None:
            distance = float(gaps_at_contact(lower, upper, chosen[None], self.approach)[0])
        atoms = stack(chosen, distance)
        held = hold_back(atoms, lower, fixed, sides[0].cell.spacing)
        check_contacts(as_repeated(atoms))
        charge, dipole = moments_of_both(atoms, (lower, upper))
        second = None if vacuum else back_gap(atoms)
        said = (*notes, *notes_on(match, self.mirror_film, vacuum, charge, dipole))
        for name in (CHARGE, KIND):
            if name in atoms.arrays:
                del atoms.arrays[name]
        result = Interface(
            atoms=atoms,
            substrate=reports[0],
            film=reports[1],
            parallel_planes=texts_of(orientation.planes if orientation else None),
            parallel_directions=texts_of(orientation.directions if orientation else None),
            zone_axis=zone_axis_of(orientation, sides[0]),
            contact_angle=angle_in_contact(orientation, match),
            deviation=match.deviation,
            reversed=match.reversed != self.mirror_film,
            mirrored=self.mirror_film,
            area=sides[0].cell.area,
            max_strain=match.max_strain,
            mismatch=mismatch_along_axes(match),
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
        remember(result, (lower, upper), match, self.groups, self.ordering, symmetric)
        return result


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
        if not np.isfinite(energies[i]):
            raise InvalidInput(
                f"the energy at the shift {move[0]:.3f} {move[1]:.3f} Å is {energies[i]:g}, a "
                "finite number of eV was expected"
            )
        if progress is not None:
            progress(i + 1, len(shifts))
    return Registry(shifts, gaps, energies, int(np.round(energies, 6).argmin()), "energy")


def _check_numbers(
    vacuum: float, grid: float, gap: float | None, shift: tuple[float, float] | None
) -> None:
    if not 0 <= vacuum < 1e3:
        raise InvalidInput(f"the vacuum is a length in Å, or 0 for a periodic stack: {vacuum:g}")
    if not 0.02 <= grid <= 10:
        raise InvalidInput(f"the grid of shifts is between 0.02 and 10 Å, not {grid:g}")
    if gap is not None and not -10 < gap < 100:
        raise InvalidInput(f"the gap is a length in Å between -10 and 100, not {gap:g}")
    if shift is not None and not (np.abs(shift) < 1e4).all():
        raise InvalidInput(
            f"the shift is two lengths in Å, of less than 1 µm, not {shift[0]:g}, {shift[1]:g}"
        )
