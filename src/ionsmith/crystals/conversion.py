"""Anything that is a crystal, as the three things that functions work on.

* An ordered structure: :func:`ionsmith.crystals.files.read_structure` gives :class:`ase.Atoms`.
* A crystal, partly occupied sites included: :func:`read_phase` gives a
  :class:`~ionsmith.crystals.Crystal` where it is one, else :class:`ase.Atoms`.
* Cell and space group, all that planes and orientations need: :func:`read_lattice`.
"""

from pathlib import Path

import gemmi
from ase import Atoms

from ionsmith.crystals import Crystal
from ionsmith.crystals.files import (
    CrystalLike,
    in_memory,
    name_of,
    read_disordered_cif,
    read_structure,
)
from ionsmith.errors import DisorderedStructure, UnreadableFile
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.symmetry import SYMPREC, operation_arrays, symmetry_from


def read_phase(source: CrystalLike) -> Crystal | Atoms:
    """Read a crystal: with its partial occupancies from the library, ordered from a file.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`ionsmith.crystals.files.CrystalLike`).

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure` does.
    """
    found = in_memory(source)
    if isinstance(found, Crystal | Atoms):
        return found
    atoms = read_structure(found)
    atoms.info["name"] = name_of(found)
    return atoms


def read_lattice(source: CrystalLike | CrystalLattice, symprec: float = SYMPREC) -> CrystalLattice:
    """Read cell and space group of a crystal; partial occupancies do not matter.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`ionsmith.crystals.files.CrystalLike`): of the library,
        in its published setting; of a file, in the axes of the file. The symmetry of a structure is
        searched for; a CIF with partial occupancies is taken at its word.
    symprec
        Distance in Å between atoms that count as equivalent.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure` does.

    Examples
    --------
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> nvp = read_lattice("lib:nvp")
    >>> nvp.space_group, round(float(nvp.lattice.d_spacing((2, -1, 0))), 4)
    ('R-3c (no. 167, published)', 4.3644)
    """
    if isinstance(source, CrystalLattice):
        return source
    found = in_memory(source)
    if isinstance(found, Crystal):
        return found.lattice
    name = found if isinstance(found, str) else name_of(found)
    try:
        return CrystalLattice.of_atoms(read_structure(found), name, symprec)
    except DisorderedStructure:
        if not isinstance(found, str) or Path(found).suffix.lower() != ".cif":
            raise
    return _read_cif(found)


def _read_cif(source: str) -> CrystalLattice:
    """Cell and symmetry operations that a CIF states, for one that no structure can hold."""
    block = read_disordered_cif(source)
    try:
        stated = [gemmi.Op(text) for text in block.symops]
    except (RuntimeError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{source}: a symmetry operation is garbled ({error})") from error
    if not stated and block.spacegroup is not None:
        stated = list(block.spacegroup.operations())
    if not stated:
        raise UnreadableFile(f"{source}: states neither symmetry operations nor a space group")
    lattice = Lattice.from_cellpar(block.cell.parameters)
    symmetry = symmetry_from(*operation_arrays(stated), lattice.cell)
    return CrystalLattice(source, lattice, symmetry, "stated in the file")
