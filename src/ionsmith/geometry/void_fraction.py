"""How much of a structure is empty, from points spread evenly over the cell."""

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.data.vdw_alvarez import vdw_radii
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure

Floats = NDArray[np.float64]

POINTS = 2**15
"""Points of a sample: a fraction comes out to about 0.2 %."""


def van_der_waals(atoms: Atoms) -> Floats:
    """Van der Waals radii in Å of Alvarez (2013), doi:10.1039/c3dt50599e, shape (n,).

    Raises
    ------
    InvalidStructure
        For an element without one.
    """
    radii = np.asarray(vdw_radii[atoms.numbers], dtype=float)
    if np.isnan(radii).any():
        element = chemical_symbols[atoms.numbers[np.isnan(radii)][0]]
        raise InvalidStructure(f"no van der Waals radius is known for {element}")
    return radii


def sample_points(cell: Floats, count: int = POINTS) -> Floats:
    """Points of a Sobol sequence in a cell: the same ones each time.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3).
    count
        A power of two.

    Returns
    -------
    ndarray
        Cartesian, in Å, shape (count, 3).
    """
    from scipy.stats.qmc import Sobol

    drawn = Sobol(3, rng=np.random.default_rng(0)).random(count)
    return np.asarray(drawn @ cell)


def void_fraction(atoms: Atoms, points: Floats, probe: float = 0.0) -> float:
    """Fraction of points where the centre of a probe fits between the atoms.

    Parameters
    ----------
    atoms
        The structure, periodic in three dimensions.
    points
        Cartesian, in Å, shape (m, 3).
    probe
        Radius of the probe in Å. Atoms have their van der Waals radii.
    """
    from scipy.spatial import cKDTree

    radii = van_der_waals(atoms) + probe
    cell, inverse = atoms.cell.array, np.linalg.inv(atoms.cell.array)
    inside = (points @ inverse) % 1.0
    empty = np.ones(len(points), dtype=bool)
    for number in np.unique(atoms.numbers):
        mine = atoms.numbers == number
        reach = float(radii[mine][0])
        images = _with_images(atoms.positions[mine] @ inverse % 1.0, inverse, reach)
        tree = cKDTree(images @ cell)
        distances, _ = tree.query(inside[empty] @ cell, distance_upper_bound=reach)
        empty[empty] = np.isinf(distances)
    return float(empty.mean())


def _with_images(fractional: Floats, inverse: Floats, reach: float) -> Floats:
    """Points of a cell and their images within a distance of it, fractional."""
    margin = reach * np.linalg.norm(inverse, axis=0)
    for axis in range(3):
        span = range(-int(np.ceil(margin[axis])), int(np.ceil(margin[axis])) + 1)
        parts = []
        for image in span:
            value = fractional[:, axis] + image
            near = (value > -margin[axis]) & (value < 1 + margin[axis])
            part = fractional[near]
            part[:, axis] += image
            parts.append(part)
        fractional = np.concatenate(parts)
    return fractional
