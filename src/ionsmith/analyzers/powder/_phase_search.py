r"""Which crystals explain a list of powder lines, alone or in pairs, and which lines remain.

Measured lines are points on the 2θ axis with two sources: crystals, each of which puts a line at
each of its own positions with some probability and error, and foreign lines that may lie anywhere.
With the expected density of lines of the crystals :math:`r(x)` (a Gaussian of the tolerance about
each line, times the probability that the line is seen), the density of foreign lines
:math:`\lambda` and observed lines :math:`x_i`, the log-likelihood relative to no crystal at all is

.. math:: L = \sum_i \ln\left(1 + \frac{r(x_i)}{\lambda}\right) - \int r(x)\,dx .

The first term rewards what is explained, the second penalises what should have been seen: crystals
with many lines explain many by chance and pay for it. Densities of crystals add, so that mixtures
are ranked on the same scale; each crystal costs the logarithm of the number of models that it was
chosen from, so that a second crystal does not win by two chance coincidences. The intensity from
which the lines of a crystal are seen is unknown; it is taken from :data:`THRESHOLDS` such that L is
largest, for each crystal of a mixture separately.

Only positions decide. Intensities of powders suffer from texture and overlap; where given, they
only weight the share of a pattern that is explained.

Reference for point processes: D. J. Daley and D. Vere-Jones, An Introduction to the Theory of
Point Processes, 2nd ed. (2003), ch. 7, doi:10.1007/b97277.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.powder._lines import LineList
from ionsmith.analyzers.powder._pattern import powder_pattern
from ionsmith.analyzers.powder._result import PowderPattern
from ionsmith.analyzers.powder._setup import Setup
from ionsmith.analyzers.scattering import ScattererLike, Scatterers
from ionsmith.errors import InvalidInput, NoCoordinates, NoMatch
from ionsmith.results import Result, Table

Floats = NDArray[np.float64]

THRESHOLDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Intensities in per cent of a crystal's strongest line above which its lines may be seen."""

SEEN, UNSEEN = 0.85, 0.03
"""Probability that a line above the threshold is seen, and that one below it is."""

FOREIGN = 3.0
"""Expected number of foreign lines in a list."""

TOLERANCE = 0.06
"""Error of a position in degrees 2θ."""

CELL = 5e-4
"""Relative error of the spacings: the deviation of a sample's cell from the published one."""

MARGIN = 2.5
"""A crystal explains a line within this many times the error."""


@dataclass(frozen=True)
class MissingLine:
    """A line that should have been seen and was not.

    Parameters
    ----------
    crystal
        Name of the crystal.
    hkl
        Indices of the line.
    two_theta
        Angle in degrees.
    intensity
        Intensity in per cent of the crystal's strongest line.
    """

    crystal: str
    hkl: tuple[int, int, int]
    two_theta: float
    intensity: float


@dataclass(frozen=True)
class Candidate:
    """One crystal, or a mixture of two, as an explanation of the lines.

    Parameters
    ----------
    crystals
        Names of the crystals.
    score
        Log-likelihood relative to no crystal at all, less the cost of the choice.
    owners
        For each measured line the index of the crystal that has a line there, -1 if none has.
    share
        Fraction of the lines that is explained, weighted by intensity if known.
    missing
        Lines that should have been seen and were not.
    """

    crystals: tuple[str, ...]
    score: float
    owners: tuple[int, ...]
    share: float
    missing: tuple[MissingLine, ...]

    document = ("crystals", "score", "explained", "share", "missing")

    @property
    def explained(self) -> int:
        """Number of measured lines that are explained."""
        return sum(owner >= 0 for owner in self.owners)


@dataclass(frozen=True)
class ExplainedLine:
    """A measured line and the crystal that explains it.

    Parameters
    ----------
    two_theta
        Angle in degrees.
    d
        Spacing in Å.
    intensity
        Measured intensity on any scale, None if unknown.
    crystal
        Crystal of the best candidate that explains the line, None if none does.
    """

    two_theta: float
    d: float
    intensity: float | None
    crystal: str | None


