"""Relax several structures into a folder, with a manifest that a resumption reads."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ionsmith.crystals.files import read_structure, write_text
from ionsmith.errors import InvalidInput, IonsmithError, OutputExists, UnreadableFile
from ionsmith.results import Result, Table
from ionsmith.simulation.potentials import Potential
from ionsmith.simulation.relaxing._checkpoint import hash_file
from ionsmith.simulation.relaxing._job import SUFFIX, relax_to_file, select_atoms
from ionsmith.simulation.relaxing._relax import Progress, job_of
from ionsmith.simulation.relaxing._result import Relaxation

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One structure of a sweep.

    Parameters
    ----------
    structure
        As it was named.
    output
        File in the folder.
    status
        ``"converged"``, ``"not converged"`` or ``"failed"``.
    error
        What went wrong, None if nothing did.
    job
        Hash of the structure and the settings, None where it could not be read.
    steps
        Steps that were taken.
    energy_before, energy_after
        In eV, of the whole structure.
    largest_force
        At the end, in eV/Å.
    largest_movement
        In Å.
    sha256
        Of the output.
    """

    structure: str
    output: str
    status: str
    error: str | None = None
    job: str | None = None
    steps: int | None = None
    energy_before: float | None = None
    energy_after: float | None = None
    largest_force: float | None = None
    largest_movement: float | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Sweep(Result):
    """What became of several structures.

    Parameters
    ----------
    folder
        Where they lie.
    potential
        What all energies belong to.
    entries
        One a structure, in their order.
    """

    folder: str
    potential: dict[str, str | None]
    entries: tuple[Entry, ...]

    @property
    def unfinished(self) -> int:
        """Structures that failed or have not converged."""
        return sum(entry.status != "converged" for entry in self.entries)

    def tables(self) -> list[Table]:
        """Return one row a structure, then what went wrong."""

        def rounded(value: float | None) -> float | None:
            return None if value is None else round(value, 4)

        rows = [
            (
                entry.structure,
                entry.status,
                entry.steps,
                rounded(entry.energy_before),
                rounded(entry.energy_after),
                rounded(entry.largest_force),
                rounded(entry.largest_movement),
                self.potential["name"],
                entry.output,
            )
            for entry in self.entries
        ]
        said = f"{self.potential['model']}, {self.potential['package']} {self.potential['version']}"
        found = [
            Table(
                f"{self.folder}: relaxed by {said}",
                (
                    "structure",
                    "status",
                    "steps",
                    "energy before (eV)",
                    "after",
                    "largest force (eV/Å)",
                    "largest movement (Å)",
                    "potential",
                    "file",
                ),
                rows,
            )
        ]
        wrong = [(entry.structure, entry.error) for entry in self.entries if entry.error]
        if wrong:
            found.append(Table("", ("structure", "error"), wrong))
        return found


