"""Empty space of a structure, from points spread evenly over the cell.

Empty is what lies outside the van der Waals spheres of all atoms, with the radii of Alvarez (2013),
doi:10.1039/c3dt50599e. The points are those of a Sobol sequence of a fixed seed (I. M. Sobol', USSR
Comput. Math. Math. Phys. 7, 86 (1967), doi:10.1016/0041-5553(67)90144-9), so that a fraction is the
same each time.

Density of a periodic structure.
"""

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
    known = np.full(len(chemical_symbols), np.nan)
    known[: len(vdw_radii)] = vdw_radii
    radii: Floats = known[atoms.numbers]
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


class Clearance:
    """How far points are from the van der Waals spheres of a structure.

    Parameters
    ----------
    atoms
        The structure, periodic in three dimensions.
    reach
        Distances in Å from the middle of atoms are found up to here.
    """

    def __init__(self, atoms: Atoms, reach: float) -> None:
        from scipy.spatial import cKDTree

        self.cell: Floats = np.asarray(atoms.cell.array)
        self._inverse = np.linalg.inv(self.cell)
        self.reach = reach
        radii = van_der_waals(atoms)
        self._trees = []
        for number in np.unique(atoms.numbers):
            mine = atoms.numbers == number
            images, _ = images_within(atoms.positions[mine], self.cell, reach)
            self._trees.append((float(radii[mine][0]), cKDTree(images)))

    def at(self, points: Floats) -> Floats:
        """Distance in Å from the nearest sphere, negative inside one, inf beyond the reach."""
        return self.nearest(points)[0]

    def nearest(self, points: Floats) -> tuple[Floats, Floats]:
        """Distances from the nearest sphere, and the way there.

        Parameters
        ----------
        points
            Cartesian, in Å, shape (m, 3).

        Returns
        -------
        distances
            In Å, negative inside a sphere, inf beyond the reach; shape (m,).
        vectors
            From the middle of that sphere to the point in Å, shape (m, 3); 0 beyond the reach.
        """
        inside = (points @ self._inverse % 1.0) @ self.cell
        found, vectors = np.full(len(points), np.inf), np.zeros((len(points), 3))
        for radius, tree in self._trees:
            distances, number = tree.query(inside, distance_upper_bound=self.reach)
            better = np.flatnonzero(distances - radius < found)
            found[better] = distances[better] - radius
            vectors[better] = inside[better] - tree.data[number[better]]
        return found, vectors


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
    reach = float(van_der_waals(atoms).max()) + probe
    return float((Clearance(atoms, reach).at(points) >= probe).mean())


def images_within(
    positions: Floats, cell: Floats, reach: float
) -> tuple[Floats, NDArray[np.int64]]:
    """Points of a periodic cell, and all of their images within a distance of it.

    Parameters
    ----------
    positions
        Cartesian, in Å, shape (n, 3).
    cell
        Cell vectors as rows in Å, shape (3, 3).
    reach
        The distance in Å.

    Returns
    -------
    places
        Cartesian, in Å, shape (m, 3).
    owner
        Which point each is an image of, shape (m,).
    """
    inverse = np.linalg.inv(cell)
    margin = reach * np.linalg.norm(inverse, axis=0)
    places, owner = positions @ inverse % 1.0, np.arange(len(positions))
    for axis in range(3):
        parts, owners = [], []
        for image in range(-int(np.ceil(margin[axis])), int(np.ceil(margin[axis])) + 1):
            level = places[:, axis] + image
            near = (level > -margin[axis] - 1e-9) & (level < 1 + margin[axis] + 1e-9)
            part = places[near]
            part[:, axis] += image
            parts.append(part)
            owners.append(owner[near])
        places, owner = np.concatenate(parts), np.concatenate(owners)
    return places @ cell, owner


DALTON = 1.66053906660
"""One dalton in 1e-24 g (CODATA 2018), so that atomic masses over Å³ give g/cm³."""


def mass_density(atoms: Atoms) -> float:
    """Density of a periodic structure in g/cm³."""
    return float(atoms.get_masses().sum() * DALTON / atoms.get_volume())
