r"""Scattering factors of atoms for X-rays, neutrons and electrons.

All factors are functions of :math:`s = \sin\theta/\lambda = 1/2d` in Å⁻¹.

* X-rays, in electrons: :math:`f_0(s) = c + \sum_{i=1}^5 a_i e^{-b_i s^2}` of neutral atoms, with
  the coefficients of D. Waasmaier and A. Kirfel, Acta Cryst. A51, 416 (1995),
  doi:10.1107/S0108767394013292, good to s = 6 Å⁻¹, from periodictable. Hydrogen is the bonded
  one of R. F. Stewart, E. R. Davidson and W. T. Simpson, J. Chem. Phys. 42, 3175 (1965),
  doi:10.1063/1.1696397 (International Tables C, table 6.1.1.4, from gemmi): a free atom's factor
  is 15 % too small where hydrogen matters. :math:`f'` and :math:`f''` are those of D. T. Cromer and
  D. A. Liberman, Acta Cryst. A37, 267 (1981), doi:10.1107/S0567739481000600, at any energy, from
  gemmi; within some 10 eV of an absorption edge the neighbours of an atom matter and the values of
  the free atom do not hold.
* Neutrons, in fm: bound coherent scattering lengths, complex where nuclei absorb, of the natural
  mixture of isotopes, as periodictable tabulates them.
* Electrons, in Å, for electrons at rest: :math:`f(s) = \sum_{i=1}^5 a_i e^{-b_i s^2}` of neutral
  atoms, of L.-M. Peng, G. Ren, S. L. Dudarev and M. J. Whelan, Acta Cryst. A52, 257 (1996),
  doi:10.1107/S0108767395014371 (International Tables C, table 4.3.2.2), from gemmi. They were
  fitted up to s = 2 Å⁻¹, that is d = 0.25 Å. The relativistic factor γ is common to all atoms and
  left out.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.choices import checked
from ionsmith.errors import InvalidInput

Radiation = Literal["x-rays", "neutrons", "electrons"]
"""What is diffracted."""

ANOMALOUS_ENERGIES = (1e3, 3e5)
"""Range of energies in eV in which f' and f'' are given."""

_HEAVIEST_ANOMALOUS = 92

_Gaussians = tuple[NDArray[np.float64], NDArray[np.float64], float]


@checked
def scattering_factors(
    elements: Sequence[str], s: ArrayLike, radiation: Radiation
) -> NDArray[np.float64]:
    """Scattering factors of several elements without f' and f'', shape (elements, s)."""
    square = np.square(np.asarray(s, dtype=float))
    if radiation == "neutrons":
        lengths = [neutron_length(element).real for element in elements]
        return np.repeat(np.array(lengths)[:, None], len(square), axis=1)
    gaussians = _xray_gaussians if radiation == "x-rays" else _electron_gaussians
    return np.array([_sum(gaussians(element), square) for element in elements])


def dispersion(
    elements: Sequence[str], radiation: Radiation, energy: float | None = None
) -> NDArray[np.complex128]:
    """Part of the scattering factors that does not depend on the angle: f' + i f'' of X-rays."""
    if radiation == "x-rays" and energy is not None:
        return np.array([anomalous(element, energy) for element in elements])
    if radiation == "neutrons":
        return np.array([1j * abs(neutron_length(element).imag) for element in elements])
    return np.zeros(len(elements), dtype=complex)


@lru_cache(maxsize=1024)
def anomalous(element: str, energy: float) -> complex:
    """Anomalous scattering f' + i f'' in electrons of an element.

    Parameters
    ----------
    element
        Element symbol; hydrogen and helium have none that matters and give zero.
    energy
        Energy of the X-rays in eV.

    Raises
    ------
    InvalidInput
        If the energy is outside :data:`ANOMALOUS_ENERGIES` or the element is beyond uranium.
    """
    import gemmi

    low, high = ANOMALOUS_ENERGIES
    if not low <= energy <= high:
        raise InvalidInput(
            f"f' and f'' are known from {low / 1e3:g} to {high / 1e3:g} keV, not at "
            f"{energy / 1e3:g} keV; leave them out"
        )
    number = gemmi.Element(element).atomic_number
    if not 1 <= number <= _HEAVIEST_ANOMALOUS:
        raise InvalidInput(f"f' and f'' of {element} are not known; leave them out")
    first, second = gemmi.cromer_liberman(z=number, energy=energy)
    return complex(first, second)


@lru_cache(maxsize=256)
def neutron_length(element: str) -> complex:
    """Bound coherent scattering length b' - i b'' of an element in fm."""
    import periodictable

    try:
        length = periodictable.elements.symbol(element).neutron.b_c_complex
    except (ValueError, AttributeError):
        length = None
    if length is None:
        raise InvalidInput(f"no neutron scattering length of {element!r} is known")
    return complex(length)


@lru_cache(maxsize=256)
def _xray_gaussians(element: str) -> _Gaussians:
    """Coefficients of an X-ray scattering factor."""
    from periodictable.cromermann import getCMformula

    if element == "H":
        import gemmi

        values = np.array(gemmi.Element("H").it92.get_coefs(), dtype=float)
        return values[:4], values[4:8], float(values[8])
    try:
        formula = getCMformula(element)
    except KeyError:
        raise InvalidInput(f"no X-ray scattering factor of {element!r} is known") from None
    return np.asarray(formula.a, float), np.asarray(formula.b, float), float(formula.c)


@lru_cache(maxsize=256)
def _electron_gaussians(element: str) -> _Gaussians:
    """Coefficients of an electron scattering factor."""
    import gemmi

    coefficients = gemmi.Element(element).c4322
    if gemmi.Element(element).atomic_number == 0 or coefficients is None:
        raise InvalidInput(f"no electron scattering factor of {element!r} is known")
    return np.array(coefficients.a), np.array(coefficients.b), 0.0


def _sum(gaussians: _Gaussians, square: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of Gaussians and a constant at values of s²."""
    a, b, c = gaussians
    total = np.full(len(square), c)
    for height, width in zip(a, b, strict=True):
        total += height * np.exp(-width * square)
    return total
