"""Pairs the atoms of two structures.

Where both were made from one structure, atoms with the same ``atom_id`` are pairs. Otherwise atoms
of the same element are paired by distance: a rigid shift of the whole structure is removed, cells
that are strained relative to each other are compared in their mean cell, and the sum of squared
distances is minimised. Where they do not fit, other axes of the second lattice that resemble those
of the first are tried. Distances are those to the nearest periodic image, in cells of any shape.
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from ase import Atoms
from ase.cell import Cell
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.provenance import same_lineage

MAX_DISPLACEMENT = 2.5
"""Largest distance in Å over which atoms are paired by geometry, about that between like anions in
an oxide. An atom that has moved farther counts as removed and added."""
MAX_STRETCH = 1.5
"""Largest ratio of the two cells along any direction; beyond it they are not compared."""
CERTAIN = 0.5
"""Distance in Å within which mutually nearest like atoms are a pair: like atoms are never so close
together, except in H2, that another assignment could be better."""
SAMPLE, FEW, REFERENCES, SHORTLIST = 200, 8, 4, 20
"""Search for the rigid shift: number of atoms that a shift is tested on, and tested on first; atoms
whose possible partners give trial shifts, and trial shifts that pass the first test."""
REACH = 1.5
"""Distance in Å beyond which an atom counts as unpaired in that search."""
MANY = 0.9
"""Share of the atoms near a like one above which axes that do not coincide in space are right."""
IN_PLACE = 0.2
"""Distance between the ends of axes that coincide in space, as a share of their length."""
ALIKE, FARTHER, MOST_SETTINGS = 0.05, 0.02, 24
"""Strain up to which other axes resemble the first ones whatever the given ones do, and how much
more strain than by the given ones they may have; number of settings that are tried."""

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class AtomMatch:
    """Pairs of atoms of two structures.

    Parameters
    ----------
    method
        ``"identity"``, ``"geometry"``, or ``"none"`` where the cells differ too much.
    before, after
        Indices of the paired atoms in each structure, sorted by ``before``, shape (n,).
    displacements
        Distances in Å of the pairs, shape (n,), without the rigid shift and the strain of the
        cell; nan where the cells differ too much.
    """

    method: Literal["identity", "geometry", "none"]
    before: Indices
    after: Indices
    displacements: Array


def match_atoms(before: Atoms, after: Atoms) -> AtomMatch:
    """Pair the atoms of two structures.

    Parameters
    ----------
    before, after
        The structures. Axes correspond in their order, unless the atoms fit much better with other
        axes of the second lattice; an axis counts as periodic if it is so in both.

    Returns
    -------
    AtomMatch
        Atoms without a partner are left out. With the same lineage, pairs have the same
        ``atom_id`` and element.
    """
    frame = _Frame.of(before, after)
    known = _same_identity(before, after)
    if known is not None:
        if frame is None:
            return AtomMatch("identity", *known, np.full(len(known[0]), np.nan))
        return AtomMatch("identity", *known, frame.distances(*known))
    frame = _fitted(before, after, frame)
    if frame is None:
        nothing = np.zeros(0, np.int64)
        return AtomMatch("none", nothing, nothing, np.zeros(0))
    for _ in range(3):
        i, j = frame.mutually_nearest(2 * CERTAIN)
        if len(i) == 0:
            break
        shift = frame.mean_shift(i, j)
        frame = frame.shifted(shift)
        if np.linalg.norm(shift @ frame.cell) < 0.01:
            break
    i, j = frame.mutually_nearest(CERTAIN)
    rest_i, rest_j = _assign(frame, i, j)
    i, j = np.concatenate([i, rest_i]), np.concatenate([j, rest_j])
    order = np.argsort(i, kind="stable")
    return AtomMatch("geometry", i[order], j[order], frame.distances(i[order], j[order]))


@dataclass(frozen=True)
class _Frame:
    """Both structures in fractional coordinates of their mean cell."""

    before: Array
    after: Array
    numbers_before: Indices
    numbers_after: Indices
    cell: Array
    pbc: NDArray[np.bool_]

    @classmethod
    def of(cls, before: Atoms, after: Atoms, setting: Indices | None = None) -> "_Frame | None":
        """Take the frame of two structures, None if their cells differ too much."""
        pbc = np.asarray(before.pbc) & np.asarray(after.pbc)
        # An axis that is not periodic has no length to compare.
        cells = [
            Cell(atoms.cell.array * pbc[:, None]).complete().array for atoms in (before, after)
        ]
        if setting is not None:
            cells[1] = setting @ cells[1]
        stretch = np.linalg.svd(np.linalg.solve(cells[0], cells[1]), compute_uv=False)
        if stretch.max() > MAX_STRETCH or stretch.min() < 1 / MAX_STRETCH:
            return None
        # The mean of the metric tensors does not ask how either cell is turned.
        metric = sum(cell @ cell.T for cell in cells) / 2
        return cls(
            before.positions @ np.linalg.inv(cells[0]),
            after.positions @ np.linalg.inv(cells[1]),
            before.numbers.astype(np.int64),
            after.numbers.astype(np.int64),
            np.linalg.cholesky(metric),
            pbc,
        )

    def shifted(self, shift: Array) -> "_Frame":
        """Move the structure before, in fractional coordinates."""
        return _Frame(
            self.before + shift,
            self.after,
            self.numbers_before,
            self.numbers_after,
            self.cell,
            self.pbc,
        )

    def vectors(self, i: Indices, j: Indices) -> Array:
        """Shortest Cartesian vectors from atoms before to atoms after."""
        vectors, _ = find_mic((self.after[j] - self.before[i]) @ self.cell, self.cell, self.pbc)
        return np.asarray(vectors, dtype=float)

    def mean_shift(self, i: Indices, j: Indices) -> Array:
        """Middle of these vectors, in fractional coordinates: few atoms that move do not count."""
        return np.asarray(np.median(self.vectors(i, j), axis=0) @ np.linalg.inv(self.cell))

    def distances(self, i: Indices, j: Indices) -> Array:
        """Distances of pairs, the rigid shift between the structures taken away."""
        if len(i) == 0:
            return np.zeros(0)
        steps = self.after[j] - self.before[i]
        # The mean of angles is where a drift across the cell boundary has its middle.
        turned = np.angle(np.exp(2j * np.pi * steps).mean(axis=0)) / (2 * np.pi)
        frame = self.shifted(np.where(self.pbc, turned, np.median(steps, axis=0)))
        frame = frame.shifted(frame.mean_shift(i, j))
        return np.asarray(np.linalg.norm(frame.vectors(i, j), axis=1))

    def candidates(
        self, cutoff: float, left: Indices, right: Indices
    ) -> tuple[Indices, Indices, Array]:
        """Pairs of like atoms closer than a cutoff: places in ``left`` and ``right``, distances."""
        both = Atoms(
            numbers=np.concatenate([self.numbers_before[left], self.numbers_after[right]]),
            scaled_positions=np.concatenate([self.before[left], self.after[right]]),
            cell=self.cell,
            pbc=self.pbc,
        )
        both.wrap()
        pairs = neighbour_list(both, cutoff, full=False)
        crossing = (pairs.first < len(left)) != (pairs.second < len(left))
        crossing &= both.numbers[pairs.first] == both.numbers[pairs.second]
        first, second = pairs.first[crossing], pairs.second[crossing]
        i, j = np.minimum(first, second), np.maximum(first, second) - len(left)
        distances = pairs.distances[crossing]
        # Of several images the nearest counts.
        order = np.lexsort((distances, j, i))
        i, j, distances = i[order], j[order], distances[order]
        nearest = np.ones(len(i), dtype=bool)
        nearest[1:] = (np.diff(i) != 0) | (np.diff(j) != 0)
        return i[nearest], j[nearest], distances[nearest]

    def mutually_nearest(self, cutoff: float) -> tuple[Indices, Indices]:
        """Pairs of atoms that are each other's nearest like atom."""
        everything = np.arange(len(self.before)), np.arange(len(self.after))
        i, j, distances = self.candidates(cutoff, *everything)
        by_distance = np.argsort(distances, kind="stable")
        i, j = i[by_distance], j[by_distance]
        first_i, first_j = np.zeros(len(i), dtype=bool), np.zeros(len(j), dtype=bool)
        first_i[np.unique(i, return_index=True)[1]] = True
        first_j[np.unique(j, return_index=True)[1]] = True
        return i[first_i & first_j], j[first_i & first_j]


