"""Bonds by a stated criterion, the environments that they make, and bond angles.

There are three kinds of criteria:

* ``"gap"``, the default, is :mod:`ionsmith.bonding.shells`: covalent radii, electronegativities,
  the widest gap, and between metals the faces of the Voronoi diagram. For oxides, salts, cyanides,
  hydrides, Zintl phases and metals; it has no parameters.
* A cutoff in Å, for all pairs or for pairs of elements: where a paper states one, in glasses and
  liquids (the first minimum of the pair distribution), and in alkali-rich alloys, where shells have
  no clear end.
* ``"crystalnn"``, pymatgen's CrystalNN: solid angles of the Voronoi cell. For molecules in van der
  Waals contact and single unusual sites; slow (minutes for 10,000 atoms). It is used without
  oxidation states, which an :class:`ase.Atoms` does not hold; a margin shifts both of its distance
  cutoffs.

References: Zimmermann and Jain (2020), doi:10.1039/c9ra07755c; Pan et al. (2021),
doi:10.1021/acs.inorgchem.0c02996 (CrystalNN).
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.arguments import is_number
from ionsmith.bonding._held_pairs import HeldPairs
from ionsmith.bonding.neighbours import NeighbourList, check_apart, join, pairs_within
from ionsmith.bonding.shells import shell_pairs
from ionsmith.choices import checked
from ionsmith.errors import AtomsTooClose, InvalidCriterion, InvalidInput

DEFAULT_CRITERION: Literal["gap"] = "gap"

MIN_CUTOFF = 0.1
"""Shortest cutoff in Å, far below any bond."""

MAX_CUTOFF = 10.0
"""Longest cutoff in Å, beyond any bond; the number of pairs grows with its third power."""

Criterion: TypeAlias = Literal["gap", "crystalnn"] | float | Mapping[str, float]
"""A bond criterion: its name, a cutoff in Å, or cutoffs in Å by pair, such as ``{"Al-O": 2.3}``."""


@dataclass(frozen=True)
class Bonds(NeighbourList):
    """Bonds of a structure, each in both directions.

    Parameters
    ----------
    first, second
        Atom indices, shape (n,).
    shifts
        Lattice translations of ``second``, integers of shape (n, 3).
    distances
        Bond lengths in Å, shape (n,).
    """


def find_bonds(
    atoms: Atoms, criterion: Criterion = DEFAULT_CRITERION, *, margin: float = 0.0
) -> Bonds:
    """Find the bonds of a structure.

    Parameters
    ----------
    atoms
        The structure, ordered, periodic along any of its axes.
    criterion
        ``"gap"``, ``"crystalnn"``, a cutoff in Å for all pairs, or cutoffs in Å for the named
        pairs only, such as ``{"Al-O": 2.3, "Na-O": 3.0}``. The bonds of CrystalNN are the
        neighbours that it lists for ``first``, and not symmetric; all others are.
    margin
        In Å, added to every distance of the criterion.

    Returns
    -------
    Bonds
        Sorted by ``first``, then ``second``, then shift.

    Raises
    ------
    InvalidChoice, InvalidCriterion
        If the criterion is not recognised, or a cutoff is out of range.
    InvalidInput
        If the margin is no finite number.
    AtomsTooClose
        If two bonded atoms are on each other.
    """
    return next(find_bonds_at(atoms, criterion, [margin]))


@checked
def find_bonds_at(
    atoms: Atoms, criterion: Criterion = DEFAULT_CRITERION, margins: Sequence[float] = (0.0,)
) -> Iterator[Bonds]:
    """Find the bonds at several margins in one search.

    Parameters
    ----------
    atoms, criterion
        As for :func:`find_bonds`.
    margins
        In Å.

    Returns
    -------
    iterator of Bonds
        One for each margin, the same object where they are those of the margin before.

    Raises
    ------
    InvalidChoice, InvalidCriterion, InvalidInput, AtomsTooClose
        As :func:`find_bonds` does.
    """
    for margin in margins:
        if not is_number(margin):
            raise InvalidInput(f"`margin` is {margin}; a finite number in Å was expected")
    if criterion == "crystalnn":
        return iter([_crystalnn_pairs(atoms, margin).sorted() for margin in margins])
    if criterion == "gap":
        pairs = shell_pairs(atoms, margins)
    else:
        limits = _limits(criterion)
        near = join(list(pairs_within(atoms, limits + max(margins))))
        check_apart(atoms.numbers, near)
        limit = limits[atoms.numbers[near.first], atoms.numbers[near.second]]
        pairs = HeldPairs.of(near, near.distances[:, None] <= limit[:, None] + np.array(margins))
    return _at_each(pairs.sorted())


def _at_each(pairs: HeldPairs) -> Iterator[Bonds]:
    """Yield the bonds at each margin."""
    before = None
    for at in pairs.held.T:
        if before is None or (at != before).any():
            held = pairs if at.all() else pairs.take(at)
            bonds = Bonds(held.first, held.second, held.shifts, held.distances)
        yield bonds
        before = at


@checked
def criterion_name(criterion: Criterion) -> str:
    """Name of a criterion in tables and documents: ``"gap"``, ``"2.4 Å"``, ``"Al-O 2.3 Å"``."""
    if isinstance(criterion, str):
        return criterion
    if isinstance(criterion, Mapping):
        return ", ".join(f"{pair} {cutoff:g} Å" for pair, cutoff in criterion.items())
    return f"{criterion:g} Å"


@checked
def check_pairs(criterion: Criterion, elements: Iterable[int]) -> None:
    """Refuse cutoffs of pairs of elements that no structure has.

    Parameters
    ----------
    criterion
        As for :func:`find_bonds`.
    elements
        Atomic numbers that are there.

    Raises
    ------
    InvalidCriterion
        If an element of a pair is missing, or a cutoff is out of range.
    """
    if not isinstance(criterion, Mapping):
        return
    present = set(elements)
    for pair in criterion:
        if missing := [chemical_symbols[z] for z in _elements(pair) if z not in present]:
            raise InvalidCriterion(
                f"the cutoff for {pair}: there is no {missing[0]} in the structure"
            )


def _limits(criterion: float | Mapping[str, float]) -> NDArray[np.float64]:
    """Cutoffs by the atomic numbers of a pair, shape (119, 119)."""
    if not isinstance(criterion, Mapping):
        return np.full((119, 119), _length(criterion, "all pairs"))
    limits = np.full((119, 119), -np.inf)
    for pair, cutoff in criterion.items():
        a, b = _elements(pair)
        limits[a, b] = limits[b, a] = _length(cutoff, pair)
    return limits


def _elements(pair: str) -> tuple[int, int]:
    """Atomic numbers of a pair written as Al-O."""
    match = re.fullmatch(r"([A-Z][a-z]?)\s*[-–]\s*([A-Z][a-z]?)", str(pair).strip())
    if match is None or not all(symbol in atomic_numbers for symbol in match.groups()):
        raise InvalidCriterion(f"{pair!r} is not a pair of elements; write it as Al-O")
    return atomic_numbers[match[1]], atomic_numbers[match[2]]


def _length(cutoff: float, pair: str) -> float:
    if not isinstance(cutoff, float) and not is_number(cutoff):
        raise InvalidCriterion(f"the cutoff for {pair} is {cutoff!r}; expected a number in Å")
    if not MIN_CUTOFF <= cutoff <= MAX_CUTOFF:
        raise InvalidCriterion(
            f"the cutoff for {pair} must be between {MIN_CUTOFF:g} and {MAX_CUTOFF:g} Å, "
            f"not {cutoff:g} Å"
        )
    return float(cutoff)


def _crystalnn_pairs(atoms: Atoms, margin: float) -> Bonds:
    """Neighbours that CrystalNN lists for each atom: unsorted, and not symmetric."""
    if not atoms.pbc.all():
        raise InvalidCriterion(
            "CrystalNN needs a structure that is periodic along all axes; use another `criterion`"
        )
    from pymatgen.analysis.local_env import CrystalNN
    from pymatgen.core import Structure

    # Built by hand: the adaptor would carry arrays that CrystalNN deep-copies at every atom.
    structure = Structure(
        atoms.cell.array,
        atoms.get_chemical_symbols(),
        atoms.positions,
        coords_are_cartesian=True,
    )
    finder = CrystalNN(distance_cutoffs=(0.5 + margin, 1 + margin))
    rows: list[tuple[int, int, tuple[int, ...], float]] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="CrystalNN: cannot locate an appropriate radius")
        warnings.filterwarnings("ignore", message="No oxidation states specified")
        for index, site in enumerate(structure):
            for entry in finder.get_nn_info(structure, index):
                shift = tuple(round(number) for number in entry["image"])
                distance = float(np.linalg.norm(entry["site"].coords - site.coords))
                rows.append((index, int(entry["site_index"]), shift, distance))
    return Bonds(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int32).reshape(-1, 3),
        np.array([row[3] for row in rows], float),
    )


def environments(
    numbers: NDArray[np.int64], bonds: NeighbourList
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Formula of the neighbours of every atom.

    Parameters
    ----------
    numbers
        Atomic numbers, shape (n,).
    bonds
        Neighbours of ``first``.

    Returns
    -------
    names
        The different environments in alphabetical order, the more frequent element first
        (``"O4"``, ``"Na5Si2"``); ``"none"`` for an atom without neighbours.
    which
        Index of each atom's environment in ``names``, shape (n,).
    """
    elements, counts = neighbours_by_element(numbers, bonds)
    columns = counts.T
    order = np.lexsort(columns) if len(columns) else np.arange(len(numbers))
    ranked = columns.take(order, axis=1)
    new = np.append(True, (ranked[:, 1:] != ranked[:, :-1]).any(axis=0))
    group = np.empty(len(numbers), np.int64)
    group[order] = np.cumsum(new) - 1
    labels = []
    for counts in ranked[:, new].T.tolist():
        present = sorted(
            (-count, chemical_symbols[element])
            for count, element in zip(counts, elements.tolist(), strict=True)
            if count
        )
        labels.append("".join(f"{el}{-n if n < -1 else ''}" for n, el in present) or "none")
    names = sorted(set(labels))
    return tuple(names), np.array([names.index(label) for label in labels])[group]


