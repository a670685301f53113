"""Cell and space group of a crystal: what lattice planes and orientations are worked out from."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Self

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.symmetry import SYMPREC, Symmetry, symmetry_of

MOST_ATOMS = 200_000
"""Largest number of atoms for finding a space group, here of a supercell: some seconds."""

NEARBY = (0.03, 0.1)
"""Distances in Å within which a higher space group is looked for, only to mention it: relaxed and
refined coordinates often miss their special positions by so much."""

MISFIT = 0.05
"""Largest relative difference of a metric tensor and its image under an operation."""

Contents = Callable[[], tuple[NDArray[np.float64], NDArray[np.str_]] | None]


@dataclass(frozen=True, eq=False)
class CrystalLattice:
    """A lattice with its space group, in one setting.

    Parameters
    ----------
    name
        Name of the crystal in results.
    lattice
        The lattice.
    symmetry
        The operations of the space group, in the axes of the lattice.
    source
        Where the operations come from, or a function that tells it when it is asked for.
    contents
        Gives the fractional positions in the cell, shape (n, 3), and what is on each, shape (n,),
        or None where they are not known.
    """

    name: str
    lattice: Lattice
    symmetry: Symmetry
    source: str | Callable[[], str]
    contents: Contents | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<CrystalLattice: {self.name}, {self.space_group}>"

    def lattice_spacing(self, plane: Plane) -> float:
        """Distance in Å between neighbouring lattice planes parallel to a plane."""
        first_order = float(self.lattice.d_spacing(plane.reduced().indices))
        return first_order / self.symmetry.lattice_order(plane)

    def period(self, direction: Direction) -> float:
        """Length in Å of the shortest lattice vector along a direction."""
        whole = float(self.lattice.length(direction.reduced().indices))
        return whole / self.symmetry.repeats(direction)

    @cached_property
    def cartesian_group(self) -> NDArray[np.float64]:
        """Point group as orthogonal matrices in the Cartesian frame of the lattice, (n, 3, 3).

        They act on column vectors, in the order of :attr:`Symmetry.point_group`. A cell that is
        only nearly as symmetric as its atoms gives the nearest orthogonal matrices.
        """
        from scipy.linalg import polar  # a twentieth of a second, so not before

        columns = self.lattice.cell.T
        matrices = columns @ self.symmetry.point_group @ np.linalg.inv(columns)
        return np.array([polar(matrix)[0] for matrix in matrices])

    @cached_property
    def symmetry_source(self) -> str:
        """Where the operations come from."""
        return self.source if isinstance(self.source, str) else self.source()

    @property
    def space_group(self) -> str:
        """Symbol, number and source of the space group, as text."""
        return f"{self.symmetry.symbol} (no. {self.symmetry.number}, {self.symmetry_source})"

    @property
    def note(self) -> str | None:
        """The space group, if it was not published but found in the atoms."""
        found = self.symmetry_source.startswith("found")
        return f"space group of {self.name}: {self.space_group}" if found else None

    @classmethod
    def of_atoms(cls, atoms: Atoms, name: str = "structure", symprec: float = SYMPREC) -> Self:
        """Cell of a structure with its space group, found by moyo.

        Parameters
        ----------
        atoms
            An ordered structure, periodic in three dimensions. A supercell with less symmetry than
            its crystal keeps the operations that fit it, and ``symmetry_source`` says so.
        name
            Name of the crystal in results.
        symprec
            Distance in Å between atoms that count as equivalent. A higher space group that is
            found up to :data:`NEARBY` is named in ``symmetry_source``.

        Raises
        ------
        InvalidStructure
            If the cell has no volume, is not periodic, has more than :data:`MOST_ATOMS` atoms, or
            no symmetry is found.
        """
        if len(atoms) > MOST_ATOMS:
            raise InvalidStructure(
                f"{name} has {len(atoms):,} atoms; space groups are determined up to "
                f"{MOST_ATOMS:,}; use the unit cell of the crystal instead"
            )
        if atoms.cell.rank < 3:
            raise InvalidStructure(
                f"{name}: its cell has no volume; a crystal was expected; give its unit cell"
            )
        if not all(atoms.pbc):
            ends = " and ".join(np.array(["a", "b", "c"])[~atoms.pbc])
            raise InvalidStructure(
                f"{name} is not periodic along {ends}: lattice planes and a space group need a "
                "crystal; give the bulk, or a file whose periodic flags (pbc) are all true"
            )
        lattice = Lattice(atoms.cell.array)
        symmetry = symmetry_of(atoms, symprec)
        bare = Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
        inside = atoms.get_scaled_positions(), np.array(atoms.get_chemical_symbols())
        source = partial(_source_in, bare, symmetry, symprec)
        return cls(name, lattice, symmetry, source, partial(tuple, inside))


def _source_in(atoms: Atoms, symmetry: Symmetry, symprec: float) -> str:
    """Where the space group of a structure comes from, with a higher one and what a cell breaks."""
    source = found_within(atoms, symmetry, symprec)
    fitting, ideal = len(symmetry.point_group), symmetry.ideal_order
    if fitting < ideal:
        source += f"; {fitting} of its {ideal} point operations fit this cell"
    return source


def found_within(atoms: Atoms, symmetry: Symmetry, symprec: float) -> str:
    """Say that a space group was found in a structure, and which larger distances give.

    Parameters
    ----------
    atoms, symmetry, symprec
        As for :func:`higher_group`, which larger structures than a tenth of :data:`MOST_ATOMS` are
        not tried with.
    """
    source = f"found by moyo within {symprec:g} Å"
    higher = None if len(atoms) > MOST_ATOMS // 10 else higher_group(atoms, symmetry, symprec)
    return f"{source}; {higher}" if higher else source


def higher_group(atoms: Atoms, symmetry: Symmetry, symprec: float) -> str | None:
    """Name the highest space group that larger distances between equivalent atoms would give.

    Parameters
    ----------
    atoms
        An ordered structure.
    symmetry
        Its space group.
    symprec
        Distance in Å within which that was found.

    Returns
    -------
    str or None
        Such as ``R-3m (no. 166) within 0.03 Å``; None if up to :data:`NEARBY` there is none.
    """
    if symmetry.smallest is not None:
        atoms = symmetry.smallest[0]
        symmetry = symmetry_of(atoms, symprec)
    text, operations = None, len(symmetry.rotations)
    for distance in NEARBY:
        if distance > symprec:
            with suppress(InvalidStructure):
                higher = symmetry_of(atoms, distance)
                if len(higher.rotations) > operations:
                    text = f"{higher.symbol} (no. {higher.number}) within {distance:g} Å"
                    operations = len(higher.rotations)
    return text


def symmetry_from(
    rotations: NDArray[np.int64], translations: NDArray[np.float64], cell: NDArray[np.float64]
) -> Symmetry:
    """Find the space group that a set of operations forms.

    Parameters
    ----------
    rotations, translations
        The operations modulo lattice translations, shapes (n, 3, 3) and (n, 3).
    cell
        Cell vectors as rows, shape (3, 3), in Å.

    Raises
    ------
    InvalidStructure
        If the operations do not form a space group, or do not fit the cell.
    """
    import spglib
    import spglib.error

    found = None
    if _is_group(rotations, translations):  # spglib finds a group for any set of operations
        metric = cell @ cell.T
        scale = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
        turned = np.swapaxes(rotations, 1, 2) @ metric @ rotations
        if (abs(turned - metric) > MISFIT * scale).any():
            raise InvalidStructure(
                "the symmetry operations do not fit the cell's lengths and angles"
            )
        with warnings.catch_warnings():
            # Version 2 warns of its own change from None to exceptions at every call.
            warnings.filterwarnings("ignore", "Set OLD_ERROR_HANDLING", DeprecationWarning)
            with suppress(spglib.error.SpglibError):
                found = spglib.get_spacegroup_type_from_symmetry(rotations, translations, cell)
    if found is None:
        raise InvalidStructure("the symmetry operations do not form a space group")
    return Symmetry(rotations, translations, int(found.number), str(found.international_short))


def _is_group(rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> bool:
    """Whether the product of any two operations is one of them, modulo lattice translations."""

    def names(w: NDArray[np.int64], t: NDArray[np.float64]) -> set[tuple[int, ...]]:
        steps = np.round(48 * t).astype(np.int64) % 48
        return set(map(tuple, np.concatenate([w.reshape(-1, 9), steps], axis=1).tolist()))

    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 3, 3)
    moved = np.einsum("aij,bj->abi", rotations, translations) + translations[:, None]
    return names(products, moved.reshape(-1, 3)) <= names(rotations, translations)
