"""Data of the elements: electronegativities, metals, van der Waals radii, and mass densities.

Covalent radii are those of ASE (Cordero et al. 2008, doi:10.1039/b801115j) and used from there.
"""

from functools import cache

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from ase.data.vdw_alvarez import vdw_radii
from ase.units import create_units
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure

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


def van_der_waals(atoms: Atoms) -> NDArray[np.float64]:
    """Van der Waals radii in Å of Alvarez (2013), doi:10.1039/c3dt50599e, shape (n,).

    Raises
    ------
    InvalidStructure
        For an element without one.
    """
    known = np.full(len(chemical_symbols), np.nan)
    known[: len(vdw_radii)] = vdw_radii
    radii: NDArray[np.float64] = known[atoms.numbers]
    if np.isnan(radii).any():
        element = chemical_symbols[atoms.numbers[np.isnan(radii)][0]]
        raise InvalidStructure(f"no van der Waals radius is known for {element}")
    return radii


DALTON = float(create_units("2018")["_amu"] * 1e27)
"""One dalton in 1e-24 g, so that atomic masses over Å³ give g/cm³: CODATA 2018, as ASE holds it.
The year is fixed, so that models do not depend on the version of a library."""


def mass_density(atoms: Atoms) -> float:
    """Density of a periodic structure in g/cm³."""
    return float(atoms.get_masses().sum() * DALTON / atoms.get_volume())
