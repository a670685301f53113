"""Electronegativities, and which elements are metals: what makes a pair of atoms polar."""

from functools import cache

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

_NONMETALS = "H He B C N O F Ne P S Cl Ar Se Br Kr I Xe At Rn"

NONMETAL = np.isin(np.arange(119), [atomic_numbers[symbol] for symbol in _NONMETALS.split()])
"""Whether an element is a non-metal, by atomic number, shape (119,). The metalloids Si, Ge, As,
Sb and Te count as metals: in the crystals of this library they are Zintl anions or cations."""

_LEAD = 1.87
"""Electronegativity of Pb(II), Allred (1961), doi:10.1016/0022-1902(61)80142-5. The tables give
2.33, that of Pb(IV), with which Sn would be a cation of Pb in their alloys."""


@cache
def electronegativities() -> NDArray[np.float64]:
    """Pauling's electronegativities by atomic number, shape (119,), as pymatgen holds them.

    They are known for all elements up to Lr but He, Ne and Ar, and nan for the others. Pb has the
    value of Pb(II).
    """
    from pymatgen.core.periodic_table import Element  # a fifth of a second, so not before

    values = np.full(119, np.nan)
    for element in Element:
        values[element.Z] = element.data.get("X") or np.nan
    values[atomic_numbers["Pb"]] = _LEAD
    values.flags.writeable = False
    return values
