"""Results of a piece: one file each while it is in work, two files when it is finished.

Each row begins with the hash of the rest of its line, and has place and hash of its model. What is
truncated or damaged otherwise is as if it were not there.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import write_text, write_whole
from ionsmith.errors import UnreadableFile

Row = dict[str, Any]

DIGITS = 16
"""Hexadecimal digits of a hash."""


class Store:
    """Results of one piece of a campaign.

    Parameters
    ----------
    folder
        Of the campaign.
    piece
        Name of the piece.
    """

    def __init__(self, folder: Path, piece: str) -> None:
        self.working = folder / "working" / piece
        self.rows_file = folder / "results" / f"{piece}.jsonl"
        self.models_file = folder / "results" / f"{piece}.extxyz"

    @cached_property
    def packed(self) -> dict[str, Row]:
        """Results of the finished piece by key, also those of other settings."""
        rows: dict[str, Row] = {}
        with suppress(FileNotFoundError), self.rows_file.open("rb") as lines:
            next(lines, None)
            found = (_opened(line) for line in lines)
            rows = {row["key"]: row for row in found if row and "key" in row}
        return rows

    def row(self, key: str) -> Row | None:
        """Return a result, or None.

        Parameters
        ----------
        key
            Key of the stage.
        """
        if key in self.packed:
            return self.packed[key]
        with suppress(FileNotFoundError):
            row = _opened((self.working / f"{key}.json").read_bytes())
            if row is not None and (not row.get("model") or self._text(row) is not None):
                return row
        return None

    def model(self, key: str) -> Atoms:
        """Return the model of a result.

        Parameters
        ----------
        key
            Key of the stage.

        Raises
        ------
        UnreadableFile
            If it is missing or damaged.
        """
        from ase.io import read

        row = self.row(key)
        text = None if row is None else self._text(row)
        if text is None:
            raise UnreadableFile(
                f"{self.models_file}: the model of {key} is missing or damaged; remove the two "
                "files of that name (.extxyz, .jsonl), and `ionsmith screen run` makes them again"
            )
        return read(io.StringIO(text.decode()), format="extxyz")  # type: ignore[return-value]

    def _text(self, row: Row) -> bytes | None:
        """Text of the model of a result; None if it is missing or damaged."""
        key, (at, size, digest) = row["key"], row["model"]
        packed = key in self.packed
        with suppress(OSError):
            path = self.models_file if packed else self.working / f"{key}.extxyz"
            with path.open("rb") as stream:
                stream.seek(at if packed else 0)
                text = stream.read(size)
            if _hash(text) == digest:
                return text
        return None

    def add(self, row: Row, model: Atoms | None = None) -> Row:
        """Write a result, the model before the row, so that no row is without its model.

        Parameters
        ----------
        row
            The result, with its key.
        model
            Its model.
        """
        from ase.io import write

        self.working.mkdir(parents=True, exist_ok=True)
        if model is not None:
            stream = io.StringIO()
            write(stream, model, format="extxyz")
            text = stream.getvalue().encode()
            write_whole(self.working / f"{row['key']}.extxyz", lambda path: path.write_bytes(text))
            row = {**row, "model": [0, len(text), _hash(text)]}
        write_text(self.working / f"{row['key']}.json", _sealed(row), force=True)
        return row

    def relaxing(self, key: str) -> Path:
        """File of a model while it relaxes; its checkpoint lies beside.

        Parameters
        ----------
        key
            Key of the stage.
        """
        return self.working / f"{key}.relaxing.extxyz"

    def tries(self, key: str, step: int) -> int:
        """Count one more try of a result, and return how many before came no further.

        Parameters
        ----------
        key
            Key of the stage.
        step
            Steps of its relaxation by now.
        """
        self.working.mkdir(parents=True, exist_ok=True)
        path = self.working / f"{key}.tries"
        words = path.read_text(errors="replace").split() if path.exists() else []
        with path.open("a") as stream:
            stream.write(f"{step}\n")
        return sum(word.isdigit() and int(word) >= step for word in words)

    def forget_try(self, key: str) -> None:
        """Take a try back that was stopped on purpose.

        Parameters
        ----------
        key
            Key of the stage.
        """
        with suppress(OSError):
            path = self.working / f"{key}.tries"
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    def pack(self, keys: Iterable[str], header: Row) -> None:
        """Turn the results into the two files of a finished piece.

        Earlier results come first, with their models where they were, so that the rows of a pack
        that was interrupted are still true.

        Parameters
        ----------
        keys
            Keys of the results in the order of the candidates.
        header
            What the first line says beside the sizes of the two files.
        """
        texts: list[bytes] = []
        rows: list[Row] = []
        at = 0
        for key in dict.fromkeys([*self.packed, *keys]):
            row = self.row(key)
            if row is not None and row.get("model"):
                text = self._text(row)
                if text is None:  # damaged, of other settings
                    continue
                row = {**row, "model": [at, *row["model"][1:]]}
                texts.append(text)
                at += len(text)
            if row is not None:
                rows.append(row)
        lines = "".join(map(_sealed, rows))
        sizes = [len(lines.encode()), at]
        write_whole(self.models_file, lambda path: path.write_bytes(b"".join(texts)))
        write_text(self.rows_file, _sealed({**header, "sizes": sizes}) + lines, force=True)
        shutil.rmtree(self.working, ignore_errors=True)
        self.__dict__.pop("packed", None)

    def is_sound(self, *, failed: bool) -> bool:
        """Whether nothing of a finished piece is damaged, or has failed if that is asked.

        Parameters
        ----------
        failed
            Whether what failed counts as damaged.
        """
        if not self.rows_file.exists():
            return not (failed and self.working.exists())
        return bool(header_of(self.rows_file)) and len(self._sound(failed=failed)) == (
            self.rows_file.read_bytes().count(b"\n") - 1
        )

    def mend(self, *, failed: bool) -> None:
        """Leave out what is damaged of a finished piece, and what failed if asked.

        Parameters
        ----------
        failed
            Whether what failed is left out too.
        """
        rows = self._sound(failed=failed).values()
        if self.rows_file.exists():
            lines = "".join(map(_sealed, [{"sizes": [-1, 0]}, *rows]))  # it is worked on again
            write_text(self.rows_file, lines, force=True)
            self.__dict__.pop("packed", None)
        for path in self.working.glob("*.json") if failed else []:
            row = _opened(path.read_bytes())
            if row is not None and row.get("status") == "failed":
                path.unlink()
                path.with_suffix(".tries").unlink(missing_ok=True)

    def _sound(self, *, failed: bool) -> dict[str, Row]:
        """Results of the finished piece whose models are sound."""
        return {
            key: row
            for key, row in self.packed.items()
            if not (row.get("model") and self._text(row) is None)
            and not (failed and row.get("status") == "failed")
        }


def header_of(path: Path) -> Row:
    """First line of a file of rows whose sizes are those that it says; empty otherwise."""
    with suppress(OSError, KeyError, TypeError, ValueError), path.open("rb") as lines:
        line = lines.readline()
        found = _opened(line) or {}
        rows, models = found["sizes"]
        size = os.fstat(lines.fileno()).st_size
        if size == len(line) + rows and path.with_suffix(".extxyz").stat().st_size >= models:
            return found
    return {}


def _hash(text: bytes) -> str:
    """Hash of a text."""
    return hashlib.sha256(text).hexdigest()[:DIGITS]


def _sealed(row: Row) -> str:
    """A row as a line that begins with the hash of the rest."""
    rest = json.dumps(row)[1:]
    return f'{{"sha256": "{_hash(rest.encode())}", {rest}\n'


def _opened(line: bytes) -> Row | None:
    """Read such a line; None if it is damaged."""
    start = len('{"sha256": "')
    digest, rest = line[start : start + DIGITS], line[start + DIGITS + 3 :].rstrip(b"\n")
    if digest != _hash(rest).encode():
        return None
    row: Row = json.loads(b"{" + rest)
    return row
