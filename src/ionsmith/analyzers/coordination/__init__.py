"""Bonds around every atom: coordination, shared polyhedra, and what changes between two structures.

* :func:`coordination`: neighbours, bond lengths, bond-valence sum and distortion of every site, and
  on request its shape by name; of disordered crystals, numbers and lengths weighted by occupancy.
* :func:`find_polyhedra` and :func:`shared_polyhedra`: coordination polyhedra, and which of them
  share a corner, an edge or a face.
* :func:`compare`: both of two structures, followed from atom to atom.

All of them take any crystal (:data:`ionsmith.crystals.files.CrystalLike`) and a bond criterion; the
criteria, and when to use which, are described in :mod:`ionsmith.bonding.bonds`.
"""

from ionsmith.analyzers.coordination._compare import compare
from ionsmith.analyzers.coordination._comparison import Comparison
from ionsmith.analyzers.coordination._coordination import Coordination
from ionsmith.analyzers.coordination._polyhedra import Sharing, find_polyhedra, shared_polyhedra
from ionsmith.analyzers.coordination._sites import coordination
from ionsmith.analyzers.coordination._weighted import WeightedCoordination, WeightedSite
from ionsmith.bonding.polyhedra import Polyhedra

__all__ = [
    "Comparison",
    "Coordination",
    "Polyhedra",
    "Sharing",
    "WeightedCoordination",
    "WeightedSite",
    "compare",
    "coordination",
    "find_polyhedra",
    "shared_polyhedra",
]
