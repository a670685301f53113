"""Running a campaign: pieces handed to any executor of :mod:`concurrent.futures`.

An executor only hands out work; what is done and what is not, the folder says. So a run may be
killed and begun again, and several runs may work on one campaign.
"""

import multiprocessing
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ionsmith.errors import InvalidInput, MissingExtra
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._claims import LEASE
from ionsmith.screening._status import Status, status_of
from ionsmith.screening._work import is_finished, work_on

WAIT = 0.5
"""Seconds between two looks at pieces that others work on."""

Progress = Callable[[int, int], None]
"""Called with the number of finished pieces and of all."""


def run_campaign(
    campaign: Campaign,
    *,
    executor: str | Executor = "local",
    workers: int | None = None,
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
        ``"local"`` for processes of this machine, ``"MODULE:OBJECT"`` of a function without
        arguments that makes an executor, or an executor.
    workers
        Processes of ``"local"``; by default as many as there are cores.
    worker
        Number i of n workers, from 1: work in this process, without an executor, beginning with
        every n-th piece and then helping with what is left. For the job array of a queue.
    walltime
        Seconds after which the work stops, with the state of what is not finished saved.
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
    """
    until = None if walltime is None else time.time() + walltime
    names = list(campaign.pieces)
    with _stopping(campaign.folder) as stop:
        limits = {"until": until, "stop": str(stop), "lease": lease}
        if worker is not None:
            i, n = worker
            if not 1 <= i <= n:
                raise InvalidInput(f"worker {i}/{n}: expected a number from 1 to {n}")
            order = [name for first in range(n) for name in names[(first + i - 1) % n :: n]]
            _work_here(campaign, order, limits, progress)
        else:
            _hand_out(campaign, executor, workers, limits, progress)
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
    executor: str | Executor,
    workers: int | None,
    limits: dict[str, Any],
    progress: Progress | None,
) -> None:
    """Hand the pieces to an executor, again if workers died, until all are finished."""
    names = list(campaign.pieces)
    done = {name for name in names if is_finished(campaign, name)}
    while len(done) < len(names) and not _is_over(limits):
        left = [name for name in names if name not in done]
        before = len(done)
        with _executor(executor, workers) as pool:
            futures = {}
            with suppress(BrokenProcessPool):
                for name in left:
                    futures[pool.submit(work_on, str(campaign.folder), name, **limits)] = name
            for future in as_completed(futures):
                with suppress(BrokenProcessPool):
                    if future.result() == "finished":
                        done.add(futures[future])
                        if progress is not None:
                            progress(len(done), len(names))
        if len(done) == before:
            time.sleep(WAIT)
        done |= {name for name in left if is_finished(campaign, name)}


@contextmanager
def _executor(executor: str | Executor, workers: int | None) -> Iterator[Executor]:
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
    module, _, name = executor.partition(":")
    if not name:
        raise InvalidInput(
            f"`executor` is {executor!r}; expected local, or MODULE:OBJECT of a function that "
            "makes an executor of concurrent.futures"
        )
    try:
        make = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MissingExtra(f"{executor}: {error}") from error
    with make() as pool:
        yield pool


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
