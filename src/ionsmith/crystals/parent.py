"""Indices of a supercell in the cell of the crystal that it repeats.

The rows of the matrix M are the cell vectors of the supercell in those of its parent. A direction
with components u (a row) in the supercell has u M in the parent, a plane with indices h (a column)
has M⁻¹ h: fractions, where the supercell has reflections that its parent has not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

import numpy as np
from ase.geometry import cell_to_cellpar, cellpar_to_cell
from numpy.typing import NDArray

from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane

PARTS = 6
"""Vectors of the supercell are multiples of this part of those of the parent: centring translations
are halves and thirds."""

STRETCH = 0.06
"""Largest relative difference between a vector of the supercell and that of the parent: a relaxed
or expanded model is still a supercell."""

Fractions = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True, eq=False)
class ParentCell:
    """Cell of a parent, in which a supercell is indexed.

    Parameters
    ----------
    name
        Name of the parent.
    parts
        Vectors of the supercell as rows, in sixths of the vectors of the parent; integers of shape
        (3, 3).
    lattice
        The parent's space group on the mean cell of the supercell.
    """

    name: str
    parts: NDArray[np.int64]
    lattice: CrystalLattice

    @cached_property
    def _inverse(self) -> list[list[Fraction]]:
        """Inverse of the matrix."""
        (a, b, c), (d, e, f), (g, h, i) = self.parts.tolist()
        adjugate = [
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ]
        det = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
        return [[Fraction(PARTS * number, det) for number in row] for row in adjugate]

    def plane(self, hkl: Iterable[int]) -> Fractions:
        """Indices in the parent of a plane of the supercell."""
        indices = [int(index) for index in hkl]
        x, y, z = (
            sum((a * h for a, h in zip(row, indices, strict=True)), Fraction(0))
            for row in self._inverse
        )
        return x, y, z

    def family(self, hkl: Iterable[int]) -> Fractions:
        """Indices of a plane, or of an equivalent one of the parent that reads better."""
        own = self.plane(hkl)
        if any(index.denominator > 1 for index in own):
            return own
        whole = np.array([[int(index) for index in own]])
        h, k, l_ = (Fraction(int(i)) for i in self.lattice.symmetry.families(whole)[0][0])
        return h, k, l_

    def in_supercell(self, item: Plane | Direction) -> Plane | Direction:
        """Turn a plane or direction of the parent into one of the supercell.

        A direction is reduced to its smallest integers.

        Raises
        ------
        InvalidInput
            If a plane has no integer indices there, as half of its lattice planes would be cut.
        """
        if isinstance(item, Plane):
            numbers = [
                sum(int(m) * h for m, h in zip(row, item.indices, strict=True))
                for row in self.parts
            ]
            if any(number % PARTS for number in numbers):
                raise InvalidInput(
                    f"{item} of {self.name} has no whole indices in the supercell: its lattice "
                    "allows a multiple only"
                )
            h, k, l_ = (number // PARTS for number in numbers)
            return Plane((h, k, l_))
        columns = list(zip(*self._inverse, strict=True))
        values = [
            sum((u * a for u, a in zip(item.indices, column, strict=True)), Fraction(0))
            for column in columns
        ]
        common = lcm(*(value.denominator for value in values))
        whole = [int(value * common) for value in values]
        divisor = gcd(*whole) or 1
        u, v, w = (number // divisor for number in whole)
        return Direction((u, v, w))


def find_parent(
    name: str, cell: NDArray[np.float64], parent: CrystalLike | CrystalLattice
) -> ParentCell:
    """Find how a cell repeats that of a crystal.

    Parameters
    ----------
    name
        Name of the supercell, for messages.
    cell
        Its vectors as rows in Å, shape (3, 3), oriented as those of the parent, or both with the
        first vector along x and the second in the xy plane.
    parent
        The crystal whose cell it repeats.

    Raises
    ------
    InvalidInput
        If it is no supercell of that crystal.
    UnknownPhase, UnreadableFile, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.
    """
    own = read_lattice(parent)
    cell = np.asarray(cell, dtype=float)
    basis = np.asarray(own.lattice.cell)
    upright = [cellpar_to_cell(cell_to_cellpar(vectors)) for vectors in (cell, basis)]
    shortest = np.rint(PARTS * primitive_vectors(own.symmetry, basis)).astype(np.int64)
    for vectors, axes in ((cell, basis), (upright[0], upright[1])):
        counts = np.rint(vectors @ np.linalg.inv(shortest @ axes / PARTS)).astype(np.int64)
        parts = counts @ shortest
        if round(np.linalg.det(counts)) == 0:
            continue
        near = parts @ axes / PARTS
        lengths = np.linalg.norm(vectors, axis=1)
        if (np.linalg.norm(vectors - near, axis=1) <= STRETCH * lengths).all():
            mean = np.linalg.inv(parts / PARTS) @ vectors
            lattice = CrystalLattice(
                f"{name} in the cell of {own.name}", Lattice(mean), own.symmetry, f"of {own.name}"
            )
            return ParentCell(own.name, parts, lattice)
    raise InvalidInput(
        f"{name} is no supercell of {own.name} (`parent`): its cell vectors are no sums of those "
        "of that crystal"
    )


def indices_text(indices: Sequence[int | Fraction]) -> str:
    """Indices as text, such as ``(1/2,0,1)``."""
    return "(" + ",".join(str(index) for index in indices) + ")"
