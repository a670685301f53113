"""Formats of structure files other than CIF: which one a file has, and what it must not hide."""

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_masses, atomic_numbers, chemical_symbols

from ionsmith.crystals.cif import species_of_label
from ionsmith.crystals.files._passed_over import check_passed_over, dump_masses
from ionsmith.errors import DisorderedStructure, UnreadableFile, reason_of

if TYPE_CHECKING:
    from pymatgen.core import Structure

HEAD = 65_536
"""Bytes at the start of a file that tell its format."""

_BY_CONTENT = {
    "espresso-in": re.compile(rb"^\s*&system\b", flags=re.MULTILINE | re.IGNORECASE),
    "abinit-in": re.compile(rb"^\s*(?:znucl|ntypat|acell)\b", flags=re.MULTILINE | re.IGNORECASE),
    "cp2k-restart": re.compile(rb"^\s*&force_eval\b", flags=re.MULTILINE | re.IGNORECASE),
    "lammps-data": re.compile(rb"\bxlo\s+xhi\b"),
}
"""Formats whose suffix says little: ``.in``, ``.inp``, ``.data``."""

_UNCLEAR_SUFFIXES = (".in", ".inp", ".pwi", ".data", ".lmp", ".lammps", ".restart", ".abi",
                     "")  # fmt: skip
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

SAME_MASS, NEAR_MASS = 0.02, 0.3
"""Differences in Da of a mass from that of its element: without a word, and at most."""

_SHELX_WORDS = ("ZERR", "UNIT", "CELL", "TITL", "REM", "DFIX", "SADI", "WGHT", "FVAR", "HKLF")
_DLPOLY_ATOM = re.compile(r"\s*([A-Za-z]\S*)(?:\s+\d.*)?\s*$")
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
        For alternative locations or partial occupancies of a PDB file, those of a SHELX file and
        mixtures of CASTEP.
    UnreadableFile
        If the elements of a PDB file, a POSCAR or a dump of LAMMPS are not stated, a count is
        impossible, or symmetry, a cell or a unit is not applied.
    """
    check_passed_over(path, kind, name)
    if kind in ("xyz", "extxyz"):
        _check_frames(path, name)
    elif kind in _COUNTS:
        _check_count(path, _COUNTS[kind], name)
    if kind == "proteindatabank":
        _check_pdb(path, name)
    elif kind == "vasp":
        _check_poscar(path, name)
    elif kind == "lammps-data":
        _check_lammps(path, name)
    elif kind == "res":
        _check_shelx(path, name)
    elif kind == "cfg":
        unit = re.search(r"^\s*A\s*=\s*(\S+)", path.read_text(errors="replace"), re.MULTILINE)
        if unit and _number(unit[1]) != 1:
            raise UnreadableFile(
                f"{name}: its unit of length A is {unit[1]} Å, which ASE takes for 1 Å; write the "
                "cell in Å, with A = 1"
            )
    elif kind == "lammps-dump-text":
        _check_masses({f"an atom ({mass})": mass for mass in dump_masses(path, name)}, name)
    elif kind == "lammps-dump-binary":
        raise UnreadableFile(f"{name}: a binary dump states no elements; write one in text")
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
    """Columns 17 (alternative location), 55 to 60 (occupancy), 77 and 78 (element); CRYST1."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        group = "".join(line[55:66].split()) if line.startswith("CRYST1") else ""
        if group not in ("", "1", "P1"):
            raise UnreadableFile(
                f"{name}: may list the asymmetric unit of {line[55:66].strip()} only (CRYST1), to "
                "which the symmetry is not applied; give a CIF, or P 1 with all atoms"
            )
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


