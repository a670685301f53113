"""Sites of one element in a crystal, fully occupied or not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.distances import PeriodicSites
from ionsmith.crystals import Crystal
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.sites import FULL
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import one_of_each, primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.symmetry import SYMPREC


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
        Occupancy of each site by the element, shape (n,).
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
        """Remark on sites that the element does not fully occupy."""
        if (self.occupancy >= FULL).all():
            return None
        low, high = self.occupancy.min(), self.occupancy.max()
        share = f"{low:.0%}" if high - low < 0.005 else f"{low:.0%} to {high:.0%}"
        return (
            f"{self.element} occupies {share} of its sites in {self.crystal.name}; "
            "all sites are counted, occupied or not"
        )


def read_element_sites(
    source: CrystalLike | ElementSites, element: str, symprec: float = SYMPREC
) -> ElementSites:
    """Find the sites of an element in a crystal, which may have partial occupancies.

    Raises
    ------
    NoCoordinates
        For a library crystal of which only the cell is published.
    InvalidInput
        If the crystal does not contain the element.
    """
    if isinstance(source, ElementSites):
        return source
    crystal, positions, contents = _read(source, symprec)
    occupancy = np.array([site.get(element, 0.0) for site in contents])
    occupied = occupancy > 0
    if not occupied.any():
        known = sorted({symbol for site in contents for symbol in site})
        raise InvalidInput(f"{crystal.name} contains no {element!r}, only {', '.join(known)}")
    return ElementSites(crystal, element, positions[occupied], occupancy[occupied])


def _read(
    source: CrystalLike, symprec: float
) -> tuple[CrystalLattice, NDArray[np.float64], list[dict[str, float]]]:
    """Lattice, fractional coordinates, and the occupancies of each position."""
    phase = read_phase(source)
    if isinstance(phase, Crystal):
        expanded = phase.expand()
        contents = [phase.sites[number].occupancy for number in expanded.site_index]
        return phase.lattice, expanded.positions, contents
    contents = [{symbol: 1.0} for symbol in phase.symbols]
    return read_lattice(phase, symprec), phase.get_scaled_positions(), contents
