"""TODO ionsmith.analyzers.spots."""

from ionsmith.analyzers.spots._indexing import MeasuredSpot, index_spots
from ionsmith.analyzers.spots._overlay import SpotPatterns, overlay_spots
from ionsmith.analyzers.spots._pattern import (
    SpotPattern,
    lattice_of_scatterers,
    spot_pattern,
    triple,
)

__all__ = [
    "MeasuredSpot",
    "SpotPattern",
    "SpotPatterns",
    "index_spots",
    "lattice_of_scatterers",
    "overlay_spots",
    "spot_pattern",
    "triple",
]
