"""Relax a structure into a file, so that an interruption loses nothing and repeats nothing.

Atoms that a user names: by element, or by number.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith import provenance
from ionsmith.crystals.files import (
    check_output,
    check_target,
    read_structure,
    structure_format,
    write_structure,
)
from ionsmith.errors import InvalidInput, OutputExists
from ionsmith.simulation.potentials import Potential
from ionsmith.simulation.relaxing._checkpoint import Checkpoint, State, hash_file
from ionsmith.simulation.relaxing._relax import job_of, relax, restore
from ionsmith.simulation.relaxing._result import Relaxation, relaxation_report

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

    The checkpoint lies beside the output and goes when the relaxation has converged, unless the
    output is of a format that does not say what made it: there it stays, without what only a
    further step would need, and says that the output is finished.

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
        As :func:`ionsmith.simulation.relaxing.relax` takes them.

    Raises
    ------
    OutputExists
        For output or a checkpoint that is there already, or one name for both.
    UnreadableFile
        For a checkpoint that is none, or a place where nothing can be written.
    """
    if checkpoint is None and output != "-":
        checkpoint = Path(output + SUFFIX)
    store = None if checkpoint is None else Checkpoint(checkpoint)
    known = None
    if store is not None:
        check_target(str(store.path), force=True)
        if output != "-" and store.path.resolve() == Path(output).resolve():
            raise OutputExists(f"{output} cannot be the checkpoint too; name another file")
        # Read even where it gives way: what is no checkpoint is not ours to replace.
        known = store.read() if store.path.exists() else None
    begun = known is not None and known.output is None
    if begun and not (resume or force):
        raise OutputExists(
            f"{checkpoint} holds a relaxation that has not finished; go on with --resume, or begin "
            "anew with --force"
        )
    check_output(output, force=force or resume, atoms=atoms)
    if resume and not begun and output != "-" and Path(output).exists() and not force:
        return _finished(atoms, output, potential, known, **options)
    result = relax(atoms, potential, checkpoint=checkpoint, resume=resume and begun, **options)
    write_structure(output, result.atoms, force=True)
    if store is not None and result.converged:
        if structure_format(output) == "extxyz":
            store.path.unlink(missing_ok=True)
        else:
            store.finish(Path(output), result.energy_after, result.largest_force_after)
    return result


def _finished(
    atoms: Atoms, output: str, potential: Potential, known: State | None, **options: Any
) -> Relaxation:
    """The report of a relaxation whose output is there, and is of this very job."""
    job, fmax = job_of(atoms, potential, **options), options.get("fmax", 0.05)
    if known is not None:
        same = known.output == hash_file(Path(output))
        if same and known.job == job and known.forces[-1] < fmax:
            return restore(atoms, potential, known, **options)
    else:
        there = read_structure(output)
        steps = provenance.of(there).get("steps")
        if not steps:
            raise OutputExists(
                f"{output} exists and does not say what made it, so that it may be the result of "
                "another relaxation; choose another name or pass --force"
            )
        how = steps[-1].get("parameters", {})
        if how.get("job") == job and how["converged"] and how["fmax"] <= fmax:
            return relaxation_report(atoms, there)
    raise OutputExists(
        f"{output} exists and is not the result of this relaxation; choose another name or "
        "pass --force"
    )


def select_atoms(atoms: Atoms, selections: Iterable[str]) -> list[int]:
    """Find the atoms that selections name.

    Parameters
    ----------
    atoms
        The structure.
    selections
        Each a list of elements, numbers from 0 and ranges: ``"O"``, ``"0-11,15"``, ``"Al,3"``.

    Returns
    -------
    list of int
        Indices, rising.

    Raises
    ------
    InvalidInput
        For a word that is none of these, and for one that names no atom of the structure.
    """
    chosen: set[int] = set()
    for word in (part.strip() for selection in selections for part in selection.split(",")):
        if word in atomic_numbers:
            own = {i for i, z in enumerate(atoms.numbers) if z == atomic_numbers[word]}
        else:
            first, dash, last = word.partition("-")
            try:
                own = set(range(int(first), int(last if dash else first) + 1))
            except ValueError:
                raise InvalidInput(
                    f"--fix {word}: an element, a number or a range such as O, 15 or 0-11 was "
                    "expected"
                ) from None
        if not own or max(own) >= len(atoms):
            raise InvalidInput(
                f"--fix {word}: no such atom; the structure is {atoms.get_chemical_formula()}, "
                f"numbered 0 to {len(atoms) - 1}"
            )
        chosen |= own
    return sorted(chosen)
