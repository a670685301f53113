"""What diffracts: atoms with occupancies and displacement parameters in a lattice.

It is what a library crystal, disordered or not, and an ordered structure have in common, and all
that powder patterns and spot patterns are computed from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.contacts import check_numbers
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_disordered_cif, read_structure
from ionsmith.crystals.library import LIBRARY_PREFIX
from ionsmith.errors import DisorderedStructure, InvalidInput, InvalidStructure
from ionsmith.lattice.cell_vectors import one_of_each
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

EXACT = 1e-4
"""Distance in Å within which atoms count as equivalent here: symmetry is to save work, not to
idealise a structure, and 1e-4 Å changes no intensity that could be measured."""

MAX_SYMMETRY_ATOMS = 1500
"""Larger structures are not searched for symmetry, which would take longer than it saves."""

_DIGITS = 6  # of coordinates that tell two positions apart

DEFAULT_U = 0.0
"""Displacement parameter in Å² where neither the publication nor the user gives one."""


@dataclass(frozen=True, eq=False)
class Scatterers:
    """Atoms of one cell, one row for each species of a position.

    Parameters
    ----------
    name
        What the crystal is called in results.
    lattice
        The lattice.
    symmetry
        Its space group in the axes of the lattice; None where it was not looked for.
    positions
        Fractional coordinates, shape (n, 3).
    elements
        Element symbols, in order of appearance.
    element_index
        Which of them each row is, shape (n,).
    occupancy
        How much of it is there, 0 to 1, shape (n,).
    u_iso
        Isotropic mean square displacements in Å², shape (n,).
    """

    name: str
    lattice: Lattice
    symmetry: Symmetry | None
    positions: NDArray[np.float64]
    elements: tuple[str, ...]
    element_index: NDArray[np.int64]
    occupancy: NDArray[np.float64]
    u_iso: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.positions)
        if n == 0:
            raise InvalidStructure(f"{self.name}: there is nothing that scatters")
        if not all(len(x) == n for x in (self.element_index, self.occupancy, self.u_iso)):
            raise InvalidStructure(f"{self.name}: the arrays of the atoms differ in length")

    @classmethod
    def of_crystal(cls, crystal: Crystal, u_iso: Mapping[str, float] | None = None) -> Self:
        """Take a library crystal, with its partial occupancies, in the published setting.

        Parameters
        ----------
        crystal
            The crystal.
        u_iso
            Mean square displacement in Å² by element symbol; it replaces the published ones.

        Raises
        ------
        NoCoordinates
            If only the cell is published.
        InvalidInput
            For an element that the crystal does not have, or a negative displacement.
        """
        expanded = crystal.expand()
        species = [
            (index, element, occupancy, site.u_iso)
            for index, site in enumerate(crystal.sites)
            for element, occupancy in site.occupancy.items()
        ]
        members = [np.flatnonzero(expanded.site_index == index) for index, *_ in species]
        counts = [len(member) for member in members]
        symbols = np.repeat([element for _, element, _, _ in species], counts)
        published = [DEFAULT_U if u is None else u for *_, u in species]
        lattice = crystal.lattice
        return cls._of_rows(
            crystal.name,
            lattice.lattice,
            lattice.symmetry,
            expanded.positions[np.concatenate(members)],
            symbols,
            np.repeat([occupancy for _, _, occupancy, _ in species], counts),
            np.repeat(published, counts),
            u_iso,
        )

    @classmethod
    def of_atoms(
        cls,
        atoms: Atoms,
        name: str = "structure",
        u_iso: Mapping[str, float] | None = None,
        symprec: float = EXACT,
    ) -> Self:
        """Take an ordered structure.

        Parameters
        ----------
        atoms
            A structure that is periodic in three dimensions.
        name
            What it is called in results.
        u_iso
            Mean square displacement in Å² by element symbol, zero for those left out.
        symprec
            Distance in Å within which atoms count as equivalent. Symmetry is looked for in
            structures of up to :data:`MAX_SYMMETRY_ATOMS` atoms.

        Raises
        ------
        InvalidStructure
            If the structure is empty, not periodic or not finite.
        InvalidInput
            For an element that the structure does not have, or a negative displacement.
        """
        check_numbers(atoms)
        if not all(atoms.pbc):
            raise InvalidStructure(
                f"{name}: not periodic in all three directions; diffraction is computed for a "
                "crystal, put the model into a periodic cell"
            )
        small = len(atoms) <= MAX_SYMMETRY_ATOMS
        return cls._of_rows(
            name,
            Lattice(atoms.cell.array),
            symmetry_of(atoms, symprec) if small else None,
            atoms.get_scaled_positions(),
            np.array(atoms.get_chemical_symbols()),
            np.ones(len(atoms)),
            np.full(len(atoms), DEFAULT_U),
            u_iso,
        )

    @classmethod
    def _of_rows(
        cls,
        name: str,
        lattice: Lattice,
        symmetry: Symmetry | None,
        positions: NDArray[np.float64],
        symbols: NDArray[np.str_],
        occupancy: NDArray[np.float64],
        published: NDArray[np.float64],
        u_iso: Mapping[str, float] | None,
    ) -> Self:
        elements = tuple(dict.fromkeys(symbols.tolist()))
        number = {element: index for index, element in enumerate(elements)}
        index = np.array([number[symbol] for symbol in symbols.tolist()], dtype=np.int64)
        found = cls(name, lattice, symmetry, positions, elements, index, occupancy, published)
        return found.with_u_iso(u_iso or {})

    def with_u_iso(self, u_iso: Mapping[str, float]) -> Self:
        """Copy with other mean square displacements of some elements.

        Parameters
        ----------
        u_iso
            In Å² by element symbol.

        Raises
        ------
        InvalidInput
            For an element that is not there, or a negative displacement.
        """
        displacement = np.array(self.u_iso, dtype=float)
        for element, value in u_iso.items():
            if element not in self.elements:
                raise InvalidInput(
                    f"{self.name} has no {element!r}: it holds {', '.join(self.elements)}; give a "
                    "displacement for one of them"
                )
            if not 0 <= value < np.inf:
                raise InvalidInput(
                    f"the mean square displacement of {element} is 0 or more Å², not {value:g}"
                )
            displacement[self.element_index == self.elements.index(element)] = value
        return replace(self, u_iso=displacement)

    @cached_property
    def kinds(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """Rows that scatter alike: element and displacement of each kind, and the kind of each row.

        Returns
        -------
        element_index, u_iso
            Of each kind, shape (k,).
        kind
            Of each row, shape (n,).
        """
        keys = np.stack([self.element_index.astype(float), self.u_iso], axis=1)
        found, kind = np.unique(keys, axis=0, return_inverse=True)
        return found[:, 0].astype(np.int64), found[:, 1], kind.reshape(-1)

    @cached_property
    def primitive_rows(self) -> NDArray[np.int64]:
        """One row of each set that centring translations repeat, sorted; all without symmetry."""
        if self.symmetry is None or len(self.symmetry.centrings) == 1:
            return np.arange(len(self.positions))
        # Species that share a position are rows of one place.
        places, place = np.unique(
            np.round(self.positions, _DIGITS) % 1.0, axis=0, return_inverse=True
        )
        alike = np.zeros(len(places))
        first = one_of_each(places, alike, self.symmetry, self.lattice.cell)
        chosen = np.zeros(len(places), dtype=bool)
        chosen[first] = True
        return np.flatnonzero(chosen[place.reshape(-1)])

    @property
    def composition(self) -> dict[str, float]:
        """Atoms of each element in the cell."""
        amounts = np.bincount(self.element_index, self.occupancy, len(self.elements))
        return dict(zip(self.elements, amounts.tolist(), strict=True))


def read_scatterers(
    source: str, u_iso: Mapping[str, float] | None = None, symprec: float = EXACT
) -> Scatterers:
    """Read what diffracts.

    Parameters
    ----------
    source
        ``lib:NAME`` for a crystal of the library, ``-`` or a path to a structure. A CIF may have
        partial occupancies; its symmetry is then taken at its word.
    u_iso
        Mean square displacement in Å² by element symbol; it replaces the published ones.
    symprec
        Distance in Å within which atoms of a file count as equivalent.

    Raises
    ------
    UnknownPhase, UnreadableFile, InvalidStructure, NoCoordinates, InvalidInput
        As :meth:`Scatterers.of_crystal`, :meth:`Scatterers.of_atoms` and
        :func:`ionsmith.crystals.files.read_structure` do.
    """
    if source.startswith(LIBRARY_PREFIX):
        return Scatterers.of_crystal(load(source.removeprefix(LIBRARY_PREFIX)), u_iso)
    try:
        return Scatterers.of_atoms(read_structure(source), source, u_iso, symprec)
    except DisorderedStructure:
        if Path(source).suffix.lower() != ".cif":
            raise
    return _read_cif(source, u_iso)


def _read_cif(source: str, u_iso: Mapping[str, float] | None) -> Scatterers:
    """Atoms of a CIF with partial occupancies."""
    crystal = read_lattice(source)
    sites = read_disordered_cif(source).get_all_unit_cell_sites()
    symbols = [str(site.element.name) for site in sites]
    strange = [
        site.label
        for site, symbol in zip(sites, symbols, strict=True)
        if symbol not in atomic_numbers or symbol == "X"
    ]
    if strange:
        raise InvalidStructure(f"{source}: {strange[0]!r} is no atom of a known element")
    return Scatterers._of_rows(
        source,
        crystal.lattice,
        crystal.symmetry,
        np.array([site.fract.tolist() for site in sites]).reshape(-1, 3) % 1.0,
        np.array(symbols),
        np.array([site.occ for site in sites]),
        np.array([max(site.u_iso, DEFAULT_U) for site in sites]),
        u_iso,
    )
