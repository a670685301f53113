"""Stability of phases of any elements, and the voltages of hosts among them.

A phase is stable if no mixture of the others with its composition has a lower energy; else its
energy above that mixture is its distance to the convex hull (S. P. Ong et al., Chem. Mater. 20,
1798 (2008), doi:10.1021/cm702327g). Phases that differ by the amount of one ion alone share a
framework; between two successive ones on the hull of that framework the voltage against the metal
is

    V = -(E2 - E1 - (x2 - x1) E_metal) / ((x2 - x1) z e)

(M. K. Aydinol et al., Phys. Rev. B 56, 1354 (1997), doi:10.1103/PhysRevB.56.1354). Both are
pymatgen's (``PhaseDiagram``, ``InsertionElectrode``). Only the phases that are given compete;
entropy, pressure and strain energy are neglected.
"""

from ionsmith.analyzers.stability._result import (
    ElectrodeVoltage,
    MixtureShare,
    PhaseEnergy,
    PhaseStability,
)
from ionsmith.analyzers.stability._stability import phase_stability

__all__ = ["ElectrodeVoltage", "MixtureShare", "PhaseEnergy", "PhaseStability", "phase_stability"]
