"""Low-index planes and directions of two crystals that are nearly parallel in an orientation.

If the centring allows only the n-th order of a plane, the n-th order is listed, so that d is the
spacing of the lattice planes. The length of a direction is that of the shortest lattice vector
along it. A pair and its opposite count once, and so do pairs related by symmetry operations common
to both crystals.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.epitaxy._mismatch import DEFINITIONS
from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import half_index_grid
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import readability
from ionsmith.results import Table

LARGEST_INDEX = 6
"""Upper limit of the indices of nearly parallel planes and directions."""


@dataclass(frozen=True)
class ParallelPair:
    """A plane or direction of the substrate nearly parallel to one of the film.

    Parameters
    ----------
    substrate, film
        Plane or direction, in the senses that enclose an acute angle.
    substrate_indices, film_indices
        Indices of the plane or direction.
    angle
        Angle between them in degrees.
    d_substrate, d_film
        Spacing of the lattice planes, or length of the lattice vector, in Å.
    mismatch
        (d_substrate - d_film) / d_substrate.
    mismatch_film_reference
        (d_film - d_substrate) / d_film.
    multiplicity
        Number of equivalent pairs.
    """

    substrate: str
    film: str
    substrate_indices: tuple[int, int, int]
    film_indices: tuple[int, int, int]
    angle: float
    d_substrate: float
    d_film: float
    mismatch: float
    mismatch_film_reference: float
    multiplicity: int


def nearly_parallel(
    relationship: OrientationRelationship,
    kind: type[Plane] | type[Direction],
    *,
    max_index: int,
    within: float,
    d_min: float = 0.0,
) -> tuple[ParallelPair, ...]:
    """List low-index planes or directions of both crystals that are nearly parallel."""
    if not 1 <= max_index <= LARGEST_INDEX:
        raise InvalidInput(f"`max_index` is {max_index}; expected 1 to {LARGEST_INDEX}")
    if not 0 <= within <= 45:
        raise InvalidInput(f"`within` is {within:g}°; expected 0 to 45°")
    candidates = _half_of_indices(max_index)
    substrate = _vectors(relationship.substrate, candidates, kind)
    film = _vectors(relationship.film, candidates, kind) @ relationship.rotation.T
    cosines = substrate @ film.T
    i, j = np.nonzero(abs(cosines) >= np.cos(np.radians(within + 0.01)))
    signs = np.where(cosines[i, j] < 0, -1, 1)
    angles = angle(substrate[i], film[j] * signs[:, None])
    near = angles <= within + 1e-9
    pairs = np.concatenate([candidates[i], candidates[j] * signs[:, None]], axis=1)[near]
    chosen, multiplicities = _one_of_each(relationship, pairs, kind)
    unique, first = np.unique(chosen, axis=0, return_index=True)
    listed = []
    for pair, number in zip(unique, first, strict=True):
        mine = _lowest_order(relationship.substrate, kind, pair[:3])
        other = _lowest_order(relationship.film, kind, pair[3:])
        if min(mine[1], other[1]) >= d_min:
            degrees, count = float(angles[near][number]), int(multiplicities[number])
            listed.append(_record(mine, other, degrees, count))
    falling = -1 if kind is Plane else 1
    listed.sort(
        key=lambda pair: (
            round(pair.angle, 6),
            falling * round(pair.d_substrate + pair.d_film, 6),
            pair.substrate_indices,
            pair.film_indices,
        )
    )
    return tuple(listed)


def _half_of_indices(max_index: int) -> NDArray[np.int64]:
    """Indices without common factor, one of each opposite pair, shape (n, 3)."""
    grid = half_index_grid(max_index)
    return np.asarray(grid[np.gcd.reduce(grid, axis=1) == 1])


def _vectors(
    crystal: CrystalLattice, indices: NDArray[np.int64], kind: type[Plane] | type[Direction]
) -> NDArray[np.float64]:
    """Unit vectors of plane normals or directions."""
    lattice = crystal.lattice
    vectors = lattice.normals(indices) if kind is Plane else lattice.vectors(indices)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _one_of_each(
    relationship: OrientationRelationship,
    pairs: NDArray[np.int64],
    kind: type[Plane] | type[Direction],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Most readable equivalent of each pair, shape (n, 6), and the number of equivalents."""
    base = 20 * LARGEST_INDEX
    best = np.full(len(pairs), -1, dtype=np.int64)
    chosen, fixing = pairs.copy(), np.zeros(len(pairs), dtype=np.int64)
    operations = _common_operations(relationship)
    for mine, other in operations:
        if kind is Plane:
            turned = np.concatenate([pairs[:, :3] @ mine, pairs[:, 3:] @ other], axis=1)
        else:
            turned = np.concatenate([pairs[:, :3] @ mine.T, pairs[:, 3:] @ other.T], axis=1)
        for image in (turned, -turned):
            fixing += (image == pairs).all(axis=1)
            rank = readability(image[:, :3], base) * 8 * base**3 + readability(image[:, 3:], base)
            better = rank > best
            best[better], chosen[better] = rank[better], image[better]
    return chosen, len(operations) // fixing


def _common_operations(
    relationship: OrientationRelationship,
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Operations of the substrate that coincide with one of the film, as index matrices."""
    mine, other = relationship.substrate, relationship.film
    group = other.cartesian_group
    common = []
    for index, operation in enumerate(mine.cartesian_group):
        turned = relationship.rotation.T @ operation @ relationship.rotation
        difference = abs(group - turned).max(axis=(1, 2))
        if difference.min() < 1e-3:
            partner = other.symmetry.point_group[difference.argmin()]
            common.append((mine.symmetry.point_group[index], partner))
    return common


def _lowest_order(
    crystal: CrystalLattice, kind: type[Plane] | type[Direction], indices: NDArray[np.int64]
) -> tuple[Plane | Direction, float]:
    """Lowest order of a plane that the centring allows, or the direction; and its d or length."""
    first, second, third = (int(index) for index in indices)
    if kind is Direction:
        direction = Direction((first, second, third))
        return direction, crystal.period(direction)
    plane = Plane((first, second, third))
    order = crystal.symmetry.lattice_order(plane)
    return Plane((order * first, order * second, order * third)), crystal.lattice_spacing(plane)


def _record(
    mine: tuple[Plane | Direction, float],
    other: tuple[Plane | Direction, float],
    degrees: float,
    count: int,
) -> ParallelPair:
    """Describe a pair of planes or directions, given with their d or length."""
    return ParallelPair(
        substrate=str(mine[0]),
        film=str(other[0]),
        substrate_indices=mine[0].indices,
        film_indices=other[0].indices,
        angle=degrees,
        d_substrate=mine[1],
        d_film=other[1],
        mismatch=DEFINITIONS["substrate"].value(mine[1], other[1]),
        mismatch_film_reference=DEFINITIONS["film"].value(mine[1], other[1]),
        multiplicity=count,
    )


def parallel_table(title: str, quantity: str, pairs: tuple[ParallelPair, ...]) -> Table:
    """Table of pairs; the quantity is ``d`` for planes and ``length`` for directions."""
    return Table(
        title,
        (
            "substrate",
            "film",
            "angle (°)",
            f"{quantity}_sub (Å)",
            f"{quantity}_film (Å)",
            f"({quantity}_sub - {quantity}_film) / {quantity}_sub",
            "pairs",
        ),
        [
            (
                pair.substrate,
                pair.film,
                round(pair.angle, 3),
                round(pair.d_substrate, 4),
                round(pair.d_film, 4),
                round(pair.mismatch, 4),
                pair.multiplicity,
            )
            for pair in pairs
        ],
    )
