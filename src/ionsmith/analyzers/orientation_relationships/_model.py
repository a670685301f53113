"""Probability of each candidate: a conditional logit with one weight.

The score of a candidate is the logarithm of its odds, the sum of what speaks against it
(:data:`TERMS`) times a negative weight; the probability of a relationship is the share of all
candidates within :data:`TOLERANCE` of it. So a relationship gains by each pair of dense planes and
of short rows that it makes parallel. The weight maximises the likelihood of the relationships that
were observed (``scripts/benchmark_orientation.py --fit``). One weight for each term predicts pairs
that it was not fitted on worse: seven numbers are too many for the pairs that are known.

Reference: D. McFadden, "Conditional logit analysis of qualitative choice behavior", in Frontiers in
Econometrics, ed. P. Zarembka (Academic Press, 1974), p. 105 (the model).
"""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.orientation_relationships._candidates import (
    Candidates,
    equivalents,
    near,
)
from ionsmith.analyzers.orientation_relationships._coincidence import coincidence

Floats = NDArray[np.float64]

TOLERANCE = 3.0
"""Angle in degrees within which orientations count as the same relationship."""

TERMS = {
    "substrate_plane": "ln(d_max / d): the plane of the substrate is less dense than its densest",
    "film_plane": "the same for the film",
    "rows": "ln(length / shortest row), the sum of both crystals",
    "symmetry": "-ln(number of rotations that both crystals share)",
    "coincidence": "-ln(overlap of the reciprocal lattices / largest of all candidates)",
    "misfit": "10 |ln(m s / n f)| of the row periods, and of the distances of rows",
    "multiple": "ln of the geometric mean of m and n, of both",
}
"""What lowers the score of a candidate."""

WEIGHT = 2.04
"""Weight of each of :data:`TERMS`, fitted on the observed relationships."""

WEIGHTS = np.full(len(TERMS), WEIGHT)

LARGEST_MULTIPLE = 7
RATIOS = np.array(
    [
        (m, n)
        for m in range(1, LARGEST_MULTIPLE + 1)
        for n in range(1, LARGEST_MULTIPLE + 1)
        if gcd(m, n) == 1
    ]
)
"""Ratios m : n of matched periods, shape (k, 2)."""

_LEAST_OVERLAP = 0.02  # of the largest: what the logarithm begins at
_MOST = 1500  # candidates that are put together to relationships, the best ones


@dataclass(frozen=True, eq=False)
class Features:
    """What speaks against each candidate.

    Parameters
    ----------
    candidates
        The candidates.
    linear
        The first five of :data:`TERMS`, shape (n, 5).
    misfits
        10 |ln(m s / n f)| of each frame of the substrate with each of the film at each of
        :data:`RATIOS`, along the row and across it, shape (2, substrate, film, k).
    overlap
        Coincidence of the reciprocal lattices relative to the largest, shape (n,).
    """

    candidates: Candidates
    linear: Floats
    misfits: Floats
    overlap: Floats


def features_of(
    candidates: Candidates, points: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]
) -> Features:
    """Work out what speaks against each candidate.

    Parameters
    ----------
    candidates
        The candidates.
    points
        Points of both reciprocal lattices in 1/Å with their weights, the substrate's first.
    """
    first, second = candidates.substrate, candidates.film
    one, other, _ = candidates.pairs.T
    overlap = coincidence(*points, candidates.quaternions)
    overlap /= overlap.max() or 1.0  # of a very large cell with a small one nothing overlaps
    terms = [
        np.log(side.lattice_spacing.max() / side.lattice_spacing)[which]
        for side, which in ((first, one), (second, other))
    ]
    terms.append(
        np.log(first.period / first.period.min())[one]
        + np.log(second.period / second.period.min())[other]
    )
    terms.append(-np.log(candidates.common))
    terms.append(-np.log((overlap + _LEAST_OVERLAP) / (1 + _LEAST_OVERLAP)))
    ratio = np.log(RATIOS[:, 0] / RATIOS[:, 1])
    misfits = np.stack(
        [
            10 * abs(np.log(s)[:, None, None] - np.log(f)[None, :, None] + ratio)
            for s, f in ((first.period, second.period), (first.across, second.across))
        ]
    )
    return Features(candidates, np.stack(terms, axis=1), misfits, overlap)


def match_scores(features: Features, weights: Floats) -> tuple[Floats, Floats]:
    """Score of the fit along and across the rows, and the share of each ratio in it.

    Parameters
    ----------
    features
        Of the candidates.
    weights
        The weights of :data:`TERMS`.

    Returns
    -------
    scores
        Shape (2, substrate, film).
    shares
        Shape (2, substrate, film, k), of sum 1 along the last axis.
    """
    cost = weights[5] * features.misfits + weights[6] * np.log(RATIOS.prod(axis=1)) / 2
    least = cost.min(axis=-1, keepdims=True)
    shares = np.exp(least - cost)
    total = shares.sum(axis=-1, keepdims=True)
    return (np.log(total) - least)[..., 0], shares / total


def scores_of(features: Features, weights: Floats = WEIGHTS) -> Floats:
    """Score of each candidate, shape (n,)."""
    one, other, _ = features.candidates.pairs.T
    matched, _ = match_scores(features, weights)
    return np.asarray(matched[:, one, other].sum(axis=0) - features.linear @ weights[:5])


@dataclass(frozen=True, eq=False)
class Ranked:
    """Relationships by falling probability.

    Parameters
    ----------
    best
        Number of the best candidate of each, shape (n,).
    probability
        Share of all candidates within :data:`TOLERANCE` of it, shape (n,).
    """

    best: NDArray[np.int64]
    probability: Floats


def rank(candidates: Candidates, scores: Floats, count: int) -> Ranked:
    """Put candidates of nearly one orientation together.

    Parameters
    ----------
    candidates
        The candidates.
    scores
        Their scores, shape (n,).
    count
        Number of relationships to return.
    """
    share = np.exp(scores - scores.max())
    share /= share.sum()
    order = np.argsort(-np.round(scores, 9), kind="stable")[:_MOST]
    left = np.ones(len(order), dtype=bool)
    best: list[int] = []
    probability: list[float] = []
    crystals = candidates.substrate.crystal, candidates.film.crystal
    # Half as many more than asked for: their order by probability is not that of their best.
    while left.any() and len(best) < count + 10:
        number = order[left.argmax()]
        centres = equivalents(candidates.quaternions[number], *crystals)
        same = near(candidates.quaternions[order], centres, TOLERANCE) & left
        best.append(int(number))
        probability.append(float(share[order[same]].sum()))
        left &= ~same
    ranking = np.argsort(-np.round(probability, 12), kind="stable")[:count]
    return Ranked(np.array(best)[ranking], np.array(probability)[ranking])
