"""Pictures and data files of HAADF images: image with scale bar, profile, conduction planes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ionsmith import __version__
from ionsmith.analyzers.haadf import Haadf
from ionsmith.crystals.files import check_target, write_whole
from ionsmith.errors import InvalidInput
from ionsmith.pictures.saving import PICTURE_SUFFIXES, write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IMAGES = (".tif", ".tiff")
DATA = (".npz",)
COLOURS = {"profile": "#24313a", "open": "#24527a", "closed": "#e07b39", "bar": "#ffffff"}
BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # Å


def check_haadf_target(path: str, *, force: bool, image: bool) -> None:
    """Refuse a file of an unknown kind, or one that exists, before any work.

    Raises
    ------
    InvalidInput
        If no format has the suffix, or there will be no image for it.
    OutputExists, UnreadableFile
        As :func:`ionsmith.crystals.files.check_target` does.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (*PICTURE_SUFFIXES, *IMAGES, *DATA):
        raise InvalidInput(
            f"{path}: a HAADF result is written as .png or .svg (picture), .tif (image) or .npz "
            "(image and profile)"
        )
    if suffix in IMAGES and not image:
        raise InvalidInput(f"{path}: a profile alone has no image; write .png or .npz")
    check_target(path, force=force)


def save_haadf(path: str, result: Haadf) -> None:
    """Write a result in the format of the suffix, the same bytes each time.

    Parameters
    ----------
    path
        ``.png`` or ``.svg`` for a picture with scale bar and profile; ``.tif`` for the image alone
        in 32 bit with its scale as ImageJ reads it, the first row at the top; ``.npz`` for image
        (x, y), pixel size, profile and all settings (``settings``, a JSON text).
    result
        What to write.
    """
    suffix = Path(path).suffix.lower()
    if suffix in IMAGES:
        assert result.image is not None
        _save_tiff(path, result.image, result.steps)
    elif suffix in DATA:
        _save_arrays(path, result)
    else:
        write_picture(path, draw_haadf(result))


def draw_haadf(result: Haadf) -> "Figure":
    """Draw the image with its line, and the profile beside it (below it, for a line across)."""
    from matplotlib.figure import Figure

    line = result.profile.line
    if result.image is None:
        figure = Figure(figsize=(8, 4), layout="constrained")
        plot_profile(result, figure.subplots())
        return figure
    width, height = result.image.shape * np.array(result.steps)
    upright = abs(line.along[1]) > 0.999
    if upright:
        tall = 7.0
        wide = float(np.clip(tall * width / height, 2.5, 9))
        figure = Figure(figsize=(wide + 3.2, tall), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[wide, 3])
        plot_image(result, left)
        plot_profile(result, right, upright=True)
        right.set_ylim(-line.start[1], height - line.start[1])
        if line.along[1] < 0:
            right.set_ylim(line.start[1], line.start[1] - height)
    else:
        wide = 8.0
        tall = float(np.clip(wide * height / width, 1.5, 9))
        figure = Figure(figsize=(wide, tall + 3), layout="constrained")
        top, bottom = figure.subplots(2, 1, height_ratios=[tall, 2.6])
        plot_image(result, top)
        plot_profile(result, bottom)
    return figure


