"""The table of a campaign: one row per candidate, finished or not."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from ionsmith.errors import InvalidChoice
from ionsmith.results import Result, Table
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._candidates import Candidate
from ionsmith.screening._store import Row, Store


@dataclass(frozen=True)
class Judged:
    """One candidate.

    Parameters
    ----------
    key
        hash of what it is built from
    status
        waiting, built, scanned, evaluated, relaxed, not converged or failed
    varied
        values of the options that are varied
    reason
        why it failed
    n_atoms
        number of atoms
    formula
        chemical formula
    area
        area of the interface or slab, in Å²
    max_strain
        largest strain of either side of an interface
    charge
        sum of formal charges, in e
    energy
        energy of the whole model, in eV
    energy_per_atom
        in eV
    shift
        of the film in Å that the rigid scan found, if it is not that of the model as built
    gap
        from the highest atom of the substrate to the lowest of the film, in Å, after the rigid scan
        if there is one
    rigid_energy
        energy of the whole model after the rigid scan, in eV
    adhesion
        work in J/m² to separate an interface into its slabs, which are relaxed as it is
    interface_energy
        in J/m², against the slabs and the strained crystals; where both slabs are multiples of
        their crystals
    strain_energy
        energy of the slabs alone against those without strain, in J/m² of the interface
    steps
        steps of the relaxation
    movement
        largest displacement of an atom, in Å
    coordination_changed
        atoms with other bonded neighbours than as built
    second_energy
        energy of the relaxed model by the second potential, in eV
    second_adhesion
        adhesion by the second potential, of the same models
    note
        what a value lacks, and why
    """

    key: str
    status: str
    varied: dict[str, Any]
    reason: str | None = None
    n_atoms: int | None = None
    formula: str | None = None
    area: float | None = None
    max_strain: float | None = None
    charge: float | None = None
    energy: float | None = None
    energy_per_atom: float | None = None
    shift: tuple[float, float] | None = None
    gap: float | None = None
    rigid_energy: float | None = None
    adhesion: float | None = None
    interface_energy: float | None = None
    strain_energy: float | None = None
    steps: int | None = None
    movement: float | None = None
    coordination_changed: int | None = None
    second_energy: float | None = None
    second_adhesion: float | None = None
    note: str | None = None

    def value(self, column: str) -> Any:
        """Value of a field, or of an option that is varied; None without one."""
        return getattr(self, column) if column in SORTED_BY else self.varied.get(column)


COLUMNS = {
    "n_atoms": ("atoms", 0),
    "area": ("area (Å²)", 2),
    "max_strain": ("largest strain (%)", 2),
    "charge": ("charge (e)", 2),
    "energy": ("energy (eV)", 4),
    "energy_per_atom": ("energy (eV/atom)", 4),
    "gap": ("gap (Å)", 2),
    "rigid_energy": ("rigid (eV)", 4),
    "adhesion": ("adhesion (J/m²)", 3),
    "interface_energy": ("interface energy (J/m²)", 3),
    "strain_energy": ("strain energy (J/m²)", 3),
    "steps": ("steps", 0),
    "movement": ("movement (Å)", 3),
    "coordination_changed": ("coordination changed", 0),
    "second_energy": ("second potential (eV)", 4),
    "second_adhesion": ("adhesion by it (J/m²)", 3),
}
"""Head and digits of the columns of numbers."""

SORTED_BY = (*COLUMNS, "key", "status", "formula")
"""Fields by which rows are sorted, beside the options that are varied."""


@dataclass(frozen=True)
class CampaignTable(Result):
    """The candidates of a campaign.

    Parameters
    ----------
    folder
        folder of the campaign
    potential, second_potential
        line that identifies the energies
    rows
        one per candidate
    """

    document: ClassVar = ("folder", "potential", "second_potential", "rows")

    folder: str
    potential: str | None
    second_potential: str | None
    rows: tuple[Judged, ...]

    def tables(self) -> list[Table]:
        """Return one row per candidate; columns without a value are left out."""
        varied = list(dict.fromkeys(name for row in self.rows for name in row.varied))
        shown = [n for n in COLUMNS if any(getattr(row, n) is not None for row in self.rows)]
        failed = any(row.reason for row in self.rows)
        heads = ["key", "status", *varied, *(COLUMNS[name][0] for name in shown)]
        rows = [
            (
                row.key[:8],
                row.status,
                *(_text(row.varied.get(name)) for name in varied),
                *(_rounded(name, getattr(row, name)) for name in shown),
                *([row.reason] if failed else []),
            )
            for row in self.rows
        ]
        title = f"{self.folder}" + (f", energies by {self.potential}" if self.potential else "")
        return [Table(title, (*heads, *(["reason"] if failed else [])), rows)]


def campaign_table(
    campaign: Campaign, *, sort: str | None = None, descending: bool = False
) -> CampaignTable:
    """Collect the results of a campaign.

    Parameters
    ----------
    campaign
        The campaign.
    sort
        Field of :class:`Judged`, or option that is varied, by which the rows are ordered, those
        without a value last; by default they are in the order of the job.
    descending
        Whether the largest comes first.

    Raises
    ------
    InvalidChoice
        If there is no such field, or none to descend by.
    """
    if sort is None and descending:
        raise InvalidChoice("`descending` needs a column to descend by: give `sort`")
    rows = [
        row
        for piece, part in campaign.pieces.items()
        for row in _judged(campaign, part, Store(campaign.folder, piece))
    ]
    if sort is not None:
        columns = [*SORTED_BY, *campaign.job.vary]
        if sort not in columns:
            raise InvalidChoice(
                f"no column {sort!r} to sort by; there are {', '.join(dict.fromkeys(columns))}"
            )
        known = [row for row in rows if row.value(sort) is not None]
        known.sort(key=lambda row: _order(row.value(sort)), reverse=descending)
        rows = known + [row for row in rows if row.value(sort) is None]
    return CampaignTable(str(campaign.folder), *campaign.methods, tuple(rows))


def _order(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, then all else by its text."""
    number = isinstance(value, int | float)
    return not number, value if number else 0.0, "" if number else str(value)


def _judged(campaign: Campaign, part: Sequence[Candidate], store: Store) -> list[Judged]:
    """Rows of a piece, from the results of all stages that were reached."""
    known = {field.name for field in fields(Judged)} - {"key"}
    rows = []
    for candidate in part:
        values: Row = {"status": "waiting"}
        for stage, key in campaign.stages(candidate).items():
            found = store.row(key)
            if found is None:
                values["status"] = "waiting"
                break
            values |= {name: value for name, value in found.items() if name in known}
            if found["status"] == "failed":
                values["reason"] = f"{stage}: {found['reason']}"
                break
        if "energy" in values:
            values["energy_per_atom"] = values["energy"] / values["n_atoms"]
        rows.append(Judged(candidate.key, varied=candidate.varied, **values))
    return rows


def _text(value: Any) -> Any:
    """A value of an option in a cell of the table."""
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _rounded(name: str, value: float | None) -> float | None:
    """A number with the digits of its column."""
    if value is None:
        return None
    digits = COLUMNS[name][1]
    scaled = 100 * value if name == "max_strain" else value
    return round(scaled, digits) if digits else round(scaled)
