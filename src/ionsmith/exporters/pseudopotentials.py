"""Published pseudopotentials: valences, cutoffs, and the files of a folder.

PseudoDojo: M. J. van Setten et al., Comput. Phys. Commun. 226, 39 (2018),
doi:10.1016/j.cpc.2018.01.012, table "standard" of NC SR (ONCVPSP v0.4) with PBE, for Quantum
ESPRESSO (``El.upf``) and ABINIT (``El.psp8``).

JTH: F. Jollet, M. Torrent and N. Holzwarth, Comput. Phys. Commun. 185, 1246 (2014),
doi:10.1016/j.cpc.2013.12.023, PAW data for ABINIT (``El.xml``), which hold their own cutoffs.

GTH: S. Goedecker, M. Teter and J. Hutter, Phys. Rev. B 54, 1703 (1996),
doi:10.1103/PhysRevB.54.1703, PBE parameters of M. Krack, Theor. Chem. Acc. 114, 145 (2005),
doi:10.1007/s00214-005-0655-y, as in CP2K's data.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ionsmith.errors import MissingExtra, UnreadableFile


@dataclass(frozen=True)
class Entry:
    """One element of the PseudoDojo table.

    Parameters
    ----------
    valence
        Number of electrons.
    low, normal, high
        Recommended cutoffs in Ha.
    """

    valence: int
    low: float
    normal: float
    high: float


# element: valence electrons; cutoffs low, normal, high in Ha (the table's "hints").
PSEUDODOJO = {
    symbol: Entry(*numbers)
    for symbol, numbers in {
        "H": (1, 32, 36, 42), "Li": (3, 33, 37, 41), "Be": (4, 38, 44, 50), "B": (3, 34, 38, 44),
        "C": (4, 37, 41, 45), "N": (5, 36, 42, 48), "O": (6, 36, 42, 48), "F": (7, 36, 42, 48),
        "Na": (9, 38, 44, 48), "Mg": (10, 38, 42, 48), "Al": (3, 16, 20, 26), "Si": (4, 14, 18, 24),
        "P": (5, 18, 22, 28), "S": (6, 20, 26, 32), "Cl": (7, 25, 29, 33), "K": (9, 33, 37, 43),
        "Ca": (10, 28, 34, 38), "Sc": (11, 35, 39, 45), "Ti": (12, 38, 42, 46),
        "V": (13, 38, 42, 48), "Cr": (14, 43, 47, 55), "Mn": (15, 42, 48, 54),
        "Fe": (16, 41, 45, 53), "Co": (17, 42, 48, 54), "Ni": (18, 45, 49, 55),
        "Cu": (19, 42, 46, 52), "Zn": (20, 38, 42, 48), "Ga": (13, 36, 40, 46),
        "Ge": (14, 35, 39, 45), "As": (15, 38, 42, 48), "Se": (16, 39, 43, 49),
        "Br": (7, 19, 23, 29), "Rb": (9, 19, 23, 29), "Sr": (10, 28, 34, 40),
        "Y": (11, 30, 36, 42), "Zr": (12, 29, 33, 49), "Nb": (13, 37, 41, 49),
        "Mo": (14, 36, 40, 46), "Ag": (19, 37, 41, 47), "Cd": (20, 47, 51, 57),
        "In": (13, 31, 35, 41), "Sn": (14, 32, 36, 42), "Sb": (15, 36, 40, 44),
        "Te": (16, 34, 40, 46), "I": (7, 31, 35, 41), "Cs": (9, 19, 25, 29), "Ba": (10, 18, 22, 28),
    }.items()
}  # fmt: skip

SOURCES = {
    "upf": "PseudoDojo NC SR (ONCVPSP v0.4) PBE standard, format upf, from http://www.pseudo-dojo.org",
    "psp8": "PseudoDojo NC SR (ONCVPSP v0.4) PBE standard, format psp8, from http://www.pseudo-dojo.org",
    "xml": "PseudoDojo PAW (JTH v1.1) PBE standard, format xml, from http://www.pseudo-dojo.org",
}
"""Where to download the files, by their suffix."""


@dataclass(frozen=True)
class PseudopotentialFile:
    """The pseudopotential of one element.

    Parameters
    ----------
    file
        Name of the file.
    valence
        Number of electrons.
    sha256
        Hash of the file; empty if it is missing.
    ultrasoft
        Whether it is ultrasoft or PAW data in UPF, which need a finer grid for the density.
    cutoff, density_cutoff
        Least cutoffs that the file suggests for the waves and for the density, in Ha; 0 if it
        suggests none.
    orbitals
        Its atomic orbitals, such as ``3D``, which +U in pw.x projects on; None if not known.
    """

    file: str
    valence: float
    sha256: str = ""
    ultrasoft: bool = False
    cutoff: float = 0.0
    density_cutoff: float = 0.0
    orbitals: frozenset[str] | None = None


def find(
    symbols: list[str], suffixes: tuple[str, ...], folder: Path | None, code: str
) -> dict[str, PseudopotentialFile]:
    """Name the files of pseudopotentials, and read those of a folder.

    Parameters
    ----------
    symbols
        Elements.
    suffixes
        Suffixes of the files that the code reads, without the dot, the expected one first.
    folder
        Folder with the files; None if the user will add them.
    code
        Name of the code, for messages.

    Raises
    ------
    MissingExtra
        If a file is missing in the folder, or no folder is given and the table has no entry.
    """
    if folder is None:
        unknown = [s for s in symbols if s not in PSEUDODOJO]
        if unknown and suffixes[0] != "xml":
            needed = " ".join(f"{symbol}.{suffixes[0]}" for symbol in unknown)
            raise MissingExtra(
                f"valence and cutoff of {' '.join(unknown)} for {code} are read from the "
                f"pseudopotential: give the folder with {needed} as `pseudo_dir`"
            )
        return {
            s: PseudopotentialFile(
                f"{s}.{suffixes[0]}", PSEUDODOJO[s].valence if s in PSEUDODOJO else 0
            )
            for s in symbols
        }
    potentials = {}
    for symbol in symbols:
        names = [f"{symbol}.{suffix}" for suffix in suffixes]
        there = [name for name in names if (folder / name).is_file()]
        if not there:
            raise MissingExtra(
                f"no {' or '.join(names)} in {folder}: {SOURCES[suffixes[0]]} was expected"
            )
        content = (folder / there[0]).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        soft = _ULTRASOFT.search(content) is not None
        potentials[symbol] = PseudopotentialFile(
            there[0],
            _valence(folder / there[0], content),
            digest,
            soft,
            *_suggested(content),
            _orbitals(content) if there[0].lower().endswith((".upf", ".gth")) else None,
        )
    return potentials


def recommended_cutoff(files: dict[str, PseudopotentialFile], level: str) -> float:
    """Largest cutoff in Ha that the files suggest, or PseudoDojo's table where they do not.

    Parameters
    ----------
    files
        By element.
    level
        ``low``, ``normal`` or ``high``, of the table.

    Raises
    ------
    MissingExtra
        For a file that suggests none, of an element that is not in the table.
    """
    cutoffs = []
    for symbol, potential in files.items():
        if not potential.cutoff and symbol not in PSEUDODOJO:
            raise MissingExtra(
                f"{potential.file} suggests no cutoff, and none is known for {symbol}: give "
                "`cutoff`, in eV"
            )
        cutoffs.append(potential.cutoff or float(getattr(PSEUDODOJO[symbol], level)))
    return max(cutoffs)


def hard_potentials(files: dict[str, PseudopotentialFile], cutoff: float | None) -> list[str]:
    """Note that the cutoffs of PseudoDojo's table may be too low for GTH potentials."""
    hard = [p.file for p in files.values() if p.file.endswith(".gth")]
    if not hard or cutoff is not None:
        return []
    return [
        f"the cutoff is PseudoDojo's; {' '.join(hard)} may need several times as much (`cutoff`)"
    ]


