"""Measures of the bond angles of sites.

* Bond-angle variance of Robinson, Gibbs and Ribbe (1971), doi:10.1126/science.172.3983.567.
* Bond-orientational order parameter of Steinhardt, Nelson and Ronchetti (1983),
  doi:10.1103/PhysRevB.28.784.
"""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.special import eval_legendre

from ionsmith.bonding.bonds import Bonds

BLOCK = 50_000
"""Sites whose bond angles are held at a time."""

TETRAHEDRAL = float(np.degrees(np.arccos(-1 / 3)))


def angle_variance(atoms: Atoms, bonds: Bonds, number: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bond-angle variance in degrees squared of sites with four or six bonds, else NaN."""
    variance = np.full(len(atoms), np.nan)
    starts = np.cumsum(number) - number
    cell = atoms.cell.complete().array
    for neighbours, ideal, angles in ((4, TETRAHEDRAL, 6), (6, 90.0, 12)):
        first, second = np.triu_indices(neighbours, 1)
        sites = np.flatnonzero(number == neighbours)
        for begin in range(0, len(sites), BLOCK):
            block = sites[begin : begin + BLOCK]
            rows = starts[block, None] + np.arange(neighbours)
            vectors = (
                atoms.positions[bonds.second[rows]]
                + bonds.shifts[rows] @ cell
                - atoms.positions[block, None]
            )
            vectors /= bonds.distances[rows][..., None]
            cosines = np.einsum("sik,sik->si", vectors[:, first], vectors[:, second])
            measured = np.sort(np.degrees(np.arccos(np.clip(cosines, -1, 1))), axis=1)[:, :angles]
            variance[block] = ((measured - ideal) ** 2).sum(axis=1) / (angles - 1)
    return variance


def order_parameter(
    atoms: Atoms, bonds: Bonds, number: NDArray[np.int64], degree: int
) -> NDArray[np.float64]:
    """Bond-orientational order parameter q of a degree, NaN without bonds.

    By the addition theorem, q² is the mean Legendre polynomial of the angles between all bonds.
    """
    found = np.full(len(atoms), np.nan)
    starts = np.cumsum(number) - number
    cell = atoms.cell.complete().array
    for n in np.unique(number[number > 0]).tolist():
        sites = np.flatnonzero(number == n)
        for begin in range(0, len(sites), BLOCK // n + 1):
            block = sites[begin : begin + BLOCK // n + 1]
            rows = starts[block, None] + np.arange(n)
            ends = atoms.positions[bonds.second[rows]] + bonds.shifts[rows] @ cell
            vectors = (ends - atoms.positions[block, None]) / bonds.distances[rows][..., None]
            cosines = np.clip(np.einsum("sik,sjk->sij", vectors, vectors), -1, 1)
            mean = eval_legendre(degree, cosines).mean(axis=(1, 2))
            found[block] = np.sqrt(np.maximum(mean, 0))
    return found
