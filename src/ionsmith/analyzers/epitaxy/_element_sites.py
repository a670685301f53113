"""Where a crystal has an element: the sites of one species, filled or not."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.periodic_sites import PeriodicSites
from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_disordered_cif, read_structure
from ionsmith.crystals.library import LIBRARY_PREFIX
from ionsmith.crystals.sites import FULL
from ionsmith.errors import DisorderedStructure, InvalidInput
from ionsmith.lattice.cell_vectors import one_of_each, primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice


@dataclass(frozen=True, eq=False)
class ElementSites:
    """The sites of one element in a crystal.

    Parameters
    ----------
    crystal
        Cell and space group.
    element
        The element.
    positions
        Fractional coordinates in the cell, shape (n, 3).
    occupancy
        Part of each site that the element takes, shape (n,).
    """

    crystal: CrystalLattice
    element: str
    positions: NDArray[np.float64]
    occupancy: NDArray[np.float64]

    @cached_property
    def periodic(self) -> PeriodicSites:
        """The same sites in the reduced primitive cell, in the crystal's Cartesian frame."""
        symmetry, cell = self.crystal.symmetry, self.crystal.lattice.cell
        kinds = np.round(self.occupancy, 3)
        which = one_of_each(self.positions, kinds, symmetry, cell)
        return PeriodicSites(primitive_vectors(symmetry, cell) @ cell, self.positions[which] @ cell)

    @property
    def note(self) -> str | None:
        """What is to be said where the element does not fill its sites."""
        if (self.occupancy >= FULL).all():
            return None
        low, high = self.occupancy.min(), self.occupancy.max()
        share = f"{low:.0%}" if high - low < 0.005 else f"{low:.0%} to {high:.0%}"
        return (
            f"{self.element} takes {share} of its sites in {self.crystal.name}; "
            "all of them count, filled or not"
        )


def read_element_sites(source: str, element: str) -> ElementSites:
    """Read where a crystal has an element.

    Parameters
    ----------
    source
        As :func:`ionsmith.crystals.conversion.read_lattice` takes it.
    element
        Symbol of the element.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice` does.
    NoCoordinates
        For a library crystal of which only the cell is published.
    InvalidInput
        If the crystal does not hold the element.
    """
    crystal, positions, contents = _read(source)
    occupancy = np.array([site.get(element, 0.0) for site in contents])
    kept = occupancy > 0
    if not kept.any():
        known = sorted({symbol for site in contents for symbol in site})
        raise InvalidInput(
            f"{crystal.name} has no {element!r}: it holds {', '.join(known)}; name one of them"
        )
    return ElementSites(crystal, element, positions[kept], occupancy[kept])


def _read(
    source: str,
) -> tuple[CrystalLattice, NDArray[np.float64], list[dict[str, float]]]:
    """Lattice, fractional coordinates, and the occupancies of each position."""
    if source.startswith(LIBRARY_PREFIX):
        crystal = load(source.removeprefix(LIBRARY_PREFIX))
        expanded = crystal.expand()
        contents = [crystal.sites[number].occupancy for number in expanded.site_index]
        return crystal.lattice, expanded.positions, contents
    try:
        atoms = read_structure(source)
    except DisorderedStructure:
        if Path(source).suffix.lower() != ".cif":
            raise
    else:
        lattice = CrystalLattice.of_atoms(atoms, source)
        return lattice, atoms.get_scaled_positions(), [{symbol: 1.0} for symbol in atoms.symbols]
    sites = read_disordered_cif(source).get_all_unit_cell_sites()
    positions = np.array([site.fract.tolist() for site in sites], dtype=float)
    return read_lattice(source), positions, [{site.element.name: site.occ} for site in sites]
