"""Relax positions, or positions and cell, with any potential.

The optimizers are ASE's. What they remember from step to step is saved after each step and put
back, so that a resumed relaxation takes the same steps as an uninterrupted one.
"""

import contextlib
import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE, LBFGS
from ase.stress import full_3x3_to_voigt_6_stress
from ase.units import GPa
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.choices import checked
from ionsmith.crystals.files import Checkpoint, CrystalLike, read_structure
from ionsmith.errors import ExternalProgramFailed, InvalidInput, IonsmithError, reason_of
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.simulation.relaxing._result import CellChange, Optimizer, Relaxation, report
from ionsmith.simulation.relaxing._selection import select_atoms
from ionsmith.surfaces.vacuum import vacuum_axes

FILTERS: dict[CellChange, dict[str, Any]] = {
    "none": {},
    "full": {"mask": [True] * 6},
    "isotropic": {"hydrostatic_strain": True},
    "z": {"mask": [False, False, True, False, False, False]},
}
"""Arguments of ASE's filter of cell strains, by how the cell may change."""

SMAX = 0.05
"""Largest stress in GPa of a relaxed cell, by default; Quantum ESPRESSO's too (press_conv_thr). It
strains the edges of Na metal by 0.3 %, those of an oxide by 0.01 %."""

Progress = Callable[[int, float, float, float], None]


@dataclass
class RelaxationState:
    """State of a relaxation: before the evaluation of its latest positions, or at its end.

    Parameters
    ----------
    job
        Hash of the structure and of all settings that its course depends on.
    positions, cell
        In Å, shapes (n, 3) and (3, 3).
    memory
        Memory of the optimizer.
    energies, forces, stresses
        Energy in eV, largest force in eV/Å and largest stress that can relax in GPa (0 where the
        cell is kept) of each step that was evaluated.
    output
        SHA-256 of the file with the relaxed structure; None before it has converged.
    """

    run: ClassVar[str] = "relax"

    job: str
    positions: NDArray[np.float64]
    cell: NDArray[np.float64]
    memory: Any = None
    energies: list[float] = field(default_factory=list)
    forces: list[float] = field(default_factory=list)
    stresses: list[float] = field(default_factory=list)
    output: str | None = None


