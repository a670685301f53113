"""A crystal in the cell of a slab, and its possible cuts.

The cuts follow from the published sites alone: they have the same names whatever the thickness of
the slab, its cell in the plane, and the ordering of partial occupancies.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import composition, formal_charges
from ionsmith.crystals.ordering import Ordering, choose_supercell, order
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import CompositionNotPossible, DisorderedStructure, TerminationNotPossible
from ionsmith.lattice.cell_vectors import in_cell, primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.filled_sites import filled_sites
from ionsmith.surfaces.plane_mesh import plane_mesh
from ionsmith.surfaces.slabs import (
    CHARGE,
    OrientedCell,
    cut_slab,
    moments,
    oriented_cell,
    planes_of,
    stacking_vector,
)
from ionsmith.surfaces.terminations import (
    Termination,
    find_terminations,
    heights_meet,
    severed_valence,
)

MOST_LISTED = 12
"""Terminations that an error lists."""

SAME_COST = 0.002
"""Difference in e/Å² (and valence units per Å²) below which two cuts cost the same."""

SAME_STEP = 1e-4
"""Relative precision to which an operation must preserve lattice and lengths of a strained cell."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class CutCrystal:
    """A crystal in the cell of a slab.

    Parameters
    ----------
    phase
        The crystal.
    lattice
        Its cell and space group.
    plane
        Its plane (hkl).
    vectors
        Vectors of the cell in the plane as lattice vectors [uvw], shape (2, 3).
    thickness
        Thickness of the slab in Å, or ``"4 planes"``.
    groups
        Elements that may be centres of molecular groups; None for all groups that end.
    ordering
        How partial occupancies are ordered; None refuses them.
    seed
        Seed of the ordering.
    progress
        Called from time to time with the number of ordering steps done and in total.
    below
        Whether the face of interest is the upper one.
    deformation
        Matrix that takes Cartesian vectors of the crystal to the frame of the slab.
    """

    phase: Crystal | Atoms
    lattice: CrystalLattice
    plane: Plane
    vectors: Floats
    thickness: float | str
    groups: tuple[str, ...] | None
    ordering: Ordering | None
    seed: int
    progress: Callable[[int, int], None] | None
    below: bool
    deformation: Floats

    @property
    def name(self) -> str:
        """Name of the crystal in results."""
        return self.lattice.name

    @cached_property
    def stacking(self) -> Floats:
        """Lattice vector from one lattice plane to the next, upwards in the slab."""
        vector = stacking_vector(self.lattice, self.plane, self.vectors)
        # In a mirrored crystal the vectors that are right-handed in the crystal point downwards.
        if np.linalg.det(self.deformation) < 0:
            return -vector
        return vector

    @cached_property
    def spacing(self) -> float:
        """Distance of the lattice planes in Å."""
        return self.lattice.lattice_spacing(self.plane)

    @cached_property
    def planes(self) -> int:
        """Number of lattice planes of the slab."""
        return planes_of(self.thickness, self.spacing)

    @cached_property
    def is_ordered(self) -> bool:
        """Whether the crystal has no partial occupancies."""
        return not isinstance(self.phase, Crystal) or self.phase.is_ordered

    @cached_property
    def average(self) -> dict[str, float]:
        """Mean number of atoms of each element in :attr:`bulk` by the published occupancies."""
        if not isinstance(self.phase, Crystal):
            return {}
        return self._recut(self.phase, self.planes).composition()

    def _recut(self, crystal: Crystal, planes: int) -> Crystal:
        """Crystal in the cell of the slab, with a number of lattice planes."""
        rows = np.array([*self.vectors, planes * self.stacking])
        # In a mirrored crystal they are left-handed, which recut crystals are not.
        rows[2] *= np.sign(np.linalg.det(rows))
        return recut_crystal(crystal, rows)

    @cached_property
    def bulk(self) -> Atoms:
        """The crystal, unstrained, in the cell of the slab.

        A crystal with partial occupancies is ordered in a cell as high as the slab.
        """
        if isinstance(self.phase, Crystal) and not self.phase.is_ordered:
            if self.ordering is None:
                mixed = [site.label for site in self.phase.sites if not site.is_ordered]
                raise DisorderedStructure(
                    f"{self.name} is disordered on {', '.join(mixed)}: set `ordering` to order it "
                    "in the cell of the slab, or order it first (build_ordered)"
                )
            choice = choose_supercell(self._recut(self.phase, self.planes), (1, 1, 1))
            try:
                atoms = order(
                    choice.crystal,
                    composition=choice.composition,
                    ordering=self.ordering,
                    seed=self.seed,
                    progress=self.progress,
                ).structures[0]
            except CompositionNotPossible as error:  # its advice is for other arguments
                reason = str(error).partition(";")[0]
                raise DisorderedStructure(f"{reason}; order it first (build_ordered)") from error
            atoms.set_cell([*atoms.cell.array[:2], self.planes * self.stacking @ self.phase.cell])
        else:
            if isinstance(self.phase, Crystal):
                own, members = self.phase.to_atoms(), self.phase.primitive_positions
            else:
                own, members = self.phase, None
            vectors = [*self.vectors, self.stacking]
            atoms = in_cell(own, self.lattice.symmetry, vectors, members=members)
            atoms.set_constraint()  # frozen atoms of the crystal are not those of the slab
            atoms.arrays.pop("momenta", None)
        return atoms

    @cached_property
    def contents(self) -> dict[str, int]:
        """Number of atoms of each element in :attr:`bulk`."""
        return composition(self.bulk)

    @cached_property
    def charges(self) -> tuple[Floats | None, str]:
        """Formal charges of the atoms of :attr:`bulk` in e, and their source."""
        crystal = self.phase if isinstance(self.phase, Crystal) else None
        return formal_charges(self.bulk, crystal)

    @cached_property
    def cell(self) -> OrientedCell:
        """The crystal in the frame of the slab."""
        layers = self.planes if not self.is_ordered else 1
        cell = oriented_cell(self.bulk, self.deformation, layers, self.groups)
        charges, _ = self.charges
        if charges is not None:
            cell.atoms.set_array(CHARGE, charges, float)
        return cell

    @cached_property
    def reference(self) -> OrientedCell:
        """One lattice plane of the crystal, all sites filled, from which its cuts follow."""
        if not isinstance(self.phase, Crystal) or self.phase.is_ordered:
            return self.cell
        one = self._recut(self.phase, 1)
        atoms = filled_sites(one, self._mean_charges)
        atoms.set_cell([*one.cell[:2], self.stacking @ self.phase.cell])
        return oriented_cell(atoms, self.deformation, 1, self.groups)

    @property
    def _mean_charges(self) -> dict[str, float]:
        """Mean formal charge of each element in the ordered crystal, if there is one."""
        charges = None if self.ordering is None else self.charges[0]
        if charges is None:
            return {}
        symbols = np.array(self.bulk.get_chemical_symbols())
        return {str(e): float(charges[symbols == e].mean()) for e in np.unique(symbols)}

    @cached_property
    def terminations(self) -> tuple[Termination, ...]:
        """Possible cuts through one lattice plane of the crystal."""
        up = self._upwards
        found = find_terminations(
            self.reference,
            self.lattice.symmetry,
            up,
            downwards=up.indices != self.plane.indices,
        )
        if not self.is_ordered and self.ordering is None:
            return found  # known all the same, but not the bonds that they sever
        # In an ordered cell one cut severs other bonds in each lattice plane: their mean.
        heights = np.array([cut.height for cut in found])
        planes = np.arange(self.cell.layers) * self.spacing
        severed = severed_valence(self.cell, (planes[:, None] + heights).ravel().tolist())
        mean = severed.reshape(len(planes), -1).mean(axis=0).tolist()
        return tuple(replace(cut, severed=value) for cut, value in zip(found, mean, strict=True))

    @property
    def _upwards(self) -> Plane:
        """The plane with the sign that makes its normal point upwards."""
        h, k, m = self.plane.indices
        if np.dot(self.plane.indices, self.stacking) < 0:
            return Plane((-h, -k, -m))
        return Plane((h, k, m))

    @cached_property
    def repeat(self) -> Floats | None:
        """Smallest in-plane mesh of the slab in Å; None if that is its cell."""
        if not self.is_ordered:
            return None
        mesh = plane_mesh(self.lattice, self.plane).vectors
        return np.asarray((mesh @ self.lattice.lattice.cell @ self.deformation.T)[:, :2])

    def find(self, termination: int | str) -> Termination:
        """Find a termination by its number or its name."""
        text = "".join(str(termination).split())
        for cut in self.terminations:
            if text in (str(cut.number), "".join(cut.name.split())):
                return cut
        listed = ", ".join(f"{cut.number}: {cut.name}" for cut in self.terminations[:MOST_LISTED])
        more = len(self.terminations) - MOST_LISTED
        raise TerminationNotPossible(
            f"there is no termination {termination} of {self.name} {self.plane}; there are {listed}"
            + (f" and {more} more" if more > 0 else "")
        )

    def cuts(
        self,
        termination: int | str | None,
        *,
        symmetric: bool,
        fits: Callable[[Termination, Termination], bool] | None = None,
        fitting: str = "",
    ) -> tuple[Termination, Termination]:
        """Return the cut of the face and the one at the back.

        Parameters
        ----------
        termination
            Number or name; by default the cut that costs least.
        symmetric
            Whether an operation must map the face onto the back, which is cut alike if not.
        fits
            Further condition on face and back.
        fitting
            Adjectives for slabs that fulfil it.
        """
        chosen = self.terminations if termination is None else (self.find(termination),)
        if symmetric and not self.partners:
            raise TerminationNotPossible(
                f"no symmetric slab: {self.name} has no operation that turns {self.plane} over"
            )
        if symmetric:
            chosen = tuple(cut for cut in chosen if cut.number in self.partners)
            if not chosen:
                raise TerminationNotPossible(
                    f"no symmetric slab with termination {termination} of {self.name} {self.plane}:"
                    " no operation maps it onto another cut"
                )
        pairs = [(cut, self._back(cut) if symmetric else cut) for cut in chosen]
        if fits is not None:
            pairs = [pair for pair in pairs if fits(*pair)]
        if not pairs:
            raise TerminationNotPossible(
                f"no {fitting}{' symmetric' if symmetric else ''} slab of {self.name} {self.plane}"
                + ("" if termination is None else f" with termination {termination}")
                + "; `neutral` compensates charge and dipole of others"
            )
        if len(pairs) == 1:
            return pairs[0]
        # Of cuts that cost the same, the widest gap: between layers, not within one.
        ranks = [
            (
                round(((cut.severed or 0.0) + self._surface_charge(cut)) / SAME_COST),
                -round(cut.gap, 3),
            )
            for cut, _ in pairs
        ]
        return pairs[ranks.index(min(ranks))]

    def _back(self, cut: Termination) -> Termination:
        """Cut at the back of a symmetric slab."""
        # Of several equivalent backs: one onto which an operation of the strained cell maps the
        # face, and then the one that gives the thinnest slab.
        backs = self.kept_partners.get(cut.number, self.partners[cut.number])
        ends = [self.heights(cut, back) for back in backs]
        depth = [round(top - bottom, 6) for bottom, top in ends]
        return backs[depth.index(min(depth))]

    def heights(
        self, contact: Termination, back: Termination, planes: int | None = None
    ) -> tuple[float, float]:
        """Heights of the lower and the upper cut in Å, for the requested thickness."""
        period = self.reference.period
        whole = (planes or self.planes) * self.reference.spacing
        sign = 1 if self.below else -1
        # The back that comes nearest to the thickness from above; equal cuts are that far apart.
        distance = (sign * (contact.height - back.height)) % period
        if back.number == contact.number or abs(distance - period) < 1e-6:
            distance = 0.0
        while distance < whole - 1e-6 * whole:
            distance += period
        ends = sorted((contact.height, contact.height - sign * distance))
        return ends[0], ends[1]

    def _surface_charge(self, cut: Termination) -> float:
        """Surface charge in e/Å² of a slab with this cut on both sides."""
        if CHARGE not in self.reference.atoms.arrays:
            return 0.0
        slab = cut_slab(self.reference, cut.height, cut.height + self.reference.period)
        charge, dipole = moments(slab)
        return (abs(dipole) / self.reference.period + abs(charge)) / self.reference.area

    @cached_property
    def partners(self) -> dict[int, tuple[Termination, ...]]:
        """Cuts onto which operations that turn the plane over map each cut, by its number.

        There are several if a screw axis or a glide repeats the face.
        """
        return self._partners(self._turning)

    @cached_property
    def kept_partners(self) -> dict[int, tuple[Termination, ...]]:
        """Likewise, by those operations that preserve the strained cell of the slab."""
        metric = self.vectors @ self.lattice.lattice.cell @ self.deformation.T
        metric = metric @ metric.T
        moved = np.einsum("nij,vj->nvi", self.lattice.symmetry.rotations, self.vectors)
        steps = moved @ np.linalg.pinv(self.vectors)
        whole = abs(steps - np.round(steps)).max(axis=(1, 2)) < SAME_STEP
        same = abs(steps @ metric @ steps.transpose(0, 2, 1) - metric).max(axis=(1, 2))
        return self._partners(self._turning & whole & (same < SAME_STEP * metric.max()))

    @property
    def _turning(self) -> NDArray[np.bool_]:
        """Whether each operation of the crystal turns the plane over."""
        h = np.array(self._upwards.indices)
        return np.asarray((h @ self.lattice.symmetry.rotations == -h).all(axis=1))

    def _partners(self, operations: NDArray[np.bool_]) -> dict[int, tuple[Termination, ...]]:
        """Cuts onto which some operations map each cut, by its number."""
        symmetry, h = self.lattice.symmetry, np.array(self._upwards.indices)
        rows, denominator = primitive_lattice(symmetry)
        common = np.gcd.reduce(np.round(rows @ h).astype(np.int64)) / denominator
        lifts = symmetry.translations[operations] @ h / common * self.spacing
        heights = np.array([cut.height for cut in self.terminations])
        taken = heights_meet(heights[:, None] + heights, lifts, self.reference.period)
        return {
            cut.number: tuple(self.terminations[i] for i in np.flatnonzero(row).tolist())
            for cut, row in zip(self.terminations, taken, strict=True)
            if row.any()
        }
