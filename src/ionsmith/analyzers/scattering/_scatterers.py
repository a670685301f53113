"""Atoms with occupancies and displacement parameters in a lattice, the input of all diffraction.

Library crystals, disordered CIFs and ordered structures become the same arrays here. The search for
symmetry takes longer than many patterns, so that the result is kept for the structures seen last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Self, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.crystals import Crystal
from ionsmith.crystals.crystal import FROM_FILE
from ionsmith.crystals.displacements import displacements_of, site_tensors, star
from ionsmith.crystals.files import CrystalLike, name_of, read_crystal
from ionsmith.errors import InvalidInput, InvalidStructure
from ionsmith.lattice.cell_vectors import one_of_each
from ionsmith.lattice.crystal_lattice import CrystalLattice, found_within, symmetry_from
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

EXACT = 1e-4
"""Distance in Å within which atoms count as equivalent here: symmetry saves work and must not
idealise a structure; 1e-4 Å changes no intensity that could be measured."""

MAX_SYMMETRY_ATOMS = 1500
"""Larger structures are not searched for symmetry, which would take longer than it saves."""

SAME_U = 1e-4
"""Difference in Å² of displacements of equivalent atoms that rounding explains."""

DEFAULT_U = 0.0
"""Displacement parameter in Å² where neither the publication nor the user gives one."""

DISPLACED = {True: "with displacements", False: "atoms at rest"}
"""How a result says whether displacements entered its intensities."""

_DIGITS = 6  # of coordinates that tell two positions apart
_REMEMBERED = 16  # ordered structures whose symmetry is kept


@dataclass(frozen=True, eq=False)
class Scatterers:
    """Atoms of one cell, one row for each species on a position.

    Parameters
    ----------
    name
        Name of the crystal in results.
    lattice
        The lattice.
    symmetry
        Its space group in the axes of the lattice; None if it was not searched for.
    positions
        Fractional coordinates, shape (n, 3).
    elements
        Element symbols, in order of appearance.
    element_index
        Index into ``elements`` of each row, shape (n,).
    occupancy
        Occupancies, 0 to 1, shape (n,).
    u_iso
        Isotropic or equivalent mean square displacements in Å², shape (n,).
    u_star
        Anisotropic displacements in the axes of the reciprocal lattice, such that the factor of a
        reflection h is ``exp(-2 π² h·U*·h)``, shape (n, 3, 3); NaN where ``u_iso`` holds.
    symmetry_source
        Where the space group comes from; for one that was found, the distance in Å between
        equivalent atoms.
    """

    name: str
    lattice: Lattice
    symmetry: Symmetry | None
    positions: NDArray[np.float64]
    elements: tuple[str, ...]
    element_index: NDArray[np.int64]
    occupancy: NDArray[np.float64]
    u_iso: NDArray[np.float64]
    u_star: NDArray[np.float64] | None = None
    symmetry_source: str | float = "too many atoms to look for another one"

    def __post_init__(self) -> None:
        n = len(self.positions)
        if n == 0:
            raise InvalidStructure(f"{self.name}: there are no atoms to scatter")
        if not all(len(x) == n for x in (self.element_index, self.occupancy, self.u_iso)):
            raise InvalidStructure(f"{self.name}: the arrays of atoms differ in length")

    @classmethod
    def of(
        cls,
        crystal: "ScattererLike",
        u_iso: Mapping[str, float] | None = None,
        symprec: float = EXACT,
        *,
        displacements: bool = True,
    ) -> "Scatterers":
        """Take the atoms of any crystal.

        Parameters
        ----------
        crystal
            Any crystal. A library crystal keeps its partial occupancies, its published setting and
            its published displacements; a CIF with partial occupancies keeps the symmetry it
            states; ordered structures must be periodic in three dimensions, and the symmetry of
            those with up to :data:`MAX_SYMMETRY_ATOMS` atoms is searched for. Displacements are
            those of the crystal, or of the arrays of atoms
            (:mod:`ionsmith.crystals.displacements`).
        u_iso
            Mean square displacement in Å² by element symbol; replaces the published ones.
        symprec
            Distance in Å between atoms that count as equivalent.
        displacements
            Whether the displacement parameters of the crystal are used; without them all atoms are
            at rest but those in ``u_iso``.

        Raises
        ------
        UnknownPhase, UnreadableFile, InvalidStructure, NoCoordinates
            If the crystal cannot be read, has no published coordinates, or is not periodic.
        InvalidInput
            If an element is not in the crystal or a displacement is negative.
        """
        if isinstance(crystal, Scatterers):
            rest = np.zeros(len(crystal.u_iso))
            scatterers = crystal if displacements else replace(crystal, u_iso=rest, u_star=None)
        else:
            scatterers = cls.of_read(
                read_crystal(crystal), name_of(crystal), symprec, displacements=displacements
            )
        return scatterers.with_u_iso(u_iso) if u_iso else scatterers

    @classmethod
    def of_read(
        cls, atoms: Crystal | Atoms, name: str, symprec: float = EXACT, *, displacements: bool
    ) -> Self:
        """Take the atoms of a crystal that :func:`ionsmith.crystals.files.read_crystal` read.

        Parameters
        ----------
        atoms
            The crystal.
        name
            Its name in results, unless it has one.
        symprec, displacements
            As for :meth:`of`.

        Raises
        ------
        InvalidStructure
            If it is not periodic.
        """
        if isinstance(atoms, Crystal):
            name = atoms.name
            # Ordered files are often written without symmetry, which is then searched for.
            if atoms.data_class != FROM_FILE or not atoms.is_ordered:
                return cls._of_crystal(atoms, displacements)
            atoms = atoms.to_atoms()
        if not all(atoms.pbc):
            raise InvalidStructure(
                f"{name}: not periodic in all three directions; diffraction needs a crystal: put "
                "the model into a periodic cell, or take the Debye sum (analyze xrd --debye, "
                "debye_pattern)"
            )
        u_iso, u_aniso = displacements_of(atoms)
        arrays = [atoms.numbers.astype(np.int64), atoms.positions, atoms.cell.array]
        if displacements:
            arrays += [u_iso, np.zeros(0) if u_aniso is None else u_aniso]
        return cls._of_atoms(name, symprec, *(np.asarray(array).tobytes() for array in arrays))

    @classmethod
    def _of_crystal(cls, crystal: Crystal, displacements: bool) -> Self:
        """Rows of a crystal with its symmetry, its occupancies and its displacements."""
        expanded = crystal.expand()
        species = [
            (index, element, occupancy, site.u_iso if displacements else None)
            for index, site in enumerate(crystal.sites)
            for element, occupancy in site.occupancy.items()
        ]
        members = [np.flatnonzero(expanded.site_index == index) for index, *_ in species]
        counts = [len(member) for member in members]
        rows = np.concatenate(members)
        scatterers = cls._of_rows(
            crystal.name,
            crystal.lattice.lattice,
            crystal.lattice.symmetry,
            expanded.positions[rows],
            np.repeat([element for _, element, _, _ in species], counts),
            np.repeat([occupancy for _, _, occupancy, _ in species], counts),
            np.repeat([DEFAULT_U if u is None else u for *_, u in species], counts),
        )
        scatterers = replace(scatterers, symmetry_source=crystal.lattice.symmetry_source)
        own = site_tensors(crystal.columns, expanded, crystal.operations(), crystal.cell)
        if own is None or not displacements:
            return scatterers
        return replace(scatterers, u_star=star(own, crystal.cell)[rows])

    @classmethod
    @lru_cache(maxsize=_REMEMBERED)
    def _of_atoms(
        cls,
        name: str,
        symprec: float,
        numbers: bytes,
        positions: bytes,
        cell: bytes,
        isotropic: bytes = b"",
        anisotropic: bytes = b"",
    ) -> Self:
        """Rows of an ordered structure, given by the bytes of its arrays."""
        atoms = Atoms(
            numbers=np.frombuffer(numbers, dtype=np.int64),
            positions=np.frombuffer(positions).reshape(-1, 3),
            cell=np.frombuffer(cell).reshape(3, 3),
            pbc=True,
        )
        u_iso = np.frombuffer(isotropic) if isotropic else np.full(len(atoms), np.nan)
        u_iso = np.where(np.isnan(u_iso), DEFAULT_U, u_iso)
        u_star = None
        if anisotropic:
            u_star = star(np.frombuffer(anisotropic).reshape(-1, 6), atoms.cell.array)
        symmetry = None
        if len(atoms) <= MAX_SYMMETRY_ATOMS:
            symmetry = _symmetry_of(atoms, u_iso, u_star, symprec)
        scatterers = cls._of_rows(
            name,
            Lattice(atoms.cell.array),
            symmetry,
            atoms.get_scaled_positions(),
            atoms.numbers,
            np.ones(len(atoms)),
            u_iso,
        )
        if symmetry is not None:
            scatterers = replace(scatterers, symmetry_source=symprec)
        return scatterers if u_star is None else replace(scatterers, u_star=u_star)

    @classmethod
    def _of_rows(
        cls,
        name: str,
        lattice: Lattice,
        symmetry: Symmetry | None,
        positions: NDArray[np.float64],
        labels: NDArray[np.str_] | NDArray[np.int64],
        occupancy: NDArray[np.float64],
        u_iso: NDArray[np.float64],
    ) -> Self:
        """Rows with their elements by symbol or by atomic number."""
        found, first, index = np.unique(labels, return_index=True, return_inverse=True)
        order = np.argsort(first)
        index = np.argsort(order)[index]
        elements = tuple(
            label if isinstance(label, str) else chemical_symbols[label]
            for label in found[order].tolist()
        )
        return cls(name, lattice, symmetry, positions, elements, index, occupancy, u_iso)

    def with_u_iso(self, u_iso: Mapping[str, float]) -> Self:
        """Copy with other mean square displacements (Å²) of some elements, by symbol.

        Raises
        ------
        InvalidInput
            If an element is not in the crystal or a displacement is negative.
        """
        displacement = np.array(self.u_iso, dtype=float)
        for element, value in u_iso.items():
            if element not in self.elements:
                raise InvalidInput(
                    f"{self.name} has no {element!r}, only {', '.join(self.elements)}; give "
                    "displacements of these"
                )
            if not 0 <= value < np.inf:
                raise InvalidInput(
                    f"the mean square displacement of {element} must be 0 Å² or more, not {value:g}"
                )
            displacement[self.element_index == self.elements.index(element)] = value
        u_star = None if self.u_star is None else self.u_star.copy()
        if u_star is not None:
            u_star[np.isin(self.element_index, [self.elements.index(e) for e in u_iso])] = np.nan
        return replace(self, u_iso=displacement, u_star=u_star)

    @cached_property
    def kinds(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """Element and displacement of each kind of scatterer, shape (k,), and the kind of each row.

        Rows of one kind have the same scattering factor.
        """
        count, first = len(self.elements), self.u_iso[0]
        if (self.u_iso == first).all():
            return np.arange(count), np.full(count, first), self.element_index
        values, which = np.unique(self.u_iso, return_inverse=True)
        kinds, kind = np.unique(self.element_index * len(values) + which, return_inverse=True)
        element, which = np.divmod(kinds, len(values))
        return element, values[which], kind

    @cached_property
    def primitive_rows(self) -> NDArray[np.int64]:
        """One row of each set related by centring translations, sorted; all without symmetry."""
        if self.symmetry is None or len(self.symmetry.centrings) == 1:
            return np.arange(len(self.positions))
        # Species that share a position are rows of one place and stay together.
        rounded = np.round(self.positions, _DIGITS) % 1.0
        order = np.lexsort(rounded.T[::-1])
        new = np.append(True, (np.diff(rounded[order], axis=0) != 0).any(axis=1))
        places, place = self.positions[order[new]], np.empty(len(order), dtype=np.int64)
        place[order] = np.cumsum(new) - 1
        alike = np.zeros(len(places))
        first = one_of_each(places, alike, self.symmetry, self.lattice.cell)
        chosen = np.zeros(len(places), dtype=bool)
        chosen[first] = True
        return np.flatnonzero(chosen[place])

    @property
    def displaced(self) -> bool:
        """Whether any displacements enter the intensities."""
        tensors = self.u_star is not None and bool(np.isfinite(self.u_star).any())
        return tensors or bool(self.u_iso.any())

    @cached_property
    def phase(self) -> CrystalLattice:
        """Cell and space group of the crystal; P1 if the symmetry was not searched for.

        As wherever a space group is found, a higher one is named that larger distances give.
        """
        symmetry, source = self.symmetry, self.symmetry_source
        if symmetry is None:
            symmetry = Symmetry(np.eye(3, dtype=np.int64)[None], np.zeros((1, 3)), 1, "P1")
        told = source if isinstance(source, str) else partial(self._found_within, symmetry, source)
        return CrystalLattice(self.name, self.lattice, symmetry, told)

    def _found_within(self, symmetry: Symmetry, symprec: float) -> str:
        """Where a space group comes from that was found in the atoms."""
        atoms = Atoms(
            [self.elements[index] for index in self.element_index],
            scaled_positions=self.positions,
            cell=self.lattice.cell,
            pbc=True,
        )
        return found_within(atoms, symmetry, symprec)

    @property
    def composition(self) -> dict[str, float]:
        """Number of atoms of each element in the cell."""
        amounts = np.bincount(self.element_index, self.occupancy, len(self.elements))
        return dict(zip(self.elements, amounts.tolist(), strict=True))


def _symmetry_of(
    atoms: Atoms,
    u_iso: NDArray[np.float64],
    u_star: NDArray[np.float64] | None,
    symprec: float,
) -> Symmetry:
    """Space group of atoms, of which equivalent ones also have equal displacements."""
    if u_star is None and not u_iso.any():
        return symmetry_of(atoms, symprec)
    isotropic = np.ones(len(atoms), bool) if u_star is None else np.isnan(u_star[:, 0, 0])
    kinds = np.stack([atoms.numbers, np.where(isotropic, np.round(u_iso, 4), -1.0)], axis=1)
    if (kinds[:, 1] != kinds[0, 1]).any():
        marked = atoms.copy()
        marked.numbers = np.unique(kinds, axis=0, return_inverse=True)[1].ravel() + 1
        symmetry = symmetry_of(marked, symprec)
    else:
        symmetry = symmetry_of(atoms, symprec)
    if u_star is None or len(symmetry.rotations) == 1:
        return symmetry
    from scipy.spatial import cKDTree  # slow to import

    cell = atoms.cell.array
    rows = np.flatnonzero(~isotropic)
    places, own = atoms.get_scaled_positions()[rows] % 1.0 % 1.0, u_star[rows]
    tree = cKDTree(places, boxsize=np.ones(3))
    kept = []
    for turn, move in zip(symmetry.rotations, symmetry.translations, strict=True):
        image = tree.query((places @ turn.T + move) % 1.0 % 1.0)[1]
        change = cell.T @ (turn @ own @ turn.T - own[image]) @ cell
        kept.append(bool(abs(change).max() < SAME_U))
    if all(kept):
        return symmetry
    return symmetry_from(symmetry.rotations[kept], symmetry.translations[kept], cell)


ScattererLike: TypeAlias = CrystalLike | Scatterers
"""Any crystal, or one that was read for diffraction before."""


def forget_structures() -> None:
    """Forget the ordered structures whose symmetry is kept, as for measuring times."""
    Scatterers._of_atoms.cache_clear()