@checked
def relax(
    structure: CrystalLike,
    potential: PotentialLike,
    *,
    cell: CellChange = "none",
    fmax: float = 0.05,
    smax: float = SMAX,
    steps: int = 500,
    optimizer: Optimizer = "lbfgs",
    freeze: Iterable[str | int] = (),
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Relaxation:
    """Relax a structure until no force, and no stress where the cell relaxes, exceeds its limit.

    Parameters
    ----------
    structure
        The structure, which is not changed; its constraints apply.
    potential
        An ASE calculator, or a name or potential of
        :func:`ionsmith.potentials.load_potential`.
    cell
        ``"none"`` keeps the cell; ``"full"`` relaxes its six strains, ``"isotropic"`` only its
        volume, ``"z"`` only the strain along z, as for an interface or a stack of layers. The
        strains are logarithms of the deformation, as in ASE's ``FrechetCellFilter``.
    fmax
        Largest force in eV/Å on an atom at the end.
    smax
        Largest stress in GPa at the end, of the strains of the cell that relax: the largest of six
        components for ``"full"``, the pressure for ``"isotropic"``, the component zz for ``"z"``.
    steps
        Largest number of steps, including those before a resumption.
    optimizer
        ``"lbfgs"`` or ``"fire"``.
    freeze
        Atoms that do not move, besides those that the structure itself holds: indices from 0,
        ranges (``"0-11"``) or elements (``"O"``), also several in a string (``"Al,3"``).
    checkpoint
        File that keeps the state, so that an interrupted run can be resumed.
    resume
        Continue from the checkpoint. The result is that of an uninterrupted run, bit for bit; up to
        the last digits with a calculator that remembers what it evaluated before, as ASE's EMT.
    progress
        Called with the step, the energy in eV, the largest force in eV/Å and the largest stress
        in GPa, 0 where the cell is kept.

    Returns
    -------
    Relaxation
        Also if the steps ran out; then ``converged`` is false.

    Raises
    ------
    InvalidStructure
        If the structure is empty or has numbers that are not finite.
    InvalidInput
        If the potential lacks an element, the cell cannot relax, an option is out of range, or
        the checkpoint belongs to another run.
    UnreadableFile
        If the checkpoint is missing or damaged.
    ExternalProgramFailed
        If the potential fails or gives numbers that are not finite.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.simulation.relaxing import relax
    >>> relaxed = relax(bulk("Cu", a=3.7, cubic=True), EMT(), cell="isotropic")
    >>> relaxed.converged, f"{relaxed.atoms.cell.lengths()[0]:.2f} Å"
    (True, '3.59 Å')
    """
    for name, limit, unit in (("fmax", fmax, "eV/Å"), ("smax", smax, "GPa")):
        if not limit > 0 or not np.isfinite(limit):
            raise InvalidInput(f"`{name}` is {limit:g} {unit}; a positive value was expected")
    if steps < 0:
        raise InvalidInput(f"`steps` is {steps}; 0 or more were expected")
    if resume and checkpoint is None:
        raise InvalidInput("name the `checkpoint` to resume from")
    atoms = read_structure(structure)
    potential = load_potential(potential)
    potential.check(atoms)
    _check_cell(atoms, cell)
    frozen = select_atoms(atoms, freeze)
    model = _with_frozen(atoms, frozen)
    job = job_of(atoms, potential, cell=cell, optimizer=optimizer, frozen=frozen)
    store = None if checkpoint is None else Checkpoint(checkpoint, RelaxationState)

    model.calc = potential.calculator
    system = model if cell == "none" else FrechetCellFilter(model, **FILTERS[cell])
    mover = OPTIMIZERS[optimizer](system, logfile=None)
    state = RelaxationState(job, model.positions.copy(), model.cell.array.copy())
    if resume:
        assert store is not None
        state = store.load(job)
        model.set_cell(state.cell)
        model.positions = state.positions
        if state.memory is not None:
            mover.memory = state.memory
            mover.read()
    while True:
        energy, force, stress = _evaluate(system, model, potential, cell)
        state.energies.append(energy)
        state.forces.append(force)
        state.stresses.append(stress)
        step = len(state.energies) - 1
        if progress is not None:
            progress(step, energy, force, stress)
        if (force < fmax and stress < smax) or step >= steps:
            break
        with _accurate_strains():
            mover.step()
        state.positions = model.positions.copy()
        state.cell = model.cell.array.copy()
        state.memory = mover.memory
        if store is not None:
            store.save(state)
    if store is not None:
        # As after each step: before the evaluation, which a resumption begins with.
        before = replace(
            state,
            energies=state.energies[:-1],
            forces=state.forces[:-1],
            stresses=state.stresses[:-1],
        )
        store.save(before, at_once=True)
    settings = {"optimizer": optimizer, "fmax": fmax, "smax": smax, "cell": cell}
    return _report(atoms, model, state, potential, settings)


def restore(
    atoms: Atoms,
    potential: Potential,
    state: RelaxationState,
    frozen: list[int],
    *,
    cell: CellChange = "none",
    fmax: float = 0.05,
    smax: float = SMAX,
    optimizer: Optimizer = "lbfgs",
    **_: Any,
) -> Relaxation:
    """Report on a relaxation from its last state, without an evaluation."""
    model = _with_frozen(atoms, frozen)
    model.set_cell(state.cell)
    model.positions = state.positions
    settings = {"optimizer": optimizer, "fmax": fmax, "smax": smax, "cell": cell}
    return _report(atoms, model, state, potential, settings)


def job_of(
    atoms: Atoms,
    potential: Potential,
    frozen: list[int],
    *,
    cell: CellChange = "none",
    optimizer: Optimizer = "lbfgs",
    **_: Any,
) -> str:
    """Hash of everything that the course of a relaxation depends on."""
    digest = hashlib.sha256()
    for array in (atoms.numbers, atoms.positions, atoms.cell.array, atoms.pbc):
        digest.update(np.ascontiguousarray(array).tobytes())
    constraints = [constraint.todict() for constraint in atoms.constraints]
    settings = {"held": constraints, "fixed": frozen, "potential": potential.describe()}
    settings |= {"cell": cell, "optimizer": optimizer}
    digest.update(json.dumps(settings, sort_keys=True, default=np.ndarray.tolist).encode())
    return digest.hexdigest()[:16]


def _check_cell(atoms: Atoms, cell: CellChange) -> None:
    """Raise if the cell of a structure cannot relax in this way."""
    if cell == "none":
        return
    if not all(atoms.pbc):
        open_axes = [axis for axis, p in zip("abc", atoms.pbc, strict=True) if not p]
        raise InvalidInput(
            f"`cell` {cell!r} needs a structure that is periodic in all directions; this one is "
            f"not along {' '.join(open_axes)}"
        )
    vacuum = vacuum_axes(atoms)
    if vacuum:
        raise InvalidInput(
            f"`cell` {cell!r} would close the vacuum along {' '.join('abc'[a] for a in vacuum)}; "
            "keep the cell ('none')"
        )
    if cell == "z" and np.abs(atoms.cell.array[:2, 2]).max() > 1e-6:
        raise InvalidInput(
            "`cell` 'z' needs cell vectors a and b in the xy plane; rotate the structure first "
            "(ase: atoms.rotate)"
        )


def _with_frozen(atoms: Atoms, frozen: list[int]) -> Atoms:
    """Copy a structure with further atoms frozen."""
    model: Atoms = atoms.copy()
    model.calc = None
    if frozen:
        model.set_constraint([*model.constraints, FixAtoms(frozen)])
    if len(_frozen(model)) == len(model):
        raise InvalidInput("all atoms are frozen; nothing is left to relax")
    return model


def _frozen(atoms: Atoms) -> NDArray[np.int64]:
    """Indices of the atoms that FixAtoms holds."""
    held = [c.get_indices() for c in atoms.constraints if isinstance(c, FixAtoms)]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *held]))


