"""Convert anything that is a crystal to the form that a function needs.

* An ordered structure: :func:`ionsmith.crystals.files.read_structure` gives :class:`ase.Atoms`.
* A crystal that may have partly occupied sites: :func:`read_phase` gives a
  :class:`~ionsmith.crystals.Crystal`, or :class:`ase.Atoms` if it is ordered.
* A published crystal: :func:`read_published` gives a :class:`~ionsmith.crystals.Crystal`.
* Cell and space group, for planes and orientations: :func:`read_lattice`.
"""

from pathlib import Path

from ase import Atoms

from ionsmith.crystals import Crystal, load
from ionsmith.crystals.crystal import FROM_FILE
from ionsmith.crystals.files import (
    CrystalLike,
    name_of,
    read_crystal,
    read_structure,
)
from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.symmetry import SYMPREC


def read_phase(source: CrystalLike) -> Crystal | Atoms:
    """Read a crystal, with partial occupancies if there are any.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`ionsmith.crystals.files.CrystalLike`).

    Returns
    -------
    Crystal or ase.Atoms
        A crystal of the library, or of a CIF with partial occupancies; else atoms, with the name of
        the file in ``info["name"]``.

    Raises
    ------
    UnknownPhase, UnreadableFile, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    """
    crystal = read_crystal(source)
    if isinstance(crystal, Crystal) and (crystal.data_class != FROM_FILE or not crystal.is_ordered):
        return crystal
    if isinstance(source, Atoms):
        return source
    atoms = read_structure(crystal)
    atoms.info["name"] = name_of(source)
    return atoms


def read_published(source: CrystalLike) -> Crystal:
    """Read a crystal with its sites and their occupancies.

    Parameters
    ----------
    source
        A :class:`~ionsmith.crystals.Crystal`, a name of the library, a CIF, or a pymatgen structure
        with partial occupancies.

    Raises
    ------
    UnknownPhase
        If the library has no crystal of the name.
    UnreadableFile
        If a file cannot be read.
    InvalidInput
        If it is ordered atoms, which have no sites to order.
    """
    if isinstance(source, str) and source != "-" and not Path(source).exists():
        file = source.rpartition("#")[0] or source
        if not Path(file).suffix:
            return load(source)  # or an error that names similar crystals
    crystal = read_crystal(source)
    if isinstance(crystal, Crystal):
        return crystal
    raise InvalidInput(
        f"{name_of(source)}: this structure is ordered; a crystal with sites was expected, such as "
        "'lib:nvp' or a CIF"
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
    phase = read_phase(source)
    if isinstance(phase, Crystal):
        return phase.lattice
    return CrystalLattice.of_atoms(phase, name_of(source), symprec)
