"""Glasses by melting and quenching: molecular dynamics of a melt that is cooled to a solid.

A crystal, or atoms at random places, is held above its melting point until no atom remembers where
it was, cooled at a constant rate, held at the end, and relaxed. The volume stays that of the
density that is asked for; the finished glass may take the volume at which it has no pressure. A
simulation cools some 10^10 times faster than a crucible does (50 K/ps are 5 x 10^13 K/s), so that
the glass is one of a hotter liquid: its energy lies higher, and its structure is less ordered, than
an experiment's. How much the rate matters is seen by quenching again at another one.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.units import GPa as GPA

from ionsmith import provenance
from ionsmith.analyzers.coordination import coordination
from ionsmith.bonding.checks import check_contacts, check_numbers
from ionsmith.bonding.elements import mass_density
from ionsmith.errors import ExternalProgramFailed, InvalidInput
from ionsmith.simulation.melt_quench._dynamics import SAMPLE, Piece, draw_velocities, dynamics_of
from ionsmith.simulation.melt_quench._result import MeltQuench, Trace
from ionsmith.simulation.melt_quench._start import Start, from_formula, from_structure
from ionsmith.simulation.melt_quench._state import State, load_state, save_state
from ionsmith.simulation.potentials import Potential
from ionsmith.simulation.relaxing import relax

LARGEST_SEED = 900_000_000
"""Of LAMMPS' generator of random numbers (G. Marsaglia)."""

SHORTEST = 0.1
"""Least time in ps of a melt and of a quench."""

HOTTEST = 1e5
"""In K; no melt is hotter."""

MOST_STEPS = 1e9
"""A microsecond of dynamics or two, beyond which a slip of the keys is likelier than a wish."""

FEWEST = 10
"""Least number of atoms."""

PIECE = 0.5
"""Longest piece of dynamics in ps: after each the state can be kept, and neither an atom moves half
a cell nor a mean hides what happens."""


@dataclass(frozen=True)
class Schedule:
    """What is done to the melt, at which temperatures.

    Parameters
    ----------
    melt_temperature
        In K. A crystal without a surface melts far above its melting point within picoseconds:
        maricite at its own density not at 3000 K.
    melt_time
        In ps.
    rate
        Of cooling, in K/ps.
    final_temperature
        In K.
    hold_time
        At the final temperature, in ps.
    timestep
        In fs.
    """

    melt_temperature: float = 4000.0
    melt_time: float = 10.0
    rate: float = 50.0
    final_temperature: float = 300.0
    hold_time: float = 5.0
    timestep: float = 2.0

    @property
    def quench_time(self) -> float:
        """Time of cooling in ps."""
        return (self.melt_temperature - self.final_temperature) / self.rate

    def check(self) -> None:
        """Refuse what is no schedule.

        Raises
        ------
        InvalidInput
            Naming what is wrong.
        """
        for name, value in vars(self).items():
            if not np.isfinite(value) or value < 0 or (value == 0 and name != "hold_time"):
                raise InvalidInput(
                    f"{name.replace('_', ' ')} {value:g}: a number above zero was expected"
                )
        if not self.melt_temperature > self.final_temperature:
            raise InvalidInput(
                f"a melt of {self.melt_temperature:g} K is not cooled to "
                f"{self.final_temperature:g} K; melt at a higher temperature"
            )
        if self.melt_temperature > HOTTEST:
            raise InvalidInput(
                f"melt temperature {self.melt_temperature:g} K: up to {HOTTEST:g} K were expected"
            )
        if self.timestep > 10:
            raise InvalidInput(
                f"time step {self.timestep:g} fs: atoms vibrate within some ten femtoseconds, so "
                "that 0.5 to 2 fs are usual"
            )
        for name, time in (("melt", self.melt_time), ("quench", self.quench_time)):
            if time < SHORTEST:
                raise InvalidInput(
                    f"a {name} of {time:g} ps: {SHORTEST:g} ps at least were expected"
                )
        steps = 1000 * (self.melt_time + self.quench_time + self.hold_time) / self.timestep
        if steps > MOST_STEPS:
            raise InvalidInput(
                f"{steps:.2g} steps of dynamics: {MOST_STEPS:.0e} at most can be meant; quench "
                "faster"
            )

    def pieces(self, seed: int) -> list[Piece]:
        """Cut the schedule into pieces of dynamics, each with a seed of its own."""
        high, low = self.melt_temperature, self.final_temperature
        stages = ((self.melt_time, high, high), (self.quench_time, high, low))
        found: list[Piece] = []
        for time, first, last in (*stages, (self.hold_time, low, low)):
            steps = SAMPLE * round(1000 * time / self.timestep / SAMPLE)
            length = SAMPLE * max(1, int(1000 * PIECE / self.timestep / SAMPLE))
            for begin in range(0, steps, length):
                end = min(begin + length, steps)
                at = [first + (last - first) * step / steps for step in (begin, end)]
                found.append(Piece(end - begin, at[0], at[1], _seed(seed, len(found))))
        return found


