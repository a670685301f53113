r"""How strongly an atom scatters: X-rays, neutrons, electrons.

All factors are functions of :math:`s = \sin\theta/\lambda = 1/2d` in Å⁻¹.

* X-rays, in electrons: :math:`f_0(s) = c + \sum_{i=1}^5 a_i e^{-b_i s^2}` of neutral atoms, with
  the coefficients of D. Waasmaier and A. Kirfel, Acta Cryst. A51, 416 (1995),
  doi:10.1107/S0108767394013292, good to s = 6 Å⁻¹, from periodictable. Hydrogen is the bonded
  one of R. F. Stewart, E. R. Davidson and W. T. Simpson, J. Chem. Phys. 42, 3175 (1965),
  doi:10.1063/1.1696397 (International Tables C, table 6.1.1.4, from gemmi): a free atom's factor
  is 15 % too small where hydrogen matters. Nearer to an absorption
  edge than some 10 eV the atom's neighbours count and :math:`f', f''` of a free atom do not hold;
  elsewhere they are those of D. T. Cromer and D. A. Liberman, Acta Cryst. A37, 267 (1981),
  doi:10.1107/S0567739481000600, at any energy, from gemmi.
* Neutrons, in fm: bound coherent scattering lengths, complex where nuclei absorb, of the natural
  mixture of isotopes, as periodictable tabulates them.
* Electrons, in Å, for electrons at rest: :math:`f(s) = \sum_{i=1}^5 a_i e^{-b_i s^2}` of neutral
  atoms, of L.-M. Peng, G. Ren, S. L. Dudarev and M. J. Whelan, Acta Cryst. A52, 257 (1996),
  doi:10.1107/S0108767395014371 (International Tables C, table 4.3.2.2), from gemmi. They were
  fitted up to s = 2 Å⁻¹, that is d = 0.25 Å. The factor γ of fast electrons is common to all atoms.

The libraries are small and quick to load: gemmi also reads CIFs here, and periodictable is 3 MB of
Python. xraydb holds the same Waasmaier–Kirfel coefficients, but comes with a data base engine of
40 MB and takes most of a second to load, and its f' are without the corrections that make those of
Cromer and Liberman agree with the International Tables.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput

RADIATIONS = ("x-rays", "neutrons", "electrons")

ANOMALOUS_ENERGIES = (1e3, 3e5)
"""Range of energies in eV in which f' and f'' are given."""

_HEAVIEST_ANOMALOUS = 92

_Gaussians = tuple[NDArray[np.float64], NDArray[np.float64], float]


def scattering_factors(
    elements: Sequence[str], s: ArrayLike, radiation: str
) -> NDArray[np.float64]:
    """Scattering factors of several elements, without f' and f''."""
    square = np.square(np.asarray(s, dtype=float))
    if radiation == "neutrons":
        lengths = [neutron_length(element).real for element in elements]
        return np.repeat(np.array(lengths)[:, None], len(square), axis=1)
    gaussians = {"x-rays": _xray_gaussians, "electrons": _electron_gaussians}.get(radiation)
    if gaussians is None:
        raise InvalidInput(f"no radiation {radiation!r}; known are {', '.join(RADIATIONS)}")
    return np.array([_sum(gaussians(element), square) for element in elements])


def dispersion(
    elements: Sequence[str], radiation: str, energy: float | None = None
) -> NDArray[np.complex128]:
    """What is to be added to the scattering factors whatever the angle."""
    if radiation == "x-rays" and energy is not None:
        return np.array([anomalous(element, energy) for element in elements])
    if radiation == "neutrons":
        return np.array([1j * abs(neutron_length(element).imag) for element in elements])
    return np.zeros(len(elements), dtype=complex)


@lru_cache(maxsize=1024)
def anomalous(element: str, energy: float) -> complex:
    """F' + i f'' of an element in electrons for X-rays of some energy in eV.

    Hydrogen and helium have none that matters: zero.

    Raises
    ------
    InvalidInput
        Outside :data:`ANOMALOUS_ENERGIES` and for elements beyond uranium.
    """
    import gemmi

    low, high = ANOMALOUS_ENERGIES
    if not low <= energy <= high:
        raise InvalidInput(
            f"f' and f'' are known for {low / 1e3:g} to {high / 1e3:g} keV, not {energy / 1e3:g}; "
            "leave them out"
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
        found = periodictable.elements.symbol(element).neutron.b_c_complex
    except (ValueError, AttributeError):
        found = None
    if found is None:
        raise InvalidInput(f"no neutron scattering length of {element!r} is known")
    return complex(found)


@lru_cache(maxsize=256)
def _xray_gaussians(element: str) -> _Gaussians:
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
    import gemmi

    found = gemmi.Element(element).c4322
    if gemmi.Element(element).atomic_number == 0 or found is None:
        raise InvalidInput(f"no electron scattering factor of {element!r} is known")
    return np.array(found.a), np.array(found.b), 0.0


def _sum(gaussians: _Gaussians, square: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = gaussians
    return np.asarray(a @ np.exp(-b[:, None] * square) + c)
