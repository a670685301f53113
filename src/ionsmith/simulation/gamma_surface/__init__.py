"""γ-surfaces: the energy of shifting one half of a crystal over the other along a plane.

The crystal above a plane is shifted along it (V. Vitek, Philos. Mag. 18, 773 (1968),
doi:10.1080/14786436808227500). The shift, and the change of the spacing across the plane, are added
to the third cell vector, so that the cell has one fault and no surfaces; where the structure ends
in vacuum, the vacuum takes part in the shift and changes nothing.

:func:`gamma_surface` computes it on a grid for a conduction plane of β''-alumina, a plane of any
crystal, or the contact of an interface, and finds minima, passes and the lowest path between them;
:func:`lowest_glide` gives the vector of the lowest minimum of a conduction plane.
"""

from ionsmith.simulation.gamma_surface._energies import gamma_surface, lowest_glide
from ionsmith.simulation.gamma_surface._points import FaultRelaxation
from ionsmith.simulation.gamma_surface._result import GammaSurface, Minimum, Saddle

__all__ = [
    "FaultRelaxation",
    "GammaSurface",
    "Minimum",
    "Saddle",
    "gamma_surface",
    "lowest_glide",
]
