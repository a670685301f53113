"""Candidates: a low-index plane of each crystal parallel, and in them a short row of each.

Every pair of planes and of rows in them gives a rotation of the film onto the substrate, in four
combinations of signs. Crystals count with the proper rotations of their Laue groups, so that the
polarity of the film is left open.
"""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import coprime_indices
from ionsmith.lattice.miller import Plane, triple
from ionsmith.surfaces.plane_mesh import plane_mesh

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LARGEST_INDEX = 4
"""Largest index of planes; along a long axis of the cell, in proportion, up to twice."""

PLANES = 12
"""Number of families of planes of each crystal, those of the largest spacings."""

ROWS = 8
"""Number of rows in each plane, the shortest ones that are not equivalent."""

_STEPS = np.array([(i, j) for i in range(-4, 5) for j in range(-4, 5) if gcd(i, j) == 1])


@dataclass(frozen=True, eq=False)
class Frames:
    """Planes of a crystal, each with one of its rows.

    Parameters
    ----------
    crystal
        The crystal.
    planes, rows
        Indices, shape (n, 3) each.
    matrices
        Cartesian row, its perpendicular in the plane and normal as rows, shape (n, 3, 3).
    lattice_spacing
        Distance of lattice planes in Å, shape (n,).
    period
        Length in Å of the shortest lattice vector along the row, shape (n,).
    densest
        Largest distance of lattice planes of the crystal in Å.
    """

    crystal: CrystalLattice
    planes: Integers
    rows: Integers
    matrices: Floats
    lattice_spacing: Floats
    period: Floats
    densest: float

    @cached_property
    def across(self) -> Floats:
        """Distance in Å of parallel rows in the plane, shape (n,)."""
        volume = self.crystal.lattice.volume / len(self.crystal.symmetry.centrings)
        return np.asarray(volume / self.lattice_spacing / self.period)


def proper_rotations(crystal: CrystalLattice) -> Floats:
    """Proper rotations of the Laue group, Cartesian, shape (n, 3, 3)."""
    group = crystal.cartesian_group
    group = group * np.sign(np.linalg.det(group))[:, None, None]
    _, first = np.unique(np.round(group, 6).reshape(-1, 9), axis=0, return_index=True)
    return np.asarray(group[np.sort(first)])


def _indices(lengths: Floats) -> Integers:
    """Coprime indices up to :data:`LARGEST_INDEX`, larger ones along a longer axis."""
    grid = coprime_indices(2 * LARGEST_INDEX)
    most = np.clip(np.round(LARGEST_INDEX * lengths / lengths.min()), 1, 2 * LARGEST_INDEX)
    return np.asarray(grid[(abs(grid) <= most).all(axis=1)])


def frames_of(crystal: CrystalLattice, surface: Plane | None = None) -> Frames:
    """List the densest planes of a crystal with the shortest rows in each.

    Parameters
    ----------
    crystal
        The crystal.
    surface
        The only plane that is taken; by default the :data:`PLANES` families of largest spacing.
    """
    lattice, symmetry = crystal.lattice, crystal.symmetry
    grid = _indices(np.linalg.norm(lattice.cell, axis=1))
    families = np.unique(symmetry.families(grid)[0], axis=0)
    families = families[np.argsort(-lattice.d_spacing(families), kind="stable")[:400]]
    spacings = np.array([crystal.lattice_spacing(Plane(triple(h))) for h in families])
    order = np.lexsort((*families.T, -np.round(spacings, 6)))[:PLANES]
    families, spacings = families[order], spacings[order]
    densest = float(spacings[0])
    if surface is not None:
        families = np.array([surface.reduced().indices])
        spacings = np.array([crystal.lattice_spacing(surface)])
    found = []
    for plane, spacing in zip(families, spacings, strict=True):
        mesh = plane_mesh(crystal, Plane(triple(plane)))
        vectors = _STEPS @ mesh.vectors
        period = np.asarray(lattice.length(vectors))
        rows = np.round(len(symmetry.centrings) * vectors).astype(np.int64)
        rows //= np.gcd.reduce(rows, axis=1)[:, None]
        images = plane @ symmetry.laue_group
        fixed = ((images == plane) | (images == -plane)).all(axis=1)
        taken: set[tuple[int, ...]] = set()
        count = 0
        for number in np.lexsort((*-rows.T, np.round(period, 6))):
            row = rows[number]
            if tuple(row.tolist()) in taken:
                continue
            taken.update(map(tuple, (symmetry.laue_group[fixed] @ row).tolist()))
            found.append((plane, row, spacing, period[number]))
            count += 1
            if count == ROWS:
                break
    planes, directions = (np.array([item[which] for item in found]) for which in (0, 1))
    normals, along = lattice.normals(planes), lattice.vectors(directions)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    along /= np.linalg.norm(along, axis=1)[:, None]
    return Frames(
        crystal=crystal,
        planes=planes,
        rows=directions,
        matrices=np.stack([along, np.cross(normals, along), normals], axis=1),
        lattice_spacing=np.array([item[2] for item in found]),
        period=np.array([item[3] for item in found]),
        densest=densest,
    )


