"""The parts of composite models: core and shell, guest and host, grains and boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._records import ChangedAtom

PART = "part"
"""Array with the name of the part that each atom belongs to, any words."""


@dataclass(frozen=True)
class PartChange:
    """Atoms of one part of a composite model.

    Parameters
    ----------
    part
        Name of the part.
    before, after
        Number of its atoms in either structure.
    changed
        Number of its atoms with another coordination number or other bonded neighbours, removed
        and added ones included; None where atoms could not be paired.
    """

    part: str
    before: int
    after: int
    changed: int | None


def part_names(atoms: Atoms) -> NDArray[np.str_] | None:
    """Part of each atom; None where the structure has no parts."""
    names = atoms.arrays.get(PART)
    return None if names is None else np.asarray(names, dtype=str)


def part_changes(
    before: Atoms, after: Atoms, changed: Sequence[ChangedAtom] | None
) -> tuple[PartChange, ...] | None:
    """Count the atoms of each part in two structures, and those that changed.

    None where neither has parts. In a structure without any, no atom belongs to a part; a changed
    atom belongs to the part it had before, an added one to its part after.
    """
    old, new = part_names(before), part_names(after)
    if old is None and new is None:
        return None
    first = old if old is not None else np.full(len(before), "")
    second = new if new is not None else np.full(len(after), "")
    owners = []
    for atom in changed or ():
        own = "" if atom.before is None else str(first[atom.before])
        owners.append(own or ("" if atom.after is None else str(second[atom.after])))
    names = sorted(set(first.tolist()) | set(second.tolist()) - {""})
    return tuple(
        PartChange(
            name,
            int((first == name).sum()),
            int((second == name).sum()),
            None if changed is None else owners.count(name),
        )
        for name in names
        if name
    )