def plot_image(result: Haadf, ax: "Axes | None" = None) -> "Axes":
    """Draw the image in grey with a scale bar, and the strip of the profile.

    Parameters
    ----------
    result
        With an image.
    ax
        Axes to draw into; a new figure by default.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    assert result.image is not None
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    width, height = result.image.shape * np.array(result.steps)
    dx, dy = result.steps
    # Pixels are centred on their positions, the first one on the corner of the field.
    extent = (-dx / 2, width - dx / 2, -dy / 2, height - dy / 2)
    ax.imshow(result.image.T, origin="lower", extent=extent, cmap="gray", interpolation="bicubic")
    bar = max((b for b in BARS if b <= width / 3), default=width / 3)
    corner = (0.05 * width, 0.03 * height)
    thick = 0.012 * height
    ax.add_patch(
        Rectangle(
            (corner[0] - 0.02 * width, corner[1] - thick),
            bar + 0.04 * width,
            thick + 0.05 * height,
            color="#000000",
            alpha=0.55,
            linewidth=0,
        )
    )
    ax.add_patch(Rectangle(corner, bar, thick, color=COLOURS["bar"], linewidth=0))
    name = f"{bar / 10:g} nm" if bar >= 10 else f"{bar:g} Å"
    ax.annotate(
        name,
        (corner[0] + bar / 2, corner[1] + thick),
        (0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=COLOURS["bar"],
        fontsize=9,
    )
    line = result.profile.line
    if line.width < 0.99 * width:
        x, y = np.array([line.start, line.end]).T
        ax.plot(x, y, color=COLOURS["closed"], linewidth=1.0)
    ax.set_xlim(extent[:2])
    ax.set_ylim(extent[2:])
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(f"{result.method}, {result.beam}", loc="left", fontsize="medium")
    return ax


def plot_profile(result: Haadf, ax: "Axes | None" = None, *, upright: bool = False) -> "Axes":
    """Draw the profile with its peaks and the distances across the conduction planes.

    Parameters
    ----------
    result
        Any result.
    ax
        Axes to draw into; a new figure by default.
    upright
        Whether the line runs upwards and the intensity to the right.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    profile = result.profile

    def place(along: Any, across: Any) -> tuple[Any, Any]:
        return (across, along) if upright else (along, across)

    scale = 100 * profile.intensity
    ax.plot(*place(profile.position, scale), color=COLOURS["profile"], linewidth=1.2)
    top = float(scale.max())
    for plane in profile.planes:
        kind = "closed" if plane.closed else "open"
        ends = np.array([plane.lower, plane.upper])
        level = np.full(2, 1.06 * top)
        ax.plot(*place(ends, level), color=COLOURS[kind], linewidth=2.5, solid_capstyle="butt")
        middle = (ends.mean(), level[0])
        ax.annotate(
            f"{kind}\n{plane.row_spacing:.2f} Å",
            middle[::-1] if upright else middle,
            (6, 0) if upright else (0, 4),
            textcoords="offset points",
            ha="left" if upright else "center",
            va="center" if upright else "bottom",
            color=COLOURS[kind],
            fontsize=9,
        )
    room = 1.45 if profile.planes else 1.08
    along, across = ("set_ylim", "set_xlim") if upright else ("set_xlim", "set_ylim")
    getattr(ax, along)(profile.position[0], profile.position[-1])
    getattr(ax, across)(min(0.0, float(scale.min())), room * top)
    names = ("along the line (Å)", "on the detector (%)")
    ax.set_xlabel(names[1] if upright else names[0])
    ax.set_ylabel(names[0] if upright else names[1])
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _save_arrays(path: str, result: Haadf) -> None:
    profile = result.profile
    arrays = {
        "pixel_size": np.array(result.steps),
        "profile_position": profile.position,
        "profile_intensity": profile.intensity,
        "peak_positions": np.array([peak.position for peak in profile.peaks]),
        "settings": np.array(json.dumps({"ionsmith": __version__, **result.to_dict()})),
    }
    if result.image is not None:
        arrays["image"] = result.image

    def save(target: Path) -> None:
        with target.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    write_whole(Path(path), save)


def _save_tiff(path: str, image: NDArray[np.float64], steps: tuple[float, float]) -> None:
    """32-bit TIFF whose resolution is in pixels per Å, as ImageJ writes and reads it."""
    from PIL import Image
    from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

    tags = ImageFileDirectory_v2()
    tags[270] = f"ImageJ=1.53t\nunit=\\u00C5\nionsmith={__version__}\n"
    for tag, step in zip((282, 283), steps, strict=True):
        tags[tag] = IFDRational(round(1e6 / step), 10**6)
    tags[296] = 1  # no unit of its own: ImageJ takes it from the description
    picture = Image.fromarray(np.ascontiguousarray(image.T[::-1], dtype=np.float32))
    write_whole(Path(path), lambda target: picture.save(target, format="TIFF", tiffinfo=tags))
