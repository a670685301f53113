"""Folders written whole or not at all, and the structure brought home from them.

Beside the code's own files each folder holds ``structure.extxyz``, the structure with its
constraints, moments and provenance in its own order, and ``ionsmith.json``, which says what the
calculation is and which atom of the structure is which of the code's.

What a code's exporter says of the folder that it filled.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import MANIFEST, STRUCTURE, read_record, read_structure, restored
from ionsmith.errors import OutputExists, UnreadableFile


def check_folder(target: Path) -> None:
    """Refuse a folder that holds anything, or cannot be made.

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
        raise OutputExists(f"{target} is not empty; choose a new folder")
    if not target.absolute().parent.is_dir():
        raise UnreadableFile(f"{target}: the folder {target.absolute().parent} does not exist")


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a neighbouring temporary folder, and move it into place if nothing went wrong."""
    check_folder(target)
    try:
        made = Path(tempfile.mkdtemp(dir=target.absolute().parent, prefix=".ionsmith-"))
    except OSError as error:
        raise UnreadableFile(f"{target}: cannot be written ({error.strerror})") from error
    try:
        yield made
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(0o777 & ~mask)
        if target.is_dir():
            target.rmdir()
        made.rename(target)
    except BaseException as error:
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, OSError):
            raise UnreadableFile(f"{target}: cannot be written ({error.strerror})") from error
        raise


def write_record(folder: Path, atoms: Atoms, manifest: dict[str, Any]) -> None:
    """Write the structure as it is, and the manifest."""
    import ase.io

    ase.io.write(folder / STRUCTURE, atoms, format="extxyz")
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_back(folder: str | Path, name: str | None = None) -> Atoms:
    """Read what a code was given, or gave, as the structure that was exported.

    Parameters
    ----------
    folder
        A folder that :func:`~ionsmith.exporters.export.export` wrote.
    name
        A file in it that ASE or pymatgen reads (the code's input or output); by default the
        record of what was exported.

    Returns
    -------
    Atoms
        In the order of the exported structure, with its constraints, moments, arrays and
        provenance, and the cell, positions and results of that file.

    Raises
    ------
    UnreadableFile
        If the folder is none of ours, or the file holds other atoms.
    """
    folder = Path(folder)
    atoms, manifest = read_record(folder)
    if name is None:
        return atoms
    path = folder / name
    return restored(atoms, manifest, read_structure(str(path)), path)


@dataclass(frozen=True)
class Written:
    """The part of an export that is the code's own.

    Parameters
    ----------
    run
        The line that runs it, in the folder.
    output
        File that will hold what the code found.
    order
        For each atom of the code's input, its index in the structure.
    settings
        Cutoffs and what else the code was told, by name with unit.
    needs
        Files that the user has to put there, by element.
    notes
        What the code cannot do or does otherwise, one line each.
    kpoints
        Points of the mesh that was written, where the code cannot take the one planned.
    """

    run: str
    output: str
    order: list[int]
    settings: dict[str, Any]
    needs: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kpoints: tuple[int, int, int] | None = None
