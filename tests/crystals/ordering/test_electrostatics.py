"""Ewald energies against Madelung constants from the literature and against pymatgen."""

import warnings
from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure
from scipy.spatial.transform import Rotation

from ionsmith.crystals import load
from ionsmith.crystals.ordering._electrostatics import (
    COULOMB,
    PeriodicCoulomb,
    ewald_energy,
    supercell_interactions,
)

# Nearest neighbours 1 Å apart. Madelung constants referred to that distance, per formula unit:
# Q. C. Johnson and D. H. Templeton, J. Chem. Phys. 34, 2004 (1961); NaCl and CsCl to more digits:
# OEIS A085469 and A181152.
MADELUNG = {
    "rocksalt": (bulk("NaCl", "rocksalt", a=2.0), {"Na": 1, "Cl": -1}, 1.7475645946),
    "cesiumchloride": (
        bulk("CsCl", "cesiumchloride", a=2 / np.sqrt(3)),
        {"Cs": 1, "Cl": -1},
        1.7626747731,
    ),
    "zincblende": (bulk("ZnS", "zincblende", a=4 / np.sqrt(3)), {"Zn": 1, "S": -1}, 1.63806),
    "fluorite": (bulk("CaF2", "fluorite", a=4 / np.sqrt(3)), {"Ca": 2, "F": -1}, 5.03879),
}


def energy(atoms: Atoms, charges: np.ndarray) -> float:
    return ewald_energy(atoms.cell.array, atoms.positions, charges)


def peer(cell: np.ndarray, positions: np.ndarray, charges: np.ndarray) -> float:
    """Energy that pymatgen gives, its uniform background for charged cells included."""
    structure = Structure(
        Lattice(cell), ["Na"] * len(charges), positions, coords_are_cartesian=True
    )
    structure.add_oxidation_state_by_site(charges.tolist())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Per atom charge")
        return float(EwaldSummation(structure, acc_factor=14).total_energy)


@pytest.mark.parametrize("name", MADELUNG)
def test_madelung_constants(name: str) -> None:
    atoms, charge, constant = MADELUNG[name]
    charges = np.array([charge[symbol] for symbol in atoms.symbols])
    assert energy(atoms, charges) == pytest.approx(-constant * COULOMB, rel=4e-6)


def test_coulomb_constant() -> None:
    # CODATA 2018, e²/(4πε₀) in eV Å; ASE holds CODATA 2014
    assert pytest.approx(14.39964548, rel=1e-7) == COULOMB


@pytest.mark.parametrize("name", ["beta2-alumina", "nvp", "nh4vo3", "nah2po4", "quartz"])
@pytest.mark.parametrize("neutral", [True, False])
def test_agrees_with_pymatgen(name: str, neutral: bool) -> None:
    crystal = load("sio2" if name == "quartz" else name)
    positions = crystal.expand().positions @ crystal.cell
    charges = np.random.default_rng(1).uniform(-3, 3, len(positions))
    if neutral:
        charges -= charges.mean()
    assert ewald_energy(crystal.cell, positions, charges) == pytest.approx(
        peer(crystal.cell, positions, charges), rel=1e-7
    )


def test_wigner_lattice() -> None:
    # One charge and its background on a simple cubic lattice: 2.8373 e²/(4πε₀ 2a), G. Makov and
    # M. C. Payne, Phys. Rev. B 51, 4014 (1995), doi:10.1103/PhysRevB.51.4014.
    assert ewald_energy(np.eye(3), np.zeros((1, 3)), [1.0]) == pytest.approx(
        -2.8373 / 2 * COULOMB, rel=2e-5
    )


@st.composite
def point_charges(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A cell that may be long and oblique, with a few charges, neutral or not."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    cell = np.diag(rng.uniform(2, 12, 3)) + np.tril(rng.uniform(-1, 1, (3, 3)), -1)
    number = draw(st.integers(1, 6))
    return cell, rng.uniform(-2, 2, (number, 3)) @ cell, rng.uniform(-3, 3, number)


@given(point_charges(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_energy_does_not_depend_on_description(
    charges: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int
) -> None:
    cell, positions, q = charges
    before = ewald_energy(cell, positions, q)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(q))
    turn = Rotation.random(rng=rng).as_matrix()
    moved = positions[order] + rng.uniform(-5, 5, 3) + rng.integers(-2, 3, (len(q), 3)) @ cell
    sheared = np.array([[1, 0, 0], [1, 1, 0], [0, -1, 1]]) @ cell
    after = ewald_energy(sheared @ turn.T, moved @ turn.T, q[order])
    scale = COULOMB * (q**2).sum()
    assert after == pytest.approx(before, abs=1e-9 * scale)


@given(point_charges(), st.tuples(*[st.integers(1, 3)] * 3))
@settings(deadline=None, max_examples=20)
def test_supercell_has_so_many_times_the_energy(
    charges: tuple[np.ndarray, np.ndarray, np.ndarray], size: tuple[int, int, int]
) -> None:
    cell, positions, q = charges
    shifts = np.array(list(np.ndindex(*size))) @ cell
    many = (positions[:, None] + shifts[None]).reshape(-1, 3)
    whole = ewald_energy(cell * np.reshape(size, (3, 1)), many, np.repeat(q, len(shifts)))
    scale = COULOMB * (q**2).sum() * len(shifts)
    assert whole == pytest.approx(len(shifts) * ewald_energy(cell, positions, q), abs=1e-9 * scale)


@given(point_charges())
@settings(deadline=None, max_examples=20)
def test_potential_solves_poissons_equation(
    charges: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    # Away from the charges, the Laplacian of the potential is that of the background alone.
    cell = charges[0]
    coulomb = PeriodicCoulomb(cell)
    point = np.array([0.41, 0.37, 0.46]) @ cell
    step = 1e-2
    stencil = [
        point + step * np.array(d) for d in product((-1, 0, 1), repeat=3) if np.abs(d).sum() == 1
    ]
    laplacian = (coulomb.potential(stencil).sum() - 6 * coulomb.potential(point)) / step**2
    assert laplacian == pytest.approx(4 * np.pi * COULOMB / coulomb.volume, rel=2e-2, abs=1e-3)


def test_pairs_of_a_supercell_are_those_of_its_positions() -> None:
    crystal = load("nvp")
    size = (2, 1, 1)
    positions = crystal.expand().positions[:5] @ crystal.cell
    table = supercell_interactions(crystal.cell, positions, size)
    coulomb = PeriodicCoulomb(crystal.cell * np.reshape(size, (3, 1)))
    for i, j, t in np.ndindex(5, 5, 2):
        vector = positions[j] - positions[i] + t * crystal.cell[0]
        assert table[i, j, t] == pytest.approx(float(coulomb.potential(vector)), abs=1e-10)
