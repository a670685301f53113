"""Displacement parameters that atoms carry from the crystal that they were read from.

The array ``u_iso`` holds isotropic or equivalent mean square displacements in Å², NaN where they
are unknown; ``u_aniso`` holds U11, U22, U33, U23, U13, U12 in Å² along the Cartesian axes.
``info["u_aniso_cell"]`` is the cell that the latter belong to, so that it is seen when atoms were
turned since. Both survive extended XYZ.

Published components refer to axes of the lengths of a*, b*, c* (Trueblood et al., 1996,
doi:10.1107/S0108767396005697).
"""

import warnings

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.sites import ExpandedSites, SiteColumns

Floats = NDArray[np.float64]

_MATRIX = [[0, 5, 4], [5, 1, 3], [4, 3, 2]]  # places of U11, U22, U33, U23, U13, U12
_ROWS, _COLUMNS = [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]


def carry_displacements(atoms: Atoms, u_iso: Floats, u_star: Floats) -> None:
    """Give displacements to atoms, if any are known.

    Parameters
    ----------
    atoms
        The atoms, changed in place.
    u_iso
        Isotropic displacements in Å², shape (n,).
    u_star
        Anisotropic ones in reciprocal axes, shape (n, 3, 3).
    """
    if np.isfinite(u_iso).any():
        atoms.set_array("u_iso", u_iso)
    if np.isfinite(u_star).any():
        vectors = atoms.cell.array
        atoms.set_array("u_aniso", (vectors.T @ u_star @ vectors)[:, _ROWS, _COLUMNS])
        atoms.info["u_aniso_cell"] = vectors.copy()


def carried_tensors(atoms: Atoms) -> NDArray[np.float64] | None:
    """Anisotropic displacements that atoms carry, in the axes of the reciprocal lattice.

    None without them, and where the atoms were turned or strained since: the components belong to
    a cell, of which the present one must be a supercell or another choice of vectors.
    """
    values, vectors = atoms.arrays.get("u_aniso"), atoms.info.get("u_aniso_cell")
    if values is None or vectors is None:
        return None
    multiples = 12 * atoms.cell.array @ np.linalg.inv(np.reshape(vectors, (3, 3)))
    if np.abs(multiples - np.round(multiples)).max() > 1e-3:
        warnings.warn(
            "the cell was turned or strained since the anisotropic displacements were read; the "
            "isotropic ones are used",
            stacklevel=2,
        )
        return None
    cartesian = values[:, _MATRIX]
    inverse = np.linalg.inv(atoms.cell.array)
    return np.asarray(inverse.T @ cartesian @ inverse)


def turned_tensors(
    columns: SiteColumns,
    expanded: ExpandedSites,
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
    cell: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Anisotropic displacements of all positions in reciprocal axes, turned with the positions."""
    lengths = np.linalg.norm(np.linalg.inv(cell), axis=0)
    own = columns.u_aniso[:, _MATRIX] * np.outer(lengths, lengths)
    tensors = np.asarray(own[expanded.site_index])
    if len(rotations) == 1:
        return tensors
    for site in np.flatnonzero(np.isfinite(own).all(axis=(1, 2))).tolist():
        images = rotations @ columns.positions[site] + translations
        for row in np.flatnonzero(expanded.site_index == site).tolist():
            gaps = images - expanded.positions[row]
            gaps = np.linalg.norm((gaps - np.round(gaps)) @ cell, axis=1)
            turn = rotations[int(gaps.argmin())]
            tensors[row] = turn @ own[site] @ turn.T
    return tensors
