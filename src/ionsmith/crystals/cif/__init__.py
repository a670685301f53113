"""Reading CIFs, ordered and disordered alike, into crystals.

:func:`read_cif` reads every CIF. The statements of a file must agree: operations, symbols, number
and cell (:mod:`ionsmith.lattice.settings`), sites and occupancies, composition and formula. A file
whose statements contradict each other is refused with one line; what had to be assumed, left out or
corrected within rounding is given as a :class:`CifNote`. The library reads its records by
:func:`read_record`.
"""

from ionsmith.crystals.cif._file import number, read_blocks, text
from ionsmith.crystals.cif._reader import CifNote, parse_cif, read_cif, read_record
from ionsmith.crystals.cif._species import parse_species, species_of_label

__all__ = [
    "CifNote",
    "number",
    "parse_cif",
    "parse_species",
    "read_blocks",
    "read_cif",
    "read_record",
    "species_of_label",
    "text",
]
