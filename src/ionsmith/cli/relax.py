"""``ionsmith relax``."""

from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    PotentialOption,
    Steps,
    Threads,
    argument,
    command,
    emit,
    is_folder,
    option,
    refuse_idle,
)
from ionsmith.crystals.files import check_output, read_structure
from ionsmith.errors import NotConverged
from ionsmith.potentials import DEFAULT_POTENTIAL, NamedPotential
from ionsmith.screening import CampaignTable, relax_structures
from ionsmith.simulation.relaxing import (
    CellChange,
    Optimizer,
    Relaxation,
    relax,
    relax_to_file,
)


@command(
    example="relax lib:sio2 --cell full -o relaxed.extxyz",
    kinds={"relax": Relaxation, "screen.table": CampaignTable},
)
def relax_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    output: Annotated[
        str | None,
        option(
            "File of the relaxed structure, - for standard output; a folder for several.",
            "-o",
            "--output",
            metavar="FILE|DIR",
        ),
    ] = None,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = DEFAULT_POTENTIAL,
    cell: Annotated[
        CellChange,
        option("Relax the cell: not, all strains, its volume, or along z alone."),
    ] = "none",
    fmax: Annotated[float, option("Largest force of a relaxed structure.", metavar="eV/Å")] = 0.05,
    smax: Annotated[float, option("Largest stress of a relaxed cell.", metavar="GPa")] = 0.05,
    steps: Steps = 500,
    optimizer: Annotated[Optimizer, option("Algorithm of the steps.")] = "lbfgs",
    freeze: Annotated[
        tuple[str, ...],
        option(
            "Freeze elements or atoms, as O or 0-11,15 (numbered from 0; may be repeated).",
            metavar="ATOMS",
        ),
    ] = (),
    threads: Threads = 1,
    workers: Annotated[
        int | None,
        option("Processes for several structures [default: cores].", type=click.IntRange(1)),
    ] = None,
    device: OnDevice = "cpu",
    checkpoint: Annotated[
        str | None,
        option(
            "Where the state is saved after each step [default: beside the output].", metavar="FILE"
        ),
    ] = None,
    resume: Annotated[bool, option("Resume an interrupted run.")] = False,
    force: Annotated[bool, option("Replace existing output and start again.")] = False,
    dry_run: Annotated[bool, option("Evaluate the structure once; write nothing.")] = False,
) -> None:
    """Relax STRUCTURE with a machine-learned or classical potential.

    Constraints of the structure hold. The state is kept in OUTPUT.checkpoint.json until the
    structure has converged: --resume continues after any interruption, with the result of an
    uninterrupted run. If the steps run out, the structure is written as it is by then and the exit
    code is 3; --resume with more --steps continues. Beside formats that hold no provenance, such as
    .cif and .vasp, the state stays, so that --resume knows what is finished.

    Several structures go into a folder, which is a campaign (ionsmith screen): they are relaxed in
    parallel, --resume skips those that are finished and goes on where it was interrupted; those
    whose steps ran out begin again with more --steps.
    """
    several = len(structures) > 1 or (output is not None and _is_folder(output))
    if output is None and not dry_run:
        raise click.UsageError("say where the structure goes with -o FILE, or pass --dry-run")
    if several and output is not None and not is_folder(output):
        raise click.UsageError(
            f"-o {output}: several structures go into a folder; name one, with / at its end if its "
            "name has a suffix"
        )
    if several and (dry_run or checkpoint is not None):
        raise click.UsageError("--dry-run and --checkpoint are for one structure")
    if not several and workers is not None:
        raise click.UsageError("--workers is for several structures")
    if resume and force:
        raise click.UsageError("--resume continues and --force starts again; give one of them")
    settings: dict[str, Any] = {"cell": cell, "fmax": fmax, "smax": smax, "steps": steps}
    settings["optimizer"] = optimizer
    if cell == "none":
        refuse_idle("beside --cell none", "smax")
    again = {"resume": resume, "force": force}
    where = "standard output" if output == "-" else output
    result: Relaxation | CampaignTable
    if several:
        assert output is not None
        result = relax_structures(
            structures,
            output,
            potential,
            freeze=freeze,
            workers=workers,
            threads=threads,
            device=device,
            progress=lambda done, count: click.echo(f"{done} of {count}", err=True),
            **again,
            **settings,
        )
        unfinished = sum(row.status != "relaxed" for row in result.rows)
        left = f"{output}: {unfinished} of {len(structures)} structures not relaxed"
        complete = unfinished == 0
    else:
        loaded = NamedPotential(potential, threads, device)
        result = _relax_one(
            structures[0], output, loaded, freeze, checkpoint, again, settings, dry_run=dry_run
        )
        left = f"{where}: not converged after {result.steps} steps"
        complete = dry_run or result.converged
    emit(result)
    if not complete:
        kept = output != "-" or checkpoint is not None
        how = "continue with --resume and more --steps" if kept else "allow more --steps"
        raise NotConverged(f"{left}; {how}")


def _is_folder(output: str) -> bool:
    """Whether the output of a relaxation is a folder."""
    return output.endswith("/") or Path(output).is_dir()


def _report(step: int, energy: float, force: float, stress: float) -> None:
    """Print one step to standard error."""
    ends = f"  smax {stress:8.3f} GPa" if stress else ""
    click.echo(f"step {step:5d}  energy {energy:16.6f} eV  fmax {force:10.4f} eV/Å{ends}", err=True)


def _relax_one(
    structure: str,
    output: str | None,
    potential: NamedPotential,
    freeze: tuple[str, ...],
    checkpoint: str | None,
    again: dict[str, bool],
    settings: dict[str, Any],
    *,
    dry_run: bool,
) -> Relaxation:
    """Relax one structure into a file, or evaluate it."""
    evaluated = []

    def report(step: int, energy: float, force: float, stress: float) -> None:
        evaluated.append(step)
        _report(step, energy, force, stress)

    atoms = read_structure(structure)
    settings = {**settings, "freeze": freeze, "progress": report}
    if dry_run:
        if output is not None:
            check_output(output, force=again["force"] or again["resume"], atoms=atoms)
        return relax(atoms, potential, **{**settings, "steps": 0})
    assert output is not None
    place = None if checkpoint is None else Path(checkpoint)
    result = relax_to_file(atoms, output, potential, checkpoint=place, **{**again, **settings})
    if not evaluated:
        click.echo(f"{output} is the result of this relaxation; nothing was done again", err=True)
    return result
