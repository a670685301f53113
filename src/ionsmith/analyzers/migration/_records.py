"""Sites, windows, hops, thresholds and energy profiles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class IonSite:
    """A place where an ion can rest, with all that are equivalent by symmetry.

    Parameters
    ----------
    name
        s1, s2 and so on, by rising energy.
    count
        Number in the cell.
    position
        Fractional coordinates of one of them.
    energy
        Bond-valence energy in eV above the lowest site.
    radius
        Radius in Å of the largest sphere around it that touches no ion of the framework.
    ions
        Mean number of ions on each in the structure.
    """

    name: str
    count: int
    position: Point
    energy: float
    radius: float
    ions: float


@dataclass(frozen=True)
class Window:
    """The narrowest place between two sites, with all that are equivalent by symmetry.

    Parameters
    ----------
    start, end
        Names of the sites that it joins.
    count
        Number in the cell.
    position
        Fractional coordinates of the pass.
    length
        Distance of the two sites in Å.
    energy
        Bond-valence energy in eV of the pass, above the lowest site.
    barrier
        Its height in eV above the lower of the two sites.
    radius
        Radius in Å of the largest sphere that passes.
    corners
        Number of ions of opposite charge around it.
    area
        Area in Å² of the polygon of their centres, seen along the way through; None for less than
        three.
    """

    start: str
    end: str
    count: int
    position: Point
    length: float
    energy: float
    barrier: float
    radius: float
    corners: int
    area: float | None


@dataclass(frozen=True)
class Hop:
    """A way between two sites where ions rest, with all that are equivalent by symmetry.

    Parameters
    ----------
    start, end
        Names of the sites; the ion starts on the one that is fuller.
    count
        Number in the cell.
    length
        Distance of the two sites in Å.
    barrier
        Bond-valence energy in eV of the highest pass above the lower of the two sites.
    way
        Fractional coordinates of the start, of the passes and sites between, and of the end.
    """

    start: str
    end: str
    count: int
    length: float
    barrier: float
    way: tuple[Point, ...]


@dataclass(frozen=True)
class PercolationThreshold:
    """What an ion needs to cross the crystal.

    Parameters
    ----------
    way
        1D, 2D, 3D: in so many dimensions; a, b, c: along this cell vector.
    barrier
        Height in eV of the highest pass above the lowest site on the way; None if there is none
        below the ceiling.
    radius
        Radius in Å of the largest sphere that crosses between the ions of the framework; None if
        the framework has no way even for a point.
    """

    way: str
    barrier: float | None
    radius: float | None


@dataclass(frozen=True, eq=False)
class Profile:
    """Energy along the lowest way through one cell.

    Parameters
    ----------
    way
        The cell vector, a, b or c.
    positions
        Fractional coordinates of the points on it, shape (n, 3), not reduced to one cell.
    distances
        Distance along it in Å, shape (n,).
    energies
        In eV above the lowest site, shape (n,).
    """

    way: str
    positions: Floats
    distances: Floats
    energies: Floats
