"""Peaks of a measured powder pattern.

The background is that of iterated clipping: every point is replaced by the smaller of itself and
the mean of the two points some way off, for falling distances, in the square root of the counts,
which levels the noise (M. Morháč et al., Nucl. Instrum. Methods A 401, 113 (1997),
doi:10.1016/S0168-9002(97)01023-1). Peaks stand out of what is left by several times the noise.

A list of measured powder lines, given by angles or by spacings.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.powder._files import MeasuredPattern
from ionsmith.analyzers.scattering import Beam
from ionsmith.errors import InvalidInput, NoMatch

WIDEST = 1.5
"""Half of the width in degrees above which a hump counts as background."""

SIGNIFICANCE = 8.0
"""How many times the noise that smoothing leaves a peak rises above its surroundings."""

_SMOOTHED = 9  # points


Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LineList:
    """Measured lines, by rising angle.

    Parameters
    ----------
    two_theta
        In degrees, shape (n,).
    intensity
        Of any scale, shape (n,); None where not known.
    beam
        Wavelength.
    """

    two_theta: Floats
    intensity: Floats | None
    beam: Beam

    @property
    def d(self) -> Floats:
        """Spacings in Å, shape (n,)."""
        return np.asarray(self.beam.wavelength / (2 * np.sin(np.radians(self.two_theta / 2))))

    @classmethod
    def of(
        cls,
        beam: Beam,
        two_theta: ArrayLike | None = None,
        d: ArrayLike | None = None,
        intensity: ArrayLike | None = None,
    ) -> Self:
        """Take angles or spacings, in any order.

        Raises
        ------
        InvalidInput
            If there are none, if they are not finite positive numbers, or out of reach of the
            wavelength.
        """
        if (two_theta is None) == (d is None):
            raise InvalidInput("give either angles 2θ or spacings d")
        if d is not None:
            spacing = np.asarray(d, dtype=float).reshape(-1)
            if not (np.isfinite(spacing) & (spacing > beam.wavelength / 2)).all():
                raise InvalidInput(
                    "spacings must be more than half of the wavelength, "
                    f"{beam.wavelength / 2:.4g} Å"
                )
            angle = np.degrees(2 * np.arcsin(beam.wavelength / (2 * spacing)))
        else:
            angle = np.asarray(two_theta, dtype=float).reshape(-1)
        if len(angle) == 0:
            raise InvalidInput("there are no lines")
        if not (np.isfinite(angle) & (angle > 0) & (angle < 180)).all():
            raise InvalidInput("angles 2θ must be between 0 and 180°")
        order = np.argsort(angle, kind="stable")
        strength = None
        if intensity is not None:
            strength = np.asarray(intensity, dtype=float).reshape(-1)
            if len(strength) != len(angle) or not (np.isfinite(strength) & (strength >= 0)).all():
                raise InvalidInput("every line needs an intensity of 0 or more")
            strength = strength[order]
        return cls(angle[order], strength, beam)


def background(measured: MeasuredPattern) -> Floats:
    """Smooth part of a pattern, shape (n,)."""
    from scipy.ndimage import uniform_filter1d

    step = float(np.median(np.diff(measured.two_theta)))
    # Smoothed, so that clipping does not follow the lowest of the noise.
    level = uniform_filter1d(np.sqrt(np.maximum(measured.counts, 0.0)), _SMOOTHED)
    widest = min(max(int(WIDEST / step), 1), len(level))
    for reach in range(widest, 0, -1):
        padded = np.pad(level, reach, mode="edge")
        level = np.minimum(level, (padded[: -2 * reach] + padded[2 * reach :]) / 2)
    return np.asarray(level**2)


def find_peaks(measured: MeasuredPattern, beam: Beam) -> LineList:
    """Find the peaks of a pattern, with their heights above the background.

    Parameters
    ----------
    measured
        The pattern.
    beam
        Its wavelength.

    Raises
    ------
    NoMatch
        If there is no peak.
    """
    from scipy.signal import find_peaks as local_maxima
    from scipy.signal import savgol_filter

    net = measured.counts - background(measured)
    noise = 1.4826 * np.median(np.abs(np.diff(measured.counts))) / np.sqrt(2)
    smooth = savgol_filter(net, min(7, len(net) - 1 + len(net) % 2), 2)
    # A parabola through seven points leaves the square root of a third of the noise.
    least = max(SIGNIFICANCE * noise / np.sqrt(3), 1e-3 * smooth.max())
    found, _ = local_maxima(smooth, prominence=least)
    if len(found) == 0:
        raise NoMatch(f"{measured.name}: no peak rises above the noise")
    # Vertex of the parabola through the highest point and its neighbours.
    left, middle, right = (smooth[found + offset] for offset in (-1, 0, 1))
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    step = np.gradient(measured.two_theta)[found]
    return LineList.of(beam, two_theta=measured.two_theta[found] + shift * step, intensity=middle)
