"""Porous models of a crystal: pores of a given shape, walls capped with H, Li or Na.

:func:`build_porous` removes whole shells of atoms until a porosity is reached, caps the dangling
bonds with H at published bond lengths (caps that would come too close turn apart), and places Li or
Na on the surface, in the pores or in the wall. The solid stays in one piece, connected in all three
directions.

With columns along [001] and H replaced by Li, this is the model of porous Ge that Li et al. (2022),
doi:10.20517/energymater.2022.24, cite (J. Comput. Chem. 41, 2653 (2020), doi:10.1002/jcc.26421).
Its porosity of 18.05 % is 13 of the 72 atoms of 3 × 3 × 1 cells: the column of atoms on the axis of
the pore and three shells around it, which leave 20 dangling bonds, as many as the Li of the richest
model.
"""

from ionsmith.builders.porous._porous import build_porous
from ionsmith.builders.porous._result import Porous

__all__ = ["Porous", "build_porous"]
