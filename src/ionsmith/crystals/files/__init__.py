"""Reading and writing structures, and the files of DFT codes.

* :data:`CrystalLike` is anything that counts as a crystal; :func:`read_structure` turns it into
  :class:`ase.Atoms`.
* :func:`write_structure` checks a structure and writes it, whole or not at all, and never over an
  existing file unless forced.
* :func:`read_record` and :func:`restored` read what a code left in an exported folder.
"""

from ionsmith.crystals.files._as_asked import check_as_asked
from ionsmith.crystals.files._checkpoint import Checkpoint
from ionsmith.crystals.files._code_outputs import (
    MANIFEST,
    PER_ATOM,
    STARTS,
    STRUCTURE,
    read_record,
    restored,
)
from ionsmith.crystals.files._reading import read_crystal, read_structure
from ionsmith.crystals.files._source import CrystalLike, as_list, in_memory, name_of, names_of
from ionsmith.crystals.files._temporary import temporary_beside
from ionsmith.crystals.files._writing import (
    check_output,
    check_target,
    structure_format,
    write_structure,
    write_text,
    write_whole,
)

__all__ = [
    "MANIFEST",
    "PER_ATOM",
    "STARTS",
    "STRUCTURE",
    "Checkpoint",
    "CrystalLike",
    "as_list",
    "check_as_asked",
    "check_output",
    "check_target",
    "in_memory",
    "name_of",
    "names_of",
    "read_crystal",
    "read_record",
    "read_structure",
    "restored",
    "structure_format",
    "temporary_beside",
    "write_structure",
    "write_text",
    "write_whole",
]