def neighbours_by_element(
    numbers: NDArray[np.int64], bonds: NeighbourList
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the neighbours of every atom by element.

    Parameters
    ----------
    numbers
        Atomic numbers, shape (n,).
    bonds
        Neighbours of ``first``.

    Returns
    -------
    elements
        Atomic numbers of all neighbours, rising, shape (m,).
    counts
        Number of neighbours of each atom and element, shape (n, m).
    """
    second = numbers.take(bonds.second)
    elements = np.flatnonzero(np.bincount(second))
    place = np.zeros(119, np.int64)
    place[elements] = np.arange(len(elements))
    n, m = len(numbers), len(elements)
    counts = np.bincount(bonds.first * m + place.take(second), minlength=n * m)
    return elements, counts.reshape(n, m)


def bond_angles(
    atoms: Atoms, bonds: NeighbourList
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Angles between all pairs of bonds of each atom.

    Parameters
    ----------
    atoms
        The structure.
    bonds
        Its bonds, in both directions, sorted by ``first``.

    Returns
    -------
    angles
        In degrees, shape (m,), sorted by central atom.
    centres
        Index of the central atom of each, shape (m,).

    Raises
    ------
    AtomsTooClose
        If two bonded atoms are at the same position.
    """
    cell = atoms.cell.complete().array
    vectors = atoms.positions[bonds.second] + bonds.shifts @ cell - atoms.positions[bonds.first]
    lengths = np.linalg.norm(vectors, axis=1)
    if not lengths.all():
        i, j = (int(ends[lengths.argmin()]) for ends in (bonds.first, bonds.second))
        raise AtomsTooClose(f"atoms {i} and {j} are at the same position: no bond angle")
    vectors /= lengths[:, None]
    number = np.bincount(bonds.first, minlength=len(atoms))
    starts = np.cumsum(number) - number
    angles, centres = [np.zeros(0)], [np.zeros(0, np.int64)]
    for count in np.unique(number[number > 1]).tolist():
        sites = np.flatnonzero(number == count)
        one, other = np.triu_indices(count, 1)
        own = vectors[starts[sites, None] + np.arange(count)]
        cosines = (own[:, one] * own[:, other]).sum(axis=2)
        angles.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))).ravel())
        centres.append(np.repeat(sites, len(one)))
    centre = np.concatenate(centres)
    order = np.argsort(centre, kind="stable")
    return np.concatenate(angles)[order], centre[order]
