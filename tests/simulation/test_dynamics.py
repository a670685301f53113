"""Dynamics against what mechanics and statistics say of them."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lj import LennardJones

from ionsmith.crystals import load
from ionsmith.errors import ExternalProgramFailed
from ionsmith.potentials import Potential, load_potential
from ionsmith.simulation.melt_quench._dynamics import (
    AseDynamics,
    Dynamics,
    LammpsDynamics,
    Piece,
    draw_velocities,
    dynamics_of,
    temperature_of,
)


def argon() -> tuple[Atoms, Potential]:
    """Lennard-Jones argon (A. Rahman, Phys. Rev. 136, A405 (1964)): 119.8 K, 3.405 Å."""
    epsilon = 119.8 * units.kB
    calculator = LennardJones(epsilon=epsilon, sigma=3.405, rc=6.5, smooth=True)
    return bulk("Ar", a=5.4, cubic=True).repeat(2), Potential("lj", calculator, "lj", "ase", "1")


def model(name: str, timestep: float) -> tuple[Atoms, Dynamics]:
    if name == "ase":
        atoms, potential = argon()
        return atoms, AseDynamics(atoms, potential, timestep)
    atoms = load("nafepo4").to_atoms()
    return atoms, dynamics_of(atoms, load_potential("lammps-pedone2006-melt"), timestep)


@pytest.mark.parametrize(
    ("name", "timestep", "hot", "share"),
    # Pedone's O-O well ends with a jump of 6 meV a pair at 5.5 Å.
    [
        ("ase", 5.0, 60.0, 0.02),
        pytest.param("lammps", 0.5, 600.0, 0.2, marks=pytest.mark.classical),
    ],
)
def test_energy_stays(name: str, timestep: float, hot: float, share: float) -> None:
    atoms, mover = model(name, timestep)
    masses = atoms.get_masses()
    x, v = atoms.positions, draw_velocities(masses, hot, np.random.default_rng(1))
    piece = Piece(10, None, None, 1)  # one sample, which is its end
    energies, parts = [], []
    for _ in range(12):
        moved = mover.move(x, v, piece)
        x, v = moved.positions, moved.velocities
        kinetic = 1.5 * units.kB * (len(atoms) - 1) * temperature_of(masses, v)
        energies.append(moved.energy + kinetic)
        parts.append(kinetic)
        assert moved.temperature == pytest.approx(temperature_of(masses, v), rel=1e-5)
    # The parts change by far more than their sum.
    assert np.ptp(energies) < share * np.ptp(parts)
    assert np.abs(masses @ v).max() < 1e-6 * np.abs(masses[:, None] * v).sum()


def test_the_thermostat_is_canonical() -> None:
    """Mean T, and a variance of 2 T²/f in f degrees of freedom (Bussi et al. 2007, equation 2)."""
    atoms = Atoms("Ar8", positions=bulk("Ar", a=9.0, cubic=True).repeat((2, 1, 1)).positions,
                  cell=[18, 9, 9], pbc=True)  # fmt: skip
    free = Potential("none", LennardJones(epsilon=1e-12, rc=4.0), "none", "ase", "1")
    mover = AseDynamics(atoms, free, 50.0)
    x, v = atoms.positions, draw_velocities(atoms.get_masses(), 300, np.random.default_rng(3))
    found = []
    for number in range(150):
        moved = mover.move(x, v, Piece(10, 300.0, 300.0, 1 + 1000 * number))
        x, v = moved.positions, moved.velocities
        found.append(temperature_of(atoms.get_masses(), v))
    freedom = 3 * len(atoms) - 3
    assert np.mean(found) == pytest.approx(300, abs=5 * 300 * np.sqrt(2 / freedom / 150))
    assert np.std(found) == pytest.approx(300 * np.sqrt(2 / freedom), rel=0.25)


def test_velocities_are_of_a_temperature() -> None:
    masses = np.tile([1.0, 16.0, 56.0], 3000)
    v = draw_velocities(masses, 500, np.random.default_rng(0))
    assert temperature_of(masses, v) == pytest.approx(500, rel=0.03)
    width = np.sqrt(8.314462 * 500 / 16e-3) / 100  # kT/m by the gas constant, m/s to Å/ps
    assert v[1::3].std() == pytest.approx(width, rel=0.03)
    assert np.abs(masses @ v).max() < 1e-6


@pytest.mark.classical
def test_both_programs_go_the_same_way() -> None:
    """ASE's steps with LAMMPS' forces, and LAMMPS' own; they differ by their lattice sums."""
    atoms = load("nafepo4").to_atoms()
    potential = load_potential("lammps-pedone2006-melt")
    v = draw_velocities(atoms.get_masses(), 1000, np.random.default_rng(2))
    piece = Piece(10, None, None, 1)
    one = AseDynamics(atoms, potential, 1.0).move(atoms.positions, v, piece)
    two = LammpsDynamics(atoms, 1.0, potential.calculator.guard).move(atoms.positions, v, piece)
    way = two.positions - one.positions
    way -= np.round(way @ np.linalg.inv(atoms.cell.array)) @ atoms.cell.array
    assert np.abs(way).max() < 2e-4
    assert np.abs(one.positions - atoms.positions).max() > 0.05
    assert two.velocities == pytest.approx(one.velocities, abs=0.1)
    assert two.energy == pytest.approx(one.energy, abs=0.02)


def test_a_failure_is_one_line() -> None:
    class Broken(LennardJones):
        def calculate(self, *_: object, **__: object) -> None:
            raise ValueError("no\nforces")

    atoms, _ = argon()
    mover = AseDynamics(atoms, Potential("b", Broken(), "broken", "ase", "1"), 1.0)
    v = draw_velocities(atoms.get_masses(), 10, np.random.default_rng(0))
    with pytest.raises(ExternalProgramFailed, match="broken failed: no forces"):
        mover.move(atoms.positions, v, Piece(10, 10.0, 10.0, 1))