def relax_all(
    structures: Sequence[str],
    folder: str,
    potential: Potential,
    *,
    fix: Sequence[str] = (),
    resume: bool = False,
    force: bool = False,
    begin: Callable[[str], None] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Sweep:
    """Relax structures one after another; one that fails does not stop the others.

    Parameters
    ----------
    structures
        As :func:`ionsmith.crystals.files.read_structure` takes them.
    folder
        New or empty, unless resumed or forced. Each structure goes there as extended XYZ under its
        own name; the manifest is written after each.
    potential
        What relaxes them.
    fix
        Atoms to hold, as :func:`ionsmith.simulation.relaxing.select_atoms` takes them.
    resume
        Leave out what the manifest says has converged, go on from checkpoints, and try again what
        failed. The manifest keeps its rows of other structures.
    force
        Replace what is in the folder.
    begin
        Called with each structure's name before it is relaxed.
    progress, **options
        As :func:`ionsmith.simulation.relaxing.relax` takes them.

    Raises
    ------
    OutputExists
        For a folder that is not empty.
    InvalidInput
        For two structures of one name, or other settings than those of the manifest while it has
        rows of other structures.
    """
    target = Path(folder)
    outputs = _outputs(structures)
    if target.is_file():
        raise OutputExists(f"{folder} is a file; several structures go into a folder")
    if target.is_dir() and any(target.iterdir()) and not (resume or force):
        raise OutputExists(
            f"{folder} is not empty; go on with --resume, begin anew with --force, or choose "
            "another folder"
        )
    settings = {"fix": list(fix), **options}
    known, kept = _known(target, potential, settings) if resume else ({}, {})
    if strange := next((name for name in known if name not in {*outputs, *kept}), None):
        raise InvalidInput(
            f"{folder} holds {strange}, relaxed with another potential or other settings; take "
            "another folder, or name all of its structures"
        )
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise UnreadableFile(f"{folder}: cannot be made ({error.strerror})") from error
    entries: list[Entry] = []
    for structure, output in zip(structures, outputs, strict=True):
        if begin is not None:
            begin(structure)
        entries.append(
            _one(structure, target / output, potential, known.get(output), fix=fix, resume=resume,
                 force=force, progress=progress, options=options)
        )  # fmt: skip
        rows = {**kept, **{entry.output: entry for entry in entries}}
        whole = Sweep(".", potential.describe(), tuple(rows.values()))
        document = {**whole.to_dict(), "settings": settings}
        text = json.dumps(document, indent=1, ensure_ascii=False)
        write_text(str(target / MANIFEST), text + "\n", force=True)
    return Sweep(folder, potential.describe(), tuple(entries))


def _one(
    structure: str,
    path: Path,
    potential: Potential,
    known: Entry | None,
    *,
    fix: Sequence[str],
    resume: bool,
    force: bool,
    progress: Progress | None,
    options: dict[str, Any],
) -> Entry:
    job = None
    try:
        atoms = read_structure(structure)
        fixed = select_atoms(atoms, fix)
        job = job_of(atoms, potential, fixed=fixed, **options)
        if known is not None and _is_finished(known, path, job, options["fmax"]):
            return known
        # A result of other settings, or of fewer steps, gives way; its checkpoint only if it fits.
        result = relax_to_file(
            atoms,
            str(path),
            potential,
            resume=resume and Path(f"{path}{SUFFIX}").exists(),
            force=resume or force,
            progress=progress,
            fixed=fixed,
            **options,
        )
    except IonsmithError as error:
        return Entry(structure, path.name, "failed", error=str(error), job=job)
    return _entry(structure, path, job, result)


def _entry(structure: str, path: Path, job: str | None, result: Relaxation) -> Entry:
    return Entry(
        structure=structure,
        output=path.name,
        status="converged" if result.converged else "not converged",
        job=job,
        steps=result.steps,
        energy_before=result.energy_before,
        energy_after=result.energy_after,
        largest_force=result.largest_force_after,
        largest_movement=max(row.largest for row in result.movements),
        sha256=hash_file(path),
    )


def _is_finished(known: Entry, path: Path, job: str, fmax: float) -> bool:
    return (
        known.status == "converged"
        and known.job == job
        and known.largest_force is not None
        and known.largest_force < fmax
        and path.is_file()
        and hash_file(path) == known.sha256
    )


def _outputs(structures: Sequence[str]) -> list[str]:
    names: dict[str, str] = {}
    for structure in structures:
        stem = "stdin" if structure == "-" else Path(structure.removeprefix("lib:")).stem
        name = f"{stem}.extxyz"
        if name in names:
            raise InvalidInput(
                f"{names[name]} and {structure} would both become {name}; rename one, or relax "
                "them into folders of their own"
            )
        names[name] = structure
    return list(names)


def _known(
    folder: Path, potential: Potential, settings: dict[str, Any]
) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """Rows of a manifest by file, and those of them that stay true beside rows of these settings.

    The number of steps only says where a relaxation ends, and each row says whether it did.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return {}, {}
    try:
        found = json.loads(manifest.read_text(encoding="utf-8"))
        rows = {entry["output"]: Entry(**entry) for entry in found["entries"]}
        before = {**found["settings"], "steps": None, "potential": found["potential"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{manifest}: not the manifest of a sweep ({error}); begin anew with --force"
        ) from error
    same = before == {**settings, "steps": None, "potential": potential.describe()}
    return rows, rows if same else {}