def _same_identity(before: Atoms, after: Atoms) -> tuple[Indices, Indices] | None:
    """Pairs with the same ``atom_id`` and element, None where the numbers are no identity."""
    if not same_lineage(before, after):
        return None
    ids = before.arrays["atom_id"], after.arrays["atom_id"]
    orders = [np.argsort(numbers, kind="stable") for numbers in ids]
    old, new = (numbers[order] for numbers, order in zip(ids, orders, strict=True))
    if any((numbers[1:] == numbers[:-1]).any() for numbers in (old, new)):
        return None  # a repeated cell: several atoms carry one number
    place = np.searchsorted(new, old)
    common = np.flatnonzero(new.take(place, mode="clip") == old) if len(new) else place[:0]
    i, j = orders[0][common], orders[1][place[common]]
    like = before.numbers[i] == after.numbers[j]
    i, j = i[like], j[like]
    order = np.argsort(i, kind="stable")
    return i[order].astype(np.int64), j[order].astype(np.int64)


def _fitted(before: Atoms, after: Atoms, given: _Frame | None) -> _Frame | None:
    """Frame, rigidly shifted, in which the atoms fit: by the given axes, or by much better ones.

    Given axes that coincide in space are right: by others, a hop to a site that is equivalent by
    symmetry would be none. Else those that coincide are tried, and where the given ones leave many
    atoms without a like one nearby, all others of the same lengths and angles.
    """
    best, least = given, np.full(1, REACH)
    if given is not None:
        shift, least = _rigid_shift(given)
        best = given.shifted(shift)
    if not all(atoms.pbc.all() and atoms.cell.rank == 3 for atoms in (before, after)):
        return best
    first, second = before.cell.array, after.cell.array
    in_place = np.rint(first @ np.linalg.inv(second)).astype(np.int64)
    apart = np.linalg.norm(in_place @ second - first, axis=1) / np.linalg.norm(first, axis=1)
    if apart.max() > IN_PLACE:
        in_place[:] = 0
    if (in_place == np.eye(3)).all():
        return best
    lowest = (least**2).mean() / 2
    for setting in _settings(first, second):
        if least.max() < CERTAIN:
            break
        if (setting != in_place).any() and np.mean(least < CERTAIN) > MANY:
            continue
        frame = _Frame.of(before, after, setting)
        if frame is None:
            continue
        shift, misfits = _rigid_shift(frame)
        if (misfits**2).mean() < lowest:
            best, least, lowest = frame.shifted(shift), misfits, (misfits**2).mean()
    return best


