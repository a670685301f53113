"""Relax several structures into a folder, with a manifest that a resumption reads."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, TypedDict

from ionsmith.crystals.files import CrystalLike, name_of, read_structure, write_text
from ionsmith.errors import InvalidInput, IonsmithError, OutputExists, UnreadableFile, reason_of
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.records import check_record
from ionsmith.results import Result, Table
from ionsmith.simulation.relaxing._job import SUFFIX, hash_file, relax_to_file
from ionsmith.simulation.relaxing._relax import SMAX, Progress, job_of
from ionsmith.simulation.relaxing._result import Relaxation
from ionsmith.simulation.relaxing._selection import select_atoms

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One structure of a sweep.

    Parameters
    ----------
    structure
        name of the structure, as given
    output
        file in the folder
    status
        how it ended
    error
        what went wrong
    job
        hash of the structure and the settings; null if the structure could not be read
    steps
        number of steps taken
    energy_before, energy_after
        energy of the whole structure, in eV
    largest_force
        largest force on an atom at the end, in eV/Å
    largest_stress
        largest stress of the strains that relax at the end, in GPa; null where the cell is kept
    largest_movement
        largest displacement of an atom, in Å
    sha256
        hash of the output
    """

    structure: str
    output: str
    status: Literal["converged", "not converged", "failed"]
    error: str | None = None
    job: str | None = None
    steps: int | None = None
    energy_before: float | None = None
    energy_after: float | None = None
    largest_force: float | None = None
    largest_stress: float | None = None
    largest_movement: float | None = None
    sha256: str | None = None


class _Manifest(TypedDict):
    """What is read of a manifest."""

    entries: list[dict[str, Any]]
    settings: dict[str, Any]
    potential: dict[str, Any]


