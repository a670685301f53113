"""Molecular dynamics in pieces, each of which begins from nothing but positions and velocities.

Steps are those of velocity Verlet; the temperature is held, or led along a ramp, by rescaling the
velocities at random so that the kinetic energy is that of the canonical ensemble (G. Bussi, D.
Donadio and M. Parrinello, J. Chem. Phys. 126, 014101 (2007), doi:10.1063/1.2408420). This
thermostat has no memory and each piece has a seed of its own, so that a run that goes on after any
piece is the uninterrupted one.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from ase import Atoms, units
from numpy.typing import NDArray

from ionsmith.errors import ExternalProgramFailed, IonsmithError
from ionsmith.relaxation.calculators import Potential

SAMPLE = 10
"""Steps from one sample of temperature and energy to the next; a piece is a multiple of it."""

COUPLING = 0.1
"""Time constant of the thermostat in ps."""

PICOSECOND = 1000 * units.fs
"""In the unit of time of ASE."""


@dataclass(frozen=True)
class Piece:
    """A piece of a run.

    Parameters
    ----------
    steps
        Of dynamics, a multiple of :data:`SAMPLE`.
    first, last
        Temperature in K at its beginning and end; between them it is linear in time. None for
        dynamics at constant energy.
    seed
        Of the thermostat, 1 to 9 x 10^8, as LAMMPS takes them.
    """

    steps: int
    first: float | None
    last: float | None
    seed: int


@dataclass(frozen=True)
class Moved:
    """Where a piece ends.

    Parameters
    ----------
    positions
        In Å, shape (n, 3), in any image of the cell.
    velocities
        In Å/ps, shape (n, 3).
    temperature
        Mean over the piece in K, of 3n - 3 degrees of freedom.
    energy
        Mean potential energy over the piece in eV.
    """

    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    temperature: float
    energy: float


class Dynamics(Protocol):
    """What moves the atoms of one model."""

    def move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        """Move the atoms through a piece."""
        ...


def dynamics_of(atoms: Atoms, potential: Potential, timestep: float) -> Dynamics:
    """Choose what moves atoms: LAMMPS itself where it computes the forces, else ASE.

    Parameters
    ----------
    atoms
        Elements, cell and positions.
    potential
        What gives the forces.
    timestep
        In fs.
    """
    if potential.package == "lammps":
        from ionsmith.relaxation.lammps_dynamics import LammpsDynamics

        return LammpsDynamics(atoms, timestep, potential.calculator.guard)
    return AseDynamics(atoms, potential, timestep)


def temperature_of(masses: NDArray[np.float64], velocities: NDArray[np.float64]) -> float:
    """Temperature in K of velocities in Å/ps whose sum of momenta is zero."""
    kinetic = 0.5 * float((masses[:, None] * (velocities / PICOSECOND) ** 2).sum())
    return float(2 * kinetic / ((3 * len(masses) - 3) * units.kB))


def draw_velocities(
    masses: NDArray[np.float64], temperature: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw velocities in Å/ps of a temperature in K, without momentum of the whole."""
    widths = np.sqrt(units.kB * temperature / masses) * PICOSECOND
    velocities = rng.standard_normal((len(masses), 3)) * widths[:, None]
    return np.asarray(velocities - (masses @ velocities) / masses.sum())


class AseDynamics:
    """ASE's dynamics with any calculator.

    Parameters
    ----------
    atoms
        Elements and cell.
    potential
        What gives the forces.
    timestep
        In fs.
    """

    def __init__(self, atoms: Atoms, potential: Potential, timestep: float) -> None:
        self._atoms = Atoms(
            atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc
        )
        self._atoms.calc = potential.calculator
        self._potential = potential
        self._timestep = timestep * units.fs

    def move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        """Move the atoms through a piece.

        Raises
        ------
        ExternalProgramFailed
            If the potential fails or gives numbers that are not finite.
        """
        atoms = self._atoms
        atoms.positions = positions
        atoms.set_velocities(velocities / PICOSECOND)
        mover = self._mover(piece)
        temperatures, energies = [], []
        for step in range(1, piece.steps + 1):
            if piece.first is not None and piece.last is not None:
                now = piece.first + (piece.last - piece.first) * step / piece.steps
                mover.target_kinetic_energy = 0.5 * mover.ndof * units.kB * now
            try:
                mover.step()
                if step % SAMPLE == 0:
                    energies.append(float(atoms.get_potential_energy()))
                    temperatures.append(
                        temperature_of(atoms.get_masses(), atoms.get_velocities() * PICOSECOND)
                    )
            except IonsmithError:
                raise
            except Exception as error:  # whatever a foreign program raises
                said = " ".join(str(error).split()) or type(error).__name__
                raise ExternalProgramFailed(f"{self._potential.model} failed: {said}") from error
        return Moved(
            atoms.positions.copy(),
            atoms.get_velocities() * PICOSECOND,
            float(np.mean(temperatures)),
            float(np.mean(energies)),
        )

    def _mover(self, piece: Piece) -> Any:
        from ase.md.bussi import Bussi
        from ase.md.verlet import VelocityVerlet

        if piece.first is None:
            return VelocityVerlet(self._atoms, self._timestep)
        rng = np.random.default_rng(piece.seed)
        mover = Bussi(self._atoms, self._timestep, piece.first, COUPLING * PICOSECOND, rng=rng)
        mover.ndof = 3 * len(self._atoms) - 3  # the momentum of the whole stays zero
        return mover
