"""``ionsmith relax``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.potential import POTENTIALS

if TYPE_CHECKING:
    from ionsmith.potentials import Potential
    from ionsmith.simulation.relaxing import Relaxation, Sweep


@click.command(
    cls=Command,
    epilog="Example: ionsmith relax lib:si --potential sevennet -o relaxed.extxyz",
)
@click.argument("structures", nargs=-1, required=True, metavar="STRUCTURE...")
@click.option(
    "-o", "--output", metavar="FILE|DIR",
    help="Where the relaxed structure goes, - for standard output; a folder for several.",
)  # fmt: skip
@click.option(
    "--potential",
    default="sevennet",
    show_default=True,
    metavar="NAME",
    help=f"{POTENTIALS}.",
)
@click.option(
    "--cell",
    type=click.Choice(["none", "full", "isotropic", "z"]),
    default="none",
    show_default=True,
    help="Let the cell change: not, all strains, its volume, or along z alone.",
)
@click.option(
    "--fmax",
    type=float,
    default=0.05,
    show_default=True,
    metavar="eV/Å",
    help="Largest force of a relaxed structure.",
)
@click.option(
    "--steps", type=click.IntRange(min=0), default=500, show_default=True, help="Most steps."
)
@click.option(
    "--optimizer",
    type=click.Choice(["lbfgs", "fire"]),
    default="lbfgs",
    show_default=True,
    help="How steps are taken.",
)
@click.option(
    "--fix",
    multiple=True,
    metavar="ATOMS",
    help="Hold elements or atoms, as O or 0-11,15 (numbered from 0; may be repeated).",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Of a machine-learned potential; one gives the same bytes on every run.",
)
@click.option(
    "--checkpoint",
    metavar="FILE",
    help="Where the state is kept after each step [default: beside the output].",
)
@click.option("--resume", is_flag=True, help="Go on after an interruption.")
@click.option("--force", is_flag=True, help="Replace existing output and begin anew.")
@click.option("--dry-run", is_flag=True, help="Evaluate the structure once; write nothing.")
@output_options
def relax(
    structures: tuple[str, ...],
    output: str | None,
    potential: str,
    cell: str,
    fmax: float,
    steps: int,
    optimizer: str,
    fix: tuple[str, ...],
    threads: int,
    checkpoint: str | None,
    resume: bool,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Relax STRUCTURE with a machine-learned or classical potential.

    Constraints of the structure hold. The state is kept in OUTPUT.checkpoint.json until the
    structure has converged: --resume goes on after any interruption, with the result of an
    uninterrupted run. Where the steps run out, the structure is written as it is by then and the
    exit code is 3; --resume with more --steps goes on. Several structures go into a folder with a
    manifest.json, and --resume leaves out those that are finished. Beside formats that do not say
    what made them, as .cif and .vasp, the state stays, so that --resume knows what is finished.
    """
    from ionsmith.errors import NotConverged
    from ionsmith.potentials import load_potential

    several = len(structures) > 1 or (output is not None and _is_folder(output))
    if output is None and not dry_run:
        raise click.UsageError("say where the structure goes with -o FILE, or pass --dry-run")
    if several and (dry_run or checkpoint is not None):
        raise click.UsageError("--dry-run and --checkpoint are for one structure")
    if resume and force:
        raise click.UsageError("--resume goes on and --force begins anew; give one of them")
    options = {"cell": cell, "fmax": fmax, "steps": steps, "optimizer": optimizer}
    found = load_potential(potential, threads=threads)
    inputs = {"structures": structures, "potential": potential, **options, "freeze": fix}
    inputs |= {"threads": threads, "output": output, "dry_run": dry_run}
    again = {"resume": resume, "force": force}
    result: Relaxation | Sweep
    if several:
        assert output is not None
        result = _sweep(structures, output, found, freeze=fix, **again, **options)
        left = f"{output}: {result.unfinished} of {len(structures)} structures not relaxed"
        complete = result.unfinished == 0
    else:
        result = _relax(
            structures[0], output, found, fix, checkpoint, again, options, dry_run=dry_run
        )
        where = "standard output" if output == "-" else output
        left = f"{where}: not converged after {result.steps} steps"
        complete = dry_run or result.converged
    emit(
        "relax.sweep" if several else "relax",
        inputs,
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-" and not dry_run,
    )
    if not complete:
        kept = several or output != "-" or checkpoint is not None
        how = "go on with --resume and more --steps" if kept else "allow more --steps"
        raise NotConverged(f"{left}; {how}")


def _is_folder(output: str) -> bool:
    return output.endswith("/") or Path(output).is_dir()


def _report(step: int, energy: float, force: float) -> None:
    click.echo(f"step {step:5d}  energy {energy:16.6f} eV  fmax {force:10.4f} eV/Å", err=True)


def _relax(
    structure: str,
    output: str | None,
    potential: "Potential",
    fix: tuple[str, ...],
    checkpoint: str | None,
    again: dict[str, bool],
    options: dict[str, Any],
    *,
    dry_run: bool,
) -> "Relaxation":
    from ionsmith.crystals.files import check_output, read_structure
    from ionsmith.simulation.relaxing import relax as relax_atoms
    from ionsmith.simulation.relaxing import relax_to_file

    evaluated = []

    def report(step: int, energy: float, force: float) -> None:
        evaluated.append(step)
        _report(step, energy, force)

    atoms = read_structure(structure)
    options = {**options, "freeze": fix, "progress": report}
    if dry_run:
        if output is not None:
            check_output(output, force=again["force"] or again["resume"], atoms=atoms)
        return relax_atoms(atoms, potential, **{**options, "steps": 0})
    assert output is not None
    place = None if checkpoint is None else Path(checkpoint)
    result = relax_to_file(atoms, output, potential, checkpoint=place, **{**again, **options})
    if not evaluated:
        click.echo(f"{output} is the result of this relaxation; nothing was done again", err=True)
    return result


def _sweep(
    structures: tuple[str, ...], folder: str, potential: "Potential", **options: Any
) -> "Sweep":
    from ionsmith.simulation.relaxing import relax_all

    def begin(structure: str) -> None:
        click.echo(structure, err=True)

    return relax_all(structures, folder, potential, begin=begin, progress=_report, **options)
