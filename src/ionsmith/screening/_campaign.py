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

import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from ionsmith import __version__
from ionsmith.crystals.files import temporary_beside, write_text
from ionsmith.errors import InvalidInput, UnreadableFile, reason_of
from ionsmith.screening._candidates import Candidate, key_of
from ionsmith.screening._job import Job, job_of_text

JOB = "campaign.toml"
CANDIDATES = "candidates.jsonl"
FOLDERS = ("claims", "inputs", "results", "working")
PIECES = 200
"""Number of pieces that a campaign is divided into, if it is large enough."""

MOST_IN_PIECE = 200
"""Largest number of candidates of a piece."""

ATTEMPTS = 5
"""Times that the two files of a campaign are read until they belong together."""


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
    candidates
        The candidates, in the order of the table.
    """

    folder: Path
    job: Job
    methods: tuple[str | None, str | None]
    candidates: tuple[Candidate, ...]

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> "Campaign":
        """Open a campaign.

        Raises
        ------
        UnreadableFile
            If the folder holds none, or it is damaged.
        InvalidInput
            If another version planned it.
        """
        path = Path(folder) / JOB
        for attempt in range(ATTEMPTS):
            try:
                text = path.read_text(encoding="utf-8")
                made = tomllib.loads(text)["campaign"]
                methods = made.get("potential"), made.get("second_potential")
                lines = (Path(folder) / CANDIDATES).read_bytes()
                if hashlib.sha256(lines).hexdigest() == made["sha256"]:
                    break
            except FileNotFoundError as error:
                raise UnreadableFile(
                    f"{folder}: holds no {Path(error.filename).name}; make a campaign with screen "
                    "plan"
                ) from None
            except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
                raise UnreadableFile(
                    f"{folder}: no campaign ({reason_of(error)}); make one with screen plan"
                ) from error
            time.sleep(0.1 * attempt)  # between the two files of a changed job
        else:
            raise UnreadableFile(
                f"{folder}: {CANDIDATES} is not that of {JOB}, or damaged; give the campaign its "
                "job again with screen plan and `force`, its results stay"
            )
        if made.get("ionsmith") != __version__:
            raise InvalidInput(
                f"{folder} was planned by ionsmith {made.get('ionsmith')}, this is {__version__}; "
                "results of both would not compare: use that version, or plan another campaign"
            )
        candidates = tuple(Candidate(**json.loads(line)) for line in lines.split(b"\n")[:-1])
        return cls(Path(folder), job_of_text(text, str(path)), methods, candidates)

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

    def goal_of(self, piece: str) -> str:
        """Key of all last results of a piece.

        Parameters
        ----------
        piece
            Name of the piece.
        """
        if piece not in self._goals:
            goals = [list(self.stages(candidate).values())[-1] for candidate in self.pieces[piece]]
            self._goals[piece] = key_of(goals)
        return self._goals[piece]

    @cached_property
    def _goals(self) -> dict[str, str]:
        """Keys that were asked for."""
        return {}


def write_campaign(
    folder: str | PathLike[str],
    job: Job,
    methods: tuple[str | None, str | None],
    candidates: Sequence[Candidate],
    files: Mapping[Path, str],
) -> None:
    """Write the folder of a campaign whole, or give an existing one another job.

    Parameters
    ----------
    folder
        Of the campaign; what it holds already stays.
    job
        Its job.
    methods
        Potential and second potential by the line that identifies their energies.
    candidates
        The candidates.
    files
        Files that the job names, and where the campaign keeps them.
    """
    target = Path(folder)
    lines = "".join(json.dumps(vars(c), ensure_ascii=False) + "\n" for c in candidates)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    with temporary_beside(target, folder=True) as own:
        for name in FOLDERS:
            (own / name).mkdir()
        for file, name in files.items():
            shutil.copyfile(file, own / name)
        write_text(own / CANDIDATES, lines)
        write_text(own / JOB, _text_of(job, methods, len(candidates), digest))
        own.chmod(0o755)
        if not target.exists():
            own.replace(target)
            return
        for name in FOLDERS:
            shutil.copytree(own / name, target / name, dirs_exist_ok=True)
        for name in (CANDIDATES, JOB):
            (own / name).replace(target / name)


def _text_of(job: Job, methods: tuple[str | None, str | None], count: int, digest: str) -> str:
    """The text of ``campaign.toml``."""
    single = [
        f"{name} = {_toml(getattr(job, name))}"
        for name in ("build", "potential", "second_potential", "most_atoms", "chunk")
        if getattr(job, name) is not None
    ]
    parts = ["\n".join(single)]
    for name in ("options", "vary", "scan", "relax"):
        if (table := getattr(job, name)) is not None:
            parts.append(
                "\n".join([f"[{name}]", *(f"{key} = {_toml(v)}" for key, v in table.items())])
            )
    made = {"ionsmith": __version__, "candidates": count, "sha256": digest}
    names = ("potential", "second_potential")
    made |= {name: method for name, method in zip(names, methods, strict=True) if method}
    parts.append("\n".join(["[campaign]", *(f"{key} = {_toml(v)}" for key, v in made.items())]))
    return "\n\n".join(parts) + "\n"


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)
