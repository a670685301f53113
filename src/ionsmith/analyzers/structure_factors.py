r"""Structure factors of any reflections of any crystal.

.. math:: F(\mathbf h) = \sum_j o_j\, (f_j(s) + f'_j + i f''_j)\, e^{-8\pi^2 U_j s^2}
          e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

With the sums apart into :math:`A`, of everything real but the phase, and :math:`B`, of
:math:`f''`, :math:`F(\mathbf h) = A + iB` and :math:`F(-\mathbf h) = A^* + iB^*`: the mean of
:math:`|F|^2` over a Friedel pair is :math:`|A|^2 + |B|^2`, which is what a powder shows.

Atoms that centring translations repeat are summed once. Phases are products of one factor for
each index, so that the sum over atoms of all reflections with the same ``h`` is one matrix
product for each kind of atom; memory is bounded by blocks of atoms and of reflections. Few
reflections, as those of one zone, are too few a layer for that and are summed one by one.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.form_factors import dispersion, scattering_factors
from ionsmith.analyzers.scatterers import Scatterers

BLOCK = 2_000_000
"""Complex numbers that a block of phases may hold: 32 MB."""

LAYER_OVERHEAD = 7500
"""How many phases are multiplied out in the time that a layer and kind of atom take to set up."""

_Complex = NDArray[np.complex128]


def structure_factors(
    scatterers: Scatterers, hkl: ArrayLike, radiation: str = "x-rays", energy: float | None = None
) -> _Complex:
    """Structure factors of a crystal's cell.

    Parameters
    ----------
    scatterers
        The atoms.
    hkl
        Integer indices in the axes of their lattice, shape (m, 3).
    radiation
        ``x-rays``, ``neutrons`` or ``electrons``.
    energy
        Of X-rays in eV, for f' and f''; None leaves them out.

    Returns
    -------
    ndarray
        In electrons, fm or Å, shape (m,).

    Raises
    ------
    IonsmithError
        For an unknown radiation, or where a scattering factor is not known.
    """
    real, absorbed = _parts(scatterers, hkl, radiation, energy)
    return real if absorbed is None else real + 1j * absorbed


def powder_intensities(
    scatterers: Scatterers, hkl: ArrayLike, radiation: str = "x-rays", energy: float | None = None
) -> NDArray[np.float64]:
    """Mean of the squared structure factors of each reflection and its Friedel mate.

    Parameters and errors are those of :func:`structure_factors`.

    Returns
    -------
    ndarray
        |F|² in electrons², fm² or Å², shape (m,).
    """
    real, absorbed = _parts(scatterers, hkl, radiation, energy)
    mean = np.square(real.real) + np.square(real.imag)
    if absorbed is not None:
        mean += np.square(absorbed.real) + np.square(absorbed.imag)
    return np.asarray(mean)


def _parts(
    scatterers: Scatterers, hkl: ArrayLike, radiation: str, energy: float | None
) -> tuple[_Complex, _Complex | None]:
    """The sums A and B of the module's docstring, None for a B that is zero."""
    h = np.asarray(hkl, dtype=np.int64).reshape(-1, 3)
    element, u_iso, _ = scatterers.kinds
    s = np.linalg.norm(scatterers.lattice.normals(h), axis=1) / 2
    added = dispersion(scatterers.elements, radiation, energy)
    real = np.zeros(len(h), dtype=complex)
    absorbed = np.zeros(len(h), dtype=complex) if added.imag.any() else None
    rows = max(BLOCK // max(len(u_iso), 1), 1)
    for chosen, sums in _phase_sums(scatterers, h, rows):
        square = np.square(s[chosen])
        factors = scattering_factors(scatterers.elements, s[chosen], radiation)
        factors += added.real[:, None]
        damping = np.exp(-8 * np.pi**2 * u_iso[:, None] * square)
        sums *= damping
        real[chosen] = np.einsum("km,km->m", factors[element], sums)
        if absorbed is not None:
            absorbed[chosen] = added.imag[element] @ sums
    return real, absorbed


def _phase_sums(
    scatterers: Scatterers, h: NDArray[np.int64], rows: int
) -> Iterator[tuple[NDArray[np.int64], _Complex]]:
    """Sum occupancy times phase for each kind of atom.

    Parameters
    ----------
    scatterers
        The atoms.
    h
        Indices, shape (m, 3).
    rows
        Most reflections at a time.

    Yields
    ------
    chosen
        Which reflections, shape (r,).
    sums
        Of each kind, shape (kinds, r).
    """
    _, u_iso, kind = scatterers.kinds
    allowed = np.arange(len(h))
    copies = 1
    if scatterers.symmetry is not None:
        centrings = scatterers.symmetry.centrings
        copies = len(centrings)
        for shift in centrings:
            phase = h[allowed] @ shift
            allowed = allowed[abs(phase - np.round(phase)) < 1e-3]
    atoms = scatterers.primitive_rows
    atoms = atoms[np.argsort(kind[atoms], kind="stable")]
    bounds = np.searchsorted(kind[atoms], np.arange(len(u_iso) + 1))
    position, weight = scatterers.positions[atoms], copies * scatterers.occupancy[atoms]
    order = np.lexsort(h[allowed].T[::-1])
    allowed = allowed[order]
    starts = np.flatnonzero(np.diff(h[allowed, 0], prepend=np.iinfo(np.int64).min))
    if len(atoms) * len(allowed) <= min(BLOCK, LAYER_OVERHEAD * len(starts) * len(u_iso)):
        yield allowed, _single_sums(position, weight, kind[atoms], h[allowed])
        return
    for layer in np.split(allowed, starts[1:]):
        for start in range(0, len(layer), rows):
            chosen = layer[start : start + rows]
            sums = np.empty((len(u_iso), len(chosen)), dtype=complex)
            for which in range(len(u_iso)):
                own = slice(bounds[which], bounds[which + 1])
                sums[which] = _layer_sum(position[own], weight[own], h[chosen])
            yield chosen, sums


def _single_sums(
    position: NDArray[np.float64],
    weight: NDArray[np.float64],
    kind: NDArray[np.int64],
    h: NDArray[np.int64],
) -> _Complex:
    """Sum of weight times phase over the atoms of each kind, for any reflections."""
    phases = np.ones((len(h), len(position)), dtype=complex)
    for coordinate, index in zip(position.T, h.T, strict=True):
        low, high = index.min(initial=0), index.max(initial=0)
        factors = np.exp(2j * np.pi * np.arange(low, high + 1)[:, None] * coordinate)
        phases *= factors[index - low]
    weights = np.where(kind == np.arange(kind.max() + 1)[:, None], weight, 0.0)
    return np.asarray(weights @ phases.T)


def _layer_sum(
    position: NDArray[np.float64], weight: NDArray[np.float64], h: NDArray[np.int64]
) -> _Complex:
    """Sum of weight times phase over atoms, for reflections that share their first index."""
    ks, at_k = np.unique(h[:, 1], return_inverse=True)
    ls, at_l = np.unique(h[:, 2], return_inverse=True)
    total = np.zeros((len(ks), len(ls)), dtype=complex)
    step = max(BLOCK // (len(ks) + len(ls)), 1)
    for start in range(0, len(position), step):
        x, y, z = position[start : start + step].T
        first = weight[start : start + step] * np.exp(2j * np.pi * (h[0, 0] * x))
        along_k = np.exp(2j * np.pi * (ks[:, None] * y)) * first
        total += along_k @ np.exp(2j * np.pi * (z[:, None] * ls))
    return np.asarray(total[at_k.reshape(-1), at_l.reshape(-1)])
