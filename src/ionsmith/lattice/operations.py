"""Symmetry operations that are given: from gemmi's tables, and the space group that they form."""

import warnings
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.symmetry import Symmetry

if TYPE_CHECKING:
    import gemmi

MISFIT = 0.05
"""Largest relative difference of a metric tensor and its image under an operation."""


def operation_arrays(
    operations: Iterable["gemmi.Op"],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Matrices W, shape (n, 3, 3), and vectors w, shape (n, 3), of operations of gemmi."""
    rotations, translations = zip(*((each.rot, each.tran) for each in operations), strict=True)
    return np.array(rotations, dtype=np.int64) // 24, np.array(translations) / 24  # gemmi.Op.DEN


def symmetry_from(
    rotations: NDArray[np.int64], translations: NDArray[np.float64], cell: NDArray[np.float64]
) -> Symmetry:
    """Find the space group that a set of operations forms.

    Parameters
    ----------
    rotations, translations
        The operations modulo lattice translations, shapes (n, 3, 3) and (n, 3).
    cell
        Cell vectors as rows, shape (3, 3), in Å.

    Raises
    ------
    InvalidStructure
        If the operations do not form a space group, or do not fit the cell.
    """
    import spglib
    import spglib.error

    found = None
    if _is_group(rotations, translations):  # spglib finds a group for any set of operations
        metric = cell @ cell.T
        scale = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
        turned = np.swapaxes(rotations, 1, 2) @ metric @ rotations
        if (abs(turned - metric) > MISFIT * scale).any():
            raise InvalidStructure(
                "the symmetry operations do not fit the cell's lengths and angles"
            )
        with warnings.catch_warnings():
            # Version 2 warns of its own change from None to exceptions at every call.
            warnings.filterwarnings("ignore", "Set OLD_ERROR_HANDLING", DeprecationWarning)
            with suppress(spglib.error.SpglibError):
                found = spglib.get_spacegroup_type_from_symmetry(rotations, translations, cell)
    if found is None:
        raise InvalidStructure("the symmetry operations do not form a space group")
    return Symmetry(rotations, translations, int(found.number), str(found.international_short))


def _is_group(rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> bool:
    """Whether the product of any two operations is one of them, modulo lattice translations."""

    def names(w: NDArray[np.int64], t: NDArray[np.float64]) -> set[tuple[int, ...]]:
        steps = np.round(48 * t).astype(np.int64) % 48
        return set(map(tuple, np.concatenate([w.reshape(-1, 9), steps], axis=1).tolist()))

    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 3, 3)
    moved = np.einsum("aij,bj->abi", rotations, translations) + translations[:, None]
    return names(products, moved.reshape(-1, 3)) <= names(rotations, translations)
