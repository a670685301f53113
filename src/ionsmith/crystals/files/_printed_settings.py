"""What each code prints of its own settings.

What an output does not say is left out of :data:`Found`.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ase.units import Hartree

from ionsmith.errors import UnreadableFile

Found = dict[str, Any]
"""What an output says, by the keys of ``NAMES`` in ``_as_asked``."""

GPAW_ROUNDING = 1e-4
"""Difference of energies in eV that the digits of GPAW's log explain."""


def sums(moments: Sequence[float]) -> tuple[float, float]:
    """Sum of moments and of their sizes."""
    return round(sum(moments), 3), round(sum(map(abs, moments)), 3)


def _text(path: Path) -> str:
    """Text of an output."""
    return path.read_text(encoding="utf-8", errors="replace")


def _number(pattern: str, text: str) -> float | None:
    """First number behind a pattern."""
    match = re.search(pattern + r"\s*(-?[\d.]+(?:[EeDd][+-]?\d+)?)", text)
    return float(match[1].replace("D", "E")) if match else None


def _known(**values: Any) -> Found:
    """Values that are not None."""
    return {key: value for key, value in values.items() if value is not None}


def _element(label: str) -> str:
    """Element of a species: Fe of Fe1."""
    return label.rstrip("0123456789")


def _espresso(path: Path, manifest: dict[str, Any]) -> Found:
    """Read the settings that pw.x prints before it begins."""
    text = _text(path)
    version = re.search(r"Program PWSCF v\.?\s*([\d.]+)", text)
    # up to 7.0 a table by species, then a line each
    table = re.search(r"Simplified LDA\+U calculation.*\n.*\n((?:\s+\S+\s+\d\s+[\d.].*\n)+)", text)
    rows = [line.split() for line in table[1].splitlines()] if table else []
    hubbard = {_element(row[0]): float(row[2]) for row in rows if float(row[2])}
    for label, value in re.findall(r"\bU\((\w+)-\w+\)\s*=\s*([\d.]+)", text):
        hubbard[_element(label)] = float(value)
    return _known(
        program=f"pw.x {version[1]}" if version else "pw.x",
        ignored=tuple(re.findall(r"Warning: (card .*?) ignored", text)),
        n_atoms=_whole(_number(r"number of atoms/cell\s*=", text)),
        charge=_espresso_charge(text),
        spins=2 if re.search("total magnetization|Starting magnetic structure", text) else 1,
        hubbard=hubbard,
        cutoff=_number(r"kinetic-energy cutoff\s*=", text),
        kpoints=_espresso_mesh(text),
        moments=_espresso_moments(text),
        vdw="DFT-D3" in text,
    )


def _whole(number: float | None) -> int | None:
    """Nearest whole number, or None."""
    return None if number is None else round(number)


def _espresso_charge(text: str) -> int | None:
    """Electrons that are missing to the sum of the valences."""
    valence, labels = _espresso_valences(text), _espresso_labels(text)
    electrons = _number(r"number of electrons\s*=", text)
    if electrons is None or not labels or not set(labels) <= valence.keys():
        return None
    return round(sum(valence[label] for label in labels) - electrons)


def _espresso_labels(text: str) -> list[str]:
    """Species of every atom; after a relaxed cell their table is printed again."""
    labels = re.findall(r"^\s+\d+\s+(\w+)\s+tau\(", text, flags=re.MULTILINE)
    return labels[: _whole(_number(r"number of atoms/cell\s*=", text))]


def _espresso_valences(text: str) -> dict[str, float]:
    """Valence electrons by species."""
    table = re.search(r"atomic species\s+valence.*\n((?:\s+\S+\s+[\d.]+\s+[\d.]+\s.*\n)+)", text)
    rows = [line.split() for line in table[1].splitlines()] if table else []
    return {row[0]: float(row[1]) for row in rows}


def _espresso_moments(text: str) -> tuple[float, float] | None:
    """Sums of the initial moments, which pw.x prints as parts of the valence electrons."""
    table = re.search(r"Starting magnetic structure.*\n.*\n((?:\s+\S+\s+-?\d\.\d+\n)+)", text)
    parts = (
        {row.split()[0]: float(row.split()[1]) for row in table[1].splitlines()} if table else {}
    )
    valence, labels = _espresso_valences(text), _espresso_labels(text)
    if not set(labels) <= parts.keys() & valence.keys() or not labels:
        return None
    return sums([parts[label] * valence[label] for label in labels])


def _espresso_mesh(text: str) -> int | None:
    """Points of the whole mesh, from the weight of Γ, which is alike to no other point."""
    count = _whole(_number(r"number of k points=", text))
    pattern = r"k\(\s*(\d+)\) = \((.*?)\), wk =\s*([\d.]+)"
    points: dict[str, tuple[str, float]] = {}
    for number, place, weight in re.findall(pattern, text):
        points.setdefault(number, (place, float(weight)))
    centre = [w for place, w in points.values() if not any(float(x) for x in place.split())]
    if len(points) != count or not centre:  # a list of more than a hundred is not printed
        return None
    return round(sum(weight for _, weight in points.values()) / centre[0])


