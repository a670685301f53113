"""What every result has: ``to_dict``, readable tables, rows for a spreadsheet."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Table:
    """A titled table of plain values.

    Parameters
    ----------
    title
        One line above the table; may be empty.
    headers
        Column names, units included.
    rows
        One sequence a row; numbers stay numbers.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def render(self) -> str:
        """Return the table as aligned text."""
        from tabulate import tabulate

        # A table without column names is a list of facts and needs no rule above it.
        style = "simple" if any(self.headers) else "plain"
        headers = self.headers if any(self.headers) else ()
        body = tabulate(self.rows, headers=headers, tablefmt=style, missingval="–")
        return f"{self.title}\n{body}" if self.title else body


class Result:
    """Mixin of the frozen result dataclasses."""

    def tables(self) -> list[Table]:
        """Return the tables of this result, the main one first."""
        raise TypeError(f"{type(self).__name__} has no tables")

    def table(self) -> str:
        """Return the whole result as readable text."""
        return "\n\n".join(table.render() for table in self.tables())

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain lists, numbers and strings, ready for JSON."""
        assert dataclasses.is_dataclass(self)
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def plain(value: Any) -> Any:
    """Turn arrays, dataclasses and numpy scalars into what JSON holds."""
    if isinstance(value, Result):
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def notes_table(notes: Sequence[str]) -> list[Table]:
    """Make the table of notes, wrapped to be read; none without notes."""
    import textwrap

    rows = [["\n".join(textwrap.wrap(note, 100))] for note in notes]
    return [Table("", ["note"], rows)] if rows else []
