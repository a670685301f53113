"""Kinematic zone-axis patterns: electron diffraction, and the spots of an HRTEM image's FFT.

All reflections within the excitation error of the Ewald sphere are found, of whatever index and
Laue zone. Positions are the components of ``g`` at right angles to the zone axis, in Å⁻¹, with
``|g| = 1/d``; the picture is seen from the source (:mod:`ionsmith.lattice.zone`), and of a
pattern on a screen it is the image at a camera constant of one. Intensities are ``|F|²`` times the
factor of the crystal's thickness (:mod:`ionsmith.analyzers.scattering`), the strongest spot
being 100; the direct beam is not counted.

Reflections that glide planes and screw axes extinguish are kept and marked, since double
diffraction often lights them up; those that a lattice centring extinguishes are no points of the
reciprocal lattice and never appear. Distances and angles follow from the metric alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import (
    Conditions,
    Scatterers,
    layers,
    reflections_in_reach,
    structure_factors,
)
from ionsmith.errors import InvalidOrientation, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane, Triple
from ionsmith.lattice.symmetry import Symmetry, readability
from ionsmith.lattice.zone import Zone, beam_frame
from ionsmith.results import Result, Table, plain

_DARK = 1e-9  # per cent; rounding leaves less than that of what positions extinguish


@dataclass(frozen=True)
class SpotBasis:
    """The two shortest spots of a pattern that are not in line, as one measures it.

    Parameters
    ----------
    first, second
        The spots as text, the shorter one first.
    first_indices, second_indices
        Their indices.
    d_first, d_second
        Their spacings in Å.
    ratio
        d_first / d_second.
    angle
        Between them in degrees.
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
    """The spots of one crystal, by falling spacing.

    Parameters
    ----------
    crystal
        Cell and space group.
    zone
        Direction of the beam.
    frame
        Axes x, y, z of the picture as rows in the crystal's Cartesian frame, shape (3, 3).
    hkl
        Indices, shape (n, 3).
    positions
        Components x and y in Å⁻¹, shape (n, 2).
    excitation_error
        In Å⁻¹, shape (n,).
    intensity
        In per cent of the strongest spot, shape (n,).
    forbidden
        Whether a glide plane or screw axis extinguishes the spot, shape (n,).
    """

    crystal: CrystalLattice
    zone: Zone
    frame: NDArray[np.float64]
    hkl: NDArray[np.int64]
    positions: NDArray[np.float64]
    excitation_error: NDArray[np.float64]
    intensity: NDArray[np.float64]
    forbidden: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.hkl)

    @cached_property
    def d(self) -> NDArray[np.float64]:
        """Spacings in Å, shape (n,)."""
        return self.crystal.lattice.d_spacing(self.hkl)

    @cached_property
    def azimuth(self) -> NDArray[np.float64]:
        """Angles of the spots from the x axis, counter-clockwise, 0 to 360 degrees, shape (n,)."""
        return azimuths(self.positions)

    @cached_property
    def laue_zone(self) -> NDArray[np.int64] | None:
        """Layer of the reciprocal lattice that each spot is in, shape (n,).

        Layers are counted along the zone axis as the lattice has them, without those that a
        centring leaves empty. None where no lattice direction is within a degree of the beam.
        """
        return None if self.zone.axis is None else layers(self.crystal, self.zone.axis, self.hkl)

    @cached_property
    def basis(self) -> SpotBasis | None:
        """The two shortest allowed spots of the zero layer that are not in line, if there are."""
        first = self.first_spot
        if first is None:
            return None
        level = np.zeros(len(self)) if self.laue_zone is None else self.laue_zone
        start = self.positions[first]
        across = start[0] * self.positions[:, 1] - start[1] * self.positions[:, 0]
        sine = across * self.d * self.d[first]
        # Counter-clockwise from the first, at most at a right angle: one of each Friedel pair.
        open_ = (self.positions @ start) * self.d * self.d[first] > -1e-6
        found = np.flatnonzero(~self.forbidden & (level == 0) & (sine > 1e-6) & open_)
        if len(found) == 0:
            return None
        second = found[0]
        pair = [triple(self.hkl[spot]) for spot in (first, second)]
        vectors = self.crystal.lattice.normals(pair)
        return SpotBasis(
            first=str(Plane(pair[0])),
            second=str(Plane(pair[1])),
            first_indices=pair[0],
            second_indices=pair[1],
            d_first=float(self.d[first]),
            d_second=float(self.d[second]),
            ratio=float(self.d[first] / self.d[second]),
            angle=float(angle(*vectors)),
        )

    @cached_property
    def independent(self) -> NDArray[np.bool_]:
        """One spot of each Friedel pair, the one that reads more easily; spots without a mate."""
        mates = set(map(tuple, (-self.hkl).tolist()))
        alone = [indices not in mates for indices in map(tuple, self.hkl.tolist())]
        base = 2 * int(abs(self.hkl).max()) + 1
        return np.asarray((readability(self.hkl, base) > readability(-self.hkl, base)) | alone)

    @cached_property
    def first_spot(self) -> int | None:
        """Number of the spot with the largest spacing that is allowed and, if any, in layer 0."""
        allowed = ~self.forbidden
        if self.laue_zone is not None and (allowed & (self.laue_zone == 0)).any():
            allowed = allowed & (self.laue_zone == 0)
        found = np.flatnonzero(allowed)
        return int(found[0]) if len(found) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the pattern with one entry a spot."""
        symmetry = self.crystal.symmetry
        layer = [None] * len(self) if self.laue_zone is None else self.laue_zone.tolist()
        spots = [
            {
                "label": str(Plane(indices)),
                "indices": list(indices),
                "position": [float(x), float(y)],
                "d": float(d),
                "g": 1 / float(d),
                "azimuth": float(azimuth),
                "excitation_error": float(error),
                "laue_zone": level,
                "intensity": float(intensity),
                "forbidden": bool(forbidden),
                "forbidden_by": symmetry.absence_reason(indices) if forbidden else None,
            }
            for indices, (x, y), d, azimuth, error, level, intensity, forbidden in zip(
                map(triple, self.hkl), self.positions, self.d, self.azimuth,
                self.excitation_error, layer, self.intensity, self.forbidden, strict=True,
            )
        ]  # fmt: skip
        return {
            "crystal": self.crystal.name,
            "space_group": self.crystal.space_group,
            "cellpar": list(self.crystal.lattice.cellpar),
            "zone": plain(self.zone),
            "frame": plain(self.frame),
            "basis": plain(self.basis),
            "spots": spots,
        }

    def tables(self) -> list[Table]:
        """Return the spots, one of each Friedel pair, and the basis."""
        rows = []
        for spot in np.flatnonzero(self.independent):
            dark = self.forbidden[spot]
            why = self.crystal.symmetry.absence_reason(self.hkl[spot]) if dark else None
            rows.append(
                (
                    str(Plane(triple(self.hkl[spot]))),
                    round(float(self.d[spot]), 4),
                    round(float(1 / self.d[spot]), 4),
                    round(float(self.azimuth[spot]), 2),
                    round(float(self.excitation_error[spot]), 4),
                    None if self.laue_zone is None else int(self.laue_zone[spot]),
                    round(float(self.intensity[spot]), 2),
                    f"forbidden: {why}" if why else "",
                )
            )
        headers = ("spot", "d (Å)", "g (Å⁻¹)", "azimuth (°)", "s (Å⁻¹)", "Laue zone", "intensity",
                   "")  # fmt: skip
        title = f"{self.crystal.name}: {self.crystal.space_group}, beam along {self.zone.label}"
        if self.zone.deviation and self.zone.axis is not None:
            title += f" ({self.zone.deviation:.2f}° off {Direction(self.zone.axis)})"
        found = [Table(title, headers, rows)]
        if self.basis is not None:
            found.append(Table("", ("", ""), [("shortest spots", basis_text(self.basis))]))
        return found


def spot_pattern(
    scatterers: Scatterers,
    along: Direction | Plane,
    conditions: Conditions | None = None,
    *,
    x_axis: Plane | None = None,
) -> SpotPattern:
    """Compute the pattern of one crystal.

    Parameters
    ----------
    scatterers
        The crystal; partial occupancies are welcome.
    along
        The beam is along a direction [uvw], or along the normal of a plane (hkl).
    conditions
        Beam, thickness and range; those of :class:`Conditions` by default.
    x_axis
        A plane whose spot lies along x; by default the allowed spot of the largest spacing.

    Raises
    ------
    NoMatch
        If no spot is within the range.
    InvalidOrientation
        If the x axis is along the beam, or Laue zones are asked for where the beam is along no
        lattice direction.
    InvalidIndices
        For four indices on axes that are not hexagonal.

    Examples
    --------
    >>> from ionsmith.analyzers.scattering import Scatterers
    >>> from ionsmith.analyzers.spots import spot_pattern
    >>> from ionsmith.lattice.miller import parse_direction
    >>> pattern = spot_pattern(Scatterers.of("lib:si"), parse_direction("[1,1,0]"))
    >>> for hkl, d, forbidden in list(zip(pattern.hkl, pattern.d, pattern.forbidden))[:5:2]:
    ...     print(hkl, f"{d:.3f}", forbidden)
    [ 1 -1  1] 3.136 False
    [ 1 -1 -1] 3.136 False
    [0 0 2] 2.716 True
    """
    crystal = lattice_of_scatterers(scatterers)
    zone = Zone.of(crystal, along)
    chosen = None
    if x_axis is not None:
        crystal.lattice.check(x_axis)
        chosen = crystal.lattice.normals(x_axis.indices)
    frame = beam_frame(zone.vector, chosen)
    pattern = pattern_in_frame(scatterers, crystal, zone, frame, conditions or Conditions())
    if x_axis is None and pattern.first_spot is not None:
        pattern = turned(pattern, pattern.hkl[pattern.first_spot])
    return pattern


def pattern_in_frame(
    scatterers: Scatterers,
    crystal: CrystalLattice,
    zone: Zone,
    frame: NDArray[np.float64],
    conditions: Conditions,
) -> SpotPattern:
    """Compute the pattern of one crystal in given axes."""
    if conditions.max_laue_zone is not None and zone.axis is None:
        raise InvalidOrientation(
            f"the beam along the {zone.label} is within 1° of no lattice direction of "
            f"{crystal.name}: it has no Laue zones; leave the limit out"
        )
    hkl, vectors, error = reflections_in_reach(crystal, zone, frame, conditions)
    forbidden = crystal.symmetry.absent(hkl)
    amplitudes = structure_factors(scatterers, hkl, "electrons")
    intensity = abs(amplitudes) ** 2 * conditions.shape_factor(error)
    strongest = intensity.max(initial=0.0)
    if strongest <= 0:
        raise NoMatch(
            f"{crystal.name}: no spot along {zone.label} with d of at least {conditions.d_min:g} "
            f"Å within {conditions.max_excitation_error:g} Å⁻¹ of the Ewald sphere; try a smaller "
            "d or a larger excitation error"
        )
    intensity *= 100 / strongest
    intensity[intensity < _DARK] = 0.0
    kept = forbidden | (intensity >= max(conditions.min_intensity, _DARK))
    hkl, vectors, error = hkl[kept], vectors[kept], error[kept]
    # Equal spacings differ in the last digit: rounded, the order does not depend on it.
    length = np.round(np.linalg.norm(vectors, axis=1), 8)
    order = np.lexsort((-readability(hkl, 2 * int(abs(hkl).max()) + 1), length))
    return SpotPattern(
        crystal=crystal,
        zone=zone,
        frame=frame,
        hkl=hkl[order],
        positions=vectors[order, :2],
        excitation_error=error[order],
        intensity=intensity[kept][order],
        forbidden=forbidden[kept][order],
    )


def turned(pattern: SpotPattern, x_axis: NDArray[np.int64]) -> SpotPattern:
    """Turn a pattern so that the projection of a reflection is along x."""
    frame = beam_frame(pattern.zone.vector, pattern.crystal.lattice.normals(x_axis))
    positions = pattern.crystal.lattice.normals(pattern.hkl) @ frame[:2].T
    return SpotPattern(
        pattern.crystal, pattern.zone, frame, pattern.hkl, positions, pattern.excitation_error,
        pattern.intensity, pattern.forbidden,
    )  # fmt: skip


def triple(indices: NDArray[np.int64]) -> Triple:
    """Three indices as plain integers."""
    h, k, m = (int(index) for index in indices)
    return h, k, m


def azimuths(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles from the x axis, counter-clockwise, from 0 to below 360 degrees, shape (n,)."""
    found = np.degrees(np.arctan2(positions[:, 1], positions[:, 0])) % 360.0
    return np.where(found >= 360.0 - 1e-9, 0.0, found)


def basis_text(basis: SpotBasis) -> str:
    """Write the two shortest spots as one line."""
    return (
        f"{basis.first} {basis.d_first:.4f} Å, {basis.second} {basis.d_second:.4f} Å, "
        f"ratio {basis.ratio:.4f}, angle {basis.angle:.3f}°"
    )


def lattice_of_scatterers(scatterers: Scatterers) -> CrystalLattice:
    """Cell and space group of a crystal given by its atoms; P1 where none was looked for."""
    symmetry, source = scatterers.symmetry, "of the atoms"
    if symmetry is None:
        symmetry = Symmetry(np.eye(3, dtype=np.int64)[None], np.zeros((1, 3)), 1, "P1")
        source = "too many atoms to look for another one"
    return CrystalLattice(scatterers.name, scatterers.lattice, symmetry, source)
