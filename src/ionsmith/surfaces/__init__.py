"""Surfaces and interfaces of crystals: cuts, slabs, and cells in which two crystals meet.

A plane (hkl) of a crystal has a primitive mesh, the two-dimensional lattice of all lattice vectors
in it. Slabs are cut parallel to a plane; two crystals match where a cell of one mesh fits on a cell
of the other within given strains.

* :mod:`~ionsmith.surfaces.plane_mesh`: primitive meshes of planes, and the planes that symmetry
  distinguishes.
* :mod:`~ionsmith.surfaces.slabs`, :mod:`~ionsmith.surfaces.terminations`: slabs, where a crystal
  can be cut and which bonds a cut severs.
* :mod:`~ionsmith.surfaces.cut_crystal`: a crystal in the cell of a slab;
  :mod:`~ionsmith.surfaces.filled_sites`: one without its disorder;
  :mod:`~ionsmith.surfaces.symmetric_ordering`: one whose order a slab with equal faces keeps.
* :mod:`~ionsmith.surfaces.frameworks`: groups that stay whole, and frameworks that are cut.
* :mod:`~ionsmith.surfaces.polarity`: surface charges and Tasker's types.
* :mod:`~ionsmith.surfaces.wulff`: the shape of least surface energy.
* :mod:`~ionsmith.surfaces.vacuum`: where a structure ends.
* :mod:`~ionsmith.surfaces.coincidence`: all common supercells of two meshes.
* :mod:`~ionsmith.surfaces.matches`: those of two crystals, ranked.
* :mod:`~ionsmith.surfaces.contact_planes`: planes that an orientation relationship makes parallel.
* :mod:`~ionsmith.surfaces.strain`: how two crystals share a misfit, and its elastic energy.
"""
