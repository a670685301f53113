"""Coincidence of the reciprocal lattices of two crystals, for many rotations at once.

The volume in which the points of two reciprocal lattices overlap, each point a Gaussian whose width
grows with its distance from the origin, so that only the ratio of two spacings matters, is ::

    sum over g, f of  w(g) w(f) exp(-|g - R f|² / (2 WIDTH² |g| |f|))

with weights that fall as d², or by intensity where the atoms are known.

Reference: P. Pirouz, F. Ernst and Y. Ikuhara, "On epitaxy and orientation relationships in
bicrystals", Solid State Phenomena (1998), p. 51 (overlap of two reciprocal lattices).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]

WIDTH = 0.10
"""Width of a point, relative to its distance from the origin."""

POINTS = 120
"""Number of points of each crystal, those of the largest spacings."""

SMALLEST = 1.0
"""Smallest spacing in Å of planes that count."""

_REACH = 4.0  # exp(-x²/2) beyond so many widths counts as nothing
_BLOCK = 4_000_000  # elements at a time


def strong_points(crystal: CrystalLattice) -> tuple[NDArray[np.int64], Floats]:
    """Allowed reflections of the largest spacings: indices (n, 3) and vectors (n, 3) in 1/Å."""
    lattice = crystal.lattice
    # Indices of the primitive cell, so that a supercell has the points of its crystal.
    rows = primitive_vectors(crystal.symmetry, lattice.cell)
    # Of a large cell, twice as many as are tried for absences: 4/3 π V / d³ are within 1 / d.
    volume = lattice.volume * float(np.linalg.det(rows))
    smallest = max(SMALLEST, float(np.cbrt(4 / 3 * np.pi * volume / (80 * POINTS))))
    most = np.floor(np.linalg.norm(rows @ lattice.cell, axis=1) / smallest)
    indices = np.rint(index_grid(-most, most) @ np.linalg.inv(rows).T).astype(np.int64)
    lengths = np.linalg.norm(lattice.normals(indices), axis=1)
    indices = indices[(lengths > 0) & (lengths <= 1 / smallest)]
    lengths = np.linalg.norm(lattice.normals(indices), axis=1)
    order = np.lexsort((*indices.T, np.round(lengths, 8)))
    chosen = indices[order[: 40 * POINTS]]
    chosen = chosen[~crystal.symmetry.absent(chosen)]
    if not len(chosen):
        raise InvalidStructure(
            f"{crystal.name}: no lattice planes are {SMALLEST:g} Å or more apart; check the units "
            "of its cell"
        )
    lengths = np.linalg.norm(lattice.normals(chosen), axis=1)
    # Whole families: none is cut in two.
    last = lengths[min(POINTS, len(lengths)) - 1] * (1 + 1e-6)
    chosen = chosen[lengths <= last]
    return chosen, lattice.normals(chosen)


def coincidence(
    substrate: tuple[Floats, Floats], film: tuple[Floats, Floats], quaternions: Floats
) -> Floats:
    """Overlap of the points of two reciprocal lattices in each orientation, shape (n,).

    Parameters
    ----------
    substrate, film
        Points in 1/Å, shape (m, 3), and their weights, shape (m,); both lattices have an inversion.
    quaternions
        Rotations of the film, scalar last, shape (n, 4).
    """
    points, weights = zip(substrate, film, strict=True)
    half = points[0] @ np.array([1.0, np.pi / 4, np.exp(1.0) / 9]) > 0  # one of each pair of points
    first, second = points[0][half], points[1]
    lengths = [np.linalg.norm(side, axis=1) for side in (first, second)]
    scale = WIDTH**2 * np.outer(*lengths)
    apart = np.subtract.outer(*lengths) ** 2 / scale
    one, other = np.nonzero(apart < _REACH**2)
    products = np.einsum("pi,pj->pij", first[one], second[other]).reshape(-1, 9)
    weight = (weights[0][half][one] * weights[1][other]).astype(np.float32)
    squares = (lengths[0][one] ** 2 + lengths[1][other] ** 2) / (2 * scale[one, other])
    products = (products / scale[one, other][:, None]).astype(np.float32)
    squares = squares.astype(np.float32)
    matrices = Rotation.from_quat(quaternions).as_matrix().reshape(-1, 9).astype(np.float32)
    step = max(_BLOCK // max(len(one), 1), 1)
    parts = []
    for start in range(0, len(matrices), step):
        exponent = matrices[start : start + step] @ products.T - squares
        parts.append(np.exp(np.maximum(exponent, -30, out=exponent), out=exponent) @ weight)
    return np.concatenate(parts).astype(float)


def weigh(points: Floats, intensities: Floats | None = None) -> tuple[Floats, Floats]:
    """Points with their weights, which fall as d² where no intensities are given.

    Parameters
    ----------
    points
        Reciprocal vectors in 1/Å, shape (n, 3).
    intensities
        Of the reflections, shape (n,).
    """
    falling = 1 / (points**2).sum(axis=1)
    if intensities is not None:
        falling = falling * intensities
    return points, falling / falling.max()