def _cp2k(path: Path, manifest: dict[str, Any]) -> Found:
    """Read the settings that CP2K prints."""
    text = _text(path)
    version = re.search(r"CP2K\| version string:\s+(.*\S)", text)
    cutoff = _number(r"QS\| Density cutoff \[a\.u\.\]:", text)
    mesh = re.search(r"BRILLOUIN\| K-Point grid\s+(\d+)\s+(\d+)\s+(\d+)", text)
    settings = "QS| Method" in text
    return _known(
        program=version[1] if version else "CP2K",
        n_atoms=_whole(_number(r"- Atoms:", text)),
        charge=_whole(_number(r"DFT\| Charge", text)),
        spins=_whole(_number(r"DFT\| Number of spin states", text)),
        multiplicity=_whole(_number(r"DFT\| Multiplicity", text)),
        hubbard=_cp2k_hubbard(text),
        cutoff=None if cutoff is None else 2 * cutoff,
        kpoints=tuple(map(int, mesh.groups())) if mesh else (1, 1, 1) if settings else None,
        vdw="Dispersion energy:" in text,
    )


def _cp2k_hubbard(text: str) -> dict[str, float]:
    """U by element, from the descriptions of the kinds."""
    found = {}
    for kind in re.split(r"^\s+\d+\. Atomic kind: ", text, flags=re.MULTILINE)[1:]:
        value = _number(r"U\(eff\) = \(U - J\) value in \[eV\]:", kind.partition("\n\n\n")[0])
        if value:
            found[_element(kind.split()[0])] = value
    return found


def _abinit(path: Path, manifest: dict[str, Any]) -> Found:
    """Read the variables that ABINIT echoes before it begins; defaults are not among them."""
    text = _text(path)
    version = re.search(r"Version ([\d.]+)\s+of ABINIT", text)
    echo = text.partition("values of preprocessed input variables")[2].partition("=====")[0]
    lattice = re.search(r"\bkptrlatt\s+((?:-?\d+\s+){8}-?\d+)", echo)
    mesh = [int(word) for word in lattice[1].split()[::4]] if lattice else None
    return _known(
        program=f"ABINIT {version[1]}" if version else "ABINIT",
        n_atoms=_whole(_number(r"\bnatom\b", echo)),
        charge=_whole(_number(r"\b(?:cell)?charge\b", echo) or 0.0),
        spins=_whole(_number(r"\bnsppol\b", echo) or 1.0),
        moments=_abinit_moments(echo),
        hubbard=_abinit_hubbard(echo),
        cutoff=_number(r"\becut\b", echo),
        kpoints=None if mesh is None else (mesh[0], mesh[1], mesh[2]),
        vdw="vdw_xc" in echo,
    )


def _abinit_moments(echo: str) -> tuple[float, float] | None:
    """Sums of the initial moments along z, of ``spinat``."""
    values = re.search(r"\bspinat\s+((?:-?\d\.\d+E[+-]\d+\s+)+)", echo)
    return sums([float(word) for word in values[1].split()[2::3]]) if values else None


def _abinit_hubbard(echo: str) -> dict[str, float]:
    """U by element from ``upawu`` in Ha."""
    from ase.data import chemical_symbols

    values = re.search(r"\bupawu\s+((?:[\d.E+-]+\s+)+)", echo)
    nuclei = re.search(r"\bznucl\s+((?:[\d.]+\s+)+)", echo)
    if values is None or nuclei is None or not _number(r"\busepawu\b", echo):
        return {}
    symbols = [chemical_symbols[int(float(word))] for word in nuclei[1].split()]
    pairs = zip(symbols, values[1].split(), strict=True)
    return {symbol: float(word) * Hartree for symbol, word in pairs if float(word)}


