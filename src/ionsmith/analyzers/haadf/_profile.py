"""HAADF images, intensity profiles along a line, their peaks, and the planes between them.

Peaks are the maxima of a cubic spline through the profile, so that their positions are finer than
the pixel. In β''-alumina (see :mod:`ionsmith.layers.anatomy`) the octahedral cation rows on
either side of each conduction plane are found among them; their distance tells an open plane from
a closed one, as in Geng et al. (2023), doi:10.1039/d3ee00237c.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import map_coordinates

from ionsmith.analyzers.imaging import ImagingCell
from ionsmith.errors import InvalidInput, InvalidStructure, NotBetaAlumina
from ionsmith.layers.anatomy import find_anatomy

ROW_REACH = 0.5
"""Distance in Å within which the peak of a cation row is searched for."""

_SEAM = 1e-6  # Å; a peak this close to the seam is at the start of the profile
_WRAP = 8  # pixels that a closed image is continued by for the spline


@dataclass(frozen=True)
class Line:
    """Line of a profile.

    Parameters
    ----------
    start, end
        Ends in Å from the lower left corner of the image.
    width
        Width in Å of the strip that the profile is averaged over; 0 for a line without width.

    Raises
    ------
    InvalidInput
        If the line has no length, or the width is negative.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    width: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite([*self.start, *self.end, self.width]).all() or self.width < 0:
            raise InvalidInput("a line needs two points and a width of 0 or more, in Å")
        if self.length < 1:
            raise InvalidInput(
                f"the line is {self.length:g} Å long; choose two points x,y further apart"
            )

    @property
    def length(self) -> float:
        """Length in Å."""
        return float(np.hypot(*np.subtract(self.end, self.start)))

    @property
    def along(self) -> NDArray[np.float64]:
        """Unit vector along the line, shape (2,)."""
        return np.subtract(self.end, self.start) / self.length

    def points(self, step: float, step_across: float) -> NDArray[np.float64]:
        """Points where the intensity is taken, shape (across, along, 2), in Å.

        They are at most one step apart; those across lie in the middle of equal parts of the width,
        so that their mean over a whole period of the image is exact.
        """
        distance = np.linspace(0, self.length, int(np.ceil(self.length / step - 1e-9)) + 1)
        parts = max(1, int(np.ceil(self.width / step_across - 1e-9)))
        aside = ((np.arange(parts) + 0.5) / parts - 0.5) * self.width
        across = np.array([-self.along[1], self.along[0]])
        return np.asarray(
            np.array(self.start)
            + distance[None, :, None] * self.along
            + aside[:, None, None] * across
        )


@dataclass(frozen=True)
class Peak:
    """A maximum of a profile.

    Parameters
    ----------
    position
        Distance from the start of the line in Å.
    intensity
        Intensity of the peak as a fraction of the beam.
    prominence
        Height above the higher of the two valleys beside it, as a fraction of the range of the
        profile.
    spacing
        Distance in Å to the next peak, None for the last one.
    """

    position: float
    intensity: float
    prominence: float
    spacing: float | None


@dataclass(frozen=True)
class PlaneSpacing:
    """A conduction plane in the profile.

    Parameters
    ----------
    plane
        Number of the plane, from 1 at the bottom of the model.
    closed
        Whether the plane is closed, by the bonds of the model.
    row_spacing
        Distance in Å between the peaks of the octahedral cation rows on either side, as measured in
        the profile.
    lower, upper
        Positions of these peaks in Å.
    row_spacing_model
        Distance in Å between the same rows in the model.
    """

    plane: int
    closed: bool
    row_spacing: float
    lower: float
    upper: float
    row_spacing_model: float


@dataclass(frozen=True)
class Profile:
    """Intensity along a line.

    Parameters
    ----------
    line
        The line.
    steps
        Distance in Å of the probes along and across the line, or the pixel size of the image.
    position
        Distances from the start of the line in Å, shape (n,).
    intensity
        Mean intensity over the width as a fraction of the beam, shape (n,).
    peaks
        Peaks by position.
    planes
        Conduction planes of a β''-alumina model whose rows the line crosses at right angles; empty
        for other models.
    """

    line: Line
    steps: tuple[float, float]
    position: NDArray[np.float64]
    intensity: NDArray[np.float64]
    peaks: tuple[Peak, ...]
    planes: tuple[PlaneSpacing, ...]

    document = ("start", "end", "width", "position", "intensity", "peaks")

    @property
    def start(self) -> tuple[float, float]:
        """Start x, y of the line in Å from the lower left corner of the image."""
        return self.line.start

    @property
    def end(self) -> tuple[float, float]:
        """End x, y of the line in Å from the lower left corner of the image."""
        return self.line.end

    @property
    def width(self) -> float:
        """Width in Å that the intensity is averaged over."""
        return self.line.width


