"""TODO ionsmith.simulation.melt_quench."""

from ionsmith.simulation.melt_quench._melt_quench import Schedule, melt_quench
from ionsmith.simulation.melt_quench._result import MeltQuench
from ionsmith.simulation.melt_quench._start import mixture

__all__ = ["MeltQuench", "Schedule", "melt_quench", "mixture"]
