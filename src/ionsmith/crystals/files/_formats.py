"""Formats of structure files other than CIF: which one a file has, and what it must not hide."""

import re
import warnings
from io import StringIO
from pathlib import Path

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith.crystals.cif import parse_species
from ionsmith.errors import DisorderedStructure, UnreadableFile, reason_of

HEAD = 65_536
"""Bytes at the start of a file that tell its format."""

_BY_CONTENT = {
    "espresso-in": re.compile(rb"^\s*&system\b", flags=re.MULTILINE | re.IGNORECASE),
    "cp2k-restart": re.compile(rb"^\s*&force_eval\b", flags=re.MULTILINE | re.IGNORECASE),
    "lammps-data": re.compile(rb"\bxlo\s+xhi\b"),
}
"""Formats whose suffix says little: ``.in``, ``.inp``, ``.data``."""

_UNCLEAR_SUFFIXES = (".in", ".inp", ".pwi", ".data", ".lmp", ".lammps", ".restart", "")
_REPEATED = re.compile(r"(?<!\S)(\d+)\*(\S+)")
_PDB_ATOM = ("ATOM  ", "HETATM")


def format_of(path: Path, name: str) -> str | None:
    """ASE's name of the format of a file, by its content where the suffix does not say it."""
    from ase.io.formats import UnknownFileTypeError, filetype, ioformats

    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if path.suffix.lower() in _UNCLEAR_SUFFIXES:
        for kind, pattern in _BY_CONTENT.items():
            if pattern.search(head):
                return kind
    if path.suffix == ".abo":  # ASE takes ABINIT's output, which echoes the input, for an input
        return "abinit-out"
    try:
        kind = filetype(str(path), guess=True)
    except UnknownFileTypeError:
        return None
    except Exception as error:
        raise UnreadableFile(f"{name}: cannot be read ({reason_of(error)})") from error
    return kind if kind in ioformats else None  # an unknown suffix comes back as it is


def check_content(path: Path, kind: str | None, name: str) -> None:
    """Refuse what a reader would silently drop or invent: disorder, unnamed species.

    Raises
    ------
    DisorderedStructure
        For alternative locations or partial occupancies of a PDB file and mixtures of CASTEP.
    UnreadableFile
        If the elements of a PDB file or a POSCAR are not stated, or a count is impossible.
    """
    if kind in ("xyz", "extxyz"):
        _check_count(path, name)
    elif kind == "proteindatabank":
        _check_pdb(path, name)
    elif kind == "vasp":
        _check_poscar(path, name)
    elif kind == "castep-cell" and re.search(r"\bmixture\b", path.read_text(), re.IGNORECASE):
        raise DisorderedStructure(f"{name}: holds a mixture of atoms on one site (MIXTURE)")


def _check_count(path: Path, name: str) -> None:
    """ASE waits for as many lines as the first one says, however short the file is."""
    with path.open("rb") as stream:
        count = stream.readline(32).strip()
    if count.isdigit() and int(count) > path.stat().st_size:
        raise UnreadableFile(f"{name}: is too short for its {int(count):,} atoms")


def _check_pdb(path: Path, name: str) -> None:
    """Columns 17 (alternative location), 55 to 60 (occupancy) and 77 to 78 (element)."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith(_PDB_ATOM):
            continue
        atom = line[12:16].strip()
        if line[16:17].strip():
            raise DisorderedStructure(f"{name}: atom {atom} has alternative locations")
        occupancy = line[54:60].strip()
        if occupancy and 0 < _number(occupancy) < 1:
            raise DisorderedStructure(f"{name}: atom {atom} has occupancy {occupancy}")
        if not line[76:78].strip():
            raise UnreadableFile(
                f"{name}: the element of atom {atom} is not stated (columns 77 and 78); CA may be "
                "calcium or a carbon"
            )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _check_poscar(path: Path, name: str) -> None:
    """A POSCAR of VASP 4 names its species in the comment, if anywhere."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        lines = [stream.readline() for _ in range(6)]
    if all(word.isdigit() for word in lines[5].split()):
        if not all(word in atomic_numbers for word in lines[0].split()):
            raise UnreadableFile(
                f"{name}: names no species: the sixth line has their numbers only, and the comment "
                f"{lines[0].strip()!r} is no list of elements"
            )
        warnings.warn(
            f"{name}: names no species in its sixth line; they are taken from the comment "
            f"{lines[0].strip()!r}",
            stacklevel=2,
        )


def poscar_charges(path: Path) -> list[float]:
    """Oxidation states of the atoms of a POSCAR whose species are named as ``Fe2+``; else none."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        lines = [stream.readline().split() for _ in range(7)]
    if not any("+" in word or "-" in word for word in lines[5]):
        return []
    try:
        ions = [parse_species(word.partition("/")[0])[1] for word in lines[5]]
        return [
            charge
            for ion, count in zip(ions, lines[6], strict=True)
            for charge in [next(iter(ion.values()), float("nan"))] * int(count)
        ]
    except ValueError:
        return []  # something else than ions, of which ASE reads what it can


def read_abinit(path: Path) -> Atoms:
    """Read an input of ABINIT, repeated numbers such as ``3*1.0`` included."""
    import ase.io

    text = _REPEATED.sub(
        lambda match: " ".join([match[2]] * int(match[1])), path.read_text(encoding="utf-8")
    )
    atoms = ase.io.read(StringIO(text), format="abinit-in")
    assert isinstance(atoms, Atoms)
    return atoms
