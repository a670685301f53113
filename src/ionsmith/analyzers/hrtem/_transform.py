"""Power spectrum of an image, as one looks at it in a microscope."""

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.imaging import SimulatedImage
from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]


def power_spectrum(image: SimulatedImage, *, d_min: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """Power spectrum of an image without its mean, under a Hann window.

    Parameters
    ----------
    image
        The image.
    d_min
        Smallest spacing in Å.

    Returns
    -------
    ndarray, ndarray, ndarray
        Frequencies along x and y in Å⁻¹, rising, shapes (n,) and (m,), and power relative to the
        strongest, shape (n, m).

    Raises
    ------
    InvalidInput
        If ``d_min`` is not above 0.
    """
    if not d_min > 0:
        raise InvalidInput(f"`d_min` must be above 0 Å, not {d_min:g}")
    data = image.intensity - image.intensity.mean()
    # Twice as wide, so that spots are drawn smoothly.
    sizes = [2 * count for count in data.shape]
    power = abs(np.fft.fft2(data * np.outer(*(np.hanning(n) for n in data.shape)), sizes)) ** 2
    frequencies = [
        np.fft.fftshift(np.fft.fftfreq(n, step))
        for n, step in zip(sizes, image.pixel_size, strict=True)
    ]
    kept = [np.flatnonzero(abs(axis) <= 1 / d_min) for axis in frequencies]
    power = np.fft.fftshift(power)[np.ix_(*kept)]
    kx, ky = (axis[some] for axis, some in zip(frequencies, kept, strict=True))
    return kx, ky, power / max(power.max(), np.finfo(float).tiny)
