"""Coincidence cells: supercells that the meshes of two crystal planes have in common.

:func:`coincidences` lists all cells of a film's mesh that fit on a cell of a substrate's mesh
within limits of area and strain (:class:`Limits`), each once; :class:`Coincidences` holds them with
their strains and rotations. The search is exact: no match within the limits is missed.
"""

from ionsmith.surfaces.coincidence._cells import TooManyCells
from ionsmith.surfaces.coincidence._coincidence import Coincidences, Limits, coincidences

__all__ = ["Coincidences", "Limits", "TooManyCells", "coincidences"]
