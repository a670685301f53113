"""Published crystals: the library, its records, and the ordering of partial occupancy."""

from ionsmith.crystals.library import load, names, search
from ionsmith.crystals.records import Crystal, ExpandedSites, Site

__all__ = ["Crystal", "ExpandedSites", "Site", "load", "names", "search"]
