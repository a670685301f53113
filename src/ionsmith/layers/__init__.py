"""Blocks and conduction planes of layered crystals.

* :mod:`~ionsmith.layers.anatomy`: spinel blocks, conduction planes and their stacking in
  β''-alumina and β-alumina, found from the bonds of any cell.
* :mod:`~ionsmith.layers.spinel_blocks`: the steps of this search, and the bonds of the framework.

Blocks and planes are numbered from 1 along the normal; plane p lies above block p, 0 means none.
"""
