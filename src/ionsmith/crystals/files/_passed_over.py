"""What the readers of rarer formats pass over in silence: units, cells, symmetry, elements.

Formats: Turbomole's ``coord``, DFTB+'s ``dftb_in.hsd``, NWChem's and Gaussian's inputs, Materials
Studio's ``.xsd``, ``.xtd``, ``.car`` and ``.arc``, and LAMMPS's dumps.
"""

import re
from pathlib import Path

from ionsmith.errors import UnreadableFile

_UNIT = "its unit of length is passed over"
_GROUP = "lists the asymmetric unit only, to which the symmetry is not applied"
_CAR = (r"^PBC(?!=).*\((?!\s*(?:P\s*1)?\s*\)).+\)", _GROUP)
_XSD = (r'<SpaceGroup\b[^>]*\bGroupName="(?!P\s*1")[^"]*"', _GROUP)
_PASSED_OVER = {
    kind: [(re.compile(pattern, re.MULTILINE | re.IGNORECASE), what) for pattern, what in found]
    for kind, found in {
        "dftb": [
            (
                r"\b(?:TypesAndCoordinates|LatticeVectors)\s*"
                r"(?:\[(?!\s*(?:angstrom|aa)\s*\])[^\]\n]*\]|[={])",
                _UNIT,
            )
        ],
        "dmol-arc": [_CAR],
        "dmol-car": [_CAR],
        "gaussian-in": [(r"^[^!\n]*\bunits\s*=\s*\(?\s*(?:au|bohr)\b", _UNIT)],
        "nwchem-in": [
            (r"^\s*(?:geometry|system)\b.*\bunits\s+(?!an)\S+", _UNIT),
            (r"^\s*symmetry\s+(?!(?:group\s+)?c1\b)\S.*", _GROUP),
        ],
        "turbomole": [
            (r"^\s*\$coord\b.*\b(?:angs|frac)", _UNIT),
            (r"^\s*\$(?:periodic\s+[1-3]|cell|lattice)\b.*", "its cell is passed over"),
        ],
        "xsd": [_XSD],
        "xtd": [_XSD],
    }.items()
}

PERIODIC = ("eon", "mustem", "sys")
"""Formats of periodic cells that ASE reads as cells which are not periodic."""


def check_passed_over(path: Path, kind: str | None, name: str) -> None:
    """Refuse a file with a statement that its reader would pass over.

    Raises
    ------
    UnreadableFile
        The message names the statement.
    """
    patterns = _PASSED_OVER.get(kind or "", [])
    text = path.read_text(encoding="utf-8", errors="replace") if patterns else ""
    for pattern, what in patterns:
        if found := pattern.search(text):
            stated = " ".join(found[0].split())
            raise UnreadableFile(
                f"{name}: {what} ({stated[:60]}); give an extended XYZ file or a CIF"
            )


def dump_masses(path: Path, name: str) -> list[str]:
    """Masses in a dump of LAMMPS that names no elements, by which they are known.

    Raises
    ------
    UnreadableFile
        If there are neither elements nor masses: types are mere numbers, which would be taken for
        atomic numbers.
    """
    masses: dict[str, None] = {}
    column: int | None = None
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            words = line.split()
            if words[:1] == ["ITEM:"]:
                column, names = None, words[2:]
                if words[1:2] == ["ATOMS"] and "element" not in names:
                    if "mass" not in names:
                        raise UnreadableFile(
                            f"{name}: states types of atoms and no elements; add element to the "
                            "columns of the dump (dump_modify ID element ...)"
                        )
                    column = names.index("mass")
            elif column is not None and column < len(words):
                masses[words[column]] = None
    return list(masses)