def sample_image(
    image: NDArray[np.float64], steps: NDArray[np.float64], cell: ImagingCell, line: Line
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions and mean intensities along a line of an image, shape (n,) each."""
    check_line(line, cell)
    step = float(steps.min())
    points = line.points(step, step)
    for axis in (0, 1):
        ends = [(0, 0), (0, 0)]
        ends[axis] = (_WRAP, _WRAP)
        image = np.pad(image, ends, mode="wrap" if cell.repeats[axis] else "edge")
    places = (points / steps + _WRAP).reshape(-1, 2).T
    values = map_coordinates(image, places, order=3, mode="nearest").reshape(points.shape[:2])
    return np.linspace(0, line.length, points.shape[1]), values.mean(axis=0)


def check_line(line: Line, cell: ImagingCell) -> None:
    """Refuse a line that leaves the field with its width."""
    across = np.array([-line.along[1], line.along[0]]) * line.width / 2
    corners = np.array([p + s * across for p in (line.start, line.end) for s in (-1, 1)])
    if (corners < -1e-6).any() or (corners > cell.field + 1e-6).any():
        width, height = cell.field
        raise InvalidInput(
            f"the line leaves the image, which is {width:.2f} Å wide and {height:.2f} Å high; "
            "choose `line` and `width` inside it, or a larger `field`"
        )


def measure_peaks(
    position: NDArray[np.float64],
    intensity: NDArray[np.float64],
    *,
    prominence: float = 0.05,
    wraps: bool = False,
) -> tuple[Peak, ...]:
    """Find the maxima of a profile, which may repeat from end to end."""
    if not 0 < prominence < 1:
        raise InvalidInput(f"`prominence` must be between 0 and 1, not {prominence:g}")
    span = float(np.ptp(intensity))
    if span <= 0:
        return ()
    n, length = len(position) - 1, float(position[-1])
    x, y = position, intensity
    if wraps:
        x = np.concatenate([position[:-1] - length, position[:-1], position + length])
        y = np.concatenate([intensity[:-1], intensity[:-1], intensity])
    from scipy.signal import find_peaks

    maxima, properties = find_peaks(y, prominence=prominence * span)
    spline = CubicSpline(x, y)
    roots = spline.derivative().roots(extrapolate=False)
    roots = roots[spline(roots, 2) < 0]
    places, heights = [], []
    for index, height in zip(maxima, properties["prominences"], strict=True):
        if len(roots) == 0 or (wraps and not n <= index < 2 * n):
            continue
        place = float(roots[abs(roots - x[index]).argmin()])
        places.append((place + _SEAM) % length - _SEAM if wraps else place)
        heights.append(float(height) / span)
    order = np.argsort(places)
    places, heights = [places[i] for i in order], [heights[i] for i in order]
    spacings: list[float | None] = [b - a for a, b in pairwise(places)]
    if places:
        spacings.append(length + places[0] - places[-1] if wraps else None)
    return tuple(
        Peak(place, float(spline(place)), height, spacing)
        for place, height, spacing in zip(places, heights, spacings, strict=True)
    )


def plane_spacings(
    atoms: Atoms, cell: ImagingCell, line: Line, peaks: Sequence[Peak], *, wraps: bool = False
) -> tuple[PlaneSpacing, ...]:
    """Find the cation rows beside the conduction planes among the peaks."""
    try:
        anatomy = find_anatomy(atoms)
    except (NotBetaAlumina, InvalidStructure):
        return ()
    ahead = line.along @ cell.rotation[:2]
    sense = float(ahead @ anatomy.normal)
    if abs(sense) < np.cos(np.radians(1)):
        return ()
    # In a profile that wraps, peaks at one end also belong to the other.
    turns = (-1, 0, 1) if wraps else (0,)
    places = np.array([peak.position + turn * line.length for turn in turns for peak in peaks])
    if len(places) == 0:
        return ()
    start = (cell.origin + line.start) @ line.along
    spacings = []
    for plane in range(1, anatomy.n_planes + 1):
        layer = (anatomy.spinel_block == plane) & (anatomy.oxygen_layer == 4)
        middle = anatomy.height[layer].mean() + anatomy.oxygen_gap[plane - 1] / 2
        row = float(anatomy.row_spacing[plane - 1])
        first = sense * middle - start
        lowest = first % anatomy.period
        for centre in np.arange(lowest, line.length + 1e-9, anatomy.period):
            expected = centre + np.array([-0.5, 0.5]) * row
            nearest = abs(places[:, None] - expected).argmin(axis=0)
            lower, upper = places[nearest]
            if abs(places[nearest] - expected).max() <= ROW_REACH:
                closed = bool(anatomy.closed[plane - 1])
                spacing = float(upper - lower)
                spacings.append(
                    PlaneSpacing(plane, closed, spacing, float(lower), float(upper), row)
                )
    return tuple(sorted(spacings, key=lambda plane: plane.lower))
