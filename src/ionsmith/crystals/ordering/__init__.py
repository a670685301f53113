"""From partial occupancy to ordered structures.

A disordered crystal tells how often a species is found on a site; in a structure it is there or
not. :func:`order` puts whole numbers of atoms on the disordered sites of a supercell, by the
electrostatic energy of their formal charges, at random, or as a special quasi-random structure, and
never two atoms too close together: below the limit of
:func:`ionsmith.bonding.checks.check_contacts` they exclude each other, which takes care of split
sites and of sites between two others (mid-Na in NASICON). In a small cell all arrangements that
differ by symmetry are compared; in a larger one a seeded Monte Carlo search looks for low energies.
The energies are those of unscreened point charges: they rank arrangements and are not formation
energies.

A published occupancy is a rounded number. A supercell with N positions of a site holds it exactly
if some whole number n of atoms has n/N within half a unit of the last published digit; at least
three digits are assumed, since trailing zeros are lost in a number (0.5 is 0.500). So 0.6667 on six
positions is four atoms, while 0.805 on six positions (4.83) is not possible.
:func:`holding_supercells` finds supercells that hold a composition exactly, :func:`neutral_counts`
the nearest neutral one, and :func:`choose_supercell` a cell for a crystal of which nothing is
asked.
"""

from ionsmith.crystals.ordering._neutral_counts import neutral_counts
from ionsmith.crystals.ordering._ordering import order
from ionsmith.crystals.ordering._result import Ordering, OrderingMethod, OrderingResult
from ionsmith.crystals.ordering._supercell import choose_supercell, with_usual_charges
from ionsmith.crystals.ordering._target import holding_supercells

__all__ = [
    "Ordering",
    "OrderingMethod",
    "OrderingResult",
    "choose_supercell",
    "holding_supercells",
    "neutral_counts",
    "order",
    "with_usual_charges",
]
