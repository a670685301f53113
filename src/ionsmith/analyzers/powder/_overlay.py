"""A computed powder pattern over a measured one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._files import MeasuredPattern
from ionsmith.analyzers.powder._profile import Shape

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlay:
    """A computed pattern over a measured one.

    Parameters
    ----------
    measured
        The measured pattern, within the range of the computed one.
    shape
        Width and shift of the computed lines.
    crystals
        Names of the crystals.
    weights
        Weight fraction of each crystal.
    fitted
        Whether the weight fractions were fitted.
    parts
        Profile of each crystal on its scale, shape (n,) each.
    background
        Fitted background, shape (n,).
    r_wp
        Weighted profile residual, 0 to 1: sqrt(Σ w (y - y_c)² / Σ w y²).
    """

    measured: MeasuredPattern
    shape: Shape
    crystals: tuple[str, ...]
    weights: tuple[float, ...]
    fitted: bool
    parts: tuple[Floats, ...]
    background: Floats
    r_wp: float

    document = ("file", "points", "r_wp", "weight_fractions", "fitted")

    @property
    def file(self) -> str:
        """File of the measured pattern."""
        return self.measured.name

    @property
    def points(self) -> int:
        """Number of points that are compared."""
        return len(self.measured.two_theta)

    @property
    def weight_fractions(self) -> dict[str, float]:
        """Weight fraction of each crystal, by name."""
        return dict(zip(self.crystals, self.weights, strict=True))

    @property
    def computed(self) -> Floats:
        """Sum of profiles and background, shape (n,)."""
        return np.asarray(np.sum(self.parts, axis=0) + self.background)

    @property
    def difference(self) -> Floats:
        """Measured minus computed counts, shape (n,)."""
        return np.asarray(self.measured.counts - self.computed)

    @property
    def columns(self) -> dict[str, Floats]:
        """Angles, measured and computed counts, background and difference; shape (n,) each."""
        return {
            "two_theta": self.measured.two_theta,
            "measured": self.measured.counts,
            "computed": self.computed,
            "background": self.background,
            "difference": self.difference,
        }
