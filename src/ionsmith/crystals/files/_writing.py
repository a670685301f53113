"""Writing structures and other files: whole or not at all, never over a file unless told so."""

import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ase import Atoms

from ionsmith.bonding.checks import check_contacts
from ionsmith.crystals.files._temporary import temporary_beside
from ionsmith.errors import (
    OutputExists,
    UnreadableFile,
    reason_of,
)

if TYPE_CHECKING:
    pass


def check_output(target: str, *, force: bool, atoms: Atoms | None = None) -> None:
    """Refuse a structure file that exists or cannot be written, before any work.

    Parameters
    ----------
    target
        As :func:`write_structure` takes it.
    force
        Whether an existing file may be replaced.
    atoms
        What the work begins with, if it ends with the same atoms in a cell of the same kind. Some
        formats hold no molecule; some, whatever they are given, need more than a structure.

    Raises
    ------
    OutputExists
        If the target exists and ``force`` is false.
    UnreadableFile
        If it cannot be written, or its format cannot hold such a structure.
    """
    check_target(target, force=force)
    name = structure_format(target)
    if name == "extxyz":
        return
    if atoms is None:
        atoms = Atoms("NaCl", scaled_positions=[[0] * 3, [0.5] * 3], cell=[4] * 3, pbc=True)
    with tempfile.TemporaryDirectory() as folder, _reasons(target), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are said when the structure itself is written
        _write_with_ase(Path(folder) / Path(target).name, atoms, name, target)


def check_target(target: str, *, force: bool) -> None:
    """Refuse any output file that exists (unless forced) or whose folder does not."""
    if target == "-":
        return
    if "\0" in target:
        raise UnreadableFile(f"{target!r}: no file name")
    path = Path(target).absolute()
    with _reasons(target):
        if not path.parent.is_dir():
            raise UnreadableFile(f"{target}: the folder {path.parent} does not exist")
        if not os.access(path.parent, os.W_OK):
            raise UnreadableFile(f"{target}: nothing can be written in the folder {path.parent}")
        try:
            kind = path.stat().st_mode
        except FileNotFoundError:
            return
    if stat.S_ISDIR(kind):
        raise OutputExists(f"{target} is a folder, a file name was expected")
    if not stat.S_ISREG(kind):  # which moving a file into its place would destroy
        raise OutputExists(f"{target} is a device or a pipe; - is standard output")
    if not force:
        raise OutputExists(f"{target} exists; choose another name or pass --force")


@contextmanager
def _reasons(target: str | Path) -> Iterator[None]:
    """Say in one line why the system refuses a file."""
    try:
        yield
    except OSError as error:
        raise UnreadableFile(f"{target}: cannot be written ({error.strerror or error})") from error


def structure_format(target: str) -> str:
    """ASE's name for the format that a target's suffix asks for; ``-`` is extended XYZ."""
    from ase.io.formats import UnknownFileTypeError, filetype, ioformats

    if target == "-":
        return "extxyz"
    try:
        name = filetype(Path(target).name, read=False, guess=False)
    except UnknownFileTypeError:
        name = None
    if name not in ioformats or not ioformats[name].can_write:
        raise UnreadableFile(
            f"{target}: no writer for this suffix; .extxyz (keeps the provenance), .cif, .vasp, "
            ".xsf and the others that ASE writes are known"
        )
    return str(name)


def write_structure(target: str, atoms: Atoms, *, force: bool = False) -> None:
    """Check a structure and write it, whole or not at all.

    Parameters
    ----------
    target
        A path whose suffix says the format, or ``-`` for extended XYZ on standard output.
    atoms
        The structure.
    force
        Replace an existing file.

    Raises
    ------
    OutputExists
        If the target exists and ``force`` is false.
    AtomsTooClose, InvalidStructure
        If the structure is not fit to leave.
    UnreadableFile
        If the format cannot be written.
    """
    check_target(target, force=force)
    name = structure_format(target)
    check_contacts(atoms)

    def save(path: Path) -> None:
        _write_with_ase(path, atoms, name, target)

    if target == "-":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "structure"
            save(path)
            sys.stdout.write(path.read_text())
        return
    write_whole(Path(target), save)


def _write_with_ase(path: Path, atoms: Atoms, name: str, target: str) -> None:
    import ase.io

    # A POSCAR groups the species, or codes that read one potential a species refuse it.
    options: dict[str, Any] = {"sort": True, "direct": True} if name == "vasp" else {}
    try:
        ase.io.write(path, atoms, format=name, **options)
    except OSError:
        raise
    except Exception as error:
        raise UnreadableFile(
            f"{target}: ASE could not write such a structure as {name} ({reason_of(error)}); "
            ".extxyz takes every structure, and 'ionsmith export' writes inputs of codes"
        ) from error


def write_whole(path: Path, save: Callable[[Path], object]) -> None:
    """Let ``save`` write a neighbouring temporary file, then move it into place."""
    with _reasons(path), temporary_beside(path) as temporary:
        save(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)


def write_text(target: str, text: str, *, force: bool = False) -> None:
    """Write text, whole or not at all; ``-`` is standard output."""
    check_target(target, force=force)
    if target == "-":
        sys.stdout.write(text)
        return
    write_whole(Path(target), lambda path: path.write_text(text, encoding="utf-8"))
