"""Coordination polyhedra, and which of them share a corner, an edge or a face.

A polyhedron is a centre with at least three ligands, which are bonded neighbours of higher
electronegativity. Hydrogen is never a centre and counts as a ligand of every element, so that
ammonium is NH4. Two polyhedra with one ligand in common share a corner, with two an edge, with
three or more a face (Pauling 1929, doi:10.1021/ja01379a006).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.bonds import DEFAULT_CRITERION, Bonds, Criterion, find_bonds
from ionsmith.bonding.polyhedra import Polyhedra, polyhedra_of
from ionsmith.bonding.sorting import pair_order, row_order
from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.results import Result, Table

Kind = Literal["corner", "edge", "face"]
KINDS: tuple[Kind, ...] = ("corner", "edge", "face")


@dataclass(frozen=True)
class SharingCount:
    """Number of pairs of polyhedra that share a corner, an edge or a face.

    Parameters
    ----------
    pair
        Names of both polyhedra in alphabetical order, such as ``"AlO4-AlO6"``.
    kind
        ``"corner"``, ``"edge"`` or ``"face"``.
    count
        Number of pairs in the cell.
    """

    pair: str
    kind: Kind
    count: int


@dataclass(frozen=True)
class Sharing(Result):
    """Pairs of coordination polyhedra that have ligands in common.

    Parameters
    ----------
    polyhedra
        Number of polyhedra by name.
    rows
        Number of pairs by names and kind.
    first, second
        Centres of each pair, ``first <= second``, shape (n,), sorted.
    shifts
        Lattice translation of the second polyhedron, shape (n, 3). A polyhedron and its own image
        are one pair, for both of the opposite translations.
    shared
        Number of ligands in common, shape (n,).
    row
        Index in ``rows`` of each pair, shape (n,).
    """

    polyhedra: dict[str, int]
    rows: tuple[SharingCount, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    shifts: NDArray[np.int32]
    shared: NDArray[np.int64]
    row: NDArray[np.int64]

    def tables(self) -> list[Table]:
        """Return the counts of pairs, then those of polyhedra."""
        return [
            Table(
                "Polyhedra that share ligands",
                ("pair", "shared", "count"),
                [(item.pair, item.kind, item.count) for item in self.rows],
            ),
            Table("", ("polyhedron", "count"), list(self.polyhedra.items())),
        ]


def sharing_key(label: tuple[str, Kind]) -> tuple[str, int]:
    """Key to sort pairs of polyhedra by name, then corner, edge, face."""
    return label[0], KINDS.index(label[1])


@checked
def find_polyhedra(
    structure: CrystalLike,
    bonds: Bonds | None = None,
    *,
    criterion: Criterion = DEFAULT_CRITERION,
) -> Polyhedra:
    """Find the coordination polyhedra of a structure.

    Parameters
    ----------
    structure
        Any ordered crystal (:data:`ionsmith.crystals.files.CrystalLike`).
    bonds
        Its bonds in both directions, if they are known already.
    criterion
        Bond criterion (:func:`ionsmith.bonding.bonds.find_bonds`); not used if ``bonds`` is given.

    Returns
    -------
    Polyhedra
        Those with at least three ligands.
    """
    atoms = read_structure(structure)
    if bonds is None:
        bonds = find_bonds(atoms, criterion)
    return polyhedra_of(atoms, bonds)


@checked
def shared_polyhedra(
    structure: CrystalLike,
    bonds: Bonds | None = None,
    *,
    criterion: Criterion = DEFAULT_CRITERION,
) -> Sharing:
    """Find which coordination polyhedra share a corner, an edge or a face.

    Parameters
    ----------
    structure, bonds, criterion
        As for :func:`find_polyhedra`.

    Returns
    -------
    Sharing
        Each pair of polyhedra in the cell once, pairs across periodic boundaries included.

    Examples
    --------
    In corundum each octahedron shares one face, three edges and nine corners:

    >>> from ionsmith.analyzers.coordination import shared_polyhedra
    >>> for row in shared_polyhedra("lib:al2o3").rows:
    ...     print(row.pair, row.kind, row.count)
    AlO6-AlO6 corner 54
    AlO6-AlO6 edge 18
    AlO6-AlO6 face 6
    """
    atoms = read_structure(structure)
    polyhedra = find_polyhedra(atoms, bonds, criterion=criterion)
    first, second, shifts = _over_ligands(polyhedra.bonds)
    # A pair of polyhedra is listed once for every shared ligand.
    order = pair_order(first, second, shifts)
    first, second, shifts = first[order], second[order], shifts.take(order, axis=0)
    new = np.ones(len(first), dtype=bool)
    new[1:] = (np.diff(first) != 0) | (np.diff(second) != 0)
    new[1:] |= np.any([np.diff(along) != 0 for along in shifts.T], axis=0)
    starts = np.flatnonzero(new)
    shared = np.diff(np.append(starts, len(first)))
    first, second, shifts = first[starts], second[starts], shifts.take(starts, axis=0)

    kind_of = np.zeros(len(atoms), np.int64)
    kind_of[polyhedra.centres] = polyhedra.kinds
    low = np.minimum(kind_of[first], kind_of[second])
    high = np.maximum(kind_of[first], kind_of[second])
    n_names = max(len(polyhedra.names), 1)
    code = (low * n_names + high) * len(KINDS) + np.minimum(shared, len(KINDS)) - 1
    codes = np.unique(code)
    row = np.searchsorted(codes, code)
    counts = np.bincount(row, minlength=len(codes))
    rows = []
    for value, count in zip(codes.tolist(), counts.tolist(), strict=True):
        pair, kind = divmod(value, len(KINDS))
        names = (polyhedra.names[number] for number in divmod(pair, n_names))
        rows.append(SharingCount("-".join(names), KINDS[kind], count))
    return Sharing(polyhedra.counts(), tuple(rows), first, second, shifts, shared, row)


def _over_ligands(
    bonds: Bonds,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Pairs of centres with a common ligand, once per ligand: first, second, shift of second."""
    order = row_order(bonds.second)
    ligand, centre = bonds.second[order], bonds.first[order]
    shift = bonds.shifts.take(order, axis=0)
    firsts, seconds, shifts = [centre[:0]], [centre[:0]], [shift[:0]]
    step = 1
    # Centres of a ligand lie next to each other: partners are 1, 2, ... entries apart.
    while len(here := np.flatnonzero(ligand[step:] == ligand[:-step])):
        there = here + step
        firsts.append(centre[here])
        seconds.append(centre[there])
        # The ligand is at `shift` as each centre sees it.
        shifts.append(shift.take(here, axis=0) - shift.take(there, axis=0))
        step += 1
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    between = np.concatenate(shifts)
    rows = np.flatnonzero(first >= second)
    own = between[rows]
    leading = np.take_along_axis(own, (own != 0).argmax(axis=1)[:, None], axis=1)[:, 0]
    turn = rows[(first[rows] > second[rows]) | (leading < 0)]
    first[turn], second[turn] = second[turn], first[turn]
    between[turn] *= -1
    return first, second, between
