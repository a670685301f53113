"""The library of published crystals: one CIF per phase, found by name, searched by content.

:func:`load` gives a :class:`~ionsmith.crystals.Crystal`, :func:`search` all that meet conditions. A
phase answers to its short name, its aliases and its formula. Of several polymorphs or refinements
the formula names the one that is stable at ambient conditions, in the better refinement; the others
have a suffix. Case, hyphens, spaces and underscores do not matter, and ``β''-alumina`` is
``beta2-alumina``.

:func:`listing` and :func:`page` show what is held and what is known of one crystal;
:func:`published_cif` is its file, disorder and notes included. :func:`glasses` are quenched models
beside the crystals.
"""

from ionsmith.crystals.library._cif import read_crystal
from ionsmith.crystals.library._library import (
    LIBRARY_PREFIX,
    answers,
    folder,
    glass,
    glasses,
    load,
    names,
    normalise,
    published_cif,
    search,
)
from ionsmith.crystals.library._pages import (
    CrystalPage,
    Entry,
    Listing,
    Occupation,
    listing,
    occupation,
    page,
)

__all__ = [
    "LIBRARY_PREFIX",
    "CrystalPage",
    "Entry",
    "Listing",
    "Occupation",
    "answers",
    "folder",
    "glass",
    "glasses",
    "listing",
    "load",
    "names",
    "normalise",
    "occupation",
    "page",
    "published_cif",
    "read_crystal",
    "search",
]