def melt_quench(
    start: Atoms | str,
    potential: Potential,
    n_atoms: int = 1000,
    *,
    density: float | None = None,
    schedule: Schedule | None = None,
    relax_cell: bool = False,
    fmax: float = 0.05,
    steps: int = 500,
    seed: int = 0,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> MeltQuench:
    """Melt a crystal or a random mixture, quench it and relax the glass.

    Parameters
    ----------
    start
        A periodic structure, which is repeated to about ``n_atoms``, or a formula such as
        ``"NaFePO4"`` or ``"40FeO·60NaPO3"``, whose atoms are put at random places.
    potential
        See :func:`ionsmith.simulation.potentials.load_potential`. Pedone's force field moves
        atoms by LAMMPS itself, all others by ASE.
    n_atoms
        About how many atoms.
    density
        In g/cm³; of a structure its own by default.
    schedule
        Temperatures, times and the rate; :class:`Schedule` has the defaults.
    relax_cell
        Whether the glass takes the volume at which it has no pressure when it is relaxed, which
        is within ``fmax`` over the volume of an atom: 0.6 GPa for 0.05 eV/Å and 13 Å³.
    fmax
        Largest force in eV/Å of the relaxed glass.
    steps
        Most steps of its relaxation.
    seed
        Of random places, velocities and thermostat. The same one gives the same bytes.
    checkpoint
        File in which the state is kept after each piece of dynamics.
    resume
        Go on from ``checkpoint``; the glass is that of an uninterrupted run, bit for bit where the
        potential gives the same numbers for the same positions whatever it saw before.
    progress
        Called with the steps of dynamics done and their number.

    Returns
    -------
    MeltQuench

    Raises
    ------
    InvalidInput
        For a start, a density or a schedule that cannot be, an element that the potential does not
        know, or a checkpoint of another run.
    UnreadableFile
        For a checkpoint that is missing or damaged.
    ExternalProgramFailed
        If the potential fails, or atoms fly apart.
    AtomsTooClose
        If atoms overlap at the end.
    """
    schedule = schedule or Schedule()
    schedule.check()
    if density is not None and not (np.isfinite(density) and density > 0):
        raise InvalidInput(f"density {density:g} g/cm³: a number above zero was expected")
    if not (np.isfinite(fmax) and fmax > 0) or steps < 0:
        raise InvalidInput(
            f"relaxation to {fmax:g} eV/Å in {steps} steps: numbers above zero were expected"
        )
    if seed < 0:
        raise InvalidInput(f"seed {seed}: 0 or more was expected")
    if resume and checkpoint is None:
        raise InvalidInput("name the checkpoint to go on from (--checkpoint FILE)")
    if isinstance(start, str):
        begun = from_formula(start, n_atoms, density, seed, potential)
    else:
        potential.check(start)
        begun = from_structure(start, n_atoms, density)
    model = begun.atoms
    check_numbers(model)
    potential.check(model)
    if len(model) < FEWEST:
        raise InvalidInput(f"{len(model)} atoms: a melt needs {FEWEST} or more")
    job = _job(model, potential, schedule, seed)
    if resume:
        assert checkpoint is not None
        state = load_state(checkpoint, job, len(model))
    else:
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        speeds = draw_velocities(model.get_masses(), schedule.melt_temperature, rng)
        state = State(job, model.positions.copy(), speeds, np.zeros((0, 4)), np.zeros((0, 3)))
    state = _run(model, potential, schedule, seed, state, checkpoint, progress)

    held = Atoms(model.numbers, positions=state.positions, cell=model.cell, pbc=True)
    held.wrap()
    options: dict[str, Any] = {"cell": "isotropic" if relax_cell else "none"}
    options |= {"fmax": fmax, "steps": steps}
    relaxed = relax(held, potential, **options)
    settings = {"method": "melt-quench", "start": begun.origin, "atoms": len(model)}
    settings |= {"density": mass_density(model), "potential": potential.describe()}
    settings |= {"timestep_fs": schedule.timestep, "ensemble": "NVT", **vars(schedule)}
    del settings["timestep"]
    settings |= {"seed": seed, "relax_cell": relax_cell, "fmax": fmax, "steps": steps}
    glass = relaxed.atoms
    info = {} if isinstance(start, str) else start.info.get(provenance.KEY, {})
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
    state: State,
    checkpoint: Path | None,
    progress: Callable[[int, int], None],
) -> State:
    """Take the state through what is left of the schedule."""
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
                    f"{potential.model}: atoms fly apart; a shorter time step may help (--timestep)"
                )
        way, _ = find_mic(moved.positions - before.positions, model.cell, model.pbc)
        done += piece.steps
        target = ((piece.first or 0.0) + (piece.last or 0.0)) / 2
        row = (done * schedule.timestep / 1000, target, moved.temperature, moved.energy)
        state = replace(
            state,
            positions=state.positions + way,
            velocities=moved.velocities,
            trace=np.vstack([state.trace, row]),
        )
        if done == molten:
            state = replace(state, melt_way=state.positions - model.positions)
        if checkpoint is not None:
            save_state(checkpoint, state)
        progress(done, total)
    return state


