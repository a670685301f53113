"""Indexing measured spots: which reflections of which crystal have these lengths and angles.

Two or more spots of one pattern are given by their spacing and their azimuth, counter-clockwise as
seen from the source. All pairs of reflections of a crystal whose spacings and angle agree with the
first two within the tolerances are tried, one of each set related by the Laue group; further spots
must lie in the same zone. The zone axis points to the source.

Two spots rarely decide alone: a crystal with a large cell has a pair for nearly any two lengths and
an angle. Solutions are therefore ranked by probability (Bayes' rule): every crystal is as likely as
any other, every pair of its reflections as likely to be measured as any other, and errors are
normal with a standard deviation of half the tolerance, so that a crystal with many pairs gives
little to each. The probabilities hold among the crystals that were tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.spots._indexed import IndexedSpot, MeasuredSpot, SpotIndexing, SpotSolution
from ionsmith.analyzers.spots._misses import SHORT, nearest_miss, unit_hint
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, as_list
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import lattice_points
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.symmetry import SYMPREC, readability

MOST_PAIRS = 10_000_000
"""Largest number of pairs of reflections whose angle is computed, for each crystal."""

MOST_SOLUTIONS = 5_000
"""Largest number of pairs of reflections that have the angle of the first two spots."""

_LINE = 1.0  # degrees from one line through the origin: closer spots give no zone


def index_spots(
    measured: Sequence[MeasuredSpot | tuple[float, float]],
    crystals: Iterable[CrystalLike | CrystalLattice] | CrystalLike | CrystalLattice,
    *,
    d_tolerance: float = 0.03,
    angle_tolerance: float = 2.0,
    forbidden: bool = False,
    limit: int | None = None,
    symprec: float = SYMPREC,
) -> SpotIndexing:
    """Index two or more spots of one zone-axis pattern.

    Parameters
    ----------
    measured
        The spots, as objects or ``(d, azimuth)``; the first two must not be in line.
    crystals
        Crystals to try, or one; only their cells and space groups matter.
    d_tolerance
        Largest relative error of a spacing.
    angle_tolerance
        Largest error of an angle in degrees.
    forbidden
        Whether reflections that glide planes and screw axes extinguish are tried too.
    limit
        Largest number of solutions that are listed; all by default.
    symprec
        Distance in Å between equivalent atoms, where the space group is determined.

    Raises
    ------
    NoMatch
        If no crystal has such spots; the message names the nearest miss, and a unit in which they
        would fit.
    InvalidInput
        If there are fewer than two spots, a spacing or tolerance is out of range, the first two
        spots are in line, or more pairs of reflections than :data:`MOST_SOLUTIONS` fit them.
    """
    spots = _spots(measured)
    _check(spots, d_tolerance, angle_tolerance)
    lattices = [read_lattice(crystal, symprec) for crystal in as_list(crystals)]

    def solve(
        spots: Sequence[MeasuredSpot], d_tolerance: float, angle_tolerance: float
    ) -> list[SpotSolution]:
        return [
            solution
            for lattice in lattices
            for solution in _solutions(lattice, spots, d_tolerance, angle_tolerance, forbidden)
        ]

    tolerances = (d_tolerance, angle_tolerance)
    tried = len(lattices)
    try:
        solutions = solve(spots, *tolerances)
    except InvalidInput as error:
        if hint := unit_hint(spots, solve, tolerances):
            raise InvalidInput(f"{error}; {hint}") from error
        raise
    if not solutions:
        hints = [unit_hint(spots, solve, tolerances), nearest_miss(spots, solve, tolerances)]
        raise NoMatch(
            f"none of {tried} crystals has such spots within {100 * d_tolerance:g} % and "
            f"{angle_tolerance:g}°; "
            + "; ".join([*filter(None, hints), "try larger tolerances, or forbidden reflections"])
        )
    short = all(spot.d < SHORT for spot in spots)
    hint = unit_hint(spots, solve, tolerances) if short else ""
    total = sum(solution.probability for solution in solutions)
    # Rounded, the order of solutions that mirror each other does not depend on the last digit.
    ranked = sorted(
        solutions,
        key=lambda s: (
            float(f"{-s.probability:.9e}"),
            s.crystal,
            s.zone_indices,
            s.spots[1].indices,
        ),
    )
    return SpotIndexing(
        measured=spots,
        d_tolerance=d_tolerance,
        angle_tolerance=angle_tolerance,
        tried=tried,
        count=len(ranked),
        solutions=tuple(replace(s, probability=s.probability / total) for s in ranked[:limit]),
        notes=(hint,) if hint else (),
    )


def _spots(measured: Sequence[MeasuredSpot | tuple[float, float]]) -> tuple[MeasuredSpot, ...]:
    """Measured spots, made of pairs of a spacing and an angle."""
    try:
        return tuple(s if isinstance(s, MeasuredSpot) else MeasuredSpot(*s) for s in measured)
    except TypeError as error:
        raise InvalidInput(
            "`measured` must be a list of MeasuredSpot or of pairs: spacing in Å, angle in degrees"
        ) from error


def _check(measured: Sequence[MeasuredSpot], d_tolerance: float, angle_tolerance: float) -> None:
    """Refuse spots and tolerances out of range."""
    if len(measured) < 2:
        raise InvalidInput("at least two spots are needed to find a zone")
    for spot in measured:
        if not (spot.d > 0 and np.isfinite(spot.d) and np.isfinite(spot.azimuth)):
            raise InvalidInput(
                f"a spot needs a positive spacing in Å and an angle, not {spot.d:g} Å at "
                f"{spot.azimuth:g}°"
            )
    if not 0 < d_tolerance <= 0.2 or not 0 < angle_tolerance <= 10:
        raise InvalidInput(
            "`d_tolerance` must be above 0 and up to 0.2, `angle_tolerance` above 0 and up to 10°, "
            f"not {d_tolerance:g} and {angle_tolerance:g}°"
        )
    if abs(np.sin(np.radians(measured[1].azimuth - measured[0].azimuth))) < np.sin(
        np.radians(_LINE)
    ):
        raise InvalidInput("the first two spots are in line with the centre; choose another pair")


def _solutions(
    crystal: CrystalLattice,
    measured: Sequence[MeasuredSpot],
    d_tolerance: float,
    angle_tolerance: float,
    forbidden: bool,
) -> list[SpotSolution]:
    """Solutions of one crystal, their probabilities not yet normalised."""
    reach = 1 / (min(spot.d for spot in measured) * (1 - d_tolerance))
    hkl = lattice_points(crystal.lattice.reciprocal, [-reach] * 3, [reach] * 3)
    hkl = hkl[hkl.any(axis=1) & crystal.symmetry.centring_allows(hkl)]
    if not forbidden:
        hkl = hkl[~crystal.symmetry.absent(hkl)]
    d = crystal.lattice.d_spacing(hkl)
    shells = [hkl[abs(spot.d / d - 1) <= d_tolerance] for spot in measured]
    if not all(map(len, shells)):
        return []
    limits = [spot.d * (1 - d_tolerance) for spot in measured[:2]]
    all_firsts = np.unique(crystal.symmetry.families(hkl[d >= limits[0]])[0], axis=0)
    pairs = len(all_firsts) * int((d >= limits[1]).sum())
    firsts = np.unique(crystal.symmetry.families(shells[0])[0], axis=0)
    if len(firsts) * len(shells[1]) > MOST_PAIRS:
        raise _too_many(crystal, measured)
    turn = _signed(measured[1].azimuth - measured[0].azimuth)
    vectors = [crystal.lattice.normals(h) for h in (firsts, shells[1])]
    angles = angle(vectors[0][:, None], vectors[1][None])
    chosen = np.argwhere(abs(angles - abs(turn)) <= angle_tolerance)
    couples = np.stack([firsts[chosen[:, 0]], shells[1][chosen[:, 1]]], axis=1)
    solutions = []
    distinct, sizes = _inequivalent(crystal, couples)
    if len(distinct) > MOST_SOLUTIONS:
        raise _too_many(crystal, measured)
    for (first, second), copies in zip(distinct, sizes, strict=True):
        frame = _frame(crystal, first, second, turn)
        spots = [first, second]
        for spot, shell in zip(measured[2:], shells[2:], strict=True):
            wanted = _signed(spot.azimuth - measured[0].azimuth)
            third = _further(crystal, frame, shell, spot.d, wanted, d_tolerance, angle_tolerance)
            if third is None:
                break
            spots.append(third)
        else:
            indexed = tuple(
                _indexed(crystal, frame, indices, spot, measured[0])
                for indices, spot in zip(spots, measured, strict=True)
            )
            solutions.append(
                _solution(crystal, indexed, turn, d_tolerance, angle_tolerance, int(copies) / pairs)
            )
    return solutions


def _too_many(crystal: CrystalLattice, measured: Sequence[MeasuredSpot]) -> InvalidInput:
    """Error for spots that nearly any reflections fit."""
    return InvalidInput(
        f"too many pairs of reflections of {crystal.name} fit spots of {measured[0].d:g} and "
        f"{measured[1].d:g} Å; give spots with larger spacings first, or smaller tolerances"
    )


def _inequivalent(
    crystal: CrystalLattice, couples: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One of each set of couples that the Laue group relates, and the size of the set."""
    if len(couples) == 0:
        return couples, np.zeros(0, dtype=np.int64)
    group = crystal.symmetry.laue_group
    base = 6 * int(abs(couples).max() * abs(group).max()) + 1
    best = couples[:, 1].copy()
    rank = readability(best, base)
    for operation in group:
        # The first of a couple is the representative of its family and stays.
        fixing = (couples[:, 0] @ operation == couples[:, 0]).all(axis=1)
        image = couples[:, 1] @ operation
        value = readability(image, base)
        better = fixing & (value > rank)
        best[better], rank[better] = image[better], value[better]
    named = np.stack([couples[:, 0], best], axis=1)
    return np.unique(named, axis=0, return_counts=True)


