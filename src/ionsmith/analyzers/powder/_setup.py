r"""What a powder pattern is computed under: beam, geometry, polarisation, range.

The polarisation factor of X-rays is

.. math:: P = \frac{1 - q + q A \cos^2 2\theta}{1 - q + q A}, \qquad A = \cos^2 2\theta_M

for a beam whose part q is polarised in the plane of diffraction (1/2 of a tube, next to nothing of
a synchrotron) and a monochromator at :math:`2\theta_M` (A = 1 without one). The Lorentz factor of
the geometry (:data:`GEOMETRIES`) is the part of the powder that reflects times the part of the
ring that the slit takes.

References: International Tables for Crystallography, vol. C (2004), ch. 6.2,
doi:10.1107/97809553602060000103; L. V. Azároff, Acta Cryst. 8, 701 (1955),
doi:10.1107/S0365110X55002156 (monochromator).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Beam, parse_beam
from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]


def _ring(theta: Floats) -> Floats:
    return np.asarray(1 / (np.sin(theta) ** 2 * np.cos(theta)))


def _fixed_length(theta: Floats) -> Floats:
    return np.asarray(1 / (np.sin(theta) * np.cos(theta)))


GEOMETRIES: dict[str, Callable[[Floats], Floats]] = {
    "bragg-brentano": _ring,
    "bragg-brentano-variable-slit": _fixed_length,
    "debye-scherrer": _ring,
}
"""Lorentz factors by name, of the Bragg angle θ in radians.

``bragg-brentano`` (thick flat sample, fixed divergence) and ``debye-scherrer`` (thin capillary
without absorption): 1/(sin²θ cosθ). With a variable slit that keeps the irradiated length, the
irradiated volume grows as sinθ: 1/(sinθ cosθ).
"""


@dataclass(frozen=True)
class Setup:
    """What a powder pattern is computed under.

    Parameters
    ----------
    beam
        Radiation and wavelengths.
    two_theta
        Range in degrees.
    geometry
        One of :data:`GEOMETRIES`.
    monochromator
        Diffraction angle 2θ of the monochromator in degrees, 0 without one.
    in_plane
        Part of the X-rays that is polarised in the plane of diffraction: 1/2 unpolarised, 0 for
        a synchrotron with a vertical plane of diffraction.
    anomalous
        Whether f' and f'' are included.
    merge
        Lines closer than this many degrees 2θ are one.
    min_intensity
        Weakest line that is kept, in per cent of the strongest one.

    Raises
    ------
    InvalidInput
        If a value is out of range.
    """

    beam: Beam = parse_beam("CuKa")  # noqa: RUF009 - a beam is immutable
    two_theta: tuple[float, float] = (5.0, 90.0)
    geometry: str = "bragg-brentano"
    monochromator: float = 0.0
    in_plane: float = 0.5
    anomalous: bool = True
    merge: float = 1e-3
    min_intensity: float = 1e-4

    def __post_init__(self) -> None:
        low, high = self.two_theta
        if not 0 <= low < high < 180:
            raise InvalidInput(
                f"2θ goes from 0 or more to less than 180°, rising, not from {low:g} to {high:g}"
            )
        if self.geometry not in GEOMETRIES:
            raise InvalidInput(f"no geometry {self.geometry!r}; known are {', '.join(GEOMETRIES)}")
        if not 0 <= self.monochromator < 180:
            raise InvalidInput(
                f"the angle 2θ of a monochromator is 0 to 180°, not {self.monochromator:g}"
            )
        if not 0 <= self.in_plane <= 1:
            raise InvalidInput(
                f"the part polarised in the plane of diffraction is 0 to 1, not {self.in_plane:g}"
            )
        if self._along + 1 - self.in_plane < 1e-9:
            raise InvalidInput(
                "a monochromator at 90° lets nothing pass that is polarised in the plane of "
                "diffraction; give another angle or polarisation"
            )
        if not 0 <= self.merge <= 1:
            raise InvalidInput(f"lines are merged within 0 to 1°, not {self.merge:g}")
        if not 0 <= self.min_intensity < 100:
            raise InvalidInput(
                f"the weakest intensity is 0 to below 100 %, not {self.min_intensity:g}"
            )

    @property
    def _along(self) -> float:
        """Part of the X-rays behind the monochromator that is polarised in the plane."""
        return float(self.in_plane * np.cos(np.radians(self.monochromator)) ** 2)

    @property
    def d_min(self) -> float:
        """Smallest spacing in Å within the range of the shortest wavelength."""
        return float(min(self.beam.wavelengths) / (2 * np.sin(np.radians(self.two_theta[1] / 2))))

    @property
    def d_max(self) -> float:
        """Largest spacing in Å within the range of the longest wavelength."""
        sine = np.sin(np.radians(self.two_theta[0] / 2))
        return float(max(self.beam.wavelengths) / (2 * sine)) if sine > 0 else np.inf

    def factor(self, two_theta: Floats) -> Floats:
        """Lorentz and polarisation factor at angles in degrees."""
        lorentz = GEOMETRIES[self.geometry](np.radians(two_theta / 2))
        if self.beam.radiation != "x-rays":
            return lorentz
        along, across = self._along, 1 - self.in_plane
        polarised = (across + along * np.cos(np.radians(two_theta)) ** 2) / (across + along)
        return np.asarray(lorentz * polarised)
