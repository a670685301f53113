"""Write a calculation for a code: one folder, whole or not at all."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith.crystals.files import MANIFEST, STRUCTURE
from ionsmith.errors import InvalidInput
from ionsmith.exporters.calculation import Calculation, plan
from ionsmith.exporters.folder import Written, check_folder, whole_folder, write_record
from ionsmith.exporters.jobflow import FLOW, SCRIPT, write_flow
from ionsmith.results import Result, Table

CODES = ("vasp", "espresso", "cp2k", "abinit", "gpaw", "lammps")
READS_PSEUDOPOTENTIALS = ("espresso", "abinit")
WITHOUT_DIPOLE = ("abinit", "lammps")
"""Codes without a dipole correction of the electrons' potential; they say what to do instead."""


@dataclass(frozen=True)
class Export(Result):
    """What was written.

    Parameters
    ----------
    code, task, protocol
        What is computed.
    formula, n_atoms
        Of what.
    files
        In the folder, sorted.
    run
        The line that runs it there.
    output
        File that will hold what the code found.
    kpoints
        Points of the mesh centred at Γ.
    settings
        Cutoffs and what else the code was told, by name with unit.
    moments
        Sums of initial moments by element, in Bohr magnetons.
    largest_moment
        By element.
    hubbard
        U in eV by element.
    smearing, smearing_width
        Kind, and width in eV.
    charge
        Of the cell in e.
    electrons
        All of them.
    vacuum
        Cell vectors along which the structure ends (``a``, ``b``, ``c``).
    dipole
        The one along which a dipole correction acts, or None.
    vdw
        Whether dispersion is added.
    n_fixed
        Atoms that are held.
    needs
        Files that the user has to put there, by element.
    notes
        What else there is to know, one line each.
    """

    code: str
    task: str
    protocol: str
    formula: str
    n_atoms: int
    files: tuple[str, ...]
    run: str
    output: str
    kpoints: tuple[int, int, int]
    settings: dict[str, Any]
    moments: dict[str, float]
    largest_moment: dict[str, float]
    hubbard: dict[str, float]
    smearing: str
    smearing_width: float
    charge: int
    electrons: int
    vacuum: tuple[str, ...]
    dipole: str | None
    vdw: bool
    n_fixed: int
    needs: dict[str, str]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the facts, and the notes below them."""
        moments = ", ".join(
            f"{s} {self.largest_moment[s]:g} (sum {total:g})" for s, total in self.moments.items()
        )
        spread = self.smearing + (f", {self.smearing_width:g} eV" if self.smearing_width else "")
        rows: list[tuple[str, Any]] = [
            ("structure", f"{self.formula}, {self.n_atoms} atoms, {self.n_fixed} held"),
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
            ("run", self.run),
            ("results in", self.output),
        ]
        found = [Table(self.code, ("", ""), rows)]
        if self.notes:
            found.append(Table("", ("note",), [(note,) for note in self.notes]))
        return found


def export(
    atoms: Atoms,
    code: str,
    folder: str | Path | None,
    *,
    syntax: str | None = None,
    potential: str | None = None,
    flow: bool = False,
    **options: Any,
) -> Export:
    """Write a complete calculation into a folder.

    Parameters
    ----------
    atoms
        An ordered structure.
    code
        One of :data:`CODES`.
    folder
        New or empty; None plans the calculation and writes nothing.
    syntax
        Version of Quantum ESPRESSO whose input is written.
    potential
        Force field of LAMMPS.
    flow
        Whether the folder also gets the calculation as a flow of jobflow
        (:mod:`ionsmith.exporters.jobflow`).
    **options
        As :func:`ionsmith.exporters.calculation.plan` takes them.

    Raises
    ------
    InvalidInput
        For options that the structure or the code cannot take.
    OutputExists
        For a folder that is not empty.
    MissingExtra
        For a pseudopotential that is missing, or a flow without jobflow.

    Examples
    --------
    >>> from ionsmith.crystals import load
    >>> from ionsmith.exporters.export import export
    >>> planned = export(load("nafepo4").to_atoms(), "espresso", None, task="relax")
    >>> planned.run, planned.kpoints, planned.moments
    ('mpirun pw.x -in pw.in > pw.out', (5, 7, 9), {'Fe': 16.0})
    """
    if code not in CODES:
        raise InvalidInput(f"no exporter for {code!r}; known are {', '.join(CODES)}")
    special = {"espresso": {"syntax": syntax}, "lammps": {"potential": potential}}
    for name, value, owner in (("syntax", syntax, "espresso"), ("potential", potential, "lammps")):
        if value is not None and code != owner:
            raise InvalidInput(f"the option {name} is for {owner}, not for {code}")
    if options.get("pseudo_dir") is not None and code not in READS_PSEUDOPOTENTIALS:
        raise InvalidInput(
            f"{code} takes no folder of pseudopotentials; those that do are "
            f"{' and '.join(READS_PSEUDOPOTENTIALS)}"
        )
    own = {key: value for key, value in special.get(code, {}).items() if value is not None}
    if folder is not None:
        check_folder(Path(folder))
    if code in WITHOUT_DIPOLE:
        options["dipole"] = False
    if code == "lammps" and options.get("smearing") is None:
        options["smearing"] = "gaussian"  # an odd number of electrons means nothing to it
    calculation = plan(atoms, **options)
    if folder is None:
        import tempfile

        with tempfile.TemporaryDirectory() as trial:
            return _fill(code, calculation, atoms, Path(trial), own, flow)
    with whole_folder(Path(folder)) as made:
        return _fill(code, calculation, atoms, made, own, flow)


def _fill(
    code: str,
    calculation: Calculation,
    atoms: Atoms,
    folder: Path,
    own: dict[str, Any],
    flow: bool,
) -> Export:
    writer = importlib.import_module(f"ionsmith.exporters.codes.{code}")
    written: Written = writer.write(calculation, folder, **own)
    names = sorted(
        [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]
        + [MANIFEST, STRUCTURE]
        + ([FLOW, SCRIPT] if flow else [])
    )
    result = _result(code, calculation, written, tuple(dict.fromkeys(names)))
    record = atoms.copy()
    record.calc = None
    if calculation.magnetic:
        record.set_initial_magnetic_moments(calculation.moments)
    write_record(folder, record, {**result.to_dict(), "order": written.order})
    if flow:
        write_flow(folder)
    return result


def _result(
    code: str, calculation: Calculation, written: Written, files: tuple[str, ...]
) -> Export:
    symbols = np.array(calculation.atoms.get_chemical_symbols())
    moments = calculation.moments
    magnetic = [s for s in calculation.symbols if moments[symbols == s].any()]
    return Export(
        code=code,
        task=calculation.task,
        protocol=calculation.protocol.name,
        formula=calculation.atoms.get_chemical_formula(),
        n_atoms=len(calculation.atoms),
        files=files,
        run=written.run,
        output=written.output,
        kpoints=written.kpoints or calculation.kpoints,
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
        n_fixed=len(calculation.fixed),
        needs=written.needs,
        notes=(*calculation.notes, *written.notes),
    )
