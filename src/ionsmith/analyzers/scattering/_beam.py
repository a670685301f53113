r"""Wavelengths of X-rays, neutrons and electrons, and the conditions of an electron pattern.

Tube wavelengths are those of R. D. Deslattes et al., Rev. Mod. Phys. 75, 35 (2003),
doi:10.1103/RevModPhys.75.35, on the scale of the International System (measured by G. Hölzer et
al., Phys. Rev. A 56, 4554 (1997), doi:10.1103/PhysRevA.56.4554, for Cr to Cu). ``CuKa`` is the
mean of the doublet with Kα1 counted twice, 1.54187 Å; ``CuKa12`` is both lines, Kα2 half as strong.

A reflection :math:`\mathbf g` of a crystal plate is excited although the Ewald sphere misses it by
the excitation error :math:`s`: the distance from :math:`\mathbf g` to the sphere along the zone
axis, positive where :math:`\mathbf g` lies inside the sphere. A plate of thickness :math:`t` gives
it the kinematic intensity :math:`|F|^2 (\sin \pi s t / \pi s t)^2` (D. B. Williams and
C. B. Carter, Transmission Electron Microscopy, 2nd ed. (2009), ch. 12 and 13,
doi:10.1007/978-0-387-76501-3).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from ionsmith.analyzers.scattering._form_factors import Radiation
from ionsmith.choices import check_choice, checked
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
"""Intensity of Kα2 relative to Kα1."""

_SHORTEST, _LONGEST = 1e-3, 100.0  # Å
_HC = constants.h * constants.c / constants.e / constants.angstrom  # eV Å
_NUMBER = re.compile(r"([0-9.]+(?:e[+-]?\d+)?)\s*(å|a|kev|kv|mev)?", re.IGNORECASE)


@dataclass(frozen=True)
class Beam:
    """One or several wavelengths of one radiation.

    Parameters
    ----------
    radiation
        What is diffracted.
    name
        Name of the line, or the text that was given.
    wavelengths
        In Å.
    weights
        Relative intensities of the wavelengths, the first being one.

    Raises
    ------
    InvalidInput
        If the radiation is not recognised or a wavelength is out of range.
    """

    radiation: Radiation
    name: str
    wavelengths: tuple[float, ...]
    weights: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        check_choice("radiation", self.radiation, Radiation)
        for value in self.wavelengths:
            if not _SHORTEST <= value <= _LONGEST:
                raise InvalidInput(
                    f"a wavelength must be {_SHORTEST:g} to {_LONGEST:g} Å, not {value:g}"
                )

    @property
    def wavelength(self) -> float:
        """Mean wavelength in Å."""
        return float(np.average(self.wavelengths, weights=self.weights))

    @property
    def energy(self) -> float:
        """Energy in eV of X-ray photons of the mean wavelength, at which f' and f'' are taken."""
        return float(_HC / self.wavelength)


