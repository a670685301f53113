"""TODO ionsmith.surfaces.matches."""

from ionsmith.surfaces.matches._matches import find_matches
from ionsmith.surfaces.matches._records import Match, Matches, direction_text, strain_text

__all__ = ["Match", "Matches", "direction_text", "find_matches", "strain_text"]
