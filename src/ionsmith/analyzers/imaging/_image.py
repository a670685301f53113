"""Simulated images: their size, their picture with a scale bar, and TIFF files with their scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith import __version__
from ionsmith.crystals.files import write_whole
from ionsmith.plotting import plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

IMAGE_SUFFIXES = (".tif", ".tiff")
ARRAY_SUFFIXES = (".npz",)

BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Lengths of a scale bar in Å."""


@dataclass(frozen=True, eq=False)
class SimulatedImage:
    """A simulated image.

    Parameters
    ----------
    intensity
        Shape (nx, ny), x to the right and y up.
    pixel_size
        Width and height of a pixel in Å.
    """

    intensity: NDArray[np.float64]
    pixel_size: tuple[float, float]

    document = ("pixels", "width", "height", "pixel_size", "lowest", "highest")

    @property
    def pixels(self) -> tuple[int, int]:
        """Number of pixels along x and y."""
        nx, ny = self.intensity.shape
        return nx, ny

    @property
    def width(self) -> float:
        """Width in Å."""
        return self.pixels[0] * self.pixel_size[0]

    @property
    def height(self) -> float:
        """Height in Å."""
        return self.pixels[1] * self.pixel_size[1]

    @property
    def lowest(self) -> float:
        """Lowest intensity."""
        return float(self.intensity.min())

    @property
    def highest(self) -> float:
        """Highest intensity."""
        return float(self.intensity.max())


def show_image(image: SimulatedImage, title: str, ax: "Axes") -> None:
    """Draw an image in grey with a scale bar."""
    dx, dy = image.pixel_size
    # Pixels are centred on their positions, the first one on the corner of the field.
    extent = (-dx / 2, image.width - dx / 2, -dy / 2, image.height - dy / 2)
    ax.imshow(
        image.intensity.T, origin="lower", extent=extent, cmap="gray", interpolation="bicubic"
    )
    _scale_bar(ax, image.width, image.height)
    ax.set_xlim(extent[:2])
    ax.set_ylim(extent[2:])
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(plain_text(title), loc="left", fontsize="medium")


def _scale_bar(ax: "Axes", width: float, height: float) -> None:
    """Draw a scale bar at the lower left of an image."""
    from matplotlib.patches import Rectangle

    bar = max((length for length in BARS if length <= width / 3), default=width / 3)
    x, y = 0.05 * width, 0.03 * height
    thick = 0.012 * height
    ax.add_patch(
        Rectangle(
            (x - 0.02 * width, y - thick),
            bar + 0.04 * width,
            thick + 0.05 * height,
            color="#000000",
            alpha=0.55,
            linewidth=0,
        )
    )
    ax.add_patch(Rectangle((x, y), bar, thick, color="#ffffff", linewidth=0))
    ax.annotate(
        f"{bar / 10:g} nm" if bar >= 10 else f"{bar:g} Å",
        (x + bar / 2, y + thick),
        (0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color="#ffffff",
        fontsize=9,
    )


def write_tiff(path: Path, images: Sequence[SimulatedImage]) -> None:
    """32-bit TIFF, or a stack of it, with its pixels per Å as ImageJ writes and reads them."""
    from PIL import Image
    from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

    tags = ImageFileDirectory_v2()
    frames = f"images={len(images)}\nframes={len(images)}\n" if len(images) > 1 else ""
    tags[270] = f"ImageJ=1.53t\n{frames}unit=\\u00C5\nionsmith={__version__}\n"
    for tag, step in zip((282, 283), images[0].pixel_size, strict=True):
        tags[tag] = IFDRational(round(1e6 / step), 10**6)
    tags[296] = 1  # no unit of its own: ImageJ takes it from the description
    first, *rest = (
        Image.fromarray(np.ascontiguousarray(image.intensity.T[::-1], dtype=np.float32))
        for image in images
    )

    def save(target: Path) -> None:
        several = {"save_all": True, "append_images": rest} if rest else {}
        first.save(target, format="TIFF", tiffinfo=tags, **several)

    write_whole(path, save)
