"""What every result has: ``to_dict``, readable tables, rows for a spreadsheet.

A result is a frozen dataclass whose fields are documented with shape and unit. ``tables()`` gives
it as tables, the main one first, ``table()`` as text, ``to_dict()`` as plain values: arrays become
nested lists, dataclasses become objects, what is not known is None (JSON's null; no document holds
NaN). A notebook shows the tables, and the plot of a result that has one.

On the command line ``--json`` prints one document, and nothing else on standard output::

    {"schema": {"name": "ionsmith.analyze.compare", "version": 1},
     "ionsmith": "<version>",
     "inputs": {...},
     "result": {...}}

``inputs`` are the arguments and options as given, ``result`` is ``to_dict()``. The JSON schema of
each command is made from its result class (:mod:`ionsmith.schemas`): ``ionsmith schema NAME``.
"""

import base64
import dataclasses
import html
import io
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ionsmith.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


LONGEST_TITLE = 200
"""Characters of a title in the one-line form of a result."""

MOST_ROWS = 200
"""Of a table in a notebook or a page."""

CSS_PIXELS = 96
"""An inch; pictures have twice as many, for fine screens."""

Style = Literal["text", "markdown", "latex"]

MARKUP = {"markdown": "pipe", "latex": "latex_booktabs"}
"""Formats of tabulate."""


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

    def render(self, style: Style = "text") -> str:
        """Return the table as aligned text, in Markdown or in LaTeX (package booktabs).

        Parameters
        ----------
        style
            The markup.
        """
        from tabulate import tabulate

        headers: Sequence[str] = self.headers
        if style != "text":
            body = tabulate(self.rows, headers=headers, tablefmt=MARKUP[style], missingval="–")
            title = " ".join(self.title.split())
            if style == "latex":
                return _latex_table(title, body)
            return f"**{title}**\n\n{body}" if title else body
        # A table without column names is a list of facts and needs no rule above it.
        named = any(headers)
        body = tabulate(
            self.rows,
            headers=headers if named else (),
            tablefmt="simple" if named else "plain",
            missingval="–",
        )
        return f"{self.title}\n{body}" if self.title else body

    def to_html(self, most: int = MOST_ROWS) -> str:
        """Return the table as HTML, numbers to the right and everything escaped.

        Parameters
        ----------
        most
            Rows that are shown; a last line says how many are not.
        """
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        right = [_is_numeric(column) for column in zip(*self.rows, strict=True)]
        names = "".join(
            _cell("th", name, end) for name, end in zip(self.headers, right, strict=False)
        )
        head = f"<thead><tr>{names}</tr></thead>" if any(self.headers) else ""
        rows = [
            f"<tr>{''.join(_cell('td', value, end) for value, end in zip(row, right, strict=True))}"
            "</tr>"
            for row in self.rows[:most]
        ]
        if (more := len(self.rows) - most) > 0:
            rows.append(f'<tr><td colspan="{len(self.headers)}">… and {more} more rows</td></tr>')
        body = "\n".join(rows)
        return f"<table>{caption}{head}<tbody>\n{body}\n</tbody></table>"


