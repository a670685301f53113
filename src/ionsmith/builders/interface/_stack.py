"""Two slabs laid on each other: frames, strain, vacuum, and what is held in place."""

from collections.abc import Callable, Sequence

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from numpy.typing import NDArray

from ionsmith.builders.interface._registry import gaps_at_contact
from ionsmith.errors import InvalidStructure
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.slabs import CHARGE, height_of, moments

SAME_VECTOR = 1e-6
"""How far in Å the cells of both sides may be apart."""

Floats = NDArray[np.float64]


def deformations(match: Match, cells: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Take Cartesian vectors of both crystals to the frame of the interface."""
    strained = [
        (np.eye(3) + np.array(match.substrate_strain)),
        np.array(match.rotation) @ (np.eye(3) + np.array(match.film_strain)),
    ]
    vectors = [
        np.array(own) @ cell @ matrix.T
        for own, cell, matrix in zip(
            (match.substrate_vectors, match.film_vectors), cells, strained, strict=True
        )
    ]
    off = float(abs(vectors[0] - vectors[1]).max())
    if not off < SAME_VECTOR:
        raise InvalidStructure(
            f"the cells of substrate and film are {off:.2g} Å apart: the match was made for other "
            "crystals"
        )
    normal = np.cross(*vectors[0])
    normal /= np.linalg.norm(normal)
    along = vectors[0][0] / np.linalg.norm(vectors[0][0])
    frame = np.array([along, np.cross(normal, along), normal])
    return frame @ strained[0], frame @ strained[1]


def stack_slabs(
    lower: Atoms,
    upper: Atoms,
    shift: Floats,
    gap: float,
    vacuum: float,
    approach: Callable[[int, int], float],
) -> Atoms:
    """Lay the upper slab on the lower one."""
    below, above = lower.copy(), upper.copy()
    below.positions[:, 2] -= below.positions[:, 2].min()
    above.positions[:, :2] += shift
    above.positions[:, 2] += below.positions[:, 2].max() + gap - above.positions[:, 2].min()
    back = vacuum
    if not vacuum:
        back = float(gaps_at_contact(above, below, np.zeros((1, 2)), approach)[0])
    for atoms, side in ((below, 0), (above, 1)):
        atoms.set_array("side", np.full(len(atoms), side), int)
    atoms = below + above
    atoms.info = {}
    cell = lower.cell.array.copy()
    cell[2] = (0, 0, above.positions[:, 2].max() - below.positions[:, 2].min() + back)
    atoms.set_cell(cell)
    fractional = atoms.positions @ np.linalg.inv(cell)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    atoms.positions = fractional @ cell
    if vacuum:
        atoms.positions[:, 2] += vacuum / 2
    atoms.pbc = (True, True, not vacuum)
    return atoms


def as_repeated(atoms: Atoms) -> Atoms:
    """Return the interface as programs see it that repeat every cell, across the vacuum too."""
    return Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)


def back_gap(atoms: Atoms) -> float:
    """Gap in Å at the second interface of a periodic stack."""
    height = atoms.cell.array[2, 2]
    z = atoms.positions[:, 2]
    return float(height - (z.max() - z.min()))


def moments_of_both(atoms: Atoms, slabs: Sequence[Atoms]) -> tuple[float | None, float | None]:
    """Charge in e and dipole in e Å of two slabs together; None where one's are not known."""
    known = [CHARGE in slab.arrays for slab in slabs]
    elements = [len(np.unique(slab.numbers)) == 1 for slab in slabs]
    if not any(known) or not all(k or e for k, e in zip(known, elements, strict=True)):
        return None, None
    return moments(atoms)


def hold_back(atoms: Atoms, lower: Atoms, fixed: float | str, spacing: float) -> int:
    """Fix the back of the substrate in place; return the number of atoms."""
    if str(fixed).strip() in ("0", "0.0"):
        return 0
    height = height_of(fixed, spacing)
    z = atoms.positions[: len(lower), 2]
    held = np.flatnonzero(z < z.min() + height - 1e-6)
    atoms.set_constraint(FixAtoms(indices=held))
    return len(held)
