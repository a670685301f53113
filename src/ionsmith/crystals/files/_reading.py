"""Read structures from all files that ASE or pymatgen reads, from the library and from objects."""

import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_numbers
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.cif import parse_cif
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.files._as_asked import check_as_asked
from ionsmith.crystals.files._code_inputs import (
    read_abinit,
    read_cp2k_input,
    read_espresso,
    read_poscar,
)
from ionsmith.crystals.files._code_outputs import (
    MANIFEST,
    STARTS,
    add_site_moments,
    is_cp2k,
    read_cp2k,
    read_lammps,
    read_record,
    restored,
    results_file,
)
from ionsmith.crystals.files._formats import (
    HEAD,
    JSON,
    check_content,
    elements_of_names,
    format_of,
    no_castep,
    structure_of_json,
)
from ionsmith.crystals.files._labels import read_labelled
from ionsmith.crystals.files._packed import MOST_BYTES, check_kind, unpacked
from ionsmith.crystals.files._passed_over import PERIODIC
from ionsmith.crystals.files._source import CrystalLike, in_memory
from ionsmith.crystals.sites import FULL
from ionsmith.errors import (
    DisorderedStructure,
    InvalidStructure,
    MissingFile,
    UnreadableFile,
    reason_of,
)

_INPUTS: dict[str, Callable[[Path], Atoms]] = {
    "abinit-in": read_abinit,
    "cp2k-restart": read_cp2k_input,
    "espresso-in": read_espresso,
    "vasp": read_poscar,
}
OVERLAP = 0.55
"""Distance in Å below which no two atoms are: H2 has 0.74 Å; fractions taken for Å give 0.5."""

_CIF_NAME = re.compile(r"\.m?cif$", flags=re.IGNORECASE)
_CIF_HEADER = re.compile(rb"^\s*data_\S", flags=re.MULTILINE | re.IGNORECASE)
_CIF_ITEM = re.compile(rb"^\s*_(?:cell|atom_site)[._]\w", flags=re.MULTILINE | re.IGNORECASE)


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
    crystal = read_crystal(source)
    if isinstance(crystal, Atoms):
        return crystal
    try:
        return crystal.to_atoms()
    except DisorderedStructure as error:
        if error.source is not None or not isinstance(source, str | PathLike):
            raise
        raise DisorderedStructure(f"{source}: {error}", fspath(source)) from None


def read_crystal(source: CrystalLike) -> Crystal | Atoms:
    """Read a crystal as its source has it, with partial occupancies.

    Parameters
    ----------
    source
        Anything that is a crystal (:data:`CrystalLike`).

    Returns
    -------
    Crystal or ase.Atoms
        A crystal from the library and from a CIF (:func:`ionsmith.crystals.cif.read_cif`), else
        atoms.

    Raises
    ------
    UnknownPhase, UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`read_structure`.
    """
    crystal = in_memory(source)
    if isinstance(crystal, Crystal):
        return crystal
    if isinstance(crystal, Atoms):
        check_numbers(crystal)
        provenance.check(crystal)
        _check_occupancies(crystal)
        return crystal
    if crystal != "-":
        return _read_path(Path(crystal), crystal)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        if sys.stdin is None:
            raise UnreadableFile("standard input is closed; give a file")
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UnreadableFile(f"standard input has more than {MOST_BYTES / 1e6:.0f} MB")
        if _CIF_HEADER.search(data):
            path = path.with_suffix(".cif")
        path.write_bytes(data)
        return _read_path(path, "standard input")


def _check_occupancies(atoms: Atoms) -> None:
    """Refuse atoms that ASE read from a disordered file, keeping one species of each site."""
    occupancies = atoms.info.get("occupancy")
    if isinstance(occupancies, dict) and any(
        isinstance(site, dict) and (len(site) > 1 or sum(site.values()) < FULL)
        for site in occupancies.values()
    ):
        raise DisorderedStructure(
            "the atoms come from a file with partial occupancies, of which ASE keeps one species "
            "per site (`atoms.info['occupancy']`); give the path of the file"
        )


def _check_read(atoms: Atoms, name: str) -> None:
    """Refuse occupancies and cells that became mere notes, and atoms on top of each other."""
    for key in ("occupancy", "occupancies"):
        values = atoms.arrays.get(key)
        if values is not None and values.dtype.kind in "fi" and (values < FULL).any():
            raise _disordered(name)
    named = [key for key in atoms.info if key.lower() in ("lattice", "cell")]
    if named and not atoms.cell.any():
        raise UnreadableFile(f"{name}: the cell is named {named[0]!r} in place of Lattice")
    pairs = neighbour_list(atoms, OVERLAP, full=False)
    if len(pairs.first):
        first, second = int(pairs.first[0]), int(pairs.second[0])
        raise InvalidStructure(
            f"atoms {first} ({atoms.symbols[first]}) and {second} ({atoms.symbols[second]}) are "
            f"{pairs.distances[0]:.2f} Å apart: is the unit Å, and each atom listed once?"
        )