def _gpaw(path: Path, manifest: dict[str, Any]) -> Found:
    """Read GPAW's log beside the results."""
    log = path.with_name("gpaw.txt")
    if not log.is_file():
        raise UnreadableFile(
            f"{log} is missing, which tells what GPAW computed; bring it home with {path.name}"
        )
    text = _text(log)
    version = re.search(r"\|__\|.*- ([\d.]+)", text)
    # a run with several steps prints its parameters once
    inputs = text.partition("Input parameters:")[2].partition("\n\n")[0]
    mesh = re.search(r"size=\((\d+), (\d+), (\d+)\)", inputs)
    hubbard = re.findall(r"'([A-Z][a-z]?)': ':\w,([\d.]+)", inputs)
    # the first of the tables with initial moments, which a relaxation prints again
    table = text.partition("initial magnetic moments |")[2].partition("\n\n")[0]
    moments = [float(z) for z in re.findall(r"\( *[-\d.]+, *[-\d.]+, *([-\d.]+)\) \|", table)]
    energies = re.findall(r"Extrapolated:\s+(-?[\d.]+)", text)
    brought = _number(r"\benergy=", _text(path)) if energies else None
    return _known(
        program=f"GPAW {version[1]}" if version else "GPAW",
        n_atoms=len(moments) or None,
        moments=sums(moments) if moments else None,
        # whatever is more than GPAW's own energy is the dispersion
        vdw=None if brought is None else abs(brought - float(energies[-1])) > GPAW_ROUNDING,
        charge=_whole(_number(r"\bcharge=", inputs) or 0.0),
        spins=2 if "spinpol=True" in inputs else 1,
        hubbard={symbol: float(value) for symbol, value in hubbard},
        cutoff=_number(r"\becut=", inputs),
        kpoints=tuple(map(int, mesh.groups())) if mesh else None,
    )


def _lammps(path: Path, manifest: dict[str, Any]) -> Found:
    """Compare LAMMPS' input with what was exported, and its log, which repeats each command."""
    log = path.with_name("log.lammps")
    hashes: dict[str, str] = manifest["settings"].get("sha256", {})
    for file in (log, *(path.with_name(name) for name in hashes)):
        if not file.is_file():
            raise UnreadableFile(
                f"{file} is missing, which tells what LAMMPS computed; bring it home with "
                f"{path.name}"
            )
    text = _text(log)
    version = re.search(r"LAMMPS \((.*?)\)", text)
    said = {" ".join(line.split()) for line in text.splitlines()}
    changed = [
        f"{name} is another file"
        for name, digest in hashes.items()
        if hashlib.sha256(path.with_name(name).read_bytes()).hexdigest() != digest
    ]
    for name in hashes.keys() - {"structure.data"}:
        commands = [" ".join(line.split()) for line in _text(path.with_name(name)).splitlines()]
        changed += [
            f"no {line!r} in {log.name}"
            for line in commands
            if line[:1] not in ("", "#") and line not in said
        ]
    return _known(
        program=f"LAMMPS {version[1]}" if version else "LAMMPS",
        n_atoms=_whole(_number(r"procs for \d+ steps with", text)),
        inputs=min(changed) if changed else "as exported",
    )


def _vasp(path: Path, manifest: dict[str, Any]) -> Found:
    """Read the settings in front of the first step of ``vasprun.xml``."""
    from xml.etree import ElementTree

    words: dict[str, list[str]] = {}
    symbols: list[str] = []
    valences: list[tuple[str, int, float]] = []
    for _, element in ElementTree.iterparse(path):
        if element.tag in ("incar", "parameters", "generator"):
            for item in [*element.iter("i"), *element.iter("v")]:
                words.setdefault(item.get("name", ""), (item.text or "").split())
        elif element.tag == "generation":
            for item in element.iter("v"):
                words.setdefault(item.get("name", ""), (item.text or "").split())
        elif element.tag == "atominfo":
            rows = [[c.text or "" for c in row.iter("c")] for row in element.iter("rc")]
            symbols = [row[0].strip() for row in rows if len(row) == 2]
            valences = [(r[1].strip(), int(r[0]), float(r[3])) for r in rows if len(r) == 5]
        elif element.tag == "scstep":
            break
    first = {name: values[0] for name, values in words.items() if values}
    charge = None
    if valences and "NELECT" in first:
        charge = round(sum(n * v for _, n, v in valences) - float(first["NELECT"]))
    hubbard: dict[str, float] = {}
    if first.get("LDAU", "F").strip(".").upper().startswith("T"):
        kinds = [symbol for symbol, _, _ in valences] or list(dict.fromkeys(symbols))
        pairs = zip(kinds, words.get("LDAUU", []), strict=False)
        hubbard = {symbol: float(word) for symbol, word in pairs if float(word)}
    moments = [float(word) for word in words.get("MAGMOM", [])]
    cutoff = first.get("ENCUT", first.get("ENMAX"))
    mesh = words.get("divisions", [])
    return _known(
        program=f"VASP {first['version']}" if "version" in first else "VASP",
        n_atoms=len(symbols) or None,
        charge=charge,
        spins=int(first.get("ISPIN", 1)),
        moments=sums(moments) if len(moments) == len(symbols) else None,
        hubbard=hubbard,
        cutoff=None if cutoff is None else float(cutoff),
        kpoints=tuple(int(word) for word in mesh) if len(mesh) == 3 else None,
        vdw=int(first.get("IVDW", 0)) == 12,
    )


READERS: dict[str, Callable[[Path, dict[str, Any]], Found]] = {
    "espresso": _espresso,
    "cp2k": _cp2k,
    "abinit": _abinit,
    "gpaw": _gpaw,
    "lammps": _lammps,
    "vasp": _vasp,
}
