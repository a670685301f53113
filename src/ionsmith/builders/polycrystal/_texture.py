"""Orientations of grains: random, a fibre, about a common axis, or from a file."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from ionsmith.errors import InvalidInput

Floats = NDArray[np.float64]

Z = np.array([0.0, 0.0, 1.0])


def random_orientations(count: int, generator: np.random.Generator) -> Floats:
    """Matrices of uniformly distributed rotations from crystal to box, shape (n, 3, 3)."""
    return np.asarray(Rotation.random(count, rng=generator).as_matrix()).reshape(-1, 3, 3)


def fibre_orientations(axes: Floats, spread: float, generator: np.random.Generator) -> Floats:
    """Orientations with a direction of each crystal along z.

    Parameters
    ----------
    axes
        The direction of each grain's crystal as a Cartesian vector, shape (n, 3).
    spread
        Standard deviation in degrees of the tilt about x and about y.
    generator
        Random numbers.
    """
    spins = generator.uniform(0, 360, len(axes))
    tilts = spread * generator.standard_normal((len(axes), 2))
    matrices = []
    for axis, spin, tilt in zip(axes, spins, tilts, strict=True):
        up = Rotation.align_vectors([Z], [axis])[0]
        turn = Rotation.from_euler("z", spin, degrees=True)
        lean = Rotation.from_rotvec([*tilt, 0.0], degrees=True)
        matrices.append((lean * turn * up).as_matrix())
    return np.array(matrices)


def given_orientations(source: ArrayLike | str | Path) -> Floats:
    """Orientations from rows of three Bunge angles in degrees, or of quaternions (w, x, y, z).

    Parameters
    ----------
    source
        The numbers, or a text file with one row for each grain.

    Raises
    ------
    InvalidInput
        If they are neither.
    """
    if isinstance(source, str | Path):
        try:
            rows = np.loadtxt(source, ndmin=2, delimiter=None, encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = "no such file" if isinstance(error, OSError) else "not rows of numbers"
            raise InvalidInput(f"`orientations` {source}: {reason}") from None
    else:
        rows = np.atleast_2d(np.asarray(source, dtype=float))
    if rows.ndim != 2 or rows.shape[1] not in (3, 4) or not np.isfinite(rows).all():
        raise InvalidInput(
            "`orientations` must be rows of three Bunge angles in degrees or four components of a "
            "quaternion, one for each grain"
        )
    if rows.shape[1] == 3:
        return np.asarray(Rotation.from_euler("ZXZ", rows, degrees=True).as_matrix())
    if not rows.any(axis=1).all():
        raise InvalidInput("`orientations`: a quaternion of zeros is not a rotation")
    return np.asarray(Rotation.from_quat(rows[:, [1, 2, 3, 0]]).as_matrix())


def euler_angles(matrix: Floats) -> tuple[float, float, float]:
    """Bunge's angles of a rotation in degrees, φ1 and φ2 from 0 to 360."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where Φ is 0, φ2 is taken as 0
        first, middle, last = Rotation.from_matrix(matrix).as_euler("ZXZ", degrees=True)
    return round(first % 360, 6), round(float(middle), 6), round(last % 360, 6)
