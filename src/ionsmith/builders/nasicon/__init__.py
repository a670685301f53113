"""NASICON crystals: Na3V2(PO4)3 and Na1+xZr2SixP3-xO12 of any content that a cell can hold.

:func:`build_nasicon` orders a published refinement. The numbers of Na on each site follow the
refinement (lever rule at other contents), because point charges alone would put Na elsewhere; the
arrangement of Na, Si and P is ranked by electrostatic energy. The charge is always balanced: by Na
for Si on P sites, or by the mean charge of V. Coordinates are those of the refinement; the cell
follows x between the published members.
"""

from ionsmith.builders.nasicon._nasicon import build_nasicon
from ionsmith.builders.nasicon._result import Nasicon

__all__ = ["Nasicon", "build_nasicon"]
