r"""Mixtures of crystals by weight, and their pattern beside a measured one.

The lines of a crystal that makes up the weight fraction w of a thick sample are as strong as
:math:`w\,\Sigma / (M V)`, with the mass M and the volume V of its cell and
:math:`\Sigma = m|F|^2 P L` (R. J. Hill and C. J. Howard, J. Appl. Cryst. 20, 467 (1987),
doi:10.1107/S0021889887086199). Differences of absorption between grains are left out.

Beside a measured pattern, scales of the crystals (none negative) and a smooth background are
fitted by least squares, each point weighted with the reciprocal of its counts; positions and
widths are as given. Without stated weights each crystal has a scale of its own, from which weight
fractions follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.analyzers.powder._files import MeasuredPattern
from ionsmith.analyzers.powder._pattern import PowderPattern
from ionsmith.analyzers.powder._profile import Shape, draw
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlay:
    """A computed pattern on a measured one.

    Parameters
    ----------
    measured
        The measured pattern, within the range of the computed one.
    parts
        Profile of each crystal on its scale, shape (n,) each.
    background
        Fitted background, shape (n,).
    weights
        Weight fraction of each crystal.
    fitted_weights
        Whether they were fitted.
    r_wp
        Weighted profile residual, 0 to 1: sqrt(Σ w (y - y_c)² / Σ w y²).
    """

    measured: MeasuredPattern
    parts: tuple[Floats, ...]
    background: Floats
    weights: tuple[float, ...]
    fitted_weights: bool
    r_wp: float

    @property
    def computed(self) -> Floats:
        """Sum of all, shape (n,)."""
        return np.asarray(np.sum(self.parts, axis=0) + self.background)

    @property
    def difference(self) -> Floats:
        """Measured less computed, shape (n,)."""
        return np.asarray(self.measured.counts - self.computed)


@dataclass(frozen=True, eq=False)
class Mixture(Result):
    """Lines of several crystals.

    Parameters
    ----------
    patterns
        Lines of each crystal, computed under one setup.
    weights
        Weight fractions, sum one.
    overlay
        Comparison with a measured pattern, if there is one.
    """

    patterns: tuple[PowderPattern, ...]
    weights: tuple[float, ...]
    overlay: Overlay | None = None

    @property
    def factors(self) -> Floats:
        """What intensities of each crystal are to be multiplied with, 100 the strongest line."""
        strength = np.array(
            [w * p.scale / cell_mass(p) / p.volume for p, w in zip(*self._sides, strict=True)]
        )
        return np.asarray(strength / strength.max())

    @property
    def _sides(self) -> tuple[tuple[PowderPattern, ...], tuple[float, ...]]:
        return self.patterns, self.weights

    @property
    def name(self) -> str:
        """Of the crystals, with their weights."""
        if len(self.patterns) == 1:
            return self.patterns[0].name
        return " + ".join(f"{w:.3g} {p.name}" for p, w in zip(*self._sides, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return the lines of all crystals by rising angle."""
        parts = [pattern.to_dict() for pattern in self.patterns]
        lines = []
        for part, factor in zip(parts, self.factors.tolist(), strict=True):
            for line in part["lines"]:
                lines.append(
                    {**line, "crystal": part["crystal"], "intensity": factor * line["intensity"]}
                )
        first = parts[0]
        return {
            "crystals": [
                {
                    "name": part["crystal"],
                    "weight_fraction": weight,
                    "volume": part["volume"],
                    "scale": part["scale"],
                }
                for part, weight in zip(parts, self.weights, strict=True)
            ],
            **{key: first[key] for key in ("radiation", "wavelengths", "wavelength_weights")},
            "lines": sorted(lines, key=lambda line: (line["two_theta"], line["crystal"])),
            "overlay": None if self.overlay is None else self._overlay_values(self.overlay),
        }

    def _overlay_values(self, found: Overlay) -> dict[str, Any]:
        names = [pattern.name for pattern in self.patterns]
        return {
            "file": found.measured.name,
            "points": len(found.measured.two_theta),
            "r_wp": found.r_wp,
            "weight_fractions": dict(zip(names, found.weights, strict=True)),
            "fitted": found.fitted_weights,
        }

    def tables(self) -> list[Table]:
        """Return the lines, and how well they fit a measured pattern."""
        return [self._lines_table(), *self._overlay_tables()]

    def _overlay_tables(self) -> list[Table]:
        if self.overlay is None:
            return []
        found = self.overlay
        kind = "fitted" if found.fitted_weights else "given"
        title = (
            f"{found.measured.name}: weighted residual R_wp {100 * found.r_wp:.2f} % of "
            f"{len(found.measured.two_theta)} points, weight fractions as {kind}"
        )
        rows = [
            (pattern.name, round(weight, 4))
            for pattern, weight in zip(self.patterns, found.weights, strict=True)
        ]
        return [Table(title, ("crystal", "weight fraction"), rows)]

    def _lines_table(self) -> Table:
        if len(self.patterns) == 1:
            return self.patterns[0].tables()[0]
        rows = []
        headers: list[str] = []
        for pattern, factor in zip(self.patterns, self.factors.tolist(), strict=True):
            table = pattern.tables()[0]
            headers = ["crystal", *table.headers]
            at = list(table.headers).index("intensity")
            for row in table.rows:
                changed = list(row)
                changed[at] = round(factor * changed[at], 3)
                rows.append([pattern.name, *changed])
        return Table(self.name, headers, sorted(rows, key=lambda row: (row[1], row[0])))


