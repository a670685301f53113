"""Lattices as an image shows them: deformation, its errors, and the reflection of each spot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import polar
from scipy.special import logsumexp
from scipy.stats import t as student

from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.symmetry import readability
from ionsmith.micrographs._micrograph_result import ImagedCrystal, ImagedSpot
from ionsmith.micrographs._transform import Transform
from ionsmith.micrographs._zones import Fit, Floats, Integers

MARGIN = 1.06
"""Reflections are taken up to this much beyond the outermost spot, and below the innermost."""

LEAST_REACH = 1.6
"""Reflections are taken up to this much beyond the innermost spot at least."""

PRIOR_DOF, PRIOR_SPREAD = 4.0, 1.5
"""Degrees of freedom, and reduced chi square, that are known of the errors beforehand."""

LEAK = 0.15
"""Error of a spot, in pixels of the transform, next to another one that is as strong."""

NEAR = 3.0
"""Distance in pixels of the transform up to which a spot that was not found is thought of."""

CONFIDENCE = 1.96
"""Standard errors in half a 95 % interval."""


class Spots:
    """Spots of all regions, with lengths times a factor."""

    def __init__(self, transforms: Sequence[Transform], factor: float = 1.0) -> None:
        self.transforms = transforms
        self.places = factor * np.concatenate([one.positions for one in transforms])
        self.errors = factor * np.concatenate([one.errors for one in transforms])
        self.displacements = factor * np.concatenate(
            [
                np.zeros(len(one.positions)) if one.displacements is None else one.displacements
                for one in transforms
            ]
        )
        self.signals = np.concatenate([one.signals for one in transforms])
        counts = [len(one.positions) for one in transforms]
        self.region = np.repeat(np.arange(len(transforms)), counts)
        self.pixel = np.repeat([one.pixel for one in transforms], counts)
        length = np.linalg.norm(self.places, axis=1)
        outermost = max(float(length.max()) * MARGIN, float(length.min()) * LEAST_REACH)
        self.reach = float(length.min()) / MARGIN, outermost
        self.area = float(np.pi / 2 * (self.reach[1] ** 2 - self.reach[0] ** 2))
        self.chance = -len(self.places) * float(np.log(self.area))  # spots at random


@dataclass(frozen=True, eq=False)
class Solution:
    """One way to explain all spots.

    Parameters
    ----------
    fits
        One of each crystal that was found, None for one that was not.
    logarithm
        Of its probability.
    shares
        Probability that each spot is of no crystal, or of each, shape (n, 1 + crystals).
    """

    fits: tuple[Fit | None, ...]
    logarithm: float
    shares: Floats


@dataclass(frozen=True, eq=False)
class Measured:
    """A lattice as an image shows it.

    Parameters
    ----------
    matrix
        Measured place of a place of the net, shape (2, 2).
    rotation_error
        Half the 95 % interval of its rotation in degrees.
    strain_error
        Half the 95 % interval of its strains.
    spots
        Number of spots that were fitted.
    """

    matrix: Floats
    rotation_error: float
    strain_error: float
    spots: int

    @cached_property
    def deformation(self) -> Floats:
        """Stretch of lengths in the axes of the image; places stretch by the inverse."""
        return np.asarray(np.linalg.inv(polar(self.matrix, side="left")[1]))

    @property
    def strain(self) -> tuple[float, float]:
        """Principal strains, the larger first."""
        small, large = np.linalg.eigvalsh(self.deformation) - 1
        return float(large), float(small)

    @property
    def direction(self) -> float | None:
        """Direction of the first principal strain in degrees; None if both may be equal."""
        if np.ptp(self.strain) <= max(self.strain_error, 1e-6):
            return None
        x, y = np.linalg.eigh(self.deformation)[1][:, 1]
        return float(np.degrees(np.arctan2(y, x)) % 180)

    def against(self, reference: "Measured") -> "Measured":
        """The same in an image in which another lattice is not strained."""
        if self is reference:
            return replace(self, matrix=polar(self.matrix)[0], strain_error=0.0)
        error = float(np.hypot(self.strain_error, reference.strain_error))
        return replace(self, matrix=reference.deformation @ self.matrix, strain_error=error)

    def alike(self, other: "Measured") -> bool:
        """Whether two lattices are strained, and nearly in the same way."""
        both = self.deformation + other.deformation - 2 * np.eye(2)
        apart = self.deformation - other.deformation
        return bool(abs(both).max() / 2 > max(0.005, 1.5 * abs(apart).max()))


def measure(spots: Spots, solution: Solution, number: int) -> Measured:
    """Fit a lattice to its spots, with errors from their scatter."""
    fit = solution.fits[number]
    assert fit is not None
    share = solution.shares[:, 1 + number]
    apart = np.linalg.norm(spots.places[:, None] - (fit.places @ fit.matrix.T)[None], axis=2)
    nearest = apart.argmin(axis=1)
    for least in (0.8, 0.5, 0.2, 0.0):
        used = np.flatnonzero(share > least)
        if len(used) > 1 and np.linalg.matrix_rank(fit.places[nearest[used]], tol=1e-6) == 2:
            break
    errors = np.hypot(np.hypot(spots.errors, _leak(spots, solution)), spots.displacements)[used]
    model, places = fit.places[nearest[used]], spots.places[used]
    weight = 1 / errors[:, None] ** 2
    inverse = np.linalg.inv(model.T @ (model * weight))
    matrix = (inverse @ model.T @ (places * weight)).T
    square = float((weight * (places - model @ matrix.T) ** 2).sum())
    freedom = 2 * len(used) - 4 + PRIOR_DOF
    spread = (square + PRIOR_DOF * PRIOR_SPREAD) / freedom
    factor = float(student.ppf(0.975, freedom))
    widths = np.linalg.eigvalsh(inverse) * spread
    return Measured(
        matrix=matrix,
        rotation_error=factor * float(np.degrees(np.sqrt(widths.sum()) / 2)),
        strain_error=factor * float(np.sqrt(widths.max())),
        spots=len(used),
    )


def _leak(spots: Spots, solution: Solution) -> Floats:
    """Errors in Å⁻¹ by other spots nearby, those that were found and those that were not."""
    square = np.zeros(len(spots.places))
    both = np.concatenate([spots.places, -spots.places])
    region, signals = np.tile(spots.region, 2), np.tile(spots.signals, 2)
    for number, place in enumerate(spots.places):
        pixel = spots.pixel[number]
        if pixel == 0:
            continue
        distance = np.linalg.norm(both - place, axis=1) / pixel
        others = (region == spots.region[number]) & (distance > 0)
        ratio = np.sqrt(signals[others] / spots.signals[number])
        square[number] = ((ratio / np.maximum(distance[others], 1) ** 2) ** 2).sum()
        here = spots.region == spots.region[number]
        for which, fit in enumerate(solution.fits):
            if fit is None or not (solution.shares[here, 1 + which] > 0.5).any():
                continue
            expected = fit.places @ fit.matrix.T
            gap = np.linalg.norm(expected - place, axis=1) / pixel
            found = np.linalg.norm(both[others][:, None] - expected[None], axis=2).min(axis=0)
            missed = (gap < NEAR) & (found > pixel)
            if solution.shares[number].argmax() == 1 + which:
                missed[gap.argmin()] = False
            relative = np.minimum(fit.net.weights[missed] / np.median(fit.net.weights), 1)
            square[number] += ((relative / np.maximum(gap[missed], 1) ** 2) ** 2).sum()
    return LEAK * spots.pixel * np.sqrt(square)


def probability_of(fit: Fit, number: int, solutions: Sequence[Solution]) -> float:
    """Probability that a crystal lies along this zone and is turned so."""
    zone = fit.zone.indices
    alike = [
        solution.logarithm
        for solution in solutions
        if (other := solution.fits[number]) is not None
        and other.zone.indices in (zone, tuple(-index for index in zone))
        and abs((other.angle - fit.angle + 90) % 180 - 90) < 3
    ]
    return float(np.exp(logsumexp(alike) - logsumexp([one.logarithm for one in solutions])))


def imaged_crystal(
    name: str, fit: Fit, turn: Integers, measured: Measured, probability: float
) -> ImagedCrystal:
    """A crystal as it is reported, with the indices of an equivalent."""
    zone = triple(np.linalg.inv(turn).round().astype(np.int64) @ fit.zone.indices)
    return ImagedCrystal(
        crystal=name,
        zone=str(Direction(zone)),
        zone_indices=zone,
        probability=probability,
        spots=measured.spots,
        rotation_error=measured.rotation_error,
        strain=measured.strain,
        strain_error=measured.strain_error,
        strain_direction=measured.direction,
    )


def imaged_spot(
    spots: Spots,
    number: int,
    solution: Solution,
    turns: Sequence[Integers | None],
    names: Sequence[str],
) -> ImagedSpot:
    """A spot as it is reported, with the reflection that it most likely is."""
    place = spots.places[number]
    length = float(np.linalg.norm(place))
    error = CONFIDENCE * float(spots.errors[number])
    most = int(solution.shares[number].argmax())
    spot = ImagedSpot(
        region=int(spots.region[number]) + 1,
        position=(float(place[0]), float(place[1])),
        error=error,
        d=1 / length,
        d_error=error / length**2,
        azimuth=float(np.degrees(np.arctan2(place[1], place[0]))),
        signal=float(spots.signals[number]),
        crystal=None,
        reflection=None,
        indices=None,
        d_deviation=None,
        probability=float(solution.shares[number, most]),
    )
    fit, turn = (None, None) if not most else (solution.fits[most - 1], turns[most - 1])
    if fit is None or turn is None:
        return spot
    apart = np.linalg.norm(fit.places @ fit.matrix.T - place, axis=1)
    indices = fit.net.hkl[int(apart.argmin())] @ turn
    base = 2 * int(abs(indices).max()) + 1
    if readability(-indices, base) > readability(indices, base):  # of ±g the more readable
        indices, place = -indices, -place
    hkl = triple(indices)
    return replace(
        spot,
        position=(float(place[0]), float(place[1])),
        azimuth=float(np.degrees(np.arctan2(place[1], place[0]))),
        crystal=names[most - 1],
        reflection=str(Plane(hkl)),
        indices=hkl,
        d_deviation=1 / length / float(fit.net.crystal.lattice.d_spacing(hkl)) - 1,
    )
