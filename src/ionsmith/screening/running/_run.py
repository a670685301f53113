"""Running a campaign: pieces handed to any executor of :mod:`concurrent.futures`.

An executor only hands out work; what is done and what is not, the folder says. So a run may be
killed and begun again, and several runs may work on one campaign.
"""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
)
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ionsmith.choices import checked
from ionsmith.errors import (
    ExternalProgramFailed,
    InvalidInput,
    IonsmithError,
    reason_of,
)
from ionsmith.potentials import Device
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._claims import LEASE, claimed, held, this_process
from ionsmith.screening._store import Store
from ionsmith.screening.running._executors import QUEUES, executor_of
from ionsmith.screening.running._piece import GRACE, Limits, is_finished, work_on
from ionsmith.screening.running._status import Status, status_of

MARGIN = 60.0
"""Seconds before the end of a job of a queue at which its work stops."""

MOST_FAILURES = 3
"""Times that a piece fails without a trace of work before the executor is given up."""

STALL = 3600.0
"""Seconds without progress after which a candidate counts as hung."""

WAIT = 0.5
"""Seconds between two looks at pieces that others work on."""

Progress = Callable[[int, int], None]
"""Called with the number of finished pieces and of all."""


@checked
def run_campaign(
    campaign: Campaign,
    *,
    executor: str | Executor = "local",
    workers: int | None = None,
    partition: str | None = None,
    worker: tuple[int, int] | None = None,
    walltime: float | None = None,
    retry: bool = False,
    threads: int = 1,
    device: Device = "cpu",
    lease: float = LEASE,
    stall: float = STALL,
    progress: Progress | None = None,
) -> Status:
    """Work on a campaign until it is finished or the time is over.

    Parameters
    ----------
    campaign
        The campaign.
    executor
        ``"local"`` for processes of this machine, ``"slurm"`` or ``"flux"`` for a job of the queue
        for each piece (executorlib), ``"MODULE:OBJECT"`` of a function without arguments that makes
        an executor, or an executor.
    workers
        Processes of ``"local"``; by default as many as there are cores for this process.
    partition
        Partition of SLURM; by default that of the cluster.
    worker
        Number i of n workers, from 1: work in one process, beginning with every n-th piece and then
        helping with what is left. For the job array of a queue.
    walltime
        Seconds after which the work stops, with the state of what is not finished saved; with a
        queue, those of each job.
    retry
        Whether what failed is tried again.
    threads
        Threads of a machine-learned potential in each process.
    device
        Where a machine-learned potential runs.
    lease
        Seconds without a sign of life after which the work of others is taken over.
    stall
        Seconds without progress (a step of a relaxation, an energy, a model) after which a
        candidate counts as hung, and fails.
    progress
        Called when pieces are finished.

    Returns
    -------
    Status
        What is finished by then.

    Raises
    ------
    InvalidInput
        If the executor is not known, numbers are out of range, or a potential is not the one that
        was planned.
    MissingExtra
        If its module cannot be imported.
    ExternalProgramFailed
        If it does not get the work done.
    """
    queued = isinstance(executor, str) and executor in QUEUES and worker is None
    if partition is not None and executor != "slurm":
        raise InvalidInput("`partition` is for the executor slurm")
    if workers is not None and workers < 1:
        raise InvalidInput(f"`workers` is {workers}; at least 1 was expected")
    for name, value in (("lease", lease), ("stall", stall), ("walltime", walltime)):
        if value is not None and not value >= (0 if name == "walltime" else 0.1):
            raise InvalidInput(f"`{name}` is {value:g} s; a longer time was expected")
    until = None if walltime is None or queued else time.time() + walltime
    seconds = max(walltime - MARGIN, walltime / 2) if queued and walltime is not None else None
    i, n = worker or (1, 1)
    if not 1 <= i <= n:
        raise InvalidInput(f"worker {i}/{n}: expected a number from 1 to {n}")
    if worker is not None:
        executor, workers = "local", 1
    for piece in list(campaign.pieces)[i - 1 :: n]:
        _mend(campaign.folder, piece, lease, retry=retry)
    with _stopping(campaign.folder) as stop:
        limits = Limits(
            stop.absolute(), lease, stall, until, seconds, threads, device, this_process()
        )
        with executor_of(executor, workers, campaign.folder, partition, walltime) as pool:
            try:
                while True:
                    _hand_out(campaign, pool, (i, n), limits, progress)
                    now = Campaign.open(campaign.folder)
                    same = (now.job, now.candidates) == (campaign.job, campaign.candidates)
                    campaign = now
                    if same or limits.over:
                        break
            except BaseException:
                stop.touch()
                raise
    return status_of(campaign)


