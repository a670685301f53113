r"""Score of a contact: how well two faces bond at a shift and a gap.

Valence units per Å², the lower the better, smooth in shift and gap:

.. math::

    E A = \sum_i \frac{S_i^2 - 2 m_i S_i}{m_i} + \nu \sum_{ij} \frac{s_{ij}^2}{s_e}
    + \sum_{kl} e^{2(d_{kl}^0 - d_{kl})/b}

The first sum is over the atoms that lost valence :math:`m_i` and got :math:`S_i = \sum_j s_{ij}`
across the contact: each is content at :math:`S_i = m_i`. The second one prefers several bonds to a
single short one. The third is over pairs that form no bonds and repel each other from their closest
approach :math:`d^0` on. Without bonds the pairs of a van der Waals contact have :math:`t^2 - 2t`
each, with :math:`t = e^{(d^0 - d)/b}` and :math:`d^0` the sum of their radii: parallel layers are
then b ln 2 = 0.26 Å nearer than this sum. See :mod:`ionsmith.builders.interface._contact` for the
lengths and valences.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.builders.interface._contact import REACH, SOFTNESS, Face, Rules, faded
from ionsmith.lattice.lattice_points import index_grid

SPREAD = 0.2
"""Weight of the term that prefers several bonds (nu)."""

REPULSION = 0.1
"""Repulsion of a pair at its closest approach, over the mean lost valence of the two faces."""

UNLIKE = 0.5
"""Penalty of a bond of atoms that have the same role, over its valence."""

PULL = 0.005
"""Weak attraction in valence units per Å² and Å, which closes the gap where nothing bonds."""

BEND = 2.0
"""Penalty of a covalent bond that is perpendicular to the one that was lost, over its valence."""

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

    @property
    def bonded(self) -> bool:
        """Whether both faces lost valence, so that bonds form."""
        return not (self.lower.closed or self.upper.closed)

    @property
    def area(self) -> float:
        """Area in Å²."""
        return float(abs(np.linalg.det(self.vectors)))

    @cached_property
    def _unit(self) -> float:
        """Mean lost valence of the atoms that lost any."""
        lost = [
            face.missing[(face.missing > 0) & counts[face.which]]
            for face, counts in (
                (self.lower, self.rules.counts[0].any(axis=1)),
                (self.upper, self.rules.counts[1].any(axis=0)),
            )
        ]
        every = np.concatenate(lost)
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
        size = max(1, _CHUNK // max(1, len(self.upper.positions) * 40))
        for start in range(0, len(shifts), size):
            part = slice(start, start + size)
            step, row, below, above = self._beside(shifts[part])
            rise = step[:, 2].copy()
            for column in range(gaps.shape[1]):
                step[:, 2] = rise + gaps[part][row, column]
                distance = np.sqrt((step**2).sum(axis=1))
                close = np.flatnonzero(distance < REACH)
                scores[part, column] = self._sum(
                    *(x[close] for x in (step, distance, row, below, above)), len(shifts[part])
                )
        return scores / self.area + PULL * gaps

    def pairs_at(self, shift: Floats, gap: float) -> tuple[Floats, Integers, Integers]:
        """Pairs across at a shift and a gap: distances in Å, indices below and above."""
        step, _, below, above = self._beside(np.asarray(shift)[None])
        step[:, 2] += gap
        distance = np.sqrt((step**2).sum(axis=1))
        close = distance < REACH
        return distance[close], below[close], above[close]

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

    def _beside(self, shifts: Floats) -> tuple[Floats, Integers, Integers, Integers]:
        """Pairs that are near in the plane: vectors at gap zero, shift, atoms below and above."""
        from scipy.spatial import cKDTree

        tree, index = self._images
        high = self.upper.positions
        moved = (high[None, :, :2] + shifts[:, None]).reshape(-1, 2)
        wrapped = (moved @ np.linalg.inv(self.vectors)) % 1.0 @ self.vectors
        found = cKDTree(wrapped).sparse_distance_matrix(tree, REACH, output_type="ndarray")
        row, above = np.divmod(found["i"], len(high))
        below = index[found["j"]]
        rise = high[above, 2] - self.lower.positions[below, 2]
        step = np.column_stack([wrapped[found["i"]] - tree.data[found["j"]], rise])
        return step, row, below, above

    def stretched(self, distance: Floats, below: Integers, above: Integers) -> Floats:
        """Logarithm of the valence of pairs of kinds over that at the expected length."""
        return np.asarray((self.rules.length[below, above] - distance) / SOFTNESS)

    def _sum(
        self,
        step: Floats,
        distance: Floats,
        row: Integers,
        below: Integers,
        above: Integers,
        count: int,
    ) -> Floats:
        """Scores in valence units of pairs that belong to several places."""
        rules = self.rules
        a, b = self.lower.which[below], self.upper.which[above]
        if not self.bonded:
            t = faded(distance) * np.exp((rules.contact[a, b] - distance) / SOFTNESS)
            pull = np.where(rules.same[a, b] & (rules.approach[a, b] >= rules.contact[a, b]), 0, 2)
            return np.bincount(row, t * (t - pull), count)
        missing = self.lower.missing, self.upper.missing
        lost = (missing[0][below] > 0) & (missing[1][above] > 0)
        bond = rules.bond[a, b] & lost
        near = faded(distance)
        wall = near * np.exp(2 * (rules.approach[a, b] - distance) / SOFTNESS)
        total = np.zeros(count)
        total += np.bincount(row, np.where(bond, 0.0, REPULSION * self._unit * wall), count)
        i = np.flatnonzero(bond)
        a, b, row = a[i], b[i], row[i]
        s = rules.valence[a, b] * np.exp(self.stretched(distance[i], a, b)) * near[i]
        alike = np.where(rules.same[a, b], UNLIKE, 0.0) * s
        covalent = s * (s - rules.valence[a, b]) ** 2
        single = np.where(rules.limited[a, b], covalent, SPREAD * s**2 / rules.valence[a, b])
        total += np.bincount(row, single + alike, count)
        along = step[i] / distance[i, None]
        limited = rules.limited[a, b]
        for face, atom, sign in ((self.lower, below[i], 1), (self.upper, above[i], -1)):
            bend = self._bend(face.direction[atom], sign * along)
            total += np.bincount(row, np.where(limited, BEND * s * bend, 0.0), count)
        for side, atom in ((0, below[i]), (1, above[i])):
            n = len(missing[side])
            valence = np.bincount(row * n + atom, s * rules.counts[side][a, b], count * n)
            m = np.where(missing[side] > 0, missing[side], 1.0)
            content = valence.reshape(count, n)
            total += ((content**2 - 2 * m * content) / m).sum(axis=1)
        return total

    @staticmethod
    def _bend(lost: Floats, along: Floats) -> Floats:
        """One less the cosine of the angle between bonds and the cone of the lost ones."""
        length = np.linalg.norm(lost, axis=1)
        cosine = np.einsum("nk,nk->n", lost, along) / np.maximum(length, 1e-9)
        across = np.sqrt(np.clip(1 - cosine**2, 1e-9, None))
        return np.asarray(1 - cosine * length - across * np.sqrt(np.clip(1 - length**2, 0, None)))
