"""Polycrystals: Voronoi grains of one crystal or several in a periodic box.

:func:`build_polycrystal` places seeds at random; a point belongs to the grain of the nearest seed,
periodic images included (a Poisson–Voronoi tessellation). Orientations are random, a fibre, or
given. Columnar grains share one axis, along z, and meet at triple lines. Units, such as molecular
groups, belong to a grain as a whole; where units of two grains overlap, that of the grain with the
higher number is removed.
"""

from ionsmith.builders.polycrystal._polycrystal import build_polycrystal
from ionsmith.builders.polycrystal._result import Grain, Polycrystal

__all__ = ["Grain", "Polycrystal", "build_polycrystal"]
