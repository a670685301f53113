"""Which conduction planes of a β''-alumina are closed in a HAADF image.

The image is summed along all directions in its plane; along the stacking direction the sums show
the rows of octahedral cations. Each spinel block is found by the correlation with its simulated
profile, its two outer rows by a fit of Gaussian peaks. Their distance within a block, which closing
leaves as it is, calibrates the scale; that across a plane tells whether it is open or closed (Geng
et al. 2023, doi:10.1039/d3ee00237c).
"""

from math import ceil

import numpy as np
from ase import Atoms
from scipy.ndimage import gaussian_filter1d

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
from ionsmith.micrographs._profile import (
    LEAST,
    SMOOTH,
    STEP,
    Floats,
    chain_of,
    correlated,
    directions_of,
    profile_of,
    row_near,
)
from ionsmith.micrographs._result import ImagedPlane, PlaneReading, State

MARGIN = 2.2
"""Width in Å of the simulated profile of a block outside its outer rows."""

LEAST_MEAN = 0.65
"""Mean correlation of the blocks below which an image shows none."""

WORST = 0.75
"""Correlation of a block over the median of all below which it is none, as layers of Na in a crack
that look a little like one."""

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
    angles = [direction] if direction is not None else directions_of(image)
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
        self.position, self.intensity = profile_of(image, angle)
        correlation = correlated(self.intensity, model.block)
        shortest = model.rows + model.closed - TOLERANCE
        centres = chain_of(correlation, shortest / STEP)
        values = correlation[centres]
        alike = values >= WORST * np.median(values) if len(values) else np.zeros(0, bool)
        self.centres, values = centres[alike], values[alike]
        self.correlation = float(values.mean()) if len(values) else 0.0
        self.score = float((values - LEAST).sum())

    @property
    def halves(self) -> float:
        """Correlation of the profiles of both halves of the image, side by side."""
        one, other = (profile_of(self.image, self.angle, (part, 2)) for part in (0, 1))
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
        parts = [profile_of(self.image, self.angle, (part, STRIPS)) for part in range(STRIPS)]
        strips = np.array([self._rows(x, y, middles) for x, y in parts])
        inside, across = rows[:, 1] - rows[:, 0], rows[1:, 0] - rows[:-1, 1]
        # Drift stretches all strips alike; how much, the blocks tell, which are equally thick.
        drift = inside.std(ddof=1) / np.sqrt(inside.mean()) if len(inside) > 2 else 0.0
        errors = np.hypot(
            _standard_error(strips[:, 1:, 0] - strips[:, :-1, 1]),
            drift * np.sqrt(np.maximum(across, 0)),
        )
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
                [row_near(position, intensity, middle + side * half) for side in (-1, 1)]
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