@dataclass(frozen=True, eq=False)
class PhaseRanking(Result):
    """Crystals and mixtures of two that explain measured lines, by falling score.

    Parameters
    ----------
    measured
        The measured lines.
    singles
        Single crystals, the best first.
    mixtures
        Mixtures of two, the best first; empty if they were not tried.
    """

    measured: LineList
    singles: tuple[Candidate, ...]
    mixtures: tuple[Candidate, ...]

    document = ("wavelength", "lines", "singles", "mixtures", "left")

    @property
    def best(self) -> Candidate:
        """The best candidate, a crystal or a mixture."""
        return max((*self.singles[:1], *self.mixtures[:1]), key=lambda candidate: candidate.score)

    @property
    def wavelength(self) -> float:
        """Wavelength in Å."""
        return self.measured.beam.wavelength

    @cached_property
    def lines(self) -> tuple[ExplainedLine, ...]:
        """Measured lines by increasing angle, with what explains them in the best candidate."""
        measured, best = self.measured, self.best
        intensity = measured.intensity
        heights = [None] * len(measured.d) if intensity is None else intensity.tolist()
        return tuple(
            ExplainedLine(angle, d, height, best.crystals[owner] if owner >= 0 else None)
            for angle, d, height, owner in zip(
                measured.two_theta.tolist(), measured.d.tolist(), heights, best.owners, strict=True
            )
        )

    @property
    def left(self) -> tuple[float, ...]:
        """Angles in degrees of the lines that the best candidate does not explain."""
        return tuple(line.two_theta for line in self.lines if line.crystal is None)

    def tables(self) -> list[Table]:
        """Return the ranking, and the lines with what explains them."""
        ranked = sorted((*self.singles, *self.mixtures), key=lambda candidate: -candidate.score)
        rows = [
            (
                " + ".join(candidate.crystals),
                round(candidate.score, 1),
                f"{candidate.explained} of {len(self.lines)}",
                f"{candidate.share:.0%}",
                len(candidate.missing),
            )
            for candidate in ranked
        ]
        headers = ("crystals", "score", "lines explained", "share", "lines not seen")
        lines = [
            (round(line.two_theta, 3), round(line.d, 4), line.crystal or "–") for line in self.lines
        ]
        return [
            Table(f"{len(self.lines)} lines at {self.wavelength:.5g} Å", headers, rows),
            Table(
                f"lines after {' + '.join(self.best.crystals)}, {len(self.left)} left",
                ("2θ (°)", "d (Å)", "crystal"),
                lines,
            ),
        ]


def rank_phases(
    lines: LineList,
    crystals: Iterable[ScattererLike | PowderPattern],
    *,
    mixtures: bool = True,
    elements: str | Iterable[str] = (),
    angle_tolerance: float = TOLERANCE,
    cell_tolerance: float = CELL,
    limit: int = 10,
) -> PhaseRanking:
    """Rank crystals, and mixtures of two, by how well they explain measured powder lines.

    Parameters
    ----------
    lines
        The measured lines.
    crystals
        Crystals to try; those without published coordinates or without lines in the range are left
        out. A pattern that was computed before must reach beyond the range of the lines.
    mixtures
        Whether mixtures of two are tried.
    elements
        Elements of the sample: crystals that have others are left out. None leaves out nothing.
    angle_tolerance
        Error of a measured angle in degrees 2θ.
    cell_tolerance
        Relative error of the spacings.
    limit
        Largest number of crystals, and of mixtures, that are kept.

    Raises
    ------
    NoMatch
        If no crystal of these elements has lines in the range.
    InvalidInput
        If a tolerance is out of range, or an element is unknown.
    """
    if not (0 < angle_tolerance < np.inf and 0 <= cell_tolerance < 0.1):
        raise InvalidInput(
            "`angle_tolerance` must be a positive number of degrees and `cell_tolerance` 0 to "
            "below 0.1"
        )
    among = {elements} if isinstance(elements, str) else set(elements)
    for element in sorted(among - set(chemical_symbols[1:])):
        raise InvalidInput(f"`elements`: {element!r} is no element; give symbols such as Na and Sb")
    x = lines.two_theta
    low, high = x[0] - MARGIN * angle_tolerance, x[-1] + MARGIN * angle_tolerance
    models = [
        model
        for number, pattern in enumerate(_patterns(crystals, lines, among))
        for model in _models(pattern, number, x, (low, high), angle_tolerance, cell_tolerance)
    ]
    if not models:
        only = f" of {', '.join(sorted(among))} only" if among else ""
        raise NoMatch(f"no crystal{only} has lines in the range of the list; try more crystals")
    foreign = FOREIGN / (high - low)
    density = np.array([model.density for model in models]) / foreign
    expected = np.array([model.expected for model in models])
    owner = np.array([model.number for model in models])
    expected += np.log(len(models))
    single = np.log1p(density).sum(axis=1) - expected
    chosen = _best_of_each(owner, single)
    order = chosen[np.argsort(-single[chosen], kind="stable")][:limit]
    singles = tuple(_candidate([models[k]], single[k], lines) for k in order)
    pairs: list[tuple[float, int, int]] = []
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
        pairs = sorted(best.values(), key=lambda entry: -entry[0])[:limit]
    return PhaseRanking(
        lines,
        singles,
        tuple(_candidate([models[a], models[b]], score, lines) for score, a, b in pairs),
    )


