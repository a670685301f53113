"""Data of the elements."""

from scipy.constants import atomic_mass

from ionsmith.bonding.elements import DALTON


def test_dalton_is_that_of_scipy() -> None:
    assert atomic_mass * 1e27 == DALTON
