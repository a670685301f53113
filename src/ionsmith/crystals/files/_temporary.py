"""Temporary files and folders beside their targets, and the removal of what killed processes left.

The name of a temporary file tells its target, and a lock, which the system releases with the
process, that it is in use: the next process that writes the same target removes what is unlocked.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def temporary_beside(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """Make an empty file or folder beside another, gone at the end unless it was moved away."""
    above = path.absolute().parent
    prefix = f".ionsmith-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"
    ending = "" if folder else path.suffix
    if folder:
        name = tempfile.mkdtemp(dir=above, prefix=prefix)
        handle = -1 if sys.platform == "win32" else os.open(name, os.O_RDONLY)
    else:
        handle, name = tempfile.mkstemp(dir=above, prefix=prefix, suffix=ending)
    try:
        if _lock(handle):
            own = re.compile(re.escape(prefix) + r"[a-z0-9_]{8}" + re.escape(ending))
            with suppress(OSError):  # a folder that can be written need not be readable
                for entry in os.scandir(above):
                    if entry.path != name and own.fullmatch(entry.name):
                        _remove_unheld(entry.path)
        elif handle >= 0:
            os.close(handle)
            handle = -1
        yield Path(name)
    finally:
        if folder:
            shutil.rmtree(name, ignore_errors=True)
        else:
            Path(name).unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def _lock(handle: int) -> bool:
    """Lock a file for the life of this process; False if another holds it, or on Windows."""
    if sys.platform == "win32":  # where an open file cannot be moved either
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_unheld(name: str) -> None:
    """Remove a temporary file that no process holds."""
    with suppress(OSError):  # it is somebody else's, or another was faster
        folder = os.path.isdir(name)
        handle = os.open(name, os.O_RDONLY if folder else os.O_RDWR)
        try:
            if _lock(handle):
                shutil.rmtree(name) if folder else os.unlink(name)
        finally:
            os.close(handle)
