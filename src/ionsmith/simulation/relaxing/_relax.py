"""Relax a structure: positions, or positions and cell, with any potential.

A relaxation ends where the largest force on an atom is below the limit or the steps run out. Where
the cell relaxes, its strains are coordinates like the others, as ASE's ``FrechetCellFilter`` has
them, and what is compared with the limit is the stress times the volume an atom. Energies are those
of the potential: they rank structures of the same atoms by the same potential and nothing else. A
relaxation finds the minimum that is nearest downhill; that there is no lower one is not said.

Optimizers that can be stopped at any moment and go on as if nothing had happened.

They are ASE's; what they remember from step to step is taken out after each step and put back, so
that a resumed relaxation takes the very steps of an uninterrupted one.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE, LBFGS
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_numbers
from ionsmith.errors import ExternalProgramFailed, InvalidInput, IonsmithError
from ionsmith.exporters._kpoints import vacuum_axes
from ionsmith.simulation.potentials import Potential
from ionsmith.simulation.relaxing._checkpoint import Checkpoint, State
from ionsmith.simulation.relaxing._result import Relaxation, relaxation_report

CELLS: dict[str, dict[str, Any]] = {
    "none": {},
    "full": {"mask": [True] * 6},
    "isotropic": {"hydrostatic_strain": True},
    "z": {"mask": [False, False, True, False, False, False]},
}
"""How the cell may change: what ASE's filter of cell strains is told."""

Progress = Callable[[int, float, float], None]


