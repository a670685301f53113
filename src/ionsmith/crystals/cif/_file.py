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

_NEWER = re.compile(
    r"(_(?:cell|atom_\w+|(?:parent_)?space_group\w*|symmetry\w*|chemical_\w+))\.(?=\w)",
    flags=re.IGNORECASE,
)
_DOTTED = re.compile(rf"^(\s*){_NEWER.pattern}", flags=re.MULTILINE | re.IGNORECASE)
_SPECIAL = frozenset(".?'\";")  # first characters of texts that are not as they stand
_MODULATED = re.compile(
    r"_(?:cell_modulation_dimension|cell_wave_vector_|cell_subsystem|space_group_(?:\w+_)?ssg_"
    r"|atom_site_(?:matrix_W|phason|\w*(?:fourier|special_func|legendre|xharm)))",
    flags=re.IGNORECASE,
)
"""Items of modulated and composite structures, whose atoms are not all in the list of sites."""

_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}


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
        places = [block for block in blocks if block.find_values("_atom_site_Cartn_x")]
        only = "; its Cartesian coordinates are not read" if places else ""
        raise UnreadableFile(f"{name}: lists no atoms with fractional coordinates{only}")
    if len(with_atoms) > 1:
        listed = ", ".join(block.name for block in with_atoms)
        raise UnreadableFile(
            f"{name}: {len(with_atoms)} blocks have atoms ({listed}); name one as "
            f"{name}#{with_atoms[0].name}"
        )
    return _checked(with_atoms[0], name)


def _checked(block: gemmi.cif.Block, name: str) -> gemmi.cif.Block:
    """Refuse a block whose atoms are not all in its list of sites, or without species or place."""
    where = f"{name}, block {block.name}"
    if tag := find_item(block, _MODULATED):
        raise UnreadableFile(
            f"{where}: is a modulated structure ({tag}), which needs more than three indices"
        )
    wanted = [f"_atom_site_fract_{axis}" for axis in "yz"]
    if not block.find_values("_atom_site_label"):
        wanted.append("_atom_site_type_symbol")
    for tag in wanted:
        if not block.find_values(tag):
            raise UnreadableFile(f"{where}: the column {tag} is missing")
    return block


def find_item(block: gemmi.cif.Block, pattern: re.Pattern[str]) -> str:
    """The first item whose name has a pattern and that has a value other than 0."""
    for item in block:
        pair: Any = item.pair
        if pair is not None:
            if pattern.match(pair[0]) and pair[1] not in ("0", ".", "?"):
                return str(pair[0])
        elif item.loop is not None:
            for column, tag in enumerate(item.loop.tags):
                if pattern.match(tag) and item.loop[0, column] not in (".", "?"):
                    return str(tag)
    return ""


def read_blocks(data: bytes, name: str) -> list[gemmi.cif.Block]:
    """All data blocks of a file, which may be compressed by gzip."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{name}: cannot be unpacked ({reason_of(error)})") from error
    for start, program in _PACKED.items():
        if data.startswith(start):
            raise UnreadableFile(f"{name}: is packed by {program}; unpack it first")
    try:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        content = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        content = data.decode("latin-1")
    content = content.rstrip("\x1a\0")  # the end of files of DOS
    if _NEWER.search(content):
        content = _DOTTED.sub(r"\1\2_", content)
    try:
        try:
            return list(gemmi.cif.read_string(content))
        except (ValueError, RuntimeError) as error:
            if "parse error" in str(error) and not content.isascii():
                # A word such as Müller without quotes; a number or an operation with ? is refused.
                return list(gemmi.cif.read_string(re.sub(r"[^\x00-\x7f]", "?", content)))
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
        value = "" if pair is None or gemmi.cif.is_null(pair[1]) else _unquoted(pair[1])
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
        found = np.array(values, dtype=float)
        if np.isfinite(found).all():
            return found
    except ValueError:
        pass
    bare = [value.strip("'\"").partition("(")[0] for value in values]
    bare = ["nan" if value in ("", ".", "?") else value for value in bare]
    try:
        found = np.array(bare, dtype=float)
    except ValueError:
        found = np.array([_number(value, what) for value in bare], dtype=float)
    if np.isinf(found).any():
        raise ValueError(f"{what} {bare[int(np.isinf(found).argmax())]!r} is no number")
    return found


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
