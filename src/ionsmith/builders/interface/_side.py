"""One side of an interface: a crystal in the cell of a match."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_contacts
from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.builders.interface._species import (
    BondSums,
    BondTerms,
    Species,
    bond_terms,
    species_of,
)
from ionsmith.errors import AtomsTooClose
from ionsmith.lattice.cell_vectors import primitive_lattice
from ionsmith.lattice.lattice_points import reduction
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.frameworks import groups_of
from ionsmith.surfaces.slabs import KIND


@dataclass(frozen=True, eq=False, kw_only=True)
class Side(CutCrystal):
    """A crystal in the cell of a match; the substrate has its face of interest above.

    Parameters
    ----------
    strain
        Strain tensor in the Cartesian frame of the crystal, shape (3, 3).
    principal
        Principal strains in the plane.
    meshes
        Number of primitive meshes in the cell.
    """

    strain: NDArray[np.float64]
    principal: tuple[float, float]
    meshes: int

    @cached_property
    def species(self) -> Species:
        """Its kinds of atoms."""
        return species_of(self.bulk, self.cell)

    @cached_property
    def primitive(self) -> tuple[NDArray[np.float64], int]:
        """Primitive cell of :attr:`bulk`, rows in Å, and how many copies of an atom follow it."""
        if not self.is_ordered:
            return np.asarray(self.bulk.cell.array), 1
        rows, denominator = primitive_lattice(self.lattice.symmetry)
        cell = rows / denominator @ self.lattice.lattice.cell
        cell = reduction(cell) @ cell
        return cell, round(self.bulk.cell.volume / abs(np.linalg.det(cell)))

    @cached_property
    def smallest(self) -> tuple[Atoms, MolecularGroups]:
        """The crystal in its primitive cell, unstrained, with its molecular groups."""
        cell, copies = self.primitive
        if copies == 1:
            return self.bulk, self.cell.groups
        atoms = Atoms(
            self.bulk.numbers[::copies], self.bulk.positions[::copies], cell=cell, pbc=True
        )
        return atoms, groups_of(atoms, self.groups)

    @cached_property
    def roomy(self) -> bool:
        """Whether no atoms of the strained crystal are too close."""
        cell, copies = self.primitive
        strained = self.cell.atoms
        try:
            check_contacts(
                Atoms(
                    strained.numbers[::copies],
                    strained.positions[::copies],
                    cell=cell @ self.deformation.T,
                    pbc=True,
                )
            )
        except AtomsTooClose:
            return False
        return True

    @cached_property
    def terms(self) -> BondTerms:
        """Bonds of the strained crystal, of one atom of all copies."""
        return self._terms(self.cell.atoms.positions, self.deformation)

    @cached_property
    def climbs(self) -> NDArray[np.int64]:
        """Cells along the normal by which the second atom of each bond is above the first."""
        height = self.cell.atoms.positions[:: self.primitive[1], 2]
        rise = self.terms.steps[:, 2] - height[self.terms.second] + height[self.terms.first]
        return np.asarray(np.round(rise / self.cell.period)).astype(np.int64)

    @cached_property
    def sums(self) -> BondSums:
        """Sums over the bonds of each atom of the strained crystal."""
        atoms = np.arange(len(self.bulk)) // self.primitive[1]
        return self.terms.sums(len(self.bulk) // self.primitive[1]).take(atoms)

    @cached_property
    def unstrained(self) -> NDArray[np.float64]:
        """Valence of the bonds of each atom without strain, shape (n,)."""
        copies = self.primitive[1]
        terms = self._terms(self.bulk.positions, np.eye(3))
        return np.repeat(terms.sums(len(self.bulk) // copies).valence, copies)

    def _terms(self, positions: NDArray[np.float64], deformation: NDArray[np.float64]) -> BondTerms:
        """Bonds of the deformed crystal."""
        cell, copies = self.primitive
        which = np.searchsorted(self.species.kinds, self.cell.atoms.arrays[KIND][::copies])
        atoms = Atoms(which, positions[::copies], cell=cell @ deformation.T, pbc=True)
        return bond_terms(atoms, self.species)

    def reciprocal(self, plane: Plane) -> tuple[float, float, float]:
        """Reciprocal vector of the lattice planes along a plane, in Å⁻¹, in the interface."""
        lattice = self.lattice.lattice
        normal = lattice.normals(plane.indices)
        normal = normal / np.linalg.norm(normal) / self.lattice.lattice_spacing(plane)
        x, y, z = (float(part) for part in np.linalg.inv(self.deformation).T @ normal)
        return x, y, z
