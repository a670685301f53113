"""Measured powder patterns: columns of text, powder CIFs, instrument formats.

Text has one point a line, angle and counts, further columns are ignored; blanks, commas or
semicolons separate them, and lines that do not begin with a number are comments. Powder CIFs are
read with gemmi; ``.xrdml`` (PANalytical), ``.rasx`` (Rigaku), ``.brml`` and ``.raw`` (Bruker) with
fairmat-readers-xrd, the extra ``patterns``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.files import write_text
from ionsmith.errors import InvalidInput, MissingExtra, MissingFile, UnreadableFile

COLUMN_SUFFIXES = (".xy", ".csv")
"""Text files of curves, with blanks and with commas."""

INSTRUMENT_SUFFIXES = (".xrdml", ".rasx", ".brml", ".raw")

FEWEST = 10
"""Smallest number of points in a pattern."""

_CIF_ANGLES = ("_pd_proc_2theta_corrected", "_pd_meas_2theta_scan", "_pd_meas_2theta_corrected")
_CIF_COUNTS = (
    "_pd_meas_counts_total",
    "_pd_meas_intensity_total",
    "_pd_proc_intensity_total",
    "_pd_proc_intensity_net",
)
_CIF_RANGES = ("_pd_meas_2theta_range", "_pd_proc_2theta_range")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MeasuredPattern:
    """A measured powder pattern.

    Parameters
    ----------
    name
        Name of the file.
    two_theta
        Increasing angles in degrees, shape (n,).
    counts
        Intensities on any scale, shape (n,).
    """

    name: str
    two_theta: Floats
    counts: Floats


def read_pattern(source: str | PathLike[str]) -> MeasuredPattern:
    """Read a measured powder pattern.

    Parameters
    ----------
    source
        Path to a file; the suffix decides the format, text by default.

    Raises
    ------
    UnreadableFile
        If the file is missing or not a pattern.
    MissingExtra
        If the format needs the extra ``patterns``, which is not installed.
    """
    source = fspath(source)
    path = Path(source)
    if not path.is_file():
        raise MissingFile(f"{source}: no such file")
    suffix = path.suffix.lower()
    if suffix in INSTRUMENT_SUFFIXES:
        two_theta, counts = _read_instrument(path, source)
    elif suffix == ".cif":
        two_theta, counts = _read_cif(path, source)
    else:
        two_theta, counts = _read_text(path, source)
    order = np.argsort(two_theta, kind="stable")
    two_theta, counts = two_theta[order], counts[order]
    if len(two_theta) < FEWEST:
        raise UnreadableFile(
            f"{source}: has {len(two_theta)} points, too few for a powder pattern; expected lines "
            "with an angle 2θ and counts"
        )
    if not (np.isfinite(two_theta).all() and np.isfinite(counts).all()):
        raise UnreadableFile(f"{source}: has numbers that are not finite")
    if two_theta[0] < 0 or two_theta[-1] > 180 or (np.diff(two_theta) == 0).any():
        raise UnreadableFile(
            f"{source}: the first column is not an angle 2θ, which lies between 0 and 180° and "
            "occurs once"
        )
    if counts.max() <= 0:
        raise UnreadableFile(f"{source}: all intensities are zero")
    return MeasuredPattern(source, two_theta, counts)


def _read_text(path: Path, source: str) -> tuple[Floats, Floats]:
    """Angles and counts of a text file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(
            f"{source}: not text; known formats are columns of text, .cif and "
            f"{', '.join(INSTRUMENT_SUFFIXES)}"
        ) from None
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = [part for part in re.split(r"[\s,;]+", line) if part]
        try:
            rows.append((float(parts[0]), float(parts[1])))
        except (ValueError, IndexError):
            if parts and re.fullmatch(r"[-+.\d].*", parts[0]) and rows:
                raise UnreadableFile(
                    f"{source}, line {number}: expected an angle 2θ and counts, not "
                    f"{line.strip()[:40]!r}"
                ) from None
    table = np.array(rows, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _read_cif(path: Path, source: str) -> tuple[Floats, Floats]:
    """Angles and counts of a powder CIF."""
    import gemmi

    try:
        document = gemmi.cif.read(str(path))
    except (ValueError, RuntimeError, OSError) as error:
        raise UnreadableFile(
            f"{source}: not a valid CIF ({' '.join(str(error).split())})"
        ) from error
    for block in document:
        for name in _CIF_COUNTS:
            counts = np.array([gemmi.cif.as_number(text) for text in block.find_values(name)])
            if len(counts) < FEWEST:
                continue
            for angle in _CIF_ANGLES:
                angles = [gemmi.cif.as_number(text) for text in block.find_values(angle)]
                if len(angles) == len(counts):
                    return np.array(angles), counts
            for span in _CIF_RANGES:
                ends = [block.find_value(f"{span}_{end}") for end in ("min", "max")]
                if all(ends):
                    low, high = (gemmi.cif.as_number(end) for end in ends)
                    return np.linspace(low, high, len(counts)), counts
    raise UnreadableFile(f"{source}: this CIF has no powder pattern (_pd_meas_... and 2θ)")


def _read_instrument(path: Path, source: str) -> tuple[Floats, Floats]:
    """Angles and counts of an instrument's file."""
    try:
        from fairmat_readers_xrd import read_file
    except ImportError:
        raise MissingExtra(
            f"{source}: this format needs an extra: pip install 'ionsmith[patterns]'"
        ) from None
    try:
        scan = read_file(str(path))
        two_theta, counts = (
            np.concatenate(
                [np.atleast_1d(getattr(part, "magnitude", part)) for part in _parts(scan[key])]
            ).astype(float)
            for key in ("2Theta", "intensity")
        )
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise UnreadableFile(f"{source}: could not be read as {path.suffix} ({reason})") from error
    if len(two_theta) != len(counts):
        raise UnreadableFile(f"{source}: not a scan over 2θ")
    return two_theta, counts


def _parts(value: Any) -> list[Any]:
    """Parts of a scan, which may be one array or a list of them."""
    return list(value) if isinstance(value, list) else [value]


def write_columns(path: str | PathLike[str], columns: Mapping[str, Floats]) -> None:
    """Write curves in columns.

    Parameters
    ----------
    path
        Text file, replaced if it exists: ``.csv`` with commas, ``.xy`` with blanks.
    columns
        Values by name, shape (n,) each.

    Raises
    ------
    InvalidInput
        If the file has another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in COLUMN_SUFFIXES:
        raise InvalidInput(f"{fspath(path)}: a profile in columns must end in .xy or .csv")
    separator = "," if suffix == ".csv" else " "
    table = np.stack(list(columns.values()), axis=1)
    rows = [separator.join(f"{value:.6g}" for value in row) for row in table.tolist()]
    header = ("" if suffix == ".csv" else "# ") + separator.join(columns)
    write_text(fspath(path), "\n".join([header, *rows]) + "\n", force=True)
