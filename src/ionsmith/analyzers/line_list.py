"""A list of measured powder lines, given by angles or by spacings."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.beam import Beam
from ionsmith.errors import IonsmithError

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
        IonsmithError
            If there are none, if they are not finite positive numbers, or out of reach of the
            wavelength.
        """
        if (two_theta is None) == (d is None):
            raise IonsmithError("give either angles 2θ or spacings d")
        if d is not None:
            spacing = np.asarray(d, dtype=float).reshape(-1)
            if not (np.isfinite(spacing) & (spacing > beam.wavelength / 2)).all():
                raise IonsmithError(
                    "spacings must be more than half of the wavelength, "
                    f"{beam.wavelength / 2:.4g} Å"
                )
            angle = np.degrees(2 * np.arcsin(beam.wavelength / (2 * spacing)))
        else:
            angle = np.asarray(two_theta, dtype=float).reshape(-1)
        if len(angle) == 0:
            raise IonsmithError("there are no lines")
        if not (np.isfinite(angle) & (angle > 0) & (angle < 180)).all():
            raise IonsmithError("angles 2θ must be between 0 and 180°")
        order = np.argsort(angle, kind="stable")
        strength = None
        if intensity is not None:
            strength = np.asarray(intensity, dtype=float).reshape(-1)
            if len(strength) != len(angle) or not (np.isfinite(strength) & (strength >= 0)).all():
                raise IonsmithError("every line needs an intensity of 0 or more")
            strength = strength[order]
        return cls(angle[order], strength, beam)
