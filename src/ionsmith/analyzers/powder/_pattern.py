r"""Powder lines of a crystal: positions, multiplicities, intensities.

A family of reflections with multiplicity m has the intensity

.. math:: I = m\,\overline{|F|^2}\,P(2\theta)\,L(2\theta)

with the mean of :math:`|F|^2` over Friedel pairs and the polarisation and Lorentz factors of the
setup. Families closer than the tolerance are merged into one line at their mean position, weighted
by intensity, with the sum of their multiplicities and intensities.

Positions are grouped by the gaps between them, not by rounding: a run of positions whose gaps are
all within the tolerance is cut at its widest gap until no part is wider than the tolerance. No
position then moves by more than the tolerance, and lines that differ in the last digits of a cell
stay together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._result import PowderPattern, shares
from ionsmith.analyzers.powder._setup import Setup
from ionsmith.analyzers.scattering import (
    Families,
    ScattererLike,
    Scatterers,
    powder_intensities,
    reflection_families,
)
from ionsmith.choices import check_type
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.parent import find_parent
from ionsmith.errors import InvalidInput, NoMatch

Floats = NDArray[np.float64]

NOTHING = 1e-12
"""Families with less than this fraction of the strongest ``|F|²`` count as absent."""

SAME_CELL = 0.01
"""Largest difference of edges in Å, and of angles in degrees, of cells that count as the same."""

SAME_AMOUNT = 1e-3
"""Largest difference in atoms of an element."""


def powder_pattern(
    crystal: ScattererLike,
    setup: Setup | None = None,
    *,
    u_iso: Mapping[str, float] | None = None,
    displacements: bool = True,
    parent: CrystalLike | None = None,
) -> PowderPattern:
    """Compute the powder lines of a crystal.

    Parameters
    ----------
    crystal
        Any crystal, partial occupancies included.
    setup
        Beam, geometry and range; Cu Kα from 5 to 90° by default.
    u_iso
        Mean square displacement in Å² by element symbol; replaces the published ones.
    displacements
        Whether the displacement parameters of the crystal are used; without them atoms are at rest.
    parent
        Crystal of which this one is a supercell: the lines are indexed in its cell too.

    Raises
    ------
    NoMatch
        If there is no line in the range.
    InvalidInput
        If `setup` is no :class:`Setup`, a scattering factor is not known, there are too
        many reflections, or the crystal is no supercell of ``parent``.

    Examples
    --------
    >>> from ionsmith.analyzers.powder import powder_pattern
    >>> pattern = powder_pattern("lib:si")
    >>> for angle, hkl, intensity in zip(pattern.two_theta, pattern.hkl, pattern.intensity):
    ...     print(f"{angle:.2f} {hkl} {intensity:.0f}")
    28.47 [1 1 1] 100
    47.34 [2 2 0] 68
    56.17 [3 1 1] 40
    69.19 [4 0 0] 11
    76.45 [3 3 1] 17
    88.12 [4 2 2] 24
    """
    check_type("setup", setup, Setup)
    return _averaged(
        [Scatterers.of(crystal, u_iso, displacements=displacements)], setup or Setup(), parent
    )


def mean_pattern(
    crystals: Sequence[ScattererLike],
    setup: Setup | None = None,
    *,
    u_iso: Mapping[str, float] | None = None,
    displacements: bool = True,
    parent: CrystalLike | None = None,
) -> PowderPattern:
    """Compute the mean powder pattern of several orderings of one crystal in the same cell.

    The mean of ``|F|²``, as of domains that do not interfere. A crystal with the mean occupancies
    instead has ``|mean F|²``: no superlattice reflections, and none of the diffuse scattering.

    Parameters
    ----------
    crystals
        Orderings with the same atoms in the same cell.
    setup, u_iso, displacements, parent
        As in :func:`powder_pattern`.

    Raises
    ------
    InvalidInput
        If cells or compositions differ, and as :func:`powder_pattern`.
    NoMatch
        If there is no line in the range.
    """
    check_type("setup", setup, Setup)
    read = [Scatterers.of(crystal, u_iso, displacements=displacements) for crystal in crystals]
    if not read:
        raise InvalidInput("no `crystals` to average")
    first = read[0]
    for other in read[1:]:
        if not np.allclose(other.lattice.cellpar, first.lattice.cellpar, rtol=0, atol=SAME_CELL):
            raise InvalidInput(
                f"a mean pattern needs the same cell, which {first.name} and {other.name} have "
                "not; stack or mix them"
            )
        if any(
            abs(first.composition.get(e, 0) - other.composition.get(e, 0)) > SAME_AMOUNT
            for e in {*first.composition, *other.composition}
        ):
            raise InvalidInput(
                f"a mean pattern is of orderings, and {first.name} and {other.name} differ in "
                "composition; stack or mix them"
            )
    return _averaged(read, setup or Setup(), parent)


def _averaged(
    crystals: Sequence[Scatterers], setup: Setup, parent: CrystalLike | None
) -> PowderPattern:
    """Pattern with the mean ``|F|²`` of crystals that have one cell."""
    scatterers = crystals[0]
    if len(crystals) > 1:  # their symmetries differ
        name = f"mean of {len(crystals)} orderings"
        scatterers = replace(scatterers, name=name, symmetry=None)
    known = None
    if parent is not None:
        known = find_parent(scatterers.name, scatterers.lattice.cell, parent)
    beam = setup.beam
    energy = beam.energy if setup.anomalous and beam.radiation == "x-rays" else None
    families = reflection_families(scatterers, setup.d_min, setup.d_max)
    square = np.mean(
        [powder_intensities(one, families.hkl, beam.radiation, energy) for one in crystals], axis=0
    )
    seen = square > NOTHING * square.max(initial=0.0)
    if not seen.all():
        families, square = families.take(seen), square[seen]
    parts = [
        _lines(families, square, setup, wavelength, weight)
        for wavelength, weight in zip(beam.wavelengths, beam.weights, strict=True)
    ]
    two_theta, intensity, wavelength = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("two_theta", "intensity", "wavelength")
    )
    top = float(intensity.max(initial=0.0))
    if top <= 0:
        low, high = setup.two_theta
        raise NoMatch(
            f"{scatterers.name}: no line from {low:g} to {high:g}° 2θ at {beam.wavelength:.5g} Å; "
            "try a wider range or a shorter wavelength"
        )
    kept = np.flatnonzero(intensity >= setup.min_intensity * top / 100)
    kept = kept[np.lexsort((wavelength[kept], two_theta[kept]))]
    ranges, strongest, multiplicity, f_squared = (
        np.concatenate([getattr(part, name) for part in parts])[kept]
        for name in ("ranges", "strongest", "multiplicity", "f_squared")
    )
    return PowderPattern(
        crystal=scatterers.name,
        setup=setup,
        volume=scatterers.lattice.volume,
        composition=scatterers.composition,
        scale=top,
        two_theta=two_theta[kept],
        d=wavelength[kept] / (2 * np.sin(np.radians(two_theta[kept] / 2))),
        intensity=100 * (intensity[kept] / top),
        wavelength=wavelength[kept],
        multiplicity=multiplicity,
        f_squared=f_squared,
        strongest=strongest,
        families=families,
        family_f_squared=square,
        family_ranges=ranges,
        displaced=scatterers.displaced,
        parent=known,
    )


@dataclass(frozen=True, eq=False)
class _Lines:
    """Merged lines of one wavelength, as in :class:`PowderPattern`."""

    two_theta: Floats
    intensity: Floats
    wavelength: Floats
    multiplicity: NDArray[np.int64]
    f_squared: Floats
    strongest: NDArray[np.int64]
    ranges: NDArray[np.int64]


def _lines(
    families: Families, square: Floats, setup: Setup, wavelength: float, weight: float
) -> _Lines:
    """Lines of one wavelength within the range."""
    low, high = (np.sin(np.radians(angle / 2)) for angle in setup.two_theta)
    shells = np.flatnonzero(np.diff(families.d, prepend=np.inf))  # of equal spacings
    sine = wavelength / (2 * families.d[shells])  # rising, since spacings fall
    first, last = np.searchsorted(sine, (low - 1e-9, high + 1e-9))
    shells, ends = np.split(np.append(shells, len(families.d))[first : last + 1], [last - first])
    if len(shells) == 0:
        empty, none = np.zeros(0), np.zeros(0, dtype=np.int64)
        return _Lines(empty, empty, empty, none, empty, none, np.zeros((0, 2), dtype=np.int64))
    angle = np.degrees(2 * np.arcsin(sine[first:last]))
    end = int(ends[0])
    single = families.multiplicity[:end] * square[:end]
    total = weight * np.add.reduceat(single, shells) * setup.factor(angle)
    starts = merged(angle, setup.merge)[:-1]
    ranges = np.stack([shells[starts], np.append(shells[starts[1:]], end)], axis=1)
    multiplicity = np.add.reduceat(families.multiplicity[:end], ranges[:, 0])
    summed = np.add.reduceat(total, starts)
    return _Lines(
        np.add.reduceat(total * angle, starts) / summed,
        summed,
        np.full(len(starts), wavelength),
        multiplicity,
        np.add.reduceat(single, ranges[:, 0]) / multiplicity,
        _strongest(single, ranges),
        ranges,
    )


def _strongest(amount: Floats, ranges: NDArray[np.int64]) -> NDArray[np.int64]:
    """First of the largest amounts in each of the ranges, which follow each other."""
    starts, ends = ranges.T
    first, sizes = starts - starts[0], ends - starts
    amount = amount[starts[0] : ends[-1]]
    share = shares(amount, np.repeat(np.add.reduceat(amount, first), sizes))
    top = np.flatnonzero(share == np.repeat(np.maximum.reduceat(share, first), sizes))
    return np.asarray(starts[0] + top[np.searchsorted(top, first)])


def merged(positions: Floats, tolerance: float) -> NDArray[np.int64]:
    """Starts of the groups of sorted positions that are no wider than the tolerance."""
    gaps = np.diff(positions)
    count = len(gaps)
    # The part that a gap cuts reaches to the next wider gap on either side; of equal gaps, the
    # first is cut first. Bounds grow by jumps over what is known to be narrower.
    left, right = np.arange(count) - 1, np.arange(count) + 1
    cut = gaps > tolerance
    active = np.flatnonzero(~cut)
    while len(active):
        before, after, own = left[active], right[active], gaps[active]
        lower = (before >= 0) & (gaps[before] < own)
        upper = after < count
        upper[upper] = gaps[after[upper]] <= own[upper]
        left[active[lower]] = left[before[lower]]
        right[active[upper]] = right[after[upper]]
        wide = positions[right[active]] - positions[left[active] + 1] > tolerance
        cut[active[wide]] = True
        active = active[(lower | upper) & ~wide]
    return np.concatenate([[0], np.flatnonzero(cut) + 1, [len(positions)]])
