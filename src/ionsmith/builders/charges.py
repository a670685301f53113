"""Formal charges, for the charge that a model is left with."""

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

FORMAL_CHARGES = {
    "H": 1, "Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Ag": 1, "Tl": 1,
    "Mg": 2, "Ca": 2, "Zn": 2, "Al": 3, "O": -2,
}  # fmt: skip


def composition(atoms: Atoms) -> dict[str, int]:
    """Count the atoms of each element, alphabetically."""
    numbers, counts = np.unique(atoms.numbers, return_counts=True)
    symbols = [chemical_symbols[number] for number in numbers.tolist()]
    return dict(sorted(zip(symbols, counts.tolist(), strict=True)))


def formal_charge(counts: dict[str, int]) -> int | None:
    """Sum of the formal charges in e; None where an element has no single obvious one."""
    if not set(counts) <= set(FORMAL_CHARGES):
        return None
    return sum(FORMAL_CHARGES[element] * count for element, count in counts.items())
