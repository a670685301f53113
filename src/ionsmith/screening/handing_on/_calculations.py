"""The best candidates to a DFT code and back."""

import json
from collections import Counter
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import (
    MANIFEST,
    read_record,
    temporary_beside,
    write_text,
)
from ionsmith.errors import (
    InvalidChoice,
    InvalidInput,
    IonsmithError,
    NoMatch,
    OutputExists,
    UnreadableFile,
    reason_of,
)
from ionsmith.exporters import export, read_back
from ionsmith.results import Result, Table
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._store import Store
from ionsmith.screening._table import Judged, campaign_table

CANDIDATE = "candidate.json"
"""File of an exported folder that names the candidate."""

_SUBMIT = '''"""Submit the calculations of this folder by AiiDA (plugin aiida-quantumespresso).

Run: verdi run submit.py CODE, such as pw@cluster, with pseudopotentials in the folders pseudo.
"""

import sys
from pathlib import Path

from aiida.engine import submit
from aiida_quantumespresso.tools.pwinputparser import create_builder_from_file

METADATA = {"options": {"resources": {"num_machines": 1}, "max_wallclock_seconds": 86400}}

for file in sorted(Path(__file__).absolute().parent.glob("*/candidate.json")):
    folder = str(file.parent)
    builder = create_builder_from_file(folder, "pw.in", sys.argv[1], METADATA, f"{folder}/pseudo")
    builder.metadata.label = file.parent.name
    print(file.parent.name, submit(builder).uuid)
'''


@dataclass(frozen=True)
class Exported:
    """A candidate in the folder of a calculation.

    Parameters
    ----------
    key
        of the candidate
    folder
        folder of the calculation
    judged
        the candidate as the table shows it
    """

    key: str
    folder: str
    judged: Judged


@dataclass(frozen=True)
class ExportedCandidates(Result):
    """The best candidates of a campaign, as calculations of a DFT code.

    Parameters
    ----------
    code
        the code
    sorted_by
        column that decided
    rows
        one per folder, the best first
    """

    code: str
    sorted_by: str
    rows: tuple[Exported, ...]

    def tables(self) -> list[Table]:
        """Return one row per folder."""
        rows = [
            (row.folder, row.key, row.judged.n_atoms, row.judged.value(self.sorted_by))
            for row in self.rows
        ]
        return [Table(f"For {self.code}", ("folder", "key", "atoms", self.sorted_by), rows)]


def export_best(
    campaign: Campaign,
    code: str,
    folder: str | PathLike[str],
    *,
    best: int = 5,
    per: str | None = None,
    sort: str | None = None,
    descending: bool = False,
    aiida: bool = False,
    **options: Any,
) -> ExportedCandidates:
    """Write the best candidates for a DFT code, one folder each.

    Parameters
    ----------
    campaign
        The campaign.
    code
        Name of the code.
    folder
        New folder.
    best
        How many.
    per
        A varied option: so many for each of its values.
    sort
        Column or varied option that decides; by default the largest adhesion, or the lowest energy
        per atom where there are no interfaces.
    descending
        Whether the largest value of ``sort`` is the best.
    aiida
        Whether there is also a script ``submit.py`` that submits the calculations by AiiDA (S. P.
        Huber et al., Sci. Data 7, 300 (2020), doi:10.1038/s41597-020-00638-4), for Quantum
        ESPRESSO.
    **options
        Those of :func:`ionsmith.exporters.export`; ``flow`` adds flows of jobflow.

    Raises
    ------
    InvalidInput
        If AiiDA is asked for with another code.
    OutputExists
        If the folder exists.
    NoMatch
        If no candidate is finished.
    InvalidChoice
        If there is no such column or option, or none to descend by.
    """
    target = Path(folder)
    if sort is None and descending:
        raise InvalidChoice("`descending` needs a column to descend by: give `sort`")
    if aiida and code != "espresso":
        raise InvalidInput(f"`aiida` is for the code espresso, not for {code}")
    if target.exists():
        raise OutputExists(f"{folder} exists; choose another name")
    if per is not None and per not in campaign.job.vary:
        raise InvalidChoice(f"{per} is not varied; varied are {', '.join(campaign.job.vary)}")
    if sort is None:
        interfaces = any(row.adhesion is not None for row in campaign_table(campaign).rows)
        sort, descending = ("adhesion", True) if interfaces else ("energy_per_atom", False)
    rows = campaign_table(campaign, sort=sort, descending=descending).rows
    rows = tuple(
        row
        for row in rows
        if row.value(sort) is not None and row.reason is None and row.n_atoms is not None
    )
    taken: Counter[str] = Counter()
    chosen: list[Judged] = []
    for row in rows:
        group = json.dumps(row.varied.get(per)) if per is not None else ""
        if taken[group] < best:
            taken[group] += 1
            chosen.append(row)
    if not chosen:
        raise NoMatch(f"{campaign.folder}: no candidate has a value of {sort} yet")
    models = models_of(campaign, {row.key for row in chosen})
    exported = []
    with temporary_beside(target, folder=True) as own:
        for number, row in enumerate(chosen, start=1):
            name = f"{number:0{len(str(len(chosen)))}}-{row.key[:8]}"
            export(models[row.key], code, own / name, **options)
            write_text(own / name / CANDIDATE, json.dumps({"key": row.key}) + "\n")
            exported.append(Exported(row.key, fspath(target / name), row))
        if aiida:
            write_text(own / "submit.py", _SUBMIT)
        own.chmod(0o755)
        own.replace(target)
    return ExportedCandidates(code, sort, tuple(exported))