@dataclass(frozen=True)
class Sweep(Result):
    """Results of relaxing several structures.

    Parameters
    ----------
    folder
        folder of the relaxed structures
    potential
        potential that all energies belong to: name, model, package, version, hash of the weights,
        source
    entries
        one entry per structure, in their order
    """

    folder: str
    potential: dict[str, str | None]
    entries: tuple[Entry, ...]

    @property
    def unfinished(self) -> int:
        """Number of structures that failed or have not converged."""
        return sum(entry.status != "converged" for entry in self.entries)

    def tables(self) -> list[Table]:
        """Return one row per structure, then the errors."""

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
        potential = self.potential
        tables = [
            Table(
                f"{self.folder}: relaxed with {potential['model']}, {potential['package']} "
                f"{potential['version']}",
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
            tables.append(Table("", ("structure", "error"), wrong))
        return tables


def relax_all(
    structures: Sequence[CrystalLike],
    folder: str | PathLike[str],
    potential: PotentialLike,
    *,
    freeze: Iterable[str | int] = (),
    resume: bool = False,
    force: bool = False,
    begin: Callable[[str], None] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Sweep:
    """Relax structures one after another; a failure does not stop the others.

    Parameters
    ----------
    structures
        The structures.
    folder
        New or empty, unless resumed or forced. Each structure is written there as extended XYZ
        under its own name; the manifest is written after each.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    freeze
        Atoms that do not move, as for :func:`ionsmith.simulation.relaxing.relax`.
    resume
        Skip what has converged according to the manifest, continue from checkpoints, and try again
        what failed. The manifest keeps its rows of other structures.
    force
        Replace what is in the folder.
    begin
        Called with each structure's name before it is relaxed.
    progress, **options
        Further options of :func:`ionsmith.simulation.relaxing.relax`.

    Raises
    ------
    OutputExists
        If the folder is not empty.
    InvalidInput
        If two structures have the same name, or the settings differ from those of the manifest
        while it has rows of other structures.
    """
    target = Path(folder)
    outputs = _outputs(structures)
    if target.is_file():
        raise OutputExists(f"{folder} is a file; several structures are written into a folder")
    if target.is_dir() and any(target.iterdir()) and not (resume or force):
        raise OutputExists(
            f"{folder} is not empty; continue with `resume`, begin again with `force`, or choose "
            "another folder"
        )
    potential = load_potential(potential)
    selections = [str(selection) for selection in freeze]
    settings = {"freeze": selections, **options}
    known, kept = _known(target, potential, settings) if resume else ({}, {})
    if other := next((name for name in known if name not in {*outputs, *kept}), None):
        raise InvalidInput(
            f"{folder} holds {other}, relaxed with another potential or other settings; choose "
            "another folder, or name all of its structures"
        )
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise UnreadableFile(f"{folder}: cannot be created ({error.strerror})") from error
    entries: list[Entry] = []
    for output, structure in outputs.items():
        if begin is not None:
            begin(_name(structure))
        entries.append(
            _relax_one(structure, target / output, potential, known.get(output),
                       selections, resume=resume, force=force, progress=progress, options=options)
        )  # fmt: skip
        rows = {**kept, **{entry.output: entry for entry in entries}}
        whole = Sweep(".", potential.describe(), tuple(rows.values()))
        document = {**whole.to_dict(), "settings": settings}
        text = json.dumps(document, indent=1, ensure_ascii=False)
        write_text(target / MANIFEST, text + "\n", force=True)
    return Sweep(fspath(folder), potential.describe(), tuple(entries))


def _relax_one(
    structure: CrystalLike,
    path: Path,
    potential: Potential,
    known: Entry | None,
    selections: list[str],
    *,
    resume: bool,
    force: bool,
    progress: Progress | None,
    options: dict[str, Any],
) -> Entry:
    """Relax one structure, unless its entry in the manifest is still true."""
    job = None
    try:
        atoms = read_structure(structure)
        job = job_of(atoms, potential, select_atoms(atoms, selections), **options)
        limits = options.get("fmax", 0.05), options.get("smax", SMAX)
        if known is not None and _is_finished(known, path, job, *limits):
            return known
        # Results of other settings or fewer steps are replaced; a checkpoint only if it fits.
        result = relax_to_file(
            atoms,
            path,
            potential,
            freeze=selections,
            resume=resume and Path(f"{path}{SUFFIX}").exists(),
            force=resume or force,
            progress=progress,
            **options,
        )
    except IonsmithError as error:
        return Entry(_name(structure), path.name, "failed", error=str(error), job=job)
    return _entry(_name(structure), path, job, result)


def _entry(structure: str, path: Path, job: str | None, result: Relaxation) -> Entry:
    """Row of a structure that was relaxed."""
    return Entry(
        structure=structure,
        output=path.name,
        status="converged" if result.converged else "not converged",
        job=job,
        steps=result.steps,
        energy_before=result.energy_before,
        energy_after=result.energy_after,
        largest_force=result.largest_force_after,
        largest_stress=result.largest_stress_after,
        largest_movement=max(row.largest for row in result.movements),
        sha256=hash_file(path),
    )


def _is_finished(known: Entry, path: Path, job: str, fmax: float, smax: float) -> bool:
    """Whether a row of the manifest describes this job, and its file is unchanged."""
    return (
        known.status == "converged"
        and known.job == job
        and known.largest_force is not None
        and known.largest_force < fmax
        and (known.largest_stress or 0.0) < smax
        and path.is_file()
        and hash_file(path) == known.sha256
    )


def _name(structure: CrystalLike) -> str:
    """Name of a structure in the manifest: as it was given, where it is a name or a path."""
    return fspath(structure) if isinstance(structure, str | PathLike) else name_of(structure)


def _outputs(structures: Sequence[CrystalLike]) -> dict[str, CrystalLike]:
    """Structures by the name of their output."""
    outputs: dict[str, CrystalLike] = {}
    for structure in structures:
        name = _name(structure)
        output = f"{'stdin' if name == '-' else Path(name.removeprefix('lib:')).stem}.extxyz"
        if output in outputs:
            raise InvalidInput(
                f"{_name(outputs[output])} and {name} would both become {output}; rename one, or "
                "relax them into separate folders"
            )
        outputs[output] = structure
    return outputs


def _known(
    folder: Path, potential: Potential, settings: dict[str, Any]
) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """Rows of a manifest by file, and those of them that stay true beside rows of these settings.

    The number of steps only decides where a relaxation ends, and each row says how it ended.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return {}, {}
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
        check_record(document, _Manifest)
        for entry in document["entries"]:
            check_record(entry, Entry)
        rows = {entry["output"]: Entry(**entry) for entry in document["entries"]}
        before = {**document["settings"], "steps": None, "potential": document["potential"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{manifest}: not the manifest of a sweep ({reason_of(error)}); begin again with "
            "`force`"
        ) from error
    same = before == {**settings, "steps": None, "potential": potential.describe()}
    return rows, rows if same else {}
