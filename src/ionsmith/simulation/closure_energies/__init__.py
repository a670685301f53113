"""Energy of closing conduction planes of β''-alumina, as a function of the Na left in them.

:func:`closure_energies` relaxes open and closed crystals with the same atoms and compares them per
area, by one potential or by several side by side, and against reservoirs of what left.
"""

from ionsmith.simulation.closure_energies._energies import OxygenReservoir, closure_energies
from ionsmith.simulation.closure_energies._result import ClosureEnergies, ClosureState, Crossing

__all__ = ["ClosureEnergies", "ClosureState", "Crossing", "OxygenReservoir", "closure_energies"]
