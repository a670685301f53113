"""Scattering factors beside independent parametrisations and published tables."""

import gemmi
import numpy as np
import pytest

from ionsmith.analyzers.scattering import anomalous
from ionsmith.analyzers.scattering._form_factors import (
    dispersion,
    neutron_length,
    scattering_factors,
)
from ionsmith.errors import IonsmithError

ELEMENTS = [gemmi.Element(number).name for number in range(1, 93)]
MOTT_BETHE = 0.0239337  # m e² / (8 π ε0 h²) in Å⁻¹


def test_xray_factors_of_all_elements() -> None:
    """International Tables C, table 6.1.1.4 (fitted apart from Waasmaier and Kirfel's), to 0.08."""
    s = np.linspace(0, 1.5, 16)
    found = scattering_factors(ELEMENTS, s, "x-rays")
    for row, element in zip(found, ELEMENTS, strict=True):
        values = gemmi.Element(element).it92.get_coefs()
        other = np.array(values[:4]) @ np.exp(-np.outer(values[4:8], s**2)) + values[8]
        assert abs(row - other).max() < 0.08, element


@pytest.mark.parametrize(
    ("element", "first", "second"),
    [
        ("C", 0.0181, 0.0091),
        ("O", 0.0492, 0.0322),
        ("Na", 0.1353, 0.1239),
        ("Al", 0.2130, 0.2455),
        ("Si", 0.2541, 0.3302),
        ("P", 0.2955, 0.4335),
        ("V", 0.0687, 2.1097),
        ("Fe", -1.1336, 3.1974),
        ("Ge", -1.0885, 0.8855),
        ("Te", -0.1759, 6.3522),
    ],
)
def test_dispersion_at_copper(element: str, first: float, second: float) -> None:
    """Creagh and McAuley, International Tables C (1992), table 4.2.6.8, Cu Kα1 (8047.8 eV)."""
    found = anomalous(element, 8047.8)
    assert found.real == pytest.approx(first, abs=0.025)
    assert found.imag == pytest.approx(second, rel=0.002, abs=2e-4)


def test_neutron_lengths() -> None:
    """V. F. Sears, Neutron News 3 (3), 26 (1992), in fm."""
    published = {"H": -3.739, "O": 5.803, "Na": 3.63, "Al": 3.449, "Si": 4.1491, "P": 5.13}
    for element, value in published.items():
        assert neutron_length(element).real == pytest.approx(value, abs=0.01)
    assert dispersion(["Cd"], "neutrons")[0].imag == pytest.approx(0.70, abs=0.01)


def test_electron_factors_follow_the_xray_ones() -> None:
    """The formula of Mott and Bethe with X-ray factors, between s = 0.2 and 1.5 Å⁻¹."""
    s = np.linspace(0.2, 1.5, 14)
    heavy = [element for element in ELEMENTS if element != "H"]  # H is bonded for X-rays
    electrons = scattering_factors(heavy, s, "electrons")
    numbers = np.array([gemmi.Element(element).atomic_number for element in heavy])
    bethe = MOTT_BETHE * (numbers[:, None] - scattering_factors(heavy, s, "x-rays")) / s**2
    assert np.median(abs(electrons / bethe - 1)) < 0.003
    assert abs(electrons / bethe - 1).max() < 0.08


def test_electron_factors_forwards() -> None:
    """P. A. Doyle and P. S. Turner, Acta Cryst. A24, 390 (1968), doi:10.1107/S0567739468000756."""
    published = {"C": 2.509, "O": 1.983, "Al": 5.889, "Si": 5.828, "Fe": 7.165, "Au": 10.573}
    found = scattering_factors(list(published), [0.0], "electrons")[:, 0]
    assert found == pytest.approx(list(published.values()), rel=1e-3)


def test_what_is_not_known() -> None:
    with pytest.raises(IonsmithError, match="`radiation` is 'light'"):
        scattering_factors(["Si"], [0.1], "light")  # type: ignore[arg-type]
    with pytest.raises(IonsmithError, match="keV"):
        anomalous("Si", 10.0)
    with pytest.raises(IonsmithError, match="Pu"):
        anomalous("Pu", 8000.0)
    with pytest.raises(IonsmithError, match="neutron scattering length"):
        neutron_length("Xx")
    with pytest.raises(IonsmithError, match="X-ray scattering factor"):
        scattering_factors(["Xx"], [0.1], "x-rays")
    with pytest.raises(IonsmithError, match="electron scattering factor"):
        scattering_factors(["Xx"], [0.1], "electrons")
