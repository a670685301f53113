"""Data blocks of CIFs and their columns as texts and numbers."""

import gzip
import re
import zlib
from fractions import Fraction
from typing import Any

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import UnreadableFile, reason_of

_DOTTED = re.compile(r"^(\s*_(?:cell|atom_\w+|space_group\w*|symmetry\w*|chemical_\w+))\.(?=\w)",
                     flags=re.MULTILINE | re.IGNORECASE)  # fmt: skip
_SPECIAL = frozenset(".?'\";")  # first characters of texts that are not as they stand
_REFUSED = {
    "_cell_modulation_dimension": "is a modulated structure, which needs more than three indices",
    "_space_group_ssg_name": "is a modulated structure, which needs more than three indices",
    "_cell_wave_vector_seq_id": "is a modulated structure, which needs more than three indices",
    "_atom_site_matrix_W": "is a modulated structure, which needs more than three indices",
}
"""Items of files whose atoms are not all in the list of sites."""


def find_block(data: bytes, name: str, wanted: str | None) -> gemmi.cif.Block:
    """Pick the data block with atoms, or the one that is asked for by name."""
    blocks = read_blocks(data, name)
    with_atoms = [block for block in blocks if _has_atoms(block)]
    if wanted is not None:
        for block in blocks:
            if block.name.lower() == wanted.lower():
                if not _has_atoms(block):
                    raise UnreadableFile(f"{name}: block {block.name!r} lists no atoms")
                return _checked(block, name)
        listed = ", ".join(block.name for block in blocks)
        raise UnreadableFile(f"{name}: has no block {wanted!r}; its blocks are {listed}")
    if not with_atoms:
        raise UnreadableFile(f"{name}: lists no atoms with fractional coordinates")
    if len(with_atoms) > 1:
        listed = ", ".join(block.name for block in with_atoms)
        raise UnreadableFile(
            f"{name}: {len(with_atoms)} blocks have atoms ({listed}); name one as "
            f"{name}#{with_atoms[0].name}"
        )
    return _checked(with_atoms[0], name)


def _checked(block: gemmi.cif.Block, name: str) -> gemmi.cif.Block:
    """Refuse a block whose atoms are not all in its list of sites."""
    for tag, reason in _REFUSED.items():
        if text(block, tag):
            raise UnreadableFile(f"{name}, block {block.name}: {reason}")
    return block


def read_blocks(data: bytes, name: str) -> list[gemmi.cif.Block]:
    """All data blocks of a file, which may be compressed by gzip."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{name}: cannot be unpacked ({reason_of(error)})") from error
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = data.decode("latin-1")
    if "_cell." in content.lower() or "_atom_site." in content.lower():
        content = _DOTTED.sub(r"\1_", content)
    try:
        try:
            return list(gemmi.cif.read_string(content))
        except (ValueError, RuntimeError) as error:
            if "duplicate tag" not in str(error):
                raise
            return [_undoubled(block) for block in gemmi.cif.read_string(content, check_level=0)]
    except Exception as error:
        raise UnreadableFile(f"{name}: not a valid CIF ({reason_of(error)})") from error


def _undoubled(block: gemmi.cif.Block) -> gemmi.cif.Block:
    """A block that states items twice, provided that they have the same value."""
    known: dict[str, str] = {}
    for item in block:
        pair: Any = item.pair
        value = "" if pair is None else gemmi.cif.as_string(pair[1]).strip()
        if value and known.setdefault(pair[0].lower(), value) != value:
            raise ValueError(f"{pair[0]} is stated as {known[pair[0].lower()]} and as {value}")
    return block


def _has_atoms(block: gemmi.cif.Block) -> bool:
    return len(block.find_values("_atom_site_fract_x")) > 0


def text(block: gemmi.cif.Block, *tags: str) -> str:
    """The first of several items that has a value, without quotes and line breaks."""
    for tag in tags:
        value = block.find_value(tag)
        if value is not None and not gemmi.cif.is_null(value):
            return " ".join(gemmi.cif.as_string(value).split())
    return ""


def texts(block: gemmi.cif.Block, *tags: str) -> list[str]:
    """Column of the first of several items that is there; empty texts for what is unknown."""
    for tag in tags:
        values = list(block.find_values(tag))
        if values:
            if _SPECIAL.isdisjoint(value[0] for value in values):
                return values
            return [_unquoted(value) for value in values]
    return []


def _unquoted(value: str) -> str:
    if value in (".", "?"):
        return ""
    return gemmi.cif.as_string(value).strip() if value[0] in "'\";" else value


def numbers(values: list[str], what: str) -> NDArray[np.float64]:
    """Numbers of a column, standard uncertainties taken off; nan for what is unknown.

    Raises
    ------
    ValueError
        If a value is no number.
    """
    try:
        return np.array(values, dtype=float)
    except ValueError:
        pass
    bare = [value.strip("'\"").partition("(")[0] for value in values]
    bare = ["nan" if value in ("", ".", "?") else value for value in bare]
    try:
        return np.array(bare, dtype=float)
    except ValueError:
        return np.array([_number(value, what) for value in bare], dtype=float)


def _number(value: str, what: str) -> float:
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return float(Fraction(value))  # 1/3
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{what} {value!r} is no number") from None


def number(block: gemmi.cif.Block, *tags: str) -> float | None:
    """The first of several items that has a value, as a number."""
    value = text(block, *tags)
    if not value:
        return None
    return float(numbers([value], tags[0])[0])
