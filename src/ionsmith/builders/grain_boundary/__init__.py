"""Grain boundaries: two grains of one crystal, in a periodic stack or a slab.

* :func:`build_grain_boundary`: by Σ and plane, or by axis and angle; symmetric, tilt and twist
  boundaries of any crystal in which both grains have a cell in common in the boundary.
* :func:`grain_boundaries`: boundaries with small cells; :func:`grain_boundary_shifts`: shifts of
  one grain along the other.

The first grain is below, the second above; z is along the normal of the boundary. Both are cut
between units (:mod:`ionsmith.surfaces.slabs`), and units of the second grain that overlap with the
first are removed. In a symmetric boundary the second grain is the first one turned by 180° about
the normal. That turns no layer over, so that the sequence of layers, and of their charges, goes on
across the boundary, and the second boundary of a periodic stack is the first one, turned. With a
centre of inversion the second boundary of other stacks is the inverted first one.
"""

from ionsmith.builders.grain_boundary._grain_boundary import (
    build_grain_boundary,
    grain_boundaries,
    grain_boundary_shifts,
)
from ionsmith.builders.grain_boundary._result import (
    BoundaryOrientation,
    BoundaryShift,
    BoundaryShifts,
    GrainBoundaries,
    GrainBoundary,
)

__all__ = [
    "BoundaryOrientation",
    "BoundaryShift",
    "BoundaryShifts",
    "GrainBoundaries",
    "GrainBoundary",
    "build_grain_boundary",
    "grain_boundaries",
    "grain_boundary_shifts",
]