def _frame(
    crystal: CrystalLattice, first: NDArray[np.int64], second: NDArray[np.int64], turn: float
) -> NDArray[np.float64]:
    """Axes with x along the first spot and z to the source, as rows, shape (3, 3)."""
    x, aside = crystal.lattice.normals(first), crystal.lattice.normals(second)
    z = np.cross(x, aside) * np.sign(turn)
    x, z = x / np.linalg.norm(x), z / np.linalg.norm(z)
    return np.array([x, np.cross(z, x), z])


def _further(
    crystal: CrystalLattice,
    frame: NDArray[np.float64],
    shell: NDArray[np.int64],
    d: float,
    wanted: float,
    d_tolerance: float,
    angle_tolerance: float,
) -> NDArray[np.int64] | None:
    """The reflection of a shell that lies in the zone nearest to the wanted angle and spacing."""
    vectors = crystal.lattice.normals(shell) @ frame.T
    turns = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    off = abs((turns - wanted + 180) % 360 - 180)
    good = (abs(vectors[:, 2]) < 1e-6) & (off <= angle_tolerance)
    if not good.any():
        return None
    errors = np.hypot(
        (d / crystal.lattice.d_spacing(shell) - 1) / d_tolerance, off / angle_tolerance
    )
    return np.asarray(shell[np.where(good, errors, np.inf).argmin()])


