"""Thermal displacements of the atoms of a model that is imaged."""

from collections.abc import Mapping

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.crystals.displacements import cartesian_displacements
from ionsmith.errors import InvalidInput

DEFAULT_U = 0.0064
"""Mean square displacement in Å² of atoms without one, which close-packed oxides have at room
temperature within a factor of two."""


def displacement_tensors(
    atoms: Atoms, given: Mapping[str, float], displaced: bool
) -> NDArray[np.float64]:
    """Displacements of the atoms of the model as Cartesian tensors in Å², shape (n, 3, 3)."""
    for symbol, value in given.items():
        if symbol not in atomic_numbers:
            raise InvalidInput(f"{symbol} is not an element; `u_iso` needs element symbols")
        if not 0 <= value < 1:
            raise InvalidInput(f"`u_iso` must be 0 to below 1 Å², not {value:g} for {symbol}")
    symbols = np.array(atoms.get_chemical_symbols())
    missing = sorted(set(given) - set(symbols))
    if missing:
        raise InvalidInput(f"the model has no {missing[0]}, only {', '.join(sorted(set(symbols)))}")
    found = np.zeros((len(atoms), 3, 3))
    if displaced:
        found = cartesian_displacements(atoms, DEFAULT_U)
    for symbol, value in given.items():
        found[symbols == symbol] = value * np.eye(3)
    return found
