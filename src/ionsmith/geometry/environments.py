"""Names of neighbourhoods: which elements, and how many of each."""

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.geometry.neighbours import NeighbourList


def environments(
    numbers: NDArray[np.int64], bonds: NeighbourList
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Name the neighbours of every atom.

    Parameters
    ----------
    numbers
        Atomic numbers, shape (n,).
    bonds
        Neighbours of ``first``.

    Returns
    -------
    names
        Different neighbourhoods in alphabetical order, the more frequent element first
        (``"O4"``, ``"Na5Si2"``); that of an atom without neighbours is ``"none"``.
    which
        Number of each atom's neighbourhood in ``names``, shape (n,).
    """
    second = numbers[bonds.second]
    elements = np.unique(second)
    columns = np.zeros((len(elements), len(numbers)), np.int64)
    for column, element in zip(columns, elements, strict=True):
        column += np.bincount(bonds.first[second == element], minlength=len(numbers))
    order = np.lexsort(columns) if len(columns) else np.arange(len(numbers))
    ranked = columns[:, order]
    new = np.append(True, (ranked[:, 1:] != ranked[:, :-1]).any(axis=0))
    group = np.empty(len(numbers), np.int64)
    group[order] = np.cumsum(new) - 1
    labels = []
    for counts in ranked[:, new].T.tolist():
        present = sorted(
            (-count, chemical_symbols[element])
            for count, element in zip(counts, elements.tolist(), strict=True)
            if count
        )
        labels.append("".join(f"{el}{-n if n < -1 else ''}" for n, el in present) or "none")
    names = sorted(set(labels))
    return tuple(names), np.array([names.index(label) for label in labels])[group]
