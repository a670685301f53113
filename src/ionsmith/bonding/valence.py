r"""Bond-valence sums of oxides.

The valence of a bond to O is :math:`s = \exp((R_0 - d)/B)` (Brown and Altermatt 1985,
doi:10.1107/S0108768185002063), its sum over the bonds of an ion should be the size of its charge.
:math:`R_0` and :math:`B` are those of Gagné and Hawthorne (2015), doi:10.1107/S2052520615016297,
for 135 cations. Bonds to other anions have no parameters here, and atoms with such bonds no sum.
"""

from collections.abc import Mapping

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds
from ionsmith.errors import InvalidInput

OXYGEN = 8

# Cation, oxidation state, R0 and B in Å.
_PARAMETERS = """
Ag 1 1.875 0.359   Al 3 1.634 0.390   Am 3 2.068 0.392   As 3 1.775 0.423   As 5 1.765 0.352
Au 3 1.890 0.375   B 3 1.372 0.357   Ba 2 2.223 0.406   Be 2 1.429 0.297   Bi 3 2.068 0.389
Bi 5 2.050 0.318   Br 5 1.890 0.571   Br 7 1.850 0.428   C 4 1.398 0.399   Ca 2 1.907 0.409
Cd 2 1.827 0.430   Ce 3 2.114 0.389   Ce 4 2.046 0.416   Cl 3 1.722 0.370   Cl 5 1.703 0.428
Cl 7 1.669 0.428   Cm 3 2.034 0.412   Co 2 1.698 0.376   Co 3 1.655 0.364   Co 4 1.729 0.358
Cr 2 1.761 0.350   Cr 3 1.725 0.361   Cr 4 1.783 0.410   Cr 5 1.777 0.375   Cr 6 1.799 0.375
Cs 1 2.296 0.411   Cu 1 1.601 0.335   Cu 2 1.687 0.355   Cu 3 1.737 0.375   Dy 3 2.002 0.389
Er 3 1.991 0.373   Eu 2 1.943 0.490   Eu 3 2.068 0.359   Fe 2 1.658 0.447   Fe 3 1.766 0.360
Ga 3 1.736 0.345   Gd 3 1.988 0.433   Ge 4 1.750 0.363   H 1 0.918 0.427   Hf 4 1.923 0.375
Hg 2 1.947 0.370   Ho 3 1.993 0.387   I 5 1.992 0.474   I 7 1.930 0.299   In 3 1.823 0.459
Ir 3 1.755 0.414   Ir 4 1.909 0.258   Ir 5 1.909 0.449   K 1 2.047 0.398   La 3 2.179 0.359
Li 1 1.062 0.642   Lu 3 1.939 0.403   Mg 2 1.608 0.443   Mn 2 1.740 0.417   Mn 3 1.823 0.247
Mn 4 1.750 0.374   Mn 5 1.781 0.375   Mn 6 1.814 0.375   Mn 7 1.819 0.375   Mo 3 1.792 0.436
Mo 4 1.834 0.404   Mo 5 1.888 0.314   Mo 6 1.903 0.349   N 5 1.492 0.482   Na 1 1.695 0.420
Nb 4 1.853 0.479   Nb 5 1.909 0.369   Nd 3 2.103 0.371   Ni 2 1.689 0.347   Ni 4 1.734 0.335
Np 5 2.036 0.411   Np 6 2.022 0.523   Np 7 2.076 0.477   Os 5 1.870 0.485   Os 6 1.904 0.375
Os 7 1.937 0.349   Os 8 1.966 0.405   P 3 1.655 0.399   P 5 1.624 0.399   Pb 2 2.032 0.442
Pb 4 2.056 0.280   Pd 2 1.749 0.375   Pd 4 1.856 0.352   Pr 3 2.071 0.411   Pt 2 1.742 0.375
Pt 4 1.856 0.407   Rb 1 1.993 0.478   Re 5 1.834 0.557   Re 7 1.943 0.406   Rh 3 1.769 0.369
Rh 4 1.836 0.422   Ru 3 1.745 0.401   Ru 4 1.833 0.366   Ru 5 1.894 0.346   S 4 1.643 0.399
S 6 1.634 0.399   Sb 3 1.932 0.435   Sb 5 1.892 0.475   Sc 3 1.780 0.452   Se 4 1.805 0.401
Se 6 1.797 0.399   Si 4 1.624 0.389   Sm 3 2.049 0.404   Sn 2 1.910 0.451   Sn 4 1.946 0.274
Sr 2 1.958 0.479   Ta 5 1.916 0.343   Tb 3 2.020 0.379   Tb 4 2.018 0.395   Tc 7 1.915 0.375
Te 4 1.960 0.389   Te 6 1.922 0.387   Th 4 2.117 0.420   Ti 3 1.654 0.545   Ti 4 1.819 0.342
Tl 1 2.063 0.422   Tl 3 1.874 0.504   Tm 3 1.977 0.381   U 4 2.100 0.373   U 5 2.009 0.660
U 6 2.046 0.473   V 3 1.718 0.412   V 4 1.776 0.364   V 5 1.799 0.388   W 5 1.848 0.553
W 6 1.909 0.339   Y 3 1.978 0.407   Yb 3 1.969 0.373   Zn 2 1.684 0.383   Zr 4 1.913 0.406
"""


