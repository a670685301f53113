"""Large supercells: their spots are those of the unit cell, in the axes of the file."""

from dataclasses import replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Scatterers
from ionsmith.analyzers.scattering._scatterers import MAX_SYMMETRY_ATOMS
from ionsmith.analyzers.spots._result import SpotPattern
from ionsmith.crystals import Crystal
from ionsmith.crystals.crystal import FROM_FILE
from ionsmith.crystals.displacements import displacements_of
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike, as_indices
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.translations import repeating_cell
from ionsmith.lattice.unit_cell import UnitCell, unit_cell
from ionsmith.lattice.zone import Zone


def repeated(
    read: Crystal | Atoms, name: str, symprec: float, *, displacements: bool
) -> tuple[Scatterers, UnitCell] | None:
    """Find the unit cell that a structure of very many atoms repeats.

    Parameters
    ----------
    read
        The structure; displacements of its own must be equal for all atoms of an element.
    name
        Its name in results.
    symprec
        Distance in Å between atoms that count as equivalent.
    displacements
        Whether displacement parameters are used.

    Returns
    -------
    scatterers
        The atoms of the unit cell.
    unit
        The unit cell.

        None instead of both if the structure is small, or repeats nothing.
    """
    if isinstance(read, Crystal):
        if read.data_class != FROM_FILE or not read.is_ordered:
            return None
        read = read.to_atoms()
    if len(read) <= MAX_SYMMETRY_ATOMS or not all(read.pbc):
        return None
    u_iso, u_aniso = displacements_of(read)
    uniform: dict[str, float] = {}
    for symbol in dict.fromkeys(read.get_chemical_symbols()) if displacements else ():
        own = u_iso[read.symbols == symbol]
        if np.isfinite(own).any():
            if not np.ptp(own) < 1e-9:
                return None
            uniform[symbol] = float(own[0])
    if displacements and u_aniso is not None and np.isfinite(u_aniso).any():
        return None
    if repeating_cell(read, symprec) is None:
        return None
    try:
        unit = unit_cell(CrystalLattice.of_atoms(read, name, symprec))
    except InvalidStructure:
        return None
    contents = None if unit.is_own else unit.lattice.contents
    places, symbols = (contents and contents()) or (None, None)
    if places is None or symbols is None:
        return None
    cell = unit.lattice.lattice.cell
    atoms = Atoms(symbols.tolist(), scaled_positions=places, cell=cell, pbc=True)
    scatterers = Scatterers.of_read(atoms, name, symprec, displacements=displacements)
    return scatterers.with_u_iso(uniform) if uniform else scatterers, unit


def zone_of_unit(unit: UnitCell, along: IndicesLike) -> Zone:
    """The beam along a direction or normal of the file, in the unit cell."""
    asked = as_indices(along, Direction)
    if isinstance(asked, Plane):
        return Zone.of(unit.lattice, unit.plane(asked))
    copies = len(unit.crystal.symmetry.centrings)
    vector = np.array(asked.indices) @ np.linalg.inv(unit.rows) * copies
    whole = np.rint(vector).astype(np.int64)
    return Zone.of(unit.lattice, Direction(triple(whole // np.gcd.reduce(whole))))


def in_file(pattern: SpotPattern, unit: UnitCell, zone: Zone) -> SpotPattern:
    """A pattern of the unit cell with the indices of the file."""
    hkl: NDArray[np.int64] = np.rint(pattern.hkl @ np.linalg.inv(unit.rows).T).astype(np.int64)
    return replace(pattern, phase=unit.crystal, hkl=hkl, zone=zone, unit=unit)
