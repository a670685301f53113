"""Which conduction planes of a β''-alumina are closed in a HAADF image.

The image is summed along all directions in its plane; along the stacking direction the sums show
the rows of octahedral cations. Each spinel block is found by the correlation with its simulated
profile, its two outer rows by a fit of Gaussian peaks. Their distance within a block, which closing
leaves as it is, calibrates the scale; that across a plane tells whether it is open or closed (Geng
et al. 2023, doi:10.1039/d3ee00237c).
"""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares
from scipy.signal import find_peaks

from ionsmith.analyzers.haadf import Microscope, simulate_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.ordered import build_ordered
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.micrographs._image import Micrograph
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
State = Literal["open", "closed", "neither"]

STEP = 0.05
"""Step of the profile in Å."""

ANGLES = np.arange(0, 180, 0.25)
"""Directions in degrees along which the image is summed."""

SUPPORT = 0.2
"""Share of the width of an image that a line across the stack must have in it."""

ROWS_APART = 2.4
"""Distance in Å of the rows within a block, which an image must resolve."""

FINEST, COARSEST = 1.9, 14.0
"""Spacings in Å that decide which direction is that of the stacking."""

MARGIN = 2.2
"""Width in Å of the simulated profile of a block outside its outer rows."""

ROW_REACH = 0.8
"""Distance in Å from the expected place within which a row is searched for and fitted."""

SMOOTH = 0.35
"""Width in Å by which profiles are smoothed before they are correlated."""

LEAST = 0.55
"""Correlation of a block with its simulated profile below which it is none."""

LEAST_MEAN = 0.65
"""Mean correlation of the blocks below which an image shows none."""

LEAST_HALVES = 0.4
"""Correlation of the profiles of both halves of an image below which it shows noise."""

SYSTEMATIC = 0.02
"""Distance in Å by which the fit of two rows is off in images without noise."""

TOLERANCE = 0.8
"""Largest difference in Å of a spacing from that of an open or a closed plane."""

STRIPS = 8
"""Parts of an image, side by side, whose scatter gives the errors."""

CONFIDENCE = 1.96
"""Standard errors in half a 95 % interval."""


@dataclass(frozen=True)
class ImagedPlane:
    """One conduction plane of an image.

    Parameters
    ----------
    plane
        Number from the bottom of the image, from 1.
    position
        Distance of its middle from the lower end of the profile in Å.
    spacing
        Distance in Å of the octahedral cation rows on either side, on the scale of the image.
    error
        Half the 95 % interval of the spacing in Å, from the scatter of strips of the image.
    state
        ``"open"``, ``"closed"``, or ``"neither"`` if it is near none of them, as a crack is.
    """

    plane: int
    position: float
    spacing: float
    error: float
    state: State


