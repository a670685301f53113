"""First and last steps of every command that makes a structure: is the output free, write it."""

import click
from ase import Atoms

from ionsmith import provenance
from ionsmith.cli.common import command_line
from ionsmith.crystals.files import check_output, write_structure

_WITHOUT_EFFECT = ("--output", "--force", "--picture", "--checkpoint", "--resume")
"""Options that change nothing in the structure: with or without them it has the same bytes."""


def ready(output: str | None, *, force: bool, dry_run: bool) -> None:
    """Refuse a missing, existing or unwritable output before any work is done."""
    if output is None:
        if not dry_run:
            raise click.UsageError("say where the structure goes with -o FILE, or pass --dry-run")
        return
    check_output(output, force=force)


def finish(atoms: Atoms, output: str | None, *, force: bool, dry_run: bool) -> None:
    """Write the structure with the command that made it, unless this is a dry run."""
    if output is not None and not dry_run:
        provenance.note_command(atoms, command_line(_WITHOUT_EFFECT))
        write_structure(output, atoms, force=force)