SIGNS = np.array([[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]])
"""Signs of the three axes of the film: as they are, row, normal, or both turned over."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """All candidates of two crystals.

    Parameters
    ----------
    substrate, film
        Planes and rows of each.
    pairs
        Numbers of a frame of the substrate, one of the film and the signs, shape (n, 3).
    quaternions
        Rotations from film to substrate, scalar last, shape (n, 4).
    common
        Number of proper rotations that both crystals share, shape (n,).
    """

    substrate: Frames
    film: Frames
    pairs: Integers
    quaternions: Floats
    common: Integers


def quaternions_of(matrices: Floats) -> Floats:
    """Quaternions of rotation matrices, scalar last."""
    return np.asarray(Rotation.from_matrix(matrices).as_quat())


def multiply(first: Floats, second: Floats) -> Floats:
    """Products of quaternions, scalar last, with broadcasting."""
    x, y, z, w = np.moveaxis(first, -1, 0)
    a, b, c, d = np.moveaxis(second, -1, 0)
    return np.stack(
        [
            w * a + x * d + y * c - z * b,
            w * b - x * c + y * d + z * a,
            w * c + x * b - y * a + z * d,
            w * d - x * a - y * b - z * c,
        ],
        axis=-1,
    )


def equivalents(quaternion: Floats, substrate: CrystalLattice, film: CrystalLattice) -> Floats:
    """All equivalents of one rotation, shape (n, 4)."""
    left = quaternions_of(proper_rotations(substrate))
    right = quaternions_of(proper_rotations(film))
    return multiply(multiply(left, quaternion)[:, None], right[None]).reshape(-1, 4)


def near(quaternions: Floats, centres: Floats, within: float) -> NDArray[np.bool_]:
    """Whether rotations are within an angle in degrees of any of some others."""
    return np.asarray(
        abs(quaternions @ centres.T).max(axis=1) >= np.cos(np.radians(within) / 2) - 1e-12
    )


def candidates_of(
    substrate: CrystalLattice, film: CrystalLattice, surface: Plane | None = None
) -> Candidates:
    """All candidates of two crystals, of each set of equal ones the first.

    Parameters
    ----------
    substrate, film
        The two crystals.
    surface
        The plane of the substrate that the film grows on, if it is known.
    """
    frames = frames_of(substrate, surface), frames_of(film)
    first, second = (quaternions_of(frame.matrices) for frame in frames)
    # R = A^T diag(signs) B for frames A and B whose rows are the axes; quaternions of A^T are
    # conjugates of those of A.
    conjugate = first * [-1, -1, -1, 1]
    turns = quaternions_of(np.array([np.diag(sign) for sign in SIGNS]))
    every = multiply(
        multiply(conjugate[:, None], turns[None])[:, None, :], second[None, :, None, :]
    )
    pairs = np.indices(every.shape[:3]).reshape(3, -1).T
    quaternions = every.reshape(-1, 4)
    left, right = (quaternions_of(proper_rotations(crystal)) for crystal in (substrate, film))
    # Of the four combinations of signs of one pair, those that the film's rotations make equal.
    keep = np.ones(every.shape[:3], dtype=bool)
    fulls = [_turning(frame) for frame in frames]
    equal = fulls[0][:, None] | fulls[1][None]
    for one in range(4):
        for other in range(one):
            turn = {(1, 0): 1, (2, 0): 2, (3, 0): 3, (2, 1): 3, (3, 1): 2, (3, 2): 1}[one, other]
            keep[:, :, one] &= ~(equal[:, :, turn] & keep[:, :, other])
    chosen = keep.reshape(-1)
    pairs, quaternions = pairs[chosen], quaternions[chosen]
    common = np.zeros(len(quaternions), dtype=np.int64)
    inverse = quaternions * [-1, -1, -1, 1]
    for turn in right:
        turned = multiply(multiply(quaternions, turn), inverse)
        common += abs(turned @ left.T).max(axis=1) > np.cos(np.radians(0.25))
    return Candidates(*frames, pairs, quaternions, common)


def _turning(frame: Frames) -> NDArray[np.bool_]:
    """Which of :data:`SIGNS` the crystal's own rotations do to each frame, shape (n, 4)."""
    group = proper_rotations(frame.crystal)
    local = frame.matrices[:, None] @ group @ frame.matrices.transpose(0, 2, 1)[:, None]
    return np.stack(
        [np.any(np.all(abs(local - np.diag(sign)) < 1e-4, axis=(2, 3)), axis=1) for sign in SIGNS],
        axis=1,
    )
