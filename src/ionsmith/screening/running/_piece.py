"""The work on one piece of a campaign: each stage of each candidate once, whatever happens.

What a candidate raises is its result, and so is what kills its worker or makes no progress; what
says nothing about the candidate ends the work: a full disk, another potential than was planned.
"""

import errno
import faulthandler
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Literal

import numpy as np
from ase import Atoms

from ionsmith.errors import InvalidInput, UnreadableFile, reason_of
from ionsmith.potentials import Device, Potential, load_potential
from ionsmith.screening._campaign import JOB, Campaign
from ionsmith.screening._candidates import Candidate, located
from ionsmith.screening._claims import Claim, claimed, this_process
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

GRACE = 30.0
"""Seconds that a worker has to stop when it is told to."""

OF_THE_MACHINE = {
    getattr(errno, name, None)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "ESTALE", "EMFILE", "ENFILE", "ENOMEM", "EFBIG")
}
"""Errors of the system that no candidate is to blame for."""

NOWHERE = os.open(os.devnull, os.O_WRONLY)

Outcome = Literal["finished", "held", "stopped", "gone"]


class Stopped(BaseException):
    """The work is to stop: the time is over, or the one who asked for it has gone."""


@dataclass(frozen=True)
class Limits:
    """When the work on a piece ends before it is finished, and on what it runs.

    Parameters
    ----------
    stop
        File whose appearance stops the work.
    lease
        Seconds after which a claim without a sign of life counts for nothing.
    stall
        Seconds without progress after which a candidate counts as hung.
    until
        Time (of :func:`time.time`) at which the work stops.
    seconds
        The same from the beginning on, for a job that waited in a queue.
    threads, device
        Of the potentials.
    driver
        Process that hands out the work, which is not ended by what it hands out.
    """

    stop: Path
    lease: float
    stall: float
    until: float | None = None
    seconds: float | None = None
    threads: int = 1
    device: Device = "cpu"
    driver: str = ""

    @property
    def over(self) -> bool:
        """Whether the work was told to stop, or its time is over."""
        return (self.until is not None and time.time() > self.until) or self.stop.exists()


def work_on(folder: str, piece: str, limits: Limits) -> Outcome:
    """Finish a piece of a campaign, unless somebody else works on it.

    Parameters
    ----------
    folder
        Of the campaign.
    piece
        Name of the piece.
    limits
        When the work ends otherwise.

    Raises
    ------
    InvalidInput
        If a potential is not the one that was planned.
    UnreadableFile
        If the folder cannot be written.
    """
    began = time.time()
    try:
        campaign = _campaign(folder, (Path(folder) / JOB).stat().st_mtime_ns)
        if piece not in campaign.pieces:  # the campaign was given another job
            return "gone"
        if is_finished(campaign, piece):
            return "finished"
        with claimed(campaign.folder / "claims", piece, limits.lease) as claim:
            if claim is None:
                return "held"
            if is_finished(campaign, piece):
                return "finished"
            (campaign.folder / "results").mkdir(exist_ok=True)
            potentials = _potentials(campaign, limits)
            with _watched(claim, limits, began) as watch:
                return _work(campaign, piece, potentials, watch)
    except OSError as error:
        if isinstance(error, UnreadableFile):
            raise
        name = error.filename or folder
        raise UnreadableFile(f"{name}: {error.strerror or reason_of(error)}") from error


def is_finished(campaign: Campaign, piece: str) -> bool:
    """Whether all results of a piece are there."""
    path = campaign.folder / "results" / f"{piece}.jsonl"
    return header_of(path).get("goal") == campaign.goal_of(piece)


