"""What an export reports: one calculation, or one for each competing start."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ionsmith.exporters._calculation import Calculation, Task
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters._electrons import SmearingKind
from ionsmith.exporters._protocol import ProtocolName
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
    start
        name of the competing start, if it is one
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
    start: str | None
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

    @property
    def moments_listed(self) -> str:
        """Largest moments and sums by element, as text."""
        return ", ".join(
            f"{s} {self.largest_moment[s]:g} (sum {total:g})" for s, total in self.moments.items()
        )

    def tables(self) -> list[Table]:
        """Return the settings, and the notes."""
        partly = f", {self.n_partly_frozen} in part" if self.n_partly_frozen else ""
        spread = self.smearing + (f", {self.smearing_width:g} eV" if self.smearing_width else "")
        rows: list[tuple[str, Any]] = [
            ("structure", f"{self.formula}, {self.n_atoms} atoms, {self.n_frozen} frozen{partly}"),
            ("task", f"{self.task}, protocol {self.protocol}"),
            ("k-points", " ".join(map(str, self.kpoints))),
            *((k, v) for k, v in self.settings.items() if not isinstance(v, dict)),
            ("initial moments (μB)", self.moments_listed or "none"),
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


@dataclass(frozen=True)
class Starts(Result):
    """A calculation that was written once for each of its competing starts.

    Parameters
    ----------
    code
        name of the code
    names
        names of the starts, which are those of their folders
    reasons
        why each competes, one line each
    exports
        files and settings of each
    notes
        what was left out, one line each
    """

    code: str
    names: tuple[str, ...]
    reasons: tuple[str, ...]
    exports: tuple[Export, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the starts, what they have in common, and the notes."""
        rows = [
            (name, one.moments_listed or "none", reason)
            for name, one, reason in zip(self.names, self.exports, self.reasons, strict=True)
        ]
        headers = ("folder", "initial moments (μB)", "start")
        first, *_ = self.exports[0].tables()
        common = [
            row for row in first.rows if row[0] not in ("initial moments (μB)", "occupations")
        ]
        number = f"{len(rows)} competing starts" if len(rows) > 1 else "no competing starts"
        return [
            Table(f"{self.code}, {number}", headers, rows),
            Table("in each folder", ("", ""), common),
            *notes_table((*self.notes, *self._own_notes())),
        ]

    def _own_notes(self) -> dict[str, None]:
        """Notes of the calculations but for their start, each once."""
        notes = [note for one in self.exports for note in one.notes]
        return dict.fromkeys(note for note in notes if not note.startswith("start "))


def result_of(
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
        start=None if calculation.start is None else calculation.start.name,
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
