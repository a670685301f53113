"""Which crystals an image of lattice fringes shows, along which zones, and how they are oriented.

Each crystal is laid on the spots of the transform along each of its zones (:mod:`._zones`), turned
and deformed a little, its reflections weighted with their kinematic amplitudes, which are only
known to vary with the contrast transfer. A spot is drawn from the reflections of one of the
crystals or from neither; the probabilities of the solutions follow by Bayes' rule, where zones
with a long period are less likely and a deformation is 2 % in each component (one standard
deviation). The rotation of a lattice is the orthogonal factor of its deformation, so that a
distortion that both crystals share does not turn them.

A transform has a centre of inversion: (hkl) and (-h-k-l) look the same in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath

import numpy as np
from scipy.special import logsumexp
from scipy.stats import t as student

from ionsmith.analyzers.scattering import ScattererLike, Scatterers
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.miller import Plane, triple
from ionsmith.micrographs._image import Micrograph
from ionsmith.micrographs._micrograph_result import (
    ImagedCrystal,
    ImagedSpot,
    MicrographIndexing,
)
from ionsmith.micrographs._relationship import gathered, relationships
from ionsmith.micrographs._transform import Transform, transform_image
from ionsmith.micrographs._zones import KEPT, OFF, Fit, Floats, nets_of, refine, search

SAME = 0.05
"""Difference of densities, relative, below which two fits are the same."""

MARGIN = 1.06
"""Reflections are taken up to this much beyond the outermost spot, and below the innermost."""

READINGS = {
    "ten times": 10.0, "a tenth of": 0.1, "a hundred times": 100.0, "a hundredth of": 0.01,
    "2π times": 2 * np.pi, "1/2π of": 0.5 / np.pi,
}  # fmt: skip
"""Factors of lengths of g by which another unit shows."""

LEAST = 0.5
"""Share of the spots that must be explained before another unit is looked for."""

PRIOR_DOF, PRIOR_SPREAD = 4.0, 1.5
"""Degrees of freedom, and reduced chi square, that are known of the errors beforehand."""


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


def index_micrograph(
    regions: Micrograph | Transform | Sequence[Micrograph | Transform],
    crystals: Sequence[ScattererLike] | ScattererLike,
    *,
    correct_distortion: bool = False,
) -> MicrographIndexing:
    """Index the spots of an image of one crystal or two.

    Parameters
    ----------
    regions
        The image, parts of it (:meth:`Micrograph.region`) that show one crystal or both, or spots
        (:func:`read_spot_list`).
    crystals
        One crystal, or the substrate and the film.
    correct_distortion
        Whether scale and elliptical distortion are taken out of the image so that the first
        crystal is as its model.

    Raises
    ------
    NoMatch
        If no crystal explains two spots that are not in line.
    InvalidInput
        If an image shows no spots, the spots are in another unit, or there are more than two
        crystals.
    """
    some = [regions] if isinstance(regions, Micrograph | Transform) else list(regions)
    given = list(crystals) if isinstance(crystals, list | tuple) else [crystals]
    if not 1 <= len(given) <= 2:
        raise InvalidInput(f"`crystals`: one or two were expected, not {len(given)}")
    if not some:
        raise InvalidInput("`regions`: at least one was expected")
    transforms = [one if isinstance(one, Transform) else transform_image(one) for one in some]
    atoms = [Scatterers.of(one) for one in given]
    spots = _Spots(transforms)
    solutions = _solve(spots, atoms)
    best = solutions[0] if solutions else None
    explained = 1 - float(best.shares[:, 0].mean()) if best else 0.0
    if explained < LEAST:
        hint = _other_unit(spots, atoms)
        if hint:
            raise InvalidInput(f"{transforms[0].name}: {hint}")
    if best is None or all(fit is None for fit in best.fits):
        names = " or ".join(one.name for one in atoms)
        raise NoMatch(
            f"{transforms[0].name}: the {len(spots.places)} spots of the transform are not those "
            f"of {names} along any zone; try a region that shows the crystal alone, the size of a "
            "pixel, or another crystal"
        )
    sources = [
        fspath(source) if isinstance(source, str | PathLike) else one.name
        for source, one in zip(given, atoms, strict=True)
    ]
    return _result(spots, atoms, solutions, correct_distortion, sources)


class _Spots:
    """Spots of all regions."""

    def __init__(self, transforms: Sequence[Transform], factor: float = 1.0) -> None:
        self.transforms = transforms
        self.places = factor * np.concatenate([one.positions for one in transforms])
        self.errors = factor * np.concatenate([one.errors for one in transforms])
        self.signals = np.concatenate([one.signals for one in transforms])
        counts = [len(one.positions) for one in transforms]
        self.region = np.repeat(np.arange(len(transforms)), counts)
        length = np.linalg.norm(self.places, axis=1)
        self.reach = float(length.min()) / MARGIN, float(length.max()) * MARGIN
        self.area = np.pi / 2 * (self.reach[1] ** 2 - self.reach[0] ** 2)


def _solve(spots: _Spots, atoms: Sequence[Scatterers]) -> list[Solution]:
    """All solutions that are not negligible, the likeliest first."""
    fits = [_fits(spots, one) for one in atoms]
    empty = np.zeros(len(spots.places))
    choices: list[list[Fit | None]] = [[*some, None] for some in fits]
    combinations: list[tuple[Fit | None, ...]] = [(one,) for one in choices[0]]
    if len(choices) == 2:
        combinations = [(one, other) for one in choices[0] for other in choices[1]]
    density = np.array(
        [[empty if fit is None else fit.density for fit in some] for some in combinations]
    ).transpose(0, 2, 1)
    background = np.full((*density.shape[:2], 1), 1 / spots.area)
    density = np.concatenate([background, density], axis=2)
    shares = np.full(density.shape, 1 / density.shape[2])
    known = np.array([[fit is not None for fit in some] for some in combinations])
    known = np.concatenate([np.ones((len(known), 1), bool), known], axis=1)
    total = np.zeros(len(combinations))
    for region in range(len(spots.transforms)):
        mine = spots.region == region
        part = density[:, mine]
        mixture = known / known.sum(axis=1, keepdims=True)
        for _ in range(20):
            weighted = part * mixture[:, None]
            share = weighted / weighted.sum(axis=2, keepdims=True)
            count = share.sum(axis=1) + 0.5 * known
            mixture = count / count.sum(axis=1, keepdims=True)
        weighted = part * mixture[:, None]
        shares[:, mine] = weighted / weighted.sum(axis=2, keepdims=True)
        total += np.log(weighted.sum(axis=2)).sum(axis=1)
    total += [sum(0.0 if fit is None else fit.evidence for fit in some) for some in combinations]
    order = np.argsort(-total, kind="stable")
    order = order[total[order] > total[order[0]] - 12][:400]
    return [Solution(combinations[n], float(total[n]), shares[n]) for n in order]


def _fits(spots: _Spots, atoms: Scatterers) -> list[Fit]:
    """The likeliest orientations of one crystal on the spots."""
    found = []
    for net in nets_of(atoms, spots.reach):
        for value, flipped, angle in search(net, spots.places, spots.area):
            found.append((value, flipped, angle, net))
    found.sort(key=lambda one: -one[0])
    fits: list[Fit] = []
    for _, flipped, angle, net in found[: 3 * KEPT]:
        fit = refine(net, flipped, angle, spots.places, spots.errors, spots.area)
        same = any(
            fit.net is other.net
            and np.allclose(fit.density, other.density, rtol=SAME, atol=SAME / spots.area)
            for other in fits
        )
        if not same and _holds(spots, fit):
            fits.append(fit)
    floor = np.log(0.5 / spots.area)
    fits.sort(key=lambda f: -float(np.maximum(np.log(f.density + 1e-300), floor).sum()) - f.evidence)
    return fits[:KEPT]


def _holds(spots: _Spots, fit: Fit) -> bool:
    """Whether a fit explains two spots that are not in line."""
    on = spots.places[fit.density > 1 / spots.area]
    if len(on) < 2:
        return False
    lengths = np.linalg.norm(on, axis=1)
    cross = abs(on[:, None, 0] * on[None, :, 1] - on[:, None, 1] * on[None, :, 0])
    return bool((cross > 0.1 * lengths[:, None] * lengths[None]).any())


def _other_unit(spots: _Spots, atoms: Sequence[Scatterers]) -> str:
    """Say by which factor spots are off that no crystal has; empty if by none."""
    for words, factor in READINGS.items():
        other = _Spots(spots.transforms, factor)
        if not 0.02 < other.reach[1] < 2:
            continue
        solutions = _solve(other, atoms)
        if solutions and 1 - solutions[0].shares[:, 0].mean() > 0.8:
            what = "in Å⁻¹ as `x`, `y` or `g`, or in Å as `d`"
            if spots.transforms[0].power is not None:
                return (
                    f"the spots fit if pixels are {1 / factor:.4g} times as large; set `pixel`"
                )
            return f"the spots fit if g is {words} what it says; lengths are expected {what}"
    return ""


def _result(
    spots: _Spots, atoms: Sequence[Scatterers], solutions: list[Solution], correct: bool, sources: list[str]
) -> MicrographIndexing:
    """What is reported of the solutions."""
    best = solutions[0]
    notes = [note for one in spots.transforms for note in one.notes]
    measured = [
        None if fit is None else _measured(spots, fit, best.shares[:, 1 + number])
        for number, fit in enumerate(best.fits)
    ]
    for one, fit in zip(atoms, best.fits, strict=True):
        if fit is None:
            notes.append(f"{one.name} was not found")
    present = [one for one in measured if one is not None]
    reference = present[0] if measured[0] is not None else None
    if correct and reference is None:
        raise NoMatch(f"{atoms[0].name} was not found, which the distortion is measured with")
    undone = np.eye(2)
    if correct and reference is not None:
        undone = np.linalg.inv(reference.stretch)
        notes.append(
            f"scale and elliptical distortion are taken out with {atoms[0].name}: along the axes "
            f"of the distortion {_percent(reference)}"
        )
    total = logsumexp([one.logarithm for one in solutions])
    crystals = []
    for number, (one, fit, mine) in enumerate(zip(atoms, best.fits, measured, strict=True)):
        if fit is None or mine is None:
            continue
        zone = fit.zone.indices
        opposite = tuple(-index for index in zone)
        alike = [
            s.logarithm
            for s in solutions
            if (other := s.fits[number]) is not None
            and other.zone.indices in (zone, opposite)
            and abs((other.angle - fit.angle + 90) % 180 - 90) < 3
        ]
        crystals.append(
            ImagedCrystal(
                crystal=one.name,
                zone=str(fit.zone),
                zone_indices=zone,
                probability=float(np.exp(logsumexp(alike) - total)),
                spots=len(mine.used),
                rotation_error=mine.rotation,
                **mine.strain(undone if correct else None, mine is reference),
            )
        )
    if not correct and len(present) == 2:
        first, second = (np.linalg.inv(one.stretch) for one in present)
        common = (first + second) / 2 - np.eye(2)
        apart = abs(first - second).max()
        if abs(common).max() > max(0.005, 1.5 * apart):
            notes.append(
                "both crystals are strained alike: the scale of the image or an elliptical "
                "distortion may be off; `correct_distortion` takes it out"
            )
    listed = tuple(_spot(spots, number, best, atoms) for number in range(len(spots.places)))
    relations = ()
    if len(present) == 2:
        half = float(np.hypot(*(one.rotation for one in present)))
        groups = gathered(solutions)
        disordered = any((one.occupancy < 1).any() for one in atoms)
        relations, more = relationships(groups, half, sources, disordered)
        notes += more
    return MicrographIndexing(
        image=spots.transforms[0].name,
        crystals=tuple(crystals),
        relationships=relations,
        spots=listed,
        transforms=tuple(spots.transforms),
        notes=tuple(dict.fromkeys(notes)),
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """A lattice as the image shows it."""

    stretch: Floats
    error: Floats
    rotation: float
    used: list[int]

    def strain(self, undone: Floats | None, itself: bool) -> dict[str, object]:
        """Principal strains of the lattice, their errors and the direction of the first."""
        stretch = self.stretch if undone is None else undone @ self.stretch
        # Places in the transform stretch as the inverse of lengths.
        lengths = np.linalg.inv((stretch + stretch.T) / 2)
        values, vectors = np.linalg.eigh(lengths)
        errors = self.error * (0.0 if itself and undone is not None else 1.0)
        x, y = vectors[:, 1]
        return {
            "strain": (float(values[1]) - 1, float(values[0]) - 1),
            "strain_error": float(errors.max()),
            "strain_direction": float(np.degrees(np.arctan2(y, x)) % 180),
        }


def _percent(one: _Measured) -> str:
    """Principal strains as text."""
    values = 100 * (np.linalg.eigvalsh(np.linalg.inv(one.stretch))[::-1] - 1)
    return f"{values[0]:+.2f} and {values[1]:+.2f} %"


def _measured(spots: _Spots, fit: Fit, share: Floats) -> _Measured:
    """Fit of a lattice to its spots, with errors from their scatter."""
    from scipy.linalg import polar

    expected = fit.places @ fit.matrix.T
    apart = np.linalg.norm(spots.places[:, None] - expected[None], axis=2)
    nearest = apart.argmin(axis=1)
    used = np.flatnonzero(share > 0.8).tolist()
    for least in (0.5, 0.2, 0.0):
        if len(used) >= 2 and np.linalg.matrix_rank(fit.places[nearest[used]], tol=1e-6) == 2:
            break
        used = np.flatnonzero(share > least).tolist()
    model, places = fit.places[nearest[used]], spots.places[used]
    weight = 1 / spots.errors[used] ** 2
    normal = np.linalg.inv(model.T @ (model * weight[:, None]))
    matrix = (normal @ model.T @ (places * weight[:, None])).T
    chi = float((weight[:, None] * (places - model @ matrix.T) ** 2).sum())
    dof = 2 * len(used) - 4 + PRIOR_DOF
    spread = (chi + PRIOR_DOF * PRIOR_SPREAD) / dof
    rotation, stretch = polar(matrix, side="left")
    # Errors of the four components of the matrix, in the axes of the turned net.
    turned = rotation @ normal @ rotation.T * spread
    factor = float(student.ppf(0.975, dof))
    error = factor * np.sqrt(np.diag(turned))
    angle = factor * np.degrees(np.sqrt(np.trace(turned)) / 2)
    return _Measured(stretch, error, float(angle), used)


def _spot(
    spots: _Spots, number: int, best: Solution, atoms: Sequence[Scatterers]
) -> ImagedSpot:
    """One measured spot with the reflection that it most likely is."""
    place = spots.places[number]
    length = float(np.linalg.norm(place))
    blank = ImagedSpot(
        region=int(spots.region[number]) + 1,
        position=(float(place[0]), float(place[1])),
        error=1.96 * float(spots.errors[number]),
        d=1 / length,
        d_error=1.96 * float(spots.errors[number]) / length**2,
        azimuth=float(np.degrees(np.arctan2(place[1], place[0]))),
        signal=float(spots.signals[number]),
        crystal=None,
        reflection=None,
        indices=None,
        d_deviation=None,
        probability=float(best.shares[number, 0]),
    )
    most = int(best.shares[number].argmax())
    fit = best.fits[most - 1] if most else None
    if fit is None:
        return blank
    apart = np.linalg.norm(fit.places @ fit.matrix.T - place, axis=1)
    hkl = triple(fit.net.hkl[int(apart.argmin())])
    return replace(
        blank,
        crystal=atoms[most - 1].name,
        reflection=str(Plane(hkl)),
        indices=hkl,
        d_deviation=1 / length / float(fit.net.crystal.lattice.d_spacing(hkl)) - 1,
        probability=float(best.shares[number, most]),
    )
