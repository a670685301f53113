"""Published crystals, and everything that turns a file or a name into a structure.

A :class:`Crystal` holds cell, sites with occupancies, symmetry, citation and confidence, in the
published setting. Partial occupancy lives here and nowhere else: an :class:`ase.Atoms` is always
ordered.

* :mod:`~ionsmith.crystals.library`: which crystals are held, and their names.
* :mod:`~ionsmith.crystals.files`: reading and writing structures; what counts as a crystal.
* :mod:`~ionsmith.crystals.conversion`: atoms, crystal or lattice from anything that is a crystal.
* :mod:`~ionsmith.crystals.ordering`: from partial occupancy to structures;
  :mod:`~ionsmith.crystals.models` builds a supercell in one step, and
  :mod:`~ionsmith.crystals.recut` puts a disordered crystal into another cell first.
* :mod:`~ionsmith.crystals.charges`: formal charges, with their source.
* :mod:`~ionsmith.crystals.alloy_systems`: the alloys of Li and Na by rising content;
  :mod:`~ionsmith.crystals.formula`: chemical formulas.
"""

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.library import load, names, search
from ionsmith.crystals.sites import ExpandedSites, Site

__all__ = ["Crystal", "ExpandedSites", "Site", "load", "names", "search"]
