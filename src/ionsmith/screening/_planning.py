"""Planning a campaign: from the file of a job to the folder with all its candidates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ClassVar

from ionsmith.errors import InvalidInput, OutputExists, reason_of
from ionsmith.potentials import load_potential
from ionsmith.results import Result, Table, notes_table
from ionsmith.screening._builders import CRYSTALS, build
from ionsmith.screening._campaign import JOB, Campaign, write_campaign
from ionsmith.screening._candidates import Candidate, candidates_of, hash_file, is_file, located
from ionsmith.screening._job import Job, read_job


@dataclass(frozen=True)
class Plan(Result):
    """What a campaign will do.

    Parameters
    ----------
    folder
        folder of the campaign; null if nothing was written
    candidates
        number of candidates
    repeated
        combinations left out because they are the same as others
    atoms
        atoms of the first, the middle and the last candidate; null where it cannot be built
    methods
        potential and second potential, by the line that identifies their energies
    notes
        which of these three cannot be built, and why
    """

    document: ClassVar = ("folder", "candidates", "repeated", "atoms", "methods", "notes")

    folder: str | None
    candidates: int
    repeated: int
    atoms: tuple[int | None, ...]
    methods: tuple[str | None, str | None]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the counts."""
        atoms = ", ".join("none" if n is None else str(n) for n in self.atoms)
        rows = [
            ("candidates", f"{self.candidates:,}"),
            ("the same as others, left out", f"{self.repeated:,}"),
            ("atoms of the first, middle, last", atoms),
            ("potential", self.methods[0] or "none"),
            ("second potential", self.methods[1] or "none"),
        ]
        return [Table(self.folder or "Nothing written", ("", ""), rows), *notes_table(self.notes)]

    @property
    def campaign(self) -> Campaign:
        """The campaign.

        Raises
        ------
        UnreadableFile
            If nothing was written.
        """
        return Campaign.open(self.folder or "")


def plan_campaign(
    job: str | PathLike[str],
    folder: str | PathLike[str] | None,
    *,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """Make the folder of a campaign, or give one a changed job.

    Parameters
    ----------
    job
        TOML file of the job, whose folder its files are relative to; ``"-"`` is standard input.
    folder
        New, or that of a campaign with ``force``: its results stay, and those that the new job
        needs are not computed again. None writes nothing.
    force
        Change an existing campaign.
    progress
        Called from time to time with the number of candidates.

    Raises
    ------
    OutputExists
        If the folder exists.
    InvalidInput, UnreadableFile
        If the job cannot be read, or names what there is not.
    """
    if folder is not None:
        _check_folder(Path(folder), force=force)
    source, read = Path(job), read_job(job)
    files = dict(_files_of(read, source.parent))
    candidates, repeated = candidates_of(read, source.parent, progress)
    if not candidates:
        raise InvalidInput(f"{job}: no candidates")
    first, second = (
        None if name is None else load_potential(name).method
        for name in (read.potential, read.second_potential)
    )
    atoms, notes = _atoms_of(read, candidates, source.parent)
    if folder is not None:
        kept = [_with_files(candidate, files) for candidate in candidates]
        places = {source.parent / file: name for file, name in files.items()}
        write_campaign(folder, _job_with_files(read, files), (first, second), kept, places)
    name = None if folder is None else fspath(folder)
    return Plan(name, len(candidates), repeated, atoms, (first, second), notes)


def _check_folder(target: Path, *, force: bool) -> None:
    """Refuse a folder that exists, unless it is a campaign that may be changed."""
    planned = (target / JOB).is_file()
    if target.exists() and not (force and planned):
        hint = ", or `force` to give this campaign the job" if planned else ""
        raise OutputExists(f"{target} exists; choose another name{hint}")


def _atoms_of(
    job: Job, candidates: list[Candidate], folder: Path
) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    """Atoms of the first, the middle and the last candidate; notes on those not built."""
    counts: list[int | None] = []
    notes: list[str] = []
    for number in sorted({0, len(candidates) // 2, len(candidates) - 1}):
        options = located({**job.options, **candidates[number].varied}, folder)
        try:
            counts.append(len(build(job.build, options).atoms))
        except Exception as error:  # a row with a reason, when the campaign runs
            counts.append(None)
            notes.append(f"candidate {number + 1} cannot be built: {reason_of(error)}")
    return tuple(counts), tuple(notes)


def _files_of(job: Job, folder: Path) -> Iterator[tuple[str, str]]:
    """Files that a job names, and where the campaign keeps them."""
    for name in sorted(CRYSTALS & {*job.options, *job.vary}):
        given: Any = job.options.get(name, job.vary.get(name))
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, str) and is_file(value):
                yield value, f"inputs/{hash_file(folder / value)[:8]}-{Path(value).name}"


def _with_files(candidate: Candidate, files: dict[str, str]) -> Candidate:
    """A candidate whose files are those of the campaign."""
    if not CRYSTALS & candidate.varied.keys():
        return candidate
    varied = {
        name: files.get(value, value) if name in CRYSTALS else value
        for name, value in candidate.varied.items()
    }
    return replace(candidate, varied=varied)


def _job_with_files(job: Job, files: dict[str, str]) -> Job:
    """A job whose files are those of the campaign."""

    def kept(name: str, value: Any) -> Any:
        if name not in CRYSTALS:
            return value
        return [files.get(v, v) for v in value] if isinstance(value, list) else files.get(value)

    options = {name: kept(name, value) or value for name, value in job.options.items()}
    return replace(
        job, options=options, vary={name: kept(name, value) for name, value in job.vary.items()}
    )
