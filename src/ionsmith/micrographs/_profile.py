"""Profile of an image along one direction, and the blocks and rows in it."""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares
from scipy.signal import find_peaks

from ionsmith.errors import InvalidInput
from ionsmith.micrographs._image import Micrograph

Floats = NDArray[np.float64]

STEP = 0.05
"""Step of the profile in Å."""

ANGLES = np.arange(0, 180, 0.25)
"""Directions in degrees along which the image is summed."""

SUPPORT = 0.2
"""Share of the width of an image that a line across the stack must have in it."""

ROWS_APART = 2.4
"""Distance in Å of the rows within a block, which an image must resolve."""

FINEST, COARSEST = 1.9, 14.0
"""Spacings in Å that decide which direction is that of the stacking."""

ROW_REACH = 0.8
"""Distance in Å from the expected place within which a row is searched for and fitted."""

SMOOTH = 0.35
"""Width in Å by which profiles are smoothed before they are correlated."""

LEAST = 0.55
"""Correlation of a block with its simulated profile below which it is none."""


def directions_of(image: Micrograph) -> list[float]:
    """Directions along which the image changes most between the spacings of rows, five at most."""
    data = image.intensity - image.intensity.mean()
    window = np.outer(np.hanning(data.shape[0]), np.hanning(data.shape[1]))
    size = 2 ** ceil(np.log2(max(data.shape)))
    power = np.abs(np.fft.fftshift(np.fft.fft2(data * window, (size, size)))) ** 2
    span = size * image.pixel
    radius = np.arange(ceil(span / COARSEST), min(int(span / FINEST), size // 2 - 2), 0.5)
    if 2 * image.pixel > ROWS_APART or max(image.size) < COARSEST:
        raise InvalidInput(
            f"{image.name}: {image.size[0]:.0f} × {image.size[1]:.0f} Å in pixels of "
            f"{image.pixel:g} Å cannot show a stack of blocks with rows {ROWS_APART:g} Å apart"
        )
    turn = np.radians(ANGLES)
    x = np.round(size // 2 + radius * np.cos(turn)[:, None]).astype(int)
    y = np.round(size // 2 + radius * np.sin(turn)[:, None]).astype(int)
    strength = power[x, y].sum(axis=1)
    smooth = gaussian_filter1d(strength, 1.0, mode="wrap")
    around = np.concatenate([smooth, smooth, smooth])
    peaks = find_peaks(around, distance=8)[0]
    n = len(smooth)
    inside = [int(peak) - n for peak in peaks if n <= peak < 2 * n]
    best = sorted(inside, key=lambda peak: -smooth[peak])[:5]
    return [_refined(image, float(ANGLES[peak])) for peak in best] or [0.0]


def _refined(image: Micrograph, angle: float) -> float:
    """Direction near one along which the sums of the image differ most."""
    tried = angle + np.arange(-0.5, 0.51, 0.05)
    return float(tried[np.argmax([np.var(profile_of(image, one)[1]) for one in tried])])


def profile_of(
    image: Micrograph, angle: float, strip: tuple[int, int] = (0, 1)
) -> tuple[Floats, Floats]:
    """Mean of the image along lines across a direction, over its slow changes.

    ``strip`` is the number of a part of the image, side by side, and that of all parts.
    """
    nx, ny = image.intensity.shape
    x, y = np.arange(nx)[:, None], np.arange(ny)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along = image.pixel * (x * cos + y * sin)
    low = image.pixel * (min(0.0, (nx - 1) * cos) + min(0.0, (ny - 1) * sin))
    places = ((along - low) / STEP).ravel()
    n = int(places.max()) + 2
    intensity = image.intensity.ravel()
    if strip[1] > 1:
        across = y * cos - x * sin
        part = np.floor(strip[1] * (across - across.min()) / (np.ptp(across) + 1e-9)).ravel()
        places, intensity = places[part == strip[0]], intensity[part == strip[0]]
    whole = places.astype(int)
    share = places - whole
    total, count = np.zeros(n), np.zeros(n)
    for index, weight in ((whole, 1 - share), (whole + 1, share)):
        total += np.bincount(index, weight * intensity, n)
        count += np.bincount(index, weight, n)
    blur = max(1.0, 0.5 * image.pixel / STEP)
    total, count = gaussian_filter1d(total, blur), gaussian_filter1d(count, blur)
    kept = count > SUPPORT * count.max()
    first, last = np.flatnonzero(kept)[[0, -1]]
    mean = total[first : last + 1] / np.maximum(count[first : last + 1], 1e-9)
    slow = gaussian_filter1d(mean, COARSEST / STEP / 2, mode="nearest")
    position = STEP * np.arange(first, last + 1)
    return position, mean / np.maximum(slow, 0.2 * abs(float(np.median(mean))) + 1e-12)


def correlated(intensity: Floats, block: Floats) -> Floats:
    """Correlation of a profile with that of a block beginning at each place; 0 where it is flat."""
    n = len(block)
    if len(intensity) < n:
        return np.zeros(0)
    intensity, block = (gaussian_filter1d(one, SMOOTH / STEP) for one in (intensity, block))
    windows = np.lib.stride_tricks.sliding_window_view(intensity, n)
    spread = windows.std(axis=1)
    shape = (block - block.mean()) / block.std()
    correlation = windows @ shape / n / np.maximum(spread, 1e-12)
    return np.where(spread > 0.3 * np.median(spread), correlation, 0.0)


def chain_of(correlation: Floats, shortest: float) -> NDArray[np.int64]:
    """Places of the blocks: the maxima with the largest sum that are far enough apart."""
    peaks = find_peaks(np.pad(correlation, 1), height=LEAST)[0] - 1
    sums, before = [0.0] * len(peaks), [-1] * len(peaks)
    for number, peak in enumerate(peaks.tolist()):
        allowed = [other for other in range(number) if peak - peaks[other] >= shortest]
        if allowed:
            before[number] = max(allowed, key=lambda other: sums[other])
        sums[number] = float(correlation[peak]) + (sums[before[number]] if allowed else 0.0)
    chain: list[int] = []
    at = int(np.argmax(sums)) if len(peaks) else -1
    while at >= 0:
        chain.insert(0, int(peaks[at]))
        at = before[at]
    return np.array(chain, np.int64)


def row_near(position: Floats, intensity: Floats, expected: float) -> float:
    """Position of a row near the expected one: the maximum, then a Gaussian peak on a slope."""
    near = np.abs(position - expected) <= ROW_REACH
    if near.sum() < 5:
        return float("nan")
    smooth = gaussian_filter1d(intensity, SMOOTH / STEP)
    top = float(position[near][np.argmax(smooth[near])])
    around = np.abs(position - top) <= ROW_REACH
    x, y = position[around] - top, intensity[around]
    start = np.array([np.ptp(y), 0.0, 0.5, y.min(), 0.0])
    fitted = least_squares(_off_peak, start, _slopes_of_peak, max_nfev=200, args=(x, y))
    centre = float(fitted.x[1])
    return top + centre if abs(centre) <= ROW_REACH / 2 else top


def _off_peak(parameters: Floats, x: Floats, y: Floats) -> Floats:
    """Difference of a Gaussian peak on a slope and a profile."""
    height, centre, width, level, slope = parameters
    return np.asarray(height * np.exp(-(((x - centre) / width) ** 2)) + level + slope * x - y)


def _slopes_of_peak(parameters: Floats, x: Floats, y: Floats) -> Floats:
    """Derivatives of :func:`_off_peak` by the parameters, shape (n, 5)."""
    height, centre, width, _, _ = parameters
    off = (x - centre) / width
    bell = np.exp(-(off**2))
    steep = 2 * height * bell * off / width
    return np.column_stack([bell, steep, steep * off, np.ones_like(y), x])
