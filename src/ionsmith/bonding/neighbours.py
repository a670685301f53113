"""Neighbour lists of periodic structures.

They are found by `vesin <https://github.com/Luthaf/vesin>`_, which takes 0.2 s for 100,000 atoms
where ASE takes 11 s. Sign conventions are ASE's: the vector from atom ``first`` to its neighbour
``second`` is ``r[second] + shifts @ cell - r[first]``.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.distances import images_within
from ionsmith.bonding.sorting import pair_order
from ionsmith.errors import AtomsTooClose

MOST_BOXES = 1e5
"""Largest number of boxes that vesin 0.6 sorts atoms into. Where there would be more, it reduces
them alike along all axes: a single box along one becomes none, and the process dies (SIGFPE)."""

CHUNK = 100_000
"""Number of atoms whose neighbours :func:`neighbour_chunks` yields at a time."""

WIDEST = 6.0
"""Distance in Å up to which a wider search with a filter may be faster than an exact one: each atom
has about a hundred neighbours within it."""


_SLACK = 1e-9  # of a cell vector: what is at the edge of a slab belongs to its surroundings

COINCIDENT = 0.1
"""Distance in Å below which two atoms are on each other."""


@dataclass(frozen=True)
class NeighbourList:
    """Pairs of atoms within a cutoff.

    Parameters
    ----------
    first, second
        Atom indices, shape (n,).
    shifts
        Lattice translations of ``second``, integers of shape (n, 3).
    distances
        Distances in Å, shape (n,).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    shifts: NDArray[np.int32]
    distances: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.first)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Select pairs, or reorder them."""
        # Rows are taken by number several times faster than by a mask.
        rows = np.flatnonzero(which) if which.dtype == bool else which
        return replace(
            self,
            first=self.first.take(rows),
            second=self.second.take(rows),
            shifts=self.shifts.take(rows, axis=0),
            distances=self.distances.take(rows),
        )

    def sorted(self) -> Self:
        """Pairs by ``first``, then ``second``, then shift."""
        return self.take(pair_order(self.first, self.second, self.shifts))

    def reversed(self) -> Self:
        """Every pair in the opposite direction."""
        return replace(self, first=self.second, second=self.first, shifts=-self.shifts)


def join(parts: Sequence[NeighbourList]) -> NeighbourList:
    """Concatenate lists of pairs."""
    empty = np.zeros(0, np.int64)
    return NeighbourList(
        np.concatenate([empty, *(part.first for part in parts)]),
        np.concatenate([empty, *(part.second for part in parts)]),
        np.concatenate([np.zeros((0, 3), np.int32), *(part.shifts for part in parts)]),
        np.concatenate([np.zeros(0), *(part.distances for part in parts)]),
    )


def check_apart(numbers: NDArray[np.int64], pairs: NeighbourList) -> None:
    """Refuse atoms on each other.

    Parameters
    ----------
    numbers
        Atomic numbers of all atoms, shape (n,).
    pairs
        Neighbours among them.

    Raises
    ------
    AtomsTooClose
        If two are less than :data:`COINCIDENT` apart.
    """
    if pairs.distances.min(initial=np.inf) < COINCIDENT:
        worst = int(pairs.distances.argmin())
        i, j = int(pairs.first[worst]), int(pairs.second[worst])
        raise AtomsTooClose(
            f"{chemical_symbols[numbers[i]]}{i} and {chemical_symbols[numbers[j]]}{j} are on each "
            f"other, {pairs.distances[worst]:.3f} Å apart"
        )


def neighbour_list(atoms: Atoms, cutoff: float, *, full: bool = True) -> NeighbourList:
    """All pairs of atoms closer than a cutoff, over periodic boundaries.

    Parameters
    ----------
    atoms
        The structure, periodic along any of its axes. Atoms may lie outside the cell.
    cutoff
        Largest distance in Å.
    full
        Whether each pair is given in both directions (true by default) or once.

    Returns
    -------
    NeighbourList
        Sorted by ``first``, then ``second``, then shift, so that the order is stable.
    """
    if len(atoms) <= CHUNK:
        found = _search(atoms.positions, atoms.cell.complete().array, atoms.pbc, cutoff, full=full)
    else:
        # Slabs stay in the processor's cache, and below the boxes that vesin has.
        chunks = neighbour_chunks(atoms, cutoff)
        found = join([chunk if full else chunk.take(_once(chunk)) for chunk in chunks])
    return found.sorted()


def neighbour_chunks(
    atoms: Atoms, cutoff: float, size: int = CHUNK, limits: NDArray[np.float64] | None = None
) -> Iterator[NeighbourList]:
    """Yield all pairs within a cutoff, in both directions, for a slab of atoms at a time.

    The neighbour list of 10⁶ atoms takes gigabytes; here only that of a slab is in memory.

    Parameters
    ----------
    atoms
        The structure, periodic along any of its axes. Atoms may lie outside the cell.
    cutoff
        Largest distance in Å.
    size
        Number of atoms of a slab.
    limits
        Largest distance in Å by the atomic numbers of ``first`` and ``second``, shape (119, 119),
        where that is shorter; negative where a pair is not wanted in that direction.

    Yields
    ------
    NeighbourList
        Every pair whose ``first`` is an atom of the slab; unsorted. Each atom is in one slab.
    """
    cell, pbc = atoms.cell.complete().array, np.asarray(atoms.pbc, dtype=bool)
    n, numbers = len(atoms), atoms.numbers

    def within(pairs: NeighbourList) -> NDArray[np.bool_]:
        near = pairs.first < inner
        if limits is not None:
            kinds = numbers.take(pairs.first) * limits.shape[1] + numbers.take(pairs.second)
            near &= pairs.distances <= limits.take(kinds)
        return near

    if n <= size:
        inner, wanted = n, None if limits is None else within
        yield _search(atoms.positions, cell, pbc, cutoff, wanted=wanted)
        return
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    level = atoms.positions @ np.linalg.inv(cell)
    # Slabs across the axis along which the structure is longest have the smallest surface.
    axis = int(np.argmax(np.ptp(level, axis=0) * heights))
    level = level[:, axis]
    home = np.floor(level).astype(np.int32) if pbc[axis] else np.zeros(n, np.int32)
    level = level - home
    reach = cutoff / heights[axis]
    images = range(-int(np.ceil(reach)), int(np.ceil(reach)) + 1) if pbc[axis] else range(1)
    # From here on atoms are numbered by their level, so that a slab is a slice. Levels are rounded
    # down to one of 2¹⁶ steps, which are sorted in linear time.
    lowest, step = level.min(), max(float(np.ptp(level)), _SLACK) / (2**16 - 1)
    steps = ((level - lowest) / step).astype(np.uint16)
    order = np.argsort(steps, kind="stable")
    level = lowest + step * steps[order]
    home, positions, all_numbers = home[order], atoms.positions[order], numbers[order]
    finder = _vesin()(cutoff=cutoff, full_list=True, sorted=False)  # keeps its memory
    for start in range(0, n, size):
        stop = min(start + size, n)
        inner = stop - start
        low, high = level[start] - reach - step, level[stop - 1] + reach + step
        members = [np.arange(start, stop)]
        translations = [np.zeros(inner, np.int32)]
        for image in images:
            first, last = np.searchsorted(level, [low - image - _SLACK, high - image + _SLACK])
            parts = [(first, last)] if image else [(first, start), (stop, last)]
            members += [np.arange(*part) for part in parts]
            translations += [np.full(max(part[1] - part[0], 0), image, np.int32) for part in parts]
        member = np.concatenate(members)
        translation = np.concatenate(translations) - home[member]
        points = positions[member] + translation[:, None] * cell[axis]
        numbers = all_numbers[member]
        # The slab in a periodic box with an empty gap wider than the cutoff: vesin is several
        # times slower on an axis that is not periodic.
        box = cell.copy()
        box[axis] *= high - low + 2 * reach
        along = pbc | (np.arange(3) == axis)
        found = _search(points, box, along, cutoff, wanted=within, finder=finder)
        found.shifts[:, axis] += translation.take(found.second) - translation.take(found.first)
        names = order[member]
        yield replace(found, first=names.take(found.first), second=names.take(found.second))


def pairs_within(
    atoms: Atoms, limits: NDArray[np.float64], chosen: NDArray[np.int64] | None = None
) -> Iterator[NeighbourList]:
    """Yield pairs closer than the limit for their two elements, for a slab of atoms at a time.

    Parameters
    ----------
    atoms
        The structure.
    limits
        Largest distance in Å by the atomic numbers of ``first`` and ``second``, shape (119, 119);
        negative where a pair is not wanted in that direction.
    chosen
        Indices of the atoms to include, all by default.

    Yields
    ------
    NeighbourList
        Unsorted; all pairs of an atom are in one list.
    """
    part = atoms
    if chosen is not None:
        part = Atoms(
            numbers=atoms.numbers[chosen],
            positions=atoms.positions[chosen],
            cell=atoms.cell,
            pbc=atoms.pbc,
        )
    numbers = part.numbers
    present = np.flatnonzero(np.bincount(numbers))
    cutoff = float(limits[np.ix_(present, present)].max(initial=-np.inf))
    if cutoff <= 0:
        return
    for found in neighbour_chunks(part, cutoff, limits=limits):
        if chosen is not None:
            found = replace(found, first=chosen[found.first], second=chosen[found.second])
        yield found


def _search(
    points: NDArray[np.float64],
    cell: NDArray[np.float64],
    periodic: NDArray[np.bool_],
    cutoff: float,
    *,
    full: bool = True,
    wanted: Callable[[NeighbourList], NDArray[np.bool_]] | None = None,
    finder: Any = None,
) -> NeighbourList:
    """Pairs within a cutoff, or those of them that are wanted."""
    cell = _fitted(points, cell, periodic, cutoff)
    # vesin sorts the atoms into boxes as wide as the cutoff. Boxes that are mostly empty cost more
    # than a wider search and a filter.
    room = abs(float(np.linalg.det(cell))) / max(len(points), 1)
    reach = max(float(cutoff), min(room ** (1 / 3), WIDEST))
    boxes = np.maximum(1 // (reach * np.linalg.norm(np.linalg.inv(cell), axis=0)), 1)
    # A margin, since vesin may round otherwise.
    if boxes.min() < 1.1 * (1.1 * boxes.prod() / MOST_BOXES) ** (1 / 3):
        found = _search_images(points, cell, cutoff, full=full)
        return found if wanted is None else found.take(wanted(found))
    finder = finder or _vesin()(cutoff=reach, full_list=full, sorted=False)
    finder.cutoff = reach
    pairs, shifts, distances = finder.compute(
        points=np.ascontiguousarray(points, dtype=float),
        box=np.ascontiguousarray(cell, dtype=float),
        periodic=True,
        quantities="PSd",
        copy=False,
    )
    pairs = pairs.astype(np.int64, copy=False)
    # Memory of vesin that does not outlive its next search: what is taken is a copy.
    found = NeighbourList(pairs[:, 0], pairs[:, 1], shifts.astype(np.int32, copy=False), distances)
    kept = np.ones(len(found), dtype=bool) if wanted is None else wanted(found)
    return found.take(kept if reach == cutoff else kept & (distances < cutoff))


def _search_images(
    points: NDArray[np.float64], cell: NDArray[np.float64], cutoff: float, *, full: bool
) -> NeighbourList:
    """Search among the images of all points by a tree, for cells too flat or thin for boxes."""
    from scipy.spatial import cKDTree

    images, owner = images_within(points, cell, cutoff)
    inverse = np.linalg.inv(cell)
    inside = points - np.floor(points @ inverse) @ cell
    near = cKDTree(inside).sparse_distance_matrix(cKDTree(images), cutoff, output_type="ndarray")
    first, image, distances = near["i"], near["j"], near["v"]
    second = owner[image]
    vectors = images[image] - inside[first]
    shifts = np.round((vectors + points[first] - points[second]) @ inverse).astype(np.int32)
    found = NeighbourList(first, second, shifts, distances)
    kept = (distances < cutoff) & ((first != second) | shifts.any(axis=1))
    return found.take(kept if full else kept & _once(found))


def _once(pairs: NeighbourList) -> NDArray[np.bool_]:
    """One of the two directions of each pair: up, or from an atom to its image ahead."""
    step = np.sign(pairs.shifts) @ [9, 3, 1]
    return np.asarray(
        (pairs.first < pairs.second) | ((pairs.first == pairs.second) & (step > 0)), dtype=bool
    )


@cache
def _vesin() -> Any:
    """Import vesin without torch, which it would load (seconds) for tensors not used here.

    Other imports of vesin get a copy that supports torch.
    """
    hidden = {name: None for name in ("torch", "cupy") if name not in sys.modules}
    known = "vesin" in sys.modules
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        from vesin import NeighborList
    finally:
        for name in hidden:
            del sys.modules[name]
    if hidden and not known:
        for name in [name for name in sys.modules if name.partition(".")[0] == "vesin"]:
            del sys.modules[name]
    return NeighborList


def _fitted(
    points: NDArray[np.float64],
    cell: NDArray[np.float64],
    periodic: NDArray[np.bool_],
    cutoff: float,
) -> NDArray[np.float64]:
    """Cell with just enough room along open axes, or in a vacuum, that no image is within reach.

    The search is several times faster in a periodic cell than along an open axis, and slow in a
    cell that is mostly empty.
    """
    inverse = np.linalg.inv(cell)
    span = np.ptp(points @ inverse, axis=0) if len(points) else np.zeros(3)
    needed = span + 1.01 * cutoff * np.linalg.norm(inverse, axis=0) + 1e-6
    return np.asarray(cell * np.where(periodic, np.minimum(needed, 1.0), needed)[:, None])
