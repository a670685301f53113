"""Pores: how much of a structure is empty, what a probe can reach, how wide the pores are.

* :func:`pores`: porosity, channels and pockets (Zeo++, extra ``pores``), surface area, pore sizes.
* :func:`filling`: whether an alloy fits into the free volume of its porous host.
* :func:`plot_model`: a structure seen along its third axis.

Atoms have the van der Waals radii of Alvarez (2013), doi:10.1039/c3dt50599e.
"""

from ionsmith.analyzers.pores._filling import Filling, filling
from ionsmith.analyzers.pores._plot import plot_model
from ionsmith.analyzers.pores._pores import Pores, pores

__all__ = ["Filling", "Pores", "filling", "plot_model", "pores"]
