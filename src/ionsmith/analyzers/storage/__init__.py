"""What electrodes store: alloys of Li or Na with Si, Ge, Sn and Sb, and hosts that take up ions.

* :func:`storage`: capacities, volume and expansion of any phases. The expansion is 100 (V/V0 - 1) %
  per host atom, not the volume ratio V/V0.
* :func:`intercalation`: capacity, energy and volume change of a host that keeps its framework, such
  as LiFePO4 or LiC6.
* :func:`convex_hull`: stable phases and voltages from energies, which come from
  :func:`read_energies` or :func:`calculate_energies`.
* :func:`review`: the tables of Li et al. (2022) compared with the crystals.

A phase is any crystal (:data:`ionsmith.crystals.files.CrystalLike`), or the formula of one in the
library such as ``"Li15Si4"``; :func:`ionsmith.crystals.alloy_systems.path` lists those of a system.
"""

from ionsmith.analyzers.storage._hull import Hull, convex_hull
from ionsmith.analyzers.storage._intercalation import (
    IntercalatedPhase,
    Intercalation,
    intercalates,
    intercalation,
)
from ionsmith.analyzers.storage._material import PhaseLike
from ionsmith.analyzers.storage._phase_energies import (
    Per,
    PhaseEnergies,
    calculate_energies,
    read_energies,
)
from ionsmith.analyzers.storage._records import MAH_PER_MOL, StoredPhase, VoltageStep
from ionsmith.analyzers.storage._review import (
    MASS,
    SAME_CAPACITY,
    SAME_VOLUME,
    SWELLING,
    UNITS,
    Claim,
    ReviewedStorage,
    review,
)
from ionsmith.analyzers.storage._storage import Storage, storage

__all__ = [
    "MAH_PER_MOL",
    "MASS",
    "SAME_CAPACITY",
    "SAME_VOLUME",
    "SWELLING",
    "UNITS",
    "Claim",
    "Hull",
    "IntercalatedPhase",
    "Intercalation",
    "Per",
    "PhaseEnergies",
    "PhaseLike",
    "ReviewedStorage",
    "Storage",
    "StoredPhase",
    "VoltageStep",
    "calculate_energies",
    "convex_hull",
    "intercalates",
    "intercalation",
    "read_energies",
    "review",
    "storage",
]
