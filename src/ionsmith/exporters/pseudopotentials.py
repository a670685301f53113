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


def hint(symbols: list[str], level: str, code: str) -> float:
    """Largest recommended PseudoDojo cutoff in Ha of some elements.

    Raises
    ------
    MissingExtra
        For an element without an entry.
    """
    return max(float(getattr(entry(symbol, code), level)) for symbol in symbols)


def entry(symbol: str, code: str) -> Entry:
    """PseudoDojo entry of an element."""
    if symbol not in PSEUDODOJO:
        raise MissingExtra(
            f"the PseudoDojo table has no pseudopotential of {symbol} for {code}; VASP and GPAW "
            "have their own data"
        )
    return PSEUDODOJO[symbol]


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
    """

    file: str
    valence: float
    sha256: str = ""
    ultrasoft: bool = False


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
        If a file is missing in the folder, or the table has no entry.
    """
    if folder is None:
        return {
            s: PseudopotentialFile(f"{s}.{suffixes[0]}", entry(s, code).valence) for s in symbols
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
            there[0], _valence(folder / there[0], content), digest, soft
        )
    return potentials


def hard_potentials(files: dict[str, PseudopotentialFile], cutoff: float | None) -> list[str]:
    """Note that the cutoffs of PseudoDojo's table may be too low for GTH potentials."""
    hard = [p.file for p in files.values() if p.file.endswith(".gth")]
    if not hard or cutoff is not None:
        return []
    return [
        f"the cutoff is PseudoDojo's; {' '.join(hard)} may need several times as much (`cutoff`)"
    ]


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
