"""Reading and writing structures, and the files of DFT codes.

* What is taken for a crystal (:data:`CrystalLike`), and :func:`read_structure`, which makes
  :class:`ase.Atoms` of it.
* :func:`write_structure`: checked, whole or not at all, never over a file unless told so.
* What a code left in a folder that was exported: :func:`read_record`, :func:`restored`.
"""

from ionsmith.crystals.files._checkpoint import Checkpoint
from ionsmith.crystals.files._code_outputs import (
    MANIFEST,
    PER_ATOM,
    STRUCTURE,
    read_record,
    restored,
)
from ionsmith.crystals.files._reading import read_disordered_cif, read_structure
from ionsmith.crystals.files._source import CrystalLike, in_memory, name_of
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
    "STRUCTURE",
    "Checkpoint",
    "CrystalLike",
    "check_output",
    "check_target",
    "in_memory",
    "name_of",
    "read_disordered_cif",
    "read_record",
    "read_structure",
    "restored",
    "structure_format",
    "write_structure",
    "write_text",
    "write_whole",
]
