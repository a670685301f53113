"""What a kinematic diffraction pattern is computed under: beam, thickness, range.

A reflection ``g`` of a crystal plate lights up although the Ewald sphere misses it by the
excitation error ``s``, the distance from ``g`` to the sphere along the zone axis, positive where
``g`` lies inside the sphere. A plate of thickness ``t`` gives it the intensity
``|F|² (sin(π s t) / (π s t))²``.

Reference: D. B. Williams and C. B. Carter, Transmission Electron Microscopy, 2nd ed. (2009),
ch. 12 and 13, doi:10.1007/978-0-387-76501-3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from ionsmith.errors import IonsmithError

LOWEST_ENERGY, HIGHEST_ENERGY = 1.0, 10_000.0
"""Range of beam energies in keV."""


def electron_wavelength(energy: float) -> float:
    """Relativistic wavelength in Å of electrons of an energy in keV."""
    joule = energy * 1e3 * constants.e
    momentum = np.sqrt(2 * constants.m_e * joule + (joule / constants.c) ** 2)
    return float(constants.h / momentum / constants.angstrom)


@dataclass(frozen=True)
class Conditions:
    """Beam, thickness and range of a pattern.

    Parameters
    ----------
    energy
        Of the electrons in keV.
    thickness
        Of the crystal along the beam in Å; None for one so thin that the excitation error does
        not change the intensity.
    max_excitation_error
        Largest distance in Å⁻¹ by which the Ewald sphere may miss a spot.
    d_min
        Smallest spacing in Å.
    max_laue_zone
        Highest Laue zone; None for all within the excitation error.
    min_intensity
        Weakest spot that is kept, in per cent of the strongest one; what the space group forbids
        is kept besides.

    Raises
    ------
    IonsmithError
        If a value is out of range.
    """

    energy: float = 300.0
    thickness: float | None = None
    max_excitation_error: float = 0.02
    d_min: float = 0.8
    max_laue_zone: int | None = None
    min_intensity: float = 0.1

    def __post_init__(self) -> None:
        if not LOWEST_ENERGY <= self.energy <= HIGHEST_ENERGY:
            raise IonsmithError(
                f"the beam energy is {LOWEST_ENERGY:g} to {HIGHEST_ENERGY:g} keV, not "
                f"{self.energy:g}; 300 keV is what many microscopes have"
            )
        for name, value, unit in (
            ("thickness", self.thickness, "Å"),
            ("largest excitation error", self.max_excitation_error, "Å⁻¹"),
            ("smallest spacing", self.d_min, "Å"),
        ):
            if value is not None and not (value > 0 and np.isfinite(value)):
                raise IonsmithError(f"the {name} is a positive number of {unit}, not {value:g}")
        if self.max_laue_zone is not None and self.max_laue_zone < 0:
            raise IonsmithError(f"the highest Laue zone is 0 or more, not {self.max_laue_zone}")
        if not 0 <= self.min_intensity < 100:
            raise IonsmithError(
                f"the weakest intensity is 0 to below 100 %, not {self.min_intensity:g}"
            )
        if self.wavelength >= self.d_min:
            raise IonsmithError(
                f"electrons of {self.energy:g} keV have a wavelength of {self.wavelength:.3f} Å; "
                f"the smallest spacing must be larger, not {self.d_min:g} Å"
            )

    @property
    def wavelength(self) -> float:
        """Relativistic wavelength of the electrons in Å."""
        return electron_wavelength(self.energy)

    def sphere_height(self, radius: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Height in Å⁻¹ of the Ewald sphere above the plane through the origin.

        Parameters
        ----------
        radius
            Distance from the zone axis in Å⁻¹, below the radius of the sphere.
        """
        wave = 1 / self.wavelength
        squared = np.square(radius)
        return np.asarray(squared / (wave + np.sqrt(wave**2 - squared)))

    def shape_factor(self, excitation_error: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factor of the intensity for a plate of the stated thickness, 1 without one."""
        if self.thickness is None:
            return np.ones_like(excitation_error)
        return np.asarray(np.sinc(excitation_error * self.thickness) ** 2)
