"""One side of an interface: a crystal in the cell of a match, and its possible cuts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface._stacking import KIND, kinds
from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import formal_charges
from ionsmith.crystals.ordering import Ordering, neutral_counts, order
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import (
    DisorderedStructure,
    TerminationNotPossible,
)
from ionsmith.lattice.cell_vectors import in_cell, primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
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

SAME_COST = 0.002
"""Difference in e/Å² (and valence units per Å²) below which two cuts cost the same."""

SAME_STEP = 1e-4
"""Relative precision to which an operation must preserve lattice and lengths of a strained cell."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Side:
    """A crystal in the cell of a match.

    Parameters
    ----------
    phase
        The crystal.
    lattice
        Its cell and space group, in the axes of the match.
    plane
        Its plane in contact.
    vectors
        Vectors of the common cell as lattice vectors [uvw], shape (2, 3).
    strain
        Strain tensor in the Cartesian frame of the crystal, shape (3, 3).
    principal
        Principal strains in the plane.
    meshes
        Number of primitive meshes in the cell.
    thickness
        Thickness of the slab in Å, or ``"4 planes"``.
    groups
        Elements that may be centres of molecular groups.
    ordering
        How partial occupancies are ordered; None refuses them.
    seed
        Seed of the ordering.
    progress
        Called from time to time with the number of ordering steps done and in total.
    below
        Whether it is the substrate.
    deformation
        Matrix that takes Cartesian vectors of the crystal to the frame of the interface.
    """

    phase: Crystal | Atoms
    lattice: CrystalLattice
    plane: Plane
    vectors: Floats
    strain: Floats
    principal: tuple[float, float]
    meshes: int
    thickness: float | str
    groups: tuple[str, ...]
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
        """Lattice vector from one lattice plane to the next, upwards in the interface."""
        vector = stacking_vector(self.lattice, self.plane, self.vectors)
        # In a mirrored side the vectors that are right-handed in the crystal point downwards.
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
        return self._recut(self.phase).composition()

    def _recut(self, crystal: Crystal) -> Crystal:
        """Crystal in the cell of the slab."""
        rows = np.array([*self.vectors, self.planes * self.stacking])
        # In a mirrored side they are left-handed, which recut crystals are not.
        rows[2] *= np.sign(np.linalg.det(rows))
        return recut_crystal(crystal, rows)

    @cached_property
    def bulk(self) -> Atoms:
        """The crystal, unstrained, in a cell with the vectors of the match.

        A crystal with partial occupancies is ordered in a cell as high as the slab.
        """
        if isinstance(self.phase, Crystal) and not self.phase.is_ordered:
            if self.ordering is None:
                mixed = [site.label for site in self.phase.sites if not site.is_ordered]
                raise DisorderedStructure(
                    f"{self.name} is disordered on {', '.join(mixed)}: set `ordering` to order it "
                    "in the cell of the slab, or give an ordered structure"
                )
            cell = self._recut(self.phase)
            atoms = order(
                cell,
                composition=neutral_counts(cell),
                ordering=self.ordering,
                seed=self.seed,
                progress=self.progress,
            ).structures[0]
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
    def charges(self) -> tuple[Floats | None, str]:
        """Formal charges of the atoms of :attr:`bulk` in e, and their source."""
        crystal = self.phase if isinstance(self.phase, Crystal) else None
        return formal_charges(self.bulk, crystal)

    @cached_property
    def cell(self) -> OrientedCell:
        """The crystal in the frame of the interface, strained."""
        layers = self.planes if not self.is_ordered else 1
        cell = oriented_cell(self.bulk, self.deformation, layers, self.groups)
        cell.atoms.set_array(KIND, kinds(cell.atoms, cell.groups), int)
        charges, _ = self.charges
        if charges is not None:
            cell.atoms.set_array(CHARGE, charges, float)
        return cell

    @cached_property
    def terminations(self) -> tuple[Termination, ...]:
        """Possible cuts through the crystal."""
        if not self.is_ordered:
            return find_terminations(self.cell)
        return find_terminations(self.cell, self.lattice.symmetry, self._upwards)

    @property
    def _upwards(self) -> Plane:
        """The plane in contact with the sign that makes its normal point upwards."""
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

    def reciprocal(self, plane: Plane) -> tuple[float, float, float]:
        """Reciprocal vector of the lattice planes along a plane, in Å⁻¹, in the interface."""
        lattice = self.lattice.lattice
        normal = lattice.normals(plane.indices)
        normal = normal / np.linalg.norm(normal) / self.lattice.lattice_spacing(plane)
        x, y, z = (float(part) for part in np.linalg.inv(self.deformation).T @ normal)
        return x, y, z

    def cuts(self, number: int | None, *, symmetric: bool) -> tuple[Termination, Termination]:
        """Return the cut in contact and the one at the back."""
        known = self.terminations
        if number is not None and not 1 <= number <= len(known):
            raise TerminationNotPossible(
                f"there is no termination {number} of {self.name} {self.plane}: there are "
                f"{len(known)}, numbered from 1 by rising height"
            )
        partners = self.partners if symmetric else {t.number: (t,) for t in known}
        if symmetric and not partners:
            raise TerminationNotPossible(
                f"no symmetric slab: {self.name} has no operation that turns {self.plane} over"
                + ("" if self.is_ordered else " after ordering")
            )
        if number is None:
            allowed = [t for t in known if t.number in partners]
            # Of cuts that cost the same, the widest gap: between layers, not within one.
            severed = severed_valence(self.cell, allowed).tolist()
            ranks = [
                (round((cost + self._surface_charge(cut)) / SAME_COST), -round(cut.gap, 3))
                for cut, cost in zip(allowed, severed, strict=True)
            ]
            chosen = allowed[ranks.index(min(ranks))]
        else:
            chosen = known[number - 1]
        if chosen.number not in partners:
            raise TerminationNotPossible(
                f"no symmetric slab with termination {chosen.number} of {self.name} {self.plane}: "
                "no operation maps it onto another cut"
            )
        # Of several equivalent backs: one onto which an operation of the strained cell maps the
        # face, and then the one that gives the thinnest slab.
        backs = partners[chosen.number]
        if symmetric:
            backs = self.kept_partners.get(chosen.number, backs)
        ends = [self.heights(chosen, back) for back in backs]
        depth = [round(top - bottom, 6) for bottom, top in ends]
        return chosen, backs[depth.index(min(depth))]

    def heights(self, contact: Termination, back: Termination) -> tuple[float, float]:
        """Heights of the lower and the upper cut in Å, for the requested thickness."""
        period, whole = self.cell.period, self.planes * self.cell.spacing
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
        if CHARGE not in self.cell.atoms.arrays:
            return 0.0
        slab = cut_slab(self.cell, cut.height, cut.height + self.cell.period)
        charge, dipole = moments(slab)
        return (abs(dipole) / self.cell.period + abs(charge)) / self.cell.area

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
        if not self.is_ordered:
            return {}
        symmetry, h = self.lattice.symmetry, np.array(self._upwards.indices)
        rows, denominator = primitive_lattice(symmetry)
        common = np.gcd.reduce(np.round(rows @ h).astype(np.int64)) / denominator
        lifts = symmetry.translations[operations] @ h / common * self.spacing
        heights = np.array([cut.height for cut in self.terminations])
        taken = heights_meet(heights[:, None] + heights, lifts, self.cell.period)
        return {
            cut.number: tuple(self.terminations[i] for i in np.flatnonzero(row).tolist())
            for cut, row in zip(self.terminations, taken, strict=True)
            if row.any()
        }