def relax(
    atoms: Atoms,
    potential: Potential,
    *,
    cell: str = "none",
    fmax: float = 0.05,
    steps: int = 500,
    optimizer: str = "lbfgs",
    fixed: Sequence[int] = (),
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Relaxation:
    """Relax a structure until no force is larger than a limit.

    Parameters
    ----------
    atoms
        The structure; it is not changed. Its constraints hold.
    potential
        See :func:`ionsmith.simulation.potentials.load_potential`.
    cell
        ``"none"`` keeps the cell; ``"full"`` relaxes its six strains, ``"isotropic"`` its volume
        alone, ``"z"`` its strain along z alone, as for an interface or a stack of blocks. The
        strains are those of the logarithm of the deformation, as ASE's ``FrechetCellFilter`` has
        them.
    fmax
        Limit in eV/Å of the force on an atom, and of the stress times the volume an atom where
        the cell relaxes.
    steps
        Most steps, those before a resumption included.
    optimizer
        ``"lbfgs"`` or ``"fire"``.
    fixed
        Indices of atoms that are held, besides those that the structure holds itself.
    checkpoint
        File in which the state is kept, to go on from.
    resume
        Go on from the checkpoint. The result is the one of an uninterrupted run, bit for bit where
        the potential gives the same numbers for the same positions whatever it saw before, as the
        potentials with a name of their own do (ASE's EMT, which keeps a list of neighbours, does
        so but for the last digits).
    progress
        Called with the step, the energy in eV and the largest force in eV/Å.

    Returns
    -------
    Relaxation
        Also where the steps ran out, with ``converged`` false.

    Raises
    ------
    InvalidStructure
        For an empty structure or numbers that are not finite.
    InvalidInput
        For elements that the potential does not know, a cell that cannot relax, options out of
        range, or a checkpoint of something else.
    UnreadableFile
        For a checkpoint that is missing or damaged.
    ExternalProgramFailed
        If the potential fails or gives numbers that are not finite.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from ionsmith.simulation.potentials import load_potential
    >>> from ionsmith.simulation.relaxing import relax
    >>> potential = load_potential("ase.calculators.emt:EMT")
    >>> relaxed = relax(bulk("Cu", a=3.7, cubic=True), potential, cell="isotropic")
    >>> relaxed.converged, f"{relaxed.atoms.cell.lengths()[0]:.2f} Å"
    (True, '3.59 Å')
    """
    if not fmax > 0 or not np.isfinite(fmax):
        raise InvalidInput(f"the limit of the forces is {fmax:g} eV/Å; more than 0 was expected")
    if steps < 0:
        raise InvalidInput(f"{steps} steps: 0 or more were expected")
    for name, value, known in (("optimizer", optimizer, OPTIMIZERS), ("cell", cell, CELLS)):
        if value not in known:
            raise InvalidInput(f"no {name} {value!r}; known are {', '.join(known)}")
    if resume and checkpoint is None:
        raise InvalidInput("name the checkpoint to go on from")
    check_numbers(atoms)
    potential.check(atoms)
    _check_cell(atoms, cell)
    model = _held(atoms, fixed)
    job = job_of(atoms, potential, cell=cell, optimizer=optimizer, fixed=fixed)
    store = None if checkpoint is None else Checkpoint(checkpoint)

    model.calc = potential.calculator
    system = model if cell == "none" else FrechetCellFilter(model, **CELLS[cell])
    mover = OPTIMIZERS[optimizer](system, logfile=None)
    state = State(job, model.positions.copy(), model.cell.array.copy())
    if resume:
        assert store is not None
        state = store.load(job)
        model.set_cell(state.cell)
        model.positions = state.positions
        if state.memory is not None:
            mover.memory = state.memory
            mover.read()
    while True:
        energy, force = _evaluate(system, model, potential)
        state.energies.append(energy)
        state.forces.append(force)
        step = len(state.energies) - 1
        if progress is not None:
            progress(step, energy, force)
        if force < fmax or step >= steps:
            break
        mover.step()
        state.positions = model.positions.copy()
        state.cell = model.cell.array.copy()
        state.memory = mover.memory
        if store is not None:
            store.save(state)
    if store is not None:
        # As after each step: before the evaluation, which a resumption begins with.
        left = {"energies": state.energies[:-1], "forces": state.forces[:-1]}
        store.save(State(**{**vars(state), **left}), at_once=True)
    settings = {"optimizer": optimizer, "fmax": fmax, "cell": cell}
    return _report(atoms, model, state, potential, settings)


def restore(
    atoms: Atoms,
    potential: Potential,
    state: State,
    *,
    cell: str = "none",
    fmax: float = 0.05,
    optimizer: str = "lbfgs",
    fixed: Sequence[int] = (),
    **_: Any,
) -> Relaxation:
    """Report on a relaxation from its last state, without an evaluation."""
    model = _held(atoms, fixed)
    model.set_cell(state.cell)
    model.positions = state.positions
    settings = {"optimizer": optimizer, "fmax": fmax, "cell": cell}
    return _report(atoms, model, state, potential, settings)


def job_of(
    atoms: Atoms,
    potential: Potential,
    *,
    cell: str = "none",
    optimizer: str = "lbfgs",
    fixed: Sequence[int] = (),
    **_: Any,
) -> str:
    """Hash of all that the course of a relaxation depends on."""
    digest = hashlib.sha256()
    for array in (atoms.numbers, atoms.positions, atoms.cell.array, atoms.pbc):
        digest.update(np.ascontiguousarray(array).tobytes())
    held = [constraint.todict() for constraint in atoms.constraints]
    told = {"held": held, "fixed": list(fixed), "potential": potential.describe()}
    told |= {"cell": cell, "optimizer": optimizer}
    digest.update(json.dumps(told, sort_keys=True, default=np.ndarray.tolist).encode())
    return digest.hexdigest()[:16]


def _check_cell(atoms: Atoms, cell: str) -> None:
    if cell == "none":
        return
    if not all(atoms.pbc):
        raise InvalidInput(
            f"--cell {cell} needs a structure that is periodic in all directions; this one ends "
            f"along {' '.join(axis for axis, p in zip('abc', atoms.pbc, strict=True) if not p)}"
        )
    vacuum = vacuum_axes(atoms)
    if vacuum:
        raise InvalidInput(
            f"--cell {cell} would close the vacuum along {' '.join('abc'[a] for a in vacuum)}; "
            "leave the cell as it is (--cell none)"
        )
    if cell == "z" and np.abs(atoms.cell.array[:2, 2]).max() > 1e-6:
        raise InvalidInput(
            "--cell z needs cell vectors a and b that lie in the plane of x and y; rotate the "
            "structure first (ase: atoms.rotate)"
        )


def _held(atoms: Atoms, fixed: Sequence[int]) -> Atoms:
    model = atoms.copy()
    model.calc = None
    if len(fixed):
        strange = [index for index in fixed if not 0 <= index < len(atoms)]
        if strange:
            raise InvalidInput(
                f"no atom {strange[0]} to hold: the atoms are numbered 0 to {len(atoms) - 1}"
            )
        model.set_constraint([*model.constraints, FixAtoms(sorted(set(fixed)))])
    if len(_indices(model)) == len(model):
        raise InvalidInput("all atoms are held; nothing is left to relax")
    return model


def _indices(atoms: Atoms) -> NDArray[np.int64]:
    """Atoms that FixAtoms holds."""
    held = [c.get_indices() for c in atoms.constraints if isinstance(c, FixAtoms)]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *held]))


