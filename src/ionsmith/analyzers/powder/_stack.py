"""Patterns of several crystals one above the other, and their differences from the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._plot import SIZE, plot_stack
from ionsmith.analyzers.powder._profile import STEP, Shape, sum_profiles
from ionsmith.analyzers.powder._result import PatternsOfOneSetup, PowderPattern
from ionsmith.errors import InvalidInput
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PatternStack(PatternsOfOneSetup):
    """Powder patterns of crystals to be compared, each on its own scale.

    Parameters
    ----------
    patterns
        Lines of each crystal, computed with the same setup; from below in the picture.
    """

    document = ("radiation", "wavelengths", "wavelength_weights", "patterns")

    @property
    def figure_size(self) -> tuple[float, float]:  # type: ignore[override]  # grows
        """Width and height of the picture in inches."""
        return SIZE[0], 2.0 + 1.1 * len(self.patterns)

    def columns(self, shape: Shape | None = None) -> dict[str, Floats]:
        """Angles in degrees, and the profile of each crystal by name; shape (n,) each.

        Parameters
        ----------
        shape
            Width and shift of the lines, and a background; profiles are in per cent of the highest
            point of each.
        """
        shape = shape or Shape()
        low, high = self.patterns[0].setup.two_theta
        grid = np.linspace(low, high, round((high - low) / STEP) + 1)
        columns = {"two_theta": grid}
        for one in self.patterns:
            total = sum_profiles(grid, one.two_theta, one.intensity, one.wavelength, shape)
            columns[one.crystal] = 100 * total / total.max() + shape.background
        return columns

    def tables(self) -> list[Table]:
        """Return the lines of each crystal."""
        return [table for pattern in self.patterns for table in pattern.tables()]

    def plot(self, ax: "Axes | None" = None, shape: Shape | None = None) -> "Axes":
        """Draw the profiles one above the other, and the differences from the first below.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        shape
            Width and shift of the lines.
        """
        return plot_stack(self.patterns, self.columns(shape), ax)


def stack_patterns(patterns: Sequence[PowderPattern]) -> PatternStack:
    """Put powder patterns one above the other.

    Parameters
    ----------
    patterns
        Lines of each crystal, computed with the same setup and with names that differ.

    Raises
    ------
    InvalidInput
        If there is none, or setups or names are not as said.
    """
    if not patterns:
        raise InvalidInput("no `patterns` to stack")
    if any(pattern.setup != patterns[0].setup for pattern in patterns):
        raise InvalidInput("patterns of one stack need the same setup")
    if len({pattern.crystal for pattern in patterns}) < len(patterns):
        raise InvalidInput("patterns of one stack need names that differ")
    return PatternStack(tuple(patterns))
