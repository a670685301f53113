"""Lattices and space groups: everything that follows from the cell, the indices and the symmetry.

Conventions: cell vectors are the rows of a (3, 3) array in Å; planes (hkl) and directions [uvw]
refer to the axes of the published setting; reciprocal vectors have no factor 2π; angles are in
degrees.

* :mod:`~ionsmith.lattice.miller`: planes and directions, with three or four indices, and the zone
  law.
* :mod:`~ionsmith.lattice.metric`: spacings, lengths and angles (:class:`~.metric.Lattice`).
* :mod:`~ionsmith.lattice.symmetry`: space groups, found by moyo and spglib; equivalent planes and
  directions, systematic absences.
* :mod:`~ionsmith.lattice.crystal_lattice`: a cell with its space group.
* :mod:`~ionsmith.lattice.orientation`: orientation relationships of two crystals, their variants
  and disorientation.
* :mod:`~ionsmith.lattice.own_boundary`: a crystal on itself, the perfect one or a boundary with its
  Σ.
* :mod:`~ionsmith.lattice.zone`: zone axes, the axes of a picture, and a cell along a direction.
* :mod:`~ionsmith.lattice.cell_vectors`: primitive cells and any other cell of the same lattice.
* :mod:`~ionsmith.lattice.lattice_points`: lists of indices and of lattice points in a range.
"""
