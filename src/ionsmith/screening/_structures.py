"""Given structures as a campaign: relaxing several of them into a folder."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.choices import checked
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.errors import InvalidInput, OutputExists, UnreadableFile
from ionsmith.potentials import DEFAULT_POTENTIAL, Device, load_potential
from ionsmith.screening._campaign import JOB, Campaign, write_campaign
from ionsmith.screening._candidates import candidates_of, hash_file, is_file
from ionsmith.screening._claims import claimed
from ionsmith.screening._job import Job
from ionsmith.screening._table import CampaignTable, campaign_table
from ionsmith.screening.handing_on import models_of
from ionsmith.screening.running import run_campaign


@dataclass(frozen=True)
class Given:
    """A structure that is taken as it is.

    Parameters
    ----------
    atoms
        The structure.
    """

    atoms: Atoms


def given(structure: str) -> Given:
    """Read a structure, for campaigns of structures that are there already.

    Parameters
    ----------
    structure
        ``lib:NAME`` or a file.
    """
    return Given(read_structure(structure))


@checked
def relax_structures(
    structures: Sequence[str],
    folder: str | PathLike[str],
    potential: str = DEFAULT_POTENTIAL,
    *,
    freeze: Iterable[str | int] = (),
    resume: bool = False,
    force: bool = False,
    workers: int | None = None,
    threads: int = 1,
    device: Device = "cpu",
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> CampaignTable:
    """Relax several structures into a folder, which is a campaign; a failure stops no other.

    Parameters
    ----------
    structures
        Files, or crystals of the library as ``lib:NAME``.
    folder
        New or empty, unless resumed or forced. Each relaxed structure is written there as extended
        XYZ under its own name.
    potential
        Name of a potential, as for :func:`ionsmith.potentials.load_potential`.
    freeze
        Atoms that do not move, as for :func:`ionsmith.simulation.relaxing.relax`.
    resume
        Skip what is finished, continue what was interrupted, and try again what failed; structures
        that were relaxed there before stay.
    force
        Begin again.
    workers
        Processes; by default as many as there are structures, or cores.
    threads
        Threads of a machine-learned potential in each process.
    device
        Where a machine-learned potential runs; on ``"cuda"`` one process works by default.
    progress
        Called with the number of finished structures and of all.
    **options
        Further options of :func:`ionsmith.simulation.relaxing.relax`.

    Returns
    -------
    CampaignTable
        The rows of these structures.

    Raises
    ------
    OutputExists
        If the folder is not empty.
    InvalidInput
        If two structures have the same name, or the settings differ from those of other structures
        in the folder.
    """
    target = Path(folder)
    _outputs(structures)
    if target.is_file():
        raise OutputExists(f"{folder} is a file; several structures are written into a folder")
    if target.is_dir() and any(target.iterdir()) and not (resume or force):
        raise _not_empty(target)
    method = load_potential(potential, threads=threads, device=device).method
    relax = {"freeze": [str(selection) for selection in freeze], **options}
    job = Job("structure", vary={"structure": list(structures)}, potential=potential, relax=relax)
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise UnreadableFile(f"{folder}: cannot be created ({error.strerror})") from error
    own = _planned(target, job, method, resume=resume, force=force)
    campaign = Campaign.open(target)
    cuda = device == "cuda"
    run_campaign(
        campaign, workers=workers or (1 if cuda else None), retry=resume, threads=threads,
        device=device, progress=progress,
    )  # fmt: skip
    campaign = Campaign.open(target)
    table = campaign_table(campaign)
    by_content = {_content(str(row.varied["structure"])): row for row in table.rows}
    rows = {name: replace(by_content[_content(name)], varied={"structure": name}) for name in own}
    models = models_of(campaign, {row.key for row in rows.values() if row.steps is not None})
    for name, row in rows.items():
        if row.key in models:
            write_structure(target / own[name], models[row.key], force=True)
    return replace(table, rows=tuple(rows.values()))


def _content(name: str) -> str:
    """What is the same for files of the same content."""
    return name.split("-")[0] if name.startswith("inputs/") else name


def _planned(target: Path, job: Job, method: str, *, resume: bool, force: bool) -> dict[str, str]:
    """Plan the structures, and those that were there before; outputs of these by structure."""
    while True:
        with claimed(target / "claims", "plan") as claim:
            if claim is not None:
                there = (target / JOB).exists()
                if there and not (resume or force):
                    raise _not_empty(target)
                before = Campaign.open(target) if there and resume else None
                if force:
                    for path in (target / "results").glob("*"):
                        path.unlink()
                    for path in (target / "working").glob("*/*"):
                        path.unlink()
                return _write(target, job, method, before)
        time.sleep(0.1)


def _write(target: Path, job: Job, method: str, before: Campaign | None) -> dict[str, str]:
    """Write the campaign of the structures of a job and those that were there before."""
    outputs = _outputs(job.vary["structure"])
    files = {
        name: f"inputs/{hash_file(Path(name))[:8]}-{Path(name).name}"
        for name in outputs
        if is_file(name)
    }
    own = {files.get(name, name): output for name, output in outputs.items()}
    kept = [] if before is None else before.job.vary["structure"]
    others = [name for name in kept if _output(name) not in own.values()]
    if before is not None and others:
        same = (before.job.potential, before.job.relax, before.methods[0])
        if same != (job.potential, job.relax, method):
            raise InvalidInput(
                f"{target} holds {_output(others[0])}, relaxed with another potential or other "
                "settings; choose another folder, or name all of its structures"
            )
    places = {Path(name): place for name, place in files.items()}
    names = [*others, *own]
    with_own = replace(job, vary={"structure": names})
    for path, place in places.items():
        (target / place).parent.mkdir(exist_ok=True)
        if not (target / place).exists():
            (target / place).write_bytes(path.read_bytes())
    candidates, _ = candidates_of(with_own, target)
    write_campaign(target, with_own, (method, None), candidates, {})
    return own


def _output(name: str) -> str:
    """Name of the output of a structure, as it was given or as a campaign keeps it."""
    stem = Path(name.removeprefix("lib:")).stem
    return f"{stem.split('-', 1)[1] if name.startswith('inputs/') else stem}.extxyz"


def _outputs(structures: Sequence[str]) -> dict[str, str]:
    """Names of outputs by structure."""
    outputs: dict[str, str] = {}
    for name in structures:
        if name == "-" or Path(name).is_dir():
            raise InvalidInput(f"{name} is no file; relax it alone, with -o FILE")
        output = _output(name)
        if output in outputs.values():
            (other,) = (key for key, value in outputs.items() if value == output)
            raise InvalidInput(
                f"{other} and {name} would both become {output}; rename one, or relax them into "
                "separate folders"
            )
        outputs[name] = output
    return outputs


def _not_empty(folder: Path) -> OutputExists:
    """That a folder is in use."""
    return OutputExists(
        f"{folder} is not empty; continue with `resume`, begin again with `force`, or choose "
        "another folder"
    )
