"""Axes of an image in the frame of a model, and the periods of the model along them."""

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.indices import as_indices
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.zone import beam_frame


def beam_axes(
    atoms: Atoms,
    beam: Direction | Plane | str | ArrayLike,
    up: Direction | Plane | str | ArrayLike | None = None,
) -> tuple[NDArray[np.float64], str]:
    """Axes of the image of a model, and the direction of the beam as text."""
    if isinstance(beam, str):
        beam = as_indices(beam, Direction)
    # Indices need a lattice: arbitrary vectors complete that of a slab.
    axes = image_axes(Lattice(np.asarray(atoms.cell.complete().array)), beam, up)
    if isinstance(beam, Direction):
        return axes, str(beam)
    if isinstance(beam, Plane):
        return axes, f"normal of {beam}"
    return axes, "along " + ",".join(f"{part:g}" for part in np.asarray(beam, dtype=float))


def image_axes(
    lattice: Lattice,
    beam: Direction | Plane | str | ArrayLike,
    up: Direction | Plane | str | ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Axes x, y, z (to the source) of the image in the Cartesian frame of the model, as rows."""
    zone = _vector(lattice, beam)
    if zone.shape != (3,) or not np.isfinite(zone).all() or not np.linalg.norm(zone) > 0:
        raise InvalidOrientation("`beam` needs three numbers that are not all zero")
    zone = zone / np.linalg.norm(zone)
    if up is not None:
        vertical = _vector(lattice, up)
        if np.linalg.norm(np.cross(vertical, zone)) < 1e-6 * np.linalg.norm(vertical):
            raise InvalidOrientation(f"`up` {up} is along the beam; choose another")
    else:
        normals = lattice.normals(np.eye(3)[::-1])
        normals = normals / np.linalg.norm(normals, axis=1)[:, None]
        vertical = normals[np.flatnonzero(abs(normals @ zone) < 0.72)[0]]
    return beam_frame(zone, np.cross(vertical, zone))


def _vector(lattice: Lattice, along: Direction | Plane | str | ArrayLike) -> NDArray[np.float64]:
    """Cartesian vector along a direction or along the normal of a plane."""
    if isinstance(along, str):
        along = as_indices(along, Direction)
    if isinstance(along, (Direction, Plane)):
        lattice.check(along)
        if isinstance(along, Direction):
            return lattice.vectors(along.indices)
        return lattice.normals(along.indices)
    try:
        return np.asarray(along, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidOrientation(
            f"{along!r}: expected a direction, a plane, or three numbers"
        ) from error


SHEAR_TOLERANCE = 0.02
"""Largest sideways part in Å of a translation that counts as a period."""

LONGEST_PERIOD = 150.0
"""Longest period in Å."""

THICKNESS = 50.0
"""Default thickness in Å, rounded to whole periods."""

_THICKEST = 1.5  # of THICKNESS, to which it is rounded
_SPAN = 8  # largest multiple of a cell vector in a translation that is tried

Translation = tuple[tuple[int, int, int], NDArray[np.float64]]


def vectors_in(atoms: Atoms, axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cell vectors of a model in the axes of an image, zero along directions without period."""
    vectors = np.asarray(atoms.cell.array @ axes.T)
    vectors[~np.asarray(atoms.pbc, dtype=bool)] = 0.0
    return vectors


def translation_along(vectors: NDArray[np.float64], axis: int) -> Translation | None:
    """Shortest translation of the model along an axis of the image, and the cell vectors in it."""
    periodic = abs(vectors).max(axis=1) > 0
    grid = index_grid(-_SPAN * periodic, _SPAN * periodic)
    moves = grid @ vectors
    along = moves[:, axis]
    across = np.linalg.norm(moves[:, [0, 1]], axis=1) if axis == 2 else abs(moves[:, 1 - axis])
    fits = (along > 0.5) & (along < LONGEST_PERIOD) & (across <= SHEAR_TOLERANCE)
    if not fits.any():
        return None
    # Among equally long ones, the one that runs least along the beam.
    rank = np.lexsort((abs(moves[fits, 2]).round(6), along[fits].round(6)))[0]
    u, v, w = (int(n) for n in grid[fits][rank])
    return (u, v, w), moves[fits][rank]


def beam_period(vectors: NDArray[np.float64]) -> float | None:
    """Period in Å of a model along the beam, None without one."""
    translation = translation_along(vectors, 2)
    return None if translation is None else float(translation[1][2])


def whole_thickness(period: float | None) -> tuple[float, str]:
    """Thickness near :data:`THICKNESS`, of whole periods if possible, and a note about it."""
    if period is None:
        return THICKNESS, (
            f"{THICKNESS:g} Å thick: no translation runs along the beam, no thickness is whole"
        )
    repeats = max(1, round(THICKNESS / period))
    if repeats * period > _THICKEST * THICKNESS:
        return THICKNESS, (
            f"{THICKNESS:g} Å thick, part of a period along the beam of {period:.4f} Å; give that "
            "as the thickness for a whole one"
        )
    return repeats * period, (
        f"{repeats * period:.4f} Å thick: {repeats} whole periods along the beam of "
        f"{period:.4f} Å, nearest to {THICKNESS:g} Å"
    )


def cut_period(thickness: float, period: float | None) -> list[str]:
    """Note about a thickness that is not a whole number of periods; none if it is."""
    if period is None or abs(thickness - round(thickness / period) * period) < 1e-3:
        return []
    fewer = int(thickness // period)
    whole = [f"{count * period:.4f}" for count in (fewer, fewer + 1) if count]
    return [
        f"{thickness:g} Å are {thickness / period:.3f} periods along the beam of {period:.4f} Å, "
        f"the last one is cut; {' or '.join(whole)} Å are whole"
    ]
