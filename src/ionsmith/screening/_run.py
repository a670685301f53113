"""Running a campaign: pieces handed to any executor of :mod:`concurrent.futures`.

An executor only hands out work; what is done and what is not, the folder says. So a run may be
killed and begun again, and several runs may work on one campaign.
"""

import multiprocessing
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ionsmith.errors import (
    ExternalProgramFailed,
    InvalidInput,
    IonsmithError,
    MissingExtra,
    reason_of,
)
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._claims import LEASE
from ionsmith.screening._status import Status, status_of
from ionsmith.screening._work import is_finished, work_on

QUEUES = {"slurm": "SlurmClusterExecutor", "flux": "FluxClusterExecutor"}
"""Executors of executorlib that submit a job for each piece."""

MARGIN = 60.0
"""Seconds before the end of a job of a queue at which its work stops."""

MOST_FAILURES = 3
"""Rounds without progress in which everything that was handed out failed."""

WAIT = 0.5
"""Seconds between two looks at pieces that others work on."""

Progress = Callable[[int, int], None]
"""Called with the number of finished pieces and of all."""


def run_campaign(
    campaign: Campaign,
    *,
    executor: str | Executor = "local",
    workers: int | None = None,
    partition: str | None = None,
    worker: tuple[int, int] | None = None,
    walltime: float | None = None,
    lease: float = LEASE,
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
        Processes of ``"local"``; by default as many as there are cores.
    partition
        Partition of SLURM; by default that of the cluster.
    worker
        Number i of n workers, from 1: work in this process, without an executor, beginning with
        every n-th piece and then helping with what is left. For the job array of a queue.
    walltime
        Seconds after which the work stops, with the state of what is not finished saved; with a
        queue, those of each job.
    lease
        Seconds without a sign of life after which the work of others is taken over.
    progress
        Called when pieces are finished.

    Returns
    -------
    Status
        What is finished by then.

    Raises
    ------
    InvalidInput
        If the executor is not known, or numbers are out of range.
    MissingExtra
        If its module cannot be imported.
    ExternalProgramFailed
        If it does not get the work done.
    """
    queued = isinstance(executor, str) and executor in QUEUES and worker is None
    if partition is not None and executor != "slurm":
        raise InvalidInput("`partition` is for the executor slurm")
    until = None if walltime is None or queued else time.time() + walltime
    names = list(campaign.pieces)
    with _stopping(campaign.folder) as stop:
        limits: dict[str, Any] = {"until": until, "stop": str(stop.absolute()), "lease": lease}
        if worker is not None:
            i, n = worker
            if not 1 <= i <= n:
                raise InvalidInput(f"worker {i}/{n}: expected a number from 1 to {n}")
            order = [name for first in range(n) for name in names[(first + i - 1) % n :: n]]
            _work_here(campaign, order, limits, progress)
        else:
            if queued and walltime is not None:
                limits["seconds"] = max(walltime - MARGIN, walltime / 2)
            make = partial(_executor, executor, workers, campaign.folder, partition, walltime)
            _hand_out(campaign, make, limits, progress)
    return status_of(campaign)


def _work_here(
    campaign: Campaign, order: list[str], limits: dict[str, Any], progress: Progress | None
) -> None:
    """Work on the pieces one after the other, until others hold or have finished the rest."""
    while left := [name for name in order if not is_finished(campaign, name)]:
        held = 0
        for name in left:
            outcome = work_on(str(campaign.folder), name, **limits)
            if outcome == "stopped" and _is_over(limits):
                return
            held += outcome != "finished"
            if progress is not None and outcome == "finished":
                progress(sum(is_finished(campaign, name) for name in order), len(order))
        if held == len(left):
            time.sleep(WAIT)
        if _is_over(limits):
            return


def _hand_out(
    campaign: Campaign,
    make: Callable[[], AbstractContextManager[Executor]],
    limits: dict[str, Any],
    progress: Progress | None,
) -> None:
    """Hand the pieces to an executor, again if workers died, until all are finished."""
    names, folder = list(campaign.pieces), str(campaign.folder.absolute())
    failures = 0
    done = {name for name in names if is_finished(campaign, name)}
    while len(done) < len(names) and not _is_over(limits):
        left = [name for name in names if name not in done]
        before = len(done)
        error: Exception | None = None
        with make() as pool:
            futures = {}
            with suppress(BrokenProcessPool):
                for name in left:
                    futures[pool.submit(work_on, folder, name, **limits)] = name
            for future in as_completed(futures):
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    continue
                except IonsmithError:
                    raise
                except Exception as problem:  # a job that was cancelled, or ran out of memory
                    error = problem
                    continue
                if outcome == "finished":
                    done.add(futures[future])
                    if progress is not None:
                        progress(len(done), len(names))
        done |= {name for name in left if is_finished(campaign, name)}
        failures = failures + 1 if error is not None and len(done) == before else 0
        if error is not None and failures == MOST_FAILURES:
            raise ExternalProgramFailed(f"the executor fails: {reason_of(error)}") from error
        if len(done) == before:
            time.sleep(WAIT)


@contextmanager
def _executor(
    executor: str | Executor,
    workers: int | None,
    folder: Path,
    partition: str | None,
    walltime: float | None,
) -> Iterator[Executor]:
    """An executor; one that the caller made stays open."""
    if isinstance(executor, Executor):
        yield executor
        return
    if executor == "local":
        if workers is not None and workers < 1:
            raise InvalidInput(f"`workers` is {workers}; at least 1 was expected")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers or os.cpu_count(), context, _end_with_parent) as pool:
            yield pool
        return
    if executor in QUEUES:
        with _queue(executor, folder, partition, walltime) as pool:
            yield pool
        return
    module, _, name = executor.partition(":")
    if not name:
        raise InvalidInput(
            f"`executor` is {executor!r}; expected local, slurm, flux, or MODULE:OBJECT of a "
            "function that makes an executor of concurrent.futures"
        )
    try:
        make = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MissingExtra(f"{executor}: {error}") from error
    with make() as pool:
        yield pool


@contextmanager
def _queue(
    queue: str, folder: Path, partition: str | None, walltime: float | None
) -> Iterator[Executor]:
    """An executor that submits a job of one core for each piece."""
    try:
        import executorlib
        import pysqa  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            f"the executor {queue} needs executorlib: pip install 'ionsmith[cluster]'"
        ) from error
    resources: dict[str, Any] = {"cores": 1}
    if queue == "slurm":
        resources["partition"] = partition or _usual_partition()
    if walltime is not None:
        resources["run_time_max"] = int(walltime)
    place = folder.absolute() / "working" / f"queue-{uuid.uuid4().hex[:8]}"
    kind = getattr(executorlib, QUEUES[queue])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does not know the partition
        pool = kind(cache_directory=str(place), resource_dict=resources, refresh_rate=WAIT)
    try:
        with pool:
            yield pool
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _usual_partition() -> str:
    """The default partition of SLURM, which executorlib does not find by itself."""
    try:
        words = subprocess.run(
            ["sinfo", "--noheader", "--format", "%P"], capture_output=True, text=True, check=True
        ).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingExtra("there is no SLURM here (sinfo fails)") from error
    usual = [word.rstrip("*") for word in words if word.endswith("*")]
    if not usual:
        raise InvalidInput(f"SLURM has no default partition; set `partition`: {', '.join(words)}")
    return usual[0]


def _end_with_parent() -> None:
    """End this process when the one that began it has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_over(limits: dict[str, Any]) -> bool:
    """Whether the work was told to stop, or its time is over."""
    late = limits["until"] is not None and time.time() > limits["until"]
    return late or Path(limits["stop"]).exists()


@contextmanager
def _stopping(folder: Path) -> Iterator[Path]:
    """A file whose appearance stops the workers: made when this process is told to end."""
    stop = folder / "claims" / f".stop-{uuid.uuid4().hex}"

    def on_signal(number: int, _: Any) -> None:
        told.append(number)
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
