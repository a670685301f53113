"""Images of microscopes: one greyscale picture with the size of its pixels."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

from ionsmith.errors import InvalidInput, MissingExtra, UnreadableFile, reason_of

IN_ANGSTROM = {"Å": 1.0, "A": 1.0, "angstrom": 1.0, "nm": 10.0, "pm": 0.01, "µm": 1e4, "um": 1e4}
"""Units of length of files, in Å."""

SUFFIXES = (".dm3", ".dm4", ".tif", ".tiff", ".mrc", ".emd", ".ser", ".png", ".npy")
"""What is read; other formats of RosettaSciIO are tried too."""

SMALLEST = 32
"""Smallest width and height in pixels."""


@dataclass(frozen=True, eq=False)
class Micrograph:
    """One greyscale image.

    Parameters
    ----------
    name
        Name of the file.
    intensity
        Shape (nx, ny), x to the right and y upwards.
    pixel
        Size of a square pixel in Å.
    notes
        What was assumed in reading it.
    """

    name: str
    intensity: NDArray[np.float64]
    pixel: float
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in Å."""
        nx, ny = self.intensity.shape
        return nx * self.pixel, ny * self.pixel

    def region(self, x: float, y: float, width: float, height: float) -> "Micrograph":
        """Cut a region out of the image.

        Parameters
        ----------
        x, y
            Its lower left corner in Å from that of the image.
        width, height
            Its size in Å.

        Raises
        ------
        InvalidInput
            If it leaves the image, or is too small.
        """
        full = self.size
        if min(x, y) < 0 or min(width, height) <= 0 or x + width > full[0] or y + height > full[1]:
            raise InvalidInput(
                f"`region` {x:g},{y:g},{width:g},{height:g} leaves the image of {full[0]:.1f} × "
                f"{full[1]:.1f} Å"
            )
        corner = np.array([x, y, x + width, y + height]) / self.pixel
        left, bottom, right, top = np.round(corner).astype(int)
        part = self.intensity[left:right, bottom:top]
        _check_size(self.name, part)
        return replace(self, intensity=part)


def read_image(
    path: str | PathLike[str], *, pixel: float | None = None, frame: int | None = None
) -> Micrograph:
    """Read an image with RosettaSciIO (extra ``micrograph``).

    Parameters
    ----------
    path
        File of Digital Micrograph, TIFF, MRC, EMD, TIA, PNG, or another format that RosettaSciIO
        reads.
    pixel
        Size of a pixel in Å, instead of that of the file.
    frame
        Number of the frame of a file with several, from 0; by default their mean.

    Raises
    ------
    MissingExtra
        Without RosettaSciIO.
    UnreadableFile
        If the file cannot be read as an image.
    InvalidInput
        If the size of the pixels is unknown or impossible, there is no such frame, or the image is
        empty.
    """
    name = Path(path).name
    if pixel is not None and not (isfinite(pixel) and 0.001 <= pixel <= 100):
        raise InvalidInput(f"`pixel` {pixel:g} Å: 0.001 to 100 Å were expected")
    data, scales, notes = _grey(name, *_raw(path))
    if data.ndim == 3:
        if frame is None:
            notes.append(f"mean of {len(data)} frames; `frame` takes one")
            data = data.mean(axis=0)
        elif not 0 <= frame < len(data):
            raise InvalidInput(f"`frame` {frame}: {name} has frames 0 to {len(data) - 1}")
        else:
            data = data[frame]
    elif frame not in (None, 0):
        raise InvalidInput(f"`frame` {frame}: {name} has one frame, 0")
    if data.ndim != 2:
        raise InvalidInput(f"{name}: an image of two dimensions was expected, not {data.ndim}")
    if pixel is None:
        if scales is None:
            raise InvalidInput(f"{name} does not tell the size of its pixels; give `pixel` in Å")
        pixel = min(scales)
        if max(scales) > (1 + 1e-3) * pixel:
            notes.append(
                f"pixels of {scales[1]:.4g} × {scales[0]:.4g} Å; brought to {pixel:.4g} Å each way"
            )
            data = zoom(data, [scale / pixel for scale in scales], order=1)
    if not np.isfinite(data).all():
        raise InvalidInput(f"{name}: the image has values that are not finite")
    upwards = np.ascontiguousarray(data[::-1].T, dtype=float)
    _check_size(name, upwards)
    return Micrograph(name, upwards, pixel, tuple(notes))


