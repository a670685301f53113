"""Strain that two meshes share, and its elastic energy.

A film mesh is carried to the substrate mesh by the deformation ``D = R U``, a stretch ``U`` and
then a rotation ``R``. If the substrate takes the fraction p of the strain, the common lattice lies
between the two: with ::

    E = (U - 1) (p U + 1 - p)⁻¹

the film is strained by ``(1 - p) E`` and the substrate by ``-p R E Rᵀ``, both measured from the
unstrained crystal (Biot strain). :mod:`ionsmith.analyzers.epitaxy` shares the misfit of two periods
by the same rule.

References
----------
M. A. Biot, J. Appl. Phys. 10, 860 (1939), doi:10.1063/1.1707264 (the strain U - 1);
J. F. Nye, Physical Properties of Crystals (1957), ch. VIII (elastic energy).
"""

from collections.abc import Sequence

import numpy as np
from ase.units import GPa
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput

_PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))  # Voigt's order
_IN_PLANE, _OUT_OF_PLANE = [0, 1, 5], [2, 3, 4]
_DIRECTIONS = 36  # of a crack in its plane


def stretch_window(max_strain: float, substrate_share: float) -> tuple[float, float]:
    """Smallest and largest principal stretch U that strains neither side by more than a limit.

    Parameters
    ----------
    max_strain
        Largest absolute principal strain of either side.
    substrate_share
        Fraction p of the strain in the substrate, 0 to 1.
    """
    film_share = 1 - substrate_share
    e = max_strain / max(substrate_share, film_share)
    return (
        (1 - film_share * e) / (1 + substrate_share * e),
        (1 + film_share * e) / (1 - substrate_share * e),
    )


def shared_strain(stretch: ArrayLike, substrate_share: float) -> NDArray[np.float64]:
    """Principal values of E for principal stretches U; same shape."""
    u = np.asarray(stretch, dtype=float)
    return np.asarray((u - 1) / (substrate_share * u + 1 - substrate_share))


def stretch_factors(
    deformation: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Singular values of deformations in a plane, in closed form.

    Equal to :func:`numpy.linalg.svd`, and ten times faster for many matrices.

    Parameters
    ----------
    deformation
        The matrices, shape (n, 2, 2).

    Returns
    -------
    left, stretches, right
        The factors W, diagonal and Vᵀ, shapes (n, 2, 2), (n, 2) and (n, 2, 2); the larger stretch
        first, W a rotation.
    """
    (a, b), (c, d) = np.moveaxis(deformation, 0, -1)
    # A matrix is a turned scaling plus a turned mirroring; their sizes are half the sum and half
    # the difference of the singular values.
    same, other = np.hypot(a + d, c - b) / 2, np.hypot(a - d, b + c) / 2
    first, second = np.arctan2(c - b, a + d), np.arctan2(b + c, a - d)
    left, right = (first + second) / 2, (first - second) / 2
    hand = np.where(same < other, -1.0, 1.0)
    cosines, sines = np.cos([left, right]), np.sin([left, right])
    return (
        np.stack([cosines[0], -sines[0], sines[0], cosines[0]], axis=1).reshape(-1, 2, 2),
        np.stack([same + other, abs(same - other)], axis=1),
        np.stack([cosines[1], -sines[1], hand * sines[1], hand * cosines[1]], axis=1).reshape(
            -1, 2, 2
        ),
    )


def von_mises(principal: ArrayLike) -> NDArray[np.float64]:
    """Von Mises strain of a plane strain.

    Parameters
    ----------
    principal
        The two principal strains, shape (..., 2); the third one is zero.

    Returns
    -------
    ndarray
        ``sqrt(2/3 e:e)`` of the deviator e, shape (...).
    """
    first, second = np.moveaxis(np.asarray(principal, dtype=float), -1, 0)
    return np.asarray(2 / 3 * np.sqrt(first**2 + second**2 - first * second))


def elastic_matrix(
    constants: Sequence[float], cell: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Build the stiffness matrix from its independent elements.

    Parameters
    ----------
    constants
        In GPa: C11, C12 and C44 of a cubic crystal whose axes are the Cartesian ones, or the 21
        elements of the upper triangle row by row (C11, C12, … C66, Voigt's notation) in the
        Cartesian frame of the crystal.
    cell
        Cell vectors of the crystal as rows; with them, three constants are refused unless the
        cell is a cube along the Cartesian axes.

    Returns
    -------
    ndarray
        Shape (6, 6), in GPa.

    Raises
    ------
    InvalidInput
        If the number of constants is neither 3 nor 21, if three are given for a crystal that is
        not cubic, or if the matrix is not positive definite.
    """
    values = [float(value) for value in constants]
    matrix = np.zeros((6, 6))
    if len(values) == 3:
        if cell is not None and abs(cell - cell[0, 0] * np.eye(3)).max() > 1e-3 * abs(cell).max():
            raise InvalidInput(
                "three elastic constants describe a cubic crystal with its axes along x, y and z; "
                "give the 21 elements of the upper triangle of the stiffness matrix"
            )
        matrix[:3, :3] = values[1]
        np.fill_diagonal(matrix, [values[0]] * 3 + [values[2]] * 3)
    elif len(values) == 21:
        matrix[np.triu_indices(6)] = values
        matrix = matrix + np.triu(matrix, 1).T
    else:
        raise InvalidInput(
            f"expected 3 elastic constants in GPa (C11, C12, C44 of a cubic crystal) or 21 (upper "
            f"triangle of the stiffness matrix, row by row), not {len(values)}"
        )
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix).min() <= 0:
        raise InvalidInput("the stiffness matrix is not positive definite: no crystal is stable")
    return matrix


