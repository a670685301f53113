"""Patterns beside each other: their mean, and what a stack draws."""

import numpy as np
import pytest
from ase import Atoms
from matplotlib.figure import Figure

from ionsmith.analyzers.powder import (
    Setup,
    mean_pattern,
    mix,
    powder_pattern,
    stack_patterns,
)
from ionsmith.errors import InvalidInput

FCC = ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))


def alloy(symbols: str, edge: float = 4.0) -> Atoms:
    """A decorated fcc cell."""
    return Atoms(symbols, scaled_positions=FCC, cell=[edge] * 3, pbc=True)


def test_mean_of_variants_is_each_of_them() -> None:
    """The three variants of L1_0 in a cubic cell are rotated into each other."""
    variants = [alloy("CuAuAuCu"), alloy("CuAuCuAu"), alloy("CuCuAuAu")]
    single, mean = powder_pattern(variants[0]), mean_pattern(variants)
    assert mean.two_theta == pytest.approx(single.two_theta)
    assert mean.intensity == pytest.approx(single.intensity)
    assert mean.scale == pytest.approx(single.scale)


def test_mean_is_a_mixture_of_equal_parts() -> None:
    """Of doubled cells with Cu-Au layers one or two thick: both have lines that the other lacks."""
    models = [alloy("CuCuAuAu").repeat((1, 1, 2)) for _ in range(2)]
    models[1].numbers = models[1].numbers[[0, 1, 4, 5, 2, 3, 6, 7]]
    setup = Setup(min_intensity=0)
    mean = mean_pattern(models, setup)
    mixture = mix([powder_pattern(model, setup) for model in models])
    sums = np.zeros(len(mean))
    for pattern, factor in zip(mixture.patterns, mixture.factors, strict=True):
        for angle, intensity in zip(pattern.two_theta, pattern.intensity, strict=True):
            sums[np.argmin(abs(mean.two_theta - angle))] += factor * intensity
    assert 100 * sums / sums.max() == pytest.approx(mean.intensity, abs=1e-6)


def test_no_mean_of_other_cells_or_compositions() -> None:
    with pytest.raises(InvalidInput, match="same cell"):
        mean_pattern([alloy("CuAuAuCu"), alloy("CuAuAuCu", 4.1)])
    with pytest.raises(InvalidInput, match="composition"):
        mean_pattern([alloy("CuAuAuCu"), alloy("CuAuAuAu")])


def test_stack_draws_patterns_and_differences() -> None:
    stack = stack_patterns([powder_pattern("lib:si"), powder_pattern("lib:ge")])
    columns = stack.columns()
    ax = stack.plot(Figure().subplots())
    shapes = [np.ptp(line.get_ydata()) for line in ax.lines if len(line.get_ydata()) > 2]
    difference = np.ptp(columns["ge"] - columns["si"])
    assert shapes == pytest.approx([100, 100, difference], abs=0.5)
    assert [text.get_text() for text in ax.texts] == ["si", "ge", "ge \u2212 si"]
    with pytest.raises(InvalidInput, match="names that differ"):
        stack_patterns([powder_pattern("lib:si")] * 2)
