"""TODO ionsmith.analyzers.haadf."""

from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.haadf._profile import PlaneSpacing
from ionsmith.analyzers.haadf._result import Haadf
from ionsmith.analyzers.haadf._simulation import simulate_haadf

__all__ = ["Haadf", "Microscope", "PlaneSpacing", "simulate_haadf"]
