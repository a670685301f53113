"""The unit cell that a supercell repeats, in which it has all operations of its crystal.

A supercell keeps only those operations of its crystal that fit its axes, and its indices grow with
it. Planes are therefore enumerated, and made equivalent, in the unit cell. That has the axes of the
supercell, each as short as the lattice allows; if such a cell is larger than the conventional one,
less symmetric or more oblique, or primitive with other vectors than the shortest, it is the
conventional cell.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.lattice.cell_vectors import in_cell
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import direction_text
from ionsmith.lattice.lattice_points import reduction
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.moyo import found_by_moyo
from ionsmith.lattice.symmetry import Symmetry, symmetry_of
from ionsmith.lattice.translations import repeating_cell

Floats = NDArray[np.float64]

_WHOLE = 1e-6
_SAME = 1e-3  # relative


@dataclass(frozen=True, eq=False)
class UnitCell:
    """The unit cell of a crystal that may be given as a supercell.

    Parameters
    ----------
    crystal
        The crystal as given.
    lattice
        Its unit cell, in the same Cartesian frame; ``crystal`` itself if that is no supercell.
    rows
        The vectors of the unit cell in the axes of the crystal, shape (3, 3).
    """

    crystal: CrystalLattice
    lattice: CrystalLattice
    rows: Floats

    @property
    def is_own(self) -> bool:
        """Whether the crystal is given in its unit cell."""
        return self.lattice is self.crystal

    @property
    def note(self) -> str:
        """Which cell a supercell repeats, and that indices are not those in it."""
        rows = " ".join(map(direction_text, self.rows))
        return f"{self.crystal.name} repeats the unit cell {rows}; indices are those of the file"

    def plane(self, plane: Plane) -> Plane:
        """Turn a plane of the crystal as given into that of the unit cell, without common factor.

        Raises
        ------
        InvalidIndices
            For four indices on axes that are not hexagonal.
        """
        self.crystal.lattice.check(plane)
        if self.is_own:
            return plane.reduced()
        copies = len(self.crystal.symmetry.centrings)
        own = np.rint(self.rows * copies).astype(np.int64) @ np.array(plane.indices)
        four = plane.four_index and self.lattice.lattice.is_hexagonal
        return Plane(triple(own), four).reduced()

    def planes_as_given(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Indices of planes of the unit cell in the axes of the crystal as given.

        Parameters
        ----------
        indices
            Of shape (n, 3).

        Returns
        -------
        ndarray
            Without common factor, shape (n, 3).
        """
        if self.is_own:
            return indices
        copies = len(self.lattice.symmetry.centrings)
        back = np.rint(np.linalg.inv(self.rows) * copies).astype(np.int64)
        found = indices @ back.T
        return np.asarray(found // np.gcd.reduce(found, axis=1)[:, None])

    def vectors_as_given(self, vectors: ArrayLike) -> Floats:
        """Lattice vectors [uvw] of the unit cell in the axes of the crystal as given."""
        return np.asarray(vectors, dtype=float) @ self.rows


@lru_cache(maxsize=64)
def unit_cell(crystal: CrystalLattice) -> UnitCell:
    """Find the unit cell of a crystal.

    Parameters
    ----------
    crystal
        The crystal. One whose space group is published or stated in a file is in its unit cell.

    Returns
    -------
    UnitCell
        The crystal itself if it repeats no smaller cell.
    """
    own = UnitCell(crystal, crystal, np.eye(3))
    symmetry = crystal.symmetry
    if len(symmetry.centrings) == 1 or crystal.note is None:
        return own
    smallest = symmetry.smallest or _smallest(crystal)
    if smallest is None:
        return own
    atoms, rows = smallest[0].copy(), smallest[1]
    atoms.set_cell(rows @ crystal.lattice.cell, scale_atoms=True)
    whole = symmetry_of(atoms, symmetry.symprec)
    axes = np.diag(
        [1.0 / symmetry.repeats(Direction(triple(axis))) for axis in np.eye(3, dtype=int)]
    )
    conventional = np.array(found_by_moyo(atoms, symmetry.symprec).std_linear).T @ rows
    if np.linalg.det(conventional @ crystal.lattice.cell) < 0:
        conventional = -conventional
    fits = _fits(whole, rows @ np.linalg.inv(axes))
    volumes, lengths = np.array(
        [
            (abs(np.linalg.det(one)), np.linalg.norm(one @ crystal.lattice.cell))
            for one in (axes, conventional)
        ]
    ).T
    vectors = axes @ crystal.lattice.cell
    shortest = np.linalg.norm(reduction(vectors) @ vectors)
    smaller = volumes[0] < (1 - _SAME) * volumes[1]
    if not fits or volumes[0] > (1 + _SAME) * volumes[1]:
        chosen = conventional
    elif abs(axes - np.eye(3)).max() < _WHOLE:
        return own
    else:
        longest = shortest if smaller else lengths[1]
        chosen = axes if lengths[0] < (1 + _SAME) * longest else conventional
    cell = in_cell(atoms, whole, chosen @ np.linalg.inv(rows))
    lattice = CrystalLattice.of_atoms(cell, crystal.name, symmetry.symprec)
    if lattice.symmetry.number != symmetry.number:
        return own
    return UnitCell(crystal, lattice, np.asarray(np.round(chosen, 12) + 0.0))


def _smallest(crystal: CrystalLattice) -> tuple[Atoms, Floats] | None:
    """Atoms of the smallest cell that a crystal repeats, and its vectors; None if not known."""
    contents = None if crystal.contents is None else crystal.contents()
    if contents is None:
        return None
    places, symbols = contents
    atoms = Atoms(symbols.tolist(), scaled_positions=places, cell=crystal.lattice.cell, pbc=True)
    return repeating_cell(atoms, crystal.symmetry.symprec)


def _fits(symmetry: Symmetry, rows: Floats) -> bool:
    """Whether all operations fit a cell in which the vectors of their own are these."""
    turned = rows.T @ symmetry.point_group @ np.linalg.inv(rows.T)
    return bool((abs(turned - np.round(turned)) < _WHOLE).all())
