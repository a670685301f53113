"""What the writers of ASE would lose: charges in a CIF, words that are empty."""

from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.sites import OXIDATION_STATES

_SITES = "loop_\n  _atom_site_type_symbol\n"


def with_words(atoms: Atoms) -> Atoms:
    """A structure without empty words, which a column of extended XYZ cannot hold.

    Parameters
    ----------
    atoms
        The structure; it is not changed.
    """
    kept: Atoms | None = None
    for name, values in atoms.arrays.items():
        if values.dtype.kind in "OU" and (values == "").any():
            kept = atoms.copy() if kept is None else kept
            kept.calc = atoms.calc
            kept.arrays[name] = np.where(values == "", "-", values)
    return atoms if kept is None else kept


def add_charges(path: Path, atoms: Atoms) -> None:
    """Add the oxidation states of a structure to its CIF, as types of atoms such as ``Fe2+``.

    Parameters
    ----------
    path
        A CIF of ASE, packed or not, with one row for each atom, in their order.
    atoms
        The structure; nothing is added unless all of its charges are known.
    """
    from ase.io.formats import open_with_compression

    charges = _charges(atoms)
    if charges is None:
        return
    with open_with_compression(str(path), "rt") as file:
        text = file.read()
    head, sites, rows = text.partition(_SITES)
    lines = rows.splitlines()
    first = next((n for n, line in enumerate(lines) if not line.strip().startswith("_")), 0)
    if not sites or len(lines) - first != len(atoms):
        return
    kinds = [
        f"{symbol}{abs(charge):g}{'-' if charge < 0 else '+'}"
        for symbol, charge in zip(atoms.symbols, charges.tolist(), strict=True)
    ]
    for number, kind in enumerate(kinds, start=first):
        lines[number] = f"  {kind:<6} {lines[number].split(None, 1)[1]}"
    types = dict(zip(kinds, charges.tolist(), strict=True))
    listed = "".join(f"  {kind:<6} {charge:g}\n" for kind, charge in sorted(types.items()))
    loop = f"loop_\n  _atom_type_symbol\n  _atom_type_oxidation_number\n{listed}\n"
    with open_with_compression(str(path), "wt") as file:
        file.write(f"{head}{loop}{sites}" + "\n".join(lines) + "\n")


def several_charges(atoms: Atoms) -> str:
    """Elements with several charges, as ``Na 0 and +1``; nothing if none has.

    Parameters
    ----------
    atoms
        The structure.
    """
    charges = _charges(atoms)
    if charges is None:
        return ""
    found = []
    for symbol in sorted(set(atoms.symbols)):
        own = np.unique(charges[atoms.symbols == symbol])
        if len(own) > 1:
            found.append(f"{symbol} {' and '.join(f'{x:+g}' if x else '0' for x in own)}")
    return ", ".join(found)


def _charges(atoms: Atoms) -> NDArray[np.float64] | None:
    """Formal charges of a structure that states some, if all are known.

    Atoms that a builder added to it, such as H, have theirs too.
    """
    if OXIDATION_STATES not in atoms.arrays:
        return None
    from ionsmith.crystals.charges import formal_charges  # which read structures themselves

    return formal_charges(atoms)[0]