@checked
def parse_beam(text: str, radiation: Radiation = "x-rays") -> Beam:
    """Read a wavelength.

    Parameters
    ----------
    text
        For X-rays an anode with its line (``CuKa``, ``CuKa1``, ``CuKa2``, ``CuKa12``, ``CuKb``);
        otherwise a number in Å, or an energy: ``17.4keV`` (X-rays), ``200kV`` (electrons),
        ``25meV`` (neutrons).
    radiation
        What is diffracted.

    Raises
    ------
    InvalidInput
        If the tube, line, unit or radiation is not recognised, or the wavelength is out of range.

    Examples
    --------
    >>> from ionsmith.analyzers.scattering import parse_beam
    >>> for beam in (parse_beam("CuKa"), parse_beam("200kV", "electrons")):
    ...     print(f"{beam.wavelength:.5f} Å")
    1.54187 Å
    0.02508 Å
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
    energies = {
        "x-rays": f"17.4keV or a tube: {known} (also Ka1, Ka2, Ka12, Kb)",
        "electrons": "200kV",
        "neutrons": "25meV",
    }
    raise InvalidInput(
        f"unknown wavelength {text!r} of {radiation}; give Å, such as 1.5406, or "
        f"{energies[radiation]}"
    )


def _wavelength(value: float, unit: str, radiation: str) -> float:
    """Wavelength in Å from a number with its unit."""
    unit = unit.lower().replace("å", "a")
    if not value > 0:
        raise InvalidInput(f"a wavelength or energy must be positive, not {value:g}")
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
        f"a wavelength of {radiation} cannot be given in {unit}; use Å, keV (X-rays), kV "
        "(electrons) or meV (neutrons)"
    )


LOWEST_ENERGY, HIGHEST_ENERGY = 1.0, 10_000.0
"""Range of electron energies in keV."""


def check_beam_energy(energy: float) -> None:
    """Refuse an electron energy (keV) out of range."""
    if not LOWEST_ENERGY <= energy <= HIGHEST_ENERGY:
        raise InvalidInput(
            f"`energy` must be {LOWEST_ENERGY:g} to {HIGHEST_ENERGY:g} keV, not {energy:g}; many "
            "microscopes have 300 keV"
        )


@lru_cache(maxsize=64)
def electron_wavelength(energy: float) -> float:
    """Relativistic wavelength in Å of electrons of some energy in keV."""
    joule = energy * 1e3 * constants.e
    momentum = np.sqrt(2 * constants.m_e * joule + (joule / constants.c) ** 2)
    return float(constants.h / momentum / constants.angstrom)


@dataclass(frozen=True)
class Conditions:
    """Beam, crystal thickness and range of an electron diffraction pattern.

    Parameters
    ----------
    energy
        Energy of the electrons in keV.
    thickness
        Thickness of the crystal along the beam in Å; None for a crystal so thin that the
        excitation error does not change the intensity.
    max_excitation_error
        Largest distance in Å⁻¹ between a spot and the Ewald sphere.
    d_min
        Smallest spacing in Å.
    max_laue_zone
        Highest Laue zone; None for all within the excitation error.
    min_intensity
        Weakest spot that is kept, in per cent of the strongest one; spots that the space group
        forbids are always kept.

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

    document = (
        "energy",
        "thickness",
        "max_excitation_error",
        "d_min",
        "max_laue_zone",
        "min_intensity",
        "wavelength",
    )

    def __post_init__(self) -> None:
        check_beam_energy(self.energy)
        for name, value, unit in (
            ("thickness", self.thickness, "Å"),
            ("max_excitation_error", self.max_excitation_error, "Å⁻¹"),
            ("d_min", self.d_min, "Å"),
        ):
            if value is not None and not (value > 0 and np.isfinite(value)):
                raise InvalidInput(f"`{name}` must be a positive number of {unit}, not {value:g}")
        if self.max_laue_zone is not None and self.max_laue_zone < 0:
            raise InvalidInput(f"`max_laue_zone` must be 0 or more, not {self.max_laue_zone}")
        if not 0 <= self.min_intensity < 100:
            raise InvalidInput(
                f"`min_intensity` must be 0 to below 100 %, not {self.min_intensity:g}"
            )
        if self.wavelength >= self.d_min:
            raise InvalidInput(
                f"electrons of {self.energy:g} keV have a wavelength of {self.wavelength:.3f} Å; "
                f"`d_min` must be larger, not {self.d_min:g} Å"
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
            Distance from the zone axis in Å⁻¹, less than the radius of the sphere.
        """
        wave = 1 / self.wavelength
        squared = np.square(radius)
        return np.asarray(squared / (wave + np.sqrt(wave**2 - squared)))

    def shape_factor(self, excitation_error: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factor of the intensity that a plate of the given thickness has, 1 without thickness."""
        if self.thickness is None:
            return np.ones_like(excitation_error)
        return np.asarray(np.sinc(excitation_error * self.thickness) ** 2)
