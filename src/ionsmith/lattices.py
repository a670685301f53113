"""Cell and space group of a crystal, all that lattice planes and orientations need.

Partial occupancies do not matter here, nor whether coordinates are known at all.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from ionsmith.crystals import Crystal, load
from ionsmith.errors import DisorderedStructure, UnreadableFile
from ionsmith.files import LIBRARY_PREFIX, read_structure
from ionsmith.geometry.metric import Lattice
from ionsmith.geometry.symmetry import SYMPREC, Symmetry, symmetry_from, symmetry_of


@dataclass(frozen=True, eq=False)
class CrystalLattice:
    """A lattice with its space group, in one setting.

    Parameters
    ----------
    name
        What the crystal is called in results.
    lattice
        The lattice.
    symmetry
        The operations of the space group, in the axes of the lattice.
    symmetry_source
        Where the operations come from.
    """

    name: str
    lattice: Lattice
    symmetry: Symmetry
    symmetry_source: str

    @classmethod
    def of_crystal(cls, crystal: Crystal) -> "CrystalLattice":
        """Take cell and space group of a library crystal, ordered or not, in its own setting."""
        rotations, translations = crystal.operations()
        symmetry = Symmetry(
            rotations, translations, crystal.spacegroup_number, crystal.spacegroup_symbol
        )
        return cls(crystal.name, Lattice.from_cellpar(crystal.cellpar), symmetry, "published")

    @classmethod
    def of_atoms(
        cls, atoms: Atoms, name: str = "structure", symprec: float = SYMPREC
    ) -> "CrystalLattice":
        """Take the cell of a structure and let spglib find its space group.

        Parameters
        ----------
        atoms
            An ordered structure, periodic in three dimensions.
        name
            What it is called in results.
        symprec
            Distance in Å between atoms that count as equivalent.

        Raises
        ------
        InvalidStructure
            If the cell has no volume, is not periodic, or spglib finds no symmetry.
        """
        lattice = Lattice(atoms.cell.array)
        symmetry = symmetry_of(atoms, symprec)
        return cls(name, lattice, symmetry, f"found by spglib within {symprec:g} Å")


def read_lattice(source: str, symprec: float = SYMPREC) -> CrystalLattice:
    """Read cell and space group of a crystal.

    Parameters
    ----------
    source
        ``lib:NAME`` for a crystal of the library, in its published setting; ``-`` or a path to a
        structure, in the axes of the file. The symmetry of a file is found by spglib, except that
        a CIF with partial occupancies is taken at its word.
    symprec
        Distance in Å between atoms that count as equivalent.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.files.read_structure` does.
    """
    if source.startswith(LIBRARY_PREFIX):
        return CrystalLattice.of_crystal(load(source.removeprefix(LIBRARY_PREFIX)))
    try:
        return CrystalLattice.of_atoms(read_structure(source), source, symprec)
    except DisorderedStructure:
        if Path(source).suffix.lower() != ".cif":
            raise
    return _read_cif(source)


def _read_cif(source: str) -> CrystalLattice:
    """Cell and symmetry operations that a CIF states, for one that no structure can hold."""
    import gemmi

    block = gemmi.read_small_structure(source)
    if not block.cell.is_crystal():
        raise UnreadableFile(f"{source}: the cell is missing or incomplete")
    try:
        stated = [gemmi.Op(text) for text in block.symops]
    except RuntimeError as error:
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
