"""ionsmith: atomistic models of battery ceramics and alloys, built from published crystals.

Subpackages are loaded when they are first used: ``ionsmith.crystals`` (published crystals and the
ordering of partial occupancies), ``ionsmith.geometry``, ``ionsmith.builders``,
``ionsmith.analyzers``, ``ionsmith.exporters`` (calculations for DFT codes),
``ionsmith.report``.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["analyzers", "builders", "crystals", "exporters", "files", "geometry", "report"],
)
