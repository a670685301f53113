"""Which atoms are bonded, by a stated criterion.

Three kinds of criteria, and when to take which:

* ``"gap"``, the default, is :mod:`ionsmith.geometry.shells`: covalent radii, electronegativities
  and the widest gap. Oxides, phosphates, halides, Zintl phases, elements; nothing to tune.
* A cutoff in Å, for all pairs or for pairs of elements: where a paper states one, in glasses and
  liquids (the first minimum of the pair distribution), in metals and alkali-rich alloys, where
  shells have no clear end.
* ``"crystalnn"``, pymatgen's CrystalNN: solid angles of the Voronoi cell. Slow (minutes for
  10,000 atoms); molecules in van der Waals contact, single unusual sites.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.errors import InvalidCriterion
from ionsmith.geometry.neighbours import NeighbourList, join, pair_order, pairs_within
from ionsmith.geometry.shells import shell_pairs

DEFAULT_CRITERION = "gap"

MIN_CUTOFF = 0.1
"""Shortest cutoff in Å, far below any bond."""

MAX_CUTOFF = 10.0
"""Longest cutoff in Å; no bond is as long, and the number of pairs grows with its third power."""

Criterion = str | float | Mapping[str, float]


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
        ``"gap"``, ``"crystalnn"``, a cutoff in Å for all pairs, or cutoffs in Å for the pairs
        named and no others, such as ``{"Al-O": 2.3, "Na-O": 3.0}``. The bonds of CrystalNN are
        the neighbours that it lists for ``first``, and not symmetric; all others are.
    margin
        In Å; loosens (+) or tightens (-) every distance of the criterion.

    Returns
    -------
    Bonds
        Sorted by ``first``, then ``second``, then shift.

    Raises
    ------
    InvalidCriterion
        For a criterion that is none.
    """
    return find_bonds_at(atoms, criterion, [margin])[0]


def find_bonds_at(
    atoms: Atoms, criterion: Criterion = DEFAULT_CRITERION, margins: Sequence[float] = (0.0,)
) -> list[Bonds]:
    """Bonds at several margins, from one search.

    Parameters
    ----------
    atoms, criterion
        As for :func:`find_bonds`.
    margins
        In Å.

    Returns
    -------
    list of Bonds
        One a margin.

    Raises
    ------
    InvalidCriterion
        For a criterion that is none.
    """
    if criterion == "gap":
        found = shell_pairs(atoms, margins)
    elif criterion == "crystalnn":
        from ionsmith.geometry.crystalnn import crystalnn_pairs

        found = [crystalnn_pairs(atoms, margin) for margin in margins]
    else:
        limits = _limits(criterion)
        pairs = join(list(pairs_within(atoms, limits + max(margins))))
        limit = limits[atoms.numbers[pairs.first], atoms.numbers[pairs.second]]
        found = [pairs.take(pairs.distances <= limit + margin) for margin in margins]
    bonds = []
    while found:  # an unsorted list goes before the next is sorted
        bonds.append(_sorted(found.pop(0)))
    return bonds


def criterion_name(criterion: Criterion) -> str:
    """Name of a criterion in tables and documents: ``"gap"``, ``"2.4 Å"``, ``"Al-O 2.3 Å"``."""
    if isinstance(criterion, str):
        return criterion
    if isinstance(criterion, Mapping):
        return ", ".join(f"{pair} {cutoff:g} Å" for pair, cutoff in criterion.items())
    return f"{criterion:g} Å"


def _sorted(pairs: NeighbourList) -> Bonds:
    order = pair_order(pairs.first, pairs.second, pairs.shifts)
    return Bonds(
        pairs.first[order], pairs.second[order], pairs.shifts[order], pairs.distances[order]
    )


def _limits(criterion: Criterion) -> NDArray[np.float64]:
    """Cutoffs by the atomic numbers of a pair, shape (119, 119)."""
    if isinstance(criterion, str):
        raise InvalidCriterion(
            f"unknown criterion {criterion!r}; known are gap, crystalnn, a cutoff in Å such as "
            "2.4, and cutoffs for pairs such as Al-O=2.3"
        )
    if not isinstance(criterion, Mapping):
        return np.full((119, 119), _length(criterion, "all pairs"))
    limits = np.full((119, 119), -np.inf)
    for pair, cutoff in criterion.items():
        match = re.fullmatch(r"([A-Z][a-z]?)\s*[-–]\s*([A-Z][a-z]?)", pair.strip())
        if match is None or not all(symbol in atomic_numbers for symbol in match.groups()):
            raise InvalidCriterion(f"{pair!r} is not a pair of elements; write it as Al-O")
        a, b = (atomic_numbers[symbol] for symbol in match.groups())
        limits[a, b] = limits[b, a] = _length(cutoff, pair)
    return limits


def _length(cutoff: float, pair: str) -> float:
    if not MIN_CUTOFF <= cutoff <= MAX_CUTOFF:
        raise InvalidCriterion(
            f"cutoff {cutoff:g} Å for {pair}: a length between {MIN_CUTOFF:g} and {MAX_CUTOFF:g} Å "
            "was expected"
        )
    return float(cutoff)
