"""One side of an interface: a crystal in the cell of a match."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.builders.interface._species import BondSums, Species, bond_sums, species_of
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
    def sums(self) -> BondSums:
        """Sums over the bonds of each atom of the strained crystal."""
        return self._sums(self.cell.atoms.positions, self.deformation)

    @cached_property
    def unstrained(self) -> NDArray[np.float64]:
        """Valence of the bonds of each atom without strain, shape (n,)."""
        return self._sums(self.bulk.positions, np.eye(3)).valence

    def _sums(self, positions: NDArray[np.float64], deformation: NDArray[np.float64]) -> BondSums:
        """Sums over the bonds of the deformed crystal, worked out for one atom of all copies."""
        cell, copies = self.primitive
        which = np.searchsorted(self.species.kinds, self.cell.atoms.arrays[KIND][::copies])
        atoms = Atoms(which, positions[::copies], cell=cell @ deformation.T, pbc=True)
        valence, number, direction = bond_sums(atoms, self.species)
        member = np.repeat(np.arange(len(atoms)), copies)
        return BondSums(valence[member], number[member], direction[member])

    def reciprocal(self, plane: Plane) -> tuple[float, float, float]:
        """Reciprocal vector of the lattice planes along a plane, in Å⁻¹, in the interface."""
        lattice = self.lattice.lattice
        normal = lattice.normals(plane.indices)
        normal = normal / np.linalg.norm(normal) / self.lattice.lattice_spacing(plane)
        x, y, z = (float(part) for part in np.linalg.inv(self.deformation).T @ normal)
        return x, y, z