def _mend(folder: Path, piece: str, lease: float, *, retry: bool) -> None:
    """Leave out damaged results, and failed ones if asked, so that they are computed again."""
    store = Store(folder, piece)
    if store.is_sound(failed=retry):
        return
    with claimed(folder / "claims", piece, lease) as claim:
        if claim is not None:
            store.mend(failed=retry)


def _hand_out(
    campaign: Campaign,
    pool: Executor,
    share: tuple[int, int],
    limits: Limits,
    progress: Progress | None,
) -> None:
    """Hand the pieces that nobody works on to an executor, until all are finished."""
    folder = campaign.folder.absolute()
    order = _order(campaign, share)
    done = {name for name in order if is_finished(campaign, name)}
    futures: dict[Future[str], str] = {}
    marks: dict[str, tuple[int, int]] = {}
    over = 0.0
    while len(done) < len(order) or futures:
        if limits.over:
            over = over or time.monotonic()
            for future in futures:
                future.cancel()
            if not futures or time.monotonic() - over > 2 * GRACE:
                return
        else:
            others = set(order) - done - set(futures.values())
            done |= {name for name in others if is_finished(campaign, name)}
            free = others - done - held(folder / "claims", limits.lease)
            for name in order:
                if name in free:
                    futures[_submitted(pool, str(folder), name, limits)] = name
        finished = wait_for(futures, WAIT, FIRST_COMPLETED)[0] if futures else set()
        if not finished:
            time.sleep(0 if futures else WAIT)
        for future in finished:
            name = futures.pop(future)
            try:
                outcome = future.result()
            except (IonsmithError, InterruptedError):
                raise
            except CancelledError:
                continue
            except Exception as error:  # a worker that died, a job that was cancelled
                if not over:
                    _check_failures(folder, name, marks, error)
                continue
            if outcome in ("finished", "gone"):
                done.add(name)
            if outcome == "finished" and progress is not None:
                progress(len(done), len(order))


def _submitted(pool: Executor, folder: str, piece: str, limits: Limits) -> "Future[str]":
    """Hand out a piece."""
    try:
        return pool.submit(work_on, folder, piece, limits)
    except Exception as error:
        raise ExternalProgramFailed(
            f"the executor takes no work: {reason_of(error)}; run the campaign again"
        ) from error


def _order(campaign: Campaign, share: tuple[int, int]) -> list[str]:
    """The pieces in the order of worker i of n."""
    names, (i, n) = list(campaign.pieces), share
    return [name for first in range(n) for name in names[(first + i - 1) % n :: n]]


def _check_failures(
    folder: Path, piece: str, marks: dict[str, tuple[int, int]], error: Exception
) -> None:
    """Give an executor up that fails repeatedly at a piece on which no work is seen."""
    mark = 0
    with suppress(OSError):
        mark = sum(entry.stat().st_size for entry in os.scandir(folder / "working" / piece))
    before, failures = marks.get(piece, (-1, 0))
    marks[piece] = mark, failures + 1 if mark == before else 1
    if marks[piece][1] == MOST_FAILURES:
        reason = f"{reason_of(error)}; is there enough memory?"
        raise ExternalProgramFailed(f"the executor fails: {reason}") from error


@contextmanager
def _stopping(folder: Path) -> Iterator[Path]:
    """A file whose appearance stops the workers: made when this process is told to end."""
    stop = folder / "claims" / f".stop-{uuid.uuid4().hex}"

    def on_signal(number: int, _: Any) -> None:
        if told and number == signal.SIGINT:
            os._exit(130)
        told.append(number)
        with suppress(OSError):
            stop.touch()

    told: list[int] = []
    before: dict[int, Any] = {}
    with suppress(ValueError):  # not in the main thread: whoever has it decides
        before = {
            number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
        }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.unlink(missing_ok=True)
    if told:
        raise KeyboardInterrupt
