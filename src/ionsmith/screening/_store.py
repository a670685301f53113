"""Results of a piece: one file each while it is in work, two files when it is finished."""

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

Row = dict[str, Any]


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
        with suppress(FileNotFoundError), self.rows_file.open(encoding="utf-8") as lines:
            next(lines)
            return {row["key"]: row for row in map(json.loads, lines)}
        return {}

    def row(self, key: str) -> Row | None:
        """Return a result, or None.

        Parameters
        ----------
        key
            Key of the stage.
        """
        if key in self.packed:
            return self.packed[key]
        with suppress(FileNotFoundError, ValueError):
            found: Row = json.loads((self.working / f"{key}.json").read_text(encoding="utf-8"))
            return found
        return None

    def model(self, key: str) -> Atoms:
        """Return the model of a result.

        Parameters
        ----------
        key
            Key of the stage.
        """
        path = self.working / f"{key}.extxyz"
        return self._models[key] if not path.exists() else _read(path)[0]

    @cached_property
    def _models(self) -> dict[str, Atoms]:
        """Models of the finished piece by key."""
        if not self.models_file.exists():
            return {}
        models = _read(self.models_file)
        keys = [row["key"] for row in self.packed.values() if row.get("model")]
        return dict(zip(keys, models, strict=True))

    def add(self, row: Row, model: Atoms | None = None) -> Row:
        """Write a result, the model before the row, so that no row is without its model.

        Parameters
        ----------
        row
            The result, with its key.
        model
            Its model.
        """
        self.working.mkdir(exist_ok=True)
        if model is not None:
            row = {**row, "model": True}
            write_whole(self.working / f"{row['key']}.extxyz", lambda path: _write(path, [model]))
        write_text(self.working / f"{row['key']}.json", json.dumps(row) + "\n", force=True)
        return row

    def tries(self, key: str) -> int:
        """Count one more try of a result, and return the number of those before.

        Parameters
        ----------
        key
            Key of the stage.
        """
        self.working.mkdir(exist_ok=True)
        path = self.working / f"{key}.tries"
        before = path.stat().st_size if path.exists() else 0
        with path.open("ab") as stream:
            stream.write(b".")
        return before

    def forget_try(self, key: str) -> None:
        """Take a try back that was stopped on purpose.

        Parameters
        ----------
        key
            Key of the stage.
        """
        path = self.working / f"{key}.tries"
        with suppress(OSError):
            os.truncate(path, max(0, path.stat().st_size - 1))

    def pack(self, keys: Iterable[str], header: Row) -> None:
        """Turn the results into the two files of a finished piece.

        Parameters
        ----------
        keys
            Keys of the results in the order of the candidates; earlier ones of other settings
            follow.
        header
            First line of the file of rows.
        """
        order = dict.fromkeys([*keys, *self.packed])
        rows = [row for row in map(self.row, order) if row is not None]
        models = [self.model(row["key"]) for row in rows if row.get("model")]
        lines = [json.dumps(row) for row in (header, *rows)]
        write_whole(self.models_file, lambda path: _write(path, models))
        write_text(self.rows_file, "\n".join(lines) + "\n", force=True)
        shutil.rmtree(self.working, ignore_errors=True)
        for name in ("packed", "_models"):
            self.__dict__.pop(name, None)


def header_of(path: Path) -> Row:
    """First line of a file of rows; empty without one."""
    with suppress(OSError, ValueError), path.open(encoding="utf-8") as lines:
        found: Row = json.loads(lines.readline())
        return found
    return {}


def _read(path: Path) -> list[Atoms]:
    """All models of a file."""
    from ase.io import read

    return list(read(path, index=":", format="extxyz"))


def _write(path: Path, models: list[Atoms]) -> None:
    """Write models into a file."""
    from ase.io import write

    write(path, models, format="extxyz")