class _Watch:
    """The watch over a worker: told of its progress, it says when to stop.

    Parameters
    ----------
    claim
        Claim of the piece.
    limits
        When the work ends.
    began
        When it began.
    """

    def __init__(self, claim: Claim, limits: Limits, began: float) -> None:
        self.claim, self.limits, self.began = claim, limits, began
        self.seen, self.looked = time.monotonic(), -np.inf
        self.told = False
        self.apart = limits.driver != this_process()
        self.hung: Callable[[], object] = lambda: None

    def __call__(self) -> None:
        """Note progress, and raise if the work is to stop."""
        self.seen = time.monotonic()
        if self.told or self.seen - self.looked > 1:
            self.looked = self.seen
            if self.over or not self.claim.holds:
                raise Stopped
            if self.apart:  # for what keeps all threads from running
                faulthandler.dump_traceback_later(2 * self.limits.stall, exit=True, file=NOWHERE)

    @property
    def over(self) -> bool:
        """Whether the work is to stop."""
        seconds = self.limits.seconds
        late = seconds is not None and time.time() > self.began + seconds
        return self.told or late or self.limits.over

    def tell(self, number: int, frame: FrameType | None) -> None:
        """Take a signal as the wish to stop."""
        self.told = True

    def keep(self, ended: threading.Event) -> None:
        """End this process if a candidate hangs, or does not stop when it is told to."""
        over = 0.0
        while not ended.wait(min(1.0, self.limits.stall / 4)):
            over = over or (time.monotonic() if self.over else 0.0)
            hung = time.monotonic() - self.seen > self.limits.stall
            if hung or (over and time.monotonic() - over > GRACE):
                with suppress(Exception):
                    if hung:
                        self.hung()
                    self.claim.release()
                os._exit(1)


@contextmanager
def _watched(claim: Claim, limits: Limits, began: float) -> Iterator[_Watch]:
    """Watch over the work, in a process that may end; SIGTERM stops it."""
    watch = _Watch(claim, limits, began)
    ended = threading.Event()
    main = watch.apart and threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, watch.tell) if main else None
    if watch.apart:
        threading.Thread(target=watch.keep, args=(ended,), daemon=True).start()
    try:
        yield watch
    finally:
        ended.set()
        if watch.apart:
            faulthandler.cancel_dump_traceback_later()
        if main:
            signal.signal(signal.SIGTERM, handler or signal.SIG_DFL)


def _potentials(campaign: Campaign, limits: Limits) -> list[Potential | None]:
    """Potential and second potential of a campaign, if they are those that were planned."""
    thread = threading.get_ident()
    potentials = [
        None if name is None else _potential(name, limits.threads, limits.device, thread)
        for name in (campaign.job.potential, campaign.job.second_potential)
    ]
    for planned, potential in zip(campaign.methods, potentials, strict=True):
        if potential is not None and potential.method != planned:
            raise InvalidInput(
                f"{campaign.folder} was planned with {planned}, and here is {potential.method}; "
                "install that one, or give the campaign its job again with screen plan and "
                "`force`, which repeats what was judged"
            )
    return potentials


def _work(
    campaign: Campaign, piece: str, potentials: list[Potential | None], watch: _Watch
) -> Outcome:
    """Do all that is missing of a piece, and pack it."""
    store = Store(campaign.folder, piece)
    last = []
    try:
        for candidate in campaign.pieces[piece]:
            watch()
            last.append(_stages(campaign, candidate, store, potentials, watch))
    except Stopped:
        return "stopped"
    if not watch.claim.holds:
        return "held"
    keys = [key for c in campaign.pieces[piece] for key in campaign.stages(c).values()]
    counts = {word: last.count(word) for word in sorted(set(last))}
    store.pack(keys, {"goal": campaign.goal_of(piece), "counts": counts})
    return "finished"


def _stages(
    campaign: Campaign,
    candidate: Candidate,
    store: Store,
    potentials: list[Potential | None],
    watch: _Watch,
) -> str:
    """Do what is missing of a candidate, whose status at the end is returned."""
    known: Row = {}
    model = ""
    for stage, key in campaign.stages(candidate).items():
        row = store.row(key) or _inherited(campaign, key, store)
        if row is None:
            before = known, model
            row = _done(campaign, candidate, stage, key, before, store, potentials, watch)
        if row["status"] == "failed":
            return "failed"
        known |= row
        model = key if row.get("model") else model
    return str(known["status"])