def models_of(campaign: Campaign, keys: set[str] | None = None) -> dict[str, Atoms]:
    """Return the models of candidates by key: relaxed ones where they were relaxed.

    Parameters
    ----------
    campaign
        The campaign.
    keys
        Keys of the candidates; all by default.
    """
    found: dict[str, Atoms] = {}
    for piece, part in campaign.pieces.items():
        store = Store(campaign.folder, piece)
        for candidate in part:
            if keys is not None and candidate.key not in keys:
                continue
            for key in campaign.stages(candidate).values():
                row = store.row(key)
                if row is not None and row.get("model"):
                    found[candidate.key] = store.model(key)
    return found


@dataclass(frozen=True)
class Compared:
    """A candidate with the energy that a DFT code computed.

    Parameters
    ----------
    key
        of the candidate
    folder
        folder of the calculation
    energy
        by the code, in eV; null if it is not finished
    potential_energy
        by the potential, in eV
    reason
        why there is no energy
    """

    key: str
    folder: str
    energy: float | None
    potential_energy: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Collected(Result):
    """Energies of a DFT code beside those of the campaign.

    Parameters
    ----------
    rows
        one per folder
    """

    rows: tuple[Compared, ...]

    def tables(self) -> list[Table]:
        """Return one row per folder; energies relative to the lowest of those that both have."""
        both = [r for r in self.rows if r.energy is not None and r.potential_energy is not None]
        lowest = min(both, key=lambda row: row.energy or 0.0, default=None)
        rows = []
        for row in self.rows:
            relative: list[float | None] = [None, None]
            if lowest is not None and row in both:
                relative = [
                    round((row.energy or 0) - (lowest.energy or 0), 4),
                    round((row.potential_energy or 0) - (lowest.potential_energy or 0), 4),
                ]
            rows.append((row.folder, row.key, row.energy, *relative, row.reason))
        heads = ("folder", "key", "energy (eV)", "relative (eV)", "by the potential", "reason")
        return [Table("Energies of the code", heads, rows)]


def collect(campaign: Campaign, folder: str | PathLike[str]) -> Collected:
    """Read what a DFT code computed of exported candidates.

    Parameters
    ----------
    campaign
        The campaign.
    folder
        Folder of :func:`export_best`.

    Raises
    ------
    UnreadableFile
        If it holds no exported candidates.
    InvalidInput
        If a candidate belongs to another campaign.
    """
    known = {row.key: row for row in campaign_table(campaign).rows}
    rows = []
    for path in sorted(Path(folder).glob(f"*/{CANDIDATE}")):
        try:
            key = str(json.loads(path.read_text(encoding="utf-8"))["key"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(f"{path}: damaged ({reason_of(error)})") from error
        if key not in known:
            raise InvalidInput(f"{path.parent}: its candidate {key} is not of {campaign.folder}")
        energy, reason = None, None
        try:
            manifest = read_record(path.parent)[1]
            atoms = read_back(path.parent, manifest["output"])
            energy = float(atoms.get_potential_energy())
        except IonsmithError as error:
            reason = str(error)
        except FileNotFoundError as error:
            reason = f"no {Path(error.filename or 'output').name} yet"
        except Exception as error:  # a calculator without an energy
            reason = reason_of(error)
        rows.append(Compared(key, fspath(path.parent), energy, known[key].energy, reason))
    if not rows:
        raise UnreadableFile(
            f"{folder}: no exported candidates ({CANDIDATE} beside {MANIFEST}); make them with "
            "screen export"
        )
    return Collected(tuple(rows))
