"""Formats of structure files other than CIF: which one a file has, and what it must not hide."""

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith.crystals.cif import parse_species
from ionsmith.errors import DisorderedStructure, UnreadableFile, reason_of

if TYPE_CHECKING:
    from pymatgen.core import Structure

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
_VOLUMES = ("CHGCAR", "LOCPOT", "AECCAR", "PARCHG", "CHG")
"""VASP's files that begin with a POSCAR."""

JSON = (".json", ".mson")
"""Suffixes of pymatgen's structures."""

_POSCAR_COUNTS = re.compile(rb"\A(?:[^\n]*\n){5,6}?((?:[ \t]*\d+)+)(?![\w.])")
_COUNTS = {
    "vasp": _POSCAR_COUNTS,
    "vasp-xdatcar": _POSCAR_COUNTS,
    "cube": re.compile(rb"\A[^\n]*\n[^\n]*\n[ \t]*-?(\d+)"),
    "lammps-data": re.compile(rb"^[ \t]*(\d+)[ \t]+atoms\b", flags=re.MULTILINE),
    "cfg": re.compile(rb"Number of particles\s*=\s*(\d+)"),
    "abinit-in": re.compile(rb"(?<!\S)(\d+)\*"),
}
"""Where a format says how many atoms there are, or how often a number is repeated."""

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
    if path.name.startswith(_VOLUMES):
        return "vasp"
    if path.suffix == ".abo":  # ASE takes ABINIT's output, which echoes the input, for an input
        return "abinit-out"
    try:
        kind = filetype(str(path.absolute()), guess=True)
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
        _check_frames(path, name)
    elif kind in _COUNTS:
        _check_count(path, _COUNTS[kind], name)
    if kind == "proteindatabank":
        _check_pdb(path, name)
    elif kind == "vasp":
        _check_poscar(path, name)
    elif kind == "castep-cell" and re.search(rb"\bmixture\b", path.read_bytes(), re.IGNORECASE):
        raise DisorderedStructure(f"{name}: holds a mixture of atoms on one site (MIXTURE)")


def _check_count(path: Path, pattern: re.Pattern[bytes], name: str) -> None:
    """A reader makes room for as many atoms as a file says, however short the file is."""
    with path.open("rb") as stream:
        found = pattern.findall(stream.read(HEAD))
    _check_size(path, sum(int(word[:18]) for words in found for word in words.split()), name)


def _check_frames(path: Path, name: str) -> None:
    """A reader of XYZ files looks for as many lines as each frame says."""
    with path.open("rb") as stream:
        for line in stream:
            if line.strip().isdigit():
                count = int(line.strip()[:18])
                _check_size(path, count, name)
                next(islice(stream, count, count), None)
                next(stream, None)


def _check_size(path: Path, count: int, name: str) -> None:
    """Refuse more atoms than a file has bytes."""
    if count > path.stat().st_size:
        raise UnreadableFile(f"{name}: is too short for its {count:,} atoms")


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


@contextmanager
def no_castep(kind: str) -> Iterator[None]:
    """Keep ASE from running the program castep for its keywords, which no structure needs."""
    if not kind.startswith("castep"):
        yield
        return
    from ase.calculators import castep

    def unknown(*_: object) -> None:
        raise castep.CastepVersionError("the keywords are not checked")

    run, castep.import_castep_keywords = castep.import_castep_keywords, unknown
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"ase\..*castep")
            yield
    finally:
        castep.import_castep_keywords = run


def structure_of_json(path: Path) -> "Structure":
    """Read lattice, species and places of pymatgen's JSON, whose other parts may name code."""
    from pymatgen.core import Structure

    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found.get("structure"), dict):
        found = found["structure"]
    sites = [
        {
            "species": [
                {key: kind[key] for key in ("element", "occu", "oxidation_state") if key in kind}
                for kind in site["species"]
            ],
            "abc": [float(number) for number in site["abc"]],
        }
        for site in found["sites"]
    ]
    return Structure.from_dict({"lattice": {"matrix": found["lattice"]["matrix"]}, "sites": sites})
