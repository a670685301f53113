"""Which atoms are neighbours, which are bonded, and what they form.

Distances are in Å and over periodic boundaries, in cells of any shape: the vector from atom
``first`` to its neighbour ``second`` is ``r[second] + shifts @ cell - r[first]``, as in ASE.

* :mod:`~ionsmith.bonding.neighbours`: neighbour lists, by vesin.
* :mod:`~ionsmith.bonding.bonds`: bonds by a criterion (shells, cutoffs, CrystalNN), bond angles.
* :mod:`~ionsmith.bonding.shells`: the default criterion, coordination shells that end at the
  widest gap, and faces between metals.
* :mod:`~ionsmith.bonding.elements`: electronegativities, metals and non-metals, van der Waals
  radii, mass density.
* :mod:`~ionsmith.bonding.valence`: bond-valence sums of oxides.
* :mod:`~ionsmith.bonding.molecular_groups`: groups such as PO4 and NH4.
* :mod:`~ionsmith.bonding.connectivity`: pieces of a structure, their dimensionality, rings, and the
  bonds of large supercells.
* :mod:`~ionsmith.bonding.radial_distribution`: g(r), its peaks and minima.
* :mod:`~ionsmith.bonding.distances`: distances from points in space to atoms, empty space.
* :mod:`~ionsmith.bonding.atom_matching`: pairs the atoms of two structures.
* :mod:`~ionsmith.bonding.checks`: refuses structures with overlapping atoms or impossible numbers.
"""
