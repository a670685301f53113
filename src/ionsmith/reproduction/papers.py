"""The papers that can be reproduced, by key."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Literal

from ionsmith.choices import checked
from ionsmith.reproduction.rows import Paper, Reproduction, Row

PaperKey = Literal["p1", "p2", "p3", "p4"]

MODULES: dict[PaperKey, str] = {
    "p1": "geng_2023",
    "p2": "yu_2021",
    "p3": "li_2022",
    "p4": "xiong_2020",
}
"""Module of each paper, imported when it is needed."""


@checked
def paper(key: PaperKey) -> Paper:
    """Find a paper by its key.

    Raises
    ------
    InvalidChoice
        If there is no paper with the key.
    """
    found = import_module(f"ionsmith.reproduction.{MODULES[key]}").PAPER
    assert isinstance(found, Paper)
    return found


def reproduce(
    keys: Sequence[PaperKey] = tuple(MODULES), *, progress: Callable[[Row], None] | None = None
) -> Reproduction:
    """Compute the numbers of papers again.

    Parameters
    ----------
    keys
        Keys of the papers; all by default.
    progress
        Called with each row when it is done.

    Returns
    -------
    Reproduction

    Raises
    ------
    InvalidChoice
        If there is no paper with one of the keys.
    """
    papers = [paper(key) for key in dict.fromkeys(keys)]
    rows = []
    for each in papers:
        for row in each.rows(each):
            rows.append(row)
            if progress is not None:
                progress(row)
    return Reproduction.of({each.key: each.citation for each in papers}, tuple(rows))
