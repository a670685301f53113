"""The directions in which a structure ends in vacuum."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure

LEAST_VACUUM = 7.0
"""An empty layer thicker than this, in Å, counts as vacuum even along a periodic direction: thicker
than any gap in the crystals of the library, thinner than the vacuum of a slab."""


def vacuum_axes(atoms: Atoms) -> tuple[int, ...]:
    """Cell vectors along which a structure ends: not periodic, or with a thick empty layer.

    Parameters
    ----------
    atoms
        A structure with three cell vectors.

    Raises
    ------
    InvalidStructure
        If the cell has no volume.
    """
    if not abs(atoms.cell.volume) > 1e-6:
        axes = tuple(np.flatnonzero(~atoms.cell.array.any(axis=1)).tolist())
        only = f", axis={axes}" if 0 < len(axes) < 3 else ""
        raise InvalidStructure(
            "three cell vectors that span a volume are needed; give the structure a cell with "
            f"vacuum first (atoms.center(vacuum=8{only}))"
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
