"""Read structures from all files that ASE or pymatgen reads, from the library and from objects."""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms

from ionsmith.bonding.checks import check_cell, check_numbers
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.files._code_outputs import (
    MANIFEST,
    is_cp2k,
    read_cp2k,
    read_lammps,
    read_record,
    restored,
    results_file,
)
from ionsmith.crystals.files._source import CrystalLike, in_memory
from ionsmith.errors import (
    DisorderedStructure,
    InvalidStructure,
    MissingFile,
    UnreadableFile,
    reason_of,
)

if TYPE_CHECKING:
    import gemmi


def read_structure(source: CrystalLike) -> Atoms:
    """Read one ordered structure.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`CrystalLike`). The last frame of a trajectory is read,
        and the results of the code from an exported folder.

    Raises
    ------
    UnknownPhase
        If the library has no crystal of the name.
    UnreadableFile
        If a file is missing, truncated or of an unknown format.
    DisorderedStructure
        If there are partial occupancies, which :class:`ase.Atoms` cannot hold.
    InvalidStructure
        If the structure is empty or has numbers that are not finite.

    Examples
    --------
    >>> from ionsmith.crystals.files import read_structure
    >>> atoms = read_structure("lib:nafepo4")
    >>> atoms.get_chemical_formula()
    'Fe4Na4O16P4'
    """
    crystal = in_memory(source)
    if isinstance(crystal, Crystal):
        return crystal.to_atoms()
    if isinstance(crystal, Atoms):
        check_numbers(crystal)
        return crystal
    if crystal == "-":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "stdin"
            path.write_bytes(sys.stdin.buffer.read())
            return _read_path(path, "standard input")
    return _read_path(Path(crystal), crystal)


def _read_path(path: Path, name: str) -> Atoms:
    """Read a file, or the results in an exported folder."""
    if not path.exists():
        bare = not path.suffix and len(path.parts) == 1
        raise MissingFile(
            f"{name}: no such file" + (", and no library crystal of that name" if bare else "")
        )
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            raise UnreadableFile(f"{name} is a folder; a structure file was expected")
        return _read_results(path)
    if path.stat().st_size == 0:
        raise UnreadableFile(f"{name}: the file is empty")
    try:
        if path.suffix.lower() == ".cif":
            _refuse_disorder(path, name)
        with _held_warnings():
            atoms = _read_with_ase(path, name)
            check_numbers(atoms)
    except InvalidStructure as error:
        raise InvalidStructure(f"{name}: {error}") from None
    return atoms


def _read_results(folder: Path) -> Atoms:
    """Read the results of a code onto the structure that was exported."""
    exported, manifest = read_record(folder)
    path = results_file(folder, manifest)
    if manifest["code"] == "lammps":
        try:
            result = read_lammps(folder, exported)
        except Exception as error:
            raise UnreadableFile(f"{folder}: LAMMPS did not finish ({reason_of(error)})") from error
    else:
        result = _read_path(path, str(path))
    return restored(exported, manifest, result, path)


def _read_with_ase(path: Path, name: str) -> Atoms:
    """Read a file with ASE, or with pymatgen if ASE cannot."""
    import ase.io
    from ase.io.formats import UnknownFileTypeError, filetype, ioformats

    try:
        file_format = filetype(str(path), guess=True)
        if file_format not in ioformats:  # an unknown suffix comes back as it is
            file_format = None
    except UnknownFileTypeError:
        file_format = None
    except Exception as error:
        raise UnreadableFile(f"{name}: cannot be read ({reason_of(error)})") from error
    if is_cp2k(path):
        try:
            return read_cp2k(path)
        except Exception as error:
            raise UnreadableFile(
                f"{name}: could not be read as CP2K's output ({reason_of(error)}); did it "
                "finish, and is its input beside it?"
            ) from error
    if path.suffix == ".abo":  # ASE takes ABINIT's output, which echoes the input, for an input
        file_format = "abinit-out"
    if file_format is None and name == "standard input":
        file_format = "extxyz"
    if file_format in ("xyz", "extxyz"):
        _refuse_count(path, name)
    failure = ""
    if file_format is not None:
        try:
            with _held_warnings():
                return ase.io.read(path, format=file_format, index=-1)
        except Exception as error:
            failure = reason_of(error)
    # Some formats are read by pymatgen only, which goes by the file name.
    try:
        from pymatgen.core import Structure

        with _held_warnings():
            structure = Structure.from_file(path)
            if not structure.is_ordered:
                raise _disordered(name)
            return structure.to_ase_atoms()
    except DisorderedStructure:
        raise
    except Exception as error:
        kind = f"as {file_format}" if file_format else "by ASE or pymatgen"
        # The reader of the suffix explains best what is wrong; pymatgen's if ASE has none.
        reason = failure or reason_of(error)
        raise UnreadableFile(
            f"{name}: could not be read {kind} ({reason}); is it complete, and does its suffix "
            "match its format?"
        ) from error


@contextmanager
def _held_warnings() -> Iterator[None]:
    """Hold the warnings of a reader back, and issue them only if it succeeds."""
    with warnings.catch_warnings(record=True) as held:
        warnings.simplefilter("always")
        yield
    for warning in held:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _refuse_count(path: Path, name: str) -> None:
    """Raise if a file is too short for its number of atoms, on which ASE would wait."""
    with path.open("rb") as stream:
        count = stream.readline(32).strip()
    if count.isdigit() and int(count) > path.stat().st_size:
        raise UnreadableFile(f"{name}: is too short for its {int(count):,} atoms")


def _refuse_disorder(path: Path, name: str) -> None:
    """Raise if a CIF has partial occupancies: ASE silently keeps one species of a mixed site."""
    import gemmi

    try:
        blocks = list(gemmi.cif.read(str(path)))
    except Exception as error:
        raise UnreadableFile(f"{name}: not a valid CIF ({reason_of(error)})") from error
    for block in blocks:
        for text in block.find_values("_atom_site_occupancy"):
            value = gemmi.cif.as_number(text)
            if value == value and value < 1 - 1e-6:
                raise _disordered(name)


def read_disordered_cif(source: str) -> "gemmi.SmallStructure":
    """Read a CIF with its partial occupancies.

    Raises
    ------
    UnreadableFile
        If the file is not a CIF, or its cell is missing or impossible.
    InvalidStructure
        If a site has numbers that are not finite, or the cell is not that of a crystal.
    """
    import gemmi

    try:
        structure = gemmi.read_small_structure(source)
    except Exception as error:
        raise UnreadableFile(f"{source}: not a valid CIF ({reason_of(error)})") from error
    if not structure.cell.is_crystal():
        raise UnreadableFile(f"{source}: the cell is missing or incomplete")
    try:
        check_cell(np.array(structure.cell.orth.mat.tolist()).T)
    except InvalidStructure as error:
        raise InvalidStructure(f"{source}: {error}") from error
    for site in structure.sites:
        if not np.isfinite([*site.fract.tolist(), site.occ]).all():
            raise InvalidStructure(f"{source}: site {site.label} has numbers that are not finite")
    return structure


def _disordered(name: str) -> DisorderedStructure:
    """Error for partial occupancies."""
    return DisorderedStructure(
        f"{name}: has partial occupancies, but an ordered structure is needed; order it first "
        "(ionsmith.order for a crystal of the library)"
    )
