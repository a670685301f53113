"""Magnetic moments that a file states, from its sites to each atom."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.sites import ExpandedSites, Site

Floats = NDArray[np.float64]

COLLINEAR = 0.01
"""Part of a moment in μB off the common axis that rounding explains."""


def moments_of(
    sites: Sequence[Site],
    expanded: ExpandedSites,
    operations: tuple[NDArray[np.int64], Floats],
    reversals: Sequence[int],
    cell: Floats,
) -> Floats | None:
    """Moments of all positions in μB, turned by the operations of a magnetic space group.

    A moment is an axial vector, which time reversal inverts. Components in a file are along unit
    vectors of the axes (magCIF; S. R. Hall et al., doi:10.1107/97809553602060000107).

    Returns
    -------
    ndarray or None
        Collinear moments as numbers along their axis, the first one positive, shape (n,); others
        as Cartesian vectors, shape (n, 3). None if there are none.
    """
    if not any(site.moment for site in sites):
        return None
    rotations, translations = operations
    signs = np.asarray(reversals) * np.round(np.linalg.det(rotations))
    lengths = np.linalg.norm(cell, axis=1)
    vectors = np.zeros((len(expanded.positions), 3))
    for index, site in enumerate(sites):
        if site.moment is None:
            continue
        images = rotations @ np.asarray(site.position) + translations
        turned = signs[:, None] * (rotations @ (np.asarray(site.moment) / lengths)) @ cell
        for row in np.flatnonzero(expanded.site_index == index).tolist():
            gaps = images - expanded.positions[row]
            gaps = np.linalg.norm((gaps - np.round(gaps)) @ cell, axis=1)
            vectors[row] = turned[int(gaps.argmin())]
    sizes = np.linalg.norm(vectors, axis=1)
    first = int(np.argmax(sizes > COLLINEAR))
    if sizes[first] <= COLLINEAR:
        return None
    axis = vectors[first] / sizes[first]
    along = vectors @ axis
    if (np.linalg.norm(vectors - along[:, None] * axis, axis=1) < COLLINEAR).all():
        return np.asarray(along)
    return vectors
