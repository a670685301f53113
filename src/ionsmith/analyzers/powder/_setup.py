r"""Experimental setup of a powder pattern: beam, geometry, polarisation, range.

The polarisation factor of X-rays is

.. math:: P = \frac{1 - q + q A \cos^2 2\theta}{1 - q + q A}, \qquad A = \cos^2 2\theta_M

for a beam whose fraction q is polarised in the plane of diffraction (1/2 for a tube, nearly 0 for
a synchrotron) and a monochromator at :math:`2\theta_M` (A = 1 without one). The Lorentz factor of
the geometry (:data:`GEOMETRIES`) is the fraction of grains that reflect times the fraction of the
ring that the slit accepts.

References: International Tables for Crystallography, vol. C (2004), ch. 6.2,
doi:10.1107/97809553602060000103; L. V. Azároff, Acta Cryst. 8, 701 (1955),
doi:10.1107/S0365110X55002156 (monochromator).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Beam, parse_beam
from ionsmith.choices import check_choice
from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]


Geometry = Literal["bragg-brentano", "bragg-brentano-variable-slit", "debye-scherrer"]
"""Geometry of a diffractometer, which sets the Lorentz factor (:data:`GEOMETRIES`)."""


def _ring(theta: Floats) -> Floats:
    """1/(sin²θ cosθ)."""
    return np.asarray(1 / (np.sin(theta) ** 2 * np.cos(theta)))


def _fixed_length(theta: Floats) -> Floats:
    """1/(sinθ cosθ)."""
    return np.asarray(1 / (np.sin(theta) * np.cos(theta)))


GEOMETRIES: dict[Geometry, Callable[[Floats], Floats]] = {
    "bragg-brentano": _ring,
    "bragg-brentano-variable-slit": _fixed_length,
    "debye-scherrer": _ring,
}
"""Lorentz factors by geometry, as functions of the Bragg angle θ in radians.

``bragg-brentano`` (thick flat sample, fixed divergence) and ``debye-scherrer`` (thin capillary
without absorption) have 1/(sin²θ cosθ). With a variable slit that keeps the irradiated length
constant, the irradiated volume grows as sinθ, which gives 1/(sinθ cosθ).
"""


@dataclass(frozen=True)
class Setup:
    """Beam, geometry and range of a powder pattern.

    Parameters
    ----------
    beam
        Radiation and wavelengths.
    two_theta
        Range of angles in degrees.
    geometry
        Geometry of the diffractometer; sets the Lorentz factor (:data:`GEOMETRIES`).
    monochromator
        Diffraction angle 2θ of the monochromator in degrees, 0 without one.
    in_plane
        Fraction of the X-rays that is polarised in the plane of diffraction: 1/2 for unpolarised
        X-rays, 0 for a synchrotron with a vertical plane of diffraction.
    anomalous
        Whether f' and f'' are included.
    merge
        Lines closer than this (degrees 2θ) are merged.
    min_intensity
        Weakest line that is kept, in per cent of the strongest one.

    Raises
    ------
    InvalidInput
        If a value is out of range.
    """

    beam: Beam = parse_beam("CuKa")  # noqa: RUF009 - a beam is immutable
    two_theta: tuple[float, float] = (5.0, 90.0)
    geometry: Geometry = "bragg-brentano"
    monochromator: float = 0.0
    in_plane: float = 0.5
    anomalous: bool = True
    merge: float = 1e-3
    min_intensity: float = 1e-4

    def __post_init__(self) -> None:
        check_choice("geometry", self.geometry, Geometry)
        low, high = self.two_theta
        if not 0 <= low < high < 180:
            raise InvalidInput(
                f"`two_theta` must rise from 0° or more to less than 180°, not from {low:g} to "
                f"{high:g}"
            )
        if not 0 <= self.monochromator < 180:
            raise InvalidInput(
                f"`monochromator`, an angle 2θ, must be 0 to below 180°, not {self.monochromator:g}"
            )
        if not 0 <= self.in_plane <= 1:
            raise InvalidInput(f"`in_plane`, a fraction, must be 0 to 1, not {self.in_plane:g}")
        if self._along + 1 - self.in_plane < 1e-9:
            raise InvalidInput(
                "a monochromator at 90° transmits nothing that is polarised in the plane of "
                "diffraction; change `monochromator` or `in_plane`"
            )
        if not 0 <= self.merge <= 1:
            raise InvalidInput(f"`merge` must be 0 to 1°, not {self.merge:g}")
        if not 0 <= self.min_intensity < 100:
            raise InvalidInput(
                f"`min_intensity` must be 0 to below 100 %, not {self.min_intensity:g}"
            )

    @property
    def _along(self) -> float:
        """Intensity behind the monochromator that is polarised in the plane."""
        return float(self.in_plane * np.cos(np.radians(self.monochromator)) ** 2)

    @property
    def d_min(self) -> float:
        """Smallest spacing in Å in range, at the shortest wavelength."""
        return float(min(self.beam.wavelengths) / (2 * np.sin(np.radians(self.two_theta[1] / 2))))

    @property
    def d_max(self) -> float:
        """Largest spacing in Å in range, at the longest wavelength."""
        sine = np.sin(np.radians(self.two_theta[0] / 2))
        return float(max(self.beam.wavelengths) / (2 * sine)) if sine > 0 else np.inf

    def factor(self, two_theta: Floats) -> Floats:
        """Lorentz times polarisation factor at angles 2θ in degrees."""
        lorentz = GEOMETRIES[self.geometry](np.radians(two_theta / 2))
        if self.beam.radiation != "x-rays":
            return lorentz
        along, across = self._along, 1 - self.in_plane
        polarised = (across + along * np.cos(np.radians(two_theta)) ** 2) / (across + along)
        return np.asarray(lorentz * polarised)
