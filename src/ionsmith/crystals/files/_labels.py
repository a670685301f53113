"""XYZ files whose first column holds ions or labels such as ``Na+`` and ``Fe1``."""

import re
from io import StringIO
from pathlib import Path

import numpy as np
from ase import Atoms

from ionsmith.crystals.cif import parse_species, species_of_label
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import UnreadableFile


def read_labelled(path: Path, name: str) -> Atoms | None:
    """Read the last frame with elements for labels and oxidation states for charges.

    Returns
    -------
    ase.Atoms or None
        None if the labels are elements, or the file is no XYZ.

    Raises
    ------
    UnreadableFile
        If a label begins with no element.
    """
    import ase.io

    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    frame: list[str] = []
    start = 0
    while start < len(lines) and lines[start].strip().isdigit():
        frame = lines[start : start + int(lines[start]) + 2]
        start += len(frame)
    if len(frame) < 3 or len(frame) != int(frame[0]) + 2:
        return None
    rows = [line.split() for line in frame[2:]]
    column = _species_column(frame[1])
    found: dict[str, tuple[str, float]] = {}
    for label in dict.fromkeys(row[column] for row in rows if len(row) > column):
        try:
            found[label] = _ion(label)
        except ValueError as error:
            raise UnreadableFile(
                f"{name}: {label!r} is no element, ion or label of an atom"
            ) from error
    if all(label == symbol for label, (symbol, _) in found.items()):
        return None
    if any(len(row) <= column for row in rows):
        return None
    charges = [found[row[column]][1] for row in rows]
    for row in rows:
        row[column] = found[row[column]][0]
    text = "\n".join([*frame[:2], *(" ".join(row) for row in rows)]) + "\n"
    try:
        atoms = ase.io.read(StringIO(text), format="extxyz")
    except Exception:  # whatever else is wrong with the file is said by the first attempt
        return None
    assert isinstance(atoms, Atoms)
    if np.isfinite(charges).any():
        atoms.set_array(OXIDATION_STATES, np.array(charges))
    return atoms


def _species_column(comment: str) -> int:
    """Column of the species, by the properties of an extended XYZ; else the first."""
    words = comment.partition("Properties=")[2].split(" ")[0].strip('"').split(":")
    column = 0
    for kind, width in zip(words[::3], words[2::3], strict=False):
        if kind == "species":
            return column
        if not width.isdecimal():
            return 0
        column += int(width)
    return 0


def _ion(label: str) -> tuple[str, float]:
    """Element and charge; NaN where there is no charge."""
    try:
        (element,), charges = parse_species(label)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z]+\d*[A-Za-z]?\d?", label):
            raise  # OH-, NH4+
        return species_of_label(label, ()), float("nan")
    return element, charges.get(element, float("nan"))
