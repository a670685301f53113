r"""Structure factors of any reflections of any crystal.

.. math:: F(\mathbf h) = \sum_j o_j\, (f_j(s) + f'_j + i f''_j)\, e^{-8\pi^2 U_j s^2}
          e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

With the sums apart into :math:`A`, of everything real but the phase, and :math:`B`, of
:math:`f''`, :math:`F(\mathbf h) = A + iB` and :math:`F(-\mathbf h) = A^* + iB^*`: the mean of
:math:`|F|^2` over a Friedel pair is :math:`|A|^2 + |B|^2`, which is what a powder shows.

Atoms that centring translations repeat are summed once, alike atoms together
(:mod:`ionsmith.analyzers.phase_sums`).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.analyzers.form_factors import dispersion, scattering_factors
from ionsmith.analyzers.phase_sums import phase_sums
from ionsmith.analyzers.scatterers import Scatterers

_Complex = NDArray[np.complex128]

_WHOLE = 1e-3  # of a phase in turns, far below the least that a centring gives


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
        ``|F|²`` in electrons², fm² or Å², shape (m,).
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
    every = np.asarray(hkl, dtype=np.int64).reshape(-1, 3)
    allowed, copies = _centred(scatterers, every)
    h = every[allowed]
    element, u_iso, kind = scatterers.kinds
    atoms = scatterers.primitive_rows
    atoms = atoms[np.argsort(kind[atoms], kind="stable")]
    sums = phase_sums(
        scatterers.positions[atoms], copies * scatterers.occupancy[atoms], kind[atoms], h
    )
    s = np.linalg.norm(scatterers.lattice.normals(h), axis=1) / 2
    factors = scattering_factors(scatterers.elements, s, radiation)
    added = dispersion(scatterers.elements, radiation, energy)
    factors += added.real[:, None]
    real = np.zeros(len(every), dtype=complex)
    absorbed = np.zeros(len(every), dtype=complex) if added.imag.any() else None
    for which, u, summed in zip(element, u_iso, sums, strict=True):
        if u > 0:
            summed *= np.exp(-8 * np.pi**2 * u * s**2)
        real[allowed] += factors[which] * summed
        if absorbed is not None:
            absorbed[allowed] += added.imag[which] * summed
    return real, absorbed


def _centred(scatterers: Scatterers, h: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Reflections that no centring forbids, and how many lattice points the cell holds."""
    allowed = np.arange(len(h))
    if scatterers.symmetry is None:
        return allowed, 1
    centrings = scatterers.symmetry.centrings
    for shift in centrings[np.abs(centrings).max(axis=1) > 0]:
        phase = h[allowed] @ shift
        allowed = allowed[abs(phase - np.round(phase)) < _WHOLE]
    return allowed, len(centrings)