def cell_mass(pattern: PowderPattern) -> float:
    """Mass of the cell of a crystal in atomic mass units."""
    return float(
        sum(
            atomic_masses[atomic_numbers[element]] * amount
            for element, amount in pattern.composition.items()
        )
    )


def mix(patterns: Sequence[PowderPattern], weights: Sequence[float] | None = None) -> Mixture:
    """Mix crystals by weight, in equal parts by default.

    Raises
    ------
    InvalidInput
        If there is not one positive weight for each crystal.
    """
    parts = [1.0] * len(patterns) if weights is None else [float(weight) for weight in weights]
    if len(parts) != len(patterns):
        raise InvalidInput(f"{len(patterns)} crystals need as many weights, not {len(parts)}")
    if not all(0 < weight < np.inf for weight in parts):
        raise InvalidInput("the weights of a mixture are positive numbers")
    return Mixture(tuple(patterns), tuple(weight / sum(parts) for weight in parts))


def profile_of(mixture: Mixture, grid: Floats, shape: Shape) -> list[Floats]:
    """Profile of each crystal of a mixture, in the units of the lines' intensities per degree."""
    return [
        factor * draw(grid, pattern.two_theta, pattern.intensity, pattern.wavelength, shape)
        for pattern, factor in zip(mixture.patterns, mixture.factors.tolist(), strict=True)
    ]


def overlay(
    mixture: Mixture,
    measured: MeasuredPattern,
    shape: Shape,
    *,
    background_terms: int = 6,
    fit_weights: bool = False,
) -> Overlay:
    """Lay a computed pattern on a measured one.

    Parameters
    ----------
    mixture
        What is thought to be there.
    measured
        The measured pattern.
    shape
        Widths and shift of the lines.
    background_terms
        Number of Chebyshev polynomials in the background.
    fit_weights
        Whether each crystal has a scale of its own, or all share one.

    Raises
    ------
    InvalidInput
        If the patterns have too few points in common, or the number of terms makes no sense.
    """
    from scipy.optimize import lsq_linear

    low, high = mixture.patterns[0].setup.two_theta
    inside = (measured.two_theta >= low) & (measured.two_theta <= high)
    columns = len(mixture.patterns) if fit_weights else 1
    if not 0 <= background_terms <= 30:
        raise InvalidInput(f"a background has 0 to 30 terms, not {background_terms}")
    if inside.sum() <= background_terms + columns:
        raise InvalidInput(
            f"{measured.name} has {inside.sum()} points from {low:g} to {high:g}° 2θ, too few to "
            "compare with; give the range of the measurement"
        )
    grid, counts = measured.two_theta[inside], measured.counts[inside]
    own = profile_of(mixture, grid, shape)
    stacked = np.array(own if fit_weights else [np.sum(own, axis=0)])
    place = (2 * grid - grid[0] - grid[-1]) / (grid[-1] - grid[0])
    smooth = np.polynomial.chebyshev.chebvander(place, max(background_terms - 1, 0)).T
    smooth = smooth[:background_terms]
    weight = 1 / np.sqrt(np.maximum(counts, 1.0))
    matrix = np.concatenate([stacked, smooth]) * weight
    lowest = np.concatenate([np.zeros(columns), np.full(background_terms, -np.inf)])
    found = lsq_linear(matrix.T, counts * weight, bounds=(lowest, np.inf)).x
    scales = found[:columns] if fit_weights else np.repeat(found[:1], len(own))
    parts = tuple(scale * part for scale, part in zip(scales, own, strict=True))
    fitted = np.array(mixture.weights) * scales
    if fitted.sum() <= 0:
        raise InvalidInput(f"none of the crystals has lines where {measured.name} has peaks")
    level = found[columns:] @ smooth if background_terms else np.zeros(len(grid))
    residual = weight * (counts - np.sum(parts, axis=0) - level)
    return Overlay(
        measured=MeasuredPattern(measured.name, grid, counts),
        parts=parts,
        background=level,
        weights=tuple((fitted / fitted.sum()).tolist()),
        fitted_weights=fit_weights,
        r_wp=float(np.sqrt(np.square(residual).sum() / np.square(weight * counts).sum())),
    )