def _read() -> dict[int, dict[int, tuple[float, float]]]:
    table: dict[int, dict[int, tuple[float, float]]] = {}
    words = _PARAMETERS.split()
    for symbol, state, r0, b in zip(*(iter(words),) * 4, strict=True):
        table.setdefault(atomic_numbers[symbol], {})[int(state)] = (float(r0), float(b))
    return table


PARAMETERS = _read()
"""R0 and B in Å by atomic number and oxidation state of the cation."""


def bond_valences(
    numbers: NDArray[np.int64],
    bonds: Bonds,
    oxidation_states: Mapping[str, int] | None = None,
) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Bond valences of all bonds to O.

    Parameters
    ----------
    numbers
        Atomic numbers, shape (n,).
    bonds
        The bonds.
    oxidation_states
        Of cations, by element. By default, for each element the state whose mean bond-valence sum
        comes nearest to it.

    Returns
    -------
    valences
        In valence units, shape (number of bonds,); nan where there are no parameters.
    states
        Oxidation state by element, for the cations with bonds to O.

    Raises
    ------
    InvalidInput
        If there are no parameters for an oxidation state, or its element is not in the structure.
    """
    given = dict(oxidation_states or {})
    for symbol in given:
        if atomic_numbers.get(symbol) not in numbers:
            raise InvalidInput(f"oxidation state of {symbol}: the structure has no {symbol}")
    valences = np.full(len(bonds), np.nan)
    states: dict[str, int] = {}
    first, second = numbers.take(bonds.first), numbers.take(bonds.second)
    to_oxygen, from_oxygen = np.flatnonzero(second == OXYGEN), np.flatnonzero(first == OXYGEN)
    for number in np.flatnonzero(np.bincount(first.take(to_oxygen))):
        table = PARAMETERS.get(int(number), {})
        symbol = chemical_symbols[number]
        rows = to_oxygen[first.take(to_oxygen) == number]
        if symbol in given:
            if given[symbol] not in table:
                raise InvalidInput(
                    f"no bond-valence parameters for {symbol} with charge {given[symbol]:+d} and "
                    f"O; known charges are {', '.join(f'{s:+d}' for s in table) or 'none'}"
                )
            table = {given[symbol]: table[given[symbol]]}
        if not table:
            continue
        bonded = np.zeros(len(numbers), dtype=bool)
        bonded[bonds.first.take(rows)] = True
        cations = np.count_nonzero(bonded)
        distances = bonds.distances[rows]
        trials = {state: np.exp((r0 - distances) / b) for state, (r0, b) in table.items()}
        states[symbol] = min(trials, key=lambda state: abs(trials[state].sum() / cations - state))
        valences[rows] = trials[states[symbol]]
        back = from_oxygen[second.take(from_oxygen) == number]
        r0, b = table[states[symbol]]
        valences[back] = np.exp((r0 - bonds.distances[back]) / b)
    return valences, states
