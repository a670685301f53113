"""Molecular dynamics in pieces that need only positions and velocities to begin.

Steps are those of velocity Verlet. The temperature is held, or ramped, by stochastic velocity
rescaling, which samples the canonical ensemble (G. Bussi, D. Donadio and M. Parrinello, J. Chem.
Phys. 126, 014101 (2007), doi:10.1063/1.2408420). This thermostat has no memory and each piece has
its own seed, so that a run resumed after any piece is the same as an uninterrupted one.

With Pedone's force field LAMMPS moves the atoms, with all other potentials ASE.
"""

import ctypes
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from ase import Atoms, units
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.errors import ExternalProgramFailed, IonsmithError, reason_of
from ionsmith.potentials import LAMMPS_HEADER, Potential, pedone

SAMPLE = 10
"""Steps between samples of temperature and energy; a piece is a multiple of it."""

COUPLING = 0.1
"""Time constant of the thermostat in ps."""

PICOSECOND = 1000 * units.fs
"""A picosecond in ASE's unit of time."""


@dataclass(frozen=True)
class Piece:
    """A piece of a run.

    Parameters
    ----------
    steps
        Number of steps, a multiple of :data:`SAMPLE`.
    first, last
        Temperature in K at its beginning and end; between them it is linear in time. None for
        dynamics at constant energy.
    seed
        Seed of the thermostat, 1 to 9 x 10^8 as in LAMMPS.
    """

    steps: int
    first: float | None
    last: float | None
    seed: int


@dataclass(frozen=True)
class Moved:
    """State at the end of a piece.

    Parameters
    ----------
    positions
        In Å, shape (n, 3), in any image of the cell.
    velocities
        In Å/ps, shape (n, 3).
    temperature
        Mean over the piece in K, with 3n - 3 degrees of freedom.
    energy
        Mean potential energy over the piece in eV.
    """

    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    temperature: float
    energy: float


class Dynamics(Protocol):
    """Moves the atoms of a model."""

    def move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        """Move the atoms through a piece."""
        ...


def dynamics_of(atoms: Atoms, potential: Potential, timestep: float) -> Dynamics:
    """Dynamics by LAMMPS for its own force field, by ASE for all other potentials."""
    if potential.package == "lammps":
        return LammpsDynamics(atoms, timestep, potential.calculator.guard)
    return AseDynamics(atoms, potential, timestep)


def temperature_of(masses: NDArray[np.float64], velocities: NDArray[np.float64]) -> float:
    """Temperature in K of velocities in Å/ps with zero total momentum."""
    kinetic = 0.5 * float((masses[:, None] * (velocities / PICOSECOND) ** 2).sum())
    return float(2 * kinetic / ((3 * len(masses) - 3) * units.kB))


def draw_velocities(
    masses: NDArray[np.float64], temperature: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw velocities in Å/ps at a temperature in K, with zero total momentum."""
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
        """Move the atoms through a piece."""
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
                raise ExternalProgramFailed(
                    f"{self._potential.model} failed: {reason_of(error)}"
                ) from error
        return Moved(
            atoms.positions.copy(),
            atoms.get_velocities() * PICOSECOND,
            float(np.mean(temperatures)),
            float(np.mean(energies)),
        )

    def _mover(self, piece: Piece) -> Any:
        """Integrator of a piece."""
        from ase.md.bussi import Bussi
        from ase.md.verlet import VelocityVerlet

        if piece.first is None:
            return VelocityVerlet(self._atoms, self._timestep)
        rng = np.random.default_rng(piece.seed)
        mover = Bussi(self._atoms, self._timestep, piece.first, COUPLING * PICOSECOND, rng=rng)
        mover.ndof = 3 * len(self._atoms) - 3  # the total momentum stays zero
        return mover


REACH = 8.0
"""Cutoff in Å of the lattice sum in real space, the fastest for 1,000 atoms."""

ACCURACY = 1e-4
"""Relative error of the forces from the lattice sum. The calculator that relaxes structures and
gives all energies uses 10^-5 and 12 Å, at about half the speed."""


class LammpsDynamics:
    """LAMMPS with Pedone's force field for oxides.

    Parameters
    ----------
    atoms
        Elements and cell, with the first vector along x and the second in the xy plane; periodic
        in all directions.
    timestep
        In fs.
    guard
        Extra repulsion between cations in eV, as for :func:`ionsmith.potentials.pedone`.

    Raises
    ------
    InvalidInput
        If the force field has no parameters for an element or its charge.
    """

    def __init__(self, atoms: Atoms, timestep: float, guard: float = 0.0) -> None:
        import lammps

        symbols = atoms.get_chemical_symbols()
        self._types = list(dict.fromkeys(symbols))
        commands, self._charges = pedone(
            atoms, self._types, (), reach=REACH, accuracy=ACCURACY, guard=guard
        )
        self._field = [line.partition("#")[0].strip() for line in commands.splitlines()]
        self._type = [self._types.index(symbol) + 1 for symbol in symbols]
        self._cell = atoms.cell.array.copy()
        self._timestep = timestep / 1000
        self._program: Any = lammps.lammps(cmdargs=["-screen", "none", "-log", "none", "-nocite"])

    def move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        """Move the atoms through a piece."""
        try:
            return self._move(positions, velocities, piece)
        except IonsmithError:
            raise
        except Exception as error:  # LAMMPS raises plain ones
            raise ExternalProgramFailed(
                f"LAMMPS failed: {reason_of(error)}; try a shorter `timestep`"
            ) from error

    def _move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        """Move the atoms; errors of LAMMPS pass."""
        program, (a, b, c) = self._program, self._cell
        box = (a[0], b[1], c[2], b[0], c[0], c[1])
        lines = ["clear", *LAMMPS_HEADER, "boundary p p p", "box tilt large"]
        lines += ["region whole prism 0 {!r} 0 {!r} 0 {!r} {!r} {!r} {!r}".format(*map(float, box))]
        lines += [f"create_box {len(self._types)} whole"]
        for number, symbol in enumerate(self._types, 1):
            lines.append(f"mass {number} {float(atomic_masses[atomic_numbers[symbol]])!r}")
        program.commands_list(lines)
        n = len(positions)
        created = program.create_atoms(
            n, list(range(1, n + 1)), self._type, positions.ravel().tolist(),
            velocities.ravel().tolist(),
        )  # fmt: skip
        if created != n:
            raise ExternalProgramFailed(f"LAMMPS created {created} of {n} atoms")
        program.scatter_atoms("q", 1, 1, (ctypes.c_double * n)(*self._charges))
        lines = [*self._field, f"timestep {self._timestep!r}", "fix move all nve"]
        if piece.first is not None:
            ramp = f"{piece.first!r} {piece.last!r} {COUPLING!r} {piece.seed}"
            lines.append(f"fix heat all temp/csvr {ramp}")
        means = f"{SAMPLE} {piece.steps // SAMPLE} {piece.steps}"
        lines.append(f"fix means all ave/time {means} c_thermo_temp c_thermo_pe")
        program.commands_list([*lines, "thermo_modify lost error", f"run {piece.steps}"])
        temperature, energy = (program.extract_fix("means", 0, 1, row) for row in (0, 1))
        moved, speeds = (
            np.array(program.gather_atoms(name, 1, 3), dtype=float).reshape(n, 3)
            for name in ("x", "v")
        )
        return Moved(moved, speeds, float(temperature), float(energy))
