"""Relax a structure into a file, so that an interruption neither loses nor repeats anything."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith import provenance
from ionsmith.crystals.files import (
    Checkpoint,
    CrystalLike,
    check_output,
    check_target,
    read_structure,
    structure_format,
    write_structure,
)
from ionsmith.errors import IonsmithError, OutputExists
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.simulation.relaxing._relax import SMAX, RelaxationState, job_of, relax, restore
from ionsmith.simulation.relaxing._result import Relaxation, report
from ionsmith.simulation.relaxing._selection import select_atoms

SUFFIX = ".checkpoint.json"


@dataclass(frozen=True)
class RelaxedEnergies:
    """Energies of a structure, before and after its relaxation.

    Parameters
    ----------
    before, after
        Energies of the whole structure in eV; None where it could not be relaxed.
    converged
        Whether the relaxation came to its end.
    error
        Why it could not be relaxed; empty otherwise.
    """

    before: float | None
    after: float | None = None
    converged: bool = False
    error: str = ""


def relaxed_energies(
    structure: CrystalLike,
    output: str | PathLike[str],
    potential: PotentialLike,
    **options: Any,
) -> RelaxedEnergies:
    """Relax one structure of several; what is there is continued if it fits, else replaced.

    Parameters
    ----------
    structure, output, potential, **options
        As for :func:`relax_to_file`.
    """
    reason = ""
    for force in (False, True):
        try:
            done = relax_to_file(
                structure, output, potential, resume=not force, force=force, **options
            )
        except IonsmithError as error:
            reason = str(error)
        else:
            return RelaxedEnergies(done.energy_before, done.energy_after, done.converged)
    return RelaxedEnergies(None, error=reason)


def relax_to_file(
    structure: CrystalLike,
    output: str | PathLike[str],
    potential: PotentialLike,
    *,
    freeze: Iterable[str | int] = (),
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    force: bool = False,
    **options: Any,
) -> Relaxation:
    """Relax a structure and write it.

    The checkpoint lies beside the output and is removed when the relaxation has converged. If the
    format of the output cannot record what made it (CIF, POSCAR), the checkpoint stays and marks
    the output as finished.

    Parameters
    ----------
    structure
        The structure.
    output
        File whose suffix sets the format, or ``"-"`` for standard output.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    freeze
        Atoms that do not move, as for :func:`ionsmith.simulation.relaxing.relax`.
    checkpoint
        Another place for the checkpoint; standard output has none by default.
    resume
        Continue from the checkpoint if there is one; nothing that is finished is repeated.
    force
        Replace the output, and discard a checkpoint.
    **options
        Further options of :func:`ionsmith.simulation.relaxing.relax`.

    Raises
    ------
    OutputExists
        If the output or a checkpoint exists, or both have the same name.
    UnreadableFile
        If the checkpoint is damaged, or a file cannot be written.
    """
    output = fspath(output)
    atoms, potential = read_structure(structure), load_potential(potential)
    frozen = select_atoms(atoms, freeze)
    path = Path(output + SUFFIX) if checkpoint is None else Path(checkpoint)
    store = Checkpoint(path, RelaxationState) if checkpoint is not None or output != "-" else None
    known = None
    if store is not None:
        check_target(path, force=True)
        if output != "-" and path.resolve() == Path(output).resolve():
            raise OutputExists(f"{output} cannot be the checkpoint too; name another file")
        # Read even if it will be discarded: other files must not be replaced.
        known = store.read() if path.exists() else None
    unfinished = known is not None and known.output is None
    if unfinished and not (resume or force):
        raise OutputExists(
            f"{path} holds an unfinished relaxation; continue with `resume`, or begin again with "
            "`force`"
        )
    check_output(output, force=force or resume, atoms=atoms)
    if resume and not unfinished and output != "-" and Path(output).exists() and not force:
        return _finished(atoms, output, potential, known, frozen, **options)
    result = relax(
        atoms, potential, freeze=frozen, checkpoint=None if store is None else path,
        resume=resume and unfinished, **options,
    )  # fmt: skip
    write_structure(output, result.atoms, force=True)
    if store is not None and result.converged:
        if structure_format(output) == "extxyz":
            path.unlink(missing_ok=True)
        else:
            state = store.read()
            state.energies.append(result.energy_after)
            state.forces.append(result.largest_force_after)
            state.stresses.append(result.largest_stress_after or 0.0)
            state.memory = None
            state.output = hash_file(Path(output))
            store.save(state, at_once=True)
    return result


def _finished(
    atoms: Atoms,
    output: str,
    potential: Potential,
    known: RelaxationState | None,
    frozen: list[int],
    **options: Any,
) -> Relaxation:
    """Report on a relaxation whose output exists, if it is of this job."""
    job = job_of(atoms, potential, frozen, **options)
    fmax, smax = options.get("fmax", 0.05), options.get("smax", SMAX)
    if known is not None:
        same = known.output == hash_file(Path(output))
        close = known.forces[-1] < fmax and known.stresses[-1] < smax
        if same and known.job == job and close:
            return restore(atoms, potential, known, frozen, **options)
    else:
        relaxed = read_structure(output)
        steps = provenance.of(relaxed).get("steps")
        if not steps:
            raise OutputExists(
                f"{output} exists and does not record what made it, so it may be the result of "
                "another relaxation; choose another name or `force`"
            )
        parameters = steps[-1].get("parameters", {})
        with suppress(KeyError, TypeError):  # a record that was edited
            close = parameters["fmax"] <= fmax and parameters["smax"] <= smax
            if parameters["job"] == job and parameters["converged"] and close:
                return report(atoms, relaxed)
    raise OutputExists(
        f"{output} exists and is not the result of this relaxation; choose another name or `force`"
    )


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