_CUTOFFS = (  # in Ry: version 2 of UPF, and version 1
    re.compile(rb'wfc_cutoff\s*=\s*"\s*([0-9.eEdD+-]+)'),
    re.compile(rb'rho_cutoff\s*=\s*"\s*([0-9.eEdD+-]+)'),
    re.compile(rb"([0-9.]+)\s+([0-9.]+)\s+Suggested cutoff for wfc and rho"),
)
_ORBITALS = (
    re.compile(rb'<PP_CHI\.\d+[^>]*?\blabel\s*=\s*"\s*(\d[SPDF])', re.IGNORECASE),
    re.compile(rb"^\s*(\d[SPDF])\s+\d\s+[0-9.]+\s+Wavefunction", re.IGNORECASE | re.MULTILINE),
)


def _suggested(content: bytes) -> tuple[float, float]:
    """Least cutoffs for waves and density in Ha that a file suggests, or 0."""
    waves, density = (pattern.search(content) for pattern in _CUTOFFS[:2])
    both = _CUTOFFS[2].search(content)
    words = (both[1], both[2]) if both else (waves[1] if waves else b"0", b"0")
    if waves and density:
        words = waves[1], density[1]
    low, dense = (float(word.replace(b"D", b"e").replace(b"d", b"e")) / 2 for word in words)
    return (low, dense) if low else (0.0, 0.0)


def _orbitals(content: bytes) -> frozenset[str]:
    """Labels of the atomic orbitals in a UPF."""
    found = {label for pattern in _ORBITALS for label in pattern.findall(content)}
    return frozenset(label.decode().upper() for label in found)


_ULTRASOFT = re.compile(rb'pseudo_type\s*=\s*"\s*(US|PAW)')
_VALENCE = {
    "upf": re.compile(rb'z_valence\s*=\s*"\s*([0-9.eEdD+-]+)|([0-9.]+)\s+Z valence'),
    "xml": re.compile(rb'<atom [^>]*valence="\s*([0-9.]+)'),
    "psp": re.compile(rb"^[^\n]*\n\s*[0-9.]+\s+([0-9.]+)"),
}


def _valence(path: Path, content: bytes) -> float:
    """Read the number of electrons from a UPF, a PAW-XML or one of ABINIT's formats."""
    kind = path.suffix.lower().removeprefix(".")
    match = _VALENCE.get(kind, _VALENCE["psp"]).search(content)
    if match is None:
        raise UnreadableFile(f"{path} does not state its number of electrons; is it complete?")
    return float((match[1] or match[2]).replace(b"D", b"e").replace(b"d", b"e"))
