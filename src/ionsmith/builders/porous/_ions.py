"""Places of Li or Na in a porous model, the best ones first.

On the surface, an ion replaces a dangling bond. Dangling bonds are ranked by the number of wall
atoms that the ion would touch, then by its room; of equally good ones, the one farthest from the
ions already placed is taken. In the pores, ions go where the room is largest; in the wall, into the
largest holes of the crystal, those deepest in the wall first.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.connectivity import BondedSupercell
from ionsmith.bonding.distances import PeriodicSites, images_within, sample_points
from ionsmith.builders._passivation import cap_lengths
from ionsmith.builders.choices import Ion, IonSite
from ionsmith.builders.porous._carving import PoreShape
from ionsmith.errors import PoresNotPossible
from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TOUCH = 1.25
"""Two atoms touch within this multiple of the sum of their covalent radii."""

APART: dict[Ion, float] = {"Li": 2.5, "Na": 3.0}
"""Shortest distance in Å of two ions in pores or walls."""

_POINTS = 2**13
_NEIGHBOURS = 24  # more than any ion touches

_HOLE_TOLERANCE = 1e-3  # Å
"""Difference of radii below which holes are equivalent."""


@dataclass(frozen=True, eq=False)
class Ions:
    """Ions in the order of their rank.

    Parameters
    ----------
    positions
        Cartesian, in Å, shape (k, 3); for ions on bonds, before caps turn apart.
    touched
        Number of wall atoms that each touches, shape (k,).
    room
        Distance in Å to the nearest atom to which it is not bonded, shape (k,).
    bonds
        Dangling bonds that they replace, shape (k,); empty in pores and walls.
    sites
        Number of possible places.
    """

    positions: Floats
    touched: Integers
    room: Floats
    bonds: Integers
    sites: int


def ions_on_bonds(solid: Atoms, anchor: Integers, direction: Floats, ion: Ion, count: int) -> Ions:
    """Choose dangling bonds for ions."""
    if count > len(anchor):
        raise PoresNotPossible(
            f"`ions` is {count}, but the surface has only {len(anchor)} dangling bonds for {ion}"
        )
    number = atomic_numbers[ion]
    lengths = cap_lengths(solid.numbers[anchor], np.full(len(anchor), number))
    places = solid.positions[anchor] + lengths[:, None] * direction
    touched, room, _ = _surroundings(solid, places, number, bonded=True)
    chosen = _spread(solid.cell.array, places, np.column_stack([-touched, -room]), count, 0.0)
    return Ions(places[chosen], touched[chosen], room[chosen], chosen, len(anchor))


def place_ions(
    host: BondedSupercell,
    kept: NDArray[np.bool_],
    shape: PoreShape,
    level: float,
    model: Atoms,
    ion: Ion,
    count: int,
    site: IonSite,
) -> Ions:
    """Place ions at the centres of the pores, or in holes of the wall."""
    number = atomic_numbers[ion]
    if site == "pore":
        # Removed atoms of the crystal, and points between them.
        points = sample_points(host.atoms.cell.array, _POINTS)
        places = np.vstack([host.atoms.positions[~kept], points[shape.at(points) < level]])
        touched, room, slack = _surroundings(model, places, number)
        fits = slack >= covalent_radii[number]
        keys = -slack[:, None]
    else:
        places, size = _holes(host)
        solid = host.atoms[kept]
        touched, room, _ = _surroundings(model, places, number)
        whole = _surroundings(host.atoms, places, number)[0]
        mine = _surroundings(solid, places, number)[0]
        fits = (mine == whole) & (room >= size - _HOLE_TOLERANCE)
        depth, _ = PeriodicSites(host.atoms.cell.array, host.atoms.positions[~kept]).nearest(places)
        keys = np.column_stack([-size, -depth])
    fitting = np.flatnonzero(fits)
    chosen = fitting[
        _spread(model.cell.array, places[fitting], keys[fitting], count, APART[ion])
        if len(fitting)
        else []
    ]
    if len(chosen) < count:
        raise PoresNotPossible(
            f"`ions` is {count}, but only {len(chosen)} {ion} fit into the {site}"
        )
    return Ions(places[chosen], touched[chosen], room[chosen], np.zeros(0, np.int64), len(fitting))


def _surroundings(
    atoms: Atoms, places: Floats, number: int, *, bonded: bool = False
) -> tuple[Integers, Floats, Floats]:
    """Atoms that an ion would touch at each place, room to the nearest atom, and free radius."""
    from scipy.spatial import cKDTree

    reach = TOUCH * (covalent_radii[number] + covalent_radii[atoms.numbers]) + 1e-6
    cell = atoms.cell.array
    wrapped = (places @ np.linalg.inv(cell) % 1.0) @ cell
    farthest = 2 * float(reach.max())
    while True:
        images, owner = images_within(atoms.positions, cell, farthest)
        nearest = cKDTree(images).query(wrapped, k=_NEIGHBOURS, distance_upper_bound=farthest)
        distances, neighbours = np.asarray(nearest[0]), np.asarray(nearest[1])
        if np.isfinite(distances[:, int(bonded)]).all():
            break
        farthest *= 2
    there = np.isfinite(distances)
    near = owner[np.where(there, neighbours, 0)]
    touched = (distances <= np.where(there, reach[near], 0.0)).sum(axis=1)
    slack = np.where(there, distances - covalent_radii[atoms.numbers[near]], np.inf)
    room = distances[:, int(bonded)]
    return touched, np.round(room, 3), np.round(slack.min(axis=1), 3)


def _spread(cell: Floats, places: Floats, keys: Floats, count: int, apart: float) -> Integers:
    """Choose places in the order of their keys; of equal ones, the farthest from those before."""
    _, group = np.unique(np.round(keys, 2), axis=0, return_inverse=True)
    group = group.reshape(-1)
    chosen: list[int] = []
    distance = np.full(len(places), np.inf)
    free = np.ones(len(places), dtype=bool)
    while len(chosen) < count:
        left = np.flatnonzero(free & (distance >= apart))
        if len(left) == 0:
            break
        best = left[group[left] == group[left].min()]
        farthest = np.round(distance[best], 3)
        pick = int(best[farthest.argmax()])
        chosen.append(pick)
        free[pick] = False
        away, _ = PeriodicSites(cell, places[pick]).nearest(places)
        distance = np.minimum(distance, away)
    return np.array(chosen, dtype=np.int64)


def _holes(host: BondedSupercell) -> tuple[Floats, Floats]:
    """Largest holes of the crystal in every cell, and the distance of atoms from their centres."""
    from scipy.spatial import Voronoi

    cell = host.cell.cell.array
    steps = index_grid(-1, 1)
    points = (host.cell.positions[None] + (steps @ cell)[:, None]).reshape(-1, 3)
    fractional = Voronoi(points).vertices @ np.linalg.inv(cell)
    fractional = fractional[((fractional > -1e-6) & (fractional < 1 - 1e-6)).all(axis=1)]
    sites = PeriodicSites(cell, host.cell.positions)
    size, _ = sites.nearest(fractional @ cell)
    largest = fractional[size > size.max() - _HOLE_TOLERANCE]
    # Degenerate vertices occur several times.
    _, once = np.unique(np.round(largest, 4), axis=0, return_index=True)
    largest = largest[once]
    cells = index_grid(0, np.array(host.counts) - 1)
    places = (largest[None] + cells[:, None]).reshape(-1, 3) @ cell
    return places, np.full(len(places), size.max())