def _settings(first: Array, second: Array) -> Indices:
    """Other axes of the second lattice like those of the first cell, the most alike first.

    Rows of whole numbers, shape (n, 3, 3), of the handedness of the first cell; of equally alike
    ones those that coincide in space come first.
    """

    def strain(cells: Array) -> Array:
        stretches = np.linalg.svd(np.linalg.solve(first, cells), compute_uv=False)
        return np.asarray(abs(np.log(stretches)).max(axis=-1))

    limit = min(float(strain(second)), ALIKE) + FARTHER
    steps = np.array([step for step in product(range(-2, 3), repeat=3) if any(step)])
    lengths = np.log(np.linalg.norm(steps @ second, axis=1))
    near = [np.flatnonzero(abs(lengths - np.log(np.linalg.norm(axis))) <= limit) for axis in first]
    turns = steps[np.stack(np.meshgrid(*near, indexing="ij"), axis=-1).reshape(-1, 3)]
    same_hand = np.sign(np.linalg.det(first) * np.linalg.det(second))
    turns = turns[np.rint(np.linalg.det(turns)) == same_hand]
    turns = turns[~(turns == np.eye(3)).all(axis=(1, 2))]
    strains = strain(turns @ second) if len(turns) else np.zeros(0)
    apart = np.linalg.norm(turns @ second - first, axis=(1, 2)).round(3)
    order = np.lexsort((apart, strains.round(6)))[:MOST_SETTINGS]
    return np.asarray(turns[order[strains[order] <= limit]])


