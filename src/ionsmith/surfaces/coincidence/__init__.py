"""TODO ionsmith.surfaces.coincidence."""

from ionsmith.surfaces.coincidence._coincidence import (
    Coincidences,
    Engine,
    Limits,
    coincidences,
    zsl_coincidences,
)

__all__ = ["Coincidences", "Engine", "Limits", "coincidences", "zsl_coincidences"]
