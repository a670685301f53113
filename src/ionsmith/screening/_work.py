"""The work on one piece of a campaign: build, relax, judge, each once."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ase import Atoms

from ionsmith.errors import reason_of
from ionsmith.potentials import Potential, load_potential
from ionsmith.screening._campaign import JOB, Campaign
from ionsmith.screening._candidates import Candidate, key_of, located
from ionsmith.screening._claims import Claim, claimed
from ionsmith.screening._interface import starts_of
from ionsmith.screening._stages import (
    References,
    built,
    relaxed,
    scanned,
    scored,
    second_opinion,
)
from ionsmith.screening._store import Row, Store, header_of

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
    known: Row = {}
    model = ""
    for stage, key in campaign.stages(candidate).items():
        row = store.row(key) or _inherited(campaign, key, store)
        if row is None:
            row = _done(campaign, candidate, stage, key, (known, model), store, check)
        if row["status"] == "failed":
            return
        known |= row
        model = key if row.get("model") else model


def _done(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: tuple[Row, str],
    store: Store,
    check: Callable[[], None],
) -> Row:
    """Do one stage, and keep its result; before are earlier results and the key of their model."""
    job, model = campaign.job, None
    if store.tries(key) >= MOST_TRIES:
        return store.add(_failed(key, stage, f"its worker died {MOST_TRIES} times"))
    try:
        options = located({**job.options, **candidate.varied}, campaign.folder)
        if stage == "build":
            row, model = built(job.build, options)
        elif (count := before[0]["n_atoms"]) > job.most_atoms:
            row = {"status": "failed", "reason": f"{count} atoms, `most_atoms` is {job.most_atoms}"}
        else:
            row, model = _judged(campaign, stage, options, before, store, key, check)
    except Stopped:
        store.forget_try(key)
        raise
    except Exception as error:  # a candidate never stops the others
        row, model = _failed(key, stage, reason_of(error)), None
    check()
    return store.add({"key": key, "stage": stage, **row}, model)


def _judged(
    campaign: Campaign,
    stage: str,
    options: dict[str, Any],
    before: tuple[Row, str],
    store: Store,
    key: str,
    check: Callable[[], None],
) -> tuple[Row, Atoms | None]:
    """Do a stage that needs a potential."""
    job, known, atoms = campaign.job, before[0], store.model(before[1])
    potential = _potential(job.potential, threading.get_ident())
    if stage == "scan":
        assert job.scan is not None
        starts = starts_of(options, atoms, job.scan.get("grid"))
        return scanned(starts, potential, job.scan, check)
    if stage == "relax":
        return relaxed(atoms, potential, job.relax, store.working / f"{key}.relaxing.extxyz", check)
    references = References(campaign.folder, potential, job.relax, check)
    if stage == "score":
        row = scored(options, job.relax, atoms, known, references)
    else:
        second = _potential(job.second_potential, threading.get_ident())
        row = second_opinion(atoms, known, second, references)
    return {"status": known["status"], **row}, None


def _failed(key: str, stage: str, reason: str) -> Row:
    """Result of a stage that failed."""
    return {"key": key, "stage": stage, "status": "failed", "reason": reason}


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
