"""The microscope of a HAADF-STEM image: beam, probe and detector, and the grid they need.

A multislice grid with pixel ``p`` carries scattering up to ``λ / (3 p)``, two thirds of its Nyquist
angle; the rest is cut off against aliasing. An electron that reaches the outer edge of the detector
from the far edge of the probe is scattered by the sum of both angles, so that the pixel is

    p = λ / (3 (outer detector angle + convergence angle)).

With the outer angle alone, columns of β''-alumina lose a third of their intensity; even so, heavy
columns, which scatter electrons more than once, lose a few per cent (Sr 8 %). The intensity of the
probe has frequencies up to twice the aperture, so that probes ``λ / (4 convergence)`` apart
determine the whole image.

References
----------
E. J. Kirkland, Advanced Computing in Electron Microscopy, 3rd ed. (2020),
doi:10.1007/978-3-030-33260-0 (ch. 5 and 6).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import check_beam_energy, electron_wavelength
from ionsmith.errors import InvalidInput

LARGEST_ANGLE = 400.0
"""Largest angle in mrad; beyond it the small-angle optics of multislice does not hold."""


@dataclass(frozen=True)
class Microscope:
    """Beam, probe-forming lens and annular detector.

    Parameters
    ----------
    energy
        Energy of the electrons in keV.
    convergence
        Half angle of the probe in mrad.
    detector
        Inner and outer half angle of the annular detector in mrad.
    defocus
        Defocus in Å, positive for underfocus; 0 focuses on the entrance surface.
    spherical_aberration
        Spherical aberration in mm; 0 for a corrected lens.
    source_size
        Full width at half maximum of the effective source in Å.

    Raises
    ------
    InvalidInput
        If a value is out of range, or the detector begins inside the probe.
    """

    energy: float = 300.0
    convergence: float = 25.0
    detector: tuple[float, float] = (60.0, 120.0)
    defocus: float = 0.0
    spherical_aberration: float = 0.0
    source_size: float = 0.0

    def __post_init__(self) -> None:
        check_beam_energy(self.energy)
        inner, outer = self.detector
        if not 0 < self.convergence < LARGEST_ANGLE:
            raise InvalidInput(
                f"`convergence` must be between 0 and {LARGEST_ANGLE:g} mrad, not "
                f"{self.convergence:g}; 20 to 30 mrad is usual"
            )
        if not inner < outer <= LARGEST_ANGLE:
            raise InvalidInput(
                f"`detector` needs an inner angle and a larger outer one of up to "
                f"{LARGEST_ANGLE:g} mrad, not {inner:g} and {outer:g}"
            )
        if not inner >= self.convergence:
            raise InvalidInput(
                f"`detector` begins at {inner:g} mrad, inside the probe of {self.convergence:g} "
                "mrad; a dark-field detector begins outside it, such as 60,120"
            )
        if not (np.isfinite(self.source_size) and self.source_size >= 0):
            raise InvalidInput(f"`source_size` must be 0 Å or more, not {self.source_size:g}")
        if not np.isfinite([self.defocus, self.spherical_aberration]).all():
            raise InvalidInput("`defocus` and `spherical_aberration` must be finite numbers")

    @property
    def wavelength(self) -> float:
        """Relativistic wavelength of the electrons in Å."""
        return electron_wavelength(self.energy)

    @property
    def pixel(self) -> float:
        """Largest pixel of the multislice grid in Å that covers the whole detector."""
        return self.wavelength / 3e-3 / (self.detector[1] + self.convergence)

    @property
    def probe_step(self) -> float:
        """Largest distance of probes in Å that determines the whole image."""
        return self.wavelength / 4e-3 / self.convergence

    def reach(self, pixel: float) -> float:
        """Largest scattering angle in mrad that a grid of some pixel size (Å) carries."""
        return self.wavelength / 3e-3 / pixel

    def probe_transfer(
        self, kx: NDArray[np.float64], ky: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Fourier transform of the probe's intensity on a grid that wraps around.

        Parameters
        ----------
        kx, ky
            Spatial frequencies in Å⁻¹ as :func:`numpy.fft.fftfreq` gives them, shapes (n,), (m,).

        Returns
        -------
        ndarray
            Complex, shape (n, m), 1 at zero frequency; includes the finite source.
        """
        squared = kx[:, None] ** 2 + ky[None, :] ** 2
        edge = 1e-3 * self.convergence / self.wavelength
        # Pixels that the edge of the aperture cuts count in part, or narrow cells show steps.
        width = max(kx[1] if len(kx) > 1 else 0, ky[1] if len(ky) > 1 else 0)
        aperture = np.clip((edge - np.sqrt(squared)) / width + 0.5, 0, 1)
        cs = 1e7 * self.spherical_aberration
        phase = (
            np.pi
            * self.wavelength
            * squared
            * (0.5 * cs * self.wavelength**2 * squared - self.defocus)
        )
        probe = np.fft.ifft2(aperture * np.exp(-1j * phase))
        transfer = np.fft.fft2(abs(probe) ** 2)
        spread = self.source_size / np.sqrt(8 * np.log(2))
        return np.asarray(
            transfer / transfer[0, 0].real * np.exp(-2 * np.pi**2 * spread**2 * squared)
        )
