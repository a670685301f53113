"""Write structures and other files: whole or not at all, never over a file unless forced."""

import gzip
import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.bonding.checks import check_contacts
from ionsmith.crystals.files._formats import no_castep
from ionsmith.crystals.files._kept import add_charges, several_charges, with_words
from ionsmith.crystals.files._reading import read_structure
from ionsmith.crystals.files._source import CrystalLike
from ionsmith.crystals.files._temporary import temporary_beside
from ionsmith.errors import OutputExists, UnreadableFile, reason_of


def check_output(target: str | PathLike[str], *, force: bool, atoms: Atoms | None = None) -> None:
    """Raise, before any work, if a structure file exists or cannot be written.

    Parameters
    ----------
    target
        The file, as for :func:`write_structure`.
    force
        Whether an existing file may be replaced.
    atoms
        The start of the work, if its result has the same atoms in a similar cell: some formats
        cannot hold a molecule, others need more than a structure.

    Raises
    ------
    OutputExists
        If the target exists and ``force`` is false.
    UnreadableFile
        If it cannot be written, or its format cannot hold such a structure.
    """
    target = fspath(target)
    check_target(target, force=force)
    name = structure_format(target)
    if name == "extxyz":
        return
    if atoms is None:
        atoms = Atoms("NaCl", scaled_positions=[[0] * 3, [0.5] * 3], cell=[4] * 3, pbc=True)
    with tempfile.TemporaryDirectory() as folder, _reasons(target), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shown when the structure itself is written
        _write_with_ase(Path(folder) / Path(target).name, atoms, name, target)


def check_target(target: str | PathLike[str], *, force: bool) -> None:
    """Raise if an output file exists (unless forced) or its folder does not.

    Raises
    ------
    OutputExists
        If the target exists and ``force`` is false, or is a folder or a device.
    UnreadableFile
        If it cannot be written.
    """
    target = fspath(target)
    if target == "-":
        return
    if "\0" in target:
        raise UnreadableFile(f"{target!r} is not a file name")
    path = Path(target).absolute()
    with _reasons(target):
        if not path.parent.is_dir():
            raise UnreadableFile(f"{target}: the folder {path.parent} does not exist")
        if not os.access(path.parent, os.W_OK):
            raise UnreadableFile(f"{target}: the folder {path.parent} is read-only")
        link = path.is_symlink() and not path.exists()
        kind = None if link or not path.exists() else path.stat().st_mode
    if link and not force:
        raise OutputExists(f"{target} is a link to a missing file; choose another name or `force`")
    if kind is None:
        return
    if stat.S_ISDIR(kind):
        raise OutputExists(f"{target} is a folder, a file name was expected")
    if not stat.S_ISREG(kind):  # moving a file there would destroy it
        raise OutputExists(f"{target} is a device or a pipe; - is standard output")
    if not force:
        raise OutputExists(f"{target} exists; choose another name or `force`")


@contextmanager
def _reasons(target: str | Path) -> Iterator[None]:
    """Turn errors of the system into one line with the reason."""
    try:
        yield
    except OSError as error:
        raise UnreadableFile(f"{target}: cannot be written ({error.strerror or error})") from error


def structure_format(target: str | PathLike[str]) -> str:
    """ASE's name for the format of a file's suffix; ``-`` is extended XYZ.

    Raises
    ------
    UnreadableFile
        If ASE cannot write and read the format.
    """
    from ase.io.formats import UnknownFileTypeError, filetype, ioformats

    if fspath(target) == "-":
        return "extxyz"
    try:
        # With a folder before it, since ASE takes some names for databases.
        name = filetype(f"./{Path(target).name}", read=False, guess=False)
    except UnknownFileTypeError:
        name = None
    # What cannot be read again is a picture or a script, often with a second file; .xtd has two.
    kind = ioformats.get(str(name))
    if kind is None or not (kind.can_write and kind.can_read) or name == "xtd":
        raise UnreadableFile(
            f"{target}: no writer for this suffix; expected .extxyz (keeps the provenance), .cif, "
            ".vasp, .xsf or another that ASE writes"
        )
    return str(name)


def write_structure(
    target: str | PathLike[str], structure: CrystalLike, *, force: bool = False
) -> None:
    """Check a structure and write it, whole or not at all.

    Parameters
    ----------
    target
        A path whose suffix sets the format, or ``"-"`` for extended XYZ on standard output.
    structure
        The structure.
    force
        Replace an existing file.

    Raises
    ------
    OutputExists
        If the target exists and ``force`` is false.
    AtomsTooClose, InvalidStructure
        If the structure is not sound.
    UnreadableFile
        If the format cannot be written.
    """
    target = fspath(target)
    check_target(target, force=force)
    name = structure_format(target)
    atoms = read_structure(structure)
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
    """Write with ASE, whose errors become one line."""
    import ase.io

    # The species of a POSCAR must be grouped: codes read one potential per species.
    options: dict[str, Any] = {"sort": True, "direct": True} if name == "vasp" else {}
    if name == "extxyz":
        atoms = with_words(atoms)
    try:
        with no_castep(name):
            ase.io.write(path, atoms, format=name, **options)
        if name == "cif":
            add_charges(path, atoms)
        elif name != "extxyz" and (lost := several_charges(atoms)):
            warnings.warn(
                f"{target} holds no charges: {lost} are the same when it is read again; .extxyz "
                "and .cif keep them",
                stacklevel=2,
            )
        if path.suffix == ".gz":  # without the time and the temporary name in its head
            path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), mtime=0))
    except OSError:
        raise
    except Exception as error:
        raise UnreadableFile(
            f"{target}: ASE could not write such a structure as {name} ({reason_of(error)}); "
            ".extxyz holds every structure, and ionsmith.export writes input for codes"
        ) from error


def write_whole(path: str | PathLike[str], save: Callable[[Path], object]) -> None:
    """Let ``save`` write a neighbouring temporary file, then move it into place."""
    path = Path(path)
    with _reasons(path), temporary_beside(path) as temporary:
        save(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)


def write_text(target: str | PathLike[str], text: str, *, force: bool = False) -> None:
    """Write text, whole or not at all; ``-`` is standard output."""
    check_target(target, force=force)
    if fspath(target) == "-":
        sys.stdout.write(text)
        return
    write_whole(Path(target), lambda path: path.write_text(text, encoding="utf-8"))
