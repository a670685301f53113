"""Amorphous models: continuous random networks of Si and Ge, and packings of alloys.

* :func:`build_network`: each atom has four bonds. From random places, the network is annealed by
  bond switching (Wooten, Winer and Weaire 1985, doi:10.1103/PhysRevLett.54.1392) in a Keating
  potential; density, peaks of g(r) and the spread of the bond angles are compared with published
  values of the amorphous element. It needs the extra ``fast``.
* :func:`build_packing`: the atoms of any formula, pushed apart as soft spheres, and relaxed if a
  potential is given. The default density comes from the volumes of the crystals of the system.

Both are cubic, keep the number of atoms and the density, and are the same bytes for the same seed.
Glasses are quenched from the melt in :mod:`ionsmith.simulation.melt_quench`.
"""

from ionsmith.builders.amorphous._bond_switching import random_network
from ionsmith.builders.amorphous._keating import HOSTS
from ionsmith.builders.amorphous._network import build_network
from ionsmith.builders.amorphous._packing import build_packing
from ionsmith.builders.amorphous._result import AmorphousNetwork, AmorphousPacking

__all__ = [
    "HOSTS",
    "AmorphousNetwork",
    "AmorphousPacking",
    "build_network",
    "build_packing",
    "random_network",
]
