"""Reading CIFs, ordered and disordered alike, into crystals.

:func:`read_cif` reads every CIF. The statements of a file must agree: operations, symbols, number
and cell (:mod:`ionsmith.lattice.settings`), sites and occupancies, composition and formula. A file
whose statements contradict each other is refused with one line; what had to be assumed, left out or
corrected within rounding is given as a :class:`CifNote`.
"""

from ionsmith.crystals.cif._reader import CifNote, parse_cif, read_cif
from ionsmith.crystals.cif._species import parse_species, species_of_label

__all__ = ["CifNote", "parse_cif", "parse_species", "read_cif", "species_of_label"]
