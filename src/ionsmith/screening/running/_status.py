"""How far a campaign has come."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from ionsmith.results import Result, Table
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._claims import held
from ionsmith.screening._store import header_of


@dataclass(frozen=True)
class Status(Result):
    """How far a campaign has come.

    Parameters
    ----------
    folder
        folder of the campaign
    candidates
        number of candidates
    counts
        candidates of finished pieces by status: built, evaluated, relaxed, not converged, failed
    in_work
        candidates of pieces that somebody works on
    waiting
        candidates of the other pieces
    """

    document: ClassVar = ("folder", "candidates", "counts", "in_work", "waiting", "finished")

    folder: str
    candidates: int
    counts: dict[str, int]
    in_work: int
    waiting: int

    @property
    def finished(self) -> int:
        """Number of candidates of finished pieces."""
        return sum(self.counts.values())

    def tables(self) -> list[Table]:
        """Return one row per status."""
        rows = [*self.counts.items(), ("in work", self.in_work), ("waiting", self.waiting)]
        title = f"{self.folder}: {self.finished:,} of {self.candidates:,} candidates finished"
        return [Table(title, ("status", "candidates"), [row for row in rows if row[1]])]


def status_of(campaign: Campaign) -> Status:
    """Return how far a campaign has come.

    Parameters
    ----------
    campaign
        The campaign.
    """
    counts: dict[str, int] = {}
    working = held(campaign.folder / "claims")
    there: set[str] = set()
    with suppress(FileNotFoundError):
        there.update(os.listdir(campaign.folder / "results"))
    in_work = waiting = 0
    for name, part in campaign.pieces.items():
        header = {}
        if f"{name}.jsonl" in there:
            header = header_of(campaign.folder / "results" / f"{name}.jsonl")
        if header.get("goal") == campaign.goal_of(name):
            for word, count in header["counts"].items():
                counts[word] = counts.get(word, 0) + count
        elif name in working:
            in_work += len(part)
        else:
            waiting += len(part)
    ordered = dict(sorted(counts.items()))
    return Status(str(campaign.folder), len(campaign.candidates), ordered, in_work, waiting)
