"""What comes after a campaign: the best as calculations of a code, and all in a database."""

from ionsmith.screening.handing_on._calculations import (
    Collected,
    Compared,
    Exported,
    ExportedCandidates,
    collect,
    export_best,
    models_of,
)
from ionsmith.screening.handing_on._database import Stored, store

__all__ = [
    "Collected",
    "Compared",
    "Exported",
    "ExportedCandidates",
    "Stored",
    "collect",
    "export_best",
    "models_of",
    "store",
]
