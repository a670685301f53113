"""Planes in contact: those of two crystals that an orientation relationship makes parallel.

An orientation relationship fixes the orientation of a film, not the plane along which it meets the
substrate. The planes in contact may be the parallel planes of the relationship or any others; where
they contain the zone axis, the interface is seen edge-on in a micrograph along that axis.
"""

import numpy as np

from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.lattice_points import coprime_indices
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Plane, parse_plane, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

LARGEST_INDEX = 6
"""Largest index of the planes of the film that are tried."""


def plane_angle(relationship: OrientationRelationship, planes: tuple[Plane, Plane]) -> float:
    """Angle in degrees between the normals of a plane of the substrate and one of the film."""
    first = relationship.substrate.lattice.normals(planes[0].indices)
    second = relationship.film.lattice.normals(planes[1].indices)
    return float(angle(first, relationship.rotation @ second))


def contact_planes(
    relationship: OrientationRelationship | None, text: str | None, within: float
) -> tuple[Plane, Plane]:
    """Determine the planes in contact.

    Parameters
    ----------
    relationship
        Orientation relationship of the film, or None.
    text
        Both planes as ``"(1,0,0)||(3,1,5)"``; the substrate's plane alone, for which the film's is
        found by :func:`facing_plane`; or None for the parallel planes of the relationship.
    within
        Largest angle in degrees between the two where the film's plane has to be found.

    Raises
    ------
    InvalidOrientation
        If the planes are not determined, or no plane of the film is parallel enough.
    InvalidIndices
        If the text is not a plane.
    """
    if text is not None and "||" in text:
        return parse_planes(text)
    if relationship is None:
        raise InvalidOrientation(
            "without an orientation relationship, give both planes in contact, such as "
            "(1,0,0)||(3,1,5)"
        )
    if text is not None:
        plane = parse_plane(text)
        return plane, facing_plane(relationship, plane, within)
    if relationship.planes is None:
        raise InvalidOrientation(
            "the relationship was given as a rotation, without planes: give the plane in contact"
        )
    return relationship.planes


def facing_plane(relationship: OrientationRelationship, plane: Plane, within: float) -> Plane:
    """Find the low-index plane of the film that is parallel to a plane of the substrate.

    Where the substrate's plane contains its parallel direction, the zone axis, the film's plane
    must contain the film's.

    Parameters
    ----------
    relationship
        Orientation relationship of the film.
    plane
        The plane of the substrate in contact.
    within
        Largest angle in degrees between the two.

    Returns
    -------
    Plane
        The one with the smallest sum of its angle in degrees and its largest index.

    Raises
    ------
    InvalidOrientation
        If there is none within the angle.
    """
    relationship.substrate.lattice.check(plane)
    indices = coprime_indices(LARGEST_INDEX)
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
            f"{off[least]:.2f}° off; give the film's plane or allow that angle"
        )
    order = np.lexsort(((indices[inside] ** 2).sum(axis=1), np.round(cost[inside], 6)))
    h, k, m = (int(i) for i in indices[inside[order[0]]])
    return Plane((h, k, m))
