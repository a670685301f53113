"""Lists of measured powder lines, from angles, from spacings or from the peaks of a pattern.

The background of a pattern comes from iterated clipping: in the square root of the counts, where
the noise is uniform, every point is replaced by the smaller of itself and the mean of the two
points some distance to either side, for decreasing distances (M. Morháč et al., Nucl. Instrum.
Methods A 401, 113 (1997), doi:10.1016/S0168-9002(97)01023-1). Peaks rise above what is left by
several times the noise.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.powder._files import MeasuredPattern
from ionsmith.analyzers.scattering import Beam
from ionsmith.errors import InvalidInput, NoMatch

WIDEST = 1.5
"""Half-width in degrees above which a hump counts as background."""

SIGNIFICANCE = 8.0
"""Smallest height of a peak above its surroundings, in units of the smoothed noise."""

_SMOOTHED = 9  # points


Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LineList:
    """Measured lines by increasing angle.

    Parameters
    ----------
    two_theta
        Angles in degrees, shape (n,).
    intensity
        Intensities on any scale, shape (n,); None if unknown.
    beam
        Radiation and wavelength.
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
        """Make a list from angles or spacings, in any order.

        Parameters
        ----------
        beam
            Radiation and wavelength.
        two_theta, d
            Angles in degrees, or spacings in Å; shape (n,).
        intensity
            Intensities on any scale, shape (n,).

        Raises
        ------
        InvalidInput
            If there are none, both or neither are given, or a value is not finite, not positive or
            out of reach of the wavelength.
        """
        if (two_theta is None) == (d is None):
            raise InvalidInput("give either `two_theta` or `d`")
        if d is not None:
            spacing = np.asarray(d, dtype=float).reshape(-1)
            if not (np.isfinite(spacing) & (spacing > beam.wavelength / 2)).all():
                raise InvalidInput(
                    f"spacings must exceed half the wavelength, {beam.wavelength / 2:.4g} Å"
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
    # Smoothed, so that clipping does not follow the lower edge of the noise.
    level = uniform_filter1d(np.sqrt(np.maximum(measured.counts, 0.0)), _SMOOTHED)
    widest = min(max(int(WIDEST / step), 1), len(level))
    for reach in range(widest, 0, -1):
        padded = np.pad(level, reach, mode="edge")
        level = np.minimum(level, (padded[: -2 * reach] + padded[2 * reach :]) / 2)
    return np.asarray(level**2)


def find_peaks(measured: MeasuredPattern, beam: Beam) -> LineList:
    """Find the peaks of a measured pattern, with their heights above the background.

    Parameters
    ----------
    measured
        The pattern.
    beam
        Radiation and wavelength it was measured with.

    Raises
    ------
    NoMatch
        If no peak rises above the noise.
    """
    from scipy.signal import find_peaks as local_maxima
    from scipy.signal import savgol_filter

    net = measured.counts - background(measured)
    noise = 1.4826 * np.median(np.abs(np.diff(measured.counts))) / np.sqrt(2)
    smooth = savgol_filter(net, min(7, len(net) - 1 + len(net) % 2), 2)
    # A parabola through seven points reduces the variance of the noise to a third.
    lowest = max(SIGNIFICANCE * noise / np.sqrt(3), 1e-3 * smooth.max())
    peaks, _ = local_maxima(smooth, prominence=lowest)
    if len(peaks) == 0:
        raise NoMatch(f"{measured.name}: no peak rises above the noise")
    # Vertex of the parabola through the highest point and its neighbours.
    left, middle, right = (smooth[peaks + offset] for offset in (-1, 0, 1))
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    step = np.gradient(measured.two_theta)[peaks]
    return LineList.of(beam, two_theta=measured.two_theta[peaks] + shift * step, intensity=middle)
