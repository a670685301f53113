"""Cell and space group of a crystal, all that lattice planes and orientations need."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.linalg import polar

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.symmetry import SYMPREC, Symmetry, symmetry_of

MOST_ATOMS = 50_000
"""Atoms up to which a space group is looked for: the time grows as their square, to a minute."""


@dataclass(frozen=True, eq=False)
class CrystalLattice:
    """A lattice with its space group, in one setting.

    Parameters
    ----------
    name
        What the crystal is called in results.
    lattice
        The lattice.
    symmetry
        The operations of the space group, in the axes of the lattice.
    symmetry_source
        Where the operations come from.
    """

    name: str
    lattice: Lattice
    symmetry: Symmetry
    symmetry_source: str

    def lattice_spacing(self, plane: Plane) -> float:
        """Distance in Å between neighbouring lattice planes parallel to a plane."""
        first_order = float(self.lattice.d_spacing(plane.reduced().indices))
        return first_order / self.symmetry.lattice_order(plane)

    def period(self, direction: Direction) -> float:
        """Length in Å of the shortest lattice vector along a direction."""
        whole = float(self.lattice.length(direction.reduced().indices))
        return whole / self.symmetry.repeats(direction)

    @cached_property
    def cartesian_group(self) -> NDArray[np.float64]:
        """Point group as orthogonal matrices in the Cartesian frame of the lattice, (n, 3, 3).

        They act on column vectors, in the order of :attr:`Symmetry.point_group`. A cell that is
        only nearly as symmetric as its atoms gives the nearest orthogonal matrices.
        """
        columns = self.lattice.cell.T
        matrices = columns @ self.symmetry.point_group @ np.linalg.inv(columns)
        return np.array([polar(matrix)[0] for matrix in matrices])

    @property
    def space_group(self) -> str:
        """Symbol, number and source of the space group, as text."""
        return f"{self.symmetry.symbol} (no. {self.symmetry.number}, {self.symmetry_source})"

    @classmethod
    def of_atoms(cls, atoms: Atoms, name: str = "structure", symprec: float = SYMPREC) -> Self:
        """Take the cell of a structure and let moyo find its space group.

        Parameters
        ----------
        atoms
            An ordered structure, periodic in three dimensions. A supercell with less symmetry than
            its crystal keeps the operations that fit it, and ``symmetry_source`` says so.
        name
            What it is called in results.
        symprec
            Distance in Å between atoms that count as equivalent.

        Raises
        ------
        InvalidStructure
            If the cell has no volume, is not periodic, holds over :data:`MOST_ATOMS` atoms, or
            moyo finds no symmetry.
        """
        import gemmi

        if len(atoms) > MOST_ATOMS:
            raise InvalidStructure(
                f"{name}: the space group of {len(atoms):,} atoms is not looked for, up to "
                f"{MOST_ATOMS:,} are; give the cell of the crystal instead"
            )
        lattice = Lattice(atoms.cell.array)
        symmetry = symmetry_of(atoms, symprec)
        source = f"found by moyo within {symprec:g} Å"
        whole = len(gemmi.find_spacegroup_by_number(symmetry.number).operations().sym_ops)
        if len(symmetry.point_group) < whole:
            source += f"; {len(symmetry.point_group)} of its {whole} point operations fit this cell"
        return cls(name, lattice, symmetry, source)
