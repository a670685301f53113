"""Compressed files, unpacked up to a size that a structure may have."""

import bz2
import gzip
import lzma
import shutil
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ionsmith.errors import UnreadableFile, reason_of

MOST_BYTES = 2**30
"""Largest size of a file after unpacking, and of standard input: two million atoms need less."""

MOST_PACKED = 100
"""Largest factor by which a file may grow; the text of a crystal is packed about tenfold."""

SMALL = 2**24
"""Size after unpacking up to which any factor will do."""

_OPEN: dict[bytes, Callable[[Path, str], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""How a file is opened that begins with these bytes, whatever its name."""

_OTHERS = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7z"}


def check_kind(path: Path, name: str) -> None:
    """Refuse what is no file or folder, or is empty.

    Raises
    ------
    UnreadableFile
        For a pipe or a device, which may never end, and for an empty file.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFile(f"{name}: is a pipe or a device, not a file; - is standard input")
    if found.st_size == 0:
        raise UnreadableFile(f"{name}: the file is empty")


@contextmanager
def unpacked(path: Path, name: str) -> Iterator[Path]:
    """Give a path, or that of an unpacked copy, by the name without ``.gz``.

    Raises
    ------
    UnreadableFile
        If the file is damaged or unreasonably large.
    """
    with path.open("rb") as stream:
        start = stream.read(6)
    for first, program in _OTHERS.items():
        if start.startswith(first):
            raise UnreadableFile(f"{name}: is packed by {program}; unpack it first")
    packed_suffix = path.suffix.lower() in (".gz", ".bz2", ".xz")
    opener = next((open_ for first, open_ in _OPEN.items() if start.startswith(first)), None)
    if opener is None:
        if packed_suffix:
            raise UnreadableFile(f"{name}: cannot be unpacked (it is not packed as its name says)")
        yield path
        return
    most = min(MOST_BYTES, max(SMALL, MOST_PACKED * path.stat().st_size))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / (path.stem if packed_suffix else path.name)
        try:
            with opener(path, "rb") as packed, copy.open("wb") as stream:
                shutil.copyfileobj(_Limited(packed, most), stream, 2**20)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise UnreadableFile(f"{name}: cannot be unpacked ({reason_of(error)})") from error
        if copy.stat().st_size > most:
            raise UnreadableFile(
                f"{name}: unpacks to more than {most / 1e6:.0f} MB, which is no structure; unpack "
                "it first if it is one"
            )
        if copy.stat().st_size == 0:
            raise UnreadableFile(f"{name}: the file is empty")
        yield copy


class _Limited:
    """A stream that ends soon after a number of bytes."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self.stream, self.left = stream, most

    def read(self, size: int = -1) -> bytes:
        """Read a piece; nothing once the limit is passed."""
        if self.left < 0:
            return b""
        piece = self.stream.read(size)
        self.left -= len(piece)
        return piece