@contextlib.contextmanager
def _accurate_strains() -> Iterator[None]:
    """Suppress scipy's warning of an error of 1e-13 in the logarithm of a deformation."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "logm result may be inaccurate")
        yield


def _evaluate(
    system: Any, model: Atoms, potential: Potential, cell: CellChange
) -> tuple[float, float, float]:
    """Energy in eV, largest force in eV/Å, and largest stress that can relax in GPa."""
    try:
        if cell != "none":
            with _accurate_strains():
                system.get_forces()  # also the gradients of the strains, kept for the step
        forces = np.asarray(model.get_forces(), dtype=float)
        energy = float(model.get_potential_energy())
        stress = np.zeros(6) if cell == "none" else np.asarray(model.get_stress(), dtype=float)
    except IonsmithError:
        raise
    except Exception as error:  # whatever a foreign program raises
        raise ExternalProgramFailed(f"{potential.model} failed: {reason_of(error)}") from error
    if not all(np.isfinite(values).all() for values in (energy, forces, stress)):
        raise ExternalProgramFailed(
            f"{potential.model} gives an energy, forces or a stress that are not finite; do two "
            "atoms coincide?"
        )
    if cell == "isotropic":
        stress = stress[:3].mean()
    elif cell == "z":
        stress = stress[2]
    force = float(np.sqrt((forces**2).sum(axis=1).max()))
    return energy, force, float(np.abs(stress).max() / GPa)


def _report(
    atoms: Atoms,
    model: Atoms,
    state: RelaxationState,
    potential: Potential,
    settings: dict[str, Any],
) -> Relaxation:
    """Give the relaxed structure its energy, forces and provenance, and compare it."""
    relaxed = model.copy()
    if potential.package == "chgnet":
        model.get_stress()  # its forces come without
    known = {"energy": state.energies[-1]} if model.calc is None else model.calc.results
    results = {key: known[key] for key in ("energy", "forces", "stress") if key in known}
    stress = results.get("stress")
    if isinstance(stress, np.ndarray) and stress.shape == (3, 3):  # as CHGNet leaves it
        results["stress"] = full_3x3_to_voigt_6_stress(stress)
    relaxed.calc = SinglePointCalculator(relaxed, **results)
    moves = settings["cell"] != "none"
    parameters = {
        "potential": potential.describe(),
        "converged": state.forces[-1] < settings["fmax"] and state.stresses[-1] < settings["smax"],
        "steps": len(state.energies) - 1,
        **settings,
        "n_frozen": len(_frozen(model)),
        "energy_before": state.energies[0],
        "energy_after": state.energies[-1],
        "largest_force_before": state.forces[0],
        "largest_force_after": state.forces[-1],
        "largest_stress_before": state.stresses[0] if moves else None,
        "largest_stress_after": state.stresses[-1] if moves else None,
        "job": state.job,
    }
    provenance.record(relaxed, "relax", parameters)
    provenance.record_energy(relaxed, state.energies[-1], potential.method)
    relaxed.set_constraint(atoms.constraints)  # `freeze` is for this relaxation only
    return report(atoms, relaxed)


class ResumableLBFGS(LBFGS):
    """Limited-memory BFGS (J. Nocedal, Math. Comput. 35, 773 (1980), doi:10.2307/2006193)."""

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep the data of ASE's restart file."""
        self.memory = data

    def load(self) -> Any:
        """Return them."""
        return self.memory


class ResumableFIRE(FIRE):
    """FIRE (E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)).

    doi:10.1103/PhysRevLett.97.170201. ASE's restart file holds velocities and time step only.
    """

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep everything that the next step depends on."""
        self.memory = (self.vel, self.dt, self.a, self.Nsteps)

    def read(self) -> None:
        """Restore it."""
        self.vel, self.dt, self.a, self.Nsteps = self.memory


OPTIMIZERS: dict[Optimizer, Any] = {"lbfgs": ResumableLBFGS, "fire": ResumableFIRE}
"""The optimizers by name."""
