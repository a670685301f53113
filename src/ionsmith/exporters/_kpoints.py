"""Meshes of k-points, and the directions in which a structure ends in vacuum.

A mesh is centred at Γ (H. J. Monkhorst and J. D. Pack, Phys. Rev. B 13, 5188 (1976),
doi:10.1103/PhysRevB.13.5188, shifted there so that hexagonal cells keep their symmetry). Along each
reciprocal vector of length b, with the 2π, it has the smallest number of points that are no farther
apart than asked for: b over the distance, rounded up. Along vacuum it has one.
"""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure

LEAST_VACUUM = 7.0
"""Empty layer in Å from which on a direction counts as vacuum, periodic or not.

Wider than any gap of a crystal of the library, and narrower than what a slab is given.
"""


def vacuum_axes(atoms: Atoms) -> tuple[int, ...]:
    """Find the cell vectors along which the structure ends: not periodic, or a wide gap.

    Parameters
    ----------
    atoms
        A structure with a cell in three directions.

    Raises
    ------
    InvalidStructure
        For a cell with a vector that is zero.
    """
    if not abs(atoms.cell.volume) > 1e-6:
        raise InvalidStructure(
            "the codes need three cell vectors that span a volume; give the structure a cell with "
            "vacuum first (atoms.center(vacuum=8, axis=2))"
        )
    gaps = [empty_layer(atoms, axis)[0] for axis in range(3)]
    return tuple(axis for axis in range(3) if not atoms.pbc[axis] or gaps[axis] > LEAST_VACUUM)


def empty_layer(atoms: Atoms, axis: int) -> tuple[float, float]:
    """Find the widest layer across one cell vector without an atom's centre.

    Returns
    -------
    thickness
        In Å, along the normal of the other two vectors.
    middle
        Fractional coordinate of its middle, in [0, 1).
    """
    heights = np.sort(fractions(atoms)[:, axis])
    gaps = np.diff(np.append(heights, heights[0] + 1))
    widest = int(gaps.argmax())
    normal = float(1 / np.linalg.norm(atoms.cell.reciprocal()[axis]))
    middle = (heights[widest] + gaps[widest] / 2) % 1
    return float(gaps[widest]) * normal, float(middle)


def fractions(atoms: Atoms) -> NDArray[np.float64]:
    """Fractional coordinates in [0, 1), shape (n, 3)."""
    scaled: NDArray[np.float64] = atoms.cell.scaled_positions(atoms.positions) % 1
    return scaled


def mesh(atoms: Atoms, distance: float, vacuum: tuple[int, ...]) -> tuple[int, int, int]:
    """Choose a mesh centred at Γ, with one point along vacuum.

    Parameters
    ----------
    atoms
        The structure.
    distance
        Largest distance of two points along a reciprocal axis, in 1/Å (with the 2π).
    vacuum
        Cell vectors along which the structure ends.
    """
    lengths = 2 * np.pi * np.linalg.norm(atoms.cell.reciprocal().array, axis=1)
    counts = np.maximum(1, np.ceil(lengths / distance - 1e-6).astype(int))
    counts[list(vacuum)] = 1
    return int(counts[0]), int(counts[1]), int(counts[2])
