"""Shift and gap of two slabs: the best score of a scan, or the lowest energy.

The film is lowered at every shift of a grid from where hard spheres touch, the gap of the best
score is found to a few hundredths of an Å, and the best shifts are refined together with the gap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface._score import Score
from ionsmith.potentials import PotentialLike, load_potential

OFFSETS = np.arange(-0.6, 2.11, 0.3)
"""Gaps in Å beyond that of hard spheres that are tried at every shift."""

FINER = (0.1, 0.03, 0.01)
"""Distances in Å of gaps about the best one, in turn; of all shifts only the first is used."""

REFINED = 4
"""Number of shifts that are refined."""

STEPS, NARROWER = 8, 0.55
"""Number of steps of the refinement, and by how much each is shorter than the one before."""

SAME_SCORE = 1e-5
"""Scores and energies (in eV) that differ by less are equal, and the first shift is taken."""

ENERGY_GAPS = np.array([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3])
"""Changes in Å of the best gap of the score that are tried with a potential."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Registry:
    """Shifts of the film that were tried, and the best one.

    Parameters
    ----------
    shifts
        Displacements of the film in Å along x and y, the refined ones last, shape (n, 2).
    gaps
        Gap in Å of the best score at each shift, shape (n,).
    scores
        Scores of the contact in valence units per Å², lower is better, shape (n,).
    energies
        Energies in eV of the whole interface, shape (n,); None without a potential.
    best
        Number of the best shift, from 0.
    judged_by
        Quantity that the best shift minimises.
    """

    shifts: Floats
    gaps: Floats
    scores: Floats
    energies: Floats | None
    best: int
    judged_by: Literal["score of the contact", "energy"]


def best_gaps(
    score: Score, shifts: Floats, contact: Floats, finer: Sequence[float] = FINER
) -> tuple[Floats, Floats]:
    """Gap of the best score at each shift, from that of hard spheres, and this score."""
    found = np.empty((2, len(shifts)))
    for part in score.parts(len(shifts)):
        gaps = contact[part, None] + OFFSETS
        row = np.arange(len(gaps))
        pairs = score.beside(shifts[part], gaps[:, 0] - 2 * sum(finer))
        scores = score.of(pairs, gaps)
        best = scores.argmin(axis=1)
        for step in finer:
            gaps = gaps[row, best][:, None] + step * np.arange(-2, 3)
            scores = score.of(pairs, gaps)
            best = scores.argmin(axis=1)
        found[:, part] = gaps[row, best], scores[row, best]
    return found[0], found[1]


def scan(score: Score, shifts: Floats, contact: Floats, grid: float, gap: float | None) -> Registry:
    """Scores of all shifts, of which the best are refined.

    Parameters
    ----------
    score
        Score of the two faces.
    shifts
        Shifts on a grid in Å, shape (n, 2).
    contact
        Gap of hard spheres at each of them in Å, shape (n,).
    grid
        Distance of neighbouring shifts in Å.
    gap
        Gap in Å; by default the best one.
    """
    if gap is None:
        gaps, scores = best_gaps(score, shifts, contact, FINER[:1])
    else:
        gaps = np.full(len(shifts), gap)
        scores = score(shifts, gaps[:, None])[:, 0]
    places = np.column_stack([shifts, gaps])
    order = np.argsort(np.round(scores / SAME_SCORE), kind="stable")
    refined = [_refined(score, places[i], grid, gap is not None) for i in order[:REFINED]]
    places = np.concatenate([places, [place for place, _ in refined]])
    scores = np.concatenate([scores, [value for _, value in refined]])
    return Registry(
        shifts=places[:, :2],
        gaps=places[:, 2],
        scores=scores,
        energies=None,
        best=_first_least(scores),
        judged_by="score of the contact",
    )


def _refined(score: Score, place: Floats, grid: float, fixed: bool) -> tuple[Floats, float]:
    """Best place near one: the best of its 26 neighbours, again and again, closer each time."""
    cube = np.array(list(np.ndindex(3, 3, 1 if fixed else 3))) - [1, 1, 0 if fixed else 1]
    step = np.array([grid / 2, grid / 2, 0.05])
    best = np.inf
    for _ in range(STEPS):
        trials = place + cube * step
        shifts, gaps = trials.reshape(9, -1, 3)[:, 0, :2], trials[:, 2].reshape(9, -1)
        pairs = score.beside(shifts, gaps.min(axis=1))
        values = np.stack([score.of(pairs, gap[:, None])[:, 0] for gap in gaps.T], axis=1).ravel()
        k = _first_least(np.append(best, values)) - 1
        if k >= 0:
            place, best = trials[k], float(values[k])
        step = step * NARROWER
    return place, best


def by_energy(
    registry: Registry,
    stack: Callable[[Floats, float], Atoms],
    potential: PotentialLike,
    gap: float | None,
    progress: Callable[[int, int], None] | None,
) -> Registry:
    """Let the energies of a potential select one of the shifts, and then its gap."""
    judge = load_potential(potential)
    gaps = registry.gaps.copy()
    total = len(gaps) + (len(ENERGY_GAPS) if gap is None else 0)
    done = 0

    def energy(shift: Floats, distance: float) -> float:
        nonlocal done
        value = judge.energy(stack(shift, distance))
        done += 1
        if progress is not None:
            progress(done, total)
        return value

    energies = np.array([energy(*place) for place in zip(registry.shifts, gaps, strict=True)])
    best = _first_least(energies)
    if gap is None:
        trials = gaps[best] + ENERGY_GAPS
        found = np.array([energy(registry.shifts[best], trial) for trial in trials])
        if found.min() < energies[best]:
            gaps[best], energies[best] = trials[found.argmin()], found.min()
    return Registry(registry.shifts, gaps, registry.scores, energies, best, "energy")


def _first_least(values: Floats) -> int:
    """Index of the first of the smallest values."""
    return int(np.flatnonzero(values <= values.min() + SAME_SCORE)[0])
