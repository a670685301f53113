"""The stages of a candidate: build, relax, judge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import J, m

from ionsmith.errors import InvalidInput, OutputExists
from ionsmith.potentials import Potential
from ionsmith.screening._builders import builder
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._candidates import Candidate, located
from ionsmith.screening._store import Row, Store
from ionsmith.simulation.relaxing import Relaxation, relax_to_file


def stage_of(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: Row | None,
    store: Store,
    potential: Potential | None,
    check: Callable[[], None],
) -> tuple[Row, Atoms | None]:
    """Do one stage of a candidate; what it raises makes the candidate fail.

    Parameters
    ----------
    campaign
        The campaign.
    candidate
        The candidate.
    stage
        Name of the stage.
    key
        Its key.
    before
        Result of the stage before.
    store
        Where its model is.
    potential
        Potential of the stage.
    check
        Called at each step of a longer work.
    """
    job = campaign.job
    if stage == "build":
        return _built(job.build, located({**job.options, **candidate.varied}, campaign.folder))
    assert before is not None
    assert potential is not None
    atoms = store.model(before["key"])
    if stage == "second":
        return {"status": before["status"], "second_energy": potential.energy(atoms)}, None
    if len(atoms) > job.most_atoms:
        raise InvalidInput(f"{len(atoms)} atoms, `most_atoms` is {job.most_atoms}")
    return _relaxed(atoms, potential, job.relax, store.relaxing(key), check)


def _built(name: str, options: dict[str, Any]) -> tuple[Row, Atoms]:
    """Build a model, and take from its result what a table shows."""
    result = builder(name)(**options)
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


def _relaxed(
    atoms: Atoms,
    potential: Potential,
    options: dict[str, Any] | None,
    place: Path,
    check: Callable[[], None],
) -> tuple[Row, Atoms | None]:
    """Relax a model, or only evaluate it, and judge it."""
    potential.check(atoms)
    if options is None:
        energy = potential.energy(atoms)
        row: Row = {"status": "evaluated", "energy": energy}
        return {**row, **_adhesion(atoms, energy, potential)}, None

    def run() -> Relaxation:
        return relax_to_file(
            atoms, place, potential, resume=True, progress=lambda *_: check(), **options
        )

    try:
        relaxed = run()
    except (InvalidInput, OutputExists):  # what an interruption left is damaged
        for path in (place, Path(f"{place}.checkpoint.json")):
            path.unlink(missing_ok=True)
        relaxed = run()
    row = {
        "status": "relaxed" if relaxed.converged else "not converged",
        "energy": relaxed.energy_after,
        "energy_before": relaxed.energy_before,
        "steps": relaxed.steps,
        "largest_force": relaxed.largest_force_after,
        "movement": max((row.largest for row in relaxed.movements), default=0.0),
        "coordination_changed": len(relaxed.comparison.changed_atoms),
    }
    return {**row, **_adhesion(relaxed.atoms, relaxed.energy_after, potential)}, relaxed.atoms


def _adhesion(atoms: Atoms, energy: float, potential: Potential) -> Row:
    """Work in J/m² to separate the two sides of an interface, each left as it is."""
    if "side" not in atoms.arrays:
        return {}
    side = atoms.arrays["side"]
    parts = [atoms[side == number] for number in np.unique(side)]
    if len(parts) != 2:
        return {}
    apart = sum(potential.energy(part) for part in parts)
    area = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    faces = 2 if atoms.pbc[2] else 1
    return {"adhesion": (apart - energy) / (faces * area) / (J / m**2)}
