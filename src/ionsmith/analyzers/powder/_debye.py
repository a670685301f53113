r"""Powder pattern of a finite structure by the sum over all pairs of its atoms.

The intensity averaged over all orientations is (P. Debye, Ann. Phys. 351, 809 (1915),
doi:10.1002/andp.19153510606)

.. math:: I(Q) = \sum_i \sum_j f_i f_j^* \frac{\sin Q r_{ij}}{Q r_{ij}}, \qquad
          Q = \frac{4\pi\sin\theta}{\lambda}

with each :math:`f` times :math:`e^{-Q^2 U/2}` for a mean square displacement U, which the terms
i = j do not have. Size and shape broaden the lines by themselves, and the average over
orientations holds the Lorentz factor of a ring: only the polarisation, and sin θ for a variable
slit, is applied.

Distances are sorted into bins of which the number and the mean are kept. A bin has the width
0.03 / Q at the largest Q, so that the distances in it differ by a phase of 0.03 at most, and the
sum over the bins is a Fourier transform of their means (FINUFFT). 10⁵ atoms have 5 · 10⁹ pairs:
seconds with the extra ``fast`` (numba), else minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.powder._plot import SIZE
from ionsmith.analyzers.powder._setup import GEOMETRIES, Setup
from ionsmith.analyzers.scattering import Radiation
from ionsmith.analyzers.scattering._form_factors import dispersion, scattering_factors
from ionsmith.arguments import check_by_element, is_number
from ionsmith.choices import check_type
from ionsmith.crystals.files import CrystalLike, name_of, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.plotting import DASHES, SERIES, axes_or_new, plain_text
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

PHASE = 0.03
"""Largest difference of the phases of two distances in a bin."""

STEP = 0.02
"""Distance of the angles of a pattern in degrees, by default."""

MOST = 500_000
"""Largest number of atoms; the time grows with its square."""

ACCURACY = 1e-13
"""Of the Fourier transform, relative to the sum of all pairs."""

WEAK = 1.0
"""Weakest maximum that is listed, in per cent of the highest line."""

_CHUNK = 4_000_000  # pairs at a time without compiled loops


@dataclass(frozen=True)
class Maximum:
    """A maximum of a pattern.

    Parameters
    ----------
    two_theta
        Angle in degrees.
    d
        Spacing λ/(2 sin θ) in Å.
    intensity
        In per cent of the highest one, or of the strongest line of the crystal beside it.
    width
        Full width at half its height in degrees; None where a neighbour hides it.
    """

    two_theta: float
    d: float
    intensity: float
    width: float | None


@dataclass(frozen=True, eq=False)
class DebyePattern(Result):
    """Powder pattern of a finite structure.

    Parameters
    ----------
    structure
        Name of the structure.
    setup
        Beam, geometry and range.
    n_atoms
        Number of atoms.
    largest_distance
        Largest distance of two atoms in Å.
    two_theta
        Angles in degrees, shape (n,).
    per_atom
        Σ over pairs over the number of atoms, at the mean wavelength, in electrons², fm² or Å²,
        shape (n,).
    intensity
        With polarisation, over all wavelengths, in units of ``per_atom``; shape (n,).
    beside
        Profiles of crystals on the same angles, by name, as high as the pattern at their strongest
        lines.
    """

    structure: str
    setup: Setup
    n_atoms: int
    largest_distance: float
    two_theta: Floats
    per_atom: Floats
    intensity: Floats
    beside: dict[str, Floats]

    document = (
        "structure", "radiation", "wavelengths", "n_atoms", "largest_distance", "maxima",
        "two_theta", "per_atom", "intensity", "beside",
    )  # fmt: skip
    figure_size = SIZE

    @property
    def radiation(self) -> Radiation:
        """What is diffracted."""
        return self.setup.beam.radiation

    @property
    def wavelengths(self) -> tuple[float, ...]:
        """Wavelengths in Å."""
        return self.setup.beam.wavelengths

    @property
    def maxima(self) -> tuple[Maximum, ...]:
        """Maxima by angle, from :data:`WEAK` per cent on; small angles have the strongest."""
        wavelength, found, top = self.setup.beam.wavelength, [], self._top()
        for place in self._places().tolist():
            share = 100 * float(self.intensity[place]) / top
            if share >= WEAK:
                angle = float(self.two_theta[place])
                d = float(wavelength / (2 * np.sin(np.radians(angle / 2))))
                width = _width(self.two_theta, self.intensity, place)
                found.append(Maximum(angle, d, share, width))
        return tuple(found)

    def tables(self) -> list[Table]:
        """Return the maxima."""
        rows = [
            [
                round(one.two_theta, 2),
                round(one.d, 4),
                round(one.intensity, 1),
                None if one.width is None else round(one.width, 2),
            ]
            for one in self.maxima
        ]
        waves = ", ".join(f"{value:.6g}" for value in self.wavelengths)
        title = (
            f"{self.structure}: {self.n_atoms} atoms up to {self.largest_distance:.1f} Å apart, "
            f"{self.radiation} of {waves} Å, maxima of the Debye sum"
        )
        return [Table(title, ["2θ (°)", "d (Å)", "intensity", "width (°)"], rows)]

    def columns(self) -> dict[str, Floats]:
        """Angles, the pattern and those beside it, in per cent as the maxima."""
        scale = 100 / self._top()
        named = {"two_theta": self.two_theta, "debye": scale * self.intensity}
        return named | {name: scale * curve for name, curve in self.beside.items()}

    def with_profiles(self, profiles: Mapping[str, Floats]) -> Self:
        """Put profiles of crystals beside the pattern, equally high at their strongest lines.

        Parameters
        ----------
        profiles
            Intensities at the angles of the pattern by name, shape (n,) each.
        """
        curves = {}
        for name, curve in profiles.items():
            line = curve >= curve.max() / 2
            curves[name] = np.asarray(curve * self.intensity[line].max() / curve.max())
        return replace(self, beside=curves)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the pattern, and those beside it.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        ax = axes_or_new(ax, SIZE)
        angles, *curves = self.columns().values()
        names = [f"{self.structure}, {self.n_atoms} atoms", *self.beside]
        for number, (name, curve) in enumerate(zip(names, curves, strict=True)):
            colour = SERIES[number % len(SERIES)]
            dash = DASHES[number % len(DASHES)]
            ax.plot(angles, curve, color=colour, linestyle=dash, lw=1.1, label=plain_text(name))
        ax.set_xlim(*self.setup.two_theta)
        ax.set_ylim(0, 115)
        ax.set_xlabel("2θ (°)")
        ax.set_ylabel("intensity (%)")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, loc="upper right")
        return ax

    def _top(self) -> float:
        """Height of 100 %: the strongest line of the crystal beside it, or the highest maximum."""
        if self.beside:
            return float(next(iter(self.beside.values())).max())
        heights = self.intensity[self._places()]
        return float(heights.max(initial=0.0)) or float(self.intensity.max())

    def _places(self) -> NDArray[np.int64]:
        """Indices of the maxima."""
        y = self.intensity
        return np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:])) + 1


def _width(angles: Floats, y: Floats, place: int) -> float | None:
    """Full width at half the height of a maximum."""
    ends = []
    for side in (y[place::-1], y[place:]):
        below = np.flatnonzero(side <= y[place] / 2)
        if len(below) == 0 or side[: below[0]].max() > y[place]:
            return None
        k = int(below[0])
        ends.append(k - (y[place] / 2 - side[k]) / (side[k - 1] - side[k]))
    return float(sum(ends) * (angles[1] - angles[0]))


def debye_pattern(
    structure: CrystalLike,
    setup: Setup | None = None,
    *,
    step: float = STEP,
    u_iso: Mapping[str, float] | None = None,
) -> DebyePattern:
    """Compute the powder pattern of a finite structure from all its distances.

    Parameters
    ----------
    structure
        A structure that is not periodic, such as a particle.
    setup
        Beam, geometry and range; Cu Kα from 5 to 90° by default.
    step
        Distance of the angles in degrees.
    u_iso
        Mean square displacement in Å² by element symbol, 0 by default.

    Raises
    ------
    InvalidInput
        If the structure is periodic or too large, a number is out of range, or a scattering factor
        is not known.

    Examples
    --------
    >>> from ionsmith.analyzers.powder import Setup, debye_pattern
    >>> from ionsmith.builders.particles import build_particle
    >>> particle = build_particle("lib:si", 40.0).atoms
    >>> pattern = debye_pattern(particle, Setup(two_theta=(20, 60)))
    >>> [f"{peak.two_theta:.1f}" for peak in pattern.maxima if peak.intensity > 30]
    ['28.4', '47.3', '56.1']
    """
    check_type("setup", setup, Setup)
    setup = setup or Setup()
    atoms = read_structure(structure)
    if any(atoms.pbc):
        raise InvalidInput(
            "the Debye sum is that of a finite structure, and this one is periodic: use its lines "
            "(powder_pattern), or cut a particle out of it"
        )
    if len(atoms) > MOST:
        raise InvalidInput(
            f"{len(atoms):,} atoms; the Debye sum takes up to {MOST:,}, since the time grows with "
            "the square"
        )
    low, high = setup.two_theta
    if not is_number(step) or not 1e-4 <= step <= high - low:
        raise InvalidInput(f"`step` is {step!r}; 0.0001° up to the whole range was expected")
    u_iso = dict(u_iso or {})
    check_by_element("u_iso", u_iso)
    numbers = np.unique(atoms.numbers)
    elements = [chemical_symbols[number] for number in numbers.tolist()]
    if strange := sorted(set(u_iso) - set(elements)):
        raise InvalidInput(f"`u_iso`: the structure has no {strange[0]!r}")
    if min(u_iso.values(), default=0.0) < 0:
        raise InvalidInput("`u_iso` must be 0 Å² or more")
    angles = np.asarray(low + step * np.arange(round((high - low) / step) + 1), dtype=float)
    s = [np.sin(np.radians(angles / 2)) / wave for wave in setup.beam.wavelengths]
    largest = 4 * np.pi * float(max(one.max() for one in s))
    histograms, distance = pair_histograms(atoms, PHASE / largest)
    displaced = np.array([u_iso.get(element, 0.0) for element in elements])
    counts = [int((atoms.numbers == number).sum()) for number in numbers]
    sums = [
        _intensity(one, elements, counts, displaced, histograms, setup) / len(atoms) for one in s
    ]
    weights = np.array(setup.beam.weights)
    factor = setup.factor(np.maximum(angles, 1e-6))
    ring = GEOMETRIES["debye-scherrer"](np.radians(np.maximum(angles, 1e-6) / 2))
    return DebyePattern(
        structure=name_of(structure),
        setup=setup,
        n_atoms=len(atoms),
        largest_distance=distance,
        two_theta=angles,
        per_atom=sums[0],
        intensity=np.asarray(factor / ring * (weights @ np.array(sums)) / weights.sum()),
        beside={},
    )


Histogram = tuple[Floats, Floats]
"""Number of pairs in each bin that has some, and their mean distance in Å."""


def pair_histograms(atoms: Atoms, width: float) -> tuple[dict[tuple[int, int], Histogram], float]:
    """Histograms of the distances by pairs of elements, in bins of a width in Å.

    Returns them by the indices of the elements in order of atomic number, with the largest
    distance.
    """
    places = atoms.positions - atoms.positions.mean(axis=0)
    reach = 2 * float(np.linalg.norm(places, axis=1).max()) + 1.0
    # In single precision, distances have errors of 10⁻⁷ of the size of the structure.
    own = [
        np.ascontiguousarray(places[atoms.numbers == number].T, dtype=np.float32)
        for number in np.unique(atoms.numbers)
    ]
    found, longest = {}, 0.0
    for i, j in zip(*np.triu_indices(len(own)), strict=True):
        table = np.zeros((int(reach / width) + 2, 2))
        _add_pairs(own[i], own[j], bool(i == j), 1 / width, table)
        bins = np.flatnonzero(table[:, 0])
        mean = table[bins, 1] / table[bins, 0]
        found[int(i), int(j)] = table[bins, 0], mean
        longest = max(longest, float(mean.max(initial=0.0)))
    return found, longest


def _add_pairs(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    same: bool,
    inverse: float,
    table: Floats,
) -> None:
    """Add the distances of all pairs of two kinds of atoms to a histogram."""
    try:
        from ionsmith.analyzers.powder._pair_loops import add_pairs
    except ImportError:
        pass
    else:
        add_pairs(first, second, same, np.float32(inverse), table)
        return
    rows = max(1, _CHUNK // max(second.shape[1], 1))
    for low in range(0, first.shape[1], rows):
        block = first[:, low : low + rows]
        apart = np.sqrt(((block[:, :, None] - second[:, None]) ** 2).sum(axis=0))
        if same:
            apart = apart[np.triu(np.ones(apart.shape, dtype=bool), low + 1)]
        flat = apart.ravel()
        place = (flat * np.float32(inverse)).astype(np.int64)
        table[:, 0] += np.bincount(place, minlength=len(table))
        table[:, 1] += np.bincount(place, flat, minlength=len(table))


def _intensity(
    s: Floats,
    elements: list[str],
    counts: list[int],
    displaced: Floats,
    histograms: dict[tuple[int, int], Histogram],
    setup: Setup,
) -> Floats:
    """Sum over all pairs at values of sin θ/λ in Å⁻¹."""
    import finufft

    beam, q = setup.beam, 4 * np.pi * s
    energy = beam.energy if setup.anomalous and beam.radiation == "x-rays" else None
    factors = scattering_factors(elements, s, beam.radiation).astype(complex)
    factors += dispersion(elements, beam.radiation, energy)[:, None]
    total = np.einsum("k,kq->q", counts, abs(factors) ** 2)
    rest = np.exp(-np.outer(displaced, q**2) / 2)
    for (i, j), (number, distance) in histograms.items():
        if len(distance) == 0:
            continue
        weights = (number / distance).astype(complex)
        sines = finufft.nufft1d3(distance, weights, q, eps=ACCURACY, isign=1, nthreads=1).imag
        pairs = np.divide(sines, q, out=np.full(len(q), number.sum()), where=q > 0)
        product = (factors[i] * factors[j].conj()).real * rest[i] * rest[j]
        total = total + 2 * product * pairs
    return np.asarray(total)
