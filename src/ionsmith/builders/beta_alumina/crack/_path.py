"""Path of a crack through the stack of spinel blocks, and where it cuts them.

Seen along its front a crack is a line: at each place x along its axis it lies between two
conduction planes, and the blocks between these are removed. Where it only delaminates a plane, both
are equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.arguments import is_number, whole_number
from ionsmith.builders.beta_alumina._stack import Stack
from ionsmith.errors import CrackNotPossible
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import FrameworkBonds

PHASES = 60
"""Number of positions in a column of basal cells at which a cut through a block is tried."""

Kink = tuple[float, int]
"""Place where a crack steps to another conduction plane, and the number of that plane."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrackPath:
    """A crack, seen along its front.

    Parameters
    ----------
    planes
        Conduction plane of each stretch.
    edges
        Ends of the stretches as fractions of the axis, one more than there are stretches.
    blocks
        Number of spinel blocks removed above the plane, 0 for an opened crack.
    half_step
        Half the width of a step as a fraction of the axis.
    """

    planes: tuple[int, ...]
    edges: tuple[float, ...]
    blocks: int
    half_step: float

    def plane_at(self, place: float) -> int:
        """Conduction plane of the stretch at a fraction of the axis."""
        number = int(np.searchsorted(self.edges[1:-1], place % 1.0, side="right"))
        return self.planes[number]

    def cut_runs(self, block: int) -> list[tuple[float, float]]:
        """Centres and lengths, in fractions of the axis, of the slots cut out of a block."""
        marks = [self.edges[0], self.edges[-1], *self.edges]
        marks += [edge + side * self.half_step for edge in self.edges for side in (-1, 1)]
        first, last = self.edges[0], self.edges[-1]
        if first == 0 and last == 1:  # the crack continues across the cell boundary
            places = np.unique(np.round(np.mod(marks, 1.0), 12))
            starts, ends = places, np.append(places[1:], places[0] + 1)
        else:
            places = np.unique(np.round(np.clip(marks, first, last), 12))
            starts, ends = places[:-1], places[1:]
        runs: list[list[float]] = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            low, high = self._between((start + end) / 2)
            if not low < block <= high:
                continue
            if runs and runs[-1][1] == start:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        if len(runs) > 1 and abs(runs[-1][1] - 1 - runs[0][0]) < 1e-9:
            runs[0][0] = runs.pop()[0] - 1
        return [((start + end) / 2, end - start) for start, end in runs]

    def _between(self, place: float) -> tuple[int, int]:
        """Planes below and above the crack."""
        here = [self.plane_at(place)]
        for number, edge in enumerate(self.edges[1:-1]):
            away = abs(place - edge)
            if self.edges[0] == 0 and self.edges[-1] == 1:
                away = min(away % 1.0, 1 - away % 1.0)
            if away < self.half_step:
                here += self.planes[number : number + 2]
        return min(here), max(here) + self.blocks


def check_places(
    plane: int,
    kinks: Sequence[Kink],
    extent: tuple[float, float] | None,
    step_width: float | None,
) -> tuple[int, list[Kink]]:
    """Return plane and kinks as plain numbers, and refuse what is none."""
    if extent is not None and (np.shape(extent) != (2,) or not all(map(is_number, extent))):
        raise CrackNotPossible(f"`extent` must be the places of two tips, not {extent!r}")
    if step_width is not None and not len(kinks):
        raise CrackNotPossible("`step_width` is for kinks: name them, or leave it out")
    return whole_number("plane", plane, error=CrackNotPossible), [_kink(kink) for kink in kinks]


def _kink(kink: Kink) -> Kink:
    """Place and plane of a kink."""
    if np.shape(kink) != (2,) or isinstance(kink, str) or not is_number(kink[0]):
        raise CrackNotPossible(
            f"`kinks` must be pairs of a place and a plane, such as (0.5, 2), not {kink!r}"
        )
    return float(kink[0]), whole_number("plane of a kink", kink[1], error=CrackNotPossible)


def crack_path(
    n_planes: int,
    plane: int,
    kinks: Sequence[Kink],
    extent: tuple[float, float] | None,
    blocks: int,
    half_step: float,
) -> CrackPath:
    """Check the path of a crack."""
    first, last = (0.0, 1.0) if extent is None else extent
    if not 0 <= first < last <= 1 or (last - first > 1 - 1e-9 and extent is not None):
        raise CrackNotPossible(
            f"`extent` {first:.4g} to {last:.4g} of the axis: two rising fractions from 0 to 1 are "
            "needed, with crystal left beyond; leave it out for a crack through the whole cell"
        )
    planes = (plane, *(number for _, number in kinks))
    for number in planes:
        if not 1 <= number <= n_planes:
            raise CrackNotPossible(
                f"there is no conduction plane {number}: the structure has {n_planes}, numbered "
                "from 1 at the bottom"
            )
        if number + blocks > n_planes:
            raise CrackNotPossible(
                f"`blocks` is {blocks}, but fewer spinel blocks lie between planes {number} and "
                f"{n_planes}: use a lower plane, fewer blocks, or more cells along c"
            )
    places = [place for place, _ in kinks]
    for place, previous in zip(places, (first, *places), strict=False):
        if not previous < place < last:
            raise CrackNotPossible(
                f"a kink at {place:.4g} of the axis: `kinks` must rise between {first:.4g} and "
                f"{last:.4g}"
            )
    for before, after in pairwise(planes):
        if before == after:
            raise CrackNotPossible(f"a kink cannot lead from plane {before} to itself")
    if extent is None and planes[-1] != planes[0]:
        raise CrackNotPossible(
            f"a crack through the whole cell must end in plane {planes[0]}, where it begins, not "
            f"in {planes[-1]}: add a kink that leads back, or two tips with `extent`"
        )
    return CrackPath(planes, (first, *places, last), blocks, half_step)


