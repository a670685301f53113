"""Planes of two crystals that an orientation relationship makes parallel, or nearly so.

An orientation relationship says how a film lies, and not along which plane it touches its
substrate. The plane in contact may be the parallel plane pair itself, or any other one; where it
contains the zone axis it is seen edge-on in a micrograph along that axis, and the parallel planes
cross the interface.
"""

from itertools import product
from math import gcd

import numpy as np

from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Plane, parse_plane, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

LARGEST_INDEX = 6
"""Largest index of a plane of the film that is looked at."""


def plane_angle(relationship: OrientationRelationship, planes: tuple[Plane, Plane]) -> float:
    """Angle in degrees between the normals of a plane of the substrate and one of the film."""
    first = relationship.substrate.lattice.normals(planes[0].indices)
    second = relationship.film.lattice.normals(planes[1].indices)
    return float(angle(first, relationship.rotation @ second))


def contact_planes(
    relationship: OrientationRelationship | None, text: str | None, within: float
) -> tuple[Plane, Plane]:
    """Read which planes are in contact.

    Parameters
    ----------
    relationship
        How the film lies, if that is known.
    text
        ``"(1,0,0)||(3,1,5)"``; the substrate's plane alone, and the film's is found; or None for
        the parallel planes of the relationship.
    within
        Largest angle in degrees of the film's plane where it has to be found.

    Raises
    ------
    InvalidOrientation
        If the planes cannot be told, or no plane of the film lies on the substrate's.
    InvalidIndices
        For what is no plane.
    """
    if text is not None and "||" in text:
        return parse_planes(text)
    if relationship is None:
        raise InvalidOrientation(
            "without an orientation relationship both planes in contact are needed, as in "
            "(1,0,0)||(3,1,5)"
        )
    if text is not None:
        plane = parse_plane(text)
        return plane, facing_plane(relationship, plane, within)
    if relationship.planes is None:
        raise InvalidOrientation(
            "a relationship given as a rotation names no planes: give the plane in contact"
        )
    return relationship.planes


def facing_plane(relationship: OrientationRelationship, plane: Plane, within: float) -> Plane:
    """Find the low-index plane of the film that lies on a plane of the substrate.

    Where the substrate's plane contains its zone axis, the parallel direction, the film's has to
    contain its own.

    Parameters
    ----------
    relationship
        How the film lies.
    plane
        The plane of the substrate in contact.
    within
        Largest angle in degrees between the two.

    Returns
    -------
    Plane
        Among those with the smallest sum of squares of indices for their angle: each higher index
        has to bring the angle down by more than it costs, a degree a unit of the largest index.

    Raises
    ------
    InvalidOrientation
        If there is none within the angle.
    """
    relationship.substrate.lattice.check(plane)
    span = range(-LARGEST_INDEX, LARGEST_INDEX + 1)
    indices = np.array([h for h in product(span, repeat=3) if gcd(*h) == 1])
    zone = None
    if relationship.directions is not None:
        substrate_zone, film_zone = relationship.directions
        if np.dot(plane.indices, substrate_zone.indices) == 0:
            zone = film_zone
            indices = indices[indices @ film_zone.indices == 0]
    normal = relationship.substrate.lattice.normals(plane.indices)
    others = relationship.film.lattice.normals(indices) @ relationship.rotation.T
    cosine = others @ normal / np.linalg.norm(others, axis=1) / np.linalg.norm(normal)
    off = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    cost = off + abs(indices).max(axis=1)
    inside = np.flatnonzero(off <= within)
    if len(inside) == 0:
        least = int(off.argmin())
        nearest = Plane(tuple(int(i) for i in indices[least]))  # type: ignore[arg-type]
        through = f" that contains {zone}" if zone is not None else ""
        raise InvalidOrientation(
            f"no plane of {relationship.film.name}{through} up to index {LARGEST_INDEX} is within "
            f"{within:g}° of {plane} of {relationship.substrate.name}; the nearest, {nearest}, is "
            f"{off[least]:.2f}° off: name the film's plane, or allow that angle"
        )
    order = np.lexsort(((indices[inside] ** 2).sum(axis=1), np.round(cost[inside], 6)))
    h, k, m = (int(i) for i in indices[inside[order[0]]])
    return Plane((h, k, m))
