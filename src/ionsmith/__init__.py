"""ionsmith: atomistic models of battery ceramics and alloys, built from published crystals."""

__version__ = "0.1.0"
