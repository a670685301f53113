"""A published crystal: cell, sites with their occupancies, symmetry, citation and confidence.

Partial occupancy lives here and nowhere else: a :class:`Crystal` may have it, an
:class:`ase.Atoms` may not. Everything is in the published setting; the space group operations
come from the Hall symbol, which names setting and origin without ambiguity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import gemmi
import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from ase.geometry import cellpar_to_cell
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.elements import DALTON
from ionsmith.crystals.displacements import U_ANISO, U_CELL, U_ISO, site_tensors
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.moments import moments_of
from ionsmith.crystals.sites import (
    OXIDATION_STATES,
    ExpandedSites,
    Site,
    SiteColumns,
    refilled,
    site_copies,
)
from ionsmith.errors import (
    CompositionNotPossible,
    DisorderedStructure,
    InvalidInput,
    NoCoordinates,
)
from ionsmith.lattice.cell_vectors import one_of_each
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.symmetry import Symmetry

FROM_FILE = "file"
"""``data_class`` of a crystal read from a user's file."""


@dataclass(frozen=True)
class Crystal:
    """A published crystal, as held in the library.

    Parameters
    ----------
    name
        short name
    aliases
        other names
    title
        one line of description
    formula
        formula as chemists write it
    family
        family of phases, such as ``nasicon``
    space_group_number
        number of the space group (International Tables A)
    space_group_symbol
        short symbol of the space group
    hall_symbol
        Hall symbol, which fixes setting and origin
    setting
        the setting in words
    cellpar
        a, b, c in Å and α, β, γ in degrees
    formula_units
        formula units in the conventional cell, Z
    sites
        positions with their occupancies; empty where only the cell is published
    temperature
        temperature of the measurement, in K
    temperature_note
        remark on the temperature
    citation
        where the crystal was published
    doi
        DOI of the publication
    data_class
        ``experiment``, ``dft``, ``model``, or the origin of cell and coordinates, such as
        ``experimental-cell+dft-coordinates``
    confidence_cell, confidence_coordinates
        ``read`` in the publication or a data base entry of it; ``recalled``: quoted as known from
        the literature, and checked by bond lengths, density and symmetry; ``DFT``: relaxed, not
        measured; ``derived`` from another structure
    read_in
        where the numbers were read
    database
        data base entry of relaxed numbers
    density_reported
        density stated in the publication or data base entry, in g/cm³
    notes
        what a user must know
    corrections
        every change to what is printed in the original
    answers_to_formula
        whether the bare formula loads this crystal rather than another polymorph or refinement
    triplets
        operations such as ``-x,y+1/2,-z`` listed in a file; otherwise those of the Hall symbol hold
    reversals
        of magnetic files, -1 for each of these operations that reverses time, else 1
    """

    name: str
    title: str
    formula: str
    family: str
    space_group_number: int
    space_group_symbol: str
    hall_symbol: str
    setting: str
    cellpar: tuple[float, float, float, float, float, float]
    formula_units: int
    sites: Sequence[Site]
    citation: str
    data_class: str
    confidence_cell: str
    confidence_coordinates: str | None
    aliases: tuple[str, ...] = ()
    doi: str | None = None
    temperature: float | None = None
    temperature_note: str = ""
    read_in: str = ""
    database: str = ""
    density_reported: float | None = None
    notes: str = ""
    corrections: tuple[str, ...] = ()
    answers_to_formula: bool = True
    triplets: tuple[str, ...] = ()
    reversals: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"<Crystal: {self.name}, {self.formula}, {self.space_group_symbol}>"

    @property
    def cell(self) -> NDArray[np.float64]:
        """Cell vectors as rows in Å, shape (3, 3): a along x, b in the xy plane."""
        return np.asarray(cellpar_to_cell(self.cellpar), dtype=float)

    @property
    def volume(self) -> float:
        """Volume of the conventional cell in Å³."""
        return abs(float(np.linalg.det(self.cell)))

    @property
    def has_coordinates(self) -> bool:
        """Whether more than the cell is published."""
        return bool(self.sites)

    @property
    def is_ordered(self) -> bool:
        """Whether every position is filled by one species (false without coordinates)."""
        return self.has_coordinates and self.columns.is_ordered

    @cached_property
    def columns(self) -> SiteColumns:
        """The sites as columns."""
        return SiteColumns.of(self.sites)

    @property
    def confidence(self) -> str:
        """Reliability of cell and coordinates, in one line."""
        coordinates = self.confidence_coordinates or "none published"
        return f"cell {self.confidence_cell}, coordinates {coordinates}"

    def operations(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Space group operations of the published setting, centring included.

        Returns
        -------
        rotations, translations
            Integers of shape (n, 3, 3) and fractions of shape (n, 3); a position ``x`` goes to
            ``rotations @ x + translations``.
        """
        return self._operations

    @cached_property
    def _operations(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Operations listed in a file, or by gemmi from the Hall symbol."""
        listed = [gemmi.Op(triplet) for triplet in self.triplets]
        rotations, translations = operation_arrays(
            listed or gemmi.symops_from_hall(self.hall_symbol)
        )
        rotations.flags.writeable = translations.flags.writeable = False
        return rotations, translations

    @cached_property
    def lattice(self) -> CrystalLattice:
        """Cell and space group."""
        symmetry = Symmetry(*self.operations(), self.space_group_number, self.space_group_symbol)
        source = "stated in the file" if self.data_class == FROM_FILE else "published"
        return CrystalLattice(self.name, Lattice(self.cell), symmetry, source, self._contents)

    def _contents(self) -> tuple[NDArray[np.float64], NDArray[np.str_]] | None:
        """Positions of the conventional cell, and the species and occupancies on each."""
        if not self.has_coordinates:
            return None
        expanded = self.expand()
        return expanded.positions, np.array([site.contents for site in self.sites])[
            expanded.site_index
        ]

    def expand(self) -> ExpandedSites:
        """Every position of the conventional cell, site by site.

        Raises
        ------
        NoCoordinates
            If only the cell is published.
        InvalidInput
            If the number of positions of a site contradicts its Wyckoff symbol.
        """
        return self._expanded

    @cached_property
    def _expanded(self) -> ExpandedSites:
        """Images of all sites, without duplicates."""
        self._need_coordinates()
        rotations, translations = self.operations()
        cell = self.cell
        if len(rotations) == 1:
            positions = self.columns.positions % 1.0
            positions[positions > 1 - 1e-9] = 0.0
            return ExpandedSites(positions, np.arange(len(positions)))
        blocks = site_copies(self.columns.positions, rotations, translations, cell)
        counts = [len(block) for block in blocks]
        for wrong in np.flatnonzero(self.columns.multiplicities != counts).tolist():
            site = self.sites[wrong]
            raise InvalidInput(
                f"{self.name}: site {site.label} ({site.wyckoff}) has {counts[wrong]} "
                f"positions in {self.space_group_symbol}; {site.multiplicity} were expected"
            )
        positions = np.concatenate(blocks)
        index = np.repeat(np.arange(len(blocks)), counts)
        positions.flags.writeable = index.flags.writeable = False
        return ExpandedSites(positions, index)

    @cached_property
    def primitive_positions(self) -> NDArray[np.int64]:
        """One position of each set that centring translations repeat, indices into `expand`.

        Raises
        ------
        NoCoordinates
            If only the cell is published.
        """
        expanded = self.expand()
        return one_of_each(
            expanded.positions, expanded.site_index, self.lattice.symmetry, self.cell
        )

    def composition(self) -> dict[str, float]:
        """Atoms of each element in the conventional cell, in order of appearance.

        Raises
        ------
        NoCoordinates
            If only the cell is published.
        """
        self._need_coordinates()
        return self.columns.content()

    @property
    def density(self) -> float:
        """Density in g/cm³ from cell and occupancies, with ASE's standard atomic masses."""
        mass = sum(atomic_masses[atomic_numbers[e]] * n for e, n in self.composition().items())
        return float(mass) * DALTON / self.volume

    @property
    def charge(self) -> float | None:
        """Sum of the formal charges in the conventional cell in e; None if not all are known."""
        return self.columns.charge()

    def source(self) -> dict[str, Any]:
        """Entry for the provenance of structures made from this crystal."""
        return {
            "phase": self.name,
            "citation": self.citation,
            "doi": self.doi,
            "confidence": self.confidence,
        }

    def to_atoms(self) -> Atoms:
        """Conventional cell in the published setting, with provenance.

        The array ``site_label`` holds the published site of each atom; displacements are in the
        arrays of :mod:`ionsmith.crystals.displacements`.

        Raises
        ------
        DisorderedStructure
            If sites are partly or jointly occupied.
        NoCoordinates
            If only the cell is published.
        """
        atoms: Atoms = self._model.copy()
        return atoms

    @cached_property
    def _model(self) -> Atoms:
        """Conventional cell, which copies are handed out of."""
        expanded, columns = self.expand(), self.columns
        mixed = [] if self.is_ordered else [s.label for s in self.sites if not s.is_ordered]
        if mixed:
            raise DisorderedStructure(
                f"{self.name} is disordered on {', '.join(mixed)}; order it first (build_ordered)",
                None if self.data_class == FROM_FILE else f"lib:{self.name}",
            )
        elements = np.zeros(len(columns.species), dtype=np.int64)
        states = np.full(len(columns.species), np.nan)
        for kind in columns.occupied.tolist():
            occupancy, oxidation = columns.species[kind]
            elements[kind] = atomic_numbers[next(iter(occupancy))]
            states[kind] = next(iter(oxidation.values()), np.nan)
        kinds = columns.kinds[expanded.site_index]
        atoms = Atoms(
            numbers=elements[kinds],
            scaled_positions=expanded.positions,
            cell=self.cell,
            pbc=True,
        )
        atoms.set_array("site_label", np.array(columns.labels)[expanded.site_index])
        if self.data_class == FROM_FILE and np.isfinite(states[columns.occupied]).all():
            atoms.set_array(OXIDATION_STATES, states[kinds])
        if np.isfinite(columns.u_iso).any():
            atoms.set_array(U_ISO, columns.u_iso[expanded.site_index])
        components = site_tensors(columns, expanded, self.operations(), self.cell)
        if components is not None:
            atoms.set_array(U_ANISO, components)
            atoms.info[U_CELL] = list(self.cellpar)
        if self.reversals:
            operations = self.operations()
            moments = moments_of(self.sites, expanded, operations, self.reversals, self.cell)
            atoms.set_initial_magnetic_moments(moments)
        if self.data_class != FROM_FILE:
            provenance.record(atoms, "library", {"name": self.name}, sources=[self.source()])
            provenance.start_lineage(atoms)
        return atoms

    def with_occupancy(
        self,
        label: str,
        occupancy: Mapping[str, float],
        oxidation: Mapping[str, float] | None = None,
    ) -> "Crystal":
        """Copy of this crystal with other species on one site, for dopants and other compositions.

        Parameters
        ----------
        label
            The site's label.
        occupancy
            Element symbol to occupancy; at most one in sum.
        oxidation
            Formal charges of elements that are new to the crystal.

        Raises
        ------
        CompositionNotPossible
            If the label or an element is unknown, an occupancy is negative, or they exceed one.
        """
        known = {site.label: site for site in self.sites}
        if label not in known:
            raise CompositionNotPossible(
                f"{self.name} has no site {label!r}; its sites are {', '.join(known) or 'unknown'}"
            )
        charges = {e: q for site in self.sites for e, q in site.oxidation.items()}
        try:
            changed = refilled(known[label], occupancy, {**charges, **(oxidation or {})})
        except CompositionNotPossible as error:
            raise CompositionNotPossible(f"{self.name}: {error}") from None
        contents = (
            ", ".join(f"{element} {value:.6g}" for element, value in changed.occupancy.items())
            or "empty"
        )
        note = f"Changed from the published crystal: {label} holds {contents}."
        sites = tuple(changed if site.label == label else site for site in self.sites)
        copy = replace(
            self,
            sites=sites,
            notes=f"{self.notes} {note}".strip(),
        )
        amounts = {e: n / self.formula_units for e, n in copy.composition().items()}
        return replace(copy, formula=write_formula(amounts))

    def _need_coordinates(self) -> None:
        """Raise if only the cell is published."""
        if not self.sites:
            raise NoCoordinates(
                f"{self.name}: only the cell is published, no coordinates; it has lattice planes "
                "but no structure"
            )
