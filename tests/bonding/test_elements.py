"""Data of the elements."""

import pytest
from scipy.constants import atomic_mass

from ionsmith.bonding.elements import DALTON


def test_dalton() -> None:
    assert pytest.approx(atomic_mass * 1e27, rel=1e-8) == DALTON  # of whichever year scipy has
    assert (
        DALTON == 1.66053906660
    )  # CODATA 2018: Tiesinga et al. (2021), 10.1103/RevModPhys.93.025010
