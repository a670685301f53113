"""TODO ionsmith.analyzers.scattering."""

from ionsmith.analyzers.scattering._beam import Beam, Conditions, parse_beam
from ionsmith.analyzers.scattering._form_factors import anomalous
from ionsmith.analyzers.scattering._reflections import (
    Families,
    layers,
    reflection_families,
    reflections_in_reach,
)
from ionsmith.analyzers.scattering._scatterers import Scatterers, read_scatterers
from ionsmith.analyzers.scattering._structure_factors import powder_intensities, structure_factors

__all__ = [
    "Beam",
    "Conditions",
    "Families",
    "Scatterers",
    "anomalous",
    "layers",
    "parse_beam",
    "powder_intensities",
    "read_scatterers",
    "reflection_families",
    "reflections_in_reach",
    "structure_factors",
]
