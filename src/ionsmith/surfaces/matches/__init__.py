"""Matches of two crystals: cells in which a film fits on a substrate, and at what strain.

:func:`find_matches` finds all commensurate cells of two planes, or of all pairs of low-index
planes, within limits of area and strain (:class:`ionsmith.surfaces.coincidence.Limits`). The twist
of the film is free, or restricted to an orientation relationship. :class:`Matches` ranks them by
a cost of strain energy, area and aspect (:data:`FORMULA`); each :class:`Match` has the cells,
strains and rotation that an interface is built from.
"""

from ionsmith.surfaces.matches._cost import FORMULA, RankBy
from ionsmith.surfaces.matches._find import find_matches
from ionsmith.surfaces.matches._match import Match, strain_text
from ionsmith.surfaces.matches._matches import Matches

__all__ = [
    "FORMULA",
    "Match",
    "Matches",
    "RankBy",
    "find_matches",
    "strain_text",
]
