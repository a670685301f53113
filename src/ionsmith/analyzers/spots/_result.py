"""Zone-axis pattern of one crystal as a result."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import DISPLACED, Conditions, layers
from ionsmith.analyzers.spots._plot import LABELS, SIZE, plot_spots, slab_words
from ionsmith.crystals.parent import ParentCell, indices_text
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.symmetry import readability
from ionsmith.lattice.unit_cell import UnitCell
from ionsmith.lattice.zone import Zone
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Spot:
    """A spot of a pattern.

    Parameters
    ----------
    label
        Indices as text, in the cell of the parent if there is one.
    indices
        Indices h, k, l in the cell of the structure.
    position
        Components x and y of g in Å⁻¹.
    d
        Spacing in Å.
    g
        Length of g, 1/d, in Å⁻¹.
    azimuth
        Angle from the x axis, counter-clockwise, in degrees.
    excitation_error
        Excitation error in Å⁻¹.
    laue_zone
        Laue zone; None if the beam is along no lattice direction.
    intensity
        Intensity in per cent of the strongest spot.
    forbidden
        Whether a glide plane or screw axis extinguishes the spot.
    forbidden_by
        The symmetry element that does; None if the spot is allowed.
    """

    label: str
    indices: tuple[int, int, int]
    position: tuple[float, float]
    d: float
    g: float
    azimuth: float
    excitation_error: float
    laue_zone: int | None
    intensity: float
    forbidden: bool
    forbidden_by: str | None


@dataclass(frozen=True)
class SpotBasis:
    """The two shortest spots of a pattern that are not in line, which one measures to index it.

    Parameters
    ----------
    first, second
        The spots as text, the shorter one first.
    first_indices, second_indices
        Indices of the spots.
    d_first, d_second
        Spacings in Å.
    ratio
        d_first / d_second.
    angle
        Angle between the spots in degrees.
    """

    first: str
    second: str
    first_indices: tuple[int, int, int]
    second_indices: tuple[int, int, int]
    d_first: float
    d_second: float
    ratio: float
    angle: float


@dataclass(frozen=True, eq=False)
class SpotPattern(Result):
    """Spots of one crystal by falling spacing.

    Parameters
    ----------
    phase
        Cell and space group of the crystal.
    conditions
        Beam, thickness and range.
    zone
        Direction of the beam.
    frame
        Axes x, y, z of the picture as rows in the crystal's Cartesian frame, shape (3, 3).
    hkl
        Indices, shape (n, 3).
    positions
        Components x and y of g in Å⁻¹, shape (n, 2).
    excitation_error
        Excitation errors in Å⁻¹, shape (n,).
    intensity
        Intensities in per cent of the strongest spot, shape (n,).
    forbidden
        Whether a glide plane or screw axis extinguishes the spot, shape (n,).
    displaced
        Whether mean square displacements of the atoms entered the intensities.
    parent
        Cell in which the supercell is indexed; None for its own.
    slab_thickness
        Of a slab, the thickness in Å; its spots are maxima along rods, and their indices count
        samples of these. None for a crystal.
    unit
        Unit cell that a large supercell repeats, in which its spots were computed.
    """

    phase: CrystalLattice
    conditions: Conditions
    zone: Zone
    frame: NDArray[np.float64]
    hkl: NDArray[np.int64]
    positions: NDArray[np.float64]
    excitation_error: NDArray[np.float64]
    intensity: NDArray[np.float64]
    forbidden: NDArray[np.bool_]
    displaced: bool
    parent: ParentCell | None = None
    slab_thickness: float | None = None
    unit: UnitCell | None = None

    document = (
        *("crystal", "space_group", "cellpar", "zone", "frame", "displaced", "slab_thickness"),
        *("basis", "spots"),
    )
    figure_size = SIZE

    def __len__(self) -> int:
        return len(self.hkl)

    @property
    def crystal(self) -> str:
        """Name of the crystal."""
        return self.phase.name

    @property
    def space_group(self) -> str:
        """Symbol, number and source of the space group."""
        return self.phase.space_group

    @property
    def cellpar(self) -> tuple[float, ...]:
        """Cell lengths in Å and angles in degrees."""
        return tuple(self.phase.lattice.cellpar)

    def shown(self, hkl: Sequence[int]) -> tuple[int | Fraction, int | Fraction, int | Fraction]:
        """Indices of a spot, in the cell of the parent if there is one."""
        h, k, l_ = triple(hkl)
        return (h, k, l_) if self.parent is None else self.parent.plane((h, k, l_))

    def spot_text(self, spot: int) -> str:
        """Name of a spot: its indices, or for a slab its spacing."""
        if self.slab_thickness is not None:
            return f"{self.d[spot]:.2f} Å"
        return indices_text(self.shown(self.hkl[spot]))

    @cached_property
    def d(self) -> NDArray[np.float64]:
        """Spacings in Å, shape (n,)."""
        return self.phase.lattice.d_spacing(self.hkl)

    @cached_property
    def azimuth(self) -> NDArray[np.float64]:
        """Angles from the x axis, counter-clockwise, 0 to below 360 degrees, shape (n,)."""
        angles = np.degrees(np.arctan2(self.positions[:, 1], self.positions[:, 0])) % 360.0
        return np.where(angles >= 360.0 - 1e-9, 0.0, angles)

    @cached_property
    def laue_zone(self) -> NDArray[np.int64] | None:
        """Laue zone of each spot, shape (n,); None if the beam is along no lattice direction.

        Zones that a centring leaves empty are not counted. A direction within a degree of the beam
        will do.
        """
        return None if self.zone.axis is None else layers(self.phase, self.zone.axis, self.hkl)

    @cached_property
    def basis(self) -> SpotBasis | None:
        """The two shortest allowed spots of the zero-order zone that are not in line."""
        first = self.first_spot
        if first is None:
            return None
        level = np.zeros(len(self)) if self.laue_zone is None else self.laue_zone
        start = self.positions[first]
        across = start[0] * self.positions[:, 1] - start[1] * self.positions[:, 0]
        sine = across * self.d * self.d[first]
        # Counter-clockwise from the first, at most at a right angle: one of each Friedel pair.
        open_ = (self.positions @ start) * self.d * self.d[first] > -1e-6
        others = np.flatnonzero(~self.forbidden & (level == 0) & (sine > 1e-6) & open_)
        if len(others) == 0:
            return None
        second = others[0]
        pair = [triple(self.hkl[spot]) for spot in (first, second)]
        vectors = self.phase.lattice.normals(pair)
        return SpotBasis(
            first=self.spot_text(int(first)),
            second=self.spot_text(int(second)),
            first_indices=pair[0],
            second_indices=pair[1],
            d_first=float(self.d[first]),
            d_second=float(self.d[second]),
            ratio=float(self.d[first] / self.d[second]),
            angle=float(angle(*vectors)),
        )

    @cached_property
    def independent(self) -> NDArray[np.bool_]:
        """Whether a spot is the more readable one of its Friedel pair, or has no mate."""
        mates = set(map(tuple, (-self.hkl).tolist()))
        alone = [indices not in mates for indices in map(tuple, self.hkl.tolist())]
        base = 2 * int(abs(self.hkl).max()) + 1
        return np.asarray((readability(self.hkl, base) > readability(-self.hkl, base)) | alone)

    @cached_property
    def first_spot(self) -> int | None:
        """Index of the allowed spot with the largest spacing, of the zero-order zone if any."""
        allowed = ~self.forbidden
        if self.laue_zone is not None and (allowed & (self.laue_zone == 0)).any():
            allowed = allowed & (self.laue_zone == 0)
        spots = np.flatnonzero(allowed)
        return int(spots[0]) if len(spots) else None

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """Spots by falling spacing."""
        zones = [None] * len(self) if self.laue_zone is None else self.laue_zone.tolist()
        columns = (self.positions, self.d, self.azimuth, self.excitation_error, self.intensity)
        return tuple(
            Spot(
                label=self.spot_text(number),
                indices=hkl,
                position=(position[0], position[1]),
                d=d,
                g=1 / d,
                azimuth=azimuth,
                excitation_error=error,
                laue_zone=laue_zone,
                intensity=intensity,
                forbidden=bool(forbidden),
                forbidden_by=self._reason(hkl) if forbidden else None,
            )
            for number, (
                hkl,
                forbidden,
                laue_zone,
                (position, d, azimuth, error, intensity),
            ) in enumerate(
                zip(
                    map(triple, self.hkl),
                    self.forbidden,
                    zones,
                    zip(*(column.tolist() for column in columns), strict=True),
                    strict=True,
                )
            )
        )

    def _reason(self, hkl: tuple[int, int, int]) -> str | None:
        """The symmetry element that extinguishes a spot."""
        if self.unit is None:
            return self.phase.symmetry.absence_reason(hkl)
        own = np.rint(self.unit.rows @ hkl).astype(np.int64)
        return self.unit.lattice.symmetry.absence_reason(triple(own))

    def tables(self) -> list[Table]:
        """Return the spots, one of each Friedel pair, and the two shortest ones."""
        rows = [
            (
                spot.label,
                round(spot.d, 4),
                round(spot.g, 4),
                round(spot.azimuth, 2),
                round(spot.excitation_error, 4),
                spot.laue_zone,
                round(spot.intensity, 2),
                f"forbidden: {spot.forbidden_by}" if spot.forbidden_by else "",
            )
            for spot, independent in zip(self.spots, self.independent, strict=True)
            if independent
        ]
        headers = ("spot", "d (Å)", "g (Å⁻¹)", "azimuth (°)", "s (Å⁻¹)", "Laue zone", "intensity",
                   "")  # fmt: skip
        kind = self.space_group
        if self.slab_thickness is not None:
            kind = slab_words(self.slab_thickness)
        title = f"{self.crystal}: {kind}, beam along {self.zone.label}"
        if self.parent is not None:
            title += f", spots in the cell of {self.parent.name}"
        if self.zone.deviation and self.zone.axis is not None:
            title += f" ({self.zone.deviation:.2f}° off {Direction(self.zone.axis)})"
        tables = [Table(f"{title}, {DISPLACED[self.displaced]}", headers, rows)]
        if (basis := self.basis) is not None:
            words = (
                f"{basis.first} {basis.d_first:.4f} Å, {basis.second} {basis.d_second:.4f} Å, "
                f"ratio {basis.ratio:.4f}, angle {basis.angle:.3f}°"
            )
            tables.append(Table("", ("", ""), [("shortest spots", words)]))
        if self.unit is not None:
            tables += notes_table((self.unit.note,))
        return tables

    def plot(
        self, ax: "Axes | None" = None, *, labels: int = LABELS, named: Sequence[Plane] = ()
    ) -> "Axes":
        """Draw the pattern: spots by intensity, crosses for what the space group forbids.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        labels
            Number of spots with indices, those with the largest spacings.
        named
            Spots that get their indices besides.

        Raises
        ------
        NoMatch
            If a spot of ``named`` is not in the pattern.
        """
        return plot_spots([self], (), ax, labels, [named])
