"""Write a calculation for a code: one folder, whole or not at all."""

import inspect
import tempfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith.crystals.files import MANIFEST, STRUCTURE, CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import Calculation, ProtocolName, Task, plan
from ionsmith.exporters._code import Code, Written, code_class, code_names, make_code
from ionsmith.exporters._folder import check_folder, whole_folder, write_record
from ionsmith.exporters._held import partly_held
from ionsmith.exporters._smearing import SmearingKind
from ionsmith.exporters.jobflow import FLOW, SCRIPT, write_flow
from ionsmith.exporters.jobscript import JOBSCRIPT, fill_template
from ionsmith.results import Result, Table, notes_table


@dataclass(frozen=True)
class Export(Result):
    """Files and settings of a calculation that was written for a code.

    Parameters
    ----------
    code
        name of the code
    task
        what is computed
    protocol
        accuracy
    formula
        chemical formula of the structure
    n_atoms
        number of atoms
    files
        files in the folder, sorted
    run
        command that runs the calculation inside the folder
    output
        file that will hold the results
    kpoints
        points of the k-point mesh centred at Γ
    settings
        cutoffs and other settings, by name with unit
    versions
        program and versions that the files are written for
    polarised
        whether both spins are computed
    moments
        sums of the initial magnetic moments by element, in Bohr magnetons
    largest_moment
        largest initial moment by element, in Bohr magnetons
    hubbard
        U by element, in eV
    smearing
        kind of smearing
    smearing_width
        width of the smearing, in eV
    charge
        charge of the cell, in e
    electrons
        number of all electrons
    vacuum
        cell vectors along which the structure ends
    dipole
        cell vector along which a dipole correction acts
    vdw
        whether D3 dispersion is added
    n_frozen
        number of atoms that do not move
    n_partly_frozen
        number of atoms that move along some axes only
    needs
        files that the user has to add, by element
    notes
        what else the user should know, one line each
    """

    code: str
    task: Task
    protocol: ProtocolName
    formula: str
    n_atoms: int
    files: tuple[str, ...]
    run: str
    output: str
    kpoints: tuple[int, int, int]
    settings: dict[str, str | float | dict[str, str]]
    versions: str
    polarised: bool
    moments: dict[str, float]
    largest_moment: dict[str, float]
    hubbard: dict[str, float]
    smearing: SmearingKind
    smearing_width: float
    charge: int
    electrons: int
    vacuum: tuple[str, ...]
    dipole: str | None
    vdw: bool
    n_frozen: int
    n_partly_frozen: int
    needs: dict[str, str]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the settings, and the notes."""
        moments = ", ".join(
            f"{s} {self.largest_moment[s]:g} (sum {total:g})" for s, total in self.moments.items()
        )
        partly = f", {self.n_partly_frozen} in part" if self.n_partly_frozen else ""
        spread = self.smearing + (f", {self.smearing_width:g} eV" if self.smearing_width else "")
        rows: list[tuple[str, Any]] = [
            ("structure", f"{self.formula}, {self.n_atoms} atoms, {self.n_frozen} frozen{partly}"),
            ("task", f"{self.task}, protocol {self.protocol}"),
            ("k-points", " ".join(map(str, self.kpoints))),
            *((k, v) for k, v in self.settings.items() if not isinstance(v, dict)),
            ("initial moments (μB)", moments or "none"),
            ("U (eV)", ", ".join(f"{s} {u:g}" for s, u in self.hubbard.items()) or "none"),
            ("occupations", spread),
            ("electrons", f"{self.electrons}, charge {self.charge:+d}"),
            ("vacuum along", " ".join(self.vacuum) or "none"),
            ("dipole correction", self.dipole or "none"),
            ("dispersion", "D3(BJ)" if self.vdw else "none"),
            ("files", " ".join(self.files)),
            ("still needed", " ".join(self.needs.values()) or "nothing"),
            *([("written for", self.versions)] if self.versions else []),
            ("run", self.run),
            ("results in", self.output),
        ]
        return [Table(self.code, ("", ""), rows), *notes_table(self.notes)]


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
    atoms = read_structure(structure)
    calculation = plan(atoms, **options)
    if len(partly_held(calculation.held)) and not code.holds_components:
        raise InvalidInput(f"{code.name} cannot hold an atom along some axes only; hold it whole")
    if folder is None:
        with tempfile.TemporaryDirectory() as trial:
            return _fill(code, calculation, atoms, Path(trial), flow, jobscript)
    with whole_folder(Path(folder), force=force) as unfinished:
        return _fill(code, calculation, atoms, unfinished, flow, jobscript)


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
    result = _result(code, calculation, written, tuple(dict.fromkeys(names)))
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


def _result(
    code: Code, calculation: Calculation, written: Written, files: tuple[str, ...]
) -> Export:
    """Collect the facts about a calculation that was written."""
    symbols = np.array(calculation.atoms.get_chemical_symbols())
    moments = calculation.moments
    magnetic = [s for s in calculation.symbols if moments[symbols == s].any()]
    return Export(
        code=code.name,
        versions=code.versions,
        polarised=calculation.magnetic,
        task=calculation.task,
        protocol=calculation.protocol.name,
        formula=calculation.atoms.get_chemical_formula(),
        n_atoms=len(calculation.atoms),
        files=files,
        run=written.run,
        output=written.output,
        kpoints=calculation.kpoints,
        settings=written.settings,
        moments={s: round(float(moments[symbols == s].sum()), 6) for s in magnetic},
        largest_moment={s: float(abs(moments[symbols == s]).max()) for s in magnetic},
        hubbard=calculation.hubbard,
        smearing=calculation.smearing.kind,
        smearing_width=calculation.smearing.width,
        charge=calculation.charge,
        electrons=calculation.electrons,
        vacuum=tuple("abc"[axis] for axis in calculation.vacuum),
        dipole=None if calculation.dipole is None else "abc"[calculation.dipole],
        vdw=calculation.vdw,
        n_frozen=len(calculation.frozen),
        n_partly_frozen=int(calculation.held.any(axis=1).sum()) - len(calculation.frozen),
        needs=written.needs,
        notes=(*calculation.notes, *written.notes),
    )