def _patterns(
    crystals: Iterable[ScattererLike | PowderPattern], lines: LineList, among: set[str]
) -> list[PowderPattern]:
    """Patterns of the crystals that have coordinates and lines about the range of a list.

    Crystals with elements that are not among the given ones, if there are such, are left out.
    """
    span = (max(float(lines.two_theta[0]) - 1, 0.0), min(float(lines.two_theta[-1]) + 1, 179.0))
    setup = Setup(lines.beam, two_theta=span, min_intensity=min(THRESHOLDS) / 10)
    patterns = []
    for crystal in crystals:
        if isinstance(crystal, PowderPattern):
            if not among or set(crystal.composition) <= among:
                patterns.append(crystal)
            continue
        try:
            scatterers = Scatterers.of(crystal)
            if not among or set(scatterers.elements) <= among:
                patterns.append(powder_pattern(scatterers, setup))
        except (NoMatch, NoCoordinates):
            continue
    return patterns


def _best_of_each(owner: NDArray[np.int64], score: Floats) -> NDArray[np.int64]:
    """Index of the largest score of each owner, by increasing owner."""
    order = np.lexsort((-score, owner))
    _, first = np.unique(owner[order], return_index=True)
    return np.asarray(order[first])


@dataclass(frozen=True, eq=False)
class _Model:
    """One crystal whose lines are seen above one threshold, against the measured lines."""

    pattern: PowderPattern
    number: int
    within: NDArray[np.int64]
    error: Floats
    seen: Floats
    density: Floats

    @property
    def expected(self) -> float:
        """Expected number of lines."""
        return float(self.seen.sum())


def _models(
    pattern: PowderPattern,
    number: int,
    x: Floats,
    limits: tuple[float, float],
    tolerance: float,
    cell_tolerance: float,
) -> list[_Model]:
    """One model for each threshold; none if the crystal has no lines within the limits."""
    within = np.flatnonzero((pattern.two_theta >= limits[0]) & (pattern.two_theta <= limits[1]))
    if len(within) == 0:
        return []
    angle, strength = pattern.two_theta[within], pattern.intensity[within]
    strength = 100 * strength / strength.max()
    slope = 2 * np.degrees(np.tan(np.radians(angle / 2)))
    error = np.hypot(tolerance, cell_tolerance * slope)
    gaussians = np.exp(-np.square((x[:, None] - angle) / error) / 2)
    gaussians /= error * np.sqrt(2 * np.pi)
    models = []
    for threshold in THRESHOLDS:
        seen = np.where(strength >= threshold, SEEN, UNSEEN * np.minimum(strength / threshold, 1))
        models.append(_Model(pattern, number, within, error, seen, gaussians @ seen))
    return models


def _candidate(models: list[_Model], score: float, lines: LineList) -> Candidate:
    """Assign the lines to the crystals, and list what is missing."""
    x = lines.two_theta
    total = np.array([model.density for model in models])
    near = np.zeros((len(models), len(x)), dtype=bool)
    missing = []
    for row, model in enumerate(models):
        pattern, angle = model.pattern, model.pattern.two_theta[model.within]
        close = abs(x[:, None] - angle) <= MARGIN * model.error
        near[row] = close.any(axis=1)
        for line in np.flatnonzero(~close.any(axis=0) & (model.seen == SEEN)):
            index = model.within[line]
            h, k, last = pattern.hkl[index].tolist()
            strength = float(pattern.intensity[index])
            missing.append(MissingLine(pattern.crystal, (h, k, last), float(angle[line]), strength))
    owner = np.where(near.any(axis=0), np.where(near, total, -1.0).argmax(axis=0), -1)
    return Candidate(
        crystals=tuple(model.pattern.crystal for model in models),
        score=float(score),
        owners=tuple(owner.tolist()),
        share=float(np.average(owner >= 0, weights=lines.intensity)),
        missing=tuple(missing),
    )
