"""Profiles of lines: areas, widths of known formulas, mixtures, fits."""

import numpy as np
import pytest
from ase.data import atomic_masses
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import voigt_profile

from ionsmith.analyzers.powder import (
    MeasuredPattern,
    Mixture,
    Setup,
    Shape,
    mix,
    overlay,
    powder_pattern,
)
from ionsmith.analyzers.powder._mixture import cell_mass
from ionsmith.analyzers.powder._profile import combined, sum_profiles
from ionsmith.errors import IonsmithError

SETUP = Setup(two_theta=(20.0, 80.0))
widths = st.floats(0.01, 0.5)


def mixture_of(*names: str, weights: list[float] | None = None) -> Mixture:
    return mix([powder_pattern(f"lib:{name}", SETUP) for name in names], weights)


@given(widths, widths)
@settings(deadline=None, max_examples=30)
def test_pseudo_voigt_is_nearly_a_voigt(gaussian: float, lorentzian: float) -> None:
    """Thompson, Cox and Hastings (1987): a percent of the height of the true convolution."""
    x = np.linspace(-3, 3, 2001)
    sigma = gaussian / (2 * np.sqrt(2 * np.log(2)))
    true = voigt_profile(x, sigma, lorentzian / 2)
    width, eta = combined(np.array(gaussian), np.array(lorentzian))
    square = np.square(2 * x / width)
    own = eta * 2 / (np.pi * width * (1 + square))
    own += (1 - eta) * 2 * np.sqrt(np.log(2) / np.pi) / width * np.exp(-np.log(2) * square)
    assert abs(own - true).max() < 0.015 * true.max()


def test_area_and_place() -> None:
    grid = np.linspace(0, 80, 160001)
    shape = Shape(caglioti=(0, 0, 0.01), mixing=0.0, zero=0.05)
    found = sum_profiles(grid, np.array([40.0]), np.array([3.0]), np.array([1.54]), shape)
    assert np.trapezoid(found, grid) == pytest.approx(3.0, rel=1e-6)
    assert grid[found.argmax()] == pytest.approx(40.05, abs=1e-3)
    assert np.ptp(grid[found >= found.max() / 2]) == pytest.approx(0.1, abs=1e-3)


def test_widths() -> None:
    """Caglioti's alone; a Lorentzian of Scherrer's width; Stokes and Wilson's strain."""
    at = np.array([40.0])
    tangent = np.tan(np.radians(20))
    u, v, w = 0.02, -0.01, 0.01
    width, eta = Shape(caglioti=(u, v, w), mixing=0.0).widths(at, 1.54)
    assert width[0] == pytest.approx(np.sqrt(u * tangent**2 + v * tangent + w))
    assert eta[0] == 0
    narrow = Shape(caglioti=(0, 0, 1e-10), size=100.0)
    width, eta = narrow.widths(at, 1.54)
    assert width[0] == pytest.approx(
        np.degrees(0.9 * 1.54 / 100 / np.cos(np.radians(20))), rel=1e-3
    )
    assert eta[0] == pytest.approx(1.0, abs=1e-3)
    strained = Shape(caglioti=(0, 0, 1e-10), strain=0.002).widths(at, 1.54)[0]
    assert strained[0] == pytest.approx(np.degrees(4 * 0.002 * tangent), rel=1e-3)


def test_mixture_by_weight() -> None:
    """I/Ic of silicon, its strongest line beside that of as much corundum: 4.7 (PDF 27-1402)."""
    found = mixture_of("al2o3", "si")
    corundum, silicon = found.patterns
    reference = corundum.intensity[(corundum.hkl == [1, 1, 3]).all(axis=1)].max()
    ratio = found.factors[1] * silicon.intensity.max() / (found.factors[0] * reference)
    assert ratio == pytest.approx(4.7, rel=0.03)
    assert cell_mass(corundum) == pytest.approx(12 * atomic_masses[13] + 18 * atomic_masses[8])


def test_weights_are_fitted() -> None:
    truth = mixture_of("al2o3", "sio2", "si", weights=[0.5, 0.3, 0.2])
    shape = Shape(size=600.0)
    grid = np.arange(20, 80, 0.02)
    counts = np.sum(truth.profiles(grid, shape), axis=0)
    counts = 4000 * counts / counts.max() + 100 + 2 * (80 - grid)
    noisy = np.random.default_rng(0).poisson(counts).astype(float)
    guess = mixture_of("al2o3", "sio2", "si")
    measured = MeasuredPattern("test", grid, noisy)
    fitted = overlay(guess, measured, shape, fit_weights=True).overlay
    given_ = overlay(guess, measured, shape).overlay
    assert fitted is not None
    assert given_ is not None
    assert fitted.weights == pytest.approx((0.5, 0.3, 0.2), abs=0.01)
    assert fitted.difference.mean() == pytest.approx(0, abs=1.5)
    assert given_.weights == pytest.approx((1 / 3,) * 3)
    assert given_.r_wp > 2 * fitted.r_wp


def test_bad_input() -> None:
    for options in ({"mixing": 2}, {"size": 0.0}, {"strain": -1}, {"background": -1}):
        with pytest.raises(IonsmithError):
            Shape(**options)
    with pytest.raises(IonsmithError, match="must be positive"):
        mixture_of("si", weights=[-1])
    found = mixture_of("si")
    short = MeasuredPattern("short", np.arange(1.0, 15.0), np.ones(14))
    with pytest.raises(IonsmithError, match="too few"):
        overlay(found, short, Shape())
    elsewhere = MeasuredPattern("flat", np.arange(30, 40, 0.1), np.ones(100))
    with pytest.raises(IonsmithError, match="`background_terms` must be 0 to 30"):
        overlay(found, elsewhere, Shape(), background_terms=99)
