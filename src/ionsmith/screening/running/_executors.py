"""Executors: processes of this machine, jobs of a queue, or what a function makes."""

import multiprocessing
import os
import queue
import shutil
import signal
import subprocess
import threading
import uuid
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ionsmith.errors import ExternalProgramFailed, InvalidInput, MissingExtra, reason_of

QUEUES = {"slurm": "SlurmClusterExecutor", "flux": "FluxClusterExecutor"}
"""Executors of executorlib that submit a job for each piece."""

REFRESH = 0.5
"""Seconds between two looks at the jobs of a queue."""


@contextmanager
def executor_of(
    executor: str | Executor,
    workers: int | None,
    folder: Path,
    partition: str | None,
    walltime: float | None,
) -> Iterator[Executor]:
    """An executor; one that the caller made stays open.

    Parameters
    ----------
    executor, workers
        As for :func:`run_campaign`.
    folder
        Of the campaign.
    partition, walltime
        As for :func:`run_campaign`.
    """
    if isinstance(executor, Executor):
        yield executor
        return
    if executor == "local":
        with Processes(workers or _cores()) as processes:
            yield processes
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
    try:
        pool = make()
    except Exception as error:
        raise ExternalProgramFailed(f"{executor} fails: {reason_of(error)}") from error
    if not hasattr(pool, "submit") or not hasattr(pool, "__enter__"):
        raise InvalidInput(f"{executor} makes a {type(pool).__name__}, which is no executor")
    with pool:
        yield pool


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
        pool = kind(cache_directory=str(place), resource_dict=resources, refresh_rate=REFRESH)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
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


class Processes(Executor):
    """Processes of this machine; one that dies takes nothing with it but what it had in work.

    Parameters
    ----------
    count
        Number of processes.
    """

    def __init__(self, count: int) -> None:
        self._tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lanes = [threading.Thread(target=self._lane, daemon=True) for _ in range(count)]
        for lane in self._lanes:
            lane.start()

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand out a call.

        Parameters
        ----------
        function
            A function that can be imported.
        *args, **kwargs
            Its arguments.
        """
        future: Future[Any] = Future()
        self._tasks.put((future, function, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when their calls have ended.

        Parameters
        ----------
        wait
            Whether to wait for this.
        cancel_futures
            Whether calls that have not begun are left out.
        """
        for _ in self._lanes:
            self._tasks.put(None)
        for lane in self._lanes if wait else []:
            lane.join()

    def _lane(self) -> None:
        """Work with one process, which is replaced when it dies."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, context, _begin)
        while (task := self._tasks.get()) is not None:
            future, function, args, kwargs = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(pool.submit(function, *args, **kwargs).result())
            except BaseException as error:
                if isinstance(error, BrokenProcessPool):
                    pool.shutdown()
                    pool = ProcessPoolExecutor(1, context, _begin)
                future.set_exception(error)
        pool.shutdown()


def _begin() -> None:
    """Prepare a process: it ends with the one that began it, and leaves signals to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # what potentials print is not part of the document
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
