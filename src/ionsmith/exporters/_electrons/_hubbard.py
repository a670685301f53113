"""+U of a calculation.

The U values are those that the Materials Project fits to formation enthalpies of oxides with PBE:
A. Jain et al., Phys. Rev. B 84, 045115 (2011), doi:10.1103/PhysRevB.84.045115, by the method of
L. Wang, T. Maxisch and G. Ceder, Phys. Rev. B 73, 195107 (2006), doi:10.1103/PhysRevB.73.195107.
They belong to the effective U of S. L. Dudarev et al., Phys. Rev. B 57, 1505 (1998),
doi:10.1103/PhysRevB.57.1505, and to VASP's projectors; other codes project otherwise, so that
energies of different codes with the same U do not compare.
"""

from collections.abc import Mapping

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from ionsmith.errors import InvalidInput
from ionsmith.exporters._electrons._ions import ionic_charges

U_VALUES = {"V": 3.25, "Cr": 3.7, "Mn": 3.9, "Fe": 5.3, "Co": 3.32, "Ni": 6.2}
"""Effective U of 3d elements in oxides, in eV (Jain et al. 2011)."""

SHELLS = (
    (5, 10, 2, "p"), (13, 18, 3, "p"), (21, 30, 3, "d"), (31, 36, 4, "p"), (39, 48, 4, "d"),
    (49, 54, 5, "p"), (57, 71, 4, "f"), (72, 80, 5, "d"), (81, 86, 6, "p"), (89, 103, 5, "f"),
)  # fmt: skip
"""First and last atomic number, and the shell of these elements that +U acts on."""


def correlated_shell(symbol: str) -> tuple[int, str]:
    """Name the shell of an element that +U acts on: 3d of V, 4d of Mo, 4f of Ce, 2p of O.

    Returns
    -------
    number
        Principal quantum number.
    letter
        ``"p"``, ``"d"`` or ``"f"``.

    Raises
    ------
    InvalidInput
        For hydrogen, helium, and alkali and alkaline earth metals.
    """
    for first, last, number, letter in SHELLS:
        if first <= chemical_symbols.index(symbol) <= last:
            return number, letter
    raise InvalidInput(f"{symbol} has no shell of p, d or f electrons that U could act on")


def hubbard_values(
    atoms: Atoms, given: Mapping[str, float], *, use_defaults: bool
) -> dict[str, float]:
    """Choose U by element: the published ones of 3d metals in oxides, under those given.

    Where the charge of an element is not known, as in Fe or FeP beside an oxide, it has no U.

    Parameters
    ----------
    atoms
        The structure.
    given
        Values by element in eV; 0 leaves an element out.
    use_defaults
        Whether the published values are taken.

    Raises
    ------
    InvalidInput
        For an element that is not there, or that has no shell for U.
    """
    present = set(atoms.get_chemical_symbols())
    for name in set(given) - present:
        raise InvalidInput(f"there is no {name} in {atoms.get_chemical_formula()}")
    for name in (name for name, value in given.items() if value):
        correlated_shell(name)
    values = {}
    if use_defaults and present & {"O", "F"} and present & set(U_VALUES):
        charges, _ = ionic_charges(atoms)
        metallic = {chemical_symbols[z] for z in atoms.numbers[np.isnan(charges)]}
        values = {symbol: u for symbol, u in U_VALUES.items() if symbol not in metallic}
    values |= given
    return {s: u for s, u in sorted(values.items()) if s in present and u}