def _rigid_shift(frame: _Frame) -> tuple[Array, Array]:
    """Shift of the structure before that brings most atoms near like atoms of the other.

    Also the distances in Å of a sample of atoms then, up to :data:`REACH`.
    """
    common = np.intersect1d(frame.numbers_before, frame.numbers_after)
    usable = np.flatnonzero(np.isin(frame.numbers_before, common))
    if len(usable) == 0:
        return np.zeros(3), np.zeros(1)
    heights = 1 / np.linalg.norm(np.linalg.inv(frame.cell), axis=0)
    margin = np.where(frame.pbc, REACH / heights, np.inf)
    inside = np.where(frame.pbc, frame.after - np.floor(frame.after), frame.after)
    layers = (range(-int(np.ceil(m)), int(np.ceil(m)) + 1) if m < np.inf else (0,) for m in margin)
    points = []
    for image in product(*layers):
        moved = inside + image
        near = ((moved >= -margin) & (moved <= 1 + margin)).all(axis=1)
        points.append(_by_element(moved[near] @ frame.cell, frame.numbers_after[near]))
    tree = cKDTree(np.concatenate(points))

    def misfit(shifts: Array, atoms: Indices) -> Array:
        moved = frame.before[atoms] + shifts[:, None]
        moved = np.where(frame.pbc, moved - np.floor(moved), moved) @ frame.cell
        numbers = np.broadcast_to(frame.numbers_before[atoms], moved.shape[:-1])
        distances, _ = tree.query(_by_element(moved, numbers), distance_upper_bound=REACH)
        return np.asarray(np.minimum(distances, REACH))

    # A random but reproducible sample.
    generator = np.random.default_rng(0)
    sample = generator.permutation(usable)[:SAMPLE]
    best = np.zeros((1, 3))
    misfits = misfit(best, sample)
    # All atoms must fit: a sublattice may have translations that the crystal does not have.
    least = misfits[0]
    if least.max() < CERTAIN:
        return np.zeros(3), least
    rarest = min(common.tolist(), key=lambda z: np.count_nonzero(frame.numbers_after == z))
    partners = np.flatnonzero(frame.numbers_after == rarest)
    references = np.flatnonzero(frame.numbers_before == rarest)
    lowest = round(float((least**2).mean()), 3)
    for reference in generator.permutation(references)[:REFERENCES]:
        shifts = frame.after[partners] - frame.before[reference]
        shifts -= np.where(frame.pbc, np.round(shifts), 0)
        # Translations of the crystal fit equally well; the shortest comes first.
        shifts = shifts[np.argsort(np.linalg.norm(shifts @ frame.cell, axis=1), kind="stable")]
        first_sight = (misfit(shifts, sample[:FEW]) ** 2).mean(axis=1).round(3)
        shifts = shifts[np.argsort(first_sight, kind="stable")[:SHORTLIST]]
        misfits = misfit(shifts, sample)
        squares = (misfits**2).mean(axis=1).round(3)
        found = int(squares.argmin())
        if squares[found] < lowest:
            lowest, best = float(squares[found]), shifts[found : found + 1]
            least = misfits[found]
            if least.max() < CERTAIN:
                break
    return np.asarray(best[0]), least


def _by_element(points: Array, numbers: Indices) -> Array:
    """Points in four dimensions, in which unlike atoms are far apart."""
    return np.concatenate([points, 10 * REACH * numbers[..., None]], axis=-1)


def _assign(frame: _Frame, i: Indices, j: Indices) -> tuple[Indices, Indices]:
    """Pair the remaining atoms so that the sum of squared distances is smallest."""
    left = np.setdiff1d(np.arange(len(frame.before)), i)
    right = np.setdiff1d(np.arange(len(frame.after)), j)
    nothing = np.zeros(0, np.int64)
    if len(left) == 0 or len(right) == 0:
        return nothing, nothing
    row, column, distances = frame.candidates(MAX_DISPLACEMENT, left, right)
    # To remain unpaired costs as much as the longest distance; each atom has its own column for it.
    n = len(left)
    rows = np.concatenate([row, np.arange(n)])
    columns = np.concatenate([column, len(right) + np.arange(n)])
    costs = np.concatenate([distances**2, np.full(n, MAX_DISPLACEMENT**2)])
    # Adding one to every cost does not move the minimum, and a cost of zero would be no entry.
    graph = csr_array((costs + 1, (rows, columns)), shape=(n, len(right) + n))
    rows, columns = min_weight_full_bipartite_matching(graph)
    paired = columns < len(right)
    return left[rows[paired]].astype(np.int64), right[columns[paired]].astype(np.int64)