@dataclass(frozen=True)
class PlaneReading(Result):
    """Conduction planes that a HAADF image shows.

    Parameters
    ----------
    image
        Name of the image.
    direction
        Angle in degrees of the stacking direction from the x axis of the image.
    planes
        The conduction planes from the bottom to the top.
    scale
        Distance of the outer rows of a block in the crystal over that in the image, and half its
        95 % interval: 1 if the image is calibrated.
    spacings_expected
        Distance in Å of the rows across an open and across a closed plane of the crystal.
    blocks
        Positions of the middle of each spinel block in Å.
    correlation
        Mean correlation of the blocks with their simulated profile.
    position, intensity
        The measured profile, in Å and without its slow changes, shape (n,).
    simulated
        Profile of the same planes in the simulated crystal, shape (n,), nan where there is none.
    commands
        What builds a crystal with the same sequence of planes; empty if a plane is neither.
    notes
        What was assumed, and what is amiss.
    """

    image: str
    direction: float
    planes: tuple[ImagedPlane, ...]
    scale: tuple[float, float]
    spacings_expected: tuple[float, float]
    blocks: tuple[float, ...]
    correlation: float
    position: Floats
    intensity: Floats
    simulated: Floats
    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """Return the planes, then what belongs to the whole image."""
        rows = [
            (
                plane.plane,
                round(plane.position, 2),
                round(plane.spacing, 2),
                round(plane.error, 2),
                plane.state,
            )
            for plane in self.planes
        ]
        opened, closed = self.spacings_expected
        facts = [
            ("stacking direction from x (°)", round(self.direction, 2)),
            ("scale of the crystal over that of the image", _with_error(*self.scale)),
            ("rows across an open, a closed plane (Å)", f"{opened:.2f}, {closed:.2f}"),
            ("correlation of the blocks with simulated ones", round(self.correlation, 3)),
            *(("build it", command) for command in self.commands),
        ]
        return [
            Table(
                f"Conduction planes in {self.image}",
                ("plane", "position (Å)", "rows across (Å)", "±, 95 % (Å)", "state"),
                rows,
            ),
            Table("", ("", ""), facts),
            *notes_table(self.notes),
        ]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the measured profile over the simulated one, with the state of each plane.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.plotting import SERIES, axes_or_new, plain_text

        ax = axes_or_new(ax, (6.4, 3.2))
        ax.plot(self.position, self.intensity, color=SERIES[0], label=plain_text(self.image))
        ax.plot(self.position, self.simulated, color=SERIES[1], ls="--", label="simulated")
        top = float(np.nanmax([self.intensity.max(), np.nanmax(self.simulated)]))
        for plane in self.planes:
            half = plane.spacing / 2
            ax.annotate(
                "",
                (plane.position - half, 1.04 * top),
                (plane.position + half, 1.04 * top),
                arrowprops={"arrowstyle": "<->", "color": SERIES[3]},
            )
            ax.text(
                plane.position,
                1.06 * top,
                f"{plane.spacing:.2f} ± {plane.error:.2f} Å\n{plane.state}",
                ha="center",
                va="bottom",
                fontsize=8,
            )
        ax.set_ylim(top=1.3 * top)
        ax.set_xlabel("along the stacking direction (Å)")
        ax.set_ylabel("intensity over its local mean")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)
        return ax


@checked
def read_haadf_image(
    image: Micrograph,
    crystal: CrystalLike | None = None,
    *,
    zone: DirectionLike = "[1,0,0]",
    direction: float | None = None,
    microscope: Microscope | None = None,
) -> PlaneReading:
    """Find the conduction planes in a HAADF image and say which are closed.

    Parameters
    ----------
    image
        The image, or a region of it that shows one stack.
    crystal
        The crystal with all planes open; by default that of
        :func:`ionsmith.builders.beta_alumina.build_beta_alumina`. A disordered one is ordered.
    zone
        Beam along this direction of its basal plane.
    direction
        Angle in degrees of the stacking direction from the x axis of the image; found by default.
    microscope
        Conditions of the simulated profile.

    Raises
    ------
    NotBetaAlumina
        If the crystal has no conduction planes.
    InvalidInput
        If the image shows no stack of its blocks.
    """
    model = _Model(crystal, zone, microscope)
    angles = [direction] if direction is not None else _directions(image)
    found = [_Found(image, angle, model) for angle in angles]
    best = max(found, key=lambda one: one.score)
    if len(best.centres) < 2 or best.correlation < LEAST_MEAN or best.halves < LEAST_HALVES:
        raise InvalidInput(
            f"{image.name}: no stack of spinel blocks was found; try a region that shows the "
            "stack alone, the size of a pixel, the zone, or the stacking direction"
        )
    return best.reading()


class _Model:
    """Simulated profile of one block, and the spacings of the crystal."""

    def __init__(
        self, crystal: CrystalLike | None, zone: DirectionLike, microscope: Microscope | None
    ) -> None:
        atoms = build_beta_alumina().atoms if crystal is None else _ordered(crystal)
        anatomy = find_anatomy(atoms)
        closed = find_anatomy(close_planes(atoms, [1]).atoms)
        self.open = float(anatomy.row_spacing[~anatomy.closed].mean())
        self.closed = float(closed.row_spacing[closed.closed].mean())
        profile = simulate_haadf(atoms, str(zone), microscope=microscope).profile
        if len(profile.planes) < 2:
            raise InvalidInput(f"`zone` {zone}: the planes are not seen edge-on from there")
        lower, upper = profile.planes[0], profile.planes[1]
        self.rows = upper.lower - lower.upper
        middle = (upper.lower + lower.upper) / 2
        half = self.rows / 2 + MARGIN
        self.offsets = np.arange(-half, half + STEP / 2, STEP)
        self.block = np.interp(middle + self.offsets, profile.position, profile.intensity)


