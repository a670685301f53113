"""Rows of a reproduction: published numbers and statements beside computed ones.

A row *agrees* if a number or statement that could have come out otherwise differs from the
published one by no more than its tolerance. What could not is named by what it is: ``by
construction`` if the value follows from its own input, ``built`` if it shows that a model can be
made, ``arithmetic`` if it uses at most a formula. A row that differs has a remark; reasons that
depend on numbers appear only while these support them (:func:`if_so`). A row that differs without a
remark is *unexplained*.
"""

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar, get_args

from ionsmith.errors import MissingExtra
from ionsmith.results import Result, Table

Match = Literal["agrees", "by construction", "built", "arithmetic"]
Status = Literal["agrees", "differs", "by construction", "built", "arithmetic", "not run", "open"]
Origin = Literal["paper", "check"]
Found = TypeVar("Found")

DIGITS = 9
"""Decimals that are kept; further ones differ between machines."""

ROUNDING = 10.0**-DIGITS
"""Slack of a comparison."""

PRINTED, EXACT, WORDS = "digits printed", "exact", "same words"
"""Where most tolerances come from."""


@dataclass(frozen=True)
class Row:
    """One number or statement of a paper, and ours.

    Parameters
    ----------
    paper
        key of the paper
    quantity
        what is compared
    published
        what is printed, a number or a few words
    computed
        our result; null if it was not computed
    unit
        unit of both; empty for words and counts
    deviation
        computed minus published, in that unit; null for words
    tolerance
        largest deviation that still matches; null for words
    tolerance_from
        where the tolerance comes from: half a unit of the last digit printed, an error bar, a pixel
    depends_on
        crystals of the library, builders, analyzers and potentials that the result comes from
    status
        ``agrees`` or ``differs`` for what could have come out otherwise; ``by construction`` if the
        value follows from its own input, ``built`` if a model shows that it can be made,
        ``arithmetic`` from a formula at most; ``not run`` if an optional extra is missing, ``open``
        if no row computes it, for the reason given
    explanation
        why it differs, what is missing, or another remark
    origin
        ``check`` for numbers of our own geometrical check of the paper's model
    """

    paper: str
    quantity: str
    published: float | str
    computed: float | str | None
    unit: str
    deviation: float | None
    tolerance: float | None
    tolerance_from: str
    depends_on: tuple[str, ...]
    status: Status
    explanation: str
    origin: Origin


@dataclass(frozen=True)
class Paper:
    """A paper, and what makes rows of it.

    Parameters
    ----------
    key
        ``"p1"`` to ``"p4"``.
    citation
        Authors, journal, year, DOI.
    rows
        Function that computes the rows, one after the other.
    depends_on
        What the next rows are computed from.
    """

    key: str
    citation: str
    rows: Callable[["Paper"], Iterator[Row]]
    depends_on: tuple[str, ...] = ()

    def on(self, *depends_on: str) -> "Paper":
        """Return the paper with what the next rows are computed from.

        Parameters
        ----------
        depends_on
            Names of crystals, builders, analyzers and potentials.
        """
        return replace(self, depends_on=depends_on)

    def number(
        self,
        quantity: str,
        published: float,
        computed: float,
        unit: str = "",
        *,
        within: float,
        tolerance_from: str = "",
        above: bool = False,
        why: str = "",
        match: Match = "agrees",
        origin: Origin = "paper",
    ) -> Row:
        """Compare two numbers.

        Parameters
        ----------
        quantity, published, computed, unit
            As in :class:`Row`.
        within
            The tolerance.
        tolerance_from
            Its source; by default the digits printed, or none for counts.
        above
            Whether the paper says "more than", so that any larger number agrees.
        why
            The explanation.
        match
            Status if the two match.
        origin
            As in :class:`Row`.
        """
        computed = round(float(computed), DIGITS) + 0.0
        deviation = round(computed - published, DIGITS) + 0.0
        agrees = abs(deviation) <= within + ROUNDING or (above and deviation > 0)
        return Row(
            paper=self.key,
            quantity=quantity,
            published=published,
            computed=computed,
            unit=unit,
            deviation=deviation,
            tolerance=within,
            tolerance_from=tolerance_from or (PRINTED if within else EXACT),
            depends_on=self.depends_on,
            status=match if agrees else "differs",
            explanation=why,
            origin=origin,
        )

    def words(
        self,
        quantity: str,
        published: str,
        computed: str,
        *,
        tolerance_from: str = WORDS,
        why: str = "",
        match: Match = "agrees",
        origin: Origin = "paper",
    ) -> Row:
        """Compare two statements, which match if they are the same."""
        status: Status = match if computed == published else "differs"
        return replace(
            self._without(quantity, published, status, why, origin),
            computed=computed,
            tolerance_from=tolerance_from,
        )

    def not_run(
        self, quantity: str, published: float | str, unit: str, why: str, origin: Origin = "paper"
    ) -> Row:
        """Row that needs an extra which is not installed."""
        return self._without(quantity, published, "not run", why, origin, unit)

    def open(self, quantity: str, published: float | str, why: str, unit: str = "") -> Row:
        """Row that cannot be computed yet."""
        return self._without(quantity, published, "open", why, "paper", unit)

    def _without(
        self,
        quantity: str,
        published: float | str,
        status: Status,
        why: str,
        origin: Origin,
        unit: str = "",
    ) -> Row:
        """Row without a number."""
        return Row(
            paper=self.key,
            quantity=quantity,
            published=published,
            computed=None,
            unit=unit,
            deviation=None,
            tolerance=None,
            tolerance_from="",
            depends_on=self.depends_on,
            status=status,
            explanation=why,
            origin=origin,
        )