class Result:
    """Mixin of the frozen result dataclasses.

    ``document`` names the fields and properties that ``to_dict()`` gives, in order; where it is
    not set, all fields. ``figure_size`` is the width and height in inches of the picture.
    """

    document: ClassVar[tuple[str, ...] | None] = None
    figure_size: ClassVar[tuple[float, float]] = (6.4, 4.8)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__repr__ = Result.__repr__  # type: ignore[method-assign]  # or dataclass makes its own

    def __repr__(self) -> str:
        try:
            main = self.tables()[0]
        except (TypeError, IndexError):
            return f"<{type(self).__name__}>"
        title = " ".join(main.title.partition("\n")[0].split())
        title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
        rows = "1 row" if len(main.rows) == 1 else f"{len(main.rows)} rows"
        return f"<{type(self).__name__}: {title + ', ' if title else ''}{rows}>"

    def tables(self) -> list[Table]:
        """Return the tables of this result, the main one first."""
        raise TypeError(f"{type(self).__name__} has no tables")

    def table(self) -> str:
        """Return the whole result as readable text."""
        return "\n\n".join(table.render() for table in self.tables())

    def _repr_html_(self) -> str:
        """Show the tables, and the plot of a result that has one, in a notebook."""
        parts = [table.to_html() for table in self.tables()]
        if type(self).plot is not Result.plot or type(self).draw is not Result.draw:
            parts.append(figure_html(self.draw(), type(self).__name__))
        return "\n".join(parts)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the result into one pair of axes.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.

        Raises
        ------
        InvalidInput
            If there is no picture of such a result.
        """
        raise InvalidInput(f"a result of type {type(self).__name__} has no picture")

    def draw(self, *args: Any, **options: Any) -> "Figure":
        """Draw the whole picture, which may have several axes, as a figure of its own.

        Parameters
        ----------
        args, options
            Options of :meth:`plot`.
        """
        from ionsmith.plotting import new_figure

        figure = new_figure(self.figure_size)
        self.plot(figure.subplots(), *args, **options)
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain lists, numbers and strings, ready for JSON."""
        return {name: plain(getattr(self, name)) for name in document_of(type(self))}

    def to_dataframe(self) -> "DataFrame":
        """Return the main table as a data frame.

        Raises
        ------
        MissingExtra
            Without pandas.
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            raise MissingExtra("data frames need pandas: pip install pandas") from error
        main = self.tables()[0]
        return DataFrame([list(row) for row in main.rows], columns=list(main.headers))


def document_of(kind: type) -> tuple[str, ...]:
    """Return the names that a result class, or another dataclass, has in a JSON document."""
    listed: tuple[str, ...] | None = getattr(kind, "document", None)
    return tuple(field.name for field in dataclasses.fields(kind)) if listed is None else listed


def figure_html(figure: "Figure", words: str) -> str:
    """Return a figure as an image inside HTML, the same bytes each time.

    Parameters
    ----------
    figure
        What is shown.
    words
        What it shows, for who does not see it.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=2 * CSS_PIXELS)
    data = base64.b64encode(stream.getvalue()).decode()
    width = round(figure.get_figwidth() * CSS_PIXELS)
    return f'<img alt="{html.escape(words)}" width="{width}" src="data:image/png;base64,{data}">'


_LATEX = str.maketrans(
    {"∥": r"$\parallel$", "→": r"$\to$", "⁻": "$^{-}$", "−": "$-$", "′": "$'$", "≤": r"$\le$"}
)


def _latex_table(title: str, body: str) -> str:
    """A tabular with its caption, in symbols that pdflatex knows."""
    if title:
        caption = re.sub(r"([%&#_$])", r"\\\1", title)
        body = f"\\begin{{table}}\n\\caption{{{caption}}}\n{body}\n\\end{{table}}"

    def symbol(match: re.Match[str]) -> str:
        kind, _, name = unicodedata.name(match[0]).rpartition(" ")
        return f"$\\{name.capitalize() if 'CAPITAL' in kind else name.lower()}$"

    return re.sub("[Α-Ωα-ω]", symbol, body).translate(_LATEX)


_NUMBER = re.compile(r"[+-]?\d[\d.]*|")


def _is_numeric(column: Sequence[Any]) -> bool:
    """Whether a column has only numbers and gaps, and at least one number."""
    words = [str(value) for value in column if value is not None]
    return any(words) and all(map(_NUMBER.fullmatch, words))


def _cell(kind: str, value: Any, right: bool) -> str:
    text = "–" if value is None else html.escape(str(value)).replace("\n", "<br>")
    scope = ' scope="col"' if kind == "th" else ""
    style = ' style="text-align:right"' if right else ""
    return f"<{kind}{scope}{style}>{text}</{kind}>"


def plain(value: Any) -> Any:
    """Turn arrays, dataclasses and numpy scalars into what JSON holds."""
    if value is None or type(value) in (str, int, bool):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Result):
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in document_of(type(value))}
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
