"""TODO ionsmith.exporters.pseudopotentials."""

from ionsmith.exporters.pseudopotentials._choice import SOURCES, Found, find, hard_potentials, hint
from ionsmith.exporters.pseudopotentials._gth import write_gth
from ionsmith.exporters.pseudopotentials._upf import write_gth_upf

__all__ = ["SOURCES", "Found", "find", "hard_potentials", "hint", "write_gth", "write_gth_upf"]
