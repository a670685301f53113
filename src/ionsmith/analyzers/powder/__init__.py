"""TODO ionsmith.analyzers.powder."""

from ionsmith.analyzers.powder._files import read_pattern
from ionsmith.analyzers.powder._lines import LineList, find_peaks
from ionsmith.analyzers.powder._mixture import Mixture, Overlay, mix, overlay, profile_of
from ionsmith.analyzers.powder._pattern import PowderPattern, powder_pattern
from ionsmith.analyzers.powder._phase_search import rank_phases, reference_patterns
from ionsmith.analyzers.powder._profile import Shape
from ionsmith.analyzers.powder._setup import Setup

__all__ = [
    "LineList",
    "Mixture",
    "Overlay",
    "PowderPattern",
    "Setup",
    "Shape",
    "find_peaks",
    "mix",
    "overlay",
    "powder_pattern",
    "profile_of",
    "rank_phases",
    "read_pattern",
    "reference_patterns",
]
