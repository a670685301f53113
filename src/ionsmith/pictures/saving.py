"""Writing figures to files: PNG or SVG, the same bytes each time."""

from pathlib import Path
from typing import TYPE_CHECKING

from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput
from ionsmith.results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE_SUFFIXES = (".png", ".svg")


def check_picture(path: str) -> None:
    """Refuse a picture of another format than PNG and SVG."""
    if Path(path).suffix.lower() not in PICTURE_SUFFIXES:
        raise InvalidInput(f"{path}: a picture ends in .png or .svg")


def write_picture(path: str, figure: "Figure") -> None:
    """Write a figure, whole or not at all; no date or random name goes into it.

    Parameters
    ----------
    path
        Where it goes; the suffix says the format.
    figure
        The figure.

    Raises
    ------
    InvalidInput
        For another suffix.
    UnreadableFile
        If it cannot be written.
    """
    import matplotlib as mpl

    check_picture(path)
    stamp = {"Date": None} if path.lower().endswith(".svg") else {}
    with mpl.rc_context({"svg.hashsalt": "ionsmith"}):
        write_whole(Path(path), lambda target: figure.savefig(target, dpi=150, metadata=stamp))


def save_picture(path: str, result: Result) -> None:
    """Write the picture of a result (:meth:`ionsmith.results.Result.draw`).

    Parameters
    ----------
    path
        Where it goes: PNG or SVG, by the suffix.
    result
        The result.

    Raises
    ------
    InvalidInput
        For another suffix.
    UnreadableFile
        If it cannot be written.
    """
    check_picture(path)
    write_picture(path, result.draw())
