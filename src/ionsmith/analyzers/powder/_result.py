"""Powder lines of one crystal as a result."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._plot import SIZE, plot_sticks
from ionsmith.analyzers.powder._setup import Setup
from ionsmith.analyzers.scattering import DISPLACED, Families, Radiation
from ionsmith.crystals.parent import ParentCell, indices_text
from ionsmith.lattice.miller import triple
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

MOST_FAMILIES = 100
"""Families that the record of a line names; a supercell without symmetry has thousands."""


def shares(amount: Floats, total: Floats | float) -> Floats:
    """Parts of a total, rounded: families that are equal by symmetry keep their order."""
    return np.round(amount / total, 6)


@dataclass(frozen=True)
class LineFamily:
    """A family of reflections in a powder line.

    Parameters
    ----------
    hkl
        Indices h, k, l of its representative.
    multiplicity
        Number of reflections, Friedel mates included.
    d
        Spacing in Å.
    f_squared
        Mean ``|F|²`` of a Friedel pair, in electrons², fm² or Å².
    """

    hkl: tuple[int, int, int]
    multiplicity: int
    d: float
    f_squared: float


@dataclass(frozen=True)
class PowderLine:
    """A powder line: families of reflections that a diffractometer does not resolve.

    Parameters
    ----------
    crystal
        Name of the crystal.
    two_theta
        Angle in degrees.
    d
        Spacing in Å.
    hkl
        Indices of the strongest family in the line.
    multiplicity
        Number of reflections in the line.
    intensity
        Intensity in per cent of the strongest line.
    f_squared
        Mean ``|F|²`` over the reflections, in electrons², fm² or Å².
    wavelength
        Wavelength in Å.
    families
        Families of reflections in the line, the strongest first; no more than
        :data:`MOST_FAMILIES`.
    parent_indices
        Indices of the strongest family in the cell of the parent, as text such as ``(1/2,0,1)``;
        None without a parent.
    """

    crystal: str
    two_theta: float
    d: float
    hkl: tuple[int, int, int]
    multiplicity: int
    intensity: float
    f_squared: float
    wavelength: float
    families: tuple[LineFamily, ...]
    parent_indices: str | None


@dataclass(frozen=True, eq=False)
class PowderPattern(Result):
    """Powder lines of one crystal by increasing angle, and the families of reflections in them.

    Parameters
    ----------
    crystal
        Name of the crystal.
    setup
        Beam, geometry and range.
    volume
        Volume of the cell in Å³.
    composition
        Number of atoms of each element in the cell.
    scale
        ``m |F|² P L`` of the strongest line, which has the intensity 100.
    two_theta, d, intensity
        Angles in degrees, spacings in Å, intensities in per cent of the strongest; shape (n,) each.
    wavelength
        Wavelength of each line in Å, shape (n,).
    multiplicity
        Number of reflections in each line, shape (n,).
    f_squared
        Mean ``|F|²`` over them, shape (n,).
    strongest
        Index of the family of each line with the largest ``m |F|²``, shape (n,).
    families
        Families of reflections by falling spacing.
    family_f_squared
        Mean ``|F|²`` of each family, Friedel mates included.
    family_ranges
        First family of each line and the one after its last, shape (n, 2).
    displaced
        Whether mean square displacements of the atoms entered the intensities.
    parent
        Cell in which the supercell is indexed; None for its own.
    """

    crystal: str
    setup: Setup
    volume: float
    composition: dict[str, float]
    scale: float
    two_theta: Floats
    d: Floats
    intensity: Floats
    wavelength: Floats
    multiplicity: NDArray[np.int64]
    f_squared: Floats
    strongest: NDArray[np.int64]
    families: Families
    family_f_squared: Floats
    family_ranges: NDArray[np.int64]
    displaced: bool
    parent: ParentCell | None = None

    document = (
        "crystal",
        "radiation",
        "wavelengths",
        "wavelength_weights",
        "volume",
        "scale",
        "displaced",
        "lines",
    )
    figure_size = SIZE

    def __len__(self) -> int:
        return len(self.two_theta)

    @cached_property
    def hkl(self) -> NDArray[np.int64]:
        """Indices of the strongest family of each line, shape (n, 3)."""
        return self.families.hkl[self.strongest]

    def shown(self, line: int) -> tuple[int | Fraction, int | Fraction, int | Fraction]:
        """Indices of the strongest family of a line, in the cell of the parent if there is one."""
        own = triple(self.hkl[line])
        return own if self.parent is None else self.parent.family(own)

    def families_of(self, line: int) -> NDArray[np.int64]:
        """Indices of the families in a line, the strongest first."""
        families = np.arange(*self.family_ranges[line])
        amount = self.families.multiplicity[families] * self.family_f_squared[families]
        return families[np.argsort(-shares(amount, amount.sum()), kind="stable")]

    @property
    def radiation(self) -> Radiation:
        """What is diffracted."""
        return self.setup.beam.radiation

    @property
    def wavelengths(self) -> tuple[float, ...]:
        """Wavelengths in Å."""
        return self.setup.beam.wavelengths

    @property
    def wavelength_weights(self) -> tuple[float, ...]:
        """Relative intensities of the wavelengths, the first being one."""
        return self.setup.beam.weights

    @cached_property
    def lines(self) -> tuple[PowderLine, ...]:
        """Lines by increasing angle."""
        columns = (
            self.two_theta,
            self.d,
            self.multiplicity,
            self.intensity,
            self.f_squared,
            self.wavelength,
        )
        return tuple(
            PowderLine(
                self.crystal,
                angle,
                d,
                triple(self.hkl[number]),
                multiplicity,
                intensity,
                f_squared,
                wavelength,
                tuple(map(self._family, self.families_of(number)[:MOST_FAMILIES])),
                None if self.parent is None else indices_text(self.shown(number)),
            )
            for number, (angle, d, multiplicity, intensity, f_squared, wavelength) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True)
            )
        )

    def _family(self, index: int) -> LineFamily:
        """Record of a family of reflections."""
        return LineFamily(
            triple(self.families.hkl[index]),
            int(self.families.multiplicity[index]),
            float(self.families.d[index]),
            float(self.family_f_squared[index]),
        )

    def tables(self) -> list[Table]:
        """Return the lines."""
        several = len(self.wavelengths) > 1
        named = "h k l" if self.parent is None else f"h k l of {self.parent.name}"
        headers = ["2θ (°)", "d (Å)", named, "multiplicity", "intensity", "|F|²"]
        columns: list[list[Any]] = [
            [round(angle, 4) for angle in self.two_theta.tolist()],
            [round(d, 5) for d in self.d.tolist()],
            [" ".join(map(str, self.shown(line))) for line in range(len(self))],
            self.multiplicity.tolist(),
            [round(intensity, 3) for intensity in self.intensity.tolist()],
            [float(f"{value:.5g}") for value in self.f_squared.tolist()],
        ]
        if several:
            headers.append("wavelength (Å)")
            columns.append(self.wavelength.tolist())
        waves = ", ".join(f"{value:.6g}" for value in self.wavelengths)
        title = (
            f"{self.crystal}: {len(self)} lines, {self.radiation} of {waves} Å, "
            f"{DISPLACED[self.displaced]}"
        )
        return [Table(title, headers, [list(row) for row in zip(*columns, strict=True)])]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the lines as sticks, the strong ones with their indices.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_sticks([self], [1.0], self.crystal, ax)


@dataclass(frozen=True, eq=False)
class PatternsOfOneSetup(Result):
    """Patterns of several crystals with the same setup.

    Parameters
    ----------
    patterns
        Lines of each crystal.
    """

    patterns: tuple[PowderPattern, ...]

    @property
    def radiation(self) -> Radiation:
        """What is diffracted."""
        return self.patterns[0].radiation

    @property
    def wavelengths(self) -> tuple[float, ...]:
        """Wavelengths in Å."""
        return self.patterns[0].wavelengths

    @property
    def wavelength_weights(self) -> tuple[float, ...]:
        """Relative intensities of the wavelengths, the first being one."""
        return self.patterns[0].wavelength_weights
