"""Claims: who works on a piece of a campaign, without a server or locks that the nodes share.

A claim is a race for a file name: ``PIECE.0`` is made new, which one worker alone can do, on NFS
too. Its owner touches it while it works. A claim that was not touched for the length of the lease
is passed over by making ``PIECE.1``, and so on: nothing is taken away from a file that somebody
else may be writing, and an owner that was only slow sees the later number and stops.
"""

import json
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

LEASE = 120.0
"""Seconds without a sign of life after which a claim is passed over."""


class Claim:
    """A claim that this process holds.

    Parameters
    ----------
    path
        File of the claim.
    number
        Generation of the claim.
    """

    def __init__(self, path: Path, number: int) -> None:
        self.path, self.number = path, number

    @property
    def holds(self) -> bool:
        """Whether nobody has passed over it."""
        stem = self.path.name.rpartition(".")[0]
        try:
            return self.path.exists() and _latest(self.path.parent, stem) == self.number
        except OSError:
            return False

    def release(self) -> None:
        """Give it back, and remove those that it passed over."""
        stem = self.path.name.rpartition(".")[0]
        for old in range(self.number + 1):
            with suppress(OSError):
                (self.path.parent / f"{stem}.{old}").unlink()


@contextmanager
def claimed(folder: Path, piece: str, lease: float = LEASE) -> Iterator[Claim | None]:
    """Hold the claim of a piece while working on it; None if somebody else holds it.

    Parameters
    ----------
    folder
        Where the claims are.
    piece
        Name of the piece.
    lease
        Seconds after which a claim without a sign of life counts for nothing.
    """
    folder.mkdir(exist_ok=True)
    number = _latest(folder, piece)
    if number >= 0 and _alive(folder / f"{piece}.{number}", lease, _now(folder)):
        yield None
        return
    claim = Claim(folder / f"{piece}.{number + 1}", number + 1)
    if not _make(claim.path):
        yield None
        return
    ended = threading.Event()
    watch = threading.Thread(target=_touch, args=(claim.path, lease / 4, ended), daemon=True)
    watch.start()
    try:
        yield claim
    finally:
        ended.set()
        watch.join()
        claim.release()


def held(folder: Path, lease: float = LEASE) -> set[str]:
    """Names of the pieces that somebody works on."""
    latest: dict[str, int] = {}
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if found := re.fullmatch(r"([^.]+)\.(\d+)", name):
                latest[found[1]] = max(latest.get(found[1], -1), int(found[2]))
    now = _now(folder) if latest else 0.0
    return {piece for piece, n in latest.items() if _alive(folder / f"{piece}.{n}", lease, now)}


def _latest(folder: Path, piece: str) -> int:
    """Number of the latest claim of a piece; -1 without one."""
    numbers = [-1]
    for name in os.listdir(folder):
        stem, _, number = name.rpartition(".")
        if stem == piece and number.isdigit():
            numbers.append(int(number))
    return max(numbers)


def _make(path: Path) -> bool:
    """Make a file that was not there, with its content; False if another was faster."""
    owner = {"machine": _machine(), "process": os.getpid(), "began": _began(os.getpid())}
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(owner))
    except FileExistsError:
        return False
    except OSError:  # a full disk
        path.unlink(missing_ok=True)
        raise
    return True


def _alive(path: Path, lease: float, now: float) -> bool:
    """Whether the owner of a claim has touched it lately and, on this machine, still runs."""
    try:
        if now - path.stat().st_mtime > lease:
            return False
        owner = json.loads(path.read_text(encoding="utf-8"))
        if owner["machine"] == _machine() and owner["began"] is not None:
            return bool(_began(owner["process"]) == owner["began"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):  # being written, or damaged: by its age
        pass
    return True


@lru_cache(maxsize=1)
def _machine() -> str:
    """What the numbers of processes belong to: a start of a kernel, and a container on it."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def _began(process: int) -> str | None:
    """When a process of this machine began, in ticks of its kernel; None if it is over."""
    with suppress(OSError, IndexError):
        state, *rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return None if state in "ZX" else rest[18]
    return None


def this_process() -> str:
    """What tells this process from all others, on whatever machine."""
    return f"{_machine()} {os.getpid()}"


def _now(folder: Path) -> float:
    """The time by the clock that stamps the files of a folder, maybe that of another machine."""
    own = folder / f".{uuid.uuid4().hex}"
    try:
        own.touch()
        return own.stat().st_mtime
    except OSError:  # somebody who only looks
        return time.time()
    finally:
        with suppress(OSError):
            own.unlink()


def _touch(path: Path, every: float, ended: threading.Event) -> None:
    """Touch a file from time to time until told to stop."""
    while not ended.wait(every):
        with suppress(OSError):
            os.utime(path)
