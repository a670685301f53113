"""Spots of the Fourier transform of an image, or of a list, with their uncertainty.

A spot g has its place in Å⁻¹ with ``|g| = 1/d``, x to the right and y upwards. The image is
multiplied with a Hann window; a spot is a maximum of the power above the mean of its
surroundings by more than noise gives once in a hundred images. Its place is that of the maximum of
the power between the pixels of the transform; the standard error follows from the width of the
maximum and its height over the noise, as in the estimation of a frequency (Rife and Boorstyn, IEEE
Trans. Inf. Theory 20, 591, 1974, doi:10.1109/TIT.1974.1055282).
"""

import csv
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, fftshift, next_fast_len
from scipy.ndimage import gaussian_filter1d, maximum_filter

from ionsmith.errors import InvalidInput, UnreadableFile
from ionsmith.micrographs._image import Micrograph

Floats = NDArray[np.float64]

MOST = 30
"""Number of spots, the strongest ones, that are kept: weaker ones are often maxima of the streaks
that a crystal which ends in the image gives its spots."""

LONGEST = 25.0
"""Largest spacing in Å: what varies more slowly is no lattice."""

SHORTEST = 0.7
"""Smallest spacing in Å."""

APART = 1.8
"""Smallest distance of two spots in pixels of the transform, which a Hann window resolves."""

SIDELOBE = 1.5
"""Height of the side lobes of a spot: this over the square of their distance in pixels."""

FLOOR = 0.03
"""Standard error, in pixels of the transform, of spots that noise does not limit."""

EDGES = 0.15
"""Standard error, in pixels of the transform, by what else is in the image: contacts, tilts, and
what multiple scattering changes with thickness."""

SHARP, SPHERICAL = 0.5, 76.0
"""Typical distance in Å by which a lens displaces fringes near its optimal focus, at small g, and
what a spherical aberration of 1 mm adds at 1 Å⁻¹ and 300 keV, Cs λ³ g³."""

LIST_ERROR = 0.005
"""Standard error of the spots of a list that gives none, relative to their length."""

WEAKEST = 0.01
"""Intensity of the spots of a list that are left out, relative to the strongest."""


@dataclass(frozen=True, eq=False)
class Transform:
    """Spots of one region of an image, one of each pair ±g.

    Parameters
    ----------
    name
        Of the image, or the list.
    positions
        Components x and y of g in Å⁻¹, shape (n, 2), x not negative.
    errors
        Standard error of either component in Å⁻¹, shape (n,).
    signals
        Power over that of the noise, shape (n,).
    displacements
        Distances in Å⁻¹ by which lens and contacts may move them, shape (n,); None for a list.
    pixel
        Pixel of the transform in Å⁻¹, the inverse of the size of the image; 0 for a list.
    power
        Power over that of the noise around g = 0, shape (m, m); None for a list.
    reach
        Half the width of ``power`` in Å⁻¹.
    notes
        Remarks, one line each.
    """

    name: str
    positions: Floats
    errors: Floats
    signals: Floats
    displacements: Floats | None = None
    pixel: float = 0.0
    power: Floats | None = None
    reach: float = 0.0
    notes: tuple[str, ...] = ()


