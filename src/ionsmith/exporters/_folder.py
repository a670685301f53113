"""Folders of calculations: written whole or not at all, and read back.

Beside the code's own files each folder holds ``structure.extxyz``, the structure with its
constraints, moments and provenance in its own order, and ``ionsmith.json``, which describes the
calculation and maps the atoms of the structure to those of the code. Competing starts are such
folders in one with ``starts.json``, which lists them.
"""

import json
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import (
    MANIFEST,
    STARTS,
    STRUCTURE,
    check_as_asked,
    read_record,
    restored,
    temporary_beside,
)
from ionsmith.errors import OutputExists, UnreadableFile
from ionsmith.exporters._code import make_code


def check_folder(target: Path, *, force: bool = False) -> None:
    """Raise if a folder holds anything, or cannot be made.

    Parameters
    ----------
    target
        The folder.
    force
        Whether it may hold an earlier export.

    Raises
    ------
    OutputExists
        If the target is a file or a folder that is not empty.
    UnreadableFile
        If the folder above it does not exist.
    """
    if target.exists() and not target.is_dir():
        raise OutputExists(f"{target} is a file, a folder was expected")
    if target.is_dir() and any(target.iterdir()):
        if not any((target / name).is_file() for name in (MANIFEST, STARTS)):
            raise OutputExists(f"{target} is not empty; choose a new folder")
        if not force:
            raise OutputExists(
                f"{target} is not empty; choose a new folder, or replace it (`force`)"
            )
    if not target.absolute().parent.is_dir():
        raise UnreadableFile(f"{target}: the folder {target.absolute().parent} does not exist")


@contextmanager
def whole_folder(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a neighbouring temporary folder, and move it into place if nothing went wrong."""
    check_folder(target, force=force)
    try:
        with temporary_beside(target, folder=True) as made:
            yield made
            mask = os.umask(0)
            os.umask(mask)
            made.chmod(0o777 & ~mask)
            if target.is_dir():
                shutil.rmtree(target)
            made.rename(target)
    except OSError as error:
        raise UnreadableFile(f"{target}: cannot be written ({error.strerror})") from error


def write_record(folder: Path, atoms: Atoms, manifest: dict[str, Any]) -> None:
    """Write the structure as it is, and the manifest."""
    import ase.io

    ase.io.write(folder / STRUCTURE, atoms, format="extxyz")
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_back(folder: str | PathLike[str], file: str | None = None) -> Atoms:
    """Read a file of a code as the structure that was exported.

    Parameters
    ----------
    folder
        A folder that :func:`~ionsmith.exporters.export` wrote.
    file
        An input or output file of the code in it; by default the record of what was exported.

    Returns
    -------
    Atoms
        In the order of the exported structure, with its constraints, moments, arrays and
        provenance, and the cell, positions and results of that file.

    Raises
    ------
    UnreadableFile
        If the folder was not written by ionsmith, or the file holds other atoms.
    """
    folder = Path(folder)
    atoms, manifest = read_record(folder)
    if file is None:
        return atoms
    path = folder / file
    if file == manifest["output"]:
        check_as_asked(atoms, manifest, path)
    with warnings.catch_warnings():
        if file != manifest["output"]:  # what an input does not state, the record does
            warnings.simplefilter("ignore")
        found = make_code(manifest["code"]).read(path)
    return restored(atoms, manifest, found, path)
