r"""Which crystals explain a list of powder lines, alone or together, and what is left.

Lines are taken as points on the 2θ axis that have two sources: crystals, each of which puts a line
at every one of its own with some probability and error, and a background of foreign lines that may
lie anywhere. For crystals with the expected density of lines :math:`r(x)` (a Gaussian of the
tolerance about each line, times the probability that the line is seen), foreign lines of the
density :math:`\lambda` and observed lines :math:`x_i`, the logarithm of the likelihood over that
of no crystal at all is

.. math:: L = \sum_i \ln\left(1 + \frac{r(x_i)}{\lambda}\right) - \int r(x)\,dx .

The first term counts what is explained, the second what should have been seen: crystals with many
lines explain much by chance and pay for it. Densities of crystals add up, so that mixtures are
ranked alike; each crystal of a candidate costs the logarithm of the number of models that it was
chosen from, so that a second crystal does not win by two lines that it meets by chance. From which
intensity on a crystal's lines are seen is not known; it is taken from :data:`THRESHOLDS` such that
L is largest, for each crystal of a mixture on its own.

Only positions decide. Intensities of powders suffer from texture and overlap; they are used, where
given, to say how much of a pattern is explained.

Reference for point processes: D. J. Daley and D. Vere-Jones, An Introduction to the Theory of
Point Processes, 2nd ed. (2003), ch. 7, doi:10.1007/b97277.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._lines import LineList
from ionsmith.analyzers.powder._pattern import PowderPattern, powder_pattern
from ionsmith.analyzers.powder._setup import Setup
from ionsmith.analyzers.scattering import Beam, Scatterers
from ionsmith.crystals import Crystal
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.results import Result, Table, plain

Floats = NDArray[np.float64]

THRESHOLDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Intensities in per cent of the strongest line of a crystal, from which on its lines are seen."""

SEEN, UNSEEN = 0.85, 0.03
"""Probability that a line above the threshold is seen, and that one below it is."""

FOREIGN = 3.0
"""Foreign lines that are expected in a list."""

TOLERANCE = 0.06
"""Error of a position in degrees 2θ."""

CELL = 5e-4
"""Relative error of the spacings: what the cell of a sample is off the published one."""

MARGIN = 2.5
"""A line is explained by a crystal within this many times its error."""


@dataclass(frozen=True)
class Candidate:
    """Crystals that together explain lines.

    Parameters
    ----------
    names
        Of the crystals.
    score
        Logarithm of the likelihood over that of no crystal at all, less the cost of the choice.
    explained
        For each measured line which of the crystals has one there, -1 where none has.
    missing
        Lines that should have been seen and were not: crystal, hkl, 2θ, intensity.
    """

    names: tuple[str, ...]
    score: float
    explained: tuple[int, ...]
    missing: tuple[tuple[str, tuple[int, int, int], float, float], ...]


