"""Registry: how far a film is shifted along its substrate, and how near it then comes.

Two surfaces are laid on each other like hard bodies: the film comes down until two atoms touch.
How near atoms may come is read from the two crystals themselves: the shortest distance at which
either of them holds such a pair, bonds inside a molecular group left out. The centre of a group is
told from the same element outside one, so that a foreign O comes no nearer to the P of a PO4 than
the O of other groups do. For a pair that neither crystal holds, the mean of what each atom keeps
from its like stands in (2.40 Å for Si–Ge), or :data:`STRANGERS` of the sum of the van der Waals
radii if that is less (S. Alvarez, Dalton Trans. 42, 8617 (2013), doi:10.1039/c3dt50599e, as ASE
holds them).

The steric score of a shift is the gap at contact, in Å: the lower, the better the two reliefs
interlock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import MolecularGroups
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.lattice.lattice_points import index_grid

STRANGERS = 0.67
"""Closest approach of a pair that neither crystal holds, over the sum of van der Waals radii: the
median, over the oxides of the library, of the shortest distances between unlike cations."""

BEYOND_COVALENT = 0.93
"""What van der Waals radii are larger than covalent ones in Å, the median over the elements that
have both; it stands in for Pm, Po, At, Rn, Fr, Ra and what comes after Es."""

REACH = 4.5
"""Distance in Å up to which pairs of the crystals are looked at."""

CENTRAL = 1000

KIND = "registry_kind"
"""Array of a slab: atomic number, and :data:`CENTRAL` more for the centre of a molecular group."""

_CHUNK = 200_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Registry:
    """The shifts that were tried, and the best one.

    Parameters
    ----------
    shifts
        Displacements of the film in Å along x and y, shape (n, 2).
    gaps
        Gap in Å at which the two slabs touch, shape (n,).
    energies
        Energies in eV of the whole interface, shape (n,), None without a calculator.
    best
        Number of the shift that was taken, from 0.
    judged_by
        ``"gap at contact"`` or ``"energy"``.
    """

    shifts: Floats
    gaps: Floats
    energies: Floats | None
    best: int
    judged_by: Literal["gap at contact", "energy"]


def kinds(atoms: Atoms, groups: MolecularGroups) -> NDArray[np.int64]:
    """Tell the centres of molecular groups from the same elements elsewhere, shape (n,)."""
    found = np.array(atoms.numbers, dtype=np.int64)
    found[groups.centre] += CENTRAL
    return found


class ClosestApproach:
    """How near two kinds of atoms may come.

    Parameters
    ----------
    crystals
        The crystals on both sides, without strain, with their groups. They are looked at when the
        first distance is asked for.
    """

    def __init__(self, crystals: Iterable[tuple[Atoms, MolecularGroups]]) -> None:
        self._crystals = tuple(crystals)

    def __call__(self, one: int, other: int) -> float:
        """Return the distance in Å for two kinds, see :func:`kinds`."""
        known = self._shortest.get((one, other))
        if known is not None:
            return known
        likes = [self._shortest.get((kind, kind), np.inf) for kind in (one, other)]
        apart = STRANGERS * (_radius(one) + _radius(other))
        return float(min(sum(likes) / 2, apart))

    @cached_property
    def _shortest(self) -> dict[tuple[int, int], float]:
        shortest: dict[tuple[int, int], float] = {}
        for atoms, groups in self._crystals:
            kind = kinds(atoms, groups)
            pairs = neighbour_list(atoms, REACH)
            outside = ~_inside_a_group(groups, pairs.first, pairs.second, pairs.shifts)
            one, other = kind[pairs.first[outside]], kind[pairs.second[outside]]
            distance = pairs.distances[outside]
            order = np.lexsort((distance, other, one))
            one, other, distance = one[order], other[order], distance[order]
            first = np.unique(one * 10_000 + other, return_index=True)[1]
            for i in first.tolist():
                key = (int(one[i]), int(other[i]))
                shortest[key] = min(float(distance[i]), shortest.get(key, np.inf))
        return shortest


def _radius(kind: int) -> float:
    """Van der Waals radius in Å, by the covalent one where none has been measured."""
    number = kind % CENTRAL
    known = float(vdw_radii[number]) if number < len(vdw_radii) else np.nan
    return known if np.isfinite(known) else float(covalent_radii[number]) + BEYOND_COVALENT


def gaps_at_contact(
    lower: Atoms, upper: Atoms, shifts: Floats, approach: Callable[[int, int], float]
) -> Floats:
    """Gap at which an upper slab touches a lower one."""
    from scipy.spatial import cKDTree

    kind_l, kind_u = np.unique(lower.arrays[KIND]), np.unique(upper.arrays[KIND])
    table = np.array([[approach(int(a), int(b)) for b in kind_u] for a in kind_l])
    reach = float(table.max())
    down = lower.positions[:, 2] - lower.positions[:, 2].max()
    up = upper.positions[:, 2] - upper.positions[:, 2].min()
    low, high = np.flatnonzero(down > -2 * reach), np.flatnonzero(up < 2 * reach)
    row = np.searchsorted(kind_l, lower.arrays[KIND][low])
    column = np.searchsorted(kind_u, upper.arrays[KIND][high])

    vectors = lower.cell.array[:2, :2]
    inverse = np.linalg.inv(vectors)
    # Images of the lower atoms in a margin around the cell, into which upper atoms are wrapped.
    margin = reach * np.linalg.norm(inverse, axis=0)
    home = (lower.positions[low, :2] @ inverse) % 1.0
    images = index_grid(-np.ceil(margin), np.ceil(margin))
    spread = home[None] + images[:, None]
    near = ((spread > -margin) & (spread < 1 + margin)).all(axis=2)
    tree = cKDTree(spread[near] @ vectors)
    index = np.broadcast_to(np.arange(len(low)), near.shape)[near]

    found = np.empty(len(shifts))
    step = max(1, _CHUNK // max(1, len(high) * 40))
    for start in range(0, len(shifts), step):
        part = shifts[start : start + step]
        moved = upper.positions[high, :2] + part[:, None]
        wrapped = (moved.reshape(-1, 2) @ inverse) % 1.0 @ vectors
        contact = cKDTree(wrapped).sparse_distance_matrix(tree, reach, output_type="ndarray")
        who, one = contact["i"] % len(high), index[contact["j"]]
        limit = table[row[one], column[who]]
        rise = limit**2 - contact["v"] ** 2
        inside = rise > 0
        who, one = who[inside], one[inside]
        need = np.sqrt(rise[inside]) + down[low[one]] - up[high[who]]
        gap = np.full(len(part), -reach)
        np.maximum.at(gap, contact["i"][inside] // len(high), need)
        found[start : start + step] = gap
    return found


def shift_grid(vectors: Floats, spacing: float) -> Floats:
    """Shifts on a grid over a mesh, shape (n, 2), in Å."""
    counts = [max(1, int(np.ceil(np.linalg.norm(v) / spacing - 1e-9))) for v in vectors]
    grid = np.array(list(np.ndindex(*counts))) / counts
    return np.asarray(grid @ vectors)


def _inside_a_group(
    groups: MolecularGroups,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    shifts: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Whether both atoms of a pair belong to one group."""
    if len(groups) == 0:
        return np.zeros(len(first), dtype=bool)
    start = np.searchsorted(groups.group, np.arange(len(groups) + 1))
    size = np.diff(start)
    # All ordered pairs of rows of each group, one position in the group after the other.
    rows = [
        (start[:-1][(size > i) & (size > j)] + i, start[:-1][(size > i) & (size > j)] + j)
        for i in range(size.max())
        for j in range(size.max())
        if i != j
    ]
    a, b = (np.concatenate(part) for part in zip(*rows, strict=True))
    inside = _keys(groups.member[a], groups.member[b], groups.shift[b] - groups.shift[a])
    return np.isin(_keys(first, second, shifts.astype(np.int64)), inside)


def _keys(
    first: NDArray[np.int64], second: NDArray[np.int64], shifts: NDArray[np.int64]
) -> NDArray[np.int64]:
    packed = first * 1_000_000 + second
    for axis in range(3):
        packed = packed * 64 + shifts[:, axis] + 32
    return packed
