r"""Profiles of powder lines.

The instrument gives each line a pseudo-Voigt profile with the mixing η and the full width at half
maximum H of Caglioti, Paoletti and Ricci (Nucl. Instrum. 3, 223 (1958),
doi:10.1016/0369-643X(58)90029-X), :math:`H^2 = U\tan^2\theta + V\tan\theta + W`. Crystallites of
size D and strain ε add Lorentzians of width :math:`K\lambda/(D\cos\theta)` (P. Scherrer, Nachr.
Ges. Wiss. Göttingen (1918) 98) and :math:`4\varepsilon\tan\theta` (A. R. Stokes and
A. J. C. Wilson, Proc. Phys. Soc. 56, 174 (1944), doi:10.1088/0959-5309/56/3/303). Gaussian and
Lorentzian parts are combined into a pseudo-Voigt after P. Thompson, D. E. Cox and J. B. Hastings,
J. Appl. Cryst. 20, 79 (1987), doi:10.1107/S0021889887087090.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]

STEP = 0.01
"""Step of a drawn profile in degrees 2θ."""

BLOCK = 4_000_000
"""Largest number of array elements held at a time."""


@dataclass(frozen=True)
class Shape:
    """Width and shift of powder lines.

    Parameters
    ----------
    caglioti
        U, V, W of the instrument in degrees squared.
    mixing
        η of the instrument's profile: 0 Gaussian, 1 Lorentzian.
    size
        Size of the crystallites in Å, None for large ones.
    scherrer
        Scherrer's constant K.
    strain
        Δd/d, dimensionless.
    zero
        Shift of all lines in degrees 2θ.
    background
        Constant added to a drawn profile, in per cent of its highest point.

    Raises
    ------
    InvalidInput
        If a value is out of range.
    """

    caglioti: tuple[float, float, float] = (0.0, 0.0, 0.01)
    mixing: float = 0.5
    size: float | None = None
    scherrer: float = 0.9
    strain: float = 0.0
    zero: float = 0.0
    background: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.mixing <= 1:
            raise InvalidInput(f"`mixing` must be 0 to 1, not {self.mixing:g}")
        if self.size is not None and not self.size > 0:
            raise InvalidInput(f"`size` must be a positive number of Å, not {self.size:g}")
        if self.background < 0:
            raise InvalidInput(f"`background` must be 0 % or more, not {self.background:g}")
        if self.strain < 0 or self.scherrer <= 0:
            raise InvalidInput("`strain` must be 0 or more and `scherrer` positive")

    def widths(self, two_theta: ArrayLike, wavelength: ArrayLike) -> tuple[Floats, Floats]:
        """Full width at half maximum in degrees, and mixing, of lines; shape (n,) each.

        Parameters
        ----------
        two_theta
            Angles in degrees, shape (n,).
        wavelength
            Wavelengths in Å, shape (n,), or one for all.

        Raises
        ------
        InvalidInput
            If U tan²θ + V tanθ + W is not positive at some angle.
        """
        theta = np.radians(np.asarray(two_theta, dtype=float) / 2)
        tangent = np.tan(theta)
        u, v, w = self.caglioti
        square = (u * tangent + v) * tangent + w
        if (square <= 0).any():
            worst = float(np.asarray(two_theta)[np.argmin(square)])
            raise InvalidInput(
                f"`caglioti` {u:g}, {v:g}, {w:g} gives no width at 2θ = {worst:.2f}°; "
                "U tan²θ + V tanθ + W must be positive"
            )
        instrument, eta = np.sqrt(square), self.mixing
        gaussian = instrument * np.sqrt(1 - eta * (0.74417 + eta * (0.24781 + eta * 0.00810)))
        lorentzian = instrument * eta * (0.72928 + eta * (0.19289 + eta * 0.07783))
        if self.size is not None:
            size = self.scherrer * np.asarray(wavelength) / (self.size * np.cos(theta))
            lorentzian = lorentzian + np.degrees(size)
        lorentzian = lorentzian + np.degrees(4 * self.strain * tangent)
        return combined(gaussian, lorentzian)


def combined(gaussian: Floats, lorentzian: Floats) -> tuple[Floats, Floats]:
    """Width and mixing of the pseudo-Voigt nearest to the Voigt of two widths."""
    g, h = gaussian, lorentzian
    fifth = g**5 + 2.69269 * g**4 * h + 2.42843 * g**3 * h**2
    fifth += 4.47163 * g**2 * h**3 + 0.07842 * g * h**4 + h**5
    width = fifth**0.2
    q = h / width
    return width, np.clip(q * (1.36603 + q * (-0.47719 + q * 0.11116)), 0.0, 1.0)


def sum_profiles(
    grid: Floats, two_theta: Floats, area: Floats, wavelength: Floats, shape: Shape
) -> Floats:
    """Sum of the profiles of lines at the angles of a grid, per degree, shape (grid,)."""
    width, mixing = shape.widths(two_theta, wavelength)
    place = two_theta + shape.zero
    total = np.zeros(len(grid))
    step = max(BLOCK // max(len(grid), 1), 1)
    for start in range(0, len(place), step):
        block = slice(start, start + step)
        half = width[block, None] / 2
        square = np.square((grid - place[block, None]) / half)
        lorentzian = 1 / (np.pi * half * (1 + square))
        gaussian = np.exp(-np.log(2) * square) * np.sqrt(np.log(2) / np.pi) / half
        eta = mixing[block, None]
        total += area[block] @ (eta * lorentzian + (1 - eta) * gaussian)
    return total
