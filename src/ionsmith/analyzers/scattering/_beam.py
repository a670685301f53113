"""Beams of powder diffraction: X-ray tubes by name, any wavelength, neutrons and electrons.

Wavelengths of the tubes are those of R. D. Deslattes et al., Rev. Mod. Phys. 75, 35 (2003),
doi:10.1103/RevModPhys.75.35, on the scale of the International System (measured by G. Hölzer et
al., Phys. Rev. A 56, 4554 (1997), doi:10.1103/PhysRevA.56.4554, for Cr to Cu). ``CuKa`` is the
mean of the doublet, Kα1 counted twice: 1.54187 Å; ``CuKa12`` is both lines, Kα2 half as strong.

What a kinematic diffraction pattern is computed under: beam, thickness, range.

A reflection ``g`` of a crystal plate lights up although the Ewald sphere misses it by the
excitation error ``s``, the distance from ``g`` to the sphere along the zone axis, positive where
``g`` lies inside the sphere. A plate of thickness ``t`` gives it the intensity
``|F|² (sin(π s t) / (π s t))²``.

Reference: D. B. Williams and C. B. Carter, Transmission Electron Microscopy, 2nd ed. (2009),
ch. 12 and 13, doi:10.1007/978-0-387-76501-3.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from ionsmith.analyzers.scattering._form_factors import RADIATIONS
from ionsmith.errors import InvalidInput

TUBES = {
    "Cr": (2.2897260, 2.2936510, 2.0848810),
    "Fe": (1.9360410, 1.9399730, 1.7566040),
    "Co": (1.7889960, 1.7928350, 1.6208260),
    "Ni": (1.6579300, 1.6617560, 1.5001520),
    "Cu": (1.5405929, 1.5444274, 1.3922340),
    "Mo": (0.70931715, 0.7136070, 0.6323030),
    "Ag": (0.5594218, 0.5638131, 0.4970817),
}
"""Kα1, Kα2 and Kβ1 wavelengths of the anodes in Å."""

ALPHA2 = 0.5
"""Intensity of Kα2, that of Kα1 being one."""

_SHORTEST, _LONGEST = 1e-3, 100.0  # Å
_HC = constants.h * constants.c / constants.e / constants.angstrom  # eV Å
_NUMBER = re.compile(r"([0-9.]+(?:e[+-]?\d+)?)\s*(å|a|kev|kv|mev)?", re.IGNORECASE)


@dataclass(frozen=True)
class Beam:
    """One or several wavelengths of one radiation.

    Parameters
    ----------
    radiation
        ``x-rays``, ``neutrons`` or ``electrons``.
    name
        As it was asked for.
    wavelengths
        In Å.
    weights
        Their intensities, the first being one.
    """

    radiation: str
    name: str
    wavelengths: tuple[float, ...]
    weights: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if self.radiation not in RADIATIONS:
            raise InvalidInput(
                f"no radiation {self.radiation!r}; known are {', '.join(RADIATIONS)}"
            )
        for value in self.wavelengths:
            if not _SHORTEST <= value <= _LONGEST:
                raise InvalidInput(
                    f"a wavelength is {_SHORTEST:g} to {_LONGEST:g} Å, not {value:g}"
                )

    @property
    def wavelength(self) -> float:
        """Mean wavelength in Å."""
        return float(np.average(self.wavelengths, weights=self.weights))

    @property
    def energy(self) -> float:
        """Energy in eV of X-rays of the mean wavelength; f' and f'' are taken there."""
        return float(_HC / self.wavelength)


def parse_beam(text: str, radiation: str = "x-rays") -> Beam:
    """Read a wavelength.

    Parameters
    ----------
    text
        For X-rays an anode with its line (``CuKa``, ``CuKa1``, ``CuKa2``, ``CuKa12``, ``CuKb``);
        else a number in Å, or an energy: ``17.4keV`` of X-rays, ``200kV`` of electrons,
        ``25meV`` of neutrons.
    radiation
        ``x-rays``, ``neutrons`` or ``electrons``.

    Raises
    ------
    InvalidInput
        For an unknown tube, line, unit or radiation, or a wavelength out of range.
    """
    cleaned = text.strip().replace("α", "a").replace("β", "b").replace("_", "").replace("-", "")
    number = _NUMBER.fullmatch(text.strip())
    if number is not None:
        try:
            value = float(number[1])
        except ValueError:
            value = 0.0
        return Beam(radiation, text.strip(), (_wavelength(value, number[2] or "a", radiation),))
    anode, line = cleaned[:2].capitalize(), cleaned[2:].lower()
    if anode in TUBES and radiation == "x-rays":
        first, second, beta = TUBES[anode]
        lines = {
            "ka": ((first + ALPHA2 * second) / (1 + ALPHA2),),
            "ka1": (first,),
            "ka2": (second,),
            "ka12": (first, second),
            "kb": (beta,),
            "kb1": (beta,),
        }
        if line in lines:
            waves = lines[line]
            return Beam(radiation, f"{anode}K{line[1:]}", waves, (1.0, ALPHA2)[: len(waves)])
    known = ", ".join(f"{name}Ka" for name in TUBES)
    units = {"x-rays": f"17.4keV or a tube: {known} (also Ka1, Ka2, Ka12, Kb)"}
    units |= {"electrons": "200kV", "neutrons": "25meV"}
    raise InvalidInput(
        f"unknown wavelength {text!r} of {radiation}; give Å, such as 1.5406, or "
        f"{units.get(radiation, '')}"
    )


def _wavelength(value: float, unit: str, radiation: str) -> float:
    """Wavelength in Å of what was given in some unit."""
    unit = unit.lower().replace("å", "a")
    if not value > 0:
        raise InvalidInput(f"a wavelength or energy is a positive number, not {value:g}")
    if unit == "a":
        return value
    if (radiation, unit) == ("x-rays", "kev"):
        return float(_HC / (1e3 * value))
    if (radiation, unit) in (("electrons", "kv"), ("electrons", "kev")):
        return electron_wavelength(value)
    if (radiation, unit) == ("neutrons", "mev"):
        momentum = np.sqrt(2 * constants.m_n * 1e-3 * value * constants.e)
        return float(constants.h / momentum / constants.angstrom)
    raise InvalidInput(
        f"{radiation} are not given in {unit}; give Å, keV of X-rays, kV of electrons, or meV of "
        "neutrons"
    )


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
    InvalidInput
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
            raise InvalidInput(
                f"the beam energy is {LOWEST_ENERGY:g} to {HIGHEST_ENERGY:g} keV, not "
                f"{self.energy:g}; 300 keV is what many microscopes have"
            )
        for name, value, unit in (
            ("thickness", self.thickness, "Å"),
            ("largest excitation error", self.max_excitation_error, "Å⁻¹"),
            ("smallest spacing", self.d_min, "Å"),
        ):
            if value is not None and not (value > 0 and np.isfinite(value)):
                raise InvalidInput(f"the {name} is a positive number of {unit}, not {value:g}")
        if self.max_laue_zone is not None and self.max_laue_zone < 0:
            raise InvalidInput(f"the highest Laue zone is 0 or more, not {self.max_laue_zone}")
        if not 0 <= self.min_intensity < 100:
            raise InvalidInput(
                f"the weakest intensity is 0 to below 100 %, not {self.min_intensity:g}"
            )
        if self.wavelength >= self.d_min:
            raise InvalidInput(
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
