"""Relax a structure into a file, so that an interruption loses nothing and repeats nothing."""

from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith import provenance
from ionsmith.errors import OutputExists
from ionsmith.files import check_output, read_structure, write_structure
from ionsmith.relaxation.calculators import Potential
from ionsmith.relaxation.relax import job_of, relax
from ionsmith.relaxation.result import Relaxation, relaxation_report

SUFFIX = ".checkpoint.json"


def relax_to_file(
    atoms: Atoms,
    output: str,
    potential: Potential,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    force: bool = False,
    **options: Any,
) -> Relaxation:
    """Relax a structure and write it.

    The checkpoint lies beside the output and goes when the relaxation has converged.

    Parameters
    ----------
    atoms
        The structure.
    output
        A file whose suffix says the format, or ``-`` for standard output.
    potential
        What relaxes it.
    checkpoint
        Another place for the checkpoint; ``-`` as output has none by default.
    resume
        Go on from the checkpoint if there is one. What is finished is not done again.
    force
        Replace the output, and forget a checkpoint.
    **options
        As :func:`ionsmith.relaxation.relax.relax` takes them.

    Raises
    ------
    OutputExists
        For output or a checkpoint that is there already.
    """
    if checkpoint is None and output != "-":
        checkpoint = Path(output + SUFFIX)
    begun = checkpoint is not None and checkpoint.exists()
    if begun and not (resume or force):
        raise OutputExists(
            f"{checkpoint} holds a relaxation that has not finished; go on with --resume, or begin "
            "anew with --force"
        )
    check_output(output, force=force or resume)
    if resume and not begun and output != "-" and Path(output).exists() and not force:
        return _finished(atoms, output, potential, **options)
    result = relax(atoms, potential, checkpoint=checkpoint, resume=resume and begun, **options)
    write_structure(output, result.atoms, force=True)
    if checkpoint is not None and result.converged:
        checkpoint.unlink(missing_ok=True)
    return result


def _finished(atoms: Atoms, output: str, potential: Potential, **options: Any) -> Relaxation:
    """The report of a relaxation whose output is there, and is of this very job."""
    there = read_structure(output)
    steps = provenance.of(there).get("steps") or [{}]
    how = steps[-1].get("parameters", {})
    job = job_of(atoms, potential, **options)
    if how.get("job") != job or not how["converged"] or how["fmax"] > options.get("fmax", 0.05):
        raise OutputExists(
            f"{output} exists and is not the result of this relaxation; choose another name or "
            "pass --force"
        )
    return relaxation_report(atoms, there)
