"""Reading cell and space group of a crystal, all that planes and orientations need.

Partial occupancies do not matter here, nor whether coordinates are known at all.
"""

from pathlib import Path

import numpy as np
from ase import Atoms

from ionsmith.crystals import Crystal, load
from ionsmith.errors import DisorderedStructure, UnreadableFile
from ionsmith.files import LIBRARY_PREFIX, read_disordered_cif, read_structure
from ionsmith.geometry.crystal_lattice import CrystalLattice
from ionsmith.geometry.metric import Lattice
from ionsmith.geometry.symmetry import SYMPREC, symmetry_from


def read_phase(source: str) -> Crystal | Atoms:
    """Read a crystal: disorder and all from the library, ordered from a file.

    Parameters
    ----------
    source
        ``lib:NAME``, ``-``, or a path, as :func:`ionsmith.files.read_structure` takes it.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.files.read_structure` does.
    """
    if source.startswith(LIBRARY_PREFIX):
        return load(source.removeprefix(LIBRARY_PREFIX))
    atoms = read_structure(source)
    atoms.info["name"] = "standard input" if source == "-" else Path(source).stem
    return atoms


def lattice_of_phase(phase: Crystal | Atoms) -> CrystalLattice:
    """Take cell and space group of a library crystal as published, of a structure by moyo."""
    if isinstance(phase, Crystal):
        return phase.lattice
    return CrystalLattice.of_atoms(phase, str(phase.info.get("name", "structure")))


def read_lattice(source: str, symprec: float = SYMPREC) -> CrystalLattice:
    """Read cell and space group of a crystal.

    Parameters
    ----------
    source
        ``lib:NAME`` for a crystal of the library, in its published setting; ``-`` or a path to a
        structure, in the axes of the file. The symmetry of a file is found by moyo, except that
        a CIF with partial occupancies is taken at its word.
    symprec
        Distance in Å between atoms that count as equivalent.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.files.read_structure` does.

    Examples
    --------
    >>> from ionsmith.lattices import read_lattice
    >>> nvp = read_lattice("lib:nvp")
    >>> nvp.space_group, round(float(nvp.lattice.d_spacing((2, -1, 0))), 4)
    ('R-3c (no. 167, published)', 4.3644)
    """
    if source.startswith(LIBRARY_PREFIX):
        return load(source.removeprefix(LIBRARY_PREFIX)).lattice
    try:
        return CrystalLattice.of_atoms(read_structure(source), source, symprec)
    except DisorderedStructure:
        if Path(source).suffix.lower() != ".cif":
            raise
    return _read_cif(source)


def _read_cif(source: str) -> CrystalLattice:
    """Cell and symmetry operations that a CIF states, for one that no structure can hold."""
    import gemmi

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
    rotations = np.array([operation.rot for operation in stated]) // gemmi.Op.DEN
    translations = np.array([operation.tran for operation in stated]) / gemmi.Op.DEN
    symmetry = symmetry_from(rotations, translations, lattice.cell)
    return CrystalLattice(source, lattice, symmetry, "stated in the file")
