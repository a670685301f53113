r"""Mixtures of crystals by weight, and their pattern over a measured one.

The lines of a crystal with the weight fraction w in a thick sample have the strength
:math:`w\,\Sigma / (M V)`, with the mass M and the volume V of its cell and
:math:`\Sigma = m|F|^2 P L` (R. J. Hill and C. J. Howard, J. Appl. Cryst. 20, 467 (1987),
doi:10.1107/S0021889887086199). Microabsorption is neglected.

Against a measured pattern, scales of the crystals (none negative) and a smooth background are
fitted by least squares, each point weighted with the reciprocal of its counts; positions and
widths are not refined. If weight fractions are fitted, each crystal has a scale of its own, from
which they follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.analyzers.powder._files import MeasuredPattern, read_pattern, write_columns
from ionsmith.analyzers.powder._overlay import Overlay
from ionsmith.analyzers.powder._plot import (
    SIZE,
    plot_overlay,
    plot_profile,
    plot_sticks,
)
from ionsmith.analyzers.powder._profile import STEP, Shape, sum_profiles
from ionsmith.analyzers.powder._result import PatternsOfOneSetup, PowderLine, PowderPattern
from ionsmith.analyzers.scattering import DISPLACED
from ionsmith.errors import InvalidInput
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MixtureCrystal:
    """A crystal of a mixture.

    Parameters
    ----------
    name
        Name of the crystal.
    weight_fraction
        Weight fraction in the mixture, 0 to 1.
    volume
        Volume of the cell in Å³.
    scale
        ``m |F|² P L`` of its strongest line.
    displaced
        Whether mean square displacements of the atoms entered the intensities.
    """

    name: str
    weight_fraction: float
    volume: float
    scale: float
    displaced: bool


@dataclass(frozen=True, eq=False)
class Mixture(PatternsOfOneSetup):
    """Powder lines of one or more crystals.

    Parameters
    ----------
    patterns
        Lines of each crystal, computed with the same setup.
    weights
        Weight fractions; their sum is one.
    overlay
        Comparison with a measured pattern; None without one.
    """

    weights: tuple[float, ...]
    overlay: Overlay | None = None

    document = (
        "crystals",
        "radiation",
        "wavelengths",
        "wavelength_weights",
        "lines",
        "overlay",
    )
    figure_size = SIZE

    @property
    def crystals(self) -> tuple[MixtureCrystal, ...]:
        """Crystals in the order given."""
        return tuple(
            MixtureCrystal(
                pattern.crystal, weight, pattern.volume, pattern.scale, pattern.displaced
            )
            for pattern, weight in zip(self.patterns, self.weights, strict=True)
        )

    @cached_property
    def lines(self) -> tuple[PowderLine, ...]:
        """Lines of all crystals by increasing angle, on the common intensity scale."""
        lines = [
            replace(line, intensity=factor * line.intensity)
            for pattern, factor in zip(self.patterns, self.factors.tolist(), strict=True)
            for line in pattern.lines
        ]
        return tuple(sorted(lines, key=lambda line: (line.two_theta, line.crystal)))

    @property
    def name(self) -> str:
        """Names of the crystals with their weights."""
        if len(self.patterns) == 1:
            return self.patterns[0].crystal
        return " + ".join(f"{part.weight_fraction:.3g} {part.name}" for part in self.crystals)

    @property
    def factors(self) -> Floats:
        """Factors that put the intensities of the crystals on one scale, shape (crystals,)."""
        strength = np.array(
            [
                weight * pattern.scale / cell_mass(pattern) / pattern.volume
                for pattern, weight in zip(self.patterns, self.weights, strict=True)
            ]
        )
        return np.asarray(strength / strength.max())

    def profiles(self, grid: Floats, shape: Shape) -> list[Floats]:
        """Profile of each crystal, in units of the line intensities per degree.

        Parameters
        ----------
        grid
            Angles 2θ in degrees, shape (n,).
        shape
            Width and shift of the lines.
        """
        return [
            factor
            * sum_profiles(grid, pattern.two_theta, pattern.intensity, pattern.wavelength, shape)
            for pattern, factor in zip(self.patterns, self.factors.tolist(), strict=True)
        ]

    def profile(self, shape: Shape) -> tuple[Floats, Floats]:
        """Profile over the whole range, as a diffractometer would draw it.

        Parameters
        ----------
        shape
            Width and shift of the lines, and a background.

        Returns
        -------
        two_theta
            Angles in steps of 0.01°, shape (n,).
        intensity
            In per cent of the highest point, background included, shape (n,).
        """
        low, high = self.patterns[0].setup.two_theta
        grid = np.linspace(low, high, round((high - low) / STEP) + 1)
        total = np.sum(self.profiles(grid, shape), axis=0)
        return grid, 100 * total / total.max() + shape.background

    def tables(self) -> list[Table]:
        """Return the lines, and how well they fit a measured pattern."""
        return [self._lines_table(), *self._overlay_tables()]

    def plot(self, ax: "Axes | None" = None, shape: Shape | None = None) -> "Axes":
        """Draw the comparison with a measured pattern, the profile, or sticks.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        shape
            Width and shift of the lines, to draw a profile instead of sticks; not needed for the
            comparison with a measured pattern.
        """
        if self.overlay is not None:
            return plot_overlay(self.patterns, self.overlay, ax)
        if shape is not None:
            return plot_profile(self.patterns, self.name, self.profile(shape), shape.zero, ax)
        return plot_sticks(self.patterns, self.factors.tolist(), self.name, ax)

    def _overlay_tables(self) -> list[Table]:
        """Table of the comparison with a measured pattern, if there is one."""
        if self.overlay is None:
            return []
        overlay = self.overlay
        title = (
            f"{overlay.file}: weighted residual R_wp {100 * overlay.r_wp:.2f} % of "
            f"{overlay.points} points, weight fractions as "
            f"{'fitted' if overlay.fitted else 'given'}"
        )
        rows = [
            (name, round(weight, 4))
            for name, weight in zip(overlay.crystals, overlay.weights, strict=True)
        ]
        return [Table(title, ("crystal", "weight fraction"), rows)]

    def _lines_table(self) -> Table:
        """Table of the lines of all crystals."""
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
                rows.append([pattern.crystal, *changed])
        words = [f"{p.crystal} {DISPLACED[p.displaced]}" for p in self.patterns]
        title = f"{self.name}\n{', '.join(words)}"
        return Table(title, headers, sorted(rows, key=lambda row: (row[1], row[0])))


def cell_mass(pattern: PowderPattern) -> float:
    """Mass of the cell of a crystal in atomic mass units."""
    return float(
        sum(
            atomic_masses[atomic_numbers[element]] * amount
            for element, amount in pattern.composition.items()
        )
    )


def mix(patterns: Sequence[PowderPattern], weights: Sequence[float] | None = None) -> Mixture:
    """Mix crystals by weight.

    Parameters
    ----------
    patterns
        Lines of each crystal, computed with the same setup.
    weights
        Weight of each crystal, on any scale; equal by default.

    Raises
    ------
    InvalidInput
        If there is not one positive weight for each crystal.
    """
    parts = [1.0] * len(patterns) if weights is None else [float(weight) for weight in weights]
    if len(parts) != len(patterns):
        raise InvalidInput(f"{len(patterns)} crystals need as many `weights`, not {len(parts)}")
    if not all(0 < weight < np.inf for weight in parts):
        raise InvalidInput("`weights` must be positive numbers")
    return Mixture(tuple(patterns), tuple(weight / sum(parts) for weight in parts))


def overlay(
    mixture: Mixture,
    measured: MeasuredPattern | str | PathLike[str],
    shape: Shape,
    *,
    background_terms: int = 6,
    fit_weights: bool = False,
) -> Mixture:
    """Compare a computed pattern with a measured one.

    Parameters
    ----------
    mixture
        Lines of the crystals.
    measured
        The measured pattern, or its file.
    shape
        Width and shift of the lines.
    background_terms
        Number of Chebyshev polynomials in the background.
    fit_weights
        Whether the weight fractions are fitted; otherwise all crystals share one scale.

    Returns
    -------
    Mixture
        The same, with its ``overlay``.

    Raises
    ------
    InvalidInput
        If the patterns have too few points in common, or the number of terms is out of range.
    """
    from scipy.optimize import lsq_linear

    if not isinstance(measured, MeasuredPattern):
        measured = read_pattern(measured)
    low, high = mixture.patterns[0].setup.two_theta
    inside = (measured.two_theta >= low) & (measured.two_theta <= high)
    n_scales = len(mixture.patterns) if fit_weights else 1
    if not 0 <= background_terms <= 30:
        raise InvalidInput(f"`background_terms` must be 0 to 30, not {background_terms}")
    if inside.sum() <= background_terms + n_scales:
        raise InvalidInput(
            f"{measured.name} has {inside.sum()} points from {low:g} to {high:g}° 2θ, too few to "
            "compare with; choose the range of the measurement"
        )
    grid, counts = measured.two_theta[inside], measured.counts[inside]
    profiles = mixture.profiles(grid, shape)
    stacked = np.array(profiles if fit_weights else [np.sum(profiles, axis=0)])
    place = (2 * grid - grid[0] - grid[-1]) / (grid[-1] - grid[0])
    smooth = np.polynomial.chebyshev.chebvander(place, max(background_terms - 1, 0)).T
    smooth = smooth[:background_terms]
    weight = 1 / np.sqrt(np.maximum(counts, 1.0))
    matrix = np.concatenate([stacked, smooth]) * weight
    lowest = np.concatenate([np.zeros(n_scales), np.full(background_terms, -np.inf)])
    solution = lsq_linear(matrix.T, counts * weight, bounds=(lowest, np.inf)).x
    scales = solution[:n_scales] if fit_weights else np.repeat(solution[:1], len(profiles))
    parts = tuple(scale * profile for scale, profile in zip(scales, profiles, strict=True))
    fitted = np.array(mixture.weights) * scales
    if fitted.sum() <= 0:
        raise InvalidInput(f"none of the crystals has lines where {measured.name} has peaks")
    level = solution[n_scales:] @ smooth if background_terms else np.zeros(len(grid))
    residual = weight * (counts - np.sum(parts, axis=0) - level)
    result = Overlay(
        measured=MeasuredPattern(measured.name, grid, counts),
        shape=shape,
        crystals=tuple(pattern.crystal for pattern in mixture.patterns),
        weights=tuple((fitted / fitted.sum()).tolist()),
        fitted=fit_weights,
        parts=parts,
        background=level,
        r_wp=float(np.sqrt(np.square(residual).sum() / np.square(weight * counts).sum())),
    )
    return replace(mixture, overlay=result)


def write_profile(path: str | PathLike[str], mixture: Mixture, shape: Shape) -> None:
    """Write the profile in columns, or the comparison with a measured pattern if there is one.

    Parameters
    ----------
    path
        Text file, replaced if it exists: ``.csv`` with commas, ``.xy`` with blanks.
    mixture
        Lines of the crystals.
    shape
        Width and shift of the lines.

    Raises
    ------
    InvalidInput
        If the file has another suffix.
    """
    if mixture.overlay is None:
        columns = dict(zip(("two_theta", "intensity"), mixture.profile(shape), strict=True))
    else:
        columns = mixture.overlay.columns
    write_columns(path, columns)