def transform_image(image: Micrograph) -> Transform:
    """Find the spots of the transform of an image.

    Parameters
    ----------
    image
        The image, or a region of it.

    Raises
    ------
    InvalidInput
        If its pixels are too coarse for any lattice, or it shows no spots.
    """
    image = _binned(image)
    finest = max(SHORTEST, 2.2 * image.pixel)
    if finest > LONGEST / 4 or min(image.size) < 2 * finest:
        raise InvalidInput(
            f"{image.name}: {image.size[0]:.0f} × {image.size[1]:.0f} Å in pixels of "
            f"{image.pixel:g} Å cannot show a lattice; is the size of a pixel right (`pixel`)?"
        )
    shape = np.array(image.intensity.shape)
    axes = [np.hanning(n + 2)[1:-1] for n in shape]
    window = np.outer(*axes)
    data = image.intensity - (window * image.intensity).sum() / window.sum()
    data = data * window
    size = next_fast_len(int(2 * shape.max()))
    power = np.abs(fftshift(fft2(data, (size, size)))) ** 2
    step = 1 / (size * image.pixel)
    index = (np.arange(size) - size // 2) * step
    length = np.hypot(index[:, None], index[None])
    noise = _noise(power, length, step)
    ratio = power / noise
    pixel = 1 / (shape * image.pixel)  # of the transform without padding, in Å⁻¹
    inside = (length > max(1 / LONGEST, 4 * pixel.max())) & (length < 1 / finest)
    threshold = np.log(100 * inside.sum() / 8)
    tops = (ratio == maximum_filter(ratio, 5)) & inside & (ratio > threshold)
    tops &= (index[:, None] > 0) | ((index[:, None] == 0) & (index[None] > 0))
    found = np.argwhere(tops)
    found = found[np.argsort(-power[tops], kind="stable")]
    places = index[found]
    kept: list[int] = []
    for number, place in enumerate(places):
        if len(kept) == MOST:
            break
        before = places[kept]
        apart = np.concatenate([before - place, before + place]) / pixel
        distance = np.linalg.norm(apart, axis=1)
        heights = np.tile(power[tuple(found[kept].T)], 2)
        lobe = heights * SIDELOBE / np.maximum(distance, 1) ** 2
        if (distance > APART).all() and (power[tuple(found[number])] > lobe).all():
            kept.append(number)
    if len(kept) < 2:
        raise InvalidInput(
            f"{image.name}: the transform shows {len(kept)} spots; a lattice needs two at least: "
            "try a region that shows the crystal, or a larger one"
        )
    signals = ratio[tuple(found[kept].T)]
    refined = [_refined(data, image.pixel, place, pixel) for place in places[kept]]
    positions = np.array([place for place, _ in refined])
    spread = np.array([max(variance, 1e-9) for _, variance in refined])
    # Of the noise under the square of the window, along either axis.
    weight = np.mean(
        [
            float((w**2 * (np.arange(len(w)) - (len(w) - 1) / 2) ** 2).sum() / (w**2).sum())
            for w in axes
        ]
    )
    errors = np.sqrt(weight * image.pixel**2 / (2 * signals)) / (2 * np.pi * spread)
    errors = np.hypot(errors, FLOOR * float(pixel.mean()))
    # A crystal that ends in the image has spots across which the contrast transfer changes, by its
    # phase, which is 2π times the distance by which the lens displaces the fringes.
    _, widest = _refined(window, image.pixel, np.zeros(2), pixel)
    displaced = SHARP + SPHERICAL * np.linalg.norm(positions, axis=1) ** 3
    displacements = displaced * np.maximum(1 / spread - 1 / widest, 0) / (2 * np.pi)
    displacements = np.hypot(displacements, EDGES * float(pixel.mean()))
    middle = size // 2
    half = min(int(1.15 * float(np.linalg.norm(positions, axis=1).max()) / step), middle - 1)
    part = ratio[middle - half : middle + half + 1, middle - half : middle + half + 1]
    return Transform(
        name=image.name,
        positions=positions,
        errors=errors,
        displacements=displacements,
        signals=signals,
        pixel=float(pixel.mean()),
        power=part,
        reach=half * step,
        notes=image.notes,
    )


def _binned(image: Micrograph) -> Micrograph:
    """Image with pixels as large as the smallest spacing allows."""
    bins = int(SHORTEST / 2.2 / image.pixel)
    if bins < 2:
        return image
    nx, ny = (n // bins for n in image.intensity.shape)
    parts = image.intensity[: nx * bins, : ny * bins].reshape(nx, bins, ny, bins)
    return replace(image, intensity=parts.mean(axis=(1, 3)), pixel=bins * image.pixel)


def _noise(power: Floats, length: Floats, step: float) -> Floats:
    """Mean power of the noise at each place: from the median of rings."""
    rings = (length / (3 * step)).astype(int)
    order = np.argsort(rings, axis=None, kind="stable")
    ends = np.searchsorted(rings.ravel()[order], np.arange(rings.max() + 2))
    values = power.ravel()[order]
    medians = np.array([np.median(values[a:b]) if b > a else 0.0 for a, b in pairwise(ends)])
    level = np.maximum(medians, 1e-12 * float(power.max()) + 1e-300) / np.log(2)
    return np.asarray(np.exp(gaussian_filter1d(np.log(level), 1.0))[rings])


def _refined(data: Floats, pixel: float, place: Floats, width: Floats) -> tuple[Floats, float]:
    """Maximum of the power near a place, and the spatial variance in Å² of what makes it."""
    offsets = 0.35 * np.arange(-2, 3)
    centre = place.copy()
    variance = 0.0
    for _ in range(2):
        waves = [
            np.exp(-2j * np.pi * pixel * np.outer(c + offsets * w, np.arange(n)))
            for c, w, n in zip(centre, width, data.shape, strict=True)
        ]
        power = np.log(np.abs(waves[0] @ data @ waves[1].T) ** 2 + 1e-300)
        x, y = (grid.ravel() for grid in np.meshgrid(offsets, offsets, indexing="ij"))
        terms = np.stack([np.ones(25), x, y, x * x, x * y, y * y], axis=1)
        weights = np.exp(0.5 * (power.ravel() - power.max()))
        _, bx, by, xx, xy, yy = np.linalg.lstsq(
            terms * weights[:, None], power.ravel() * weights, rcond=None
        )[0]
        curvature = np.array([[2 * xx, xy], [xy, 2 * yy]])
        if xx >= 0 or np.linalg.det(curvature) <= 0:
            break
        centre = centre + np.clip(np.linalg.solve(curvature, [-bx, -by]), -0.7, 0.7) * width
        # log power = -(2 π δ)² · variance along each axis
        variance = float(np.mean([-xx, -yy] / (2 * np.pi * width) ** 2))
    return centre, variance or float(np.mean(1 / (2 * np.pi * width) ** 2))


UNITS = {
    "å": 1.0, "a": 1.0, "angstrom": 1.0, "nm": 10.0, "pm": 0.01,
    "å⁻¹": 1.0, "1/å": 1.0, "å^-1": 1.0, "1/a": 1.0, "a^-1": 1.0, "å-1": 1.0,
    "nm⁻¹": 0.1, "1/nm": 0.1, "nm^-1": 0.1, "nm-1": 0.1,
}  # fmt: skip
"""Units of columns of a list, in Å or Å⁻¹."""

COLUMNS = {
    "d": r"d|spacing|d_spacing",
    "azimuth": r"azimuth|angle|phi|φ",
    "g": r"\|?g\|?|r|q",
    "x": r"g?x|gx|kx",
    "y": r"g?y|gy|ky",
    "error": r"error|sigma|σ|±",
    "intensity": r"intensity|signal|i",
}
"""Names of the columns of a list of spots."""


def read_spot_list(path: str | PathLike[str]) -> Transform:
    """Read the spots of one pattern from a CSV file.

    Parameters
    ----------
    path
        Columns ``d`` and ``azimuth``, ``g`` and ``azimuth``, or ``x`` and ``y`` of g, such as those
        of ``ionsmith analyze spots --format csv``, and perhaps ``error``; units in parentheses,
        Å, Å⁻¹ and degrees by default.

    Raises
    ------
    UnreadableFile
        If the file cannot be read.
    InvalidInput
        If it has no such columns, fewer than two spots, or a unit that is not known.
    """
    name = Path(path).name
    if not Path(path).is_file():
        raise UnreadableFile(f"{fspath(path)}: no such file")
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{fspath(path)} cannot be read as a list of spots: {error}") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.reader(lines, delimiter=";" if lines and ";" in lines[0] else ","))
    columns = _columns(name, rows[0] if rows else [])
    try:
        values = {
            kind: np.array([float(row[place]) for row in rows[1:]]) * factor
            for kind, (place, factor) in columns.items()
        }
    except (ValueError, IndexError) as error:
        raise InvalidInput(f"{name}: a number was expected in each row ({error})") from None
    if "x" in values and "y" in values:
        positions = np.stack([values["x"], values["y"]], axis=1)
    elif "azimuth" in values and ("d" in values or "g" in values):
        with np.errstate(divide="ignore"):
            length = values["g"] if "g" in values else 1 / values["d"]
        if not (np.isfinite(length) & (length > 0)).all():
            raise InvalidInput(f"{name}: spacings must be positive and finite numbers")
        turn = np.radians(values["azimuth"])
        positions = length[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    else:
        raise InvalidInput(
            f"{name}: columns d and azimuth, g and azimuth, or x and y of g were expected, not "
            f"{', '.join(rows[0]) if rows else 'an empty file'}"
        )
    length = np.linalg.norm(positions, axis=1)
    if not (np.isfinite(positions).all() and (length > 0).all()):
        raise InvalidInput(f"{name}: places must be finite numbers, without the direct beam")
    flip = (positions[:, 0] < 0) | ((positions[:, 0] == 0) & (positions[:, 1] < 0))
    positions[flip] *= -1
    errors = values.get("error", LIST_ERROR * length)
    signals = values.get("intensity", np.ones(len(length)))
    _, first = np.unique(np.round(positions / length.min(), 3), axis=0, return_index=True)
    first = first[np.lexsort((first, -signals[first]))]
    first = first[signals[first] > WEAKEST * signals.max(initial=0)][:MOST]
    if len(first) < 2:
        raise InvalidInput(f"{name}: at least two spots are needed, that are not ±g of each other")
    errors = np.maximum(errors, 1e-4 * length)
    return Transform(name, positions[first], errors[first], signals[first])


def _columns(name: str, header: list[str]) -> dict[str, tuple[int, float]]:
    """Place and unit of each known column."""
    found: dict[str, tuple[int, float]] = {}
    for place, title in enumerate(header):
        match = re.fullmatch(r"\s*([^\s(\[]+)\s*(?:[(\[]\s*(.*?)\s*[)\]])?\s*", title.lower())
        if match is None:
            continue
        for kind, pattern in COLUMNS.items():
            if kind not in found and re.fullmatch(pattern, match[1]):
                unit = match[2] or ""
                if kind == "azimuth":
                    if unit not in ("", "°", "deg", "degrees", "rad"):
                        raise InvalidInput(f"{name}: unit {unit} of {match[1]}; degrees or rad")
                    found[kind] = place, 180 / np.pi if unit == "rad" else 1.0
                elif unit and unit not in UNITS:
                    raise InvalidInput(
                        f"{name}: unit {unit!r} of {match[1]} is not known; Å, nm, 1/Å or 1/nm"
                    )
                else:
                    found[kind] = place, UNITS.get(unit, 1.0)
    return found
