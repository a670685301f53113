r"""Score of a contact: how well two faces bond at a shift and a gap.

Valence units per Å², the lower the better, smooth in shift and gap:

.. math::

    E A = \sum_i \frac{S_i^2 - 2 m_i S_i}{m_i} + \nu \sum_{ij} \frac{s_{ij}^2}{s_e}
    + \sum_{kl} e^{2(d_{kl}^0 - d_{kl})/b}

The first sum is over the atoms that lost valence :math:`m_i` and got :math:`S_i = \sum_j s_{ij}`
across the contact: each is content at :math:`S_i = m_i`. The second one prefers several bonds to a
single short one; for covalent bonds :math:`s(s - s_e)^2` stands in, which prefers single bonds, and
:math:`s (1 - \cos\theta)`, with the angle between the bond and the lost ones. A steep core,
:math:`s^4`, keeps bonds from becoming too short. The third is over pairs that form no bonds and
repel each other from their closest approach :math:`d^0` on.

Without bonds the pairs of a van der Waals contact have :math:`t^2 - 2t`
each, with :math:`t = e^{(d^0 - d)/b}` and :math:`d^0` the sum of their radii: parallel layers are
then b ln 2 = 0.26 Å nearer than this sum. See :mod:`ionsmith.builders.interface._contact` for the
lengths and valences.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.builders.interface._contact import Face, Rules, rules_of
from ionsmith.builders.interface._slab import Cut
from ionsmith.builders.interface._species import REACH, SOFTNESS, faded
from ionsmith.lattice.lattice_points import index_grid

SPREAD = 0.1
"""Weight of the term that prefers several bonds (nu)."""

REPULSION = 0.1
"""Repulsion of a pair at its closest approach, over the mean valence of bonds in the crystals."""

UNLIKE = 0.5
"""Penalty of a bond of atoms that have the same role, over its valence."""

PULL = 0.005
"""Weak attraction in valence units per Å² and Å, which closes the gap where nothing bonds."""

CORE = 0.01
"""Repulsion of a bond of the expected length, over its valence; it grows with its fourth power."""

BEND = 2.0
"""Penalty of a covalent bond that is perpendicular to the one that was lost, over its valence."""

FAR = 1.0
"""Distance in Å beyond the closest approach from which on a pair no longer repels."""

_CHUNK = 400_000

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """Score of two faces.

    Parameters
    ----------
    lower, upper
        The faces.
    rules
        How their kinds meet.
    vectors
        Cell in the plane in Å, shape (2, 2).
    """

    lower: Face
    upper: Face
    rules: Rules
    vectors: Floats

    @cached_property
    def bonded(self) -> bool:
        """Whether both faces lost valence, and have atoms that bond to each other."""
        if self.lower.closed or self.upper.closed:
            return False
        low, high = (np.flatnonzero(face.missing > 0) for face in (self.lower, self.upper))
        below, above = (x.ravel() for x in np.meshgrid(low, high, indexing="ij"))
        return bool(self.bonding(below, above).any())

    @property
    def area(self) -> float:
        """Area in Å²."""
        return float(abs(np.linalg.det(self.vectors)))

    @cached_property
    def _unit(self) -> float:
        """Mean valence of the bonds of the kinds whose valence counts."""
        below, above = self.rules.counts[0].any(axis=1), self.rules.counts[1].any(axis=0)
        own = (self.lower.species.strength[below], self.upper.species.strength[above])
        every = np.concatenate(own)
        return float(every.mean()) if len(every) else 1.0

    def __call__(self, shifts: Floats, gaps: Floats) -> Floats:
        """Scores of gaps at shifts.

        Parameters
        ----------
        shifts
            Of the upper face in Å, shape (n, 2).
        gaps
            In Å, shape (n, m).

        Returns
        -------
        ndarray
            Shape (n, m).
        """
        scores = np.empty(gaps.shape)
        for part in self.parts(len(shifts)):
            scores[part] = self.of(self.beside(shifts[part], gaps[part].min(axis=1)), gaps[part])
        return scores

    def parts(self, count: int) -> list[slice]:
        """Slices of some number of shifts whose pairs fit into the memory."""
        size = max(1, _CHUNK // max(1, len(self.upper.positions) * 40))
        return [slice(start, start + size) for start in range(0, count, size)]

    def of(self, pairs: "Pairs", gaps: Floats) -> Floats:
        """Scores of gaps, shape (n, m), from those of the pairs at n shifts that are in reach."""
        near = pairs.in_reach(gaps.min(axis=1))
        add = self._bonds if self.bonded else self._contacts
        return add(pairs if near.all() else pairs.take(near), gaps) / self.area + PULL * gaps

    def pairs_at(self, shift: Floats, gap: float) -> tuple[Floats, Integers, Integers]:
        """Pairs across at a shift and a gap: distances in Å, indices below and above."""
        pairs = self.beside(np.asarray(shift)[None], np.array([gap]))
        return pairs.distances(np.array([gap])), pairs.below, pairs.above

    @cached_property
    def _images(self) -> tuple[Any, Integers]:
        """Tree of the lower atoms in a margin around the cell, and which atoms they are."""
        from scipy.spatial import cKDTree

        inverse = np.linalg.inv(self.vectors)
        margin = REACH * np.linalg.norm(inverse, axis=0)
        home = (self.lower.positions[:, :2] @ inverse) % 1.0
        images = index_grid(-np.ceil(margin), np.ceil(margin))
        spread = home[None] + images[:, None]
        near = ((spread > -margin) & (spread < 1 + margin)).all(axis=2)
        index = np.broadcast_to(np.arange(len(home)), near.shape)[near]
        return cKDTree(spread[near] @ self.vectors), index

    def beside(self, shifts: Floats, gaps: Floats) -> "Pairs":
        """Pairs that are within reach at the smallest gap of each shift, or at larger ones."""
        from scipy.spatial import cKDTree

        tree, index = self._images
        low = np.flatnonzero(self.upper.positions[:, 2] + gaps.min(initial=np.inf) < REACH)
        high = self.upper.positions[low]
        moved = (high[None, :, :2] + shifts[:, None]).reshape(-1, 2)
        wrapped = (moved @ np.linalg.inv(self.vectors)) % 1.0 @ self.vectors
        found = cKDTree(wrapped).sparse_distance_matrix(tree, REACH, output_type="ndarray")
        row, above = np.divmod(found["i"], len(high))
        below = index[found["j"]]
        rise = high[above, 2] - self.lower.positions[below, 2]
        near = np.flatnonzero(_reached(found["v"] ** 2, rise, gaps[row]))
        lateral = wrapped[found["i"][near]] - tree.data[found["j"][near]]
        return Pairs(lateral, rise[near], row[near], below[near], low[above[near]])

    def bonding(self, below: Integers, above: Integers) -> NDArray[np.bool_]:
        """Whether pairs of atoms form bonds."""
        lower, upper, rules = self.lower, self.upper, self.rules
        a, b = lower.which[below], upper.which[above]
        reduced = rules.reduces[0][a, b] & lower.bare[below]
        reduced |= rules.reduces[1][a, b] & upper.bare[above]
        open_ = (lower.missing[below] > 0) & (upper.missing[above] > 0)
        return np.asarray((rules.bond[a, b] | reduced) & open_)

    def stretched(self, distance: Floats, below: Integers, above: Integers) -> Floats:
        """Logarithm of the valence of pairs of kinds over that at the expected length."""
        return np.asarray((self.rules.length[below, above] - distance) / SOFTNESS)

    def _contacts(self, pairs: "Pairs", gaps: Floats) -> Floats:
        """Scores in valence units of a contact without bonds."""
        rules = self.rules
        a, b = self.lower.which[pairs.below], self.upper.which[pairs.above]
        contact, scores = rules.contact[a, b], np.empty(gaps.shape)
        pull = np.where(rules.same[a, b] & (rules.approach[a, b] >= contact), 0.0, 2.0)
        for column in range(gaps.shape[1]):
            distance = pairs.distances(gaps[:, column])
            t = faded(distance) * np.exp((contact - distance) / SOFTNESS)
            scores[:, column] = np.bincount(pairs.row, t * (t - pull), len(gaps))
        return scores

    def _bonds(self, pairs: "Pairs", gaps: Floats) -> Floats:
        """Scores in valence units of bonds and repulsions."""
        rules, count = self.rules, len(gaps)
        a, b = self.lower.which[pairs.below], self.upper.which[pairs.above]
        bond = self.bonding(pairs.below, pairs.above)
        approach = rules.approach[a, b]
        apart = ~bond & (pairs.distances(gaps.min(axis=1)) < approach + FAR)
        walls, bonds = pairs.take(apart), pairs.take(bond)
        approach, a, b = approach[apart], a[bond], b[bond]
        strength = rules.valence[a, b]
        limited, same, bent = rules.limited[a, b], rules.same[a, b], rules.bent[:, a, b]
        ends = (self.lower, bonds.below, 1), (self.upper, bonds.above, -1)
        scores = np.empty(gaps.shape)
        for column in range(gaps.shape[1]):
            distance = walls.distances(gaps[:, column])
            wall = np.exp(2 * (approach - distance) / SOFTNESS) - np.exp(-2 * FAR / SOFTNESS)
            wall = REPULSION * self._unit * np.maximum(wall, 0.0)
            total = np.bincount(walls.row, wall, count).astype(float)
            distance = bonds.distances(gaps[:, column])
            s = strength * np.exp(self.stretched(distance, a, b)) * faded(distance)
            each = np.where(limited, s * (s - strength) ** 2, SPREAD * s**2 / strength)
            each += np.where(same, UNLIKE, 0.0) * s + CORE * strength * (s / strength) ** 4
            if bent.any():
                rise = bonds.rise + gaps[bonds.row, column]
                along = np.column_stack([bonds.lateral, rise]) / distance[:, None]
                for (face, atom, sign), directed in zip(ends, bent, strict=True):
                    bend = self._bend(face.direction[atom], sign * along)
                    each += np.where(directed, BEND * s * bend, 0.0)
            total += np.bincount(bonds.row, each, count)
            for side, (face, atom, _) in enumerate(ends):
                n = len(face.missing)
                counted = s * rules.counts[side][a, b]
                content = np.bincount(bonds.row * n + atom, counted, count * n).reshape(count, n)
                lost = np.where(face.missing > 0, face.missing, 1.0)
                total += ((content - 2 * lost) * content / lost).sum(axis=1)
            scores[:, column] = total
        return scores

    @staticmethod
    def _bend(lost: Floats, along: Floats) -> Floats:
        """One less the cosine of the angle between bonds and the cone of the lost ones."""
        length = np.linalg.norm(lost, axis=1)
        cosine = np.einsum("nk,nk->n", lost, along) / np.maximum(length, 1e-9)
        across = np.sqrt(np.clip(1 - cosine**2, 1e-9, None))
        return np.asarray(1 - cosine * length - across * np.sqrt(np.clip(1 - length**2, 0, None)))


@dataclass(frozen=True)
class Pairs:
    """Pairs across, n of them.

    Parameters
    ----------
    lateral
        Vectors in the plane in Å, shape (n, 2).
    rise
        Difference of height in Å at gap zero, shape (n,).
    row
        Number of the shift, shape (n,).
    below, above
        Indices of the atoms, shape (n,).
    """

    lateral: Floats
    rise: Floats
    row: Integers
    below: Integers
    above: Integers

    def take(self, which: NDArray[np.bool_]) -> "Pairs":
        """Some of them."""
        return Pairs(*(x[which] for x in vars(self).values()))

    def in_reach(self, gaps: Floats) -> NDArray[np.bool_]:
        """Whether each is within reach at a gap for each shift, or at larger ones."""
        return _reached((self.lateral**2).sum(axis=1), self.rise, gaps[self.row])

    def distances(self, gaps: Floats) -> Floats:
        """Distances in Å at a gap for each shift."""
        square = (self.lateral**2).sum(axis=1) + (self.rise + gaps[self.row]) ** 2
        return np.asarray(np.sqrt(square))


def _reached(square: Floats, rise: Floats, gaps: Floats) -> NDArray[np.bool_]:
    """Whether atoms come within reach at some gap or a larger one."""
    return np.asarray(square + np.maximum(rise + gaps, 0.0) ** 2 < REACH**2)


def score_of(lower: Cut, upper: Cut, approach: Callable[[int, int], float]) -> Score:
    """Score of the upper face of a slab and the lower face of the other."""
    rules = rules_of(lower.top, upper.bottom, approach)
    return Score(lower.top, upper.bottom, rules, lower.slab.cell.array[:2, :2].copy())
