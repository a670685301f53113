"""Candidates: a low-index plane of each crystal parallel, and in them a short row of each.

Every pair of planes and of rows in them gives a rotation of the film onto the substrate, in four
combinations of signs. Crystals count with the proper rotations of their Laue groups, so that the
polarity of the film is left open.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import coprime_indices
from ionsmith.lattice.miller import Direction, Plane, triple

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LARGEST_INDEX = 4
"""Largest index of planes and rows; along a long axis of the cell, in proportion, up to twice."""

PLANES = 12
"""Number of families of planes of each crystal, those of the largest spacings."""

ROWS = 8
"""Number of rows in each plane, the shortest ones that are not equivalent."""


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
    lattice_spacing, spacing
        Distance of lattice planes, and of planes that reflect, in Å, shape (n,).
    period
        Length in Å of the shortest lattice vector along the row, shape (n,).
    """

    crystal: CrystalLattice
    planes: Integers
    rows: Integers
    matrices: Floats
    lattice_spacing: Floats
    spacing: Floats
    period: Floats

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
    sides = np.linalg.norm(lattice.cell, axis=1)
    if surface is None:
        grid = _indices(sides)
        families, _ = symmetry.families(grid)
        families = np.unique(families, axis=0)
        rough = lattice.d_spacing(families)
        families = families[np.argsort(-rough, kind="stable")[:400]]
    else:
        families = np.array([surface.reduced().indices])
    spacing = np.array([crystal.lattice_spacing(Plane(triple(h))) for h in families])
    order = np.lexsort((*families.T, -np.round(spacing, 6)))[:PLANES]
    families, spacing = families[order], spacing[order]
    rows = _indices(1 / np.linalg.norm(lattice.reciprocal, axis=1))
    found = []
    for plane, lattice_spacing in zip(families, spacing, strict=True):
        reflecting = float(lattice.d_spacing(plane)) / symmetry.allowed_order(plane)
        inside = rows[rows @ plane == 0]
        inside = inside[np.argsort(lattice.length(inside), kind="stable")[:60]]
        period = np.array([crystal.period(Direction(triple(u))) for u in inside])
        taken: set[tuple[int, ...]] = set()
        count = 0
        # Operations that keep the plane, turned over or not.
        kept = [
            w
            for w in symmetry.laue_group
            if (plane @ w == plane).all() or (plane @ w == -plane).all()
        ]
        for number in np.lexsort((*-inside.T, np.round(period, 6))):
            row = inside[number]
            if tuple(row) in taken or tuple(-row) in taken:
                continue
            taken.update(tuple(w @ row) for w in kept)
            found.append((plane, row, lattice_spacing, reflecting, period[number]))
            count += 1
            if count == ROWS:
                break
    planes = np.array([item[0] for item in found])
    directions = np.array([item[1] for item in found])
    normals = lattice.normals(planes)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    along = lattice.vectors(directions)
    along /= np.linalg.norm(along, axis=1)[:, None]
    matrices = np.stack([along, np.cross(normals, along), normals], axis=1)
    numbers = np.array([item[2:] for item in found])
    return Frames(crystal, planes, directions, matrices, *numbers.T)


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
        [(abs(local - np.diag(sign)) < 1e-4).all(axis=(2, 3)).any(axis=1) for sign in SIGNS], axis=1
    )
