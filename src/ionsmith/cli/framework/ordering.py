"""Option of the ordering; apart from the others, for a quick start of these."""

from typing import Annotated

import click
from ase import Atoms

from ionsmith.cli.framework._parameters import option
from ionsmith.crystals import Crystal
from ionsmith.crystals.files import read_crystal
from ionsmith.crystals.ordering import Ordering

OrderingOption = Annotated[Ordering, option("How partial occupancies are ordered.")]


def note_ordered(ordering: Ordering | None, *crystals: str | Crystal | Atoms) -> None:
    """Say that there is nothing to order, where none of the crystals has partial occupancies."""
    if ordering is None or "-" in [c for c in crystals if isinstance(c, str)]:
        return
    read = [read_crystal(c) if isinstance(c, str) else c for c in crystals]
    if all(not isinstance(crystal, Crystal) or crystal.is_ordered for crystal in read):
        click.echo("ionsmith: note: no partial occupancies: --ordering has no effect", err=True)
