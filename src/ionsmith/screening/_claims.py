"""Claims: who works on a piece of a campaign, without a server or locks that the nodes share.

A claim is an empty-handed race for a file name: ``PIECE.0`` is made by linking, which one worker
alone can do, on NFS too. Its owner touches it while it works. A claim that was not touched for the
length of the lease is passed over by making ``PIECE.1``, and so on: nothing is taken away from a
file that somebody else may be writing, and an owner that was only slow sees the later number and
stops.
"""

import json
import os
import re
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        return self.path.exists() and _latest(self.path.parent, stem) == self.number


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
    number = _latest(folder, piece)
    if number >= 0 and _alive(folder / f"{piece}.{number}", lease):
        yield None
        return
    path = folder / f"{piece}.{number + 1}"
    if not _make(path):
        yield None
        return
    ended = threading.Event()
    watch = threading.Thread(target=_touch, args=(path, lease / 4, ended), daemon=True)
    watch.start()
    try:
        yield Claim(path, number + 1)
    finally:
        ended.set()
        watch.join()
        for old in range(number + 2):
            (folder / f"{piece}.{old}").unlink(missing_ok=True)


def held(folder: Path, lease: float = LEASE) -> set[str]:
    """Names of the pieces that somebody works on."""
    latest: dict[str, int] = {}
    for name in os.listdir(folder):
        if found := re.fullmatch(r"(.+)\.(\d+)", name):
            latest[found[1]] = max(latest.get(found[1], -1), int(found[2]))
    return {piece for piece, n in latest.items() if _alive(folder / f"{piece}.{n}", lease)}


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
    own = path.parent / f".{uuid.uuid4().hex}"
    owner = {"host": socket.gethostname(), "process": os.getpid(), "began": _began(os.getpid())}
    own.write_text(json.dumps(owner), encoding="utf-8")
    try:
        os.link(own, path)
    except FileExistsError:
        return False
    finally:
        own.unlink()
    return True


def _alive(path: Path, lease: float) -> bool:
    """Whether the owner of a claim has touched it lately and, on this machine, still runs."""
    try:
        touched = path.stat().st_mtime
        owner = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if _now(path.parent) - touched > lease:
        return False
    if owner["host"] != socket.gethostname() or owner["began"] is None:
        return True
    return bool(_began(owner["process"]) == owner["began"])


def _began(process: int) -> str | None:
    """When a process of this machine began, in ticks of its kernel; None where that is not told."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return None


def _now(folder: Path) -> float:
    """The time by the clock that stamps the files of a folder, maybe that of another machine."""
    own = folder / f".{uuid.uuid4().hex}"
    own.touch()
    try:
        return own.stat().st_mtime
    finally:
        own.unlink()


def _touch(path: Path, every: float, ended: threading.Event) -> None:
    """Touch a file from time to time until told to stop."""
    while not ended.wait(every):
        with suppress(OSError):
            os.utime(path)