def _done(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: tuple[Row, str],
    store: Store,
    potentials: list[Potential | None],
    watch: _Watch,
) -> Row:
    """Do one stage, and keep its result; a failure is one too."""

    def failed(reason: str) -> Row:
        return store.add({"key": key, "stage": stage, "status": "failed", "reason": reason})

    if store.tries(key, _steps_of(store.relaxing(key))) >= MOST_TRIES:
        return failed(f"its worker died {MOST_TRIES} times")
    watch.hung = lambda: failed(f"no progress for {watch.limits.stall:g} s")
    model: Atoms | None = None
    try:
        row, model = _stage(campaign, candidate, stage, key, before, store, potentials, watch)
    except Stopped:
        store.forget_try(key)
        raise
    except (Exception, SystemExit) as error:  # a candidate never stops the others
        if _of_the_machine(error):
            store.forget_try(key)
            raise
        return failed(reason_of(error))
    return store.add({"key": key, "stage": stage, **row}, model)


def _stage(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: tuple[Row, str],
    store: Store,
    potentials: list[Potential | None],
    watch: _Watch,
) -> tuple[Row, Atoms | None]:
    """Do one stage of a candidate; what it raises makes the candidate fail."""
    job, (known, model) = campaign.job, before
    options = located({**job.options, **candidate.varied}, campaign.folder)
    if stage == "build":
        return built(job.build, options)
    if known["n_atoms"] > job.most_atoms:
        raise InvalidInput(f"{known['n_atoms']} atoms, `most_atoms` is {job.most_atoms}")
    atoms, (potential, second) = store.model(model), potentials
    assert potential is not None
    if stage == "scan":
        assert job.scan is not None
        return scanned(starts_of(options, atoms, job.scan.get("grid")), potential, job.scan, watch)
    if stage == "relax":
        return relaxed(atoms, potential, job.relax, store.relaxing(key), watch)
    references = References(campaign.folder, potential, job.relax, watch)
    if stage == "score":
        row = scored(options, job.relax, atoms, known, references)
    else:
        assert second is not None
        row = second_opinion(atoms, known, second, references)
    return {"status": known["status"], **row}, None


def _of_the_machine(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, says nothing about a candidate."""
    while error is not None:
        if isinstance(error, ImportError):  # what is not installed here
            return True
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            return True
        error = error.__cause__
    return False


def _steps_of(place: Path) -> int:
    """Steps of a relaxation that was interrupted."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return len(json.loads(Path(f"{place}.checkpoint.json").read_text())["energies"])
    return 0


def _inherited(campaign: Campaign, key: str, store: Store) -> Row | None:
    """A result of an earlier division into pieces, taken over."""
    found = _others(campaign).get(key)
    if found is None:
        return None
    other = Store(campaign.folder, found)
    row = other.row(key)
    with suppress(UnreadableFile):
        if row is not None:
            return store.add(row, other.model(key) if row.get("model") else None)
    return None


@lru_cache(maxsize=1)
def _others(campaign: Campaign) -> dict[str, str]:
    """Keys of the results of pieces that the campaign no longer has, with their piece."""
    found: dict[str, str] = {}
    for path in sorted((campaign.folder / "results").glob("*.jsonl")):
        if path.stem not in campaign.pieces:
            found |= dict.fromkeys(Store(campaign.folder, path.stem).packed, path.stem)
    return found


@lru_cache(maxsize=16)
def _potential(name: str, threads: int, device: Device, thread: int) -> Potential:
    """A potential, loaded once in a thread: a calculator keeps what it computed last."""
    return load_potential(name, threads=threads, device=device)


@lru_cache(maxsize=2)
def _campaign(folder: str, planned: int) -> Campaign:
    """A campaign, read once in a process after it was planned."""
    return Campaign.open(folder)