def _evaluate(system: Any, model: Atoms, potential: Potential) -> tuple[float, float]:
    """Energy in eV, and largest force in eV/Å."""
    try:
        forces = np.asarray(system.get_forces(), dtype=float)
        energy = float(model.get_potential_energy())
    except IonsmithError:
        raise
    except Exception as error:  # whatever a foreign program raises
        said = " ".join(str(error).split()) or type(error).__name__
        raise ExternalProgramFailed(f"{potential.model} failed: {said}") from error
    if not np.isfinite(energy) or not np.isfinite(forces).all():
        raise ExternalProgramFailed(
            f"{potential.model} gives an energy or forces that are not finite; are two atoms on "
            "one place?"
        )
    return energy, float(np.sqrt((forces**2).sum(axis=1).max()))


def _report(
    atoms: Atoms, model: Atoms, state: State, potential: Potential, settings: dict[str, Any]
) -> Relaxation:
    """Give the relaxed structure its energy, forces and provenance, and compare it."""
    relaxed = model.copy()
    found = {"energy": state.energies[-1]} if model.calc is None else model.calc.results
    results = {key: found[key] for key in ("energy", "forces", "stress") if key in found}
    relaxed.calc = SinglePointCalculator(relaxed, **results)
    parameters = {
        "potential": potential.describe(),
        "converged": state.forces[-1] < settings["fmax"],
        "steps": len(state.energies) - 1,
        **settings,
        "n_fixed": len(_indices(model)),
        "energy_before": state.energies[0],
        "energy_after": state.energies[-1],
        "largest_force_before": state.forces[0],
        "largest_force_after": state.forces[-1],
        "job": state.job,
    }
    provenance.record(relaxed, "relax", parameters)
    provenance.record_energy(relaxed, state.energies[-1], potential.method)
    relaxed.set_constraint(atoms.constraints)  # --fix holds for this relaxation only
    return relaxation_report(atoms, relaxed)


class ResumableLBFGS(LBFGS):  # type: ignore[misc]
    """Limited-memory BFGS (J. Nocedal, Math. Comput. 35, 773 (1980), doi:10.2307/2006193)."""

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep what ASE would write into its restart file."""
        self.memory = data

    def load(self) -> Any:
        """Give it back."""
        return self.memory


class ResumableFIRE(FIRE):  # type: ignore[misc]
    """FIRE (E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)).

    doi:10.1103/PhysRevLett.97.170201. ASE's restart file holds velocities and time step only.
    """

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep all that the next step depends on."""
        self.memory = (self.vel, self.dt, self.a, self.Nsteps)

    def read(self) -> None:
        """Put it back."""
        self.vel, self.dt, self.a, self.Nsteps = self.memory


OPTIMIZERS: dict[str, Any] = {"lbfgs": ResumableLBFGS, "fire": ResumableFIRE}
"""The optimizers by name."""
