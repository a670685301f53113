"""Melt a crystal or a random mixture, quench it, and relax the glass."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.units import GPa
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.analyzers.coordination import coordination
from ionsmith.bonding.checks import check_contacts, check_numbers
from ionsmith.bonding.elements import mass_density
from ionsmith.crystals.files import Checkpoint, CrystalLike, read_structure
from ionsmith.errors import ExternalProgramFailed, InvalidInput
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.simulation.melt_quench._dynamics import SAMPLE, draw_velocities, dynamics_of
from ionsmith.simulation.melt_quench._plan import check_density, check_size
from ionsmith.simulation.melt_quench._result import MeltQuench, Trace
from ionsmith.simulation.melt_quench._schedule import Schedule
from ionsmith.simulation.melt_quench._start import (
    Start,
    from_formula,
    from_structure,
    names_structure,
)
from ionsmith.simulation.relaxing import Relaxation, relax


@dataclass
class MeltState:
    """State of a run after a piece of dynamics.

    Parameters
    ----------
    job
        Hash of the model and of all settings that its course depends on.
    positions
        In Å, shape (n, 3), continuous across periodic boundaries.
    velocities
        In Å/ps, shape (n, 3).
    trace
        One row per piece: time in ps, mean target and temperature in K, mean energy in eV.
    melt_displacements
        Displacements of the atoms in the melt in Å, shape (n, 3); empty before its end.
    """

    run: ClassVar[str] = "melt-quench"

    job: str
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    trace: NDArray[np.float64]
    melt_displacements: NDArray[np.float64]


def melt_quench(
    start: CrystalLike,
    potential: PotentialLike,
    n_atoms: int = 1000,
    *,
    density: float | None = None,
    schedule: Schedule | None = None,
    relax_cell: bool = False,
    fmax: float = 0.05,
    steps: int = 500,
    seed: int = 0,
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> MeltQuench:
    """Melt a crystal or a random mixture, quench it, and relax the glass.

    Parameters
    ----------
    start
        A periodic structure, which is repeated to about ``n_atoms``, or a formula such as
        ``"NaFePO4"`` or ``"40FeO·60NaPO3"``, whose atoms are placed at random.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
        With Pedone's force field LAMMPS moves the atoms, with all others ASE.
    n_atoms
        Approximate number of atoms.
    density
        Density in g/cm³; by default that of the structure.
    schedule
        Temperatures, times and cooling rate; by default those of :class:`Schedule`.
    relax_cell
        Whether the volume of the glass also relaxes, until its pressure is below 0.05 GPa.
    fmax
        Largest force in eV/Å of the relaxed glass.
    steps
        Largest number of steps of its relaxation.
    seed
        Seed of the random positions, velocities and thermostat; the same seed gives the same
        bytes.
    checkpoint
        File that keeps the state after each piece of dynamics.
    resume
        Continue from ``checkpoint``. The glass is that of an uninterrupted run, bit for bit with
        the potentials that have a name of their own.
    progress
        Called with the number of steps of dynamics done and their total.

    Returns
    -------
    MeltQuench

    Raises
    ------
    InvalidInput
        If the start, the density or the schedule is not possible, the potential lacks an element,
        or the checkpoint belongs to another run.
    UnreadableFile
        If the checkpoint is missing or damaged.
    ExternalProgramFailed
        If the potential fails, or the dynamics become unstable.
    AtomsTooClose
        If atoms overlap at the end.
    """
    schedule = schedule or Schedule()
    check_density(density)
    if not (np.isfinite(fmax) and fmax > 0):
        raise InvalidInput(f"`fmax` is {fmax:g} eV/Å; a positive value was expected")
    for name, number in (("steps", steps), ("seed", seed)):
        if number < 0:
            raise InvalidInput(f"`{name}` is {number}; 0 or more was expected")
    if resume and checkpoint is None:
        raise InvalidInput("name the `checkpoint` to resume from")
    potential = load_potential(potential)
    info: dict[str, Any] = {}
    if isinstance(start, str) and not names_structure(start):
        begun = from_formula(start, n_atoms, density, seed, potential)
    else:
        crystal = read_structure(start)
        potential.check(crystal)
        begun = from_structure(crystal, n_atoms, density)
        info = crystal.info.get(provenance.KEY, {})
    model = begun.atoms
    check_numbers(model)
    potential.check(model)
    check_size(len(model))
    job = _job(model, potential, schedule, seed)
    store = None if checkpoint is None else Checkpoint(checkpoint, MeltState)
    if resume:
        assert store is not None
        state = store.load(job)
    else:
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        speeds = draw_velocities(model.get_masses(), schedule.melt_temperature, rng)
        state = MeltState(job, model.positions.copy(), speeds, np.zeros((0, 4)), np.zeros((0, 3)))
    state = _run(model, potential, schedule, seed, state, store, progress)

    quenched = Atoms(model.numbers, positions=state.positions, cell=model.cell, pbc=True)
    quenched.wrap()
    options: dict[str, Any] = {"cell": "isotropic" if relax_cell else "none"}
    options |= {"fmax": fmax, "steps": steps}
    relaxed = relax(quenched, potential, **options)
    settings = {"method": "melt-quench", "start": begun.origin, "atoms": len(model)}
    settings |= {"density": mass_density(model), "potential": potential.describe()}
    settings |= {"timestep_fs": schedule.timestep, "ensemble": "NVT", **vars(schedule)}
    del settings["timestep"]
    settings |= {"seed": seed, "relax_cell": relax_cell, "fmax": fmax, "steps": steps}
    glass = relaxed.atoms
    glass.info = {provenance.KEY: info} if info else {}
    provenance.record(glass, "build amorphous", settings)
    provenance.start_lineage(glass)
    provenance.record_energy(glass, relaxed.energy_after, potential.method)
    check_contacts(glass)
    reference = None
    if begun.reference is not None:
        reference = relax(begun.reference, potential, **options)
    return _result(begun, schedule, state, relaxed, reference, potential, seed)


def _run(
    model: Atoms,
    potential: Potential,
    schedule: Schedule,
    seed: int,
    state: MeltState,
    checkpoint: Checkpoint[MeltState] | None,
    progress: Callable[[int, int], None],
) -> MeltState:
    """Run the rest of the schedule."""
    pieces = schedule.pieces(seed)
    total = sum(piece.steps for piece in pieces)
    mover = dynamics_of(model, potential, schedule.timestep)
    molten = round(1000 * schedule.melt_time / schedule.timestep / SAMPLE) * SAMPLE
    done = sum(piece.steps for piece in pieces[: len(state.trace)])
    progress(done, total)
    for piece in pieces[len(state.trace) :]:
        before = model.copy()
        before.positions = state.positions
        before.wrap()
        moved = mover.move(before.positions, state.velocities, piece)
        for array in (moved.positions, moved.velocities):
            if not np.isfinite(array).all():
                raise ExternalProgramFailed(
                    f"{potential.model}: the dynamics became unstable; try a shorter `timestep`"
                )
        displacements, _ = find_mic(moved.positions - before.positions, model.cell, model.pbc)
        done += piece.steps
        target = ((piece.first or 0.0) + (piece.last or 0.0)) / 2
        row = (done * schedule.timestep / 1000, target, moved.temperature, moved.energy)
        state = replace(
            state,
            positions=state.positions + displacements,
            velocities=moved.velocities,
            trace=np.vstack([state.trace, row]),
        )
        if done == molten:
            state = replace(state, melt_displacements=state.positions - model.positions)
        if checkpoint is not None:
            checkpoint.save(state)
        progress(done, total)
    return state


def _job(model: Atoms, potential: Potential, schedule: Schedule, seed: int) -> str:
    """Hash of everything that the course of the dynamics depends on."""
    digest = hashlib.sha256()
    for array in (model.numbers, model.positions, model.cell.array):
        digest.update(np.ascontiguousarray(array).tobytes())
    settings = {"potential": potential.describe(), "seed": seed, **vars(schedule)}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def _result(
    begun: Start,
    schedule: Schedule,
    state: MeltState,
    relaxed: Relaxation,
    reference: Relaxation | None,
    potential: Potential,
    seed: int,
) -> MeltQuench:
    """Collect the course of the dynamics and the properties of the glass."""
    glass = relaxed.atoms
    n, symbols = len(glass), np.array(glass.get_chemical_symbols())
    time, target, temperature, energy = state.trace.T
    steady = np.array([piece.first == piece.last for piece in schedule.pieces(seed)])
    melt = temperature[steady & (target == schedule.melt_temperature)]
    held = temperature[steady & (target == schedule.final_temperature)]
    stress = glass.calc.results.get("stress")
    elements = [str(symbol) for symbol in dict.fromkeys(symbols)]
    squares = (state.melt_displacements**2).sum(axis=1)
    counts = coordination(glass).counts()
    before = {} if begun.reference is None else coordination(begun.reference).counts()
    return MeltQuench(
        atoms=glass,
        origin=begun.origin,
        potential=potential.method,
        melt_temperature=schedule.melt_temperature,
        melt_time=schedule.melt_time,
        rate=schedule.rate,
        quench_time=schedule.quench_time,
        final_temperature=schedule.final_temperature,
        hold_time=schedule.hold_time,
        timestep=schedule.timestep,
        mean_melt_temperature=float(melt[len(melt) // 2 :].mean()),
        mean_final_temperature=float(held.mean()) if len(held) else None,
        melt_displacement={
            element: float(np.sqrt(squares[symbols == element].mean()))
            for element in elements
        },
        density=mass_density(glass),
        pressure=None if stress is None else float(-np.mean(stress[:3]) / GPa),
        energy_per_atom=relaxed.energy_after / n,
        largest_force=relaxed.largest_force_after,
        converged=relaxed.converged,
        reference_energy_per_atom=None if reference is None
        else reference.energy_after / len(reference.atoms),
        coordination=counts,
        reference_coordination=before or None,
        trace=Trace(*(tuple(map(float, row)) for row in (time, target, temperature, energy / n))),
        seed=seed,
    )  # fmt: skip
