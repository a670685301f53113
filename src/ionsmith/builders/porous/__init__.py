"""TODO ionsmith.builders.porous."""

from ionsmith.builders.porous._porous import build_porous

__all__ = ["build_porous"]
