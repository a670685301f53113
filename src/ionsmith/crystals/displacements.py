"""Displacement parameters that go with atoms, from the sites of a crystal to each position.

Arrays of :class:`ase.Atoms` hold them: :data:`U_ISO` and, in the convention of CIFs,
:data:`U_ANISO`. The components of the latter refer to axes of the lengths of a*, b*, c*, so that
they stay right when a structure is turned or its cell repeated; in another cell the isotropic
equivalents hold.

References: International Tables for Crystallography D, 1.9; K. N. Trueblood et al., Acta Cryst.
A52, 770 (1996), doi:10.1107/S0108767396005697.
"""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.sites import ExpandedSites, SiteColumns

Floats = NDArray[np.float64]

U_ISO = "u_iso"
"""Array of atoms that holds isotropic or equivalent displacements in Å²; NaN for unknown ones."""

U_ANISO = "u_aniso"
"""Array of atoms that holds U11, U22, U33, U23, U13, U12 in Å²; NaN for isotropic displacements."""

U_CELL = "u_aniso_cell"
"""Entry of ``atoms.info``: lengths and angles of the cell that :data:`U_ANISO` refers to."""

_ROWS, _COLUMNS = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)


def tensors(components: Floats) -> Floats:
    """Symmetric matrices, shape (n, 3, 3), of U11, U22, U33, U23, U13, U12, shape (n, 6)."""
    matrices = np.empty((len(components), 3, 3))
    matrices[:, _ROWS, _COLUMNS] = matrices[:, _COLUMNS, _ROWS] = components
    return matrices


def star(components: Floats, cell: Floats) -> Floats:
    """U* in Å⁰, such that a reflection h is damped by ``exp(-2 π² h·U*·h)``, shape (n, 3, 3)."""
    lengths = np.linalg.norm(np.linalg.inv(cell), axis=0)
    return np.asarray(tensors(components) * np.outer(lengths, lengths))


def site_tensors(
    sites: SiteColumns,
    expanded: ExpandedSites,
    operations: tuple[NDArray[np.int64], Floats],
    cell: Floats,
) -> Floats | None:
    """Components of all positions, turned with them, shape (n, 6); None if all are isotropic."""
    own = sites.u_aniso
    if own is None:
        return None
    rotations, translations = operations
    components = own[expanded.site_index]
    if len(rotations) == 1:
        return np.asarray(components)
    lengths = np.linalg.norm(np.linalg.inv(cell), axis=0)
    matrices = star(own, cell)
    for index in np.flatnonzero(np.isfinite(own[:, 0])).tolist():
        images = rotations @ sites.positions[index] + translations
        members = np.flatnonzero(expanded.site_index == index)
        gaps = images[None] - expanded.positions[members, None]
        gaps = np.linalg.norm((gaps - np.round(gaps)) @ cell, axis=-1)
        turns = rotations[gaps.argmin(axis=1)]
        turned = turns @ matrices[index] @ turns.transpose(0, 2, 1) / np.outer(lengths, lengths)
        components[members] = turned[:, _ROWS, _COLUMNS]
    return np.asarray(components)


def displacements_of(atoms: Atoms) -> tuple[Floats, Floats | None]:
    """Displacements that atoms carry in their arrays.

    Parameters
    ----------
    atoms
        Any atoms.

    Returns
    -------
    isotropic
        Isotropic or equivalent ones in Å², shape (n,); NaN for unknown ones.
    anisotropic
        Components in the axes of the cell, shape (n, 6); NaN for isotropic ones. None if there are
        none, or if the cell is not a repeat of the one that they refer to.
    """
    unknown = np.full(len(atoms), np.nan)
    isotropic = np.asarray(atoms.arrays.get(U_ISO, unknown), dtype=float)
    components = atoms.arrays.get(U_ANISO)
    own = np.asarray(atoms.info.get(U_CELL, ()), dtype=float)
    if components is None or np.shape(components) != (len(atoms), 6) or own.shape != (6,):
        return isotropic, None
    now = atoms.cell.cellpar()
    times = now[:3] / own[:3]
    same = abs(times - np.round(times)).max() < 1e-4 and abs(now[3:] - own[3:]).max() < 1e-2
    return isotropic, np.asarray(components, dtype=float) if same else None


def cartesian_displacements(atoms: Atoms, default: float) -> Floats:
    """Displacements of atoms as Cartesian tensors in Å², shape (n, 3, 3)."""
    isotropic, components = displacements_of(atoms)
    isotropic = np.where(np.isnan(isotropic), default, isotropic)
    found = isotropic[:, None, None] * np.eye(3)
    if components is not None:
        known = np.isfinite(components[:, 0])
        cell = atoms.cell.array
        found[known] = cell.T @ star(components[known], cell) @ cell
    return found
