"""Several structures of one command, written into a folder whole or not at all."""

import re
from collections.abc import Sequence
from pathlib import Path

import click
from ase import Atoms

from ionsmith import provenance
from ionsmith.cli.framework._output import WITHOUT_EFFECT, command_line
from ionsmith.crystals.files import check_target, temporary_beside, write_structure
from ionsmith.errors import OutputExists, UnreadableFile

NUMBERED = re.compile(r"\d+\.extxyz")


def is_folder(output: str | None) -> bool:
    """Whether an output is meant as a folder: it is one, ends with a slash, or has no suffix."""
    if output is None or output == "-":
        return False
    return output.endswith("/") or Path(output).is_dir() or not Path(output).suffix


def check_structures_folder(output: str | None, *, force: bool, dry_run: bool) -> None:
    """Refuse an output in which structures cannot be put, before any work is done.

    Parameters
    ----------
    output
        The folder: a new or empty one, or, with ``force``, one of numbered structures.
    force
        Whether earlier structures may be replaced.
    dry_run
        Whether no output is needed.
    """
    if output is None:
        if not dry_run:
            raise click.UsageError("say where the structures go with -o DIR, or pass --dry-run")
        return
    if not is_folder(output) or Path(output).is_file():
        raise click.UsageError(f"-o {output}: a folder was expected for several structures")
    folder = Path(output)
    if not folder.is_dir():
        check_target(str(folder), force=False)
        return
    names = sorted(path.name for path in folder.iterdir())
    others = [name for name in names if not NUMBERED.fullmatch(name)]
    if others:
        raise OutputExists(f"{output} holds {others[0]}; choose a new folder")
    if names and not force:
        raise OutputExists(f"{output} is not empty; choose a new folder or `force`")


def write_structures(output: str, structures: Sequence[Atoms]) -> None:
    """Write structures as ``1.extxyz``, ``2.extxyz`` and so on into a folder, in their order.

    They are written beside it first, so that a folder of an interrupted run is the old one.
    """
    folder = Path(output)
    width = len(str(len(structures)))
    try:
        with temporary_beside(folder, folder=True) as made:
            for number, atoms in enumerate(structures, start=1):
                provenance.note_command(atoms, command_line(WITHOUT_EFFECT))
                write_structure(made / f"{number:0{width}d}.extxyz", atoms)
            made.chmod(0o755)
            if not folder.is_dir():
                made.rename(folder)
                return
            with temporary_beside(folder, folder=True) as old:
                folder.rename(old)
                made.rename(folder)
    except OSError as error:
        raise UnreadableFile(f"{output}: cannot be written ({error.strerror})") from error
