"""Element data that tell a bond between unlike atoms from one between like atoms."""

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

_PAULING = """
H 2.20  Li 0.98  Be 1.57  B 2.04  C 2.55  N 3.04  O 3.44  F 3.98  Na 0.93  Mg 1.31  Al 1.61
Si 1.90  P 2.19  S 2.58  Cl 3.16  K 0.82  Ca 1.00  Sc 1.36  Ti 1.54  V 1.63  Cr 1.66  Mn 1.55
Fe 1.83  Co 1.88  Ni 1.91  Cu 1.90  Zn 1.65  Ga 1.81  Ge 2.01  As 2.18  Se 2.55  Br 2.96
Kr 3.00  Rb 0.82  Sr 0.95  Y 1.22  Zr 1.33  Nb 1.60  Mo 2.16  Tc 1.90  Ru 2.20  Rh 2.28
Pd 2.20  Ag 1.93  Cd 1.69  In 1.78  Sn 1.96  Sb 2.05  Te 2.10  I 2.66  Xe 2.60  Cs 0.79
Ba 0.89  La 1.10  Ce 1.12  Pr 1.13  Nd 1.14  Sm 1.17  Gd 1.20  Dy 1.22  Ho 1.23  Er 1.24
Tm 1.25  Lu 1.27  Hf 1.30  Ta 1.50  W 2.36  Re 1.90  Os 2.20  Ir 2.20  Pt 2.28  Au 2.54
Hg 2.00  Tl 1.62  Pb 1.87  Bi 2.02  Th 1.30  U 1.38
"""

_NONMETALS = "H He B C N O F Ne P S Cl Ar Se Br Kr I Xe At Rn"


def _electronegativities() -> NDArray[np.float64]:
    values = np.full(119, np.nan)
    words = _PAULING.split()
    for symbol, value in zip(words[::2], words[1::2], strict=True):
        values[atomic_numbers[symbol]] = float(value)
    return values


ELECTRONEGATIVITY = _electronegativities()
"""Pauling's electronegativity by atomic number, shape (119,), nan where there is none.

Values of Allred (1961), J. Inorg. Nucl. Chem. 17, 215, doi:10.1016/0022-1902(61)80142-5; Pb is
that of Pb(II), Kr and Xe are those of Allen and Huheey (1980), doi:10.1016/0022-1902(80)80132-1.
"""

NONMETAL = np.isin(np.arange(119), [atomic_numbers[symbol] for symbol in _NONMETALS.split()])
"""Whether an element is a non-metal, by atomic number, shape (119,). The metalloids Si, Ge, As,
Sb and Te count as metals: in the crystals of this library they are Zintl anions or cations."""
