"""TODO ionsmith.analyzers.storage."""

from ionsmith.analyzers.storage._hull import Hull, convex_hull
from ionsmith.analyzers.storage._materials import Material, crystal_material, read_material
from ionsmith.analyzers.storage._phase_energies import calculate_energies, read_energies
from ionsmith.analyzers.storage._storage import MAH_PER_MOL, Storage, StoredPhase, storage
from ionsmith.analyzers.storage._tables import (
    MASS,
    SAME_CAPACITY,
    SAME_VOLUME,
    SWELLING,
    UNITS,
    Claim,
    review,
)

__all__ = [
    "MAH_PER_MOL",
    "MASS",
    "SAME_CAPACITY",
    "SAME_VOLUME",
    "SWELLING",
    "UNITS",
    "Claim",
    "Hull",
    "Material",
    "Storage",
    "StoredPhase",
    "calculate_energies",
    "convex_hull",
    "crystal_material",
    "read_energies",
    "read_material",
    "review",
    "storage",
]
