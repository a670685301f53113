"""Finding the misorientation that is asked for."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ionsmith.arguments import is_number
from ionsmith.builders.grain_boundary._misorientation import (
    Misorientation,
    half_turn,
    misorientation,
    turn_about,
    turns_about,
)
from ionsmith.builders.grain_boundary._result import BoundaryOrientation
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import DirectionLike, PlaneLike, as_direction, as_plane
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.own_boundary import LARGEST_SIGMA
from ionsmith.surfaces.plane_mesh import plane_mesh

WINDOW = 0.5
"""Largest difference in degrees of the angle that is asked for and that of a coincidence."""

NEAREST = 5
"""Coincidences that a refusal names."""

Floats = NDArray[np.float64]


def find_misorientation(
    lattice: CrystalLattice,
    plane: PlaneLike,
    sigma: int | None,
    axis: DirectionLike | None,
    angle: float | None,
    max_area: float,
    max_strain: float,
) -> Misorientation:
    """Find the misorientation that is asked for, symmetric ones first."""
    plane = as_plane(plane).reduced()
    lattice.lattice.check(plane)
    about = None if axis is None else as_direction(axis)
    if about is not None:
        lattice.lattice.check(about)
    if sigma is not None and not (isinstance(sigma, int) and 1 <= sigma <= LARGEST_SIGMA):
        raise InvalidInput(f"`sigma` is {sigma}; 1 to {LARGEST_SIGMA} was expected")
    if angle is not None and not (is_number(angle) and abs(angle) <= 360):
        raise InvalidInput(f"`angle` is {angle}; degrees up to 360 were expected")
    if about is not None and angle is None and sigma is None:
        raise InvalidInput(f"a rotation about `axis` {about} needs an `angle` or a `sigma` too")
    if about is None and angle is None:
        normal = plane_mesh(lattice, plane).frame[2]
        pair = misorientation(lattice, plane, half_turn(normal), max_area, max_strain)
        if pair is not None and not pair.is_perfect and sigma in (None, pair.sigma):
            return pair
        if pair is not None and pair.is_perfect and sigma is None:
            raise InvalidInput(
                f"turning {lattice.name} by 180° about the normal of {plane} is a symmetry of the "
                "crystal: there is no symmetric boundary; give an `angle` or a `sigma` for a twist"
            )
        if pair is None and sigma is None:
            raise NoMatch(
                f"the mesh of {plane} is {plane_mesh(lattice, plane).area:.0f} Å²; `max_area` is "
                f"{max_area:g} Å²"
            )
    if angle is not None and _is_symmetry(lattice, plane, about, angle):
        raise InvalidInput(
            f"turning {lattice.name} by {angle:g}° about {about or 'the normal'} is a symmetry of "
            "the crystal: there is no boundary; give another `angle`"
        )
    fits: list[tuple[bool, float, int, Misorientation]] = []
    for pair in coincident_turns(lattice, plane, about, max_area, max_strain, angle):
        if sigma in (None, pair.sigma):
            fits.append((not pair.is_symmetric, round(pair.area, 3), len(fits), pair))
    if fits:
        return min(fits, key=lambda fit: fit[:3])[3]
    raise NoMatch(_refusal(lattice, plane, sigma, about, angle, max_area, max_strain))


def _is_symmetry(
    lattice: CrystalLattice, plane: Plane, axis: Direction | None, angle: float
) -> bool:
    """Whether a rotation belongs to the point group."""
    vector = (
        plane_mesh(lattice, plane).frame[2]
        if axis is None
        else lattice.lattice.vectors(axis.indices)
    )
    off = abs(lattice.cartesian_group - turn_about(vector, angle)).max(axis=(1, 2))
    return bool(off.min() < 1e-3)


def coincident_turns(
    lattice: CrystalLattice,
    plane: Plane,
    axis: Direction | None,
    max_area: float,
    max_strain: float,
    angle: float | None = None,
) -> Iterator[Misorientation]:
    """Boundaries on a plane: the symmetric one, and turns about an axis or the normal."""
    normal = plane_mesh(lattice, plane).frame[2]
    symmetric = half_turn(normal)
    turns = [symmetric] if axis is None and angle is None else []
    about = axis or _direction(normal @ np.linalg.inv(lattice.lattice.cell))
    if about is not None:
        vector = lattice.lattice.vectors(about.indices)
        angles = [turn for turn, _ in turns_about(lattice, about, max_area)]
        if angle is not None:
            near = [turn for turn in angles if _off(turn, angle) <= WINDOW]
            angles = [*sorted(near, key=lambda turn: _off(turn, angle)), angle % 360]
        turns += [turn_about(vector, turn) for turn in angles]
    elif angle is not None:
        turns += [turn_about(normal, angle)]
    known: list[tuple[float, float]] = []
    for rotation in turns:
        pair = misorientation(lattice, plane, rotation, max_area, max_strain)
        if pair is None or pair.is_perfect:
            continue
        if pair.is_symmetric:  # whichever of the equivalent rotations was found
            pair = misorientation(lattice, plane, symmetric, max_area, max_strain) or pair
        key = round(pair.disorientation.angle, 2), round(pair.area, 2)
        if key not in known:
            known.append(key)
            yield pair


def _off(turn: float, angle: float) -> float:
    """Difference in degrees of two angles, in either sense."""
    return min(abs((turn - sign * angle + 180) % 360 - 180) for sign in (1, -1))


def _direction(along: Floats) -> Direction | None:
    """Lattice direction of a vector in the axes of the crystal, or None."""
    along = along / abs(along).max()
    for largest in range(1, 61):
        if abs(largest * along - np.rint(largest * along)).max() < 1e-4 * largest:
            u, v, w = np.rint(largest * along).astype(int).tolist()
            return Direction((u, v, w)).reduced()
    return None


def _refusal(
    lattice: CrystalLattice,
    plane: Plane,
    sigma: int | None,
    axis: Direction | None,
    angle: float | None,
    max_area: float,
    max_strain: float,
) -> str:
    """Say that there is no such boundary, and which are nearest."""
    asked = "" if sigma is None else f"Σ{sigma} "
    if angle is not None:
        asked += f"{angle:g}° "
    if axis is not None:
        asked += f"about {axis} "
    found = list(coincident_turns(lattice, plane, axis, max_area, max_strain))
    if angle is not None:
        found.sort(key=lambda pair: min(_off(pair.turn[0], angle), abs(pair.turn[0] - angle)))
    elif sigma is not None:
        found.sort(key=lambda pair: abs((pair.sigma or 10 * LARGEST_SIGMA) - sigma))
    listed = ", ".join(described(pair).name for pair in found[:NEAREST])
    nearest = f"; the nearest on this plane are {listed}" if listed else "; there is none"
    return (
        f"no boundary {asked}on {plane} of {lattice.name} has a common cell up to {max_area:g} Å² "
        f"with strain up to {max_strain:g}{nearest}"
    )


def described(pair: Misorientation) -> BoundaryOrientation:
    """Misorientation and plane of a boundary as plain values."""
    angle, axis = pair.turn
    return BoundaryOrientation(
        kind=pair.kind,
        sigma=pair.sigma,
        planes=(str(pair.planes[0]), str(pair.planes[1])),
        axis=axis,
        angle=angle,
        disorientation=pair.disorientation.angle,
        area=pair.area,
        strain=round(pair.strain, 9),
    )