@dataclass(frozen=True)
class BlockCut:
    """Slots cut out of one spinel block, and which of the remaining pieces are lifted.

    Parameters
    ----------
    starts, lengths
        Slots in fractions of the axis, ``starts`` rising; shape (k,).
    lifted
        Whether the piece after each slot moves with the upper side of the crack, shape (k,); one
        value for a block without slots.
    bonds_cut
        Number of cation–O bonds of the framework across one cut in the cell.
    """

    starts: Floats
    lengths: Floats
    lifted: NDArray[np.bool_]
    bonds_cut: int

    def solid(self, places: Floats) -> NDArray[np.bool_]:
        """Whether the block is present at fractions of the axis."""
        if len(self.starts) == 0:
            return np.ones(len(places), bool)
        away = (places[:, None] - self.starts) % 1.0
        return np.asarray(~(away < self.lengths).any(axis=1))

    def raised(self, places: Floats) -> NDArray[np.bool_]:
        """Whether the block there moves with the upper side of the crack."""
        if len(self.starts) == 0:
            return np.full(len(places), self.lifted[0])
        away = (places[:, None] - self.starts) % 1.0
        return np.asarray(self.lifted[away.argmin(axis=1)])


def column_share(anatomy: Anatomy, along: Floats) -> float:
    """Thickness of a column of basal cells as a fraction of the axis."""
    cells = anatomy.basal_cells
    steps = np.rint(anatomy.basal_axes @ along * cells).astype(int)
    return float(np.gcd.reduce([*steps, cells]) / cells)


def block_cuts(
    atoms: Atoms,
    anatomy: Anatomy,
    stack: Stack,
    bonds: FrameworkBonds,
    path: CrackPath,
    along: Floats,
) -> tuple[list[BlockCut], Floats]:
    """Cut the blocks along a crack, whole columns of basal cells at a time.

    A column is the thinnest slice normal to the axis that the lattice of a block repeats, so that
    the removed part has the composition of the block and both faces are equal. The cut is made
    where it breaks the fewest bonds of a column, as near to the requested place as possible. A
    cation stays with the column of most of its O, an O with that of most of its cations.
    """
    column = column_share(anatomy, along)
    place = np.asarray(stack.positions @ along)
    cuts, places = [], place.copy()
    for block in range(1, anatomy.n_planes + 1):
        runs = path.cut_runs(block)
        if not runs:
            lifted = np.array([path.blocks == 0 and block > path.planes[0]])
            cuts.append(BlockCut(np.zeros(0), np.zeros(0), lifted, 0))
            continue
        inside = anatomy.spinel_block == block
        mine = bonds.take(inside[bonds.cation] & inside[bonds.oxygen])
        ends = atoms.positions[mine.oxygen] + mine.shift @ atoms.cell.array
        steps = (ends - atoms.positions[mine.cation]) @ along
        phase, broken, moves = _best_phase(place, mine, steps, column)
        places += moves * column
        middles, lengths = np.array(runs).T
        lengths = np.maximum(1, np.rint(lengths / column)) * column
        starts = phase + column * np.rint((middles - lengths / 2 - phase) / column)
        order = np.argsort(starts % 1.0, kind="stable")
        starts, lengths = starts[order] % 1.0, lengths[order]
        left = np.append(starts[1:], starts[0] + 1) - starts - lengths
        if left.min() < column / 2:
            raise CrackNotPossible(
                f"nothing of spinel block {block} is left between two slots: move the kinks or "
                "tips apart, or use a narrower step or a wider crystal"
            )
        middle = starts + lengths + left / 2
        lifted = np.array([path.blocks == 0 and block > path.plane_at(x) for x in middle.tolist()])
        cuts.append(BlockCut(starts, lengths, lifted, broken))
    return cuts, places


def _best_phase(
    place: Floats, bonds: FrameworkBonds, steps: Floats, column: float
) -> tuple[float, int, NDArray[np.int64]]:
    """Best cut in a column, the bonds it breaks, and which atoms change the column."""
    best: tuple[tuple[int, float], float, NDArray[np.int64]] | None = None
    known = np.unique(np.round(place[np.union1d(bonds.cation, bonds.oxygen)] % column, 6))
    n = len(place)
    for phase in ((np.arange(PHASES) + 0.5) / PHASES * column).tolist():
        first = np.floor((place[bonds.cation] - phase) / column)
        across = (np.floor((place[bonds.cation] + steps - phase) / column) - first).astype(int)
        moves = _majority(bonds.cation, across, n)
        across -= moves[bonds.cation]
        others = _majority(bonds.oxygen, -across, n)
        across += others[bonds.oxygen]
        away = (known - phase) % column
        room = round(float(np.minimum(away, column - away).min()), 6)
        # Of cuts through equally few bonds, the one farthest from any atom.
        score = (int(np.count_nonzero(across)), -room)
        if best is None or score < best[0]:
            best = score, phase, moves + others
    assert best is not None
    return best[1], round(best[0][0] * column), best[2]


def _majority(members: NDArray[np.int64], columns: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Columns by which each atom moves to join most of its neighbours, shape (n,)."""
    total = np.bincount(members, minlength=n)
    moves = np.zeros(n, np.int64)
    for step in (-1, 1):
        moves[2 * np.bincount(members[columns == step], minlength=n) > total] = step
    return moves
