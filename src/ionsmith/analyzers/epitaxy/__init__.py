"""TODO ionsmith.analyzers.epitaxy."""

from ionsmith.analyzers.epitaxy._element_sites import read_element_sites
from ionsmith.analyzers.epitaxy._mismatch import (
    DEFINITIONS,
    Mismatch,
    Ratio,
    area_mismatch,
    direction_mismatch,
    plane_mismatch,
    ratios,
)
from ionsmith.analyzers.epitaxy._orientation import describe_orientation
from ionsmith.analyzers.epitaxy._overlap import BIN, site_overlap
from ionsmith.analyzers.epitaxy._overlap_result import Overlap

__all__ = [
    "BIN",
    "DEFINITIONS",
    "Mismatch",
    "Overlap",
    "Ratio",
    "area_mismatch",
    "describe_orientation",
    "direction_mismatch",
    "plane_mismatch",
    "ratios",
    "read_element_sites",
    "site_overlap",
]
