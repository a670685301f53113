"""Atoms that a user names by element, index or range."""

from collections.abc import Iterable

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith.errors import InvalidInput


def select_atoms(atoms: Atoms, selections: Iterable[str | int]) -> list[int]:
    """Indices of the atoms that selections name, in rising order.

    Parameters
    ----------
    atoms
        The structure.
    selections
        Indices from 0, or strings of elements, indices and ranges: ``"O"``, ``"0-11,15"``,
        ``"Al,3"``.

    Raises
    ------
    InvalidInput
        If a word is none of these, or names no atom of the structure.
    """
    chosen: set[int] = set()
    words = (str(selection).split(",") for selection in selections)
    for word in (part.strip() for parts in words for part in parts):
        if word in atomic_numbers:
            own = set((atoms.numbers == atomic_numbers[word]).nonzero()[0].tolist())
        else:
            first, dash, last = word.partition("-")
            try:
                own = set(range(int(first), int(last if dash else first) + 1))
            except ValueError:
                raise InvalidInput(
                    f"`freeze` {word}: an element, an index or a range such as O, 15 or 0-11 was "
                    "expected"
                ) from None
        if not own or max(own) >= len(atoms):
            raise InvalidInput(
                f"`freeze` {word}: no such atom; the structure is {atoms.get_chemical_formula()}, "
                f"with atoms 0 to {len(atoms) - 1}"
            )
        chosen |= own
    return sorted(chosen)
