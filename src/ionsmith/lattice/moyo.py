"""The space group of a structure, as moyo finds it."""

import logging
from typing import TYPE_CHECKING

from ase import Atoms

from ionsmith.errors import InvalidStructure

if TYPE_CHECKING:
    from moyopy import MoyoDataset

# Without a handler, moyo's log would go to standard error; a failure raises an error anyway.
logging.getLogger("moyo").addHandler(logging.NullHandler())


def found_by_moyo(atoms: Atoms, symprec: float) -> "MoyoDataset":
    """Find the space group of a structure, its operations and its conventional cell.

    Parameters
    ----------
    atoms
        An ordered structure, periodic in three dimensions.
    symprec
        Largest distance in Å between atoms that count as equivalent.

    Raises
    ------
    InvalidStructure
        If no symmetry is found.
    """
    from moyopy import Cell, MoyoDataset

    cell = Cell(
        basis=atoms.cell.array.tolist(),
        positions=atoms.get_scaled_positions().tolist(),
        numbers=atoms.numbers.tolist(),
    )
    try:
        return MoyoDataset(cell, symprec=symprec)
    except ValueError as error:
        raise InvalidStructure(
            f"no symmetry found within {symprec:g} Å (by moyo); do atoms overlap? "
            "Try a smaller `symprec`"
        ) from error
