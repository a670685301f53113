"""TODO ionsmith.analyzers.pores."""

from ionsmith.analyzers.pores._filling import filling
from ionsmith.analyzers.pores._pores import Pores, analyze_pores

__all__ = ["Pores", "analyze_pores", "filling"]
