"""Atoms that a user names: by element, or by number."""

from collections.abc import Iterable

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith.errors import IonsmithError


def select_atoms(atoms: Atoms, selections: Iterable[str]) -> list[int]:
    """Find the atoms that selections name.

    Parameters
    ----------
    atoms
        The structure.
    selections
        Each a list of elements, numbers from 0 and ranges: ``"O"``, ``"0-11,15"``, ``"Al,3"``.

    Returns
    -------
    list of int
        Indices, rising.

    Raises
    ------
    IonsmithError
        For a word that is none of these, and for one that names no atom of the structure.
    """
    chosen: set[int] = set()
    for word in (part.strip() for selection in selections for part in selection.split(",")):
        if word in atomic_numbers:
            own = {i for i, z in enumerate(atoms.numbers) if z == atomic_numbers[word]}
        else:
            first, dash, last = word.partition("-")
            try:
                own = set(range(int(first), int(last if dash else first) + 1))
            except ValueError:
                raise IonsmithError(
                    f"--fix {word}: an element, a number or a range such as O, 15 or 0-11 was "
                    "expected"
                ) from None
        if not own or max(own) >= len(atoms):
            raise IonsmithError(
                f"--fix {word}: no such atom; the structure is {atoms.get_chemical_formula()}, "
                f"numbered 0 to {len(atoms) - 1}"
            )
        chosen |= own
    return sorted(chosen)
