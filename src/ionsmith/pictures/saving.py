"""Writing pictures of results to files: PNG or SVG, the same bytes each time."""

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput
from ionsmith.results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE_SUFFIXES = (".png", ".svg")


def check_picture(path: str | PathLike[str]) -> None:
    """Refuse a file name that ends in neither .png nor .svg."""
    if Path(path).suffix.lower() not in PICTURE_SUFFIXES:
        raise InvalidInput(f"{fspath(path)}: a picture ends in .png or .svg")


def write_picture(path: str | PathLike[str], figure: "Figure") -> None:
    """Write a figure, whole or not at all, without dates or random names in it.

    Parameters
    ----------
    path
        File; its suffix decides the format.
    figure
        The figure.

    Raises
    ------
    InvalidInput
        If the suffix is neither .png nor .svg.
    UnreadableFile
        If the file cannot be written.
    """
    import matplotlib as mpl

    check_picture(path)
    stamp = {"Date": None} if Path(path).suffix.lower() == ".svg" else {}
    with mpl.rc_context({"svg.hashsalt": "ionsmith"}):
        write_whole(Path(path), lambda target: figure.savefig(target, dpi=150, metadata=stamp))


def save_picture(path: str | PathLike[str], result: Result, **options: Any) -> None:
    """Write the picture of a result (:meth:`ionsmith.results.Result.draw`).

    Parameters
    ----------
    path
        File; PNG or SVG, by the suffix.
    result
        The result.
    options
        Options of the ``draw`` method of the result.

    Raises
    ------
    InvalidInput
        If the suffix is neither .png nor .svg.
    UnreadableFile
        If the file cannot be written.
    """
    check_picture(path)
    write_picture(path, result.draw(**options))
