"""The objective lens of an HRTEM image: beam, aberrations and partial coherence.

The focus is spread by the energies of the electrons and the supplies of the lens: intensities of
equally spaced defoci are added with the weights of a Gaussian, which holds for thick crystals too
and keeps the number of electrons. The angular spread of the beam is an envelope,

    exp(-½ σ² |dχ/dθ|²),

which holds where the unscattered beam is the strongest; the electrons that it takes away are
spread evenly, since the mean intensity does not depend on coherence. Aberrations and envelope are
computed by abTEM (J. Madsen and T. Susi, Open Research Europe 1, 24 (2021),
doi:10.12688/openreseurope.13015.2), in the notation of O. L. Krivanek, N. Dellby and A. R. Lupini,
Ultramicroscopy 78, 1 (1999), doi:10.1016/S0304-3991(99)00013-3.

A beam inclined to the optic axis by :math:`t` sees the aberrations around that angle. Of spherical
aberration remain a coma :math:`3 C_{30} |t|`, an astigmatism :math:`C_{30} |t|^2` and a defocus
:math:`-2 C_{30} |t|^2` (F. Zemlin et al., Ultramicroscopy 3, 49 (1978),
doi:10.1016/S0304-3991(78)80006-0); the shift of the image is left out. Both citations are from
memory.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import check_beam_energy, electron_wavelength
from ionsmith.errors import InvalidInput

_TERMS = (12, 21, 23, 32, 34, 41, 43, 45, 50, 52, 54, 56)
ABERRATIONS = tuple(
    f"{letter}{term}" for term in _TERMS for letter in ("C", "phi") if f"{letter}{term}" != "phi50"
)
"""Names of aberrations beside defocus (-C10) and spherical aberration (C30)."""

LIMIT = 2.5
"""Highest frequency in Å⁻¹ that passes the lens: no microscope shows 0.4 Å."""

LARGEST_TILT = 100.0
"""Largest tilt in mrad."""

_REACH = 4.0  # standard deviations of the focus that are added
_SHARP = 4.5  # phase in which the sum of defoci has died off


@dataclass(frozen=True)
class ObjectiveLens:
    """Beam and objective lens.

    Parameters
    ----------
    energy
        Energy of the electrons in keV.
    spherical_aberration
        Spherical aberration in mm; about 0 for a corrected lens.
    aberrations
        Other aberrations by the names of Krivanek: lengths such as ``C12`` (astigmatism), ``C21``
        (coma), ``C23`` and ``C50`` in Å, their angles such as ``phi12`` in degrees from x.
    focal_spread
        Standard deviation of the defocus in Å.
    angular_spread
        Standard deviation of the directions of the beam in mrad.
    aperture
        Half angle of the objective aperture in mrad; None for none.
    beam_tilt
        Angles in mrad by which the beam is inclined to the optic axis and the crystal: the
        electrons travel towards x and y of the image.

    Raises
    ------
    InvalidInput
        If a value is out of range, or an aberration is not known.
    """

    energy: float = 300.0
    spherical_aberration: float = 1.2
    aberrations: dict[str, float] = field(default_factory=dict)
    focal_spread: float = 30.0
    angular_spread: float = 0.2
    aperture: float | None = None
    beam_tilt: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_beam_energy(self.energy)
        for name, value, most, unit in (
            ("focal_spread", self.focal_spread, 500.0, "Å"),
            ("angular_spread", self.angular_spread, 5.0, "mrad"),
        ):
            if not 0 <= value <= most:
                raise InvalidInput(f"`{name}` must be 0 to {most:g} {unit}, not {value:g}")
        if not abs(self.spherical_aberration) <= 100:
            raise InvalidInput(
                f"`spherical_aberration` {self.spherical_aberration:g} mm: up to 100 mm, usually "
                "0.5 to 3 mm, was expected"
            )
        if self.aperture is not None and not 0 < self.aperture <= 1000:
            raise InvalidInput(
                f"`aperture` must be above 0 and up to 1000 mrad, not {self.aperture:g}"
            )
        for name, value in self.aberrations.items():
            if name not in ABERRATIONS:
                raise InvalidInput(
                    f"`aberrations`: no {name!r}; there are {', '.join(ABERRATIONS)} (defocus and "
                    "spherical aberration have options of their own)"
                )
            if not np.isfinite(value):
                raise InvalidInput(f"`aberrations`: {name} must be a finite number")
        check_tilt("beam_tilt", self.beam_tilt)
        higher = sorted(set(self.aberrations) - {"C12", "phi12"})
        if any(self.beam_tilt) and higher:
            raise InvalidInput(
                f"`beam_tilt` together with {higher[0]} is not computed, only with C12 and the "
                "spherical aberration; give the coma (C21) instead of the tilt"
            )

    @property
    def wavelength(self) -> float:
        """Relativistic wavelength of the electrons in Å."""
        return electron_wavelength(self.energy)

    @property
    def scherzer(self) -> float:
        """Scherzer's defocus in Å, 1.2 √(Cs λ): a broad band of one phase."""
        cs = 1e7 * self.spherical_aberration
        return float(1.2 * np.sign(cs) * np.sqrt(abs(cs) * self.wavelength))

    @property
    def cutoff(self) -> float:
        """Largest angle in mrad that passes: that of the aperture, or of 0.4 Å."""
        return min(self.aperture or np.inf, 1e3 * LIMIT * self.wavelength)

    def defoci(self, defocus: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Defoci in Å that are added for the focal spread, and their weights, shape (n,).

        Parameters
        ----------
        defocus
            Their mean.
        """
        if not self.focal_spread:
            return np.array([defocus]), np.ones(1)
        # The sum repeats at phases of 2π over the step, beyond those that pass the lens.
        edge = np.pi * self.focal_spread * (1e-3 * self.cutoff) ** 2 / self.wavelength
        steps = max(2, int(np.ceil(_REACH * (edge + _SHARP) / (2 * np.pi))))
        places = np.linspace(-_REACH, _REACH, 2 * steps + 1)
        weights = np.exp(-0.5 * places**2)
        return defocus + self.focal_spread * places, weights / weights.sum()

    def transfer(self, abtem: Any, defocus: float) -> Any:
        """Contrast transfer function of abTEM at one defocus, without the focal spread."""
        cs = 1e7 * self.spherical_aberration
        values = {
            name: np.radians(value) if name.startswith("phi") else value
            for name, value in self.aberrations.items()
        }
        x, y = 1e-3 * np.asarray(self.beam_tilt)
        tilt = complex(x, y)
        twofold = values.get("C12", 0.0) * np.exp(2j * values.get("phi12", 0.0)) + cs * tilt**2
        values |= {"C10": 2 * cs * abs(tilt) ** 2 - defocus, "C30": cs}
        values |= {"C12": abs(twofold), "phi12": np.angle(twofold) / 2}
        if tilt:
            values |= {"C21": 3 * cs * abs(tilt), "phi21": np.angle(tilt)}
        return abtem.CTF(
            energy=1e3 * self.energy,
            semiangle_cutoff=self.cutoff,
            angular_spread=np.sqrt(2) * self.angular_spread,  # abTEM's falls to 1/e
            aberration_coefficients={name: float(value) for name, value in values.items()},
        )

    def opening(self, abtem: Any) -> Any:
        """What the aperture lets through, without aberrations."""
        return abtem.CTF(energy=1e3 * self.energy, semiangle_cutoff=self.cutoff)


def check_tilt(name: str, tilt: tuple[float, float]) -> None:
    """Refuse a tilt that is not a pair of small angles."""
    if np.shape(tilt) != (2,) or not (np.hypot(*tilt) <= LARGEST_TILT):
        raise InvalidInput(
            f"`{name}` needs two angles, along x and y, of up to {LARGEST_TILT:g} mrad, not {tilt}"
        )