def _indexed(
    crystal: CrystalLattice,
    frame: NDArray[np.float64],
    indices: NDArray[np.int64],
    spot: MeasuredSpot,
    origin: MeasuredSpot,
) -> IndexedSpot:
    """A measured spot as a reflection, angles counted from the first spot."""
    hkl = triple(indices)
    x, y, _ = crystal.lattice.normals(indices) @ frame.T
    d, turn = float(crystal.lattice.d_spacing(indices)), float(np.degrees(np.arctan2(y, x)))
    return IndexedSpot(
        label=str(Plane(hkl)),
        indices=hkl,
        d=d,
        d_deviation=spot.d / d - 1,
        angle=turn,
        angle_deviation=_signed(spot.azimuth - origin.azimuth - turn),
    )


def _solution(
    crystal: CrystalLattice,
    spots: tuple[IndexedSpot, ...],
    turn: float,
    d_tolerance: float,
    angle_tolerance: float,
    share: float,
) -> SpotSolution:
    """Solution with its probability before normalisation."""
    errors = [spot.d_deviation / d_tolerance for spot in spots]
    errors += [spot.angle_deviation / angle_tolerance for spot in spots[1:]]
    squares = float(np.square(errors).sum())
    normal = np.cross(spots[0].indices, spots[1].indices) * int(np.sign(turn))
    zone = Direction(triple(normal)).reduced().indices
    return SpotSolution(
        crystal=crystal.name,
        zone=str(Direction(zone)),
        zone_indices=zone,
        spots=spots,
        misfit=float(np.sqrt(squares / len(errors))),
        probability=float(np.exp(-2 * squares)) * share,
    )


def _signed(degrees: float) -> float:
    """The same angle between -180 and 180 degrees."""
    return (degrees + 180) % 360 - 180
