"""Spin states of ions in their surroundings."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal

from ionsmith.exporters._electrons import initial_moments
from ionsmith.exporters._spin_states import unpaired


@pytest.mark.parametrize(
    ("symbol", "charge", "electrons"),
    [
        # Kittel, Introduction to Solid State Physics, 8th ed., table 11.1: 2S of Ce3+ to Yb3+.
        *zip(
            ["Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"],
            [3] * 14,
            [1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 0],
            strict=True,
        ),
        ("Eu", 2, 7),
        ("Ce", 4, 0),
        ("U", 4, 2),
        ("U", 6, 0),
        ("La", 3, 0),
    ],
)
def test_hund(symbol: str, charge: int, electrons: int) -> None:
    assert unpaired(symbol, charge) == electrons


def layered(metal: str, a: float, c: float) -> Atoms:
    """LiMO2 of the type of alpha-NaFeO2."""
    sites = [(0, 0, 0.5), (0, 0, 0), (0, 0, 0.24)]
    return crystal(["Li", metal, "O"], sites, spacegroup=166, cellpar=[a, a, c, 90, 90, 120])


@pytest.mark.parametrize(
    ("atoms", "symbol", "sizes"),
    [
        # Sources beside LOW_SPIN; LiCoO2: Akimoto et al., J. Solid State Chem. 141, 298 (1998).
        (layered("Co", 2.8156, 14.0542), "Co", {0}),
        (layered("Ni", 2.878, 14.19), "Ni", {1}),
        (layered("Cr", 2.898, 14.42), "Cr", {3}),
        (bulk("NiO", "rocksalt", a=4.177), "Ni", {2}),
        (bulk("MnO", "rocksalt", a=4.445), "Mn", {5}),
        (bulk("GdN", "rocksalt", a=4.999), "Gd", {7}),
        (bulk("EuO", "rocksalt", a=5.144), "Eu", {7}),
        (bulk("CeO2", "fluorite", a=5.411), "Ce", {0}),
    ],
)
def test_moments_of_crystals(atoms: Atoms, symbol: str, sizes: set[float]) -> None:
    moments, _ = initial_moments(atoms)
    assert set(moments[np.array(atoms.get_chemical_symbols()) == symbol]) == sizes


def test_the_other_spin_state_is_named() -> None:
    _, notes = initial_moments(layered("Co", 2.8156, 14.0542))
    assert "Co+3 0 (low spin; high spin has 4)" in notes[0]


def test_metals_have_the_moment_of_the_element() -> None:
    iron = bulk("Fe")
    iron.set_initial_magnetic_moments(None)
    moments, notes = initial_moments(iron)
    assert moments.tolist() == [2.2]
    assert "as in metals" in notes[0]
