"""TODO ionsmith.builders.interface."""

from ionsmith.builders.interface._interface import build_interface, preset
from ionsmith.builders.interface._matched_pair import MatchedPair
from ionsmith.builders.interface._registry import ClosestApproach
from ionsmith.builders.interface._result import Interface
from ionsmith.builders.interface._side import Ordering

__all__ = ["ClosestApproach", "Interface", "MatchedPair", "Ordering", "build_interface", "preset"]