def plane_stiffness(
    stiffness: NDArray[np.float64], frame: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Stiffness of a layer that is strained in its plane and free to relax across it.

    Parameters
    ----------
    stiffness
        In the Cartesian frame of the crystal, shape (6, 6), in GPa.
    frame
        Two unit vectors in the plane and its normal as rows, shape (3, 3).

    Returns
    -------
    ndarray
        Shape (3, 3), in GPa, for the strains 11, 22 and 2·12 in that frame.
    """
    turned = in_frame(stiffness, frame)
    inner = turned[np.ix_(_IN_PLANE, _IN_PLANE)]
    coupling = turned[np.ix_(_IN_PLANE, _OUT_OF_PLANE)]
    outer = turned[np.ix_(_OUT_OF_PLANE, _OUT_OF_PLANE)]
    return np.asarray(inner - coupling @ np.linalg.solve(outer, coupling.T))


def in_frame(stiffness: NDArray[np.float64], frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stiffness matrix in another Cartesian frame.

    Parameters
    ----------
    stiffness
        In the Cartesian frame of the crystal, shape (6, 6).
    frame
        Three unit vectors as rows, shape (3, 3).
    """
    full = np.zeros((3, 3, 3, 3))
    for row, (i, j) in enumerate(_PAIRS):
        for column, (k, m) in enumerate(_PAIRS):
            for first in ((i, j), (j, i)):
                for second in ((k, m), (m, k)):
                    full[first + second] = stiffness[row, column]
    full = np.einsum("ai,bj,ck,dm,ijkm->abcd", frame, frame, frame, frame, full, optimize=True)
    return np.array([[full[first + second] for second in _PAIRS] for first in _PAIRS])


def plane_frame(normal: ArrayLike) -> NDArray[np.float64]:
    """Two unit vectors in a plane and its normal as rows, right-handed, shape (3, 3).

    Parameters
    ----------
    normal
        Normal of the plane, shape (3,).
    """
    up = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
    first = np.cross(np.eye(3)[np.abs(up).argmin()], up)
    first /= np.linalg.norm(first)
    return np.array([first, np.cross(up, first), up])


def biaxial_modulus(stiffness: NDArray[np.float64], normal: ArrayLike) -> float:
    """Stress in GPa per equal strain in all directions of a plane, for a layer free across it.

    That is the elastic energy per volume over the square of the strain: E/(1 - ν) in an isotropic
    solid; where the two principal stresses differ, their mean.

    Parameters
    ----------
    stiffness
        In the Cartesian frame of the crystal, shape (6, 6), in GPa.
    normal
        Normal of the plane in that frame, shape (3,).
    """
    return float(plane_stiffness(stiffness, plane_frame(normal))[:2, :2].sum()) / 2


def equilibrium_share(
    substrate: NDArray[np.float64],
    film: NDArray[np.float64],
    substrate_normal: ArrayLike,
    film_normal: ArrayLike,
    *,
    thickness_ratio: float = 1.0,
) -> float:
    """Fraction of an equal misfit in all directions that the substrate takes in equilibrium.

    The energy of two coherent layers that cannot bend is ``h_s p² M_s + h_f (1 - p)² M_f`` with the
    thicknesses h and biaxial moduli M, lowest where ``p = h_f M_f / (h_f M_f + h_s M_s)``. It is
    the ``substrate_share`` of :class:`ionsmith.surfaces.coincidence.Limits`.

    Parameters
    ----------
    substrate, film
        Stiffness matrices in the Cartesian frame of each crystal, shape (6, 6), in GPa.
    substrate_normal, film_normal
        Normals of the planes in contact in these frames, shape (3,).
    thickness_ratio
        Thickness of the film over that of the substrate; 0 for a film on a thick substrate.

    Raises
    ------
    InvalidInput
        If the ratio is negative.
    """
    if not thickness_ratio >= 0:
        raise InvalidInput(f"`thickness_ratio` is {thickness_ratio:g}; 0 or more was expected")
    soft = thickness_ratio * biaxial_modulus(film, film_normal)
    return soft / (soft + biaxial_modulus(substrate, substrate_normal))


def griffith_toughness(stiffness: NDArray[np.float64], normal: ArrayLike, energy: float) -> float:
    """Toughness of a brittle crystal against a crack in mode I, in the weakest direction.

    With the compliances b of plane strain, x along the crack, y along its normal and z along its
    front, ``G = K² sqrt(b11 b22 / 2) sqrt(sqrt(b22 / b11) + (2 b12 + b66) / (2 b11))``, where xy is
    a plane of symmetry (A. A. Griffith, Philos. Trans. R. Soc. A 221, 163 (1921),
    doi:10.1098/rsta.1921.0006; G. C. Sih, P. C. Paris and G. R. Irwin, Int. J. Fract. Mech. 1, 189
    (1965), from memory).

    Parameters
    ----------
    stiffness
        In the Cartesian frame of the crystal, shape (6, 6), in GPa.
    normal
        Normal of the plane in that frame, shape (3,).
    energy
        Energy G of both faces in J/m².

    Returns
    -------
    float
        K in MPa sqrt(m).
    """
    frame = plane_frame(normal)
    lowest = np.inf
    for turn in np.linspace(0, np.pi, _DIRECTIONS, endpoint=False):
        along = np.cos(turn) * frame[0] + np.sin(turn) * frame[1]
        s = np.linalg.inv(
            in_frame(stiffness, np.array([along, frame[2], np.cross(along, frame[2])]))
        )
        b = s - np.outer(s[:, 2], s[2]) / s[2, 2]
        shape = np.sqrt(b[1, 1] / b[0, 0]) + (2 * b[0, 1] + b[5, 5]) / (2 * b[0, 0])
        squared = energy / (np.sqrt(b[0, 0] * b[1, 1] / 2) * np.sqrt(shape))  # in J/m² GPa
        lowest = min(lowest, float(squared))
    return float(np.sqrt(1e-3 * lowest))


def energy_density(
    stiffness: NDArray[np.float64], strain: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Elastic energy of plane strains.

    Parameters
    ----------
    stiffness
        As :func:`plane_stiffness` gives it, in GPa.
    strain
        In the same frame, shape (..., 2, 2).

    Returns
    -------
    ndarray
        In eV/Å³ of unstrained crystal, shape (...).
    """
    v = np.stack([strain[..., 0, 0], strain[..., 1, 1], 2 * strain[..., 0, 1]], axis=-1)
    return np.asarray(0.5 * GPa * np.einsum("...i,ij,...j->...", v, stiffness, v))
