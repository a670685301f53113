"""Temporary files beside the file that they are to become, and what a kill left of them.

Nothing can clean up after ``kill -9``. The name of a temporary file says which target it is for,
and a lock, which the system drops with the process, that somebody is at it: the next one who writes
the same target removes those of its own that nobody holds.
"""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Make an empty file in the folder of another, gone at the end unless it was moved away."""
    folder = path.absolute().parent
    prefix = f".ionsmith-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"
    handle, name = tempfile.mkstemp(dir=folder, prefix=prefix, suffix=path.suffix)
    try:
        if _lock(handle):
            own = re.compile(re.escape(prefix) + r"[a-z0-9_]{8}" + re.escape(path.suffix))
            with suppress(OSError):  # a folder that can be written need not be readable
                for entry in os.scandir(folder):
                    if entry.path != name and own.fullmatch(entry.name):
                        _remove_unheld(entry.path)
        else:
            os.close(handle)
            handle = -1
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def _lock(handle: int) -> bool:
    """Hold a file as long as this process lives; False where another holds it, or none can."""
    if sys.platform == "win32":  # where an open file cannot be moved either
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_unheld(name: str) -> None:
    with suppress(OSError):  # it is somebody else's, or another was faster
        handle = os.open(name, os.O_RDWR)
        try:
            if _lock(handle):
                os.unlink(name)
        finally:
            os.close(handle)
