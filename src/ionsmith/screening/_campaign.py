"""A campaign as a folder that needs nothing else: job, inputs, candidates, claims and results.

::

    campaign.toml       the job, then versions, potential and weights
    candidates.jsonl    one candidate a line, in the order of the table
    inputs/             the files that the job names
    claims/             who works on which piece
    working/PIECE/      results of a piece in work, one file each, and states of relaxations
    results/PIECE.jsonl, PIECE.extxyz   results of a finished piece, its relaxed models

A worker writes a result under the key of what it was computed from, and looks for the key before
it works; the files appear whole. So any number of workers, on any number of machines that share the
folder, may be killed at any moment: what was in work is lost, and nothing is done twice.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

from ionsmith import __version__
from ionsmith.errors import InvalidInput, UnreadableFile, reason_of
from ionsmith.screening._candidates import Candidate, key_of
from ionsmith.screening._job import Job, job_of_text

JOB = "campaign.toml"
CANDIDATES = "candidates.jsonl"
PIECES = 200
"""Number of pieces that a campaign is divided into, if it is large enough."""

MOST_IN_PIECE = 200
"""Largest number of candidates of a piece."""


@dataclass(frozen=True, eq=False)
class Campaign:
    """A campaign on disk.

    Parameters
    ----------
    folder
        Its folder.
    job
        Its job.
    methods
        Potential and second potential by the line that identifies their energies.
    """

    folder: Path
    job: Job
    methods: tuple[str | None, str | None]

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> "Campaign":
        """Open a campaign.

        Raises
        ------
        UnreadableFile
            If the folder holds none.
        InvalidInput
            If another version planned it.
        """
        path = Path(folder) / JOB
        try:
            text = path.read_text(encoding="utf-8")
            made = tomllib.loads(text)["campaign"]
            methods = made.get("potential"), made.get("second_potential")
        except FileNotFoundError:
            raise UnreadableFile(
                f"{folder}: holds no {JOB}; make a campaign with screen plan"
            ) from None
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(
                f"{folder}: no campaign ({reason_of(error)}); make one with screen plan"
            ) from error
        if made.get("ionsmith") != __version__:
            raise InvalidInput(
                f"{folder} was planned by ionsmith {made.get('ionsmith')}, this is {__version__}; "
                "results of both would not compare: use that version, or plan another campaign"
            )
        return cls(Path(folder), job_of_text(text, str(path)), methods)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates, in the order of the table."""
        path = self.folder / CANDIDATES
        try:
            with path.open(encoding="utf-8") as lines:
                return tuple(Candidate(**json.loads(line)) for line in lines)
        except (OSError, ValueError, TypeError) as error:
            raise UnreadableFile(f"{path}: damaged ({reason_of(error)}); plan it again") from error

    @cached_property
    def pieces(self) -> dict[str, tuple[Candidate, ...]]:
        """Candidates by piece, whose name says which candidates it has."""
        size = self.job.chunk or min(MOST_IN_PIECE, -(-len(self.candidates) // PIECES))
        parts = [self.candidates[i : i + size] for i in range(0, len(self.candidates), size)]
        return {key_of([candidate.key for candidate in part]): part for part in parts}

    def stages(self, candidate: Candidate) -> dict[str, str]:
        """Keys of the stages of a candidate: a changed setting changes its own and the later ones.

        Parameters
        ----------
        candidate
            The candidate.
        """
        job, keys = self.job, {"build": candidate.key}
        start = candidate.key
        if job.scan is not None:
            start = keys["scan"] = key_of([start, self.methods[0], job.scan, job.most_atoms])
        if job.potential is not None:
            settings = {"relax": job.relax, "most_atoms": job.most_atoms}
            keys["relax"] = key_of([start, self.methods[0], settings])
            if job.build == "interface":
                keys["score"] = key_of([keys["relax"], "score"])
        if job.second_potential is not None:
            keys["second"] = key_of([keys["relax"], self.methods[1]])
        return keys

    def goal(self, candidate: Candidate) -> str:
        """Key of the last stage of a candidate.

        Parameters
        ----------
        candidate
            The candidate.
        """
        return list(self.stages(candidate).values())[-1]
