"""Two slabs on each other: common frame, shift of the film (registry), gap, vacuum, frozen atoms.

The slabs are brought together like hard bodies: the film is lowered until two atoms touch. The
closest approach of two elements is taken from the two crystals: the shortest distance between them
in either, without bonds inside molecular groups. The centre of a group is distinguished from the
same element elsewhere, so that a foreign O comes no nearer to the P of a PO4 than the O of other
groups do. For a pair that occurs in neither crystal, the mean of the like-atom distances is used
(2.40 Å for Si–Ge), or 0.67 of the sum of the van der Waals radii if that is less (S. Alvarez,
Dalton Trans. 42, 8617 (2013), doi:10.1039/c3dt50599e, from ASE).

The score of a shift is the gap at contact in Å: the lower, the better the two reliefs interlock.
"""

from collections.abc import Callable, Iterable, Sequence
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
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.slabs import CENTRAL, CHARGE, KIND, SITE, moments

STRANGERS = 0.67
"""Closest approach of a pair that occurs in neither crystal, over the sum of van der Waals radii:
the median of the shortest distances between unlike cations in the oxides of the library."""

BEYOND_COVALENT = 0.93
"""Median difference in Å of van der Waals and covalent radii, for elements without the former: Pm,
Po, At, Rn, Fr, Ra and those beyond Es."""

REACH = 4.5
"""Distance in Å up to which pairs of the crystals are considered."""

SAME_VECTOR = 1e-6
"""Largest difference in Å of the cells of both sides."""

_CHUNK = 200_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Registry:
    """Shifts of the film that were tried, and the best one.

    Parameters
    ----------
    shifts
        Displacements of the film in Å along x and y, shape (n, 2).
    gaps
        Gap in Å at which the two slabs touch, shape (n,).
    energies
        Energies in eV of the whole interface, shape (n,); None without a potential.
    best
        Number of the best shift, from 0.
    judged_by
        Quantity that the best shift minimises.
    """

    shifts: Floats
    gaps: Floats
    energies: Floats | None
    best: int
    judged_by: Literal["gap at contact", "energy"]


def kinds(atoms: Atoms, groups: MolecularGroups) -> NDArray[np.int64]:
    """Atomic numbers, increased for the centres of molecular groups, shape (n,)."""
    kind = np.array(atoms.numbers, dtype=np.int64)
    kind[groups.centre] += CENTRAL
    return kind


class ClosestApproach:
    """Closest approach of two kinds of atoms, from the crystals on both sides.

    Parameters
    ----------
    crystals
        The unstrained crystals with their molecular groups.
    """

    def __init__(self, crystals: Iterable[tuple[Atoms, MolecularGroups]]) -> None:
        self._crystals = tuple(crystals)

    def __call__(self, first: int, second: int) -> float:
        """Distance in Å of two kinds: atomic numbers, increased by 1000 for centres of groups."""
        known = self._shortest.get((first, second))
        if known is not None:
            return known
        likes = [self._shortest.get((kind, kind), np.inf) for kind in (first, second)]
        apart = STRANGERS * (_radius(first) + _radius(second))
        return float(min(sum(likes) / 2, apart))

    @cached_property
    def _shortest(self) -> dict[tuple[int, int], float]:
        """Shortest distance in Å of each pair of kinds in the crystals."""
        shortest: dict[tuple[int, int], float] = {}
        for atoms, groups in self._crystals:
            kind = kinds(atoms, groups)
            pairs = neighbour_list(atoms, REACH)
            outside = ~_inside_a_group(groups, pairs.first, pairs.second, pairs.shifts)
            first, second = kind[pairs.first[outside]], kind[pairs.second[outside]]
            distance = pairs.distances[outside]
            order = np.lexsort((distance, second, first))
            first, second, distance = first[order], second[order], distance[order]
            for i in np.unique(first * 10_000 + second, return_index=True)[1].tolist():
                key = (int(first[i]), int(second[i]))
                shortest[key] = min(float(distance[i]), shortest.get(key, np.inf))
        return shortest


def _radius(kind: int) -> float:
    """Van der Waals radius in Å, estimated from the covalent one if unknown."""
    number = kind % CENTRAL
    known = float(vdw_radii[number]) if number < len(vdw_radii) else np.nan
    return known if np.isfinite(known) else float(covalent_radii[number]) + BEYOND_COVALENT