def _read_path(path: Path, name: str) -> Crystal | Atoms:
    """Read a file, or the results in an exported folder."""
    block = None
    if not path.exists() and "#" in path.name:
        start, _, block = str(path).rpartition("#")
        path = Path(start)
    if not path.exists():
        bare = not path.suffix and len(path.parts) == 1
        raise MissingFile(
            f"{name}: no such file" + (", and no library crystal of that name" if bare else "")
        )
    if path.is_dir():
        if (path / STARTS).is_file():
            own = sorted(file.parent.name for file in path.glob(f"*/{MANIFEST}"))
            raise UnreadableFile(f"{name} holds several starts; take one of {', '.join(own)} in it")
        if not (path / MANIFEST).is_file():
            raise UnreadableFile(f"{name} is a folder; a structure file was expected")
        return _read_results(path)
    check_kind(path, name)
    with unpacked(path, name) as file:
        if _CIF_NAME.search(file.name) or _is_cif(file):
            return parse_cif(file.read_bytes(), name.removesuffix(f"#{block}"), block)
        try:
            with _held_warnings():
                atoms = _read_with_ase(file, name)
                check_numbers(atoms)
                provenance.check(atoms)
            _check_read(atoms, name)
        except InvalidStructure as error:
            raise InvalidStructure(f"{name}: {error}") from None
    return atoms


def _is_cif(path: Path) -> bool:
    """Whether a file of another name begins like a CIF of a crystal."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return bool(_CIF_HEADER.search(head) and _CIF_ITEM.search(head))


def _read_results(folder: Path) -> Atoms:
    """Read the results of a code onto the structure that was exported."""
    exported, manifest = read_record(folder)
    path = results_file(folder, manifest)
    check_as_asked(exported, manifest, path)
    if manifest["code"] == "lammps":
        try:
            result = read_lammps(folder, exported)
        except Exception as error:
            raise UnreadableFile(f"{folder}: LAMMPS did not finish ({reason_of(error)})") from error
    else:
        result = read_structure(path)
    return restored(exported, manifest, result, path)


def _read_with_ase(path: Path, name: str) -> Atoms:
    """Read a file with ASE, or with pymatgen if ASE cannot."""
    import ase.io

    if is_cp2k(path):
        try:
            return read_cp2k(path)
        except Exception as error:
            raise UnreadableFile(
                f"{name}: could not be read as CP2K's output ({reason_of(error)}); did it "
                "finish, and is its input beside it?"
            ) from error
    file_format = format_of(path, name)
    if file_format is None and name == "standard input":
        file_format = "extxyz"
    check_content(path, file_format, name)
    elements = elements_of_names(path, file_format, name)
    failure = ""
    if file_format is not None:
        try:
            with _held_warnings(), no_castep(file_format):
                if file_format in _INPUTS:
                    return _INPUTS[file_format](path)
                atoms = ase.io.read(
                    str(path.absolute()),  # ASE takes some names for databases
                    format=file_format,
                    index=-1,
                    do_not_split_by_at_sign=True,
                )
                assert isinstance(atoms, Atoms)
                if elements is not None:
                    atoms.symbols = elements[-len(atoms) :]
                if file_format == "proteindatabank" and atoms.cell.lengths().max() <= 1:
                    atoms.cell, atoms.pbc = None, False  # CRYST1 of 1 Å stands for no crystal
                if file_format.startswith("lammps"):  # ASE's dummy atom X has a mass of 1
                    atoms.numbers[atoms.numbers == 0] = 1
                if file_format in PERIODIC:
                    atoms.pbc = True
                add_site_moments(atoms, path, file_format)
                if file_format == "lammps-data":  # its charges are those of a force field
                    return Atoms(
                        atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc
                    )
                return atoms
        except Exception as error:
            labelled = read_labelled(path, name) if file_format in ("xyz", "extxyz") else None
            if labelled is not None:
                return labelled
            failure = reason_of(error)
    if failure and file_format in ("xyz", "extxyz", *_INPUTS):
        raise _not_read(name, f"as {file_format}", failure)
    # Some formats are read by pymatgen only, which goes by the file name.
    try:
        from pymatgen.core import Structure

        with _held_warnings():
            if path.suffix.lower() in JSON:
                structure = structure_of_json(path)
            elif path.suffix.lower() in (".yaml", ".yml"):
                raise ValueError("YAML is not read, since it may run code")
            else:
                structure = Structure.from_file(path)
            if not structure.is_ordered:
                raise _disordered(name)
            return structure.to_ase_atoms()
    except DisorderedStructure:
        raise
    except Exception as error:
        kind = f"as {file_format}" if file_format else "by ASE or pymatgen"
        # The reader of the suffix explains best what is wrong; pymatgen's if ASE has none.
        own = "its format is not known" if isinstance(error, ImportError) else reason_of(error)
        raise _not_read(name, kind, failure or own) from error


def _not_read(name: str, kind: str, reason: str) -> UnreadableFile:
    """Error for a file that its reader does not take."""
    return UnreadableFile(
        f"{name}: could not be read {kind} ({reason}); is it complete, and does its suffix match "
        "its format?"
    )


@contextmanager
def _held_warnings() -> Iterator[None]:
    """Hold the warnings of a reader back, and issue them only if it succeeds."""
    with warnings.catch_warnings(record=True) as held:
        warnings.simplefilter("always")
        yield
    for warning in held:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _disordered(name: str) -> DisorderedStructure:
    """Error for partial occupancies."""
    return DisorderedStructure(
        f"{name}: has partial occupancies, which are read from CIFs and pymatgen structures only; "
        "convert it to a CIF"
    )
