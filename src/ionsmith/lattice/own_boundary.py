"""A crystal on itself: the perfect crystal, or a boundary named by its Σ.

A crystal in two orientations has a coincidence site lattice if a rational matrix takes the
primitive lattice vectors of one to those of the other. Σ, the volume of its cell in primitive
cells, is the least whole number with which that matrix and its inverse become whole. Σ = 1 means
that the lattices are parallel: if the atoms fall onto each other too, both are one perfect crystal,
else they are twins by merohedry or domains, such as antiphase ones.

Reference: H. Grimmer, Acta Cryst. A 32, 783 (1976), doi:10.1107/S056773947601231X; for cubic
lattices H. Grimmer, W. Bollmann, D. H. Warrington, Acta Cryst. A 30, 197 (1974),
doi:10.1107/S056773947400043X, with a table up to Σ = 49.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import one_of_each, primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import index_grid

LARGEST_SIGMA = 49
"""Up to which Σ a boundary is named."""

Floats = NDArray[np.float64]

_PARALLEL = 1e-3  # of a lattice vector, as two files of one crystal differ
_EXACT = 1e-4  # the same for Σ > 1, 0.006 degrees: ratios of axes are often nearly rational
_SAME_LENGTH = 1e-3  # relative
_SAME_PLACE = 0.1  # Å
_PROBES = 8  # atoms that are tried before all


@dataclass(frozen=True)
class OwnBoundary:
    """Boundary of a crystal with itself.

    Parameters
    ----------
    sigma
        Σ of the coincidence site lattice.
    perfect
        Whether the two sides are one perfect crystal.
    """

    sigma: int
    perfect: bool

    def __str__(self) -> str:
        if self.perfect:
            return "perfect crystal"
        return "Σ1, lattices coincide but not atoms" if self.sigma == 1 else f"Σ{self.sigma}"


def own_boundary(
    substrate: CrystalLattice, film: CrystalLattice, rotation: Floats
) -> OwnBoundary | None:
    """Find out what boundary a crystal has with itself in an orientation.

    Parameters
    ----------
    substrate, film
        The crystal, in two settings or cells, which may be the same.
    rotation
        From the Cartesian frame of the film to that of the substrate, shape (3, 3).

    Returns
    -------
    OwnBoundary or None
        None for two different crystals, and without coincidence site lattice up to Σ = 49.
    """
    if not same_crystal(substrate, film):
        return None
    own, other = _primitive(substrate), _primitive(film) @ rotation.T
    matrix = other @ np.linalg.inv(own)
    both = np.array([matrix, np.linalg.inv(matrix)])
    for sigma in range(1, LARGEST_SIGMA + 1):
        off = abs(sigma * both - np.rint(sigma * both)).max() / sigma
        if off <= (_PARALLEL if sigma == 1 else _EXACT):
            perfect = sigma == 1 and _atoms_coincide(substrate, film, rotation)
            return OwnBoundary(sigma, perfect)
    return None


@lru_cache(maxsize=64)
def same_crystal(first: CrystalLattice, second: CrystalLattice) -> bool:
    """Whether two crystals have the same lattice and the same atoms in its primitive cell.

    Lattices are compared by the lengths of their shortest vectors, which define a lattice in three
    dimensions (A. Schiemann, Math. Ann. 308, 507 (1997)).

    Parameters
    ----------
    first, second
        The crystals, in any settings or supercells.
    """
    (_, kinds), (_, others) = _contents(first), _contents(second)
    if kinds is None or others is None or sorted(kinds.tolist()) != sorted(others.tolist()):
        return False
    one, two = (_shortest(_primitive(crystal)) for crystal in (first, second))
    return bool(np.allclose(one, two, rtol=_SAME_LENGTH, atol=0))


def _primitive(crystal: CrystalLattice) -> Floats:
    """Primitive vectors in Å, as rows."""
    cell = crystal.lattice.cell
    return np.asarray(primitive_vectors(crystal.symmetry, cell) @ cell)


def _shortest(vectors: Floats) -> Floats:
    """Lengths of the shortest lattice vectors, of reduced ones."""
    lengths = np.sort(np.linalg.norm(index_grid(-2, 2) @ vectors, axis=1))
    return np.asarray(lengths[1:27])


@lru_cache(maxsize=64)
def _contents(crystal: CrystalLattice) -> tuple[Floats, NDArray[np.str_]] | tuple[None, None]:
    """Cartesian positions in the primitive cell and what is there; None if not known."""
    motif = None if crystal.contents is None else crystal.contents()
    if motif is not None:
        positions, kinds = motif
        cell = crystal.lattice.cell
        with suppress(InvalidStructure):
            members = one_of_each(positions, kinds, crystal.symmetry, cell)
            return np.asarray(positions[members] @ cell), kinds[members]
    return None, None


def _atoms_coincide(substrate: CrystalLattice, film: CrystalLattice, rotation: Floats) -> bool:
    """Whether some shift brings all atoms of the turned film onto those of the substrate."""
    (below, kinds), (above, others) = _contents(substrate), _contents(film)
    if below is None or above is None or kinds is None or others is None:
        return False
    from scipy.spatial import cKDTree

    cell = _primitive(substrate)
    fixed = below @ np.linalg.inv(cell) % 1.0 % 1.0
    moving = above @ rotation.T @ np.linalg.inv(cell)
    tree = cKDTree(fixed, boxsize=np.ones(3))
    names, counts = np.unique(kinds, return_counts=True)
    rare = names[counts.argmin()]
    start = moving[others == rare][0]

    def fits(shift: Floats, some: slice) -> bool:
        """Whether some of the shifted atoms lie on others of their kind."""
        shifted = (moving[some] + shift) % 1.0 % 1.0
        _, partner = tree.query(shifted)
        apart = shifted - fixed[partner]
        away = np.linalg.norm((apart - np.rint(apart)) @ cell, axis=1)
        return bool((kinds[partner] == others[some]).all() and away.max() <= _SAME_PLACE)

    return any(
        fits(target - start, slice(_PROBES)) and fits(target - start, slice(None))
        for target in fixed[kinds == rare]
    )
