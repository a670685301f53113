"""Lattice algebra, neighbours and bonds: what builders and analyzers both need.

* Indices and lattices: :mod:`~ionsmith.geometry.miller`, :mod:`~ionsmith.geometry.metric`,
  :mod:`~ionsmith.geometry.symmetry`, :mod:`~ionsmith.geometry.crystal_lattice`.
* Two crystals on each other: :mod:`~ionsmith.geometry.orientation`,
  :mod:`~ionsmith.geometry.matches`, :mod:`~ionsmith.geometry.coincidence`,
  :mod:`~ionsmith.geometry.strain`, :mod:`~ionsmith.geometry.contact_planes`.
* Surfaces: :mod:`~ionsmith.geometry.slabs`, :mod:`~ionsmith.geometry.terminations`,
  :mod:`~ionsmith.geometry.molecular_groups`.
* Bonds: :mod:`~ionsmith.geometry.bonds`, :mod:`~ionsmith.geometry.shells`,
  :mod:`~ionsmith.geometry.crystalnn`, :mod:`~ionsmith.geometry.bond_valence`,
  :mod:`~ionsmith.geometry.rings`.
* Two structures, atom by atom: :mod:`~ionsmith.geometry.atom_matching`. Atoms too close:
  :mod:`~ionsmith.geometry.checks`.
* The blocks and planes of β''-alumina: :mod:`~ionsmith.geometry.anatomy`. The frame of an electron
  beam: :mod:`~ionsmith.geometry.beam_frame`.
"""
