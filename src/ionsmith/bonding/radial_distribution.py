"""Pair distribution function g(r), its peaks and minima.

``g_ab(r)`` is the density of b at distance r from a, divided by the mean density of b: distances
are counted in bins of width :data:`BIN`, divided by the volume of the shell, and smoothed by a
Gaussian. It tends to 1 at large r and needs a structure that is periodic along all axes.
"""

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ionsmith.bonding.neighbours import neighbour_chunks
from ionsmith.errors import InvalidStructure

BIN = 0.01
"""Width of a bin in Å."""

_FEW = 1e6  # neighbours, but for a factor of 4

LEAST_PROMINENCE = 0.1
"""Smallest height of a peak of g(r) above the minima beside it."""


def radial_distribution(
    atoms: Atoms, r_max: float, smear: float
) -> tuple[NDArray[np.float64], dict[tuple[int, int], NDArray[np.float64]]]:
    """Partial pair distribution functions of a periodic structure.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    r_max
        Largest distance in Å.
    smear
        Standard deviation in Å of the Gaussian that g(r) is smoothed with.

    Returns
    -------
    r
        Middles of the bins in Å, shape (m,).
    partials
        g of each pair of atomic numbers, the smaller first, shape (m,): the density of the second
        around the first over the mean density of the second.

    Raises
    ------
    InvalidStructure
        For a structure that is not periodic along all axes: it has no mean density.
    """
    if not atoms.pbc.all():
        raise InvalidStructure(
            "g(r) needs a mean density, so the structure must be periodic along all axes"
        )
    # Counts beyond the end, so that the smoothing is not biased there.
    bins = int(np.ceil((r_max + 4 * smear) / BIN))
    edges = np.arange(bins + 1) * BIN
    elements, kind = np.unique(atoms.numbers, return_inverse=True)
    size = len(elements)
    counts = pair_counts(atoms, kind, float(edges[-1])).reshape(size * size, bins)
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    number = np.bincount(kind)
    keep = round(r_max / BIN)
    partials = {}
    for a in range(size):
        for b in range(a, size):
            ideal = number[a] * number[b] / atoms.get_volume() * shells
            g = counts[a * size + b] / ideal
            if smear > BIN / 10:  # a narrower one stays within its bin
                g = gaussian_filter1d(g, smear / BIN, mode="constant")
            partials[int(elements[a]), int(elements[b])] = g[:keep]
    return ((edges[:-1] + edges[1:]) / 2)[:keep], partials


def pair_counts(
    atoms: Atoms, kind: NDArray[np.int64], stop: float, *, shared: bool = False
) -> NDArray[np.float64]:
    """Number of neighbours by distance in steps of :data:`BIN`.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    kind
        Kind of each atom, from 0, shape (n,).
    stop
        Longest distance in Å, a multiple of the step.
    shared
        Whether a distance is shared by the two multiples of the step beside it, by how near they
        are; by default it is counted between them.

    Returns
    -------
    ndarray
        Both directions of each pair, shape (kinds, kinds, steps), one more if shared.
    """
    # A list is quicker for few pairs: compiled loops (extra fast) take a while to load.
    if len(atoms) ** 2 / atoms.get_volume() * stop**3 > _FEW and find_spec("numba"):
        from ionsmith.bonding._pair_histogram import histogram

        return histogram(atoms, kind, stop, BIN, shared=shared)
    size, steps = int(kind.max()) + 1, round(stop / BIN)
    counts = np.zeros(size * size * (steps + 1))
    for chunk in neighbour_chunks(atoms, stop):
        place = chunk.distances / BIN
        low = np.minimum(place.astype(np.int64), steps - 1)
        key = (kind[chunk.first] * size + kind[chunk.second]) * (steps + 1) + low
        above = place - low if shared else np.zeros(len(low))
        counts += np.bincount(key, 1 - above, minlength=counts.size)
        if shared:
            counts += np.bincount(key + 1, above, minlength=counts.size)
    shaped = counts.reshape(size, size, steps + 1)
    return shaped if shared else shaped[..., :-1]


def total(
    atoms: Atoms, partials: dict[tuple[int, int], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Total pair distribution function from the partial ones."""
    share = {z: float(np.mean(atoms.numbers == z)) for z in np.unique(atoms.numbers).tolist()}
    return np.asarray(
        sum((1 if a == b else 2) * share[a] * share[b] * g for (a, b), g in partials.items())
    )


def peaks_and_minima(
    r: NDArray[np.float64], g: NDArray[np.float64], how_many: int = 3
) -> tuple[list[float], list[float]]:
    """Positions of the first peaks of g(r) and of the minima after them.

    Parameters
    ----------
    r
        Distances in Å, shape (m,).
    g
        Pair distribution, smoothed, shape (m,).
    how_many
        Largest number of peaks.

    Returns
    -------
    peaks
        In Å.
    minima
        In Å, between each peak and the next; the centre of the range where g is zero over one.
    """
    from scipy.signal import find_peaks

    tops, _ = find_peaks(g, prominence=LEAST_PROMINENCE)
    tops = tops[: how_many + 1]
    minima = []
    for one, other in pairwise(tops):
        between = g[one:other]
        lowest = np.flatnonzero(between <= between.min() + 1e-12)
        minima.append(float(r[one + lowest].mean()))
    return [float(r[top]) for top in tops[:how_many]], minima[:how_many]