def if_so(holds: bool, sentence: str) -> str:
    """Return a reason only if it holds."""
    return sentence if holds else ""


def attempt(work: Callable[[], Found]) -> Found | str:
    """Compute something that needs an extra, or return the message that it is missing."""
    try:
        return work()
    except MissingExtra as error:
        return str(error)


@dataclass(frozen=True)
class Reproduction(Result):
    """Papers that were reproduced.

    Parameters
    ----------
    citations
        citation by paper
    rows
        rows, paper by paper
    counts
        number of rows by status
    unexplained
        quantities that differ without an explanation
    in_one_table
        whether :meth:`tables` makes one table for a spreadsheet, instead of one per paper
    """

    citations: dict[str, str]
    rows: tuple[Row, ...]
    counts: dict[str, int]
    unexplained: tuple[str, ...]
    in_one_table: bool = False

    document = ("citations", "rows", "counts", "unexplained")

    @classmethod
    def of(cls, citations: dict[str, str], rows: tuple[Row, ...]) -> "Reproduction":
        """Count the rows."""
        counts = Counter(row.status for row in rows)
        return cls(
            citations,
            rows,
            {status: counts[status] for status in get_args(Status)},
            tuple(r.quantity for r in rows if r.status == "differs" and not r.explanation),
        )

    def as_spreadsheet(self) -> "Reproduction":
        """Return the same rows in one table with all columns."""
        return replace(self, in_one_table=True)

    def tables(self) -> list[Table]:
        """Return the rows of each paper with remarks, then the counts."""
        if self.in_one_table:
            return [_spreadsheet(self.rows)]
        tables = []
        for key, citation in self.citations.items():
            tables += _paper_tables(key, citation, [row for row in self.rows if row.paper == key])
        total = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        facts = [("rows", f"{len(self.rows)}: {total}")]
        facts += [("unexplained", quantity) for quantity in self.unexplained]
        return [*tables, Table("", ("", ""), facts)]


def _paper_tables(key: str, citation: str, rows: list[Row]) -> list[Table]:
    """Rows of a paper, and remarks on them."""
    listed, remarks = [], []
    for number, row in enumerate(rows, 1):
        name = f"{key}.{number}"
        mark = "*" if row.origin == "check" else ""
        listed.append(
            (
                name,
                "\n".join(textwrap.wrap(row.quantity, 48)),
                _shown(row.published) + mark,
                _shown(row.computed),
                row.unit,
                "" if row.deviation is None else f"{row.deviation:+.3g}",
                "" if not row.tolerance else f"{row.tolerance:.2g}",
                row.status,
            )
        )
        if row.explanation:
            remarks.append((name, "\n".join(textwrap.wrap(row.explanation, 90))))
    headers = ("", "quantity", "published", "computed", "unit", "deviation", "within", "status")
    title = f"{key.upper()}. {citation}"
    if any(row.origin == "check" for row in rows):
        title += "\n* number of a geometrical check of the paper's model, not of the paper"
    tables = [Table(title, headers, listed)]
    return [*tables, Table("", ("row", "remark"), remarks)] if remarks else tables


def _spreadsheet(rows: tuple[Row, ...]) -> Table:
    """All rows in one table."""
    names = tuple(field.name for field in fields(Row))
    listed = [vars(row) | {"depends_on": "; ".join(row.depends_on)} for row in rows]
    return Table("", names, [tuple(row[name] for name in names) for row in listed])


def _shown(value: float | str | None) -> str:
    """Value in a table cell."""
    if value is None:
        return "–"
    return "\n".join(textwrap.wrap(value, 22)) if isinstance(value, str) else f"{value:.5g}"
