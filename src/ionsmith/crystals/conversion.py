"""Convert anything that is a crystal to the form that a function needs.

* An ordered structure: :func:`ionsmith.crystals.files.read_structure` gives :class:`ase.Atoms`.
* A crystal that may have partly occupied sites: :func:`read_phase` gives a
  :class:`~ionsmith.crystals.Crystal`, or :class:`ase.Atoms` if it is ordered.
* A published crystal: :func:`read_published` gives a :class:`~ionsmith.crystals.Crystal`.
* Cell and space group, for planes and orientations: :func:`read_lattice`.
"""

from pathlib import Path

import gemmi
from ase import Atoms

from ionsmith.crystals import Crystal, load
from ionsmith.crystals.files import (
    CrystalLike,
    in_memory,
    name_of,
    read_disordered_cif,
    read_structure,
)
from ionsmith.errors import DisorderedStructure, InvalidInput, UnreadableFile
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.symmetry import SYMPREC, operation_arrays, symmetry_from


def read_phase(source: CrystalLike) -> Crystal | Atoms:
    """Read a crystal, from the library with its partial occupancies, from a file ordered.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`ionsmith.crystals.files.CrystalLike`).

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    """
    crystal = in_memory(source)
    if isinstance(crystal, Crystal | Atoms):
        return crystal
    atoms = read_structure(crystal)
    atoms.info["name"] = name_of(crystal)
    return atoms


def read_published(source: CrystalLike) -> Crystal:
    """Read a published crystal, with its partial occupancies.

    Parameters
    ----------
    source
        A :class:`~ionsmith.crystals.Crystal` or a name of the library.

    Raises
    ------
    UnknownPhase
        If the library has no crystal of the name.
    InvalidInput
        If it is another structure: its atoms have no published sites.
    """
    crystal = in_memory(source)
    if isinstance(crystal, Crystal):
        return crystal
    if isinstance(crystal, str):
        return load(crystal)
    raise InvalidInput(
        f"{name_of(crystal)}: a crystal of the library was expected, such as 'lib:nvp'; this "
        "structure is ordered"
    )


def read_lattice(source: CrystalLike | CrystalLattice, symprec: float = SYMPREC) -> CrystalLattice:
    """Read cell and space group of a crystal, which may be disordered.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`ionsmith.crystals.files.CrystalLike`): of the library,
        in its published setting; of a file, in the axes of the file. The symmetry is determined
        from the atoms; for a CIF with partial occupancies it is that stated in the file.
    symprec
        Distance in Å between atoms that count as equivalent.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.

    Examples
    --------
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> nvp = read_lattice("lib:nvp")
    >>> nvp.space_group, round(float(nvp.lattice.d_spacing((2, -1, 0))), 4)
    ('R-3c (no. 167, published)', 4.3644)
    """
    if isinstance(source, CrystalLattice):
        return source
    crystal = in_memory(source)
    if isinstance(crystal, Crystal):
        return crystal.lattice
    name = crystal if isinstance(crystal, str) else name_of(crystal)
    try:
        return CrystalLattice.of_atoms(read_structure(crystal), name, symprec)
    except DisorderedStructure:
        if not isinstance(crystal, str) or Path(crystal).suffix.lower() != ".cif":
            raise
    return _read_cif(crystal)


def _read_cif(source: str) -> CrystalLattice:
    """Cell and symmetry operations stated in a CIF with partial occupancies."""
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
