"""Electrons of a calculation: initial moments, +U and smearing."""

from ionsmith.exporters._electrons._hubbard import U_VALUES, correlated_shell, hubbard_values
from ionsmith.exporters._electrons._ions import Ions, find_ions
from ionsmith.exporters._electrons._moments import (
    MagneticOrder,
    initial_moments,
    opposite_neighbours,
)
from ionsmith.exporters._electrons._smearing import (
    SLIGHT_SMEARING,
    Smearing,
    SmearingKind,
    check_parity,
    choose_smearing,
    conduction,
    has_open_shell,
)
from ionsmith.exporters._electrons._spin_states import unpaired

__all__ = [
    "SLIGHT_SMEARING",
    "U_VALUES",
    "Ions",
    "MagneticOrder",
    "Smearing",
    "SmearingKind",
    "check_parity",
    "choose_smearing",
    "conduction",
    "correlated_shell",
    "find_ions",
    "has_open_shell",
    "hubbard_values",
    "initial_moments",
    "opposite_neighbours",
    "unpaired",
]