def _check_shelx(path: Path, name: str) -> None:
    """Symmetry (LATT, SYMM) is not applied, and an occupancy is not kept; 11 is a fixed 1."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.upper().split()
        if words[:1] == ["SYMM"] or (words[:1] == ["LATT"] and words[1:2] != ["-1"]):
            raise UnreadableFile(
                f"{name}: lists the asymmetric unit only ({line.strip()}), to which the symmetry "
                "is not applied; give a CIF, or P 1 (LATT -1) with all atoms"
            )
        if len(words) < 6 or not words[1].isdigit() or words[0] in _SHELX_WORDS:
            continue
        occupancy = _number(words[5])
        if abs(occupancy) > 5:  # the tens are the number of a free variable, 1 for a fixed value
            occupancy = occupancy - 10 if 5 < occupancy < 15 else 0.0
        if abs(occupancy - 1) > 1e-3:
            raise DisorderedStructure(f"{name}: atom {line.split()[0]} has occupancy {words[5]}")


def elements_of_names(path: Path, kind: str | None, name: str) -> list[str] | None:
    """Elements in GROMACS's, GROMOS's and DL_POLY's files, which name atoms; else None.

    Raises
    ------
    UnreadableFile
        If a name leaves the element open, such as ``CA``.
    """
    if kind not in ("gromacs", "gromos", "dlp4", "dlp-history"):
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if kind == "gromacs":
        labels = [line[10:15].strip() for line in lines[2:-1]]
    elif kind == "gromos":
        block = re.search(r"^POSITION\n(.*?)^END", "\n".join(lines), re.MULTILINE | re.DOTALL)
        labels = [line.split()[2] for line in block[1].splitlines()] if block else []
    else:
        named = (_DLPOLY_ATOM.match(line) for line in lines[1:])
        labels = [match[1] for match in named if match and match[1].lower() != "timestep"]
    elements = {}
    for label in dict.fromkeys(labels):
        try:
            elements[label] = species_of_label(label, ())
        except ValueError as error:
            reason = str(error).partition(";")[0]
            raise UnreadableFile(
                f"{name}: {reason}, and the format states no elements; give an extended XYZ file"
            ) from error
    return [elements[label] for label in labels]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _check_poscar(path: Path, name: str) -> None:
    """A POSCAR of VASP 4 names its species in the comment, if anywhere."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        lines = [re.split(r"[!#]", stream.readline())[0] for _ in range(9)]
    older = all(word.isdigit() for word in lines[5].split())
    species, counts = (lines[0], lines[5]) if older else (lines[5], lines[6])
    words, numbers = species.split(), counts.split()
    if older and not all(word in atomic_numbers for word in words):
        raise UnreadableFile(
            f"{name}: names no species: the sixth line has their numbers only, and the comment "
            f"{lines[0].strip()!r} is no list of elements"
        )
    if len(words) != len(numbers):
        raise UnreadableFile(
            f"{name}: names {len(words)} species ({species.strip()}) and states "
            f"{len(numbers)} numbers of atoms ({counts.strip()})"
        )
    if fractional := [word for word in words if re.fullmatch(r"H\d*\.\d+", word)]:
        raise UnreadableFile(f"{name}: {fractional[0]} is a hydrogen of fractional charge, no atom")
    if older:
        warnings.warn(
            f"{name}: names no species in its sixth line; they are taken from the comment "
            f"{lines[0].strip()!r}",
            stacklevel=2,
        )
    first = lines[7:] if older else lines[8:]
    label = first[0].split()[-1].rstrip("0123456789") if first and first[0].split() else ""
    if label in atomic_numbers and not words[0].startswith(label):
        raise UnreadableFile(
            f"{name}: the first atom is labelled {label}, the first species is {words[0]}"
        )


def _check_lammps(path: Path, name: str) -> None:
    """Types of atoms have masses, by which their elements are known."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if re.search(r"^\s*Atom Type Labels", text, re.MULTILINE):
        return
    section = re.search(r"^\s*Masses\b.*\n\s*\n((?:\s*\d+[ \t]+\S+.*\n)+)", text, re.MULTILINE)
    if section is None:
        raise UnreadableFile(f"{name}: states no masses, by which the elements would be known")
    rows = [line.split() for line in section[1].splitlines() if line.split()]
    _check_masses({f"type {kind}": mass for kind, mass, *_ in rows}, name)


def _check_masses(masses: dict[str, str], name: str) -> None:
    """Elements are those of the nearest masses, by the words for what has a mass."""
    for what, mass in masses.items():
        gaps = np.abs(atomic_masses[1:] - _number(mass))
        nearest = chemical_symbols[1 + int(gaps.argmin())]
        if gaps.min() > NEAR_MASS:
            raise UnreadableFile(
                f"{name}: {what} has the mass {mass} of no element; {nearest} is nearest"
            )
        if gaps.min() > SAME_MASS:
            warnings.warn(f"{name}: {what} of mass {mass} is taken for {nearest}", stacklevel=2)


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
