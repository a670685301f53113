"""First and last steps of every command that makes a structure: is the output free, write it."""

import click
from ase import Atoms

from ionsmith.files import check_output, write_structure


def ready(output: str | None, *, force: bool, dry_run: bool) -> None:
    """Refuse a missing, existing or unwritable output before any work is done."""
    if output is None:
        if not dry_run:
            raise click.UsageError("say where the structure goes with -o FILE, or pass --dry-run")
        return
    check_output(output, force=force)


def finish(atoms: Atoms, output: str | None, *, force: bool, dry_run: bool) -> None:
    """Write the structure, unless this is a dry run."""
    if output is not None and not dry_run:
        write_structure(output, atoms, force=force)
