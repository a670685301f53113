"""Epitaxy: how well two crystals in a given orientation fit.

* :func:`plane_mismatch`, :func:`direction_mismatch`, :func:`area_mismatch`: mismatch of spacings,
  periods and plane meshes for m : n of them, in every common definition (:data:`DEFINITIONS`).
  Here the mismatch is (m d_sub - n d_film) / (m d_sub), positive if the film is too short.
* :func:`describe_orientation`: rotation, variants and nearly parallel planes of an orientation
  relationship (:class:`ionsmith.lattice.orientation.OrientationRelationship`).
* :func:`site_overlap`: how far the sites of an element lie from those in the other crystal, at the
  best relative origin.

:func:`ionsmith.surfaces.matches.find_matches` finds the cells in which a film fits on a substrate.
"""

from ionsmith.analyzers.epitaxy._mismatch import (
    DEFINITIONS,
    Mismatch,
    Ratio,
    area_mismatch,
    direction_mismatch,
    find_ratios,
    plane_mismatch,
)
from ionsmith.analyzers.epitaxy._orientation import Orientation, describe_orientation
from ionsmith.analyzers.epitaxy._overlap import site_overlap
from ionsmith.analyzers.epitaxy._overlap_result import Overlap

__all__ = [
    "DEFINITIONS",
    "Mismatch",
    "Orientation",
    "Overlap",
    "Ratio",
    "area_mismatch",
    "describe_orientation",
    "direction_mismatch",
    "find_ratios",
    "plane_mismatch",
    "site_overlap",
]
