"""Checks of structures: impossible numbers and cells, overlapping atoms, too large models."""

from math import isfinite

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.geometry import minkowski_reduce
from numpy.typing import NDArray

from ionsmith.arguments import whole_numbers
from ionsmith.bonding.neighbours import join, pairs_within
from ionsmith.errors import AtomsTooClose, InvalidStructure

CONTACT_FRACTION = 0.7
"""Shortest distance allowed, as a fraction of the sum of covalent radii.

The radii are those of Cordero et al. (2008), doi:10.1039/b801115j, as ASE holds them. The
shortest published contacts of the library are well above it (O–H 0.99 Å in NaH2PO4 is 1.02 of the
sum); the shortest that a rigid closure produces, Al–Al 1.95 Å across a shared edge, is 0.81.
"""

CONTACT_RADII = covalent_radii[:119].copy()
"""Radii in Å that contacts are judged by: the covalent ones, but no more than 1.65 Å for actinides.

Two bonds of an actinyl ion are short, about 1.8 Å for U=O (P. C. Burns, Can. Mineral. 43, 1839
(2005), doi:10.2113/gscanmin.43.6.1839), which is 0.69 of the sum of covalent radii.
"""
CONTACT_RADII[89:104] = np.minimum(CONTACT_RADII[89:104], 1.65)

LARGEST = 1e5
"""Largest coordinate in Å, ten micrometres; a larger one cannot be in Å."""

SHORTEST = 0.5
"""Shortest period in Å, and edge of the smallest cube per atom; in H2 atoms are 0.74 Å apart."""

MOST_BUILT = 2_000_000
"""Largest number of atoms that is built; a larger one is more likely a typing error."""


def check_supercell(supercell: tuple[int, ...], sites: int) -> tuple[int, int, int]:
    """Check that a supercell is valid and not too large.

    Parameters
    ----------
    supercell
        Number of cells along a, b and c.
    sites
        Number of atomic positions in one cell.

    Returns
    -------
    tuple of int
        The supercell.

    Raises
    ------
    InvalidStructure
        If it is not three positive integers, or has more than :data:`MOST_BUILT` atoms.
    """
    a, b, c = whole_numbers(
        "supercell", supercell, "three positive integers", count=3, least=1, error=InvalidStructure
    )
    check_count(sites * a * b * c, f"supercell {a} {b} {c}")
    return a, b, c


def check_count(atoms: int, name: str) -> None:
    """Refuse models of more than :data:`MOST_BUILT` atoms.

    Raises
    ------
    InvalidStructure
        If there are more; the message begins with ``name``.
    """
    if atoms > MOST_BUILT:
        raise InvalidStructure(
            f"{name}: up to {MOST_BUILT:,} atoms are built, not {atoms:,}; choose a smaller model"
        )


def check_numbers(atoms: Atoms) -> None:
    """Refuse an empty structure, dummy atoms, and numbers that no structure in Å can have.

    Raises
    ------
    InvalidStructure
        With the first problem found.
    """
    if len(atoms) == 0:
        raise InvalidStructure("the structure has no atoms")
    if not atoms.numbers.all():
        dummy = int(np.argmin(atoms.numbers))
        raise InvalidStructure(f"atom {dummy} is a dummy atom (X)")
    if atoms.numbers.min() < 0 or atoms.numbers.max() >= len(chemical_symbols):
        strange = atoms.numbers[(atoms.numbers < 0) | (atoms.numbers >= len(chemical_symbols))]
        raise InvalidStructure(f"no element has the atomic number {strange[0]}")
    cell = atoms.cell.array
    largest = float(abs(atoms.positions).max()), float(abs(cell).max())
    if not isfinite(largest[0]):
        bad = int(np.argwhere(~np.isfinite(atoms.positions).all(axis=1))[0, 0])
        raise InvalidStructure(f"atom {bad} has a position that is not a finite number")
    if not isfinite(largest[1]):
        raise InvalidStructure("the cell holds a number that is not finite")
    if max(largest) > LARGEST:
        raise InvalidStructure(
            f"a coordinate or cell vector of {max(largest):.3g} Å: is the unit Å?"
        )
    periodic = cell[np.asarray(atoms.pbc, dtype=bool)]
    check_cell(periodic)
    if len(periodic) < 3:
        given = cell[cell.any(axis=1)]
        open_axes = len(given) > len(periodic)
        if open_axes and np.linalg.matrix_rank(given, tol=1e-6) < len(given):
            raise InvalidStructure(
                "the cell vectors of open axes are almost zero or parallel to others: give 0 0 0"
            )
        return
    room = abs(float(np.linalg.det(periodic))) / len(atoms)
    if room < SHORTEST**3:
        raise InvalidStructure(f"the cell has {room:.3g} Å³ for each atom: is the unit Å?")