@dataclass(frozen=True, eq=False)
class PhaseRanking(Result):
    """Crystals and mixtures by falling score.

    Parameters
    ----------
    lines
        What was measured.
    singles
        Single crystals, the best first.
    mixtures
        Mixtures, the best first; empty unless asked for.
    """

    lines: LineList
    singles: tuple[Candidate, ...]
    mixtures: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        """The best of all, a crystal or a mixture."""
        return max((*self.singles[:1], *self.mixtures[:1]), key=lambda found: found.score)

    @cached_property
    def left(self) -> NDArray[np.int64]:
        """Lines that the best does not explain."""
        return np.flatnonzero(np.array(self.best.explained) < 0)

    def share(self, candidate: Candidate) -> float:
        """Part of the lines that is explained, by intensity where known."""
        found = np.array(candidate.explained) >= 0
        weight = self.lines.intensity
        return float(np.average(found, weights=None if weight is None else weight))

    def to_dict(self) -> dict[str, Any]:
        """Return the ranking as plain values."""
        lines, best = self.lines, self.best

        def entry(found: Candidate) -> dict[str, Any]:
            return {
                "crystals": list(found.names),
                "score": found.score,
                "explained": sum(number >= 0 for number in found.explained),
                "share": self.share(found),
                "missing": [
                    {"crystal": name, "hkl": list(hkl), "two_theta": angle, "intensity": strength}
                    for name, hkl, angle, strength in found.missing
                ],
            }

        return {
            "wavelength": lines.beam.wavelength,
            "lines": [
                {
                    "two_theta": two_theta,
                    "d": d,
                    "intensity": None if lines.intensity is None else float(lines.intensity[i]),
                    "crystal": best.names[which] if which >= 0 else None,
                }
                for i, (two_theta, d, which) in enumerate(
                    zip(lines.two_theta.tolist(), lines.d.tolist(), best.explained, strict=True)
                )
            ],
            "singles": [entry(found) for found in self.singles],
            "mixtures": [entry(found) for found in self.mixtures],
            "left": plain(lines.two_theta[self.left]),
        }

    def tables(self) -> list[Table]:
        """Return the ranking, and the lines with what explains them."""
        count = len(self.lines.two_theta)
        ranked = sorted((*self.singles, *self.mixtures), key=lambda found: -found.score)
        rows = [
            (
                " + ".join(found.names),
                round(found.score, 1),
                f"{sum(number >= 0 for number in found.explained)} of {count}",
                f"{self.share(found):.0%}",
                len(found.missing),
            )
            for found in ranked
        ]
        headers = ("crystals", "score", "lines explained", "share", "lines not seen")
        best = self.best
        lines = [
            (round(two_theta, 3), round(d, 4), best.names[which] if which >= 0 else "–")
            for two_theta, d, which in zip(
                self.lines.two_theta.tolist(), self.lines.d.tolist(), best.explained, strict=True
            )
        ]
        left = len(self.left)
        return [
            Table(f"{count} lines at {self.lines.beam.wavelength:.5g} Å", headers, rows),
            Table(
                f"lines after {' + '.join(best.names)}, {left} left",
                ("2θ (°)", "d (Å)", "crystal"),
                lines,
            ),
        ]


def reference_patterns(
    crystals: Sequence[Crystal], beam: Beam, two_theta: tuple[float, float]
) -> list[PowderPattern]:
    """Compute the lines of crystals; those without coordinates or lines in the range are left out.

    Parameters
    ----------
    crystals
        The crystals.
    beam, two_theta
        Wavelength, and range in degrees.
    """
    setup = Setup(beam, two_theta=two_theta, min_intensity=min(THRESHOLDS) / 10)
    found = []
    for crystal in crystals:
        if crystal.has_coordinates:
            try:
                found.append(powder_pattern(Scatterers.of_crystal(crystal), setup))
            except NoMatch:
                continue
    return found


def rank_phases(
    lines: LineList,
    patterns: Sequence[PowderPattern],
    *,
    mixtures: bool = True,
    angle_tolerance: float = TOLERANCE,
    cell_tolerance: float = CELL,
    keep: int = 10,
) -> PhaseRanking:
    """Rank crystals, and mixtures of two, by how well they explain lines.

    Parameters
    ----------
    lines
        What was measured.
    patterns
        Lines of the crystals, in a range that holds those of the list, such as
        :func:`reference_patterns` gives.
    mixtures
        Whether mixtures of two are tried.
    angle_tolerance
        Error of a measured angle in degrees.
    cell_tolerance
        Relative error of the spacings.
    keep
        How many of each are kept.

    Raises
    ------
    NoMatch
        If there are no crystals to compare with.
    InvalidInput
        If a tolerance is not positive.
    """
    if not (0 < angle_tolerance < np.inf and 0 <= cell_tolerance < 0.1):
        raise InvalidInput(
            "the tolerance is a positive number of degrees, that of the cell 0 to below 0.1"
        )
    x = lines.two_theta
    low, high = x[0] - MARGIN * angle_tolerance, x[-1] + MARGIN * angle_tolerance
    models = [
        model
        for number, pattern in enumerate(patterns)
        for model in _models(pattern, number, x, (low, high), angle_tolerance, cell_tolerance)
    ]
    if not models:
        raise NoMatch("no crystal has lines in the range of the list; give more crystals")
    foreign = FOREIGN / (high - low)
    density = np.array([model.density for model in models]) / foreign
    expected = np.array([model.expected for model in models])
    owner = np.array([model.number for model in models])
    expected += np.log(len(models))
    single = np.log1p(density).sum(axis=1) - expected
    chosen = _best_of_each(owner, single)
    order = chosen[np.argsort(-single[chosen], kind="stable")][:keep]
    singles = tuple(_candidate([models[k]], single[k], lines) for k in order)
    found: list[tuple[float, int, int]] = []
    if mixtures:
        best: dict[tuple[int, int], tuple[float, int, int]] = {}
        for k in range(len(models)):
            rest = np.flatnonzero(owner > owner[k])
            if len(rest) == 0:
                continue
            both = np.log1p(density[k] + density[rest]).sum(axis=1) - expected[k] - expected[rest]
            for other in _best_of_each(owner[rest], both):
                pair = (int(owner[k]), int(owner[rest[other]]))
                entry = (float(both[other]), k, int(rest[other]))
                if pair not in best or entry[0] > best[pair][0]:
                    best[pair] = entry
        found = sorted(best.values(), key=lambda entry: -entry[0])[:keep]
    return PhaseRanking(
        lines,
        singles,
        tuple(_candidate([models[a], models[b]], score, lines) for score, a, b in found),
    )


