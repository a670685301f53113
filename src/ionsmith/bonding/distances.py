"""Distances from points in space to the atoms of a periodic structure, and its empty space.

Empty is what lies outside the van der Waals spheres of all atoms. Fractions are counted at the
points of a Sobol sequence with a fixed seed (I. M. Sobol', USSR Comput. Math. Math. Phys. 7, 86
(1967), doi:10.1016/0041-5553(67)90144-9), so that they are reproducible.
"""

from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.bonding.elements import van_der_waals
from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]

POINTS = 2**15
"""Number of sample points: a fraction is accurate to about 0.2 %."""

_EDGE = 1e-6  # Å; sites on the surface of a ball are inside
_DIGITS = 6  # of the coordinates that sites are sorted by


def images_within(
    positions: Floats, cell: Floats, reach: float
) -> tuple[Floats, NDArray[np.int64]]:
    """All periodic images of points within a distance of the cell.

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
        Index of the point that each is an image of, shape (m,).
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


class PeriodicSites:
    """Points in a cell and all their periodic images.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3); a reduced cell is fastest.
    positions
        Cartesian coordinates of the points of one cell in Å, shape (n, 3), n > 0.
    """

    def __init__(self, cell: ArrayLike, positions: ArrayLike) -> None:
        self.cell: Floats = np.asarray(cell, dtype=float)
        self._inverse: Floats = np.asarray(np.linalg.inv(self.cell), dtype=float)
        fractional = np.asarray(positions, dtype=float).reshape(-1, 3) @ self._inverse
        self.positions: Floats = (fractional - np.floor(fractional)) @ self.cell

    @property
    def density(self) -> float:
        """Number of points per Å³."""
        return float(len(self.positions) / abs(np.linalg.det(self.cell)))

    def nearest(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Find the nearest site of each point.

        Parameters
        ----------
        points
            Cartesian coordinates, shape (m, 3).

        Returns
        -------
        distances
            In Å, shape (m,).
        partners
            Cartesian coordinates of the nearest site, shape (m, 3).
        """
        distances, partners = self._neighbours(points, 1)
        return distances[:, 0], partners

    def nearest_two(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Find the nearest site of each point, and by how much the next one is farther.

        Parameters
        ----------
        points
            Cartesian coordinates, shape (m, 3).

        Returns
        -------
        lead
            In Å, shape (m,): a point that moves by less than half of it keeps its nearest site.
        partners
            Cartesian coordinates of the nearest site, shape (m, 3).
        """
        distances, partners = self._neighbours(points, 2)
        return distances[:, 1] - distances[:, 0], partners

    def _neighbours(self, points: ArrayLike, count: int) -> tuple[Floats, Floats]:
        """Distances of so many nearest sites from each point, shape (m, count), and the nearest."""
        points = np.asarray(points, dtype=float)
        whole = np.floor(points @ self._inverse) @ self.cell
        distances, numbers = self._tree.query(points - whole, k=range(1, count + 1))
        return np.asarray(distances), np.asarray(self._tree.data[numbers[:, 0]] + whole)

    def inside(self, centre: ArrayLike, radius: float, most: int) -> Floats:
        """All sites in a ball, by distance from its centre and then by coordinates.

        Parameters
        ----------
        centre
            Cartesian coordinates, shape (3,).
        radius
            In Å.
        most
            Largest number of sites.

        Returns
        -------
        ndarray
            Cartesian coordinates, shape (k, 3).

        Raises
        ------
        InvalidInput
            If there are too many.
        """
        expected = self.density * 4 / 3 * np.pi * radius**3
        if expected > most:
            raise InvalidInput(
                f"a ball of {radius:g} Å contains about {expected:.0f} sites, more than {most}; "
                "use a smaller radius"
            )
        centre = np.asarray(centre, dtype=float)
        whole = np.floor(centre @ self._inverse) @ self.cell
        images, _ = images_within(self.positions, self.cell, radius)
        offsets = images - (centre - whole)
        distances = np.linalg.norm(offsets, axis=1)
        kept = distances <= radius + _EDGE
        offsets, distances = offsets[kept], distances[kept]
        keys = np.round(np.column_stack([distances, offsets]), _DIGITS) + 0.0
        return np.asarray(centre + offsets[np.lexsort(keys.T[::-1])])

    @cached_property
    def _tree(self) -> "cKDTree":  # type: ignore[name-defined]  # noqa: F821
        from scipy.spatial import cKDTree

        # No point is further from a lattice point than half of the three edges together.
        reach = np.linalg.norm(self.cell, axis=1).sum() / 2
        return cKDTree(images_within(self.positions, self.cell, reach)[0])


def sample_points(cell: Floats, count: int = POINTS) -> Floats:
    """Reproducible points of a Sobol sequence in a cell.

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
    """Distances of points from the spheres of a structure.

    Parameters
    ----------
    atoms
        The structure, periodic in three dimensions.
    reach
        Largest distance in Å from the centre of an atom.
    radii
        Radii of the spheres in Å, shape (n,); van der Waals radii by default.
    """

    def __init__(self, atoms: Atoms, reach: float, radii: Floats | None = None) -> None:
        from scipy.spatial import cKDTree

        self.cell: Floats = np.asarray(atoms.cell.array)
        self._inverse = np.linalg.inv(self.cell)
        self.reach = reach
        sizes = van_der_waals(atoms) if radii is None else radii
        self._trees = []
        for size in np.unique(sizes).tolist():
            images, _ = images_within(atoms.positions[sizes == size], self.cell, reach)
            self._trees.append((size, cKDTree(images)))

    def at(self, points: Floats) -> Floats:
        """Distance in Å from the nearest sphere, negative inside one, inf beyond the reach."""
        return self.nearest(points)[0]

    def nearest(self, points: Floats) -> tuple[Floats, Floats]:
        """Distances from the nearest sphere, and vectors from its centre.

        Parameters
        ----------
        points
            Cartesian, in Å, shape (m, 3).

        Returns
        -------
        distances
            In Å, negative inside a sphere, inf beyond the reach; shape (m,).
        vectors
            From the centre of that sphere to the point in Å, shape (m, 3); 0 beyond the reach.
        """
        inside = (points @ self._inverse % 1.0) @ self.cell
        found, vectors = np.full(len(points), np.inf), np.zeros((len(points), 3))
        for radius, tree in self._trees:
            distances, number = map(np.asarray, tree.query(inside, distance_upper_bound=self.reach))
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
