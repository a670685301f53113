"""Slabs of a crystal with vacuum, cut parallel to any plane at any of its terminations.

* :func:`build_slab`: one slab; molecular groups stay whole, partial occupancies are ordered in it.
* :func:`slab_terminations`: where a crystal can be cut, with surface charges and Tasker's type.
* :func:`build_slabs`: every inequivalent cut of all planes up to an index.

The face that is named is the upper one, with (hkl) pointing upwards; the back, at the bottom, is
cut alike, so that the slab has the composition of the crystal, or in the way that makes both faces
equivalent. Charges, dipole, severed bonds and what was done about them are reported.
"""

from ionsmith.builders.slab._result import Slab, Slabs, SlabTerminations
from ionsmith.builders.slab._slab import build_slab, build_slabs, slab_terminations

__all__ = [
    "Slab",
    "SlabTerminations",
    "Slabs",
    "build_slab",
    "build_slabs",
    "slab_terminations",
]
