"""Kinematic zone-axis pattern of a crystal.

All reflections within the excitation error of the Ewald sphere are found, of any index and Laue
zone. Reflections that glide planes and screw axes extinguish are kept and marked, since double
diffraction often excites them; those that a lattice centring extinguishes are not points of the
reciprocal lattice and never appear.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import (
    EXACT,
    Conditions,
    ScattererLike,
    Scatterers,
    allowed_factors,
    reflections_in_reach,
)
from ionsmith.analyzers.spots._result import SpotPattern
from ionsmith.analyzers.spots._slab import SAMPLES, Slab, find_slab, rod_maxima
from ionsmith.analyzers.spots._supercell import in_file, repeated, zone_of_unit
from ionsmith.choices import check_type
from ionsmith.crystals.files import CrystalLike, name_of, read_crystal
from ionsmith.crystals.parent import find_parent
from ionsmith.errors import InvalidInput, InvalidOrientation, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike, PlaneLike, as_indices, as_plane
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.symmetry import readability
from ionsmith.lattice.unit_cell import UnitCell
from ionsmith.lattice.zone import Zone, beam_frame

MOST_SPOTS = 100_000
"""Largest number of reflections of a pattern: those of a cell of 100 Å down to 0.6 Å."""

_DARK = 1e-9  # per cent; rounding leaves less than that of what positions extinguish


def spot_pattern(
    crystal: ScattererLike,
    along: IndicesLike,
    conditions: Conditions | None = None,
    *,
    x_axis: PlaneLike | None = None,
    symprec: float = EXACT,
    displacements: bool = True,
    parent: CrystalLike | None = None,
) -> SpotPattern:
    """Compute the zone-axis pattern of a crystal.

    Parameters
    ----------
    crystal
        Any crystal, partial occupancies included; a slab or an interface, which is not periodic
        along one cell vector, is seen edge-on and named by spacings instead of indices.
    along
        Direction [uvw] of the beam, or plane (hkl) whose normal it is parallel to, also as text
        such as ``"[1,1,0]"``; integers are a direction.
    conditions
        Beam, thickness and range; those of :class:`Conditions` by default.
    x_axis
        Plane whose spot lies along x; by default the allowed spot with the largest spacing.
    symprec
        Distance in Å between atoms that count as equivalent.
    displacements
        Whether the displacement parameters of the crystal are used; without them atoms are at rest.
    parent
        Crystal of which this one is a supercell: the beam and the x axis are given, and the spots
        labelled, in its cell.

    Raises
    ------
    InvalidInput
        If there are too many reflections, or the beam is not in the plane of a slab.
    NoMatch
        If no spot is within the range.
    InvalidOrientation
        If the x axis is along the beam, or Laue zones are limited although the beam is along no
        lattice direction.
    InvalidIndices
        For malformed indices, or four indices for axes that are not hexagonal.

    Examples
    --------
    >>> from ionsmith.analyzers.spots import spot_pattern
    >>> pattern = spot_pattern("lib:si", "[1,1,0]")
    >>> for hkl, d, forbidden in list(zip(pattern.hkl, pattern.d, pattern.forbidden))[:5:2]:
    ...     print(hkl, f"{d:.3f}", forbidden)
    [ 1 -1  1] 3.136 False
    [ 1 -1 -1] 3.136 False
    [0 0 2] 2.716 True
    """
    check_type("conditions", conditions, Conditions)
    unit: UnitCell | None = None
    if isinstance(crystal, Scatterers):
        scatterers = Scatterers.of(crystal, displacements=displacements)
    else:
        read, name = read_crystal(crystal), name_of(crystal)
        slab = find_slab(read, name, symprec, displacements=displacements)
        if slab is not None:
            if x_axis is not None or parent is not None:
                raise InvalidInput(
                    "spots of a slab have its normal upwards and no parent: leave out `x_axis` and "
                    "`parent`"
                )
            return _slab_pattern(slab, along, conditions or Conditions())
        large = repeated(read, name, symprec, displacements=displacements)
        if large is not None:
            scatterers, unit = large
        else:
            scatterers = Scatterers.of_read(read, name, symprec, displacements=displacements)
    phase = scatterers.phase if unit is None else unit.crystal
    known = None
    if parent is not None:
        known = find_parent(phase.name, phase.lattice.cell, parent)
        asked = as_indices(along, Direction)
        along = known.in_supercell(asked)
    zone = Zone.of(phase, along)
    if known is not None:  # named in the parent's cell, as it was asked for
        named = str(asked.reduced())
        zone = replace(zone, label=named if isinstance(asked, Direction) else f"normal of {named}")
    toward = None
    if x_axis is not None:
        x_axis = as_plane(x_axis)
        if known is not None:
            x_axis = as_plane(known.in_supercell(x_axis).indices)
        phase.lattice.check(x_axis)
        toward = phase.lattice.normals(x_axis.indices)
    frame = beam_frame(zone.vector, toward)
    if unit is None:
        pattern = pattern_in_frame(scatterers, phase, zone, frame, conditions or Conditions())
    else:
        own = scatterers.phase, zone_of_unit(unit, along), frame
        pattern = in_file(
            pattern_in_frame(scatterers, *own, conditions or Conditions()), unit, zone
        )
    pattern = replace(pattern, parent=known)
    if x_axis is None and pattern.first_spot is not None:
        pattern = turned(pattern, pattern.hkl[pattern.first_spot])
    return pattern


def _slab_pattern(slab: Slab, along: IndicesLike, conditions: Conditions) -> SpotPattern:
    """Pattern of a slab with the beam in its plane."""
    scatterers = slab.scatterers
    asked = as_indices(along, Direction)
    if not isinstance(asked, Direction) or asked.indices[slab.side] != 0:
        shape = ",".join("0" if k == slab.side else "uv"[k - (k > slab.side)] for k in range(3))
        raise InvalidInput(
            f"{scatterers.name} is a slab, not periodic along {'abc'[slab.side]}: its spots are "
            f"seen with the beam in its plane, [{shape}], not {asked}"
        )
    zone = Zone.of(scatterers.phase, asked)
    every, frame = replace(conditions, min_intensity=1e-6), beam_frame(zone.vector)
    most = SAMPLES * MOST_SPOTS
    samples = pattern_in_frame(scatterers, scatterers.phase, zone, frame, every, most)
    return rod_maxima(replace(samples, conditions=conditions), slab)


def pattern_in_frame(
    scatterers: Scatterers,
    phase: CrystalLattice,
    zone: Zone,
    frame: NDArray[np.float64],
    conditions: Conditions,
    most: int = MOST_SPOTS,
) -> SpotPattern:
    """Compute the pattern of one crystal in given axes."""
    if conditions.max_laue_zone is not None and zone.axis is None:
        raise InvalidOrientation(
            f"the beam along the {zone.label} is within 1° of no lattice direction of "
            f"{phase.name}, so that there are no Laue zones; leave `max_laue_zone` out"
        )
    hkl, vectors, error = reflections_in_reach(phase, zone, frame, conditions)
    if len(hkl) > most:
        raise InvalidInput(
            f"{phase.name}: {len(hkl):,} reflections are in reach, up to {most:,} are "
            "computed; increase `d_min` (is the cell given in Å?)"
        )
    forbidden = phase.symmetry.extinguished(hkl)
    amplitudes = allowed_factors(scatterers, hkl, "electrons")
    intensity = abs(amplitudes) ** 2 * conditions.shape_factor(error)
    strongest = intensity.max(initial=0.0)
    if strongest <= 0:
        raise NoMatch(
            f"{phase.name}: no spot along {zone.label} with d of at least {conditions.d_min:g} "
            f"Å within {conditions.max_excitation_error:g} Å⁻¹ of the Ewald sphere; try a smaller "
            "`d_min` or a larger `max_excitation_error`"
        )
    intensity *= 100 / strongest
    intensity[intensity < _DARK] = 0.0
    kept = forbidden | (intensity >= max(conditions.min_intensity, _DARK))
    hkl, vectors, error = hkl[kept], vectors[kept], error[kept]
    # Equal spacings differ in the last digit: rounded, the order does not depend on it.
    length = np.round(np.linalg.norm(vectors, axis=1), 8)
    order = np.lexsort((-readability(hkl, 2 * int(abs(hkl).max()) + 1), length))
    return SpotPattern(
        phase=phase,
        conditions=conditions,
        zone=zone,
        frame=frame,
        hkl=hkl[order],
        positions=vectors[order, :2],
        excitation_error=error[order],
        intensity=intensity[kept][order],
        forbidden=forbidden[kept][order],
        displaced=scatterers.displaced,
    )


def turned(pattern: SpotPattern, x_axis: NDArray[np.int64]) -> SpotPattern:
    """Turn a pattern so that the projection of a reflection is along x."""
    normals = pattern.phase.lattice.normals
    frame = beam_frame(pattern.zone.vector, normals(x_axis))
    return replace(pattern, frame=frame, positions=normals(pattern.hkl) @ frame[:2].T)
