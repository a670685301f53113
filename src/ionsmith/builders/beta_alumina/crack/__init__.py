"""Cracks in β''-alumina along conduction planes, with kinks through spinel blocks, filled with Na.

Geng et al. (2023), doi:10.1039/d3ee00237c, observed such cracks, with Na metal inside, in cycled Na
β''-alumina. :func:`open_crack` either moves the crystal above a crack through the whole cell away,
or carves a crack with two tips out of whole spinel blocks. The walls are delaminated conduction
planes, of which each wall keeps a chosen part of the Na and bridging O; by default no formula unit
is split, and the formal charge can be conserved exactly. The void can be filled with strained bcc
Na.
"""

from ionsmith.builders.beta_alumina.crack._crack import open_crack
from ionsmith.builders.beta_alumina.crack._result import Crack

__all__ = ["Crack", "open_crack"]
