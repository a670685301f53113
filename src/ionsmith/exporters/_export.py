"""Write a calculation for a code: one folder, whole or not at all."""

import inspect
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import MANIFEST, STARTS, STRUCTURE, CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import Calculation, plan
from ionsmith.exporters._code import Code, code_class, code_names, make_code
from ionsmith.exporters._folder import check_folder, whole_folder, write_record
from ionsmith.exporters._held import partly_held
from ionsmith.exporters._result import Export, Starts, result_of
from ionsmith.exporters.jobflow import FLOW, SCRIPT, write_flow
from ionsmith.exporters.jobscript import JOBSCRIPT, fill_template
from ionsmith.exporters.starts import competing_starts


def export(
    structure: CrystalLike,
    code: str | Code,
    folder: str | PathLike[str] | None,
    *,
    flow: bool = False,
    force: bool = False,
    jobscript: str | PathLike[str] | None = None,
    **options: Any,
) -> Export:
    """Write a complete calculation into a folder.

    Parameters
    ----------
    structure
        An ordered structure.
    code
        A name of :func:`~ionsmith.exporters.code_names`, or the code itself.
    folder
        New or empty, unless ``force``; None plans the calculation and writes nothing.
    flow
        Whether the folder also gets the calculation as a flow of jobflow
        (:mod:`ionsmith.exporters.jobflow`).
    force
        Whether a folder that was exported before is replaced, with what a code wrote there.
    jobscript
        Template of a script for a queue, whose words such as ``{{command}}`` and ``{{cores}}`` are
        replaced (:mod:`ionsmith.exporters.jobscript`); it becomes ``job.sh``.
    **options
        Those of :func:`~ionsmith.exporters.plan`, and, with the name of a code, those of the code:
        ``syntax`` of :class:`~ionsmith.exporters.codes.espresso.Espresso`, ``potential`` of
        :class:`~ionsmith.exporters.codes.lammps.Lammps`.

    Raises
    ------
    InvalidInput
        If the structure or the code does not allow an option.
    OutputExists
        If the folder is not empty.
    MissingExtra
        If a pseudopotential is missing, or jobflow for a flow.

    Examples
    --------
    >>> from ionsmith.exporters import export
    >>> planned = export("lib:nafepo4", "espresso", None, task="relax")
    >>> planned.run, planned.kpoints, planned.moments
    ('mpirun pw.x -in pw.in > pw.out', (3, 4, 5), {'Fe': 16.0})
    """
    atoms, made = _prepared(structure, code, folder, force, options)
    calculation = _planned(atoms, made, options)
    with _target(folder, force) as unfinished:
        return _fill(made, calculation, atoms, unfinished, flow, jobscript)


def export_starts(
    structure: CrystalLike,
    code: str | Code,
    folder: str | PathLike[str] | None,
    *,
    flow: bool = False,
    force: bool = False,
    jobscript: str | PathLike[str] | None = None,
    **options: Any,
) -> Starts:
    """Write a calculation once for each of its competing starts, all of them or none.

    Parameters
    ----------
    structure, code
        As for :func:`export`.
    folder
        New or empty, unless ``force``; each start gets a folder of its name in it. None plans the
        calculations and writes nothing.
    flow
        Whether each folder also gets its calculation as a flow of jobflow.
    force
        Whether a folder of starts that was exported before is replaced, with what a code wrote
        there.
    jobscript
        Template of a script for a queue, as for :func:`export`.
    **options
        Those of :func:`export`. ``magnetic_order`` keeps one order; ``moments`` and
        ``oxidation_states`` hold in all starts.

    Raises
    ------
    InvalidInput
        If the code has no electrons, or as for :func:`export`.
    OutputExists
        If the folder is not empty.
    MissingExtra
        If a pseudopotential is missing, or jobflow for a flow.

    Examples
    --------
    >>> from ionsmith.exporters import export_starts
    >>> planned = export_starts("lib:licoo2", "espresso", None)
    >>> [(one.start, one.moments) for one in planned.exports]
    [('low-spin', {}), ('high-spin-ferro', {'Co': 12.0})]
    """
    atoms, made = _prepared(structure, code, folder, force, options)
    if not made.electronic:
        raise InvalidInput(f"{made.name} has no electrons, so that its starts do not differ")
    given = {name: options.pop(name, None) for name in _OF_STARTS}
    starts, notes = competing_starts(atoms, charge=options.get("charge", 0), **given)
    plans = [_planned(atoms, made, options | {"start": start}) for start in starts]
    # Energies compare on the same mesh: the densest that a start needs.
    na, nb, nc = (max(counts) for counts in zip(*(one.kpoints for one in plans), strict=True))
    exports = []
    with _target(folder, force) as unfinished:
        for start, planned in zip(starts, plans, strict=True):
            calculation = replace(planned, kpoints=(na, nb, nc))
            own = unfinished / start.name
            own.mkdir()
            exports.append(_fill(made, calculation, atoms, own, flow, jobscript))
        result = Starts(
            code=made.name,
            names=tuple(start.name for start in starts),
            reasons=tuple(start.reason for start in starts),
            exports=tuple(exports),
            notes=notes,
        )
        listed = dict(zip(result.names, result.reasons, strict=True))
        text = json.dumps({"starts": listed, "notes": notes}, indent=1, ensure_ascii=False)
        (unfinished / STARTS).write_text(text + "\n", encoding="utf-8")
    return result


