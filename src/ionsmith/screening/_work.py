"""The work on one piece of a campaign: build, relax, judge, each once."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ase import Atoms
from ase.units import J, m

from ionsmith.errors import reason_of
from ionsmith.potentials import Potential, load_potential
from ionsmith.screening._builders import builder
from ionsmith.screening._campaign import JOB, Campaign
from ionsmith.screening._candidates import Candidate, key_of, located
from ionsmith.screening._claims import Claim, claimed
from ionsmith.screening._store import Row, Store, header_of
from ionsmith.simulation.relaxing import relax_to_file

MOST_TRIES = 5
"""Times that a candidate is begun and not ended before it counts as one that kills its worker."""

Outcome = Literal["finished", "held", "stopped"]


class Stopped(BaseException):
    """The work is to stop: the time is over, or the one who asked for it has gone."""


def work_on(
    folder: str,
    piece: str,
    *,
    until: float | None = None,
    seconds: float | None = None,
    stop: str | None = None,
    lease: float,
) -> Outcome:
    """Finish a piece of a campaign, unless somebody else works on it.

    Parameters
    ----------
    folder
        Of the campaign.
    piece
        Name of the piece.
    until
        Time (of :func:`time.time`) at which the work stops and the claim is given back.
    seconds
        The same from now on, for a job that waited in a queue.
    stop
        File whose appearance stops the work.
    lease
        Seconds after which a claim without a sign of life counts for nothing.
    """
    campaign = _campaign(folder, (Path(folder) / JOB).stat().st_mtime_ns)
    candidates = campaign.pieces[piece]
    if is_finished(campaign, piece):
        return "finished"
    with claimed(campaign.folder / "claims", piece, lease) as claim:
        if claim is None:
            return "held"
        if is_finished(campaign, piece):
            return "finished"
        if seconds is not None:
            until = min(time.time() + seconds, until or np.inf)
        check = _checking(claim, until, None if stop is None else Path(stop))
        store = Store(campaign.folder, piece)
        try:
            for candidate in candidates:
                check()
                _stages(campaign, candidate, store, check)
        except Stopped:
            return "stopped"
        keys = [key for candidate in candidates for key in campaign.stages(candidate).values()]
        statuses = [_last(campaign, candidate, store)["status"] for candidate in candidates]
        counts = {word: statuses.count(word) for word in sorted(set(statuses))}
        store.pack(keys, {"goal": _goal(campaign, piece), "counts": counts})
    return "finished"


def is_finished(campaign: Campaign, piece: str) -> bool:
    """Whether all results of a piece are there."""
    path = campaign.folder / "results" / f"{piece}.jsonl"
    return header_of(path).get("goal") == _goal(campaign, piece)


def _goal(campaign: Campaign, piece: str) -> str:
    """Key of all results of a piece."""
    return key_of([campaign.goal(candidate) for candidate in campaign.pieces[piece]])


def _last(campaign: Campaign, candidate: Candidate, store: Store) -> Row:
    """Result of the last stage of a candidate that was reached."""
    for key in reversed(campaign.stages(candidate).values()):
        if (row := store.row(key)) is not None:
            return row
    raise LookupError(candidate.key)


def _stages(
    campaign: Campaign, candidate: Candidate, store: Store, check: Callable[[], None]
) -> None:
    """Do what is missing of a candidate; a failure is a result, and ends it."""
    before: Row | None = None
    for stage, key in campaign.stages(candidate).items():
        row = store.row(key) or _inherited(campaign, key, store)
        if row is None:
            row = _done(campaign, candidate, stage, key, before, store, check)
        if row["status"] == "failed":
            return
        before = row


def _done(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: Row | None,
    store: Store,
    check: Callable[[], None],
) -> Row:
    """Do one stage, and keep its result."""
    job = campaign.job
    if store.tries(key) >= MOST_TRIES:
        return store.add(_failed(key, stage, f"its worker died {MOST_TRIES} times"))
    model: Atoms | None = None
    try:
        if stage == "build":
            options = located({**job.options, **candidate.varied}, campaign.folder)
            row, model = _built(job.build, options)
        else:
            assert before is not None
            atoms = store.model(before["key"])
            potential = _potential(
                job.potential if stage == "relax" else job.second_potential, threading.get_ident()
            )
            if stage == "second":
                row = {"status": before["status"], "second_energy": potential.energy(atoms)}
            elif len(atoms) > job.most_atoms:
                row = _failed(key, stage, f"{len(atoms)} atoms, `most_atoms` is {job.most_atoms}")
            else:
                row, model = _relaxed(atoms, potential, job.relax, store, key, check)
    except Stopped:
        store.forget_try(key)
        raise
    except Exception as error:  # a candidate never stops the others
        row, model = _failed(key, stage, reason_of(error)), None
    check()
    return store.add({"key": key, "stage": stage, **row}, model)


def _failed(key: str, stage: str, reason: str) -> Row:
    """Result of a stage that failed."""
    return {"key": key, "stage": stage, "status": "failed", "reason": reason}


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
    store: Store,
    key: str,
    check: Callable[[], None],
) -> tuple[Row, Atoms | None]:
    """Relax a model, or only evaluate it, and judge it."""
    potential.check(atoms)
    if options is None:
        energy = potential.energy(atoms)
        row: Row = {"status": "evaluated", "energy": energy}
        return {**row, **_adhesion(atoms, energy, potential)}, None
    place = store.working / f"{key}.relaxing.extxyz"
    state = Path(f"{place}.checkpoint.json")
    place.unlink(missing_ok=True)
    relaxed = relax_to_file(
        atoms, place, potential, checkpoint=state, resume=state.exists(),
        progress=lambda *_: check(), **options,
    )  # fmt: skip
    place.unlink(missing_ok=True)
    state.unlink(missing_ok=True)
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


def _inherited(campaign: Campaign, key: str, store: Store) -> Row | None:
    """A result of an earlier division into pieces, taken over."""
    found = _others(campaign).get(key)
    if found is None:
        return None
    other = Store(campaign.folder, found)
    row = other.row(key)
    return row if row is None else store.add(row, other.model(key) if row.get("model") else None)


@lru_cache(maxsize=1)
def _others(campaign: Campaign) -> dict[str, str]:
    """Keys of the results of pieces that the campaign no longer has, with their piece."""
    found: dict[str, str] = {}
    for path in sorted((campaign.folder / "results").glob("*.jsonl")):
        if path.stem not in campaign.pieces:
            found |= dict.fromkeys(Store(campaign.folder, path.stem).packed, path.stem)
    return found


def _checking(claim: Claim, until: float | None, stop: Path | None) -> Callable[[], None]:
    """A function that raises when the work is to stop."""

    def check() -> None:
        late = until is not None and time.time() > until
        if late or (stop is not None and stop.exists()) or not claim.holds:
            raise Stopped

    return check


@lru_cache(maxsize=16)
def _potential(name: str, thread: int) -> Potential:
    """A potential, loaded once in a thread: a calculator keeps what it computed last."""
    return load_potential(name)


@lru_cache(maxsize=2)
def _campaign(folder: str, planned: int) -> Campaign:
    """A campaign, read once in a process after it was planned."""
    return Campaign.open(folder)
