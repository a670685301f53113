"""The papers that can be redone, by key."""

from collections.abc import Callable, Sequence
from importlib import import_module

from ionsmith.errors import InvalidInput
from ionsmith.reproduction.rows import Paper, Reproduction, Row

MODULES = {
    "p1": "geng_2023",
    "p2": "yu_2021",
    "p3": "li_2022",
    "p4": "xiong_2020",
}
"""Module of each paper, imported when it is asked for."""


def paper(key: str) -> Paper:
    """Find a paper by its key.

    Raises
    ------
    InvalidInput
        For a key that is none.
    """
    if key not in MODULES:
        raise InvalidInput(f"no paper {key!r}; known are {', '.join(MODULES)}")
    found = import_module(f"ionsmith.reproduction.{MODULES[key]}").PAPER
    assert isinstance(found, Paper)
    return found


def reproduce(
    keys: Sequence[str] = tuple(MODULES), *, progress: Callable[[Row], None] | None = None
) -> Reproduction:
    """Compute what papers print.

    Parameters
    ----------
    keys
        Which ones; all by default.
    progress
        Called with each row when it is done.

    Returns
    -------
    Reproduction

    Raises
    ------
    InvalidInput
        For a key that is none.
    """
    papers = [paper(key) for key in dict.fromkeys(keys)]
    rows = []
    for one in papers:
        for row in one.rows(one):
            rows.append(row)
            if progress is not None:
                progress(row)
    return Reproduction.of({one.key: one.citation for one in papers}, tuple(rows))