def _seed(seed: int, number: int) -> int:
    """Seed of a piece, within what LAMMPS takes."""
    drawn = int(np.random.SeedSequence([seed, 2, number]).generate_state(1)[0])
    return drawn % LARGEST_SEED + 1


def _job(model: Atoms, potential: Potential, schedule: Schedule, seed: int) -> str:
    """Hash of all that the course of the dynamics depends on."""
    digest = hashlib.sha256()
    for array in (model.numbers, model.positions, model.cell.array):
        digest.update(np.ascontiguousarray(array).tobytes())
    told = {"potential": potential.describe(), "seed": seed, **vars(schedule)}
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def _result(
    begun: Start,
    schedule: Schedule,
    state: State,
    relaxed: Any,
    reference: Any,
    potential: Potential,
    seed: int,
) -> MeltQuench:
    glass = relaxed.atoms
    n, symbols = len(glass), np.array(glass.get_chemical_symbols())
    time, target, temperature, energy = state.trace.T
    steady = np.array([piece.first == piece.last for piece in schedule.pieces(seed)])
    melt = temperature[steady & (target == schedule.melt_temperature)]
    held = temperature[steady & (target == schedule.final_temperature)]
    stress = glass.calc.results.get("stress")
    elements = [str(one) for one in dict.fromkeys(symbols)]
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
            element: float(np.sqrt((state.melt_way[symbols == element] ** 2).sum(axis=1).mean()))
            for element in elements
        },
        density=mass_density(glass),
        pressure=None if stress is None else float(-np.mean(stress[:3]) / GPA),
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
