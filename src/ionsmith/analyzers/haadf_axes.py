"""Axes of a HAADF image in the frame of a model."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidOrientation
from ionsmith.geometry.beam_frame import beam_frame
from ionsmith.geometry.metric import Lattice
from ionsmith.geometry.miller import Direction, Plane


def image_axes(
    lattice: Lattice, beam: Direction | Plane | ArrayLike, up: Direction | Plane | None = None
) -> NDArray[np.float64]:
    """Axes of the image in the Cartesian frame of the model.

    Parameters
    ----------
    lattice
        Of the model.
    beam
        A direction [uvw], the normal of a plane (hkl), or a Cartesian vector, towards the source.
    up
        A direction, or a plane whose normal, points up in the image. By default the first of the
        normals of (001), (010) and (100) that is within 45° of the image plane.

    Returns
    -------
    ndarray
        x, y and z as rows, shape (3, 3).

    Raises
    ------
    InvalidIndices
        For four indices on axes that are not hexagonal.
    InvalidOrientation
        If the beam has no direction, or ``up`` is along the beam.
    """
    zone = _vector(lattice, beam)
    if zone.shape != (3,) or not np.isfinite(zone).all() or not np.linalg.norm(zone) > 0:
        raise InvalidOrientation("the beam needs a direction: three numbers that are not all zero")
    zone = zone / np.linalg.norm(zone)
    if up is not None:
        vertical = _vector(lattice, up)
        if np.linalg.norm(np.cross(vertical, zone)) < 1e-6 * np.linalg.norm(vertical):
            raise InvalidOrientation(f"{up} is along the beam and cannot point up; choose another")
    else:
        normals = lattice.normals(np.eye(3)[::-1])
        normals = normals / np.linalg.norm(normals, axis=1)[:, None]
        vertical = normals[np.flatnonzero(abs(normals @ zone) < 0.72)[0]]
    return beam_frame(zone, np.cross(vertical, zone))


def _vector(lattice: Lattice, along: Direction | Plane | ArrayLike) -> NDArray[np.float64]:
    if isinstance(along, (Direction, Plane)):
        lattice.check(along)
        if isinstance(along, Direction):
            return lattice.vectors(along.indices)
        return lattice.normals(along.indices)
    return np.asarray(along, dtype=float)
