"""Dynamics by LAMMPS in this process, with the force field that the exporter writes.

The charges are summed over the lattice to a relative accuracy of the forces of :data:`ACCURACY`,
the part in real space to :data:`REACH`. The calculator that relaxes, and gives all energies of a
result, takes 10^-5 and 12 Å, at about half the speed.
"""

import ctypes
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.errors import ExternalProgramFailed, IonsmithError
from ionsmith.exporters.lammps import pedone
from ionsmith.relaxation.dynamics import COUPLING, SAMPLE, Moved, Piece
from ionsmith.relaxation.lammps import HEADER, other_potential

REACH = 8.0
"""In Å; in a model of 1,000 atoms the fastest."""

ACCURACY = 1e-4


class LammpsDynamics:
    """LAMMPS with Pedone's force field of oxides.

    Parameters
    ----------
    atoms
        Elements and cell, whose first vector lies along x and second in the plane of x and y;
        periodic in all directions.
    timestep
        In fs.
    guard
        As :func:`ionsmith.exporters.lammps.pedone` takes it.

    Raises
    ------
    IonsmithError
        For an element that the force field does not know.
    """

    def __init__(self, atoms: Atoms, timestep: float, guard: float = 0.0) -> None:
        import lammps

        symbols = atoms.get_chemical_symbols()
        self._types = list(dict.fromkeys(symbols))
        with other_potential():
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
        """Move the atoms through a piece.

        Raises
        ------
        ExternalProgramFailed
            If LAMMPS fails, as where atoms fly apart.
        """
        try:
            return self._move(positions, velocities, piece)
        except IonsmithError:
            raise
        except Exception as error:  # LAMMPS raises plain ones
            said = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(
                f"LAMMPS failed: {said}; a shorter time step may help (--timestep)"
            ) from error

    def _move(
        self, positions: NDArray[np.float64], velocities: NDArray[np.float64], piece: Piece
    ) -> Moved:
        program, (a, b, c) = self._program, self._cell
        box = (a[0], b[1], c[2], b[0], c[0], c[1])
        lines = ["clear", *HEADER, "boundary p p p", "box tilt large"]
        lines += ["region whole prism 0 {!r} 0 {!r} 0 {!r} {!r} {!r} {!r}".format(*map(float, box))]
        lines += [f"create_box {len(self._types)} whole"]
        for number, symbol in enumerate(self._types, 1):
            lines.append(f"mass {number} {float(atomic_masses[atomic_numbers[symbol]])!r}")
        program.commands_list(lines)
        n = len(positions)
        made = program.create_atoms(
            n, list(range(1, n + 1)), self._type, positions.ravel().tolist(),
            velocities.ravel().tolist(),
        )  # fmt: skip
        if made != n:
            raise ExternalProgramFailed(f"LAMMPS took {made} of {n} atoms")
        program.scatter_atoms("q", 1, 1, (ctypes.c_double * n)(*self._charges))
        lines = [*self._field, f"timestep {self._timestep!r}", "fix move all nve"]
        if piece.first is not None:
            ramp = f"{piece.first!r} {piece.last!r} {COUPLING!r} {piece.seed}"
            lines.append(f"fix heat all temp/csvr {ramp}")
        means = f"{SAMPLE} {piece.steps // SAMPLE} {piece.steps}"
        lines.append(f"fix means all ave/time {means} c_thermo_temp c_thermo_pe")
        program.commands_list([*lines, "thermo_modify lost error", f"run {piece.steps}"])
        found = [program.extract_fix("means", 0, 1, row) for row in (0, 1)]
        where, speed = (
            np.array(program.gather_atoms(name, 1, 3), dtype=float).reshape(n, 3)
            for name in ("x", "v")
        )
        return Moved(where, speed, float(found[0]), float(found[1]))
