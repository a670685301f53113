"""Two crystals in the common cell of a match, from which any of their interfaces is built.

The match defines the cell of the plane that both sides share, the strain of each side, and the
rotation of the film. The substrate is below, the film above, and z is their common normal. A match
strains the whole slab; along the normal nothing is changed, and atoms keep their fractional
coordinates. Crystals with partial occupancies can be ordered in the cell of their slab.

Preparing a crystal takes longer than stacking slabs, and ordering it much longer; a pair does both
once for all that is tried with it, and cuts each slab once for all shifts and gaps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_contacts
from ionsmith.builders._lost_bonds import MEMBER
from ionsmith.builders.interface._bonds_across import contact_of
from ionsmith.builders.interface._closest_approach import ClosestApproach
from ionsmith.builders.interface._registry import best_gaps, by_energy, scan
from ionsmith.builders.interface._result import (
    Interface,
    Terminations,
    angle_in_contact,
    mismatch_along_axes,
    notes_on,
    remember,
    texts_of,
)
from ionsmith.builders.interface._score import Score, score_of
from ionsmith.builders.interface._side import Side
from ionsmith.builders.interface._slab import Cut, Vector, cut_side
from ionsmith.builders.interface._stacking import (
    as_repeated,
    back_gap,
    check_across,
    deformations,
    gaps_at_contact,
    moments_of_both,
    shift_grid,
    smaller_mesh,
    stack_slabs,
)
from ionsmith.choices import check_choice
from ionsmith.crystals.charges import composition
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike, name_of
from ionsmith.crystals.ordering import Ordering
from ionsmith.errors import InvalidInput
from ionsmith.lattice.miller import parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.potentials import PotentialLike
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.slabs import CHARGE, KIND, freeze_back

Floats = NDArray[np.float64]

MOST_ATOMS = 5_000
"""Largest number of atoms in the primitive cell of a crystal of which a slab is cut."""


@dataclass(frozen=True, eq=False)
class MatchedPair:
    """Two crystals in the cell of a match.

    Parameters
    ----------
    substrate, film
        The crystals, whose axes the indices of the match refer to. Do not change them afterwards.
    match
        The match, see :func:`ionsmith.surfaces.matches.find_matches`.
    thickness
        Thickness of substrate and film: in Å, rounded up to whole lattice planes, or such as
        ``"4 planes"``.
    groups
        Elements that may be centres of molecular groups; an empty list for none. By default all
        groups that end: the SiO4 of a framework are no molecules.
    ordering
        How partial occupancies are ordered, with the neutral numbers of atoms nearest to the
        published ones; None refuses them.
    seed
        Seed of the ordering.
    mirror_film
        Use the mirror image of the film: upright if the match is reversed, turned over if not.
    progress
        Called from time to time with the number of ordering steps done and in total.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined:
        the same as for the match.

    Raises
    ------
    InvalidChoice
        If the ordering is not recognised.
    InvalidInput
        If the match is none, or the thickness is not one for each crystal.
    InvalidStructure
        At the first use, if crystals and match do not belong together.

    Examples
    --------
    All terminations of germanium on silicon, without preparing the crystals again:

    >>> import ionsmith
    >>> planes = ionsmith.parse_planes("(1,1,1)||(1,1,1)")
    >>> found = ionsmith.find_matches("lib:si", "lib:ge", contact=planes)
    >>> match = min(found.matches, key=lambda match: match.area)
    >>> pair = ionsmith.MatchedPair("lib:si", "lib:ge", match)
    >>> cuts = pair.terminations()
    >>> for cut in cuts.film_terminations:
    ...     interface = pair.build(terminations=(None, cut.number))
    ...     print(cut.above, f"{cut.gap:.2f} Å apart, {interface.gap:.1f} Å above silicon")
    1 Ge 2.45 Å apart, 2.4 Å above silicon
    1 Ge 0.82 Å apart, 2.3 Å above silicon
    """

    substrate: CrystalLike
    film: CrystalLike
    match: Match
    thickness: tuple[float | str, float | str] = (12.0, 12.0)
    groups: Sequence[str] | None = None
    ordering: Ordering | None = None
    seed: int = 0
    mirror_film: bool = False
    progress: Callable[[int, int], None] | None = None
    symprec: float = SYMPREC

    def __repr__(self) -> str:
        return f"<MatchedPair: {name_of(self.film)} on {name_of(self.substrate)}, {self.match!r}>"

    def __post_init__(self) -> None:
        check_choice("ordering", self.ordering, Ordering | None)
        if not isinstance(self.match, Match):
            raise InvalidInput(
                f"`match` is a {type(self.match).__name__}; a Match was expected, such as "
                "find_matches(...).matches[0]"
            )
        if isinstance(self.thickness, str) or np.shape(self.thickness) != (2,):
            raise InvalidInput(
                f"`thickness` is {self.thickness!r}; expected that of the substrate and of the "
                "film, such as (12.0, 12.0)"
            )

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Substrate and film in the frame of the interface."""
        match = self.match
        phases = read_phase(self.substrate), read_phase(self.film)
        lattices = [read_lattice(phase, self.symprec) for phase in phases]
        for phase, lattice in zip(phases, lattices, strict=True):
            repeated = len(lattice.symmetry.centrings)
            if isinstance(phase, Atoms) and len(phase) > MOST_ATOMS * repeated:
                raise InvalidInput(
                    f"a crystal of {len(phase):,} atoms is too large for a slab, up to "
                    f"{MOST_ATOMS:,} are taken that repeat no smaller cell"
                )
        matrices = deformations(match, (lattices[0].lattice.cell, lattices[1].lattice.cell))
        mirror = np.diag([1.0, 1.0, -1.0]) if self.mirror_film else np.eye(3)
        groups = None if self.groups is None else tuple(self.groups)

        def side(number: int, name: str, deformation: Floats) -> Side:
            return Side(
                phase=phases[number],
                lattice=lattices[number],
                plane=parse_plane(getattr(match, f"{name}_plane")),
                vectors=np.array(getattr(match, f"{name}_vectors")),
                strain=np.array(getattr(match, f"{name}_strain")),
                principal=getattr(match, f"{name}_principal"),
                meshes=getattr(match, f"{name}_meshes"),
                thickness=self.thickness[number],
                groups=groups,
                ordering=self.ordering,
                seed=self.seed,
                progress=self.progress,
                below=number == 0,
                deformation=deformation,
            )

        return side(0, "substrate", matrices[0]), side(1, "film", mirror @ matrices[1])

    @cached_property
    def approach(self) -> ClosestApproach:
        """Closest approach of the atoms of both crystals."""
        return ClosestApproach([side.smallest for side in self.sides])

    @cached_property
    def _cuts(self) -> dict[tuple[object, ...], Cut]:
        """Slabs by what was asked of them."""
        return {}

    @cached_property
    def _scores(self) -> dict[tuple[Cut, Cut], Score]:
        """Scores of a lower and an upper slab."""
        return {}

    def _score(self, lower: Cut, upper: Cut) -> Score:
        """Score of their faces in contact."""
        if (lower, upper) not in self._scores:
            self._scores[lower, upper] = score_of(lower, upper, self.approach)
        return self._scores[lower, upper]

    def terminations(self) -> Terminations:
        """List the terminations of both sides.

        Without ``ordering``, the severed valence of a disordered crystal is not given.

        Raises
        ------
        TerminationNotPossible
            If a crystal cannot be cut along its plane.
        """
        below, above = self.sides
        return Terminations(
            substrate=f"{below.name} {below.plane}",
            film=f"{above.name} {above.plane}",
            substrate_terminations=below.terminations,
            film_terminations=above.terminations,
        )

    def build(
        self,
        *,
        orientation: OrientationRelationship | None = None,
        terminations: tuple[int | str | None, int | str | None] = (None, None),
        symmetric: bool = False,
        neutral: bool = False,
        gap: float | None = None,
        shift: tuple[float, float] | None = None,
        grid: float = 0.5,
        potential: PotentialLike | None = None,
        vacuum: float = 15.0,
        freeze: float | str = 0.0,
        progress: Callable[[int, int], None] | None = None,
        notes: Sequence[str] = (),
    ) -> Interface:
        """Build one of the interfaces.

        Parameters
        ----------
        orientation
            Orientation relationship for which the match was searched; it is recorded.
        terminations
            Names or numbers of the terminations in contact, see :meth:`terminations`; by default
            those with the least severed bond valence and surface charge per Å².
        symmetric
            Give each slab a back that an operation of its crystal maps onto its face in contact.
        neutral
            Compensate the charge of each slab at its back: mobile cations, protons on O that lost a
            bond (of the face in contact where the back has too few), or ions of the outermost
            layer. Dipoles are left; the notes say what was done.
        gap
            From the highest atom of the substrate to the lowest of the film in Å. By default that
            of the best contact, see :mod:`ionsmith.builders.interface`.
        shift
            Displacement of the film along x and y in Å; by default the best one of a scan.
        grid
            Largest distance in Å of neighbouring shifts in the scan.
        potential
            Potential, ASE calculator, or name of a potential whose energies select shift and gap,
            instead of the score of the contact.
        vacuum
            Height of the vacuum in Å; 0 makes a periodic stack with a second interface.
        freeze
            Part of the substrate that is frozen, from its back: in Å, or such as ``"2 planes"``.
        progress
            Called with the number of energies done and in total if a potential is used.
        notes
            Notes to add to the result.

        Raises
        ------
        DisorderedStructure
            For partial occupancies without ``ordering``.
        TerminationNotPossible
            If a termination does not exist, or a crystal without an operation that turns the plane
            over should get a symmetric slab.
        AtomsTooClose
            If a given gap, shift or vacuum brings atoms too close.
        InvalidStructure
            If crystals and match do not belong together.
        InvalidInput
            If a number is out of range.
        ExternalProgramFailed
            If the potential fails or gives an energy that is not finite.
        """
        _check_numbers(vacuum, grid, gap, shift)
        sides, match = self.sides, self.match
        cuts = []
        parallel = (None, None) if orientation is None else orientation.planes or (None, None)
        for side, number, plane in zip(sides, terminations, parallel, strict=True):
            key = side.below, repr(number), symmetric, neutral, plane
            if key not in self._cuts:
                self._cuts[key] = cut_side(
                    side, number, symmetric=symmetric, neutral=neutral, parallel=plane
                )
            cuts.append(self._cuts[key])
        lower, upper = cuts[0].slab, cuts[1].slab
        score = self._score(*cuts)
        behind = None if vacuum else self._score(*cuts[::-1])

        def touching(judge: Score, parts: tuple[Atoms, Atoms], move: Floats) -> float:
            contact = gaps_at_contact(*parts, move[None], self.approach)
            return float(best_gaps(judge, move[None], contact)[0][0])

        def stack(move: Floats, distance: float) -> Atoms:
            back = 0.0 if behind is None else touching(behind, (upper, lower), -move)
            return stack_slabs(lower, upper, move, distance, vacuum, back)

        registry = None
        if shift is None:
            shifts = shift_grid(smaller_mesh([side.repeat for side in sides], lower), grid)
            contact = gaps_at_contact(lower, upper, shifts, self.approach)
            registry = scan(score, shifts, contact, grid, gap)
            if potential is not None:
                registry = by_energy(registry, stack, potential, gap, progress)
            chosen = registry.shifts[registry.best]
            distance = float(registry.gaps[registry.best])
        else:
            chosen = np.array(shift, dtype=float)
            distance = touching(score, (lower, upper), chosen) if gap is None else gap
        atoms = stack(chosen, distance)
        n_frozen = freeze_back(atoms, len(lower), freeze, sides[0].cell.spacing)
        if neutral or not all(cut.side.roomy for cut in cuts):
            check_contacts(as_repeated(atoms))
        else:
            check_across(atoms, len(lower))
        charge, dipole = moments_of_both(atoms, (lower, upper))
        second = None if vacuum else back_gap(atoms)
        groups = [side.lattice.note for side in sides if side.lattice.note]
        notes = (*notes, *groups, *notes_on(match, self.mirror_film, vacuum, charge, dipole))
        for name in (CHARGE, KIND, MEMBER):
            if name in atoms.arrays:
                del atoms.arrays[name]
        result = Interface(
            atoms=atoms,
            substrate=cuts[0].report,
            film=cuts[1].report,
            parallel_planes=texts_of(orientation.planes if orientation else None),
            parallel_directions=texts_of(orientation.directions if orientation else None),
            zone_axis=_zone_axis(orientation, sides[0]),
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
            contact=contact_of(score, chosen, distance),
            registry=registry,
            vacuum=vacuum,
            n_frozen=n_frozen,
            composition=composition(atoms),
            charge=charge,
            dipole=dipole,
            notes=notes,
        )
        asked = {"symmetric": symmetric, "neutral": neutral}
        remember(result, (lower, upper), match, self.groups, self.ordering, self.seed, asked)
        return result


def _zone_axis(orientation: OrientationRelationship | None, side: Side) -> Vector | None:
    """Parallel directions as a unit vector in the frame of the interface."""
    if orientation is None or orientation.directions is None:
        return None
    direction = orientation.directions[0].indices
    along = side.deformation @ side.lattice.lattice.vectors(direction)
    x, y, z = (float(part) for part in along / np.linalg.norm(along))
    return x, y, z


def _check_numbers(
    vacuum: float, grid: float, gap: float | None, shift: tuple[float, float] | None
) -> None:
    """Refuse lengths out of range."""
    if not 0 <= vacuum < 1e3:
        raise InvalidInput(f"`vacuum` is {vacuum:g}; 0 (periodic stack) to 1000 Å was expected")
    if not 0.02 <= grid <= 10:
        raise InvalidInput(f"`grid` is {grid:g}; 0.02 to 10 Å was expected")
    if gap is not None and not -10 < gap < 100:
        raise InvalidInput(f"`gap` is {gap:g}; -10 to 100 Å was expected")
    if shift is not None and not (np.abs(shift) < 1e4).all():
        raise InvalidInput(
            f"`shift` is {shift[0]:g}, {shift[1]:g}; two lengths below 10000 Å were expected"
        )
