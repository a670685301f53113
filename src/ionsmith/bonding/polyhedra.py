"""Coordination polyhedra: a centre with at least three ligands, and the faces of their hull.

Ligands are bonded neighbours of higher electronegativity. Hydrogen is never a centre and counts as
a ligand of every element, so that ammonium is NH4.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds, neighbours_by_element
from ionsmith.bonding.elements import electronegativities

FEWEST_LIGANDS = 3

_MOST_LIGANDS = 24
_BLOCK = 20_000


@dataclass(frozen=True)
class Polyhedra:
    """Coordination polyhedra of a structure.

    Parameters
    ----------
    centres
        Index of the central atom, rising, shape (n,).
    names
        Different names in alphabetical order, such as ``"AlO4"``, ``"NH4"``, ``"SiO3N"``.
    kinds
        Index in ``names`` of each polyhedron, shape (n,).
    bonds
        Bonds from centres (``first``) to ligands (``second``).
    """

    centres: NDArray[np.int64]
    names: tuple[str, ...]
    kinds: NDArray[np.int64]
    bonds: Bonds

    def counts(self) -> dict[str, int]:
        """Return how many polyhedra have each name."""
        numbers = np.bincount(self.kinds, minlength=len(self.names))
        return dict(zip(self.names, numbers.tolist(), strict=True))


def polyhedra_of(atoms: Atoms, bonds: Bonds) -> Polyhedra:
    """Find the coordination polyhedra of a structure whose bonds are known.

    Parameters
    ----------
    atoms
        The structure.
    bonds
        Its bonds, in both directions.
    """
    rank = _ligand_rank()[atoms.numbers]
    to_ligand = rank[bonds.first] < rank[bonds.second]
    n_ligands = np.bincount(bonds.first[to_ligand], minlength=len(atoms))
    bonds = bonds.take(to_ligand & (n_ligands[bonds.first] >= FEWEST_LIGANDS))
    centres = np.flatnonzero(n_ligands >= FEWEST_LIGANDS)
    names, kinds = _names(atoms, centres, bonds)
    return Polyhedra(centres, names, kinds, bonds)


def hull_faces(atoms: Atoms, bonds: Bonds) -> NDArray[np.int64]:
    """Triangles of the convex hulls of the ligands of each centre."""
    starts = np.flatnonzero(np.diff(bonds.first, prepend=-1))
    sizes = np.diff(np.append(starts, len(bonds.first)))
    cell = atoms.cell.complete().array
    vectors = atoms.positions[bonds.second] - atoms.positions[bonds.first] + bonds.shifts @ cell
    faces = [np.zeros((0, 3), np.int64)]
    for size in np.unique(sizes).tolist():
        if size > _MOST_LIGANDS:
            continue
        triples = np.array(list(combinations(range(size), 3)))
        # Rectangles would be found as all four of their triangles: a bulge decides which two.
        bulge = 1 + 2e-5 * np.sin(1 + 7.0 * np.arange(size))
        members = starts[sizes == size][:, None] + np.arange(size)
        block = max(1, _BLOCK // len(triples))
        for begin in range(0, len(members), block):
            rows = members[begin : begin + block]
            corners = vectors[rows] * bulge[:, None]
            a, b, c = (corners[:, triples[:, place]] for place in range(3))
            normals = np.cross(b - a, c - a)
            heights = np.einsum("stk,svk->stv", normals, corners)
            heights -= np.einsum("stk,stk->st", normals, a)[..., None]
            heights[:, np.arange(len(triples))[:, None], triples] = 0
            slack = 1e-9
            outer = (heights <= slack).all(axis=2) | (heights >= -slack).all(axis=2)
            site, face = np.nonzero(outer)
            faces.append(rows[site[:, None], triples[face]])
    return np.concatenate(faces)


def _ligand_rank() -> NDArray[np.float64]:
    """Electronegativity by atomic number, hydrogen above all."""
    rank = electronegativities().copy()
    rank[atomic_numbers["H"]] = np.inf
    return rank


def _names(
    atoms: Atoms, centres: NDArray[np.int64], bonds: Bonds
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the polyhedra in alphabetical order, and which of them each polyhedron has."""
    if len(centres) == 0:
        return (), np.zeros(0, np.int64)
    numbers = atoms.numbers
    elements, counts = neighbours_by_element(numbers, bonds)
    columns = [*counts.take(centres, axis=0).T, numbers[centres]]
    # Group equal rows of small numbers with one sort.
    order = np.lexsort(columns)
    sorted_rows = np.stack(columns, axis=1)[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.diff(sorted_rows, axis=0).any(axis=1)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(new) - 1
    labels = []
    for *number, centre in sorted_rows[new].tolist():
        ligands = sorted(
            (-count, chemical_symbols[z])
            for z, count in zip(elements.tolist(), number, strict=True)
            if count
        )
        parts = (f"{symbol}{-count if count < -1 else ''}" for count, symbol in ligands)
        labels.append(chemical_symbols[centre] + "".join(parts))
    names = sorted(labels)
    return tuple(names), np.array([names.index(label) for label in labels])[group]
