"""Writing pictures of results to files: PNG, SVG or PDF, the same bytes each time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput
from ionsmith.plotting import CM_PER_INCH, NARROW, SMALLEST_TEXT, for_column
from ionsmith.results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")

SHARED = Path(__file__).with_name("ionsmith.mplstyle")
"""Settings of Matplotlib that all pictures share."""


THINNEST = 0.5
"""Width of lines of pictures that are made narrower, in points."""


@dataclass(frozen=True)
class PictureStyle:
    """Size, resolution and font of a picture.

    Parameters
    ----------
    width
        Width in cm; the height follows. By default as the picture needs.
    dpi
        Dots per inch of a PNG, and of what is drawn as pixels in an SVG or a PDF.
    font
        Name of a font of this machine.

    Raises
    ------
    InvalidInput
        If a number is out of range, or there is no such font.
    """

    width: float | None = None
    dpi: int = 150
    font: str | None = None

    def __post_init__(self) -> None:
        if self.width is not None and not (isfinite(self.width) and 2 <= self.width <= 100):
            raise InvalidInput(f"`width` {self.width:g}: 2 to 100 cm were expected")
        if not 30 <= self.dpi <= 2400:
            raise InvalidInput(f"`dpi` {self.dpi}: 30 to 2400 dots per inch were expected")
        if self.font is not None:
            from matplotlib.font_manager import get_font_names

            if self.font not in get_font_names():
                some = ", ".join(sorted(get_font_names())[:3])
                raise InvalidInput(f"`font`: no {self.font!r} on this machine; there are {some}, …")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Draw in this style: the font is set when text is made."""
        import matplotlib as mpl

        narrow = self.width is not None and self.width < NARROW * CM_PER_INCH
        with mpl.rc_context(fname=SHARED), for_column(narrow):
            if self.font is not None:
                mpl.rcParams["font.family"] = self.font
            yield

    def fit(self, figure: "Figure") -> None:
        """Give a figure the width and a height that follows; marks and text shrink with it.

        Text stays at 6.5 points or more, lines at half a point.
        """
        from matplotlib.axis import Axis
        from matplotlib.collections import Collection, PathCollection
        from matplotlib.lines import Line2D
        from matplotlib.text import Text

        if self.width is None:
            return
        width, height = figure.get_size_inches()
        ratio = self.width / CM_PER_INCH / width
        figure.set_size_inches(ratio * width, ratio * height)
        for text in figure.findobj(Text):
            size = text.get_fontsize()
            text.set_fontsize(min(size, max(SMALLEST_TEXT, ratio * size)))
        for axis in figure.findobj(Axis):  # ticks that are made later
            for label in axis.get_ticklabels()[:1]:
                axis.set_tick_params(labelsize=label.get_fontsize())
        if ratio >= 1:
            return
        for line in figure.findobj(Line2D):
            line.set_linewidth(_thinner(line.get_linewidth(), ratio))
            line.set_markersize(ratio * line.get_markersize())
        for drawn in figure.findobj(Collection):
            widths = np.atleast_1d(drawn.get_linewidth())
            drawn.set_linewidth([_thinner(float(width), ratio) for width in widths])
            if isinstance(drawn, PathCollection):
                drawn.set_sizes(ratio**2 * drawn.get_sizes())


def _set_minus(figure: "Figure") -> None:
    """Write negative numbers with the sign for minus instead of the hyphen of the keyboard."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        words = text.get_text()
        if "$" not in words:
            text.set_text(re.sub(r"(?<![\w.])-(?=\d)", "\u2212", words))


def _thinner(width: float, ratio: float) -> float:
    """Width of a line in a picture made narrower, in points."""
    return max(min(width, THINNEST), ratio * width)


def check_picture(path: str | PathLike[str]) -> None:
    """Refuse a file name that does not end in .png, .svg or .pdf."""
    if Path(path).suffix.lower() not in PICTURE_SUFFIXES:
        raise InvalidInput(f"{fspath(path)}: a picture ends in .png, .svg or .pdf")


def write_picture(
    path: str | PathLike[str], figure: "Figure", style: PictureStyle | None = None
) -> None:
    """Write a figure, whole or not at all, without dates or random names in it.

    Parameters
    ----------
    path
        File; its suffix decides the format.
    figure
        The figure, which takes the width of the style.
    style
        Size and resolution; for the font, draw the figure in ``style.applied()`` too.

    Raises
    ------
    InvalidInput
        If the suffix is none of a picture.
    UnreadableFile
        If the file cannot be written.
    """
    check_picture(path)
    style = style or PictureStyle()
    dated = {".svg": "Date", ".pdf": "CreationDate"}.get(Path(path).suffix.lower())
    stamp = {} if dated is None else {dated: None}
    with style.applied():
        _set_minus(figure)
        style.fit(figure)
        write_whole(Path(path), lambda file: figure.savefig(file, dpi=style.dpi, metadata=stamp))


def save_picture(
    path: str | PathLike[str],
    result: Result,
    *,
    style: PictureStyle | None = None,
    **options: Any,
) -> None:
    """Write the picture of a result (:meth:`ionsmith.results.Result.draw`).

    Parameters
    ----------
    path
        File; PNG, SVG or PDF, by the suffix.
    result
        The result.
    style
        Size, resolution and font.
    options
        Options of the ``draw`` method of the result.

    Raises
    ------
    InvalidInput
        If the suffix is none of a picture.
    UnreadableFile
        If the file cannot be written.
    """
    check_picture(path)
    with (style or PictureStyle()).applied():
        figure = result.draw(**options)
    write_picture(path, figure, style)