class _Found:
    """Blocks along one direction of an image."""

    def __init__(self, image: Micrograph, angle: float, model: _Model) -> None:
        self.image, self.angle, self.model = image, angle, model
        self.position, self.intensity = _profile(image, angle)
        correlation = _correlated(self.intensity, model.block)
        shortest = model.rows + model.closed - TOLERANCE
        self.centres = _chain(correlation, shortest / STEP)
        values = correlation[self.centres]
        self.correlation = float(values.mean()) if len(values) else 0.0
        self.score = float((values - LEAST).sum())

    @property
    def halves(self) -> float:
        """Correlation of the profiles of both halves of the image, side by side."""
        one, other = (_profile(self.image, self.angle, (part, 2)) for part in (0, 1))
        common, first, second = np.intersect1d(
            np.round(one[0] / STEP), np.round(other[0] / STEP), return_indices=True
        )
        if len(common) < len(self.model.block):
            return 0.0
        profiles = [gaussian_filter1d(y, SMOOTH / STEP) for y in (one[1][first], other[1][second])]
        return float(np.asarray(np.corrcoef(profiles))[0, 1])

    def reading(self) -> PlaneReading:
        """Rows, spacings and states."""
        model = self.model
        middles = self.position[self.centres + len(model.block) // 2]
        rows = self._rows(self.position, self.intensity, middles)
        parts = [_profile(self.image, self.angle, (part, STRIPS)) for part in range(STRIPS)]
        strips = np.array([self._rows(x, y, middles) for x, y in parts])
        inside, across = rows[:, 1] - rows[:, 0], rows[1:, 0] - rows[:-1, 1]
        errors = _standard_error(strips[:, 1:, 0] - strips[:, :-1, 1])
        within = strips[:, :, 1] - strips[:, :, 0]
        scale = float(model.rows / inside.mean())
        scale_error = CONFIDENCE * float(
            np.hypot(_standard_error(within.mean(axis=1)), SYSTEMATIC) / inside.mean()
        )
        planes = tuple(
            ImagedPlane(
                number + 1,
                float((rows[number, 1] + rows[number + 1, 0]) / 2),
                float(spacing),
                CONFIDENCE * float(np.hypot(error, SYSTEMATIC)),
                self._state(scale * float(spacing), scale * CONFIDENCE * float(error)),
            )
            for number, (spacing, error) in enumerate(zip(across, errors, strict=True))
        )
        notes = [*self.image.notes]
        if abs(scale - 1) > max(0.03, scale_error):
            notes.append(
                f"the blocks are {100 / scale:.0f} % as thick as in the crystal; the states are "
                "judged on the scale of the crystal"
            )
        states = [plane.state for plane in planes]
        return PlaneReading(
            image=self.image.name,
            direction=self.angle,
            planes=planes,
            scale=(scale, scale_error),
            spacings_expected=(model.open, model.closed),
            blocks=tuple(float(middle) for middle in middles),
            correlation=self.correlation,
            position=self.position,
            intensity=self.intensity,
            simulated=self._simulated(middles),
            commands=_commands(states),
            notes=tuple(notes),
        )

    def _rows(self, position: Floats, intensity: Floats, middles: Floats) -> Floats:
        """Positions of both outer rows of each block, shape (n, 2)."""
        half = self.model.rows / 2
        return np.array(
            [
                [_peak_near(position, intensity, middle + side * half) for side in (-1, 1)]
                for middle in middles
            ]
        )

    def _state(self, spacing: float, error: float) -> State:
        """State of a plane by the distance of its rows and its error, on the crystal's scale."""
        off = {"open": abs(spacing - self.model.open), "closed": abs(spacing - self.model.closed)}
        nearest: State = "open" if off["open"] < off["closed"] else "closed"
        return nearest if off[nearest] <= max(TOLERANCE, error) else "neither"

    def _simulated(self, middles: Floats) -> Floats:
        """Simulated profile of the blocks where they are, on the scale of the measured one."""
        drawn = np.full(len(self.position), np.nan)
        for middle in middles:
            at = self.position - middle
            mine = np.abs(at) <= self.model.offsets[-1]
            block = np.interp(at[mine], self.model.offsets, self.model.block)
            slope, level = np.polyfit(block, self.intensity[mine], 1)
            drawn[mine] = slope * block + level
        return drawn


def _ordered(crystal: CrystalLike) -> Atoms:
    """Atoms of a crystal, put in order if it is disordered."""
    phase = read_phase(crystal)
    if isinstance(phase, Atoms) or phase.is_ordered:
        return read_structure(phase)
    return build_ordered(phase).atoms


def _directions(image: Micrograph) -> list[float]:
    """Directions along which the image changes most between the spacings of rows, five at most."""
    data = image.intensity - image.intensity.mean()
    window = np.outer(np.hanning(data.shape[0]), np.hanning(data.shape[1]))
    size = 2 ** ceil(np.log2(max(data.shape)))
    power = np.abs(np.fft.fftshift(np.fft.fft2(data * window, (size, size)))) ** 2
    span = size * image.pixel
    radius = np.arange(ceil(span / COARSEST), min(int(span / FINEST), size // 2 - 2), 0.5)
    if 2 * image.pixel > ROWS_APART or max(image.size) < COARSEST:
        raise InvalidInput(
            f"{image.name}: {image.size[0]:.0f} × {image.size[1]:.0f} Å in pixels of "
            f"{image.pixel:g} Å cannot show a stack of blocks with rows {ROWS_APART:g} Å apart"
        )
    turn = np.radians(ANGLES)
    x = np.round(size // 2 + radius * np.cos(turn)[:, None]).astype(int)
    y = np.round(size // 2 + radius * np.sin(turn)[:, None]).astype(int)
    strength = power[x, y].sum(axis=1)
    smooth = gaussian_filter1d(strength, 1.0, mode="wrap")
    around = np.concatenate([smooth, smooth, smooth])
    peaks = find_peaks(around, distance=8)[0]
    n = len(smooth)
    inside = [int(peak) - n for peak in peaks if n <= peak < 2 * n]
    best = sorted(inside, key=lambda peak: -smooth[peak])[:5]
    return [_refined(image, float(ANGLES[peak])) for peak in best] or [0.0]


def _refined(image: Micrograph, angle: float) -> float:
    """Direction near one along which the sums of the image differ most."""
    tried = angle + np.arange(-0.5, 0.51, 0.05)
    return float(tried[np.argmax([np.var(_profile(image, one)[1]) for one in tried])])


def _profile(
    image: Micrograph, angle: float, strip: tuple[int, int] = (0, 1)
) -> tuple[Floats, Floats]:
    """Mean of the image along lines across a direction, over its slow changes.

    ``strip`` is the number of a part of the image, side by side, and that of all parts.
    """
    nx, ny = image.intensity.shape
    x, y = np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij")
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along = image.pixel * (x * cos + y * sin)
    low = image.pixel * (min(0.0, (nx - 1) * cos) + min(0.0, (ny - 1) * sin))
    places = ((along - low) / STEP).ravel()
    weights = np.ones(places.size)
    if strip[1] > 1:
        across = y * cos - x * sin
        part = np.floor(strip[1] * (across - across.min()) / (np.ptp(across) + 1e-9)).ravel()
        weights = (part == strip[0]).astype(float)
    n = int(places.max()) + 2
    whole = places.astype(int)
    share = places - whole
    total, count = np.zeros(n), np.zeros(n)
    for index, weight in ((whole, (1 - share) * weights), (whole + 1, share * weights)):
        total += np.bincount(index, weight * image.intensity.ravel(), n)
        count += np.bincount(index, weight, n)
    blur = max(1.0, 0.5 * image.pixel / STEP)
    total, count = gaussian_filter1d(total, blur), gaussian_filter1d(count, blur)
    kept = count > SUPPORT * count.max()
    first, last = np.flatnonzero(kept)[[0, -1]]
    mean = total[first : last + 1] / np.maximum(count[first : last + 1], 1e-9)
    slow = gaussian_filter1d(mean, COARSEST / STEP / 2, mode="nearest")
    position = STEP * np.arange(first, last + 1)
    return position, mean / np.maximum(slow, 0.2 * abs(float(np.median(mean))) + 1e-12)


def _correlated(intensity: Floats, block: Floats) -> Floats:
    """Correlation of a profile with that of a block beginning at each place; 0 where it is flat."""
    n = len(block)
    if len(intensity) < n:
        return np.zeros(0)
    intensity, block = (gaussian_filter1d(one, SMOOTH / STEP) for one in (intensity, block))
    windows = np.lib.stride_tricks.sliding_window_view(intensity, n)
    spread = windows.std(axis=1)
    shape = (block - block.mean()) / block.std()
    correlation = windows @ shape / n / np.maximum(spread, 1e-12)
    return np.where(spread > 0.3 * np.median(spread), correlation, 0.0)


def _chain(correlation: Floats, shortest: float) -> NDArray[np.int64]:
    """Places of the blocks: the maxima with the largest sum that are far enough apart."""
    peaks = find_peaks(np.pad(correlation, 1), height=LEAST)[0] - 1
    sums, before = [0.0] * len(peaks), [-1] * len(peaks)
    for number, peak in enumerate(peaks.tolist()):
        allowed = [other for other in range(number) if peak - peaks[other] >= shortest]
        if allowed:
            before[number] = max(allowed, key=lambda other: sums[other])
        sums[number] = float(correlation[peak]) + (sums[before[number]] if allowed else 0.0)
    chain: list[int] = []
    at = int(np.argmax(sums)) if len(peaks) else -1
    while at >= 0:
        chain.insert(0, int(peaks[at]))
        at = before[at]
    return np.array(chain, np.int64)


def _peak_near(position: Floats, intensity: Floats, expected: float) -> float:
    """Position of a row near the expected one: the maximum, then a Gaussian peak on a slope."""
    near = np.abs(position - expected) <= ROW_REACH
    if near.sum() < 5:
        return float("nan")
    smooth = gaussian_filter1d(intensity, SMOOTH / STEP)
    top = float(position[near][np.argmax(smooth[near])])
    around = np.abs(position - top) <= ROW_REACH
    x, y = position[around] - top, intensity[around]
    start = np.array([np.ptp(y), 0.0, 0.5, y.min(), 0.0])
    centre = float(least_squares(_off_peak, start, max_nfev=200, args=(x, y)).x[1])
    return top + centre if abs(centre) <= ROW_REACH / 2 else top


def _off_peak(parameters: Floats, x: Floats, y: Floats) -> Floats:
    """Difference of a Gaussian peak on a slope and a profile."""
    height, centre, width, level, slope = parameters
    return np.asarray(height * np.exp(-(((x - centre) / width) ** 2)) + level + slope * x - y)


def _standard_error(values: Floats) -> Floats:
    """Standard error of the mean of strips, the first axis, of those that show the rows."""
    known = np.isfinite(values)
    number = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / number
    squares = np.where(known, (values - mean) ** 2, 0).sum(axis=0)
    return np.asarray(np.sqrt(squares / np.maximum(number - 1, 1) / number))


def _commands(states: list[State]) -> tuple[str, ...]:
    """Commands that build a crystal with these planes, from the bottom to the top."""
    if "neither" in states or not states:
        return ()
    cells = ceil(len(states) / 3)
    built = [f"ionsmith build beta-alumina --supercell 1 1 {cells} -o open.extxyz"]
    closed = [str(number + 1) for number, state in enumerate(states) if state == "closed"]
    if closed:
        planes = ",".join(closed)
        built.append(f"ionsmith build closure open.extxyz --planes {planes} -o closed.extxyz")
    return tuple(built)


def _with_error(value: float, error: float) -> str:
    """A value with half its 95 % interval."""
    return f"{value:.3f} ± {error:.3f}"
