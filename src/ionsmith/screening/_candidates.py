"""From a job to its candidates: every combination once, under a key that its content decides."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ionsmith.errors import InvalidInput, IonsmithError, MissingFile
from ionsmith.screening._builders import CRYSTALS, cuts_of_slab
from ionsmith.screening._job import Job, plain_options, values_of

DIGITS = 16
"""Hexadecimal digits of a key."""

MOST_CANDIDATES = 2_000_000
"""Largest number of combinations."""


@dataclass(frozen=True)
class Candidate:
    """A model that is built.

    Parameters
    ----------
    key
        Hash of the builder, all options and the content of files.
    varied
        Values of the options that are varied.
    """

    key: str
    varied: dict[str, Any]


def candidates_of(
    job: Job, folder: Path, report: Callable[[int], None] | None = None
) -> tuple[list[Candidate], int]:
    """Return the candidates of a job, and how many more combinations were the same.

    Parameters
    ----------
    job
        The job.
    folder
        Where the files are that it names.
    report
        Called from time to time with the number of candidates.

    Raises
    ------
    InvalidInput
        If there are too many combinations, or the words of an option are not known.
    MissingFile
        If a file is missing.
    """
    kept: dict[str, Candidate] = {}
    hashes: dict[str, str] = {}
    repeated = 0
    for varied in _combinations(job, folder):
        options = plain_options({**job.options, **varied})
        key = key_of({"build": job.build, "options": _by_content(options, folder, hashes)})
        if key in kept:
            repeated += 1
            continue
        kept[key] = Candidate(key, varied)
        if len(kept) > MOST_CANDIDATES:
            raise InvalidInput(
                f"more than {MOST_CANDIDATES:,} candidates; vary fewer options, or in coarser steps"
            )
        if report is not None and len(kept) % 10_000 == 0:
            report(len(kept))
    return list(kept.values()), repeated


def key_of(content: Any) -> str:
    """Hash of something that JSON holds."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def located(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Options whose files are found from anywhere."""
    return {
        name: str(folder / value) if name in CRYSTALS and is_file(value) else value
        for name, value in options.items()
    }


def is_file(value: Any) -> bool:
    """Whether a crystal of a job is a file, and not a name of the library."""
    return isinstance(value, str) and not value.startswith("lib:")


def _combinations(job: Job, folder: Path) -> Iterator[dict[str, Any]]:
    """Every combination of the varied options; the first varies slowest."""
    words = [name for name in job.vary if _decided_by_crystals(job, name)]
    is_new = _by_symmetry(job, folder)

    def further(chosen: dict[str, Any], left: list[str]) -> Iterator[dict[str, Any]]:
        if left == ["shift"] * ("shift" in words) and not is_new(chosen):
            return
        if not left:
            yield dict(chosen)
            return
        name, *rest = left
        for value in _values(job, name, chosen, folder):
            yield from further({**chosen, name: value}, rest)

    # What the crystals decide depends on the rest: matches before cuts before shifts.
    order = ["match", "substrate_termination", "film_termination", "shift"]
    words.sort(key=lambda name: order.index(name) if name in order else len(order))
    yield from further({}, [name for name in job.vary if name not in words] + words)


def _by_symmetry(job: Job, folder: Path) -> Callable[[dict[str, Any]], bool]:
    """Whether a combination is not equal to an earlier one by symmetry."""
    if job.build != "interface":
        return lambda _: True
    from ionsmith.screening._interface import COMPARED, Distinct

    if not set(COMPARED) & job.vary.keys():
        return lambda _: True
    distinct, all_shifts = Distinct(), isinstance(job.vary.get("shift"), str)

    def is_new(chosen: dict[str, Any]) -> bool:
        options = located({**job.options, **chosen}, folder)
        return distinct.is_new(options, all_shifts=all_shifts)

    return is_new


def _decided_by_crystals(job: Job, name: str) -> bool:
    """Whether the values of an option are given by words such as ``"all"``."""
    value = job.vary[name]
    if job.build == "slab":
        return name == "termination" and value == "all"
    return job.build == "interface" and isinstance(value, str) and ".." not in value


def _values(job: Job, name: str, chosen: dict[str, Any], folder: Path) -> list[Any]:
    """Values of an option, given those chosen before."""
    given = job.vary[name]
    if not _decided_by_crystals(job, name):
        return values_of(name, given)
    from ionsmith.screening._interface import expand

    options = located({**job.options, **chosen}, folder)
    try:
        if job.build == "slab":
            return cuts_of_slab(options)
        return expand(options, name, given)
    except IonsmithError as error:
        which = ", ".join(f"{key} = {value}" for key, value in chosen.items())
        raise type(error)(f"{which}: {error}" if which else str(error)) from error


def _by_content(options: dict[str, Any], folder: Path, hashes: dict[str, str]) -> dict[str, Any]:
    """Options whose files are replaced by the hash of what they hold, and 2.0 by 2."""
    content = {name: _by_value(value) for name, value in options.items()}
    for name in CRYSTALS & options.keys():
        if is_file(file := options[name]):
            if file not in hashes:
                hashes[file] = hash_file(folder / file)
            content[name] = f"sha256:{hashes[file]}"
    return content


def _by_value(value: Any) -> Any:
    """A value in which whole numbers are integers, so that 2.0 and 2 are the same."""
    if isinstance(value, list):
        return [_by_value(item) for item in value]
    if isinstance(value, dict):
        return {name: _by_value(item) for name, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file that a job names.

    Raises
    ------
    MissingFile
        If it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise MissingFile(f"{path}: cannot be read ({error.strerror})") from error
