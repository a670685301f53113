"""All finished candidates into a database or a table."""

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ase.calculators.singlepoint import SinglePointCalculator

from ionsmith.crystals.files import check_target, write_whole
from ionsmith.errors import (
    ExternalProgramFailed,
    InvalidInput,
    MissingExtra,
    NoMatch,
    reason_of,
)
from ionsmith.results import Result, Table
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._table import Judged, campaign_table
from ionsmith.screening.handing_on._calculations import models_of

OWN_COLUMNS = ("key", "varied", "energy", "n_atoms", "formula", "charge")
"""Fields that a database of ASE has under its own names."""


@dataclass(frozen=True)
class Stored(Result):
    """Models of a campaign in a database.

    Parameters
    ----------
    target
        the database
    count
        number of rows
    """

    target: str
    count: int

    def tables(self) -> list[Table]:
        """Return the number of rows."""
        return [Table("", ("", ""), [(self.target, f"{self.count} rows")])]


def store(campaign: Campaign, target: str, *, force: bool = False) -> Stored:
    """Put the finished models into a database of ASE, or the table into a Parquet file.

    Parameters
    ----------
    campaign
        The campaign.
    target
        A file ``.db`` (SQLite), the URL of a PostgreSQL database, or a file ``.parquet``, whose
        columns are the fields of :class:`Judged`, with ``varied.`` before the options that are
        varied. One process may write at a time.
    force
        Replace an existing file; rows of this campaign in a database by URL are replaced.

    Raises
    ------
    InvalidInput
        If the target is none of these.
    OutputExists
        If the file exists.
    MissingExtra
        If the package of a format is not installed.
    NoMatch
        If nothing is finished.
    ExternalProgramFailed
        If the database does not answer.
    """
    table = campaign_table(campaign)
    rows = [row for row in table.rows if row.status not in ("waiting", "failed")]
    if not rows:
        raise NoMatch(f"{campaign.folder}: no candidate is finished")
    shown = re.sub("//[^@/]*@", "//", target)  # without a password
    if "://" in target:
        if not target.startswith(("postgresql://", "postgres://")):
            raise InvalidInput(f"{shown}: of databases by URL there is postgresql:// alone")
        try:
            _write_database(target, campaign, rows, table.potential)
        except ImportError as error:
            raise MissingExtra(
                "PostgreSQL needs its driver: pip install 'ionsmith[database]'"
            ) from error
        except Exception as error:  # of the driver
            raise ExternalProgramFailed(f"{shown}: {reason_of(error)}") from error
        return Stored(shown, len(rows))
    suffix = Path(target).suffix
    if suffix not in (".db", ".parquet"):
        raise InvalidInput(f"{target}: expected a file .db (SQLite) or .parquet, or postgresql://")
    check_target(target, force=force)
    if suffix == ".parquet":
        write_whole(target, lambda path: _write_parquet(path, table.rows))
        return Stored(target, len(table.rows))
    write_whole(target, lambda path: _write_database(path, campaign, rows, table.potential))
    return Stored(target, len(rows))


def _write_parquet(path: Path, rows: tuple[Judged, ...]) -> None:
    """Write a table with the types of its values; options of several types become text."""
    try:
        from pyarrow import ArrowInvalid, ArrowTypeError, array, table
        from pyarrow.parquet import write_table
    except ImportError as error:
        raise MissingExtra(
            "Parquet files need pyarrow: pip install 'ionsmith[database]'"
        ) from error
    columns: dict[str, Any] = {}
    for name in (field.name for field in fields(Judged) if field.name != "varied"):
        columns[name] = array([getattr(row, name) for row in rows])
    for name in dict.fromkeys(name for row in rows for name in row.varied):
        values = [row.varied.get(name) for row in rows]
        try:
            columns[f"varied.{name}"] = array(values)
        except (ArrowInvalid, ArrowTypeError):
            columns[f"varied.{name}"] = array([json.dumps(value) for value in values])
    write_table(table(columns), path)


def _write_database(
    target: str | Path, campaign: Campaign, rows: list[Judged], method: str | None
) -> None:
    """Write models with what was computed of them."""
    from ase.db import connect

    if isinstance(target, Path):
        target.unlink(missing_ok=True)
    models = models_of(campaign)
    kind = {"type": "db"} if isinstance(target, Path) else {}
    with connect(target, use_lock_file=False, **kind) as database:
        for row in rows:
            atoms = models[row.key]
            if row.energy is not None and atoms.calc is None:
                atoms.calc = SinglePointCalculator(atoms, energy=row.energy)
            values = {
                name: value
                for name, value in vars(row).items()
                if value is not None and name not in OWN_COLUMNS
            }
            values |= {"candidate": row.key, "method": method or "built"}
            if row.charge is not None:
                values["formal_charge"] = row.charge
            database.delete([old.id for old in database.select(candidate=row.key)])
            database.write(atoms, data={"varied": row.varied}, **values)
