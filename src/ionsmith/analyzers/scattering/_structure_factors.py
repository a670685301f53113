r"""Structure factors of any reflections of any crystal.

.. math:: F(\mathbf h) = \sum_j o_j\, (f_j(s) + f'_j + i f''_j)\, e^{-8\pi^2 U_j s^2}
          e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

Split into :math:`A`, the sum over the real part of the scattering factors, and :math:`B`, that over
:math:`f''`, :math:`F(\mathbf h) = A + iB` and :math:`F(-\mathbf h) = A^* + iB^*`. The mean of
:math:`|F|^2` over a Friedel pair, which a powder shows, is :math:`|A|^2 + |B|^2`. Atoms related by
a centring translation are summed once.

The sums of phases over atoms of one kind, :math:`\sum_j w_j e^{2\pi i\,\mathbf h\cdot\mathbf x_j}`,
are computed in three ways: a few phases are multiplied out one by one; for a small cell they are
factors for each index, and the sums at all points of the grid of indices one product of a (hk,
atom) and an (atom, l) matrix, where real cosines and sines in the latter serve l and -l; and beyond
that by a non-uniform fast Fourier transform, whose time grows with atoms plus reflections.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.scattering._form_factors import (
    Radiation,
    dispersion,
    scattering_factors,
)
from ionsmith.analyzers.scattering._nonuniform import PartialSums, transformed_sums
from ionsmith.analyzers.scattering._reflections import changes, inverse_square
from ionsmith.analyzers.scattering._scatterers import ScattererLike, Scatterers
from ionsmith.choices import checked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Complex = NDArray[np.complex128]

BLOCK = 2_000_000
"""Numbers that a table of phases may hold: 16 or 32 MB."""

_SAME = 1e-10  # relative difference of 1/d² that rounding explains

FEW = 100_000
"""Number of phases up to which they are multiplied out one by one."""

GRID = 20_000_000
"""Number of atoms times points of the grid up to which the product over the grid is quicker."""


@checked
def structure_factors(
    crystal: ScattererLike,
    hkl: ArrayLike,
    radiation: Radiation = "x-rays",
    energy: float | None = None,
) -> Complex:
    """Structure factors of a crystal, per cell.

    Parameters
    ----------
    crystal
        Any crystal.
    hkl
        Integer indices in the axes of its cell, shape (m, 3).
    radiation
        What is diffracted.
    energy
        Energy of the X-rays in eV, for f' and f''; None leaves them out.

    Returns
    -------
    ndarray
        In electrons (X-rays), fm (neutrons) or Å (electrons), shape (m,).

    Raises
    ------
    InvalidInput
        If the radiation is not recognised or a scattering factor is not known.

    Examples
    --------
    >>> from ionsmith.analyzers.scattering import structure_factors
    >>> [round(float(abs(f)), 1) for f in structure_factors("lib:si", [[1, 1, 1], [2, 0, 0]])]
    [59.6, 0.0]
    """
    scatterers, h = Scatterers.of(crystal), np.asarray(hkl, dtype=np.int64).reshape(-1, 3)
    where = _allowed(scatterers, h)
    factors = np.zeros(len(h), dtype=complex)
    factors[where] = allowed_factors(scatterers, h[where], radiation, energy)
    return factors


@checked
def allowed_factors(
    scatterers: Scatterers, h: Integers, radiation: Radiation, energy: float | None = None
) -> Complex:
    """Structure factors of reflections that every centring allows, shape (m,)."""
    real, absorbed = _parts(scatterers, h, radiation, energy)
    return real if absorbed is None else real + 1j * absorbed


@checked
def powder_intensities(
    crystal: ScattererLike,
    hkl: ArrayLike,
    radiation: Radiation = "x-rays",
    energy: float | None = None,
) -> Floats:
    """Mean ``|F|²`` of each reflection and its Friedel mate, in electrons², fm² or Å², shape (m,).

    Parameters and errors are those of :func:`structure_factors`.
    """
    scatterers, h = Scatterers.of(crystal), np.asarray(hkl, dtype=np.int64).reshape(-1, 3)
    where = _allowed(scatterers, h)
    real, absorbed = _parts(scatterers, h[where], radiation, energy)
    square = np.square(real.real) + np.square(real.imag)
    if absorbed is not None:
        square += np.square(absorbed.real) + np.square(absorbed.imag)
    mean = np.zeros(len(h))
    mean[where] = square
    return mean


def _parts(
    scatterers: Scatterers, h: Integers, radiation: Radiation, energy: float | None
) -> tuple[Complex, Complex | None]:
    """Sums A and B of the module docstring; None for a B that is zero."""
    square = inverse_square(h, scatterers.lattice.reciprocal_metric)
    # Factors depend on the spacing alone, which many reflections that follow each other share.
    shells = changes(square, _SAME)
    s = np.sqrt(square[shells]) / 2
    shell = np.repeat(np.arange(len(s), dtype=np.int32), np.diff(shells, append=len(h)))
    del square
    element, u_iso, kind = scatterers.kinds
    atoms = scatterers.primitive_rows
    atoms = atoms[np.argsort(kind[atoms], kind="stable")]
    copies = 1 if scatterers.symmetry is None else len(scatterers.symmetry.centrings)
    weights = copies * scatterers.occupancy[atoms]
    tensors = None if scatterers.u_star is None else scatterers.u_star[atoms]
    isotropic = np.ones(len(atoms)) if tensors is None else np.isnan(tensors[:, 0, 0])
    sums = phase_sums(scatterers.positions[atoms], weights * isotropic, kind[atoms], h)
    added = dispersion(scatterers.elements, radiation, energy)
    real = np.zeros(len(h), dtype=complex)
    absorbed = np.zeros(len(h), dtype=complex) if added.imag.any() else None
    for number, (which, u, parts) in enumerate(zip(element, u_iso, sums, strict=True)):
        factor = scattering_factors([scatterers.elements[which]], s, radiation)[0]
        factor += added.real[which]
        fading = np.exp(-8 * np.pi**2 * u * s**2) if u else np.ones(len(s))
        if tensors is not None and (own := (kind[atoms] == number) & (isotropic == 0)).any():
            summed = _anisotropic_sum(
                scatterers.positions[atoms[own]], weights[own], tensors[own], h
            )
            real += factor[shell] * summed
            if absorbed is not None:
                absorbed += added.imag[which] * summed
        factor *= fading
        fading *= added.imag[which]
        for some, summed in parts:
            real[some] += factor[shell[some]] * summed
            if absorbed is not None:
                absorbed[some] += fading[shell[some]] * summed
    return real, absorbed


def _anisotropic_sum(positions: Floats, weights: Floats, tensors: Floats, h: Integers) -> Complex:
    """Sum of phases times the factors of anisotropic displacements, in blocks of atoms."""
    total = np.zeros(len(h), dtype=complex)
    step = max(BLOCK // max(len(h), 1), 1)
    for start in range(0, len(positions), step):
        block = slice(start, start + step)
        exponent = np.einsum("mi,nij,mj->nm", h, tensors[block], h)
        total += weights[block] @ (_phases(positions[block], h) * np.exp(-2 * np.pi**2 * exponent))
    return total


def _allowed(scatterers: Scatterers, h: Integers) -> Integers | slice:
    """Reflections that no centring forbids."""
    if scatterers.symmetry is None:
        return slice(None)
    return np.flatnonzero(scatterers.symmetry.centring_allows(h))


def phase_sums(
    positions: Floats, weights: Floats, kinds: Integers, h: Integers
) -> Iterable[Iterable[PartialSums]]:
    """Sum weight times phase over the atoms of each kind; atoms are sorted by kind."""
    count = int(kinds[-1]) + 1
    whole = slice(None)
    if len(positions) * len(h) <= FEW:
        alike = np.where(kinds == np.arange(count)[:, None], weights, 0.0)
        return [[(whole, summed)] for summed in alike @ _phases(positions, h)]
    bounds = np.searchsorted(kinds, np.arange(count + 1))
    if len(positions) * np.prod(np.ptp(h, axis=0) + 1.0) > GRID:
        return transformed_sums(positions, weights, bounds, h)
    return [
        [(whole, _grid_sums(positions[first:last], weights[first:last], h))]
        for first, last in pairwise(bounds.tolist())
    ]


def _phases(positions: Floats, h: Integers) -> Complex:
    """Phases of all atoms for any reflections, shape (n, m)."""
    phases = None
    for coordinate, index in zip(positions.T, h.T, strict=True):
        low, high = index.min(initial=0), index.max(initial=0)
        if low == high:  # zero, as along the axis of a zone
            continue
        factors = np.exp(2j * np.pi * coordinate[:, None] * np.arange(low, high + 1))
        own = factors.take(index - low, axis=1)
        phases = own if phases is None else np.multiply(phases, own, out=phases)
    return np.ones((len(positions), len(h)), dtype=complex) if phases is None else phases


def _grid_sums(positions: Floats, weights: Floats, h: Integers) -> Complex:
    """Sums over the atoms of one kind at all points of the grid of h, k and ``|l|``."""
    low, high = h[:, :2].min(axis=0), h[:, :2].max(axis=0)
    x, y, z = 2 * np.pi * positions.T
    along_h, along_k = (
        np.exp(1j * np.arange(first, last + 1)[:, None] * turn)
        for first, last, turn in zip(low, high, (x, y), strict=True)
    )
    turns = np.arange(abs(h[:, 2]).max() + 1) * z[:, None]
    rows = ((weights * along_h)[:, None] * along_k).reshape(-1, len(x))
    point = (h[:, 0] - low[0]) * len(along_k) + h[:, 1] - low[1], abs(h[:, 2])
    even = (rows.real @ np.cos(turns))[point] + 1j * (rows.imag @ np.cos(turns))[point]
    odd = 1j * (rows.real @ np.sin(turns))[point] - (rows.imag @ np.sin(turns))[point]
    return np.asarray(even + np.sign(h[:, 2]) * odd)
