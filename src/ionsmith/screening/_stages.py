"""What the stages of a candidate compute: build, rigid scan, relax, score, second potential.

The score of an interface refers to its two slabs alone and to both crystals, each in the strained
cell of the match and relaxed as the candidates are. Of E(slab), n units of E(crystal) and the area
A follow, over f faces in contact (two in a periodic stack),

    adhesion          W = (E(substrate) + E(film) - E(interface)) / f A,
    surface energies  σ = (E(slab) - n E(crystal)) / 2A, the mean of both faces,
    interface energy  γ = σ(substrate) + σ(film) - W

(Dupré's relation), and from the slabs without strain, cut alike and relaxed alike, the energy of
the strain per area. References are computed once in a campaign, whoever needs them first.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.units import J, m
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_contacts
from ionsmith.builders.interface._stacking import as_repeated
from ionsmith.errors import AtomsTooClose, InvalidInput, IonsmithError, OutputExists
from ionsmith.potentials import Potential
from ionsmith.screening._builders import build
from ionsmith.screening._candidates import key_of
from ionsmith.screening._claims import claimed
from ionsmith.screening._interface import parts_of
from ionsmith.screening._store import Row, Store
from ionsmith.simulation.relaxing import Relaxation, relax, relax_to_file, select_atoms

STEP, REACH = 0.2, 2.0
"""Default steps of a rigid scan along the normal, and how far it goes, in Å."""

VACUUM = 15.0
"""Height in Å of the vacuum of a slab alone."""

Check = Callable[[], None]


def built(name: str, options: dict[str, Any]) -> tuple[Row, Atoms]:
    """Build a model, and take from its result what a table shows.

    Parameters
    ----------
    name
        Name of the builder.
    options
        Its options.
    """
    result = build(name, options)
    atoms: Atoms = result.atoms
    row: Row = {
        "status": "built",
        "n_atoms": len(atoms),
        "formula": atoms.get_chemical_formula("hill"),
    }
    for field in ("area", "max_strain", "charge", "dipole", "gap"):
        value = getattr(result, field, None)
        if isinstance(value, int | float):
            row[field] = float(value)
    return row, atoms


def scanned(
    starts: Iterator[tuple[tuple[float, float] | None, Atoms]],
    potential: Potential,
    settings: dict[str, Any],
    check: Check,
) -> tuple[Row, Atoms]:
    """Move the film as a whole along the normal to the lowest energy, from each start.

    Parameters
    ----------
    starts
        Shifts of the film in Å and the interface at each, the first one as it was built.
    potential
        Its energies are compared.
    settings
        ``step`` and ``reach`` in Å along the normal.
    check
        Called before each energy.
    """
    step, reach = settings.get("step", STEP), settings.get("reach", REACH)
    best: tuple[float, float, Atoms, tuple[float, float] | None] | None = None
    reason = ""
    for shift, atoms in starts:
        potential.check(atoms)
        try:
            offset, energy = _along_normal(atoms, potential, step, reach, check)
        except IonsmithError as error:
            reason = reason or str(error)
            continue
        if best is None or energy < best[0] - 1e-6:
            best = energy, offset, atoms, shift
    if best is None:
        return {"status": "failed", "reason": reason}, Atoms()
    energy, offset, atoms, shift = best
    model = _moved(atoms, offset)
    low, high = (model.positions[model.arrays["side"] == side, 2] for side in (0, 1))
    row: Row = {
        "status": "scanned",
        "rigid_energy": energy,
        "gap": float(high.min() - low.max()),
    }
    if shift is not None:
        row["shift"] = list(shift)
    if abs(offset) > reach - step / 2:
        row["note"] = f"scan: the energy still falls {offset:+.2f} Å from where it was built"
    return row, model


def _along_normal(
    atoms: Atoms, potential: Potential, step: float, reach: float, check: Check
) -> tuple[float, float]:
    """Offset of the film with the lowest energy nearest downhill, and this energy."""
    energies: dict[int, float] = {}

    def energy(offset: float) -> float:
        check()
        model = _moved(atoms, offset)
        try:
            check_contacts(as_repeated(model))
        except AtomsTooClose:
            return np.inf
        return potential.energy(model)

    best, last = 0, round(reach / step)
    while True:
        for number in (best - 1, best, best + 1):
            if number not in energies and abs(number) <= last:
                energies[number] = energy(number * step)
        lowest = min(energies, key=lambda number: (energies[number], abs(number)))
        if lowest == best:
            break
        best = lowest
    if not np.isfinite(energies[best]):
        raise AtomsTooClose(f"atoms are too close within {reach:g} Å along the normal")
    low, middle, high = (energies.get(best + i, np.inf) for i in (-1, 0, 1))
    curvature = low - 2 * middle + high
    offset, value = best * step, middle
    if np.isfinite(curvature) and curvature > 0:
        trial = (best + (low - high) / (2 * curvature)) * step
        if abs(trial - offset) > 0.01 and (found := energy(trial)) < value:
            offset, value = trial, found
    return offset, value


def _moved(atoms: Atoms, offset: float) -> Atoms:
    """An interface whose film is farther from the substrate, at the back of a stack too."""
    model: Atoms = atoms.copy()
    model.positions[model.arrays["side"] == 1, 2] += offset
    if model.pbc[2]:
        cell = model.cell.array.copy()
        cell[2, 2] += 2 * offset
        model.set_cell(cell)
    return model


def relaxed(
    atoms: Atoms,
    potential: Potential,
    options: dict[str, Any] | None,
    place: Path,
    check: Check,
) -> tuple[Row, Atoms | None]:
    """Relax a model, or only evaluate it.

    Parameters
    ----------
    atoms
        The model.
    potential
        The potential.
    options
        Of the relaxation; None evaluates.
    place
        File for the model until it is finished; its checkpoint lies beside.
    check
        Called at each step.
    """
    potential.check(atoms)
    if options is None:
        return {"status": "evaluated", "energy": potential.energy(atoms)}, None

    def run() -> Relaxation:
        return relax_to_file(
            atoms, place, potential, resume=True, progress=lambda *_: check(), **options
        )

    try:
        done = run()
    except (InvalidInput, OutputExists):  # what an interruption left is damaged
        for path in (place, Path(f"{place}.checkpoint.json")):
            path.unlink(missing_ok=True)
        done = run()
    row: Row = {
        "status": "relaxed" if done.converged else "not converged",
        "energy": done.energy_after,
        "energy_before": done.energy_before,
        "steps": done.steps,
        "largest_force": done.largest_force_after,
        "movement": max((row.largest for row in done.movements), default=0.0),
        "coordination_changed": len(done.comparison.changed_atoms),
    }
    return row, done.atoms


class References:
    """Energies of slabs and crystals of a campaign, each computed once.

    Parameters
    ----------
    folder
        Of the campaign.
    potential
        The potential.
    options
        Of the relaxation; None evaluates.
    check
        Called at each step.
    """

    def __init__(
        self, folder: Path, potential: Potential, options: dict[str, Any] | None, check: Check
    ) -> None:
        self.store = Store(folder, "references")
        self.store.working = folder / "references"
        self.claims, self.potential, self.check = folder / "claims", potential, check
        self.options = None if options is None else {**options, "freeze": (), "cell": "none"}

    def of(self, atoms: Atoms) -> Row:
        """Return the result for a structure, relaxed as the candidates are.

        Parameters
        ----------
        atoms
            The structure.
        """
        key = key_of([_digest(atoms), self.potential.method, self.options])

        def compute() -> tuple[Row, Atoms | None]:
            self.potential.check(atoms)
            fixed = _frozen_atoms(atoms, ())
            if self.options is None or len(fixed) == len(atoms):
                return {"energy": self.potential.energy(atoms), "converged": True}, atoms
            done = relax(atoms, self.potential, progress=lambda *_: self.check(), **self.options)
            return {"energy": done.energy_after, "converged": done.converged}, done.atoms

        return self._once(key, compute)

    def also_by(self, row: Row, second: Potential) -> float:
        """Energy of the same structure, as it is now, by another potential.

        Parameters
        ----------
        row
            Result of :meth:`of`.
        second
            The other potential.
        """
        key = key_of([row["key"], second.method])
        model = self.store.model(row["key"])
        return float(self._once(key, lambda: ({"energy": second.energy(model)}, None))["energy"])

    def _once(self, key: str, compute: Callable[[], tuple[Row, Atoms | None]]) -> Row:
        """Look for a result, wait for it, or compute it."""
        while (row := self.store.row(key)) is None:
            with claimed(self.claims, f"reference-{key}") as claim:
                if claim is not None and self.store.row(key) is None:
                    found, model = compute()
                    self.store.add({"key": key, **found}, model)
                    continue
            self.check()
            time.sleep(0.1)
        return row


def _digest(atoms: Atoms) -> str:
    """Hash of what the energy of a structure follows from."""
    frozen = [c.index.tolist() for c in atoms.constraints if isinstance(c, FixAtoms)]
    parts = [np.round(part, 6) + 0.0 for part in (atoms.positions, atoms.cell.array)]
    rest = f"{atoms.numbers.tolist()} {atoms.pbc.tolist()} {frozen}".encode()
    return hashlib.sha256(b"".join([*(part.tobytes() for part in parts), rest])).hexdigest()


def scored(
    options: dict[str, Any],
    job_relax: dict[str, Any] | None,
    model: Atoms,
    before: Row,
    references: References,
) -> Row:
    """Judge an interface by its slabs and its crystals.

    Parameters
    ----------
    options
        Options of the interface.
    job_relax
        Options of its relaxation.
    model
        The interface.
    before
        Its energy and area.
    references
        Of the campaign.
    """
    if (job_relax or {}).get("cell", "none") != "none":
        return {"note": "no adhesion: the cell relaxes, that of the slabs would not be the same"}
    try:
        return _compared(options, job_relax or {}, model, before, references)
    except IonsmithError as error:  # the energy of the candidate stands
        return {"note": f"no adhesion: {error}"}


def _compared(
    options: dict[str, Any],
    job_relax: dict[str, Any],
    model: Atoms,
    before: Row,
    references: References,
) -> Row:
    """Adhesion, energy of the interface and of the strain."""
    sides = parts_of(options)
    area = before["area"]
    faces = 2 if model.pbc[2] else 1
    fixed = _frozen_atoms(model, job_relax.get("freeze", ()))
    first = np.cumsum([0, *(len(side.slab) for side in sides)])
    apart, surfaces, strain = 0.0, 0.0, 0.0
    notes, rough, keys = [], False, []
    for side, start in zip(sides, first.tolist(), strict=False):
        own = fixed[(fixed >= start) & (fixed < start + len(side.slab))] - start
        slab = references.of(_alone(side.slab, own))
        crystal = references.of(side.crystal)
        apart += slab["energy"]
        rough |= not (slab["converged"] and crystal["converged"])
        keys.append(slab["key"])
        if side.strained:
            strain += slab["energy"] - references.of(_alone(side.unstrained, own))["energy"]
        if side.difference:
            notes.append(f"no interface energy: {side.name} has an {side.difference}")
        else:
            units = len(side.slab) / len(side.crystal)
            surfaces += (slab["energy"] - units * crystal["energy"]) / (2 * area)
    unit = J / m**2
    adhesion = (apart - before["energy"]) / (faces * area)
    row: Row = {"adhesion": adhesion / unit, "strain_energy": strain / area / unit, "slabs": keys}
    if not notes:
        row["interface_energy"] = (surfaces - adhesion) / unit
    if rough:
        notes.append("slabs or crystals alone are not converged")
    return {**row, "note": "; ".join(notes)} if notes else row


def second_opinion(atoms: Atoms, before: Row, potential: Potential, references: References) -> Row:
    """Energy of a model by a second potential, and the adhesion that it gives.

    Parameters
    ----------
    atoms
        The model as the first potential left it.
    before
        Results of the earlier stages.
    potential
        The second potential.
    references
        Of the campaign, by the first potential.
    """
    potential.check(atoms)
    row: Row = {"second_energy": potential.energy(atoms)}
    if "slabs" not in before:
        return row
    apart = sum(references.also_by({"key": key}, potential) for key in before["slabs"])
    faces = 2 if atoms.pbc[2] else 1
    row["second_adhesion"] = (apart - row["second_energy"]) / (faces * before["area"]) / (J / m**2)
    return row


def _frozen_atoms(model: Atoms, freeze: Any) -> NDArray[np.int64]:
    """Atoms that do not move."""
    held = [c.index for c in model.constraints if isinstance(c, FixAtoms)]
    return np.unique(np.concatenate([select_atoms(model, freeze), *held]).astype(np.int64))


def _alone(slab: Atoms, fixed: NDArray[np.int64]) -> Atoms:
    """A slab with vacuum and what of it is frozen."""
    height = float(np.ptp(slab.positions[:, 2])) + VACUUM
    cell = [*slab.cell.array[:2], (0, 0, height)]
    atoms = Atoms(slab.numbers, slab.positions, cell=cell, pbc=(True, True, False))
    atoms.positions[:, 2] += VACUUM / 2 - atoms.positions[:, 2].min()
    if len(fixed):
        atoms.set_constraint(FixAtoms(fixed))
    return atoms
