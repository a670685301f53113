"""Electrostatic energy of point charges in a periodic cell, by Ewald's sum.

Everything follows from one function, the potential that a unit charge and all its periodic
images make together with a uniform background of the opposite charge. Its mean over the cell is
zero, so that the energy of any set of charges is half the sum of charge × charge × potential over
all pairs, each charge with its own images included, in a neutral as in a charged cell. The
boundary at infinity is conducting.

Method: P. P. Ewald, Ann. Phys. 369, 253 (1921), doi:10.1002/andp.19213690304; the width of the
Gaussian charges balances both sums (J. W. Perram et al., Mol. Phys. 65, 875 (1988),
doi:10.1080/00268978800101471). The background of charged cells: M. Leslie and M. J. Gillan,
J. Phys. C 18, 973 (1985), doi:10.1088/0022-3719/18/5/005.
"""

from functools import cached_property

import numpy as np
from ase.units import Bohr, Hartree
from numpy.typing import ArrayLike, NDArray

from ionsmith.lattice.lattice_points import index_grid

COULOMB = Hartree * Bohr
"""Energy of two elementary charges 1 Å apart, e²/(4πε₀), in eV Å."""

_DECAY = 5.6
"""Both sums end where their terms have fallen by exp(-5.6²), 2e-14."""

_CHUNK = 2_000_000
"""Terms of the sums that are held in memory at once."""


class PeriodicCoulomb:
    """Potential of a unit charge, its periodic images and the neutralising background.

    Parameters
    ----------
    cell
        Cell vectors as rows in Å, shape (3, 3).
    """

    def __init__(self, cell: ArrayLike) -> None:
        self.cell = np.asarray(cell, dtype=float)
        self.volume = abs(float(np.linalg.det(self.cell)))
        self._width = np.sqrt(np.pi) / self.volume ** (1 / 3)  # of the Gaussians, in 1/Å

    def potential(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Potential at vectors from the charge."""
        vectors = np.asarray(vectors, dtype=float)
        flat = vectors.reshape(-1, 3)
        fractional = flat @ np.linalg.inv(self.cell)
        wrapped = (fractional - np.round(fractional)) @ self.cell
        images, waves = self._images, self._waves
        result = np.empty(len(flat))
        step = max(1, _CHUNK // max(len(images), len(waves[0])))
        for start in range(0, len(flat), step):
            part = wrapped[start : start + step]
            result[start : start + step] = self._near(part, images) + self._far(part, *waves)
        background = np.pi / (self._width**2 * self.volume)
        return np.asarray(COULOMB * (result - background)).reshape(vectors.shape[:-1])

    def _near(
        self, wrapped: NDArray[np.float64], images: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Point charges screened by Gaussians, summed over the images in reach."""
        from scipy.special import erfc

        distance = np.sqrt(
            np.maximum(
                (wrapped**2).sum(axis=1)[:, None]
                + (images**2).sum(axis=1)[None]
                + 2 * wrapped @ images.T,
                0.0,
            )
        )
        # The closest distances again, free of the cancellation in the line above.
        row, column = np.nonzero(distance < 1e-2)
        distance[row, column] = np.linalg.norm(wrapped[row] + images[column], axis=1)
        row, column = np.nonzero(distance < 1e-6)
        distance[row, column] = 1.0
        terms = np.zeros_like(distance)
        reach = distance < _DECAY / self._width
        terms[reach] = erfc(self._width * distance[reach]) / distance[reach]
        terms[row, column] = -2 * self._width / np.sqrt(np.pi)
        return np.asarray(terms.sum(axis=1))

    def _far(
        self,
        wrapped: NDArray[np.float64],
        waves: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Gaussian charges, summed over half of the reciprocal lattice."""
        return np.asarray(np.cos(wrapped @ waves.T) @ weights)

    @cached_property
    def _images(self) -> NDArray[np.float64]:
        """Lattice vectors that can bring an image into reach of a wrapped vector."""
        half_diagonal = np.linalg.norm(np.abs(self.cell).sum(axis=0)) / 2
        return _lattice_vectors(self.cell, _DECAY / self._width + half_diagonal)

    @cached_property
    def _waves(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One of each pair ±G of reciprocal lattice vectors, and the weight of its cosine."""
        reciprocal = 2 * np.pi * np.linalg.inv(self.cell).T
        waves = _lattice_vectors(reciprocal, 2 * _DECAY * self._width)
        waves = waves[: len(waves) // 2]  # the list is symmetric about its middle, G = 0
        square = (waves**2).sum(axis=1)
        weights = 8 * np.pi / self.volume * np.exp(-square / (4 * self._width**2)) / square
        return waves, weights


def ewald_energy(cell: ArrayLike, positions: ArrayLike, charges: ArrayLike) -> float:
    """Electrostatic energy of one cell of point charges."""
    interactions = interaction_matrix(PeriodicCoulomb(cell), positions)
    charges = np.asarray(charges, dtype=float)
    return float(charges @ interactions @ charges / 2)


def interaction_matrix(coulomb: PeriodicCoulomb, positions: ArrayLike) -> NDArray[np.float64]:
    """Energies of unit charges at all pairs of positions, over periodic boundaries."""
    positions = np.asarray(positions, dtype=float)
    upper, lower = np.triu_indices(len(positions))
    matrix = np.empty((len(positions), len(positions)))
    matrix[upper, lower] = coulomb.potential(positions[upper] - positions[lower])
    matrix[lower, upper] = matrix[upper, lower]
    return matrix


def supercell_interactions(
    cell: ArrayLike, positions: ArrayLike, supercell: tuple[int, int, int]
) -> NDArray[np.float64]:
    """Energies of unit charges at all pairs of positions of a supercell.

    The energy depends on the positions in the unit cell and on the difference of the cells alone,
    so that n² × cells numbers say all of the (n × cells)² pairs.
    """
    cell = np.asarray(cell, dtype=float)
    positions = np.asarray(positions, dtype=float)
    shifts = np.array(list(np.ndindex(*supercell))) @ cell
    coulomb = PeriodicCoulomb(cell * np.reshape(supercell, (3, 1)))
    # One row of positions at a time, so that the difference vectors need little memory.
    rows = [coulomb.potential((positions - origin)[:, None] + shifts[None]) for origin in positions]
    return np.array(rows).reshape(len(positions), len(positions), len(shifts))


def _lattice_vectors(basis: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """All lattice vectors up to a length, in an order that inversion reverses."""
    reach = np.floor(radius * np.linalg.norm(np.linalg.inv(basis), axis=0))
    vectors = index_grid(-reach, reach) @ basis
    return np.asarray(vectors[np.linalg.norm(vectors, axis=1) <= radius])
