"""Published crystals: the library, its records, and the ordering of partial occupancy.

* What is held, and by which names it answers: :mod:`~ionsmith.crystals.library`. What is known of
  a crystal, with citation and confidence: :mod:`~ionsmith.crystals.crystal`.
* From partial occupancy to structures: :mod:`~ionsmith.crystals.ordering`, by the numbers of atoms
  of :mod:`~ionsmith.crystals.ordering`; :mod:`~ionsmith.crystals.models` does it in one
  step, :mod:`~ionsmith.crystals.recut` puts a disordered crystal into another cell first.
* The alloys of Li and Na, by rising content: :mod:`~ionsmith.crystals.alloy_systems`.
* Formulae as people write them: :mod:`~ionsmith.crystals.formula`. Formal charges, by published
  sites or by composition: :mod:`~ionsmith.crystals.charges`,
  :mod:`~ionsmith.crystals.charges`.
"""

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.library import load, names, search
from ionsmith.crystals.sites import ExpandedSites, Site

__all__ = ["Crystal", "ExpandedSites", "Site", "load", "names", "search"]