def gaps_at_contact(
    lower: Atoms, upper: Atoms, shifts: Floats, approach: Callable[[int, int], float]
) -> Floats:
    """Gap in Å at which an upper slab touches a lower one, for each shift."""
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

    gaps = np.empty(len(shifts))
    step = max(1, _CHUNK // max(1, len(high) * 40))
    for start in range(0, len(shifts), step):
        part = shifts[start : start + step]
        moved = upper.positions[high, :2] + part[:, None]
        wrapped = (moved.reshape(-1, 2) @ inverse) % 1.0 @ vectors
        contact = cKDTree(wrapped).sparse_distance_matrix(tree, reach, output_type="ndarray")
        above, below = contact["i"] % len(high), index[contact["j"]]
        limit = table[row[below], column[above]]
        rise = limit**2 - contact["v"] ** 2
        inside = rise > 0
        above, below = above[inside], below[inside]
        need = np.sqrt(rise[inside]) + down[low[below]] - up[high[above]]
        gap = np.full(len(part), -reach)
        np.maximum.at(gap, contact["i"][inside] // len(high), need)
        gaps[start : start + step] = gap
    return gaps


def shift_grid(vectors: Floats, spacing: float) -> Floats:
    """Shifts on a grid over a mesh, shape (n, 2), in Å."""
    counts = [max(1, int(np.ceil(np.linalg.norm(v) / spacing - 1e-9))) for v in vectors]
    grid = np.array(list(np.ndindex(*counts))) / counts
    return np.asarray(grid @ vectors)


def deformations(match: Match, cells: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Matrices that take Cartesian vectors of both crystals to the frame of the interface."""
    strained = [
        (np.eye(3) + np.array(match.substrate_strain)),
        np.array(match.rotation) @ (np.eye(3) + np.array(match.film_strain)),
    ]
    vectors = [
        np.array(own) @ cell @ matrix.T
        for own, cell, matrix in zip(
            (match.substrate_vectors, match.film_vectors), cells, strained, strict=True
        )
    ]
    off = float(abs(vectors[0] - vectors[1]).max())
    if not off < SAME_VECTOR:
        raise InvalidStructure(
            f"the cells of substrate and film differ by {off:.2g} Å: `match` belongs to other "
            "crystals"
        )
    normal = np.cross(*vectors[0])
    normal /= np.linalg.norm(normal)
    along = vectors[0][0] / np.linalg.norm(vectors[0][0])
    frame = np.array([along, np.cross(normal, along), normal])
    return frame @ strained[0], frame @ strained[1]


def stack_slabs(
    lower: Atoms,
    upper: Atoms,
    shift: Floats,
    gap: float,
    vacuum: float,
    approach: Callable[[int, int], float],
) -> Atoms:
    """Place the upper slab on the lower one."""
    below, above = lower.copy(), upper.copy()
    below.positions[:, 2] -= below.positions[:, 2].min()
    above.positions[:, :2] += shift
    above.positions[:, 2] += below.positions[:, 2].max() + gap - above.positions[:, 2].min()
    back = vacuum
    if not vacuum:
        back = float(gaps_at_contact(above, below, np.zeros((1, 2)), approach)[0])
    for part, other, side in ((below, above, 0), (above, below, 1)):
        part.set_array("side", np.full(len(part), side), int)
        if SITE in other.arrays and SITE not in part.arrays:  # an empty word is lost in a file
            part.set_array(SITE, np.array(part.get_chemical_symbols()))
    atoms: Atoms = below + above
    atoms.info = {}
    cell = lower.cell.array.copy()
    cell[2] = (0, 0, above.positions[:, 2].max() - below.positions[:, 2].min() + back)
    atoms.set_cell(cell)
    fractional = atoms.positions @ np.linalg.inv(cell)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    atoms.positions = fractional @ cell
    if vacuum:
        atoms.positions[:, 2] += vacuum / 2
    atoms.pbc = (True, True, not vacuum)
    return atoms


def as_repeated(atoms: Atoms) -> Atoms:
    """Interface as seen by programs that repeat every cell, across the vacuum too."""
    return Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)


def back_gap(atoms: Atoms) -> float:
    """Gap in Å at the second interface of a periodic stack."""
    height = atoms.cell.array[2, 2]
    z = atoms.positions[:, 2]
    return float(height - (z.max() - z.min()))


def moments_of_both(atoms: Atoms, slabs: Sequence[Atoms]) -> tuple[float | None, float | None]:
    """Charge in e and dipole in e Å of two slabs together; None if those of one are unknown."""
    known = [CHARGE in slab.arrays for slab in slabs]
    elements = [len(np.unique(slab.numbers)) == 1 for slab in slabs]
    if not any(known) or not all(k or e for k, e in zip(known, elements, strict=True)):
        return None, None
    return moments(atoms)


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
    """Pairs of atoms with their shifts, packed into one number each."""
    packed = first * 1_000_000 + second
    for axis in range(3):
        packed = packed * 64 + shifts[:, axis] + 32
    return packed
