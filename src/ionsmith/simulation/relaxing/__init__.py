"""TODO ionsmith.simulation.relaxing."""

from ionsmith.simulation.relaxing._job import relax_to_file, select_atoms
from ionsmith.simulation.relaxing._relax import relax
from ionsmith.simulation.relaxing._result import Relaxation
from ionsmith.simulation.relaxing._sweep import Sweep, relax_all

__all__ = ["Relaxation", "Sweep", "relax", "relax_all", "relax_to_file", "select_atoms"]
