"""Symmetry operations: from gemmi's tables, and the glide plane, screw axis or centring of one."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.miller import Direction, Plane, Triple

if TYPE_CHECKING:
    import gemmi

_ORDERS = {3: 1, -1: 2, 0: 3, 1: 4, 2: 6}  # of a proper rotation, by its trace


def operation_arrays(
    operations: Iterable["gemmi.Op"],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Matrices W, shape (n, 3, 3), and vectors w, shape (n, 3), of operations of gemmi."""
    rotations, translations = zip(*((each.rot, each.tran) for each in operations), strict=True)
    return np.array(rotations, dtype=np.int64) // 24, np.array(translations) / 24  # gemmi.Op.DEN


def describe_operation(
    rotation: NDArray[np.int64],
    translation: NDArray[np.float64],
    repeats: Callable[[Direction], int],
    largest: int = 48,
) -> tuple[tuple[object, ...], str]:
    """Name an operation that fixes a plane: a centring, a glide or a screw.

    Parameters
    ----------
    rotation, translation
        Matrix W, shape (3, 3), and vector w, shape (3,).
    repeats
        Gives the number of lattice periods in the shortest integer vector along a direction.
    largest
        Largest denominator of a translation.

    Returns
    -------
    simplicity
        Sort key: centrings before glides before screws, simple translations first.
    name
        The element in words.
    """
    mirror = np.linalg.det(rotation) < 0
    order = 2 if mirror else _ORDERS[int(np.trace(rotation))]
    powers = [np.linalg.matrix_power(rotation, power) for power in range(order)]
    along = np.mean([power @ translation for power in powers], axis=0)
    intrinsic = tuple(Fraction(float(part)).limit_denominator(largest) for part in along)
    shown = "(" + ",".join(map(str, intrinsic)) + ")"
    if order == 1:
        kind, text = 0, f"lattice centring {shown}"
    elif mirror:
        kind, text = 1, f"{_glide(intrinsic)} {_mirror_plane(rotation)}, translation {shown}"
    else:
        axis, sense = _rotation_axis(rotation, powers)
        component = int(np.abs(axis.indices).argmax())
        turns = sense * order * repeats(axis) * along[component] / axis.indices[component]
        kind, text = 2, f"{order}_{round(turns) % order} screw axis along {axis}"
    nonzero = sum(part != 0 for part in intrinsic)
    denominator = lcm(*(part.denominator for part in intrinsic))
    simplicity = (kind, -order, nonzero, denominator, tuple(abs(part) for part in intrinsic))
    return (*simplicity, text), text


def mean_power(rotation: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of the powers of a matrix: what it leaves of a translation."""
    order = 2 if np.linalg.det(rotation) < 0 else _ORDERS[int(np.trace(rotation))]
    powers = [np.linalg.matrix_power(rotation, power) for power in range(order)]
    return np.asarray(np.mean(powers, axis=0))


def _glide(intrinsic: tuple[Fraction, ...]) -> str:
    moved = [axis for axis, part in zip("abc", intrinsic, strict=True) if part != 0]
    sizes = {part.denominator for part in intrinsic if part != 0}
    if sizes == {2}:
        return f"{moved[0] if len(moved) == 1 else 'n'} glide plane"
    return "d glide plane" if sizes == {4} else "glide plane"


def _mirror_plane(rotation: NDArray[np.int64]) -> Plane:
    rows = rotation - np.eye(3, dtype=np.int64)  # rank one: every row is a multiple of the plane
    return Plane(_upright(rows[np.abs(rows).sum(axis=1).argmax()]))


def _rotation_axis(
    rotation: NDArray[np.int64], powers: list[NDArray[np.int64]]
) -> tuple[Direction, int]:
    """Axis of a rotation, and whether it turns right-handedly (+1) or not (-1) about it."""
    total = np.sum(powers, axis=0)  # rank one: every column lies along the axis
    axis = Direction(_upright(total[:, np.abs(total).sum(axis=0).argmax()]))
    aside = next(u for u in np.eye(3, dtype=np.int64) if np.cross(axis.indices, u).any())
    frame = np.array([axis.indices, aside, rotation @ aside])
    return axis, -1 if np.linalg.det(frame) < 0 else 1


def _upright(vector: NDArray[np.int64]) -> Triple:
    """Divide out the common factor and make the first index that is not zero positive."""
    first, second, third = (int(index) for index in vector)
    divisor = gcd(first, second, third)
    divisor *= 1 if (first or second or third) > 0 else -1
    return first // divisor, second // divisor, third // divisor