def _check_size(name: str, image: NDArray[np.float64]) -> None:
    """Refuse an image that is too small or has one value only."""
    if min(image.shape) < SMALLEST:
        raise InvalidInput(
            f"{name}: {image.shape[0]} × {image.shape[1]} pixels; at least {SMALLEST} each way are "
            "needed"
        )
    if np.ptp(image) == 0:
        raise InvalidInput(f"{name}: the image is empty, all its pixels are equal")


def _raw(path: str | PathLike[str]) -> tuple[NDArray[Any], list[dict[str, Any]]]:
    """Data and axes of the first image of a file."""
    if not Path(path).is_file():
        raise UnreadableFile(f"{fspath(path)}: no such file")
    try:
        import rsciio
    except ImportError as error:
        raise MissingExtra(
            "images are read by RosettaSciIO: pip install 'ionsmith[micrograph]'"
        ) from error
    suffix = Path(path).suffix.lower().removeprefix(".")
    plugins = [
        plugin
        for plugin in rsciio.IO_PLUGINS
        if suffix in (extension.lower() for extension in plugin["file_extensions"])
    ]
    if not plugins:
        raise UnreadableFile(
            f"{fspath(path)}: no image of a microscope; expected {', '.join(SUFFIXES)}"
        )
    reasons = []
    for plugin in plugins:
        try:
            with warnings.catch_warnings(), _no_logging():
                warnings.simplefilter("ignore")
                reader = __import__(plugin["api"], fromlist=["file_reader"]).file_reader
                found = reader(fspath(path), lazy=False)
            images = [one for one in found if np.asarray(one["data"]).ndim >= 2]
            if images:
                axes = list(images[0]["axes"])
                if suffix in ("tif", "tiff"):
                    _name_unit(path, axes)
                return np.asarray(images[0]["data"]), axes
            reasons.append("it holds no image")
        except Exception as error:  # whatever a damaged file does to a reader
            reasons.append(reason_of(error))
    raise UnreadableFile(f"{fspath(path)} cannot be read: {reasons[-1]}")


@contextmanager
def _no_logging() -> Iterator[None]:
    """Keep the readers from writing about damaged files themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _name_unit(path: str | PathLike[str], axes: list[dict[str, Any]]) -> None:
    """Take the unit of a TIFF from its description, where ImageJ puts it."""
    from PIL import Image

    with Image.open(path) as image:
        description = str(getattr(image, "tag_v2", {}).get(270, ""))
    unit = re.search(r"^unit=(.+)$", description, flags=re.MULTILINE)
    if unit is not None:
        for axis in axes[-2:]:
            axis["units"] = axis.get("units") or unit[1].replace(r"\u00C5", "Å").strip()


def _grey(
    name: str, data: NDArray[Any], axes: list[dict[str, Any]]
) -> tuple[NDArray[np.float64], list[float] | None, list[str]]:
    """Greyscale image, rows first, sizes of its pixels in Å if the file tells them, and notes."""
    notes: list[str] = []
    if data.dtype.names:  # RGB of RosettaSciIO
        data = np.stack([data[field] for field in data.dtype.names[:3]], axis=-1)
    if data.ndim >= 3 and data.shape[-1] in (3, 4) and data.shape[0] > 4:
        notes.append(f"{name} is in colour; the mean of red, green and blue is taken")
        data = data[..., :3].mean(axis=-1)
    if data.dtype.kind not in "buif":
        what = "complex numbers" if np.iscomplexobj(data) else "no numbers"
        raise InvalidInput(f"{name}: {what}; an image of intensities was expected")
    scales = []
    for axis in axes[-2:]:
        unit = str(axis.get("units", "")).strip()
        scale = abs(float(axis.get("scale") or 0)) * IN_ANGSTROM.get(unit, 0)
        if unit in ("1/nm", "1/Å", "nm^-1"):
            raise InvalidInput(f"{name} is a diffraction pattern (scale in {unit}), no image")
        scales.append(scale)
    known = len(scales) == 2 and min(scales) > 0
    return data.astype(float), scales if known else None, notes