def check_cell(periodic: NDArray[np.float64]) -> None:
    """Refuse cell vectors that are too short or without volume.

    Parameters
    ----------
    periodic
        The vectors of the periodic axes as rows in Å, shape (n, 3), up to three; none longer than
        :data:`LARGEST`.

    Raises
    ------
    InvalidStructure
        If they have no volume, or a period that no crystal has.
    """
    if len(periodic) == 0:
        return
    volume = abs(np.linalg.det(periodic)) if len(periodic) == 3 else 0.0
    if volume > 1:
        inverse = np.linalg.inv(periodic)
    elif np.linalg.matrix_rank(periodic, tol=1e-6) < len(periodic):
        raise InvalidStructure("the periodic cell vectors are zero or parallel: no volume")
    else:
        inverse = np.linalg.pinv(periodic)
    # No translation is shorter than the least distance of lattice planes.
    if np.linalg.norm(inverse, axis=0).max() <= 1 / SHORTEST:
        return
    shortest = _shortest_translation(periodic)
    if shortest < SHORTEST:
        raise InvalidStructure(f"the structure repeats every {shortest:.3g} Å: is the unit Å?")


def _shortest_translation(periodic: NDArray[np.float64]) -> float:
    """Length in Å of the shortest lattice vector, for one to three periodic cell vectors."""
    padded = np.zeros((3, 3))
    padded[: len(periodic)] = periodic
    reduced, _ = minkowski_reduce(padded, pbc=np.arange(3) < len(periodic))
    return float(np.linalg.norm(reduced[: len(periodic)], axis=1).min())


def check_contacts(atoms: Atoms) -> None:
    """Refuse atoms closer than :data:`CONTACT_FRACTION` of the sum of their :data:`CONTACT_RADII`.

    Parameters
    ----------
    atoms
        The structure.

    Raises
    ------
    AtomsTooClose
        If there are any; the message names the worst pair, its distance and the limit.
    InvalidStructure
        As :func:`check_numbers` does.
    """
    check_numbers(atoms)
    limits = CONTACT_FRACTION * (CONTACT_RADII[:, None] + CONTACT_RADII)
    pairs = join(list(pairs_within(atoms, limits))).sorted()
    limit = limits[atoms.numbers[pairs.first], atoms.numbers[pairs.second]]
    ratio = pairs.distances / limit
    if len(ratio) == 0 or ratio.min() >= 1:
        return
    worst = int(ratio.argmin())
    i, j = int(pairs.first[worst]), int(pairs.second[worst])
    names = [f"{chemical_symbols[atoms.numbers[k]]}{k}" for k in (i, j)]
    raise AtomsTooClose(
        f"{int((ratio < 1).sum()) // 2} pair(s) of atoms too close, worst {names[0]}–{names[1]} at "
        f"{pairs.distances[worst]:.2f} Å (limit {limit[worst]:.2f} Å, {CONTACT_FRACTION:g} of the "
        "covalent radii sum)"
    )