_OF_STARTS = ("magnetic_order", "moments", "oxidation_states")


def _prepared(
    structure: CrystalLike,
    code: str | Code,
    folder: str | PathLike[str] | None,
    force: bool,
    options: dict[str, Any],
) -> tuple[Atoms, Code]:
    """Make the code and take its own options out; check the folder, and read the structure."""
    own = {
        name: options.pop(name)
        for name in options.keys() - inspect.signature(plan).parameters.keys()
    }
    if isinstance(code, str):
        code = make_code(code, **own)
    elif own:
        raise TypeError(f"export() got unexpected keyword arguments {', '.join(sorted(own))}")
    if options.get("pseudo_dir") is not None and not code.reads_pseudopotentials:
        readers = [name for name in code_names() if code_class(name).reads_pseudopotentials]
        raise InvalidInput(f"`pseudo_dir` is an option of {' and '.join(readers)}, not {code.name}")
    if folder is not None:
        check_folder(Path(folder), force=force)
    if not code.dipole_correction:
        options["dipole"] = False
    if not code.electronic and options.get("smearing") is None:
        options["smearing"] = "gaussian"  # so that an odd number of electrons does not matter
    return read_structure(structure), code


def _planned(atoms: Atoms, code: Code, options: dict[str, Any]) -> Calculation:
    """Plan a calculation that the code can do."""
    calculation = plan(atoms, **options)
    if len(partly_held(calculation.held)) and not code.holds_components:
        raise InvalidInput(f"{code.name} cannot hold an atom along some axes only; hold it whole")
    return calculation


@contextmanager
def _target(folder: str | PathLike[str] | None, force: bool) -> Iterator[Path]:
    """Folder that is filled whole or not at all; one that vanishes for a trial."""
    if folder is None:
        with tempfile.TemporaryDirectory() as trial:
            yield Path(trial)
    else:
        with whole_folder(Path(folder), force=force) as unfinished:
            yield unfinished


def _fill(
    code: Code,
    calculation: Calculation,
    atoms: Atoms,
    folder: Path,
    flow: bool,
    jobscript: str | PathLike[str] | None,
) -> Export:
    """Write all files of a calculation into an empty folder."""
    written = code.write(calculation, folder)
    if jobscript is not None:
        text = fill_template(jobscript, code, calculation, written)
        (folder / JOBSCRIPT).write_text(text, encoding="utf-8")
    names = sorted(
        [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]
        + [MANIFEST, STRUCTURE]
        + ([FLOW, SCRIPT] if flow else [])
    )
    result = result_of(code, calculation, written, tuple(dict.fromkeys(names)))
    record = atoms.copy()
    record.calc = None
    record.set_constraint(calculation.atoms.constraints)
    if calculation.magnetic:
        record.set_initial_magnetic_moments(calculation.moments)
    manifest = {**result.to_dict(), "order": written.order}
    if written.rotation is not None:
        manifest["rotation"] = written.rotation
    write_record(folder, record, manifest)
    if flow:
        write_flow(folder)
    return result