def _best_of_each(owner: NDArray[np.int64], score: Floats) -> NDArray[np.int64]:
    """Index of the largest score of each owner, owners rising."""
    order = np.lexsort((-score, owner))
    _, first = np.unique(owner[order], return_index=True)
    return np.asarray(order[first])


@dataclass(frozen=True, eq=False)
class _Model:
    """One crystal whose lines are seen from one threshold on, against the measured lines."""

    pattern: PowderPattern
    number: int
    within: NDArray[np.int64]
    error: Floats
    seen: Floats
    density: Floats

    @property
    def expected(self) -> float:
        return float(self.seen.sum())


def _models(
    pattern: PowderPattern,
    number: int,
    x: Floats,
    limits: tuple[float, float],
    tolerance: float,
    cell_tolerance: float,
) -> list[_Model]:
    """One model for each threshold; none where the crystal has no lines within the limits."""
    within = np.flatnonzero((pattern.two_theta >= limits[0]) & (pattern.two_theta <= limits[1]))
    if len(within) == 0:
        return []
    angle, strength = pattern.two_theta[within], pattern.intensity[within]
    strength = 100 * strength / strength.max()
    slope = 2 * np.degrees(np.tan(np.radians(angle / 2)))
    error = np.hypot(tolerance, cell_tolerance * slope)
    gaussians = np.exp(-np.square((x[:, None] - angle) / error) / 2)
    gaussians /= error * np.sqrt(2 * np.pi)
    found = []
    for threshold in THRESHOLDS:
        seen = np.where(strength >= threshold, SEEN, UNSEEN * np.minimum(strength / threshold, 1))
        found.append(_Model(pattern, number, within, error, seen, gaussians @ seen))
    return found


def _candidate(models: list[_Model], score: float, lines: LineList) -> Candidate:
    """Say which line is whose, and what is missing."""
    x = lines.two_theta
    total = np.array([model.density for model in models])
    near = np.zeros((len(models), len(x)), dtype=bool)
    missing = []
    for row, model in enumerate(models):
        angle = model.pattern.two_theta[model.within]
        close = abs(x[:, None] - angle) <= MARGIN * model.error
        near[row] = close.any(axis=1)
        for line in np.flatnonzero(~close.any(axis=0) & (model.seen == SEEN)):
            index = model.within[line]
            h, k, last = (int(value) for value in model.pattern.hkl[index])
            missing.append(
                (
                    model.pattern.name,
                    (h, k, last),
                    float(angle[line]),
                    float(model.pattern.intensity[index]),
                )
            )
    owner = np.where(near.any(axis=0), np.where(near, total, -1.0).argmax(axis=0), -1)
    return Candidate(
        tuple(model.pattern.name for model in models),
        float(score),
        tuple(int(which) for which in owner),
        tuple(missing),
    )
