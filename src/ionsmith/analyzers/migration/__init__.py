"""Where ions can go: sites, windows and the barriers between them.

* :func:`migration`: bond-valence site energies of a mobile ion on a grid, their minima and passes,
  and the lowest barriers with which the ion crosses the crystal in one, two and three dimensions.

The mobile ions are taken out, and one is moved through the framework at rest: barriers are those of
a rigid lattice, above those of a relaxed one, and ions do not push each other. They rank structures
and find paths; :mod:`ionsmith.simulation.hops` relaxes a hop with a potential.
"""

from ionsmith.analyzers.migration._migration import migration
from ionsmith.analyzers.migration._records import (
    Hop,
    IonSite,
    PercolationThreshold,
    Profile,
    Window,
)
from ionsmith.analyzers.migration._result import Migration

__all__ = ["Hop", "IonSite", "Migration", "PercolationThreshold", "Profile", "Window", "migration"]
